# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module test_call: what it tells of a call is what the carriers saw, and it leaves nothing behind."""
from __future__ import annotations

from typing import Any

import pytest

from support.lab.calls import times_received
from support.lab.machines import ONE, asterisk, sh, sql
from support.lab.playbooks import play

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
    assert call["msg"] == "no call was placed (check mode): 913125557101 would use route us"
    assert (call["placed"], call["attempts"], call["route"]) == (False, [], "us")
    assert times_received("a", "13125557101") == before


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
