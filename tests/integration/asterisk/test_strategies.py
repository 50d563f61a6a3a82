# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the carriers received of many overlapping calls, strategy by strategy."""
from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support.lab.asterisk_mode import INVENTORY, run_site
from support.lab.machines import ONE, asterisk
from support.lab.three_trunks import CALLER, EVERY, NUMBER, describe, place
from support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("first_restored")


def test_priority_takes_the_first_usable_trunk():
    # not verified, since a run that finds a trunk dead goes back
    describe("priority", "--skip-tags", "verify", trunk_a={"host": "198.18.10.66"})
    wait_until(lambda: "UNREACHABLE" in asterisk(ONE, "sip show peer trunk_a"), 10, "the probe to fail")
    assert place(1000, 20) == {"trunk_b": 1000}


def test_round_robin_is_exact():
    describe("round_robin")
    assert sorted(place(1000, 20).values()) == [333, 333, 334]


def test_round_robin_is_exact_when_calls_start_at_the_same_moment():
    describe("round_robin")
    assert sorted(place(50, 0).values()) == [16, 17, 17]


def test_weights_hold_within_three_points():
    describe("weighted", weights=(50, 30, 20))
    found = place(1000, 20)
    assert sum(found.values()) == 1000
    for name, share in zip(EVERY, (500, 300, 200)):
        assert abs(found[name] - share) <= 30, found


def test_a_trunk_that_is_down_gives_its_share_to_the_others_in_proportion():
    # not verified, since a run that finds a trunk dead goes back
    describe("weighted", "--skip-tags", "verify", weights=(60, 30, 10), trunk_a={"host": "198.18.10.66"})
    wait_until(lambda: "UNREACHABLE" in asterisk(ONE, "sip show peer trunk_a"), 10, "the probe to fail")
    found = place(1000, 20)
    assert sum(found.values()) == 1000 and not found["trunk_a"]
    assert abs(found["trunk_b"] - 750) <= 30, found


def test_least_used_keeps_the_load_in_proportion_to_the_capacities():
    describe("least_used", trunk_a={"max_calls": 100}, trunk_b={"max_calls": 50}, trunk_c={"max_calls": 50})
    found = place(1000, 20)
    assert sum(found.values()) == 1000
    assert abs(found["trunk_a"] - 500) <= 50 and abs(found["trunk_b"] - 250) <= 25, found


def test_least_cost_takes_the_cheapest_for_the_number():
    with TemporaryDirectory(dir=Path(INVENTORY).parent) as beside:  # decks from elsewhere are not read
        (Path(beside) / "a.csv").write_text("prefix,rate\n1,0.03\n13125741,0.001\n1312574122,0.9\n", encoding="utf-8")
        describe("least_cost", trunk_a={"rates": f"{Path(beside).name}/a.csv", "cost_per_minute": 0.5},
                 trunk_b={"cost_per_minute": 0.02}, trunk_c={"cost_per_minute": 0.025})
    # in turn the cheapest by the longest prefix, the dearest by a longer one, and by the shortest: 500, and 500 of two
    assert place(1000, 20, 4, "913125741211,913125741220,913125741211,914145741210") == {"trunk_a": 500, "trunk_b": 500}


@pytest.mark.parametrize(("strategy", "trunks"), [
    ("round_robin", {}), ("weighted", {}), ("priority", {"trunk_a": {"max_calls": 1}}),
    ("least_used", {"trunk_a": {"max_calls": 1}, "trunk_b": {"max_calls": 9}, "trunk_c": {"max_calls": 5}}),
    ("least_cost", {"trunk_b": {"rates": "deck.csv"}, "trunk_a": {"cost_per_minute": 0.02}, "trunk_c": {"cost_per_minute": 0.01}}),
])
def test_the_next_call_takes_the_trunk_that_which_trunk_names(strategy, trunks):
    with TemporaryDirectory(dir=Path(INVENTORY).parent) as beside:
        if strategy == "least_cost":
            (Path(beside) / "deck.csv").write_text("prefix,rate\n1,0.03\n13125741,0.001\n", encoding="utf-8")
            trunks = {**trunks, "trunk_b": {"rates": f"{Path(beside).name}/deck.csv"}}
        described = describe(strategy, weights=(50, 30, 20), **trunks)
        for _call in range(3):
            asked = run_site("--limit", ONE, playbook="playbooks/which_trunk.yml", extra_vars={**described, "number": NUMBER})
            named = asked.results("Look the number up")[ONE]
            assert asked.rc == 0 and named["strategy"] == strategy and named["match"]["context"] == "trunks-outbound", asked
            assert f"A call now would go out by {named['trunk']}." in asked.stderr and "described differently" not in asked.said, asked
            assert {trunk["caller_id"] for trunk in named["trunks"]} == set(CALLER.values())
            assert place(1, 1, 1) == {named["trunk"]: 1}


def test_no_call_too_many_under_fifty_simultaneous_attempts():
    describe("priority", trunk_a={"max_calls": 10}, trunk_b={"max_calls": 20}, trunk_c={"max_calls": 5})
    assert place(50, 0) == {"trunk_a": 10, "trunk_b": 20, "trunk_c": 5}


@pytest.mark.parametrize("strategy, count, rate, most, wanted, off", [
    ("round_robin", 150, 20, (0, 0, 0), (50, 50, 50), 0),
    ("weighted", 150, 20, (0, 0, 0), (75, 45, 30), 4),
    ("least_used", 150, 20, (100, 50, 50), (75, 37, 38), 7),
    ("priority", 50, 0, (10, 20, 5), (10, 20, 5), 0),
])
def test_a_route_may_mix_the_kinds_of_trunks(strategy, count, rate, most, wanted, off):
    kinds = ({"protocol": "sip"}, {"protocol": "pjsip"}, {"protocol": "iax2", "username": "your_account_1", "secret": "lab-secret-a"})
    trunks = {name: {**kind, "max_calls": limit} for name, kind, limit in zip(EVERY, kinds, most)}
    describe(strategy, weights=(50, 30, 20), **trunks)
    found = place(count, rate)
    assert sum(found.values()) == sum(wanted)
    assert all(abs(found[name] - share) <= off for name, share in zip(EVERY, wanted)), found


def test_calls_beyond_the_rate_of_a_trunk_go_to_the_next():
    describe("priority", trunk_a={"max_calls_per_second": 5}, trunk_b={"max_calls_per_second": 8})
    found = place(100, 20, 1)
    assert sum(found.values()) == 100
    assert 25 <= found["trunk_a"] <= 26 and 40 <= found["trunk_b"] <= 42, found


def test_causes_of_the_routes_own_replace_the_list():
    # 503 is cause 34: not in the list, so that the next trunk is not tried; 404 is cause 1 and is
    describe("priority", route={"fail_over_causes": [1, 38]})
    assert place(1, 1, 1, "913125551213") == {"trunk_a": 1}
    assert place(1, 1, 1, "913125551214") == {"trunk_a": 1, "trunk_b": 1, "trunk_c": 1}
