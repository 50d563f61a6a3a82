# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps of an existing dialplan a route does as well, in which order, and what is refused or said."""
from __future__ import annotations

import pytest

from support.unit.adopt_rows import row
from support.unit.adopting import LOG, adopted, dialled, entry, notes, reasons
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import conditions

US, CALL = "_91NXXNXXXXXX", "913125551217"
ACME, ZENITH = "Dial(SIP/acme/${EXTEN:1},${CAMPDTO},To)", "Dial(SIP/zenith/${EXTEN:1},${CAMPDTO},To)"


def trunks(*steps: str) -> list[str]:
    """Return the trunks that a route of these steps tries, without any reason or note."""
    result = adopted(entry(US, LOG, *steps))
    assert reasons(result) == {}
    return [attempt["trunk"] for attempt in dialled(result, CALL)]


@pytest.mark.parametrize(("steps", "why"), [
    ([ACME, "Goto(second-chance,${EXTEN},1)"], "_91NXXNXXXXXX goes to second-chance after it has dialled, which a route does not"),
    ([ACME, 'GotoIf($["${DIALSTATUS}" = "CONGESTION"]?second-chance,${EXTEN},1)', "Hangup()"],
     "_91NXXNXXXXXX goes to second-chance after it has dialled, which a route does not"),
    ([ACME, 'GotoIf($["${DIALSTATUS}" = "ANSWER"]?elsewhere,s,1)', "Hangup()"],
     "_91NXXNXXXXXX goes to elsewhere after it has dialled, which a route does not"),
    ([ACME, 'ExecIf($["${DIALSTATUS}" = "BUSY"]?System(echo busy ${EXTEN} >> /tmp/busy))', "Hangup()"],
     "_91NXXNXXXXXX runs System by ExecIf after it has dialled"),
    ([ACME, 'ExecIf($["${DIALSTATUS}" = "CHANUNAVAIL"]?Dial(SIP/zenith/${EXTEN:1}))', "Hangup()"],
     "_91NXXNXXXXXX runs Dial by ExecIf after it has dialled"),
    ([ACME, "Goto(99)"], "_91NXXNXXXXXX goes to 99 after it has dialled, and has no such step"),
    ([ACME, "Goto(2)"], "_91NXXNXXXXXX goes back to step 2 after it has dialled, and a route tries each trunk once"),
    ([ACME, "Goto(9${EXTEN},1)"], "_91NXXNXXXXXX goes to 9${EXTEN} after it has dialled, which a route does not"),
    ([ACME, "GotoIf($[${TRIES} > 2]?4)", "Hangup()"],
     "_91NXXNXXXXXX runs GotoIf on something else than the result of Dial after it has dialled"),
    ([ACME, "AGI(retry.agi)", "Hangup()"], "_91NXXNXXXXXX runs AGI after it has dialled"),
    ([ACME, 'GotoIf($["${DIALSTATUS}" = "BUSY"]?again)', "Hangup()", "again: " + ZENITH],
     "_91NXXNXXXXXX dials again after BUSY only, and a route goes on when the trunk has failed"),
    ([ACME, 'GotoIf($["${DIALSTATUS}" = "CONGESTION"]?again)', "Dial(SIP/zenith/7${EXTEN:1},,To)", "Hangup()", "again: " + ZENITH],
     "_91NXXNXXXXXX goes on to different trunks, by what became of the call; a route has one order"),
    (["GotoIf($[${RAND(1,2)} = 1]?3:4)", ACME, ZENITH], "_91NXXNXXXXXX runs GotoIf before it dials"),
    (["ExecIf($[${RAND(1,2)} = 1]?Dial(SIP/acme/1))", ACME], "_91NXXNXXXXXX runs ExecIf before it dials"),
    (["Exec(Dial(SIP/zenith/1))", ACME], "_91NXXNXXXXXX runs Exec before it dials"),
    (["TryExec(Goto(other,s,1))", ACME], "_91NXXNXXXXXX runs TryExec before it dials"),
    (["RetryDial(beep,5,3,SIP/zenith/1)", ACME], "_91NXXNXXXXXX runs RetryDial before it dials"),
    (["Gosub(check)", ACME], "_91NXXNXXXXXX runs Gosub before it dials"),
    (["Goto(other,${EXTEN},1)", ACME], "_91NXXNXXXXXX goes to other before it dials, which a route does not"),
    (["Dial,SIP/acme/${EXTEN:1}|55|To", "Hangup()"], "_91NXXNXXXXXX has a step without parentheses around its arguments, of which "
     "Asterisk knows no application: write Dial(…) and run adopt again"),
    (["Playback(closed)", "Hangup()"], "_91NXXNXXXXXX runs Hangup before it dials"),
])
def test_steps_that_a_route_does_not_do(steps: list[str], why: str) -> None:
    result = adopted(entry(US, LOG, *steps))
    assert reasons(result) == {"E1": why}
    assert result.routes == []


@pytest.mark.parametrize("steps", [
    [ACME, ZENITH, "Hangup()"],
    [ACME, 'GotoIf($["${DIALSTATUS}" = "CONGESTION"]?second:end)', "second: " + ZENITH, "end: Hangup()"],
    [ACME, "Goto(second)", "Hangup()", "second: " + ZENITH],
    [ACME, "Goto(${EXTEN},5)", "Hangup()", ZENITH],
    [ACME, 'GotoIf($["${DIALSTATUS}" = "ANSWER" | "${DIALSTATUS}" = "BUSY"]?6)', ZENITH, "Hangup()", "Hangup()"],
    [ACME, "GotoIf($[${HANGUPCAUSE} = 34]?second)", "Congestion()", "second: " + ZENITH, "Congestion()"],
    [ACME, "NoOp(${DIALSTATUS})", 'ExecIf($["${DIALSTATUS}" = "ANSWER"]?Hangup())', ZENITH],
])
def test_a_second_dial_inside_the_extension_is_the_second_trunk(steps: list[str]) -> None:
    assert trunks(*steps) == ["acme", "zenith"]


def test_the_note_says_after_what_the_entry_went_on() -> None:
    said = notes(adopted(entry(US, LOG, ACME, 'GotoIf($["${DIALSTATUS}" != "BUSY"]?second)', "Hangup()", "second: " + ZENITH)))
    assert "went on to the next trunk after CHANUNAVAIL, CONGESTION, NOANSWER; a route does when the trunk has failed" in said
    assert "by conditions of its own" in notes(adopted(
        entry(US, LOG, ACME, "GotoIf($[${HANGUPCAUSE} = 34]?second)", "Hangup()", "second: " + ZENITH)))
    assert notes(adopted(entry(US, LOG, ACME, "Hangup()"))) == ""


@pytest.mark.parametrize(("steps", "trunk", "dead"), [
    ([ACME, "Hangup", ZENITH], ["acme"], "4 Dial"),
    ([ACME, "Congestion()", ZENITH, "AGI(x.agi)"], ["acme"], "4 Dial, 5 AGI"),
    ([ACME, "Busy", ZENITH], ["acme"], "4 Dial"),
    ([ACME, "Goto(end)", ZENITH, "end: Hangup()"], ["acme"], "4 Dial"),
    (["Goto(dial)", "Playback(closed)", "dial: " + ACME, "Hangup"], ["acme"], "3 Playback"),
])
def test_steps_that_are_never_reached_are_left_out_and_said(steps: list[str], trunk: list[str], dead: str) -> None:
    assert trunks(*steps) == trunk
    assert f"the steps {dead} are never reached; they are left out" in notes(adopted(entry(US, LOG, *steps)))


def test_an_entry_that_goes_on_in_a_wider_pattern_is_left() -> None:
    """Asterisk looks for the next priority in every pattern that matches, the wider ones too."""
    result = adopted(entry("_91800NXXXXXX", LOG, ACME) + "\n" + entry("_91NXXNXXXXXX", LOG, ACME, ZENITH, "Hangup()"))
    assert reasons(result)["E1"].startswith("_91800NXXXXXX does not end with Hangup: Asterisk goes on with step 3 of _91NXXNXXXXXX")


@pytest.mark.parametrize(("steps", "why"), [
    (["AGI(pick-trunk.agi)", "Dial(${BEST}/${EXTEN:1},,To)"],
     "dials by ${BEST}, which its step AGI(pick-trunk.agi) may set at call time"),
    (["Set(BEST=SIP/zenith)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step Set(BEST=SIP/zenith) may set"),
    (["Set(__BEST=${DB(lcr/best)})", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step Set(__BEST="),
    (["Set(GLOBAL(BEST)=SIP/zenith)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step Set(GLOBAL(BEST)"),
    (["MSet(A=1,BEST=SIP/zenith)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step MSet("),
    (["Set(ARRAY(A,BEST)=1,2)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step Set(ARRAY("),
    (["Gosub(lcr,s,1)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step Gosub(lcr,s,1) may set"),
    (["ReadFile(BEST=/tmp/best,20)", "Dial(${BEST}/${EXTEN:1},,To)"], "dials by ${BEST}, which its step ReadFile("),
    (["AGI(lcr.agi)", "Dial(SIP/acme/${LCRNUM},,To)"], "dials by ${LCRNUM}, which its step AGI(lcr.agi) may set at call time"),
    (["Dial(${NOBODY}/${EXTEN:1},,To)"], "dials by ${NOBODY}, a global that neither a carrier sets nor"),
])
def test_a_variable_that_a_step_may_set_is_not_the_global(steps: list[str], why: str) -> None:
    held = [row("GLOB", globals_string="BEST=SIP/acme", account_entry="[g]\nhost=198.18.30.50\ntype=peer\ncontext=trunkinbound\nallow=ulaw")]
    result = adopted(entry(US, LOG, *steps), rows=held)
    assert why in reasons(result)["E1"]
    assert result.routes == []


def test_steps_that_set_no_variable_leave_the_global_known() -> None:
    steps = [LOG, "NoOp(x)", "SIPAddHeader(X-A: 1)", "Set(CALLERID(num)=13125550100)", "Set(OTHER=1)", "Dial(${BEST}/${EXTEN:1},,To)", "Hangup()"]
    held = [row("GLOB", globals_string="BEST=SIP/zenith")]
    result = adopted(entry(US, *steps), rows=held)
    assert [attempt["trunk"] for attempt in dialled(result, CALL)] == ["zenith"]


def test_a_forced_caller_id_right_before_the_dial_is_the_trunks() -> None:
    result = adopted(entry(US, LOG, "Set(CALLERID(num)=13125550100)", "NoOp(${CALLERID(num)})", ACME, "Hangup()"))
    assert dialled(result, CALL)[0]["caller"] == "13125550100"
    assert "before_dial" not in result.routes[0]


@pytest.mark.parametrize("reader", ["AGI(pick-cid.agi)", "AGI(sign.agi,${CALLERID(num)})", "Gosub(cid,s,1)",
                                    "SIPAddHeader(X-From: ${CALLERID(num)})", "Set(CDR(src)=${CALLERID(num)})"])
def test_a_fallback_caller_id_stays_before_the_step_that_may_read_or_change_it(reader: str) -> None:
    result = adopted(entry(US, LOG, "Set(CALLERID(num)=13125550100)", reader, ACME, "Hangup()"))
    assert result.routes[0]["before_dial"] == ["Set(CALLERID(num)=13125550100)", reader]
    assert dialled(result, CALL)[0]["caller"] == ""


def test_each_attempt_has_the_caller_id_that_was_set_before_it() -> None:
    result = adopted(entry(US, LOG, ACME, "Set(CALLERID(num)=13125550177)", ZENITH, "Hangup()"))
    assert [(one["trunk"], one["caller"]) for one in dialled(result, CALL)] == [("acme", ""), ("zenith", "13125550177")]


@pytest.mark.parametrize(("steps", "note"), [
    ([LOG, "AGI(show-env.agi)", ACME], "AGI(show-env.agi) finds the number without the dial prefix as its extension, and the context of the route"),
    ([LOG, "Set(WHERE=${CONTEXT})", ACME], "Set(WHERE=${CONTEXT}) finds the number without the dial prefix"),
    ([ACME], "calls were not logged, without call_log; a route's are"),
    (["AGI(call_log.agi,${EXTEN})", ACME], "AGI(call_log.agi,${EXTEN}) is replaced by VICIdial's call_log"),
    (["AGI(agi://127.0.0.1:4577/call_log--HVcauses--PRI-----NODEBUG-----${HANGUPCAUSE})", ACME], "is replaced by VICIdial's call_log"),
    ([LOG, "NoOp(to acme)", ACME], "the messages (NoOp, Verbose, Log) are left out"),
    ([LOG, "Dial(SIP/acme/${EXTEN:1},,To)"], "manual calls rang without a limit; a route's ring as long as the campaign says"),
])
def test_each_small_change_has_a_note(steps: list[str], note: str) -> None:
    result = adopted(entry(US, *steps, "Hangup()"))
    assert f"{US}: " in notes(result) and note in notes(result)
    assert "before_dial" not in result.routes[0] or not any("call_log" in step for step in result.routes[0]["before_dial"])


def test_a_message_with_a_function_in_it_is_a_step() -> None:
    result = adopted(entry(US, LOG, "NoOp(${SHELL(touch /tmp/called)})", ACME, "Hangup()"))
    assert result.routes[0]["before_dial"] == ["NoOp(${SHELL(touch /tmp/called)})"]


def test_arguments_separated_by_bars_are_left() -> None:
    result = adopted(entry(US, LOG, "Dial(SIP/acme/${EXTEN:1}||tTo)", "Hangup()"))
    assert reasons(result)["E1"].startswith("_91NXXNXXXXXX separates the arguments of Dial by |, which Asterisk since 1.6 takes")


def test_an_extension_h_beside_never_ran() -> None:
    result = adopted(entry(US, LOG, ACME, "Hangup()") + "\n" + entry("h", "AGI(mine.agi)"))
    assert reasons(result) == {} and "extension h never ran, since VICIdial's own h is before it" in notes(result)
    again = adopted(entry(US, LOG, ACME, "Hangup()") + "\n" + entry("h", "NoOp(x)", "AGI(mine.agi)"))
    assert reasons(again) == {"E1": "its extension h runs AGI at the end of calls, which a route does not"}


def test_conditions_behind_each_other_are_followed_once_each() -> None:
    """Two ways out of each of ninety conditions would be more ways than anybody has time for."""
    jumps = [f"GotoIf($[${{HANGUPCAUSE}} = {number}]?{number + 3})" for number in range(1, 91)]
    assert trunks(ACME, *jumps, ZENITH, "Hangup()") == ["acme", "zenith"]
    assert reasons(adopted(entry(US, LOG, ACME, *jumps, *jumps)))["E1"] == "_91NXXNXXXXXX has 182 steps, and no more than 100 are followed"


@pytest.mark.parametrize("extension", ["s", "i", "carrier1", "_acme."])
def test_an_extension_that_no_campaign_dials_is_left(extension: str) -> None:
    assert f"its extension {extension} is not a number" in reasons(adopted(entry(extension, LOG, ACME)))["E1"]


@pytest.mark.parametrize(("condition", "true_for"), [
    ('$["${DIALSTATUS}" = "BUSY"]', {"BUSY"}),
    ("$[${DIALSTATUS}=CONGESTION]", {"CONGESTION"}),
    ('$["${DIALSTATUS}" != "ANSWER"]', {"CHANUNAVAIL", "CONGESTION", "BUSY", "NOANSWER"}),
    ('$["${DIALSTATUS}" = "BUSY" | "${DIALSTATUS}" = "NOANSWER"]', {"BUSY", "NOANSWER"}),
    ('$["${DIALSTATUS}" != "BUSY" & "${DIALSTATUS}" != "NOANSWER"]', {"CHANUNAVAIL", "CONGESTION"}),
    ('$["${DIALSTATUS}" = "BUSY" & "${DIALSTATUS}" = "NOANSWER"]', set()),
])
def test_conditions_on_the_result_are_decided(condition: str, true_for: set[str]) -> None:
    assert {status for status in conditions.STATUSES if conditions.decide(condition, status)} == true_for


@pytest.mark.parametrize("condition", ['$["x${DIALSTATUS}" = "xBUSY"]', "$[${HANGUPCAUSE} = 34]", "1", '$[("${DIALSTATUS}" = "BUSY")]',
                                       '$["${DIALSTATUS:0:4}" = "BUSY"]', '${REGEX("^CH" ${DIALSTATUS})}'])
def test_other_conditions_are_not_guessed(condition: str) -> None:
    assert conditions.decide(condition, "BUSY") is None
