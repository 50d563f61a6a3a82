# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a trunk's silence and what ends it, and whose words a transferred customer's channel brings along."""
from __future__ import annotations

import time

import pytest

from lab_site import ONE, asterisk, channels, no_calls, received, wait_until
from test_strategies import describe, originate, restored

__all__ = ["restored"]  # the fixture of test_strategies holds here, too

ANSWERED, RINGS, SILENT = "13125551251", "13125551256", "13125551258"     # silent: on the first carrier


def held(trunk: str) -> bool:
    """Whether calls pass the trunk over."""
    return f"TRUNKS_COOL_DOWN_{trunk}=1" in asterisk(ONE, "dialplan show globals")


def channel(beginning: str) -> str:
    """The name of the first dialer's answered channel that begins so, or nothing."""
    return next((found.name for found in channels(ONE, beginning) if found.state == "Up"), "")


def end_all() -> None:
    asterisk(ONE, "channel request hangup all")
    wait_until(lambda: no_calls(ONE), 10, "the end of the calls")


def test_a_call_from_before_the_silence_does_not_end_the_hold_when_it_ends():
    describe("priority")
    originate("9" + ANSWERED, 1, 1, 60, 60)
    wait_until(lambda: bool(channel("SIP/trunk_a-")), 10, "a conversation by the first trunk")
    originate("9" + RINGS, 1, 1, 60, 60)
    time.sleep(2)
    originate("9" + SILENT, 1, 1, 60, 60)
    wait_until(lambda: held("trunk_a"), 10, "the hold")
    end_all()   # of the one who talked, and of the one whom it rang
    assert held("trunk_a")
    before = received("a", ANSWERED), received("b", ANSWERED)
    originate("9" + ANSWERED, 1, 1, 1, 60)
    wait_until(lambda: received("b", ANSWERED) == before[1] + 1, 3, "the next call at the other trunk")
    assert received("a", ANSWERED) == before[0]
    end_all()


@pytest.mark.parametrize("protocol, number, holds", [("pjsip", SILENT, True), ("pjsip", RINGS, False), ("sip", RINGS, False)])
def test_the_time_for_a_call_is_over_before_the_trunk_says_a_word(protocol, number, holds):
    """As with manual calls, whose Dial has a limit; PJSIP waits 32 s for a trunk that says nothing."""
    describe("priority", trunk_a={"protocol": protocol})
    before = received("b", number)
    asterisk(ONE, "dialplan set global CAMPDTO 6")
    try:
        originate("9" + number, 1, 1, 1, 60)
        time.sleep(2)
        wait_until(lambda: no_calls(ONE), 10, "the end of the call")
    finally:
        asterisk(ONE, 'dialplan set global CAMPDTO ""')
    assert held("trunk_a") is holds
    assert received("b", number) == before


def test_a_trunk_that_does_not_respond_within_the_route_s_ring_timeout_has_failed():
    """A customer who was rung is not rung by the next trunk; one whom nobody tried to reach is."""
    members = [{"name": "trunk_a", "ring_timeout": 6}, {"name": "trunk_b"}]
    describe("priority", trunk_a={"protocol": "pjsip"}, route={"trunks": members})
    before = received("b", SILENT), received("b", RINGS)
    originate(f"9{RINGS},9{SILENT}", 2, 2, 1, 60)
    wait_until(lambda: received("b", SILENT) == before[0] + 1, 10, "the second trunk")
    wait_until(lambda: no_calls(ONE), 10, "the end of the calls")
    assert held("trunk_a") and received("b", RINGS) == before[1]


def test_a_transferred_customer_who_declines_is_not_rung_by_the_next_trunk():
    """The channel of a blind transfer has an answer of its own; that of the new call is looked for behind it."""
    declined = "16035550009"
    describe("priority", trunk_a={"host": "198.18.10.10", "port": 5070})
    asterisk(ONE, f"channel originate SIP/trunk_c/{ANSWERED} application Wait 60")
    wait_until(lambda: bool(channel("SIP/trunk_c-")), 10, "the customer")
    before = sum(received(carrier, declined) for carrier in "ab")
    asterisk(ONE, f"channel redirect {channel('SIP/trunk_c-')} trunks-outbound,9{declined},1")
    wait_until(lambda: no_calls(ONE), 20, "the end of the call")
    assert sum(received(carrier, declined) for carrier in "ab") == before + 1
