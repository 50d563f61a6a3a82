# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which contexts calls go out, may go out, and do not."""
from __future__ import annotations


import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers, ways_out

from support.paths import FIXTURES

RECORDED = FIXTURES / "asterisk/dialplan_show.txt"


def context(name: str, *steps: str, includes: tuple[str, ...] = (), switches: tuple[str, ...] = ()) -> dict:
    extension = {"exten": "_X.", "steps": [(number, None, step, "x:1") for number, step in enumerate(steps, start=1)]}
    return {"name": name, "includes": list(includes), "switches": list(switches), "extensions": [extension]}


# What VICIdial and its generator make.
STOCK = [
    context("trunkinbound", "AGI(agi-DID_route.agi)", "Hangup()"),
    context("default", "Dial(${TRUNKloop}/9${EXTEN:2},,To)", includes=("vicidial-auto",)),
    context("vicidial-auto", includes=("vicidial-auto-internal", "vicidial-auto-phones", "vicidial-auto-external")),
    context("vicidial-auto-internal", "Goto(default,9${EXTEN},1)"),
    context("vicidial-auto-phones", "Dial(SIP/gs101,60,)", "Goto(default,85026666666666${EXTEN},1)"),
    context("vicidial-auto-external", "Dial(${CARRIERA}/${EXTEN:1},${CAMPDTO},To)"),
]


def way(name: str, *contexts: dict) -> list[tuple[str, str]]:
    """The way out of a context, as (context, how); empty when there is none."""
    found = {one["context"]: one["by"] for one in ways_out.find([*STOCK, *contexts])}
    return [(one["context"], one["how"]) for one in found.get(name, [])]


def certain(found: list[tuple[str, str]]) -> bool:
    return bool(found) and {how for _name, how in found} <= {"includes", "routes"}


def test_where_vicidial_takes_calls_no_way_leads_out():
    assert way("trunkinbound") == []


def test_vicidials_other_contexts_lead_out_by_what_they_include():
    assert way("default") == [("default", "includes"), ("vicidial-auto", "includes"), ("vicidial-auto-external", "routes")]
    assert way("vicidial-auto-external") == [("vicidial-auto-external", "routes")]
    assert way("vicidial-auto-phones")[0] == ("vicidial-auto-phones", "jumps")


def test_as_a_running_asterisk_shows_it():
    found = {one["context"]: [step["how"] for step in one["by"]] for one in ways_out.find(dialplan_parsers.dialplan(RECORDED.read_text()))}
    assert found == {
        "default": ["includes", "includes", "routes"], "vicidial-auto": ["includes", "routes"], "vicidial-auto-external": ["routes"],
        "operator-out": ["includes", "routes"], "trunks-outbound": ["routes"], "trunks-route-us": ["routes"]}


def test_a_users_context_leads_out_through_others():
    users = [context("users", includes=("office",)), context("office", includes=("services", "trunks-outbound")), context("services")]
    assert way("users", *users) == [("users", "includes"), ("office", "includes"), ("trunks-outbound", "routes")]
    assert way("services", *users) == []


@pytest.mark.parametrize("target", ["trunks-outbound", "Trunks-Outbound", "trunks-route-us", "vicidial-auto-external", "DEFAULT"])
def test_an_include_leads_there_in_any_case_and_before_it_is_loaded(target):
    assert certain(way("users", context("users", includes=(target,))))


def test_a_loop_of_includes_ends():
    assert way("a", context("a", includes=("b",)), context("b", includes=("a",))) == []


@pytest.mark.parametrize("step", [
    "Goto(default,${EXTEN},1)",
    "GotoIf($[1 = 1]?default,${EXTEN:1},1:here,s,1)",
    "GotoIf($[1 = 1]?here,s,1:default,${EXTEN:1},1)",
    "GotoIfTime(9:00-17:00,mon-fri,*,*?default,9${EXTEN},1)",
    "Gosub(default,${EXTEN},1(x))",
    "GosubIf($[1]?default,s,1(x))",
    'ExecIf($["${X}" = ""]?Goto(default,${EXTEN},1))',
    "Dial(Local/${EXTEN}@default)",
    "Dial(SIP/100&Local/9${EXTEN}@default/n,20)",
    "Queue(sales)&Local/1@default",
    "DISA(no-password,default)",
    "BackGround(menu,,,default)",
    "Background(menu,m,en,default)",
])
def test_a_jump_is_a_doubt(step):
    found = way("from-carrier", context("from-carrier", step))
    assert found[:2] == [("from-carrier", "jumps"), ("default", "includes")] and not certain(found)


@pytest.mark.parametrize("step", [
    "Dial(SIP/carrier/${EXTEN})", "Dial(SIP/${EXTEN:1}@carrier,30)", "Dial(PJSIP/${EXTEN}@carrier)", "Dial(${TRUNK}/${EXTEN:1},,To)",
    "Dial(IAX2/user@peer/${EXTEN})", "Dial(SIP/100&SIP/carrier/${FILTER(0-9,${EXTEN})},20)", "ExecIf($[1]?Dial(DAHDI/g1/${EXTEN}))",
])
def test_a_number_that_the_call_brings_is_a_doubt(step):
    assert way("from-carrier", context("from-carrier", step)) == [("from-carrier", "dials")]


def test_a_switch_is_a_doubt():
    assert way("from-carrier", context("from-carrier", switches=("Realtime/x@extensions",))) == [("from-carrier", "switch")]


@pytest.mark.parametrize("step", [
    "Goto(ivr,s,1)", "Goto(100,1)", "Goto(default)", "VoiceMail(100@default,u)", "Dial(SIP/100)", "Dial(PJSIP/${EXTEN})", "Dial(${PHONE})",
    "Dial(SIP/carrier/13125551212)", "MusicOnHold(default)", "Set(CHANNEL(musicclass)=default)", "Directory(default,,)",
    "AGI(agi-DID_route.agi,default,x)", "NoOp(Dial it)", "ConfBridge(${EXTEN},default,default)", "UserEvent(Redial,To: SIP/x/${EXTEN})",
])
def test_what_a_caller_has_no_say_in_is_no_way(step):
    assert way("from-carrier", context("from-carrier", step), context("ivr")) == []


def test_a_menu_behind_the_context_is_followed():
    menu = [context("from-carrier", "Goto(menu,s,1)"), context("menu", includes=("default",))]
    assert [name for name, _how in way("from-carrier", *menu)] == [
        "from-carrier", "menu", "default", "vicidial-auto", "vicidial-auto-external"]


def test_our_own_jumps_are_the_descriptions():
    """trunks-inbound jumps where dialer_inbound says, also while it still holds what was described before."""
    ours = [context("from-carriers", includes=("trunks-inbound",)), context("trunks-inbound", "Goto(users,100,1)")]
    assert way("from-carriers", *ours, context("users", includes=("trunks-outbound",))) == []


def test_a_certain_way_comes_before_a_doubtful_one():
    assert certain(way("users", context("users", "Goto(default,${EXTEN},1)", includes=("a",)), context("a", includes=("trunks-outbound",))))


@pytest.mark.parametrize("worst", ["Local/", "Dial(", "(a,", ":a", "DISA(", "Background(", "Background(,", "Goto(a", "Dial(${", "a,(", "${a}/"])
def test_a_step_of_any_length_costs_one_pass(worst):
    """300,000 characters: a pattern that looked again at what it has passed would take hours."""
    for step in ("Goto" + worst * (300_000 // len(worst)), "Dial(SIP/${x}/" + worst * (300_000 // len(worst))):
        ways_out.find([context("x", step)])
