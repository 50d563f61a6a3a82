# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call that rings while a run reloads the dialplan goes on in the new one, which must not dial the customer again."""
from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.lab import calls
from support.lab.calls import times_received
from support.lab.machines import ONE, asterisk, sh
from support.lab.running import channels, generation, loaded, no_calls
from support.lab.three_trunks import CALLER, carried, channel, describe, end_all, originate
from support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("first_restored")

NUMBER = "15035551216"  # port 5070 answers 503 to it, and port 5060 lets it ring
REFUSES = {"host": "198.18.10.10", "port": 5070}


def ringing() -> list[str]:
    """The channels on which the first carrier lets our calls ring."""
    return [found.name for found in channels("trunks-carrier-a") if found.extension in (NUMBER, "6")]


def test_a_customer_who_rings_while_a_trunk_goes_is_not_rung_again_when_busy():
    describe("priority", trunk_a=REFUSES, trunk_b=REFUSES, route={"max_attempts": 3})
    before = times_received("a", NUMBER)
    originate("9" + NUMBER, 1, 1, 1, 60)
    wait_until(lambda: len(ringing()) == 1, 20, "the third trunk's carrier to ring")
    assert times_received("a", NUMBER) == before + 3
    describe("priority", trunk_a=REFUSES, trunk_b={**REFUSES, "enabled": False}, route={"max_attempts": 3})
    assert len(ringing()) == 1, "the call did not outlive the run"
    asterisk("trunks-carrier-a", f"channel redirect {ringing()[0]} call,2,1")  # busy
    wait_until(lambda: no_calls(ONE), 20, "the call's end")
    assert times_received("a", NUMBER) == before + 3


LIMITS = {"max_calls": 10}


@pytest.mark.parametrize("strategy, options", [
    ("priority", {"trunk_a": {"enabled": False}}),
    ("priority", {"route": {"trunks": [{"name": name} for name in ("trunk_b", "trunk_a", "trunk_c")]}}),
    ("round_robin", {}),
    ("least_used", dict.fromkeys(CALLER, LIMITS)),
    ("weighted", {"weights": (50, 30, 20)}),
], ids=["gone", "second", "round_robin", "least_used", "weighted"])
def test_a_call_that_rings_while_the_order_changes_goes_on_to_another_trunk(strategy, options):
    describe("priority")
    before = carried(NUMBER)
    originate("9" + NUMBER, 1, 1, 1, 60)
    wait_until(lambda: len(ringing()) == 1, 20, "the first trunk's carrier to ring")
    describe(strategy, **options)
    asterisk("trunks-carrier-a", f"channel redirect {ringing()[0]} call,3,2")  # 503
    wait_until(lambda: len(carried(NUMBER)) == len(before) + 2, 10, "the second attempt")
    first, second = carried(NUMBER)[len(before):]
    assert first == "trunk_a" and second in ("trunk_b", "trunk_c")
    end_all()


def test_a_call_on_a_trunk_that_leaves_the_route_ends_as_any_other():
    describe("priority", trunk_a=REFUSES)
    with calls.events("dialer1") as published:
        originate("915035551211", 1, 1, 60, 60)
        wait_until(lambda: bool(channel("SIP/trunk_b-")), 10, "the customer at the second trunk")
        describe("priority", trunk_a=REFUSES, trunk_b={"enabled": False})
        assert channel("SIP/trunk_b-"), "the call did not outlive the run"
        end_all()
    assert [(event["Trunk"], event["Result"]) for event in published] == [("trunk_a", "CONGESTION"), ("trunk_b", "ANSWER")]
    number = generation(ONE)
    describe("priority", trunk_a=REFUSES, trunk_b={"enabled": False})
    assert generation(ONE) == number and loaded(ONE, "trunks-to-us-trunk_b")
    describe("round_robin", trunk_a=REFUSES, trunk_b={"enabled": False})
    assert not loaded(ONE, "trunks-to-us-trunk_b")


def test_no_call_is_lost_while_the_route_changes_again_and_again():
    """Calls in every state: choosing a trunk, ringing, failing over, waiting for a turn, talking, ending."""
    everybody = dict.fromkeys(CALLER, {"max_calls": 100, "max_calls_per_second": 50})
    describe("priority", **everybody)
    answers, busy, second_answers, all_refuse = groups = [[f"1312574{number:03d}{digit}" for number in range(50)] for digit in "1293"]
    dialled = ["9" + number for number in (one for numbers in zip(*groups) for one in numbers)]
    for carrier in "ab":
        sh(f"trunks-carrier-{carrier}", ": > /var/log/carrier/calls.csv")
    with ThreadPoolExecutor() as pool:
        placing = pool.submit(originate, ",".join(dialled), len(dialled), 5, 3, 120)
        changes = 0
        while not placing.done():
            describe(("round_robin", "least_used", "weighted", "priority")[changes % 4], **everybody,
                     **({"weights": (50, 30, 20)} if changes % 4 == 2 else {}))
            changes += 1
        placing.result()
    wait_until(lambda: no_calls(ONE), 60, "the end of the calls")
    assert changes >= 3, "the dialplan hardly changed meanwhile"
    by_number = defaultdict(list)
    names = {caller: name for name, caller in CALLER.items()}
    for call in calls.received():
        by_number[call.number].append(names[call.caller])
    tried = dict(by_number)
    # Nobody's telephone rings twice, and nobody who would have answered the first trunk is lost. A trunk that refused a call may
    # be asked again when the order has changed meanwhile, since the new order knows nothing of the former one's attempts.
    assert [number for number in (*answers, *busy) if len(tried.get(number, ())) != 1] == []
    assert [number for number in second_answers if tried.get(number, []).count("trunk_b") > 1] == []
    assert [number for number in (*second_answers, *all_refuse) if not tried.get(number)] == []
