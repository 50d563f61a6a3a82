# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tests: what counts as reaching a route, what waits, and what is foretold."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers, route_tests

CALL_LOG = "AGI(agi://127.0.0.1:4577/call_log)"
TO_US = "GotoIf($[${DIALPLAN_EXISTS(trunks-route-us,${EXTEN:1},1)}]?route)"


def extension(exten: str, *applications: str) -> dict[str, Any]:
    return {"exten": exten, "caller_id": None, "steps": [(n, None, app, "x") for n, app in enumerate(applications, start=1)]}


def context(name: str, *extensions: dict[str, Any], includes: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"name": name, "includes": list(includes), "extensions": list(extensions)}


def vicidial(*rows: dict[str, Any], default: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    return [
        context("default", *default, includes=("vicidial-auto",)),
        context("vicidial-auto", includes=("vicidial-auto-external",)),
        context("vicidial-auto-external", *rows),
    ]


US = extension("_91NXXNXXXXXX", CALL_LOG, TO_US, "Dial(SIP/a/1)")


def request(*cases: tuple[str, str | None], mode: str = "vicidial", waiting=(), leaving=()) -> dict[str, Any]:
    return {"mode": mode, "cases": [list(case) for case in cases], "routes": {"us": ["_91NXXNXXXXXX"]},
            "waiting": list(waiting), "leaving": list(leaving)}


@pytest.mark.parametrize(("applications", "route"), [
    ([CALL_LOG, TO_US], "us"),
    (["Gosub(trunks-route-us,${EXTEN:1},1)", "Hangup()"], "us"),
    (["NoOp()", "Set(x=1)", "Gosub(trunks-route-us,1,1)"], "us"),
    ([CALL_LOG, "Dial(SIP/old/${EXTEN:1})", "Gosub(trunks-route-us,1,1)"], None),  # a foreign row's steps, merged with ours
    (["Hangup()"], None),
    ([], None),
])
def test_an_extension_leads_to_a_route_when_nothing_takes_the_call_before(applications, route) -> None:
    assert route_tests.route_of(extension("1", *applications)["steps"]) == route


def test_the_contexts_own_extensions_come_before_those_it_includes() -> None:
    loaded = vicidial(US, default=(extension("_9.", "Hangup()"),))
    assert route_tests.predicted(loaded, "default", "913125551212") == {"context": "default", "pattern": "_9.", "route": None}
    assert route_tests.predicted(vicidial(US), "default", "913125551212")["route"] == "us"
    assert route_tests.predicted(vicidial(US), "default", "9911") is None


def test_includes_in_a_circle_end() -> None:
    loop = [context("default", includes=("a",)), context("a", includes=("default", "gone"))]
    assert route_tests.predicted(loop, "default", "1") is None


def test_what_is_shown_first_and_can_begin_answers() -> None:
    hint = {**extension("9", ), "steps": []}
    limited = {**extension("_9.", "Hangup()"), "caller_id": "100"}
    late = {**extension("_9X", "NoOp()"), "steps": [(5, None, "NoOp()", "x")]}
    assert route_tests.shown([context("a", hint, limited, late), context("b", US)]) == {
        "context": "b", "pattern": "_91NXXNXXXXXX", "route": "us"}
    assert route_tests.shown(dialplan_parsers.dialplan("There is no existence of 9911@default extension\n")) is None


def test_a_test_that_hangs_on_a_row_to_come_waits() -> None:
    answers = {"913125551212": None, "7011": {"context": "x", "pattern": "_7.", "route": "old"}}
    results, failing = route_tests.make(request(("913125551212", "us"), ("7011", None), waiting=["us"], leaving=["old"]),
                                        lambda number, _context: answers[number])
    assert failing == [] and [result["passed"] for result in results] == [False, False]
    _results, failing = route_tests.make(request(("913125551212", "us"), ("7011", None)), lambda number, _context: answers[number])
    assert failing == [
        "913125551212 should reach route us, but no extension matches it in context default or its includes",
        "7011 should reach no route, but it matches _7. of context x, which leads to route old",
    ]
    assert route_tests.message(failing).startswith("The dialplan does not pass 2 tests of dialer_routes:\n  9131")


def test_a_row_to_come_is_foretold() -> None:
    case = request(("913125551212", "us"), waiting=["us"])
    assert route_tests.bound_to_fail(case, vicidial(), {"us"}) == []
    doomed = route_tests.bound_to_fail(case, vicidial(default=(extension("_9131.", "Hangup()"),)), {"us"})
    assert doomed == ["913125551212 should reach route us, but it matches _9131. of context default, "
                      "which leads to no route of this collection"]
    # a foreign row with the very same pattern was there first
    assert route_tests.bound_to_fail(case, vicidial(extension("_91NXXNXXXXXX", "Hangup()")), {"us"}) != []
    assert route_tests.bound_to_fail(case, [context("default")], {"us"}) == []  # no dialplan of VICIdial's yet


def test_a_row_that_goes_hurts_nothing_and_one_that_stays_does() -> None:
    old = extension("_6.", CALL_LOG, TO_US.replace("-us", "-old"))
    assert route_tests.bound_to_fail(request(("601", None), leaving=["old"]), vicidial(US, old), {"us"}) == []
    assert len(route_tests.bound_to_fail(request(("601", None)), vicidial(US, old), {"us"})) == 1


def test_asterisk_mode_is_foretold_from_the_wanted_files() -> None:
    old = extension("_6.", "Gosub(trunks-route-old,${EXTEN:1},1)")
    loaded = [context("trunks-outbound", old)]
    case = request(("913125551212", "us"), ("601", None), mode="asterisk")
    assert route_tests.bound_to_fail(case, loaded, {"us"}) == []
    assert len(route_tests.bound_to_fail(case, loaded, {"us", "old"})) == 1
    assert route_tests.bound_to_fail(case, [], {"us"}) == []


def test_what_the_operator_answers_in_a_trunks_context_comes_first() -> None:
    loaded = [context("from-a", extension("_X.", "Hangup()"), extension("s", "Hangup()")), context("from-b")]
    numbers = [["dialer_inbound[0]", "13125550100", ["13125550100", "+13125550100"]]]
    errors, warnings = route_tests.shadows({"contexts": ["from-a"], "numbers": numbers}, loaded)
    assert warnings == [] and errors == [
        "dialer_inbound[0].did: _X. of context from-a matches 13125550100 before the include of trunks-inbound, so that "
        "calls to 13125550100 do not reach their goto"]
    errors, warnings = route_tests.shadows({"contexts": ["from-a", "from-b"], "numbers": numbers}, loaded)
    assert errors == [] and len(warnings) == 1 and warnings[0].endswith("goto in that context")
    assert route_tests.shadows({"contexts": ["from-b", "gone"], "numbers": numbers}, loaded) == ([], [])
