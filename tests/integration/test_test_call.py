# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module test_call: what it tells of a call is what the carriers saw, and it leaves nothing behind."""
from __future__ import annotations

import re
from typing import Any

import pytest

from support.lab.calls import times_received
from support.lab.machines import ONE, asterisk, sh, sql
from support.lab.playbooks import Run, described, play, site
from support.waiting import wait_until

CALL = "- dialer.trunks.test_call: {%s}"


def place(*arguments: str, **options: Any) -> dict[str, Any]:
    """The result of one call on dialer 1."""
    text = ", ".join(f'{key}: "{value}"' for key, value in options.items())
    return play(CALL % text, "--limit", ONE, *arguments).tasks[-1][1][ONE]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    yield
    assert "0 results found" in asterisk(ONE, "database show trunks-test")
    assert sh(ONE, "find /var/spool/asterisk -name '*trunks-test*'") == ""


def test_an_answered_call():
    before = times_received("a", "13125557101")
    logged = sql("SELECT COUNT(*) FROM vicidial_carrier_log")
    call = place(number="913125557101", caller_id="+13125550100", answer_seconds=1)
    assert (call["answered"], call["trunk"], call["dialstatus"], call["route"]) == (True, "carrier_a", "ANSWER", "us")
    [attempt] = call["attempts"]
    assert 0.8 < attempt["seconds"] < 3 and call["seconds"] > attempt["seconds"] + 0.9
    assert times_received("a", "13125557101") == before + 1
    assert "13125557101,+13125550100," in sh("trunks-carrier-a", "tail -5 /var/log/carrier/calls.csv")
    assert sql("SELECT COUNT(*) FROM vicidial_carrier_log") == logged
    assert call["changed"] is False


def test_a_call_that_fails_over():
    call = place(number="913125557109")
    assert [(one["trunk"], one["attempt"], one["result"], one["cause"], one["response"]) for one in call["attempts"]] == [
        ("carrier_a", 1, "CONGESTION", 34, "SIP 503 Service Unavailable"), ("carrier_b", 2, "ANSWER", 16, "SIP 200 OK")]
    assert (call["answered"], call["trunk"]) == (True, "carrier_b")
    assert call["msg"].startswith("913125557109 was answered by carrier_b. carrier_a: CONGESTION, cause 34 (SIP 503 ")


@pytest.mark.parametrize(("number", "status", "cause", "tried"), [
    ("13125557102", "BUSY", 17, ["carrier_a"]),
    ("13125557104", "CHANUNAVAIL", 1, ["carrier_a"]),
    ("13125557103", "CONGESTION", 42, ["carrier_a", "carrier_b"]),
])
def test_a_call_that_is_not_answered_is_a_result(number, status, cause, tried):
    call = place(route="us", number=number)
    assert (call["answered"], call["trunk"], call["dialstatus"], call["cause"]) == (False, None, status, cause)
    assert [one["trunk"] for one in call["attempts"]] == tried
    assert not call.get("failed")


def test_a_call_is_given_up_after_its_timeout():
    call = place(number="913125557106", timeout=2)
    assert [(one["result"], one["response"]) for one in call["attempts"]] == [("CANCEL", "SIP 180 Ringing")]
    assert 1.8 < call["seconds"] < 4 and call["dialstatus"] == "CANCEL"


def test_check_mode_places_no_call():
    before = times_received("a", "13125557101")
    call = place("--check", number="913125557101")
    assert call["msg"] == "no call was placed (check mode): 913125557101 would use route us, now by trunk carrier_a"
    assert (call["placed"], call["attempts"], call["route"]) == (False, [], "us")
    assert times_received("a", "13125557101") == before


def which(*arguments: str, number: str = "913125557101", **variables: Any) -> Run:
    """Ask which trunk a call of dialer 1 would take."""
    return site("--limit", ONE, "-e", f"number={number}", *arguments, playbook="playbooks/which_trunk.yml",
                extra_vars=variables or None)


def test_which_trunk_would_it_take():
    """Read from the running dialplan: the route, the pattern, the state of each trunk, and what it would be sent."""
    run = which()
    assert run.rc == 0 and run.changes == [] and "described differently" not in run.said, run
    shown = run.stderr[run.stderr.index(ONE):].splitlines()
    assert shown[:3] == [
        f"{ONE}: 913125557101 reaches route us, by pattern _91NXXNXXXXXX of context vicidial-auto-external, as 13125557101.",
        "Strategy priority: in the order of the list; at most 2 attempts.",
        "A call now would go out by carrier_a."]
    heads, *rows = [re.split(r"  +", line) for line in shown[4:7]]
    assert heads == ["trunk", "state", "calls", "sends", "caller ID"]
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        (name, "0 of 100", "13125557101", "the call's own") for name in ("carrier_a", "carrier_b")]
    assert all(re.match(r"reachable \(\d+ ms\)$", row[1]) for row in rows)


def cool_down(until: str) -> None:
    """Put carrier a into cool-down until a time (an argument of date). The command line takes no empty value."""
    asterisk(ONE, "dialplan set global TRUNKS_COOL_DOWN_carrier_a " + sh(ONE, f"date -d '{until}' +%s").strip())


def test_a_trunk_in_cool_down_is_passed_over_in_the_answer_as_in_a_call():
    cool_down("60 seconds")
    try:
        run = which()
        assert "A call now would go out by carrier_b." in run.stderr and re.search(r"in cool-down for [56]\d s", run.stderr), run
        assert place(number="913125557101")["trunk"] == "carrier_b"
    finally:
        cool_down("1 second ago")
    run = which()
    assert "A call now would go out by carrier_a." in run.stderr and "cool-down ended: tried by the next call" in run.stderr, run
    assert place(number="913125557101")["trunk"] == "carrier_a" and "cool-down" not in which().stderr


def test_a_full_trunk_is_passed_over_in_the_answer():
    assert site("--limit", ONE, extra_vars=described(carrier_a={"max_calls": 1})).rc == 0
    try:
        sh(ONE, "asterisk -rx 'channel originate Local/913125557101@default application Wait 20' >/dev/null 2>&1 &")
        wait_until(lambda: "carrier_a" in asterisk(ONE, "group show channels"), 10, "the call")
        run = which(**described(carrier_a={"max_calls": 1}))
        assert "A call now would go out by carrier_b." in run.stderr and "(1 ms), full  1 of 1" in re.sub(r"\(\d+ ms", "(1 ms", run.stderr), run
    finally:
        asterisk(ONE, "channel request hangup all")
        assert site("--limit", ONE).rc == 0


def test_the_answer_is_of_what_is_in_force_and_says_when_the_description_differs():
    """A prefix and a caller ID that are described and not applied yet are not sent."""
    changed = described(carrier_a={"prefix": "0011", "strip": 1, "caller_id": "13125550177"})
    run = which(**changed)
    assert f"{ONE}: route us is described differently from what is in force: run site.yml" in run.said, run
    assert "00113125557101" not in run.stderr
    try:
        assert site("--limit", ONE, extra_vars=changed).rc == 0
        run = which(**changed)
        assert "described differently" not in run.said and "  00113125557101  13125550177\n" in run.stderr, run
        call = place(number="913125557109")
        assert call["attempts"][0]["trunk"] == "carrier_a"
        assert "00113125557109,13125550177," in sh("trunks-carrier-a", "tail -5 /var/log/carrier/calls.csv")
    finally:
        assert site("--limit", ONE).rc == 0
    assert "described differently" not in which().said


def test_a_number_that_no_route_takes_is_said():
    run = which(number="9911")
    assert run.rc == 2 and "number: '9911' matches no extension in context default" in run.failures[ONE], run


@pytest.mark.parametrize(("options", "message"), [
    ({"number": "9911"}, "number: '9911' matches no extension in context default"),
    ({"number": "8600051"},
     "number: '8600051' matches _8600XXX of context default, which leads to no route of this collection"),
    ({"number": "13125557101", "route": "uk"}, "route: the running dialplan has no route 'uk'; there are us"),
    ({"number": "1312;5557101"}, "number: must be 1 to 40 digits, * # and +, not '1312;5557101'"),
    ({"number": "913125557101", "context": "nowhere"}, "context: the running dialplan has no context 'nowhere'"),
    ({"number": "913125557101", "answer_seconds": 0}, "answer_seconds: must be from 1 to 600, not 0"),
])
def test_what_cannot_be_placed_is_refused(options, message):
    call = place(**options)
    assert call["failed"] and message in call["msg"]
