# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which trunk would a call take: what the loaded dialplan holds of each route is found, and ordered as the strategy says."""
from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import route_held
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan as plans
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan, Route
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import preview
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.unit.descriptions import A, B, DESCRIPTIONS, DIALER, US, described, planned

NUMBER = "13125551212"
STEP = re.compile(r"^(?:exten => ([^,]+),1|\s*same => n(?:\(\w+\))?),(.*)$")
ROUTES = [(name, route.name) for name in DESCRIPTIONS for route in planned(name).routes]


def loaded(text: str) -> list[dict[str, Any]]:
    """The contexts of a rendered file, as the running dialplan has them."""
    contexts: list[dict[str, Any]] = []
    for line in text.splitlines():
        step = STEP.match(line)
        if line.startswith("["):
            contexts.append({"name": line[1:-1], "extensions": []})
        elif step:
            if step.group(1):
                contexts[-1]["extensions"].append({"exten": step.group(1), "steps": []})
            steps = contexts[-1]["extensions"][-1]["steps"]
            steps.append((len(steps) + 1, None, step.group(2), "x"))
    return contexts


def held(plan: Plan, route: Route, number: str = NUMBER, **states: dict[str, Any]) -> dict[str, Any]:
    """What the module finds of a route that is loaded, all trunks reachable and idle unless ``states`` say otherwise."""
    found = route_held.trunks(loaded(render.route_files(plan, route)[f"routes/{route.name}.conf"]), route.name, number)
    for trunk in found:
        trunk.update({"state": "reachable", "latency_ms": 1, "calls": 0, "cool_down": None, **states.get(trunk["name"], {})})
    return {"number": number, "trunks": found, "turn": 0, "repair_ready": True}


def seen(plan: Plan, route: Route, turn: int = 0, ready: bool = True, **states: dict[str, Any]) -> dict[str, Any]:
    found = {**held(plan, route, **states), "turn": turn, "repair_ready": ready}
    return preview.preview(plan, {"route": route.name, "held": found})


def names(result: dict[str, Any]) -> list[str]:
    return [trunk["name"] for trunk in result["trunks"]]


@pytest.mark.parametrize(("description", "name"), ROUTES)
def test_what_each_trunk_of_a_route_is_sent_is_found_in_the_loaded_dialplan(description: str, name: str) -> None:
    plan = planned(description)
    route = next(route for route in plan.routes if route.name == name)
    found = {trunk["name"]: trunk for trunk in held(plan, route)["trunks"]}
    assert list(found) and set(found) == {trunk.name for trunk in render.route_trunks(plan, route)}
    for trunk in render.route_trunks(plan, route):
        have = found[trunk.name]
        assert have["number"] == (trunk.number or trunk.prefix + NUMBER[trunk.strip:])
        assert (have["caller_id"], have["max_calls"], have["max_cps"]) == (
            trunk.caller_id, trunk.max_calls, trunk.max_calls_per_second)
        assert have["technology"] == trunk.protocol.upper()


@pytest.mark.parametrize(("name", "turn", "order"), [
    ("turns", 0, ["carrier_a", "carrier_b", "carrier_c"]),
    ("turns", 2, ["carrier_c", "carrier_a", "carrier_b"]),
    ("turns", 3, ["carrier_a", "carrier_b", "carrier_c"]),
    ("weights", 0, ["carrier_a", "carrier_b", "carrier_c"]),
])
def test_the_next_turn_is_the_route_s_own(name: str, turn: int, order: list[str]) -> None:
    plan = planned("strategies")
    assert names(seen(plan, next(route for route in plan.routes if route.name == name), turn)) == order


def test_a_weighted_route_takes_each_trunk_in_its_share() -> None:
    plan = planned("strategies")
    route = next(route for route in plan.routes if route.name == "weights")
    weights = preview.ordering.weights(route.trunks)
    firsts = [names(seen(plan, route, number * weights.step % weights.turns))[0] for number in range(1000)]
    assert abs(firsts.count("carrier_a") - 700) < 2 and firsts.count("carrier_a") + firsts.count("carrier_c") == 1000
    assert {trunk["name"]: trunk["weight"] for trunk in seen(plan, route)["trunks"]} == {
        "carrier_a": 70, "carrier_b": 0, "carrier_c": 30}


def test_the_least_used_comes_first() -> None:
    plan = planned("strategies")
    route = next(route for route in plan.routes if route.name == "shares")
    limits = {trunk["name"]: trunk["max_calls"] for trunk in held(plan, route)["trunks"]}
    busy = {"carrier_a": {"calls": limits["carrier_a"] // 2}, "carrier_b": {"calls": 1}, "carrier_c": {"calls": limits["carrier_c"]}}
    found = seen(plan, route, **busy)
    assert names(found) == ["carrier_b", "carrier_a", "carrier_c"] and found["trunk"] == "carrier_b"


def test_the_cheapest_for_the_number_comes_first_with_its_rate() -> None:
    trunks = [{**A, "rates": "a.csv"}, {**B, "rates": "b.csv", "cost_per_minute": None}]
    decks = {"a.csv": "1,0.02\n1415,0.001\n", "b.csv": "1312,0.0049\n"}
    plan = plans.build(described(*trunks, routes=({**US, "strategy": "least_cost"},)), [DIALER], read_file=decks.__getitem__).for_dialer(DIALER)
    [route] = plan.routes
    found = seen(plan, route)
    assert [(trunk["name"], trunk["cost"]) for trunk in found["trunks"]] == [("carrier_b", 0.0049), ("carrier_a", 0.02)]
    other = preview.preview(plan, {"route": "us", "held": held(plan, route, "14155551212")})
    assert [(trunk["name"], trunk["cost"]) for trunk in other["trunks"]] == [("carrier_a", 0.001), ("carrier_b", None)]


@pytest.mark.parametrize(("states", "ready", "taker"), [
    ({}, True, "carrier_a"),
    ({"carrier_a": {"state": "unreachable"}}, True, "carrier_b"),
    ({"carrier_a": {"state": "unreachable"}}, False, None),         # the repair is not there: one attempt
    ({"carrier_a": {"calls": 100}}, False, "carrier_b"),            # to be passed over is no attempt
    ({"carrier_a": {"cool_down": 7}}, True, "carrier_b"),
    ({"carrier_a": {"cool_down": 0}}, True, "carrier_a"),           # it has ended: this call tries it
    ({"carrier_a": {"cool_down": 7}, "carrier_b": {"calls": 100}}, True, "carrier_a"),      # the last resort
    ({"carrier_a": {"state": None}, "carrier_b": {"state": "lagged"}}, True, None),
    ({"carrier_a": {"state": "unmonitored"}}, True, "carrier_a"),
])
def test_the_first_trunk_that_would_take_the_call_is_named(states: dict[str, Any], ready: bool, taker: str | None) -> None:
    plan = planned("documented")
    assert seen(plan, plan.routes[0], ready=ready, **states)["trunk"] == taker


def lines(found: dict[str, Any], plan: Plan | None, **options: str) -> list[str]:
    return preview.as_lines("dialer1", "9" + NUMBER, options.get("caller_id", ""), found, preview.preview(plan, found)).split("\n")


def test_it_is_printed_as_lines() -> None:
    trunks = [{**A, "strip": 1, "prefix": "0011", "caller_id": "13125550100", "max_calls_per_second": 5}, B]
    plan = plans.build(described(*trunks), [DIALER]).for_dialer(DIALER)
    found = {"route": "us", "match": {"context": "vicidial-auto-external", "pattern": "_91NXXNXXXXXX", "route": "us"},
             "held": held(plan, plan.routes[0], carrier_a={"calls": 100}, carrier_b={"cool_down": 8, "latency_ms": 12})}
    assert lines(found, plan) == [
        "dialer1: 913125551212 reaches route us, by pattern _91NXXNXXXXXX of context vicidial-auto-external, as 13125551212.",
        "Strategy priority: in the order of the list; at most 2 attempts.",
        "A call now would go out by carrier_b.",
        "",
        "trunk      state                                    calls                   sends           caller ID",
        "carrier_a  reachable (1 ms), full                   100 of 100, 5 a second  00113125551212  13125550100",
        "carrier_b  reachable (12 ms), in cool-down for 8 s  0 of 100                13125551212     the call's own",
        "",
    ]
    assert lines(found, plan, caller_id="442079460000")[-2].endswith("  442079460000")


def test_a_route_that_is_not_described_is_shown_as_it_is_loaded() -> None:
    plan = planned("documented")
    found = {"route": "us", "match": None, "held": held(plan, plan.routes[0])}
    shown = lines(found, None)
    assert shown[1] == "The strategy is not known, since this dialer's description has no such route."
    assert shown[2] == "A call now would go out by carrier_a." and len(shown) == 8


def test_a_number_that_a_foreign_step_changes_is_not_guessed() -> None:
    contexts = loaded("[mine]\nexten => _9.,1,Gosub(trunks-route-us,${CUT(EXTEN,-,1)},1)\n"
                      "exten => _8.,1,Gosub(trunks-route-us,${FILTER(0-9*#+,${EXTEN:1})},1)\n")
    match = {"context": "mine", "pattern": "_9.", "route": "us"}
    assert route_held.number_in(contexts, match, "9" + NUMBER) is None
    assert route_held.number_in(contexts, {**match, "pattern": "_8."}, "8" + NUMBER) == NUMBER


def test_in_asterisk_mode_a_number_enters_a_route_without_its_dial_prefix() -> None:
    plan = planned("asterisk")
    [route] = plan.routes
    contexts = loaded(render.route_files(plan, route)["routes/us.conf"])
    match = {"context": "trunks-outbound", "pattern": route.extensions[0], "route": "us"}
    assert route_held.number_in(contexts, match, "9" + NUMBER) == NUMBER


def test_calls_are_counted_by_trunk() -> None:
    assert route_held.group_counts(
        "Channel                    Group                   Category\n"
        "SIP/carrier_a-00000002     carrier_a             trunks              \n"
        "SIP/carrier_a-00000003     carrier_a             trunks              \n"
        "Local/1@default-00000001;2  carrier_a             other\n"
        "SIP/carrier_b-00000004     carrier_b             trunks\n4 active channels\n") == {"carrier_a": 2, "carrier_b": 1}


def test_a_cool_down_ends() -> None:
    assert [route_held.cooling(value, 1000.4) for value in ("", None, "1007", "1000", "x")] == [None, None, 7, 0, None]
