# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the next trunk is tried, for every answer that a carrier can give, sent by one that really gives it."""
from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from support.lab.asterisk_mode import run_site
from support.lab.calls import forget_received, received
from support.lab.machines import ONE
from support.lab.running import no_calls
from support.lab.three_trunks import originate
from support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("first_restored")

# The first carrier's port 5070 answers with the number's area code; the second carrier answers the call.
# A redirection (3xx) names a number and an address of that port; following it would be a second call there.
# 200 comes with a codec that Asterisk cannot take: it ends the call of somebody who has picked up.
NEXT_TRUNK = {200: 0, 404: 0, 604: 0, 484: 0, 410: 0, 486: 0, 600: 0, 480: 0, 603: 0,
              301: 1, 302: 1, 305: 1, 403: 1, 408: 1, 500: 1, 502: 1, 503: 1, 504: 1, 488: 1, 606: 1}


def number(code: int) -> str:
    return f"1{code}5550001"


def provisioned(protocol: str, **options: Any) -> None:
    first = {"name": "answers", "host": "198.18.10.10", "port": 5070, "protocol": protocol, **options}
    second = {"name": "carrier_b", "host": "198.18.20.20", "protocol": protocol}
    run = run_site("--limit", ONE, extra_vars={
        "dialer_prune": True, "dialer_inbound": [], "dialer_firewall": {"backend": "none"},
        "dialer_trunks": [first, second], "dialer_routes": [{"name": "us", "trunks": [{"name": "answers"}, {"name": "carrier_b"}]}]})
    assert run.rc == 0, run


def reached() -> dict[str, Counter[str]]:
    """How often each number has come to each carrier, once a call to each of them has ended."""
    forget_received()
    numbers = ",".join("9" + number(code) for code in NEXT_TRUNK)
    originate(numbers, len(NEXT_TRUNK), 8, 1, 60)
    wait_until(lambda: no_calls(ONE), 30, "the end of the calls")
    return {carrier: Counter(call.number for call in received(carriers=carrier)) for carrier in "ab"}


@pytest.mark.parametrize("protocol", ["sip", "pjsip"])
def test_the_next_trunk_is_tried_when_the_trunk_failed_and_not_when_the_number_did(protocol):
    provisioned(protocol)
    found = reached()
    assert found["a"] == {number(code): 1 for code in NEXT_TRUNK}
    assert found["b"] == {number(code): 1 for code, next_one in NEXT_TRUNK.items() if next_one}


@pytest.mark.parametrize("protocol", ["sip", "pjsip"])
def test_a_trunk_may_have_a_list_and_a_403_of_its_own(protocol):
    provisioned(protocol, fail_over_on_forbidden=False)
    assert number(403) not in reached()["b"]
    provisioned(protocol, fail_over_causes=[1, 34])
    # 484 is cause 1 with chan_sip and 28 with PJSIP
    assert set(reached()["b"]) == {number(code) for code in (404, 604, 503, *([484] if protocol == "sip" else []))}
