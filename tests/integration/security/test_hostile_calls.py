# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls whose name, number or carrier's answer is an attack: nothing runs on the dialer, and no other host is called."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator

import pytest

from support.lab import calls
from support.lab.machines import ONE, asterisk, begin, pace, sh
from support.lab.playbooks import CARRIER_A, CARRIER_B, ROUTE, play, provision
from support.waiting import came_true

MARK = "/tmp/pwned"
# Names that end the application they are pasted into, close an expression, or bring a variable or an argument of their own.
# Quotes and backslashes are there as a SIP display name may hold them.
NAMES = [
    f"x):System(touch {MARK}",
    f'x" | SHELL("touch {MARK}") | "',
    f'x\\" | SHELL(\\"`touch {MARK}`\\") | \\"',
    f"a=1,b):System(touch {MARK}",
    f"x,y)?System(touch {MARK}):System(touch {MARK}",
    f"${{SHELL(touch {MARK})}}",
    f"$[1]:1]?System(touch {MARK}):System(touch {MARK})",
    f"x\"='' & SHELL(\"touch {MARK}\") & \"",
    "&?:^|;'`\\",
]
CARRIER_ANSWERS = {"name": "answers", "host": "198.18.10.10", "port": 5070}
# Runs on a dialer: places calls by the manager, to an extension and with a name taken from standard input as JSON.
_ORIGINATE = r"""
import json, socket, sys
link = socket.create_connection(("127.0.0.1", 5038), 5)
stream = link.makefile("rw", encoding="utf-8", newline="\n")
stream.readline()
stream.write("Action: Login\r\nUsername: cron\r\nSecret: 1234\r\nEvents: off\r\n\r\n")
for call in json.load(sys.stdin):
    stream.write("".join("%s: %s\r\n" % pair for pair in [("Action", "Originate"), ("Async", "true"), *call.items()]) + "\r\n")
stream.write("Action: Logoff\r\n\r\n")
stream.flush()
print(stream.read())
"""


def originate(calls: list[dict[str, str]], answered_for: float = 0) -> None:
    """Places calls on dialer 1 by the manager, which takes headers as they are, and waits until all have ended; after
    some seconds, when they may last longer, by hanging up."""
    said = sh("dialer1", f"python3 -c {shlex.quote(_ORIGINATE)}", stdin=json.dumps(calls))
    assert said.count("Originate successfully queued") == len(calls), said
    if answered_for:
        time.sleep(answered_for)
        asterisk("dialer1", "channel request hangup all")
    assert came_true(lambda: "\n0 active channels" in "\n" + asterisk("dialer1", "core show channels count"), 40)


def to_route(number: str, name: str) -> dict[str, str]:
    """A call that VICIdial's context sends to a number, with a caller id name of the caller's choice."""
    return {"Channel": f"Local/{number}@default", "Application": "Wait", "Data": "2", "Variable": "CALLERID(num)=5551000",
            "CallerID": f'"{name}" <5551000>'}


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    pace()
    for machine in ("dialer1", "dialer2"):
        sh(machine, f"rm -f {MARK}*")
    yield


def pwned() -> str:
    return sh("dialer1", f"ls {MARK}* 2>/dev/null; true")


def warnings_since(place: int) -> str:
    return sh("dialer1", f"tail -c +{place + 1} /var/log/asterisk/messages")


def log_place() -> int:
    return int(sh("dialer1", "stat -c %s /var/log/asterisk/messages"))


@pytest.mark.parametrize("ways", ["fails over", "over the limit", "no trunk takes it"])
def test_a_callers_name_runs_nothing(ways: str) -> None:
    """It goes through failover, through the trunk's second look at its limit, and into the log of a call that failed."""
    number = {"fails over": "13125551219", "over the limit": "13125551219", "no trunk takes it": "13125551213"}[ways]
    if ways == "over the limit":
        provision(dialer_trunks=[{**CARRIER_A, "max_calls": 1}, {**CARRIER_B, "max_calls": 2}])
    place, began = log_place(), time.time()
    try:
        originate([to_route(f"9{number}", name) for name in NAMES])
    finally:
        if ways == "over the limit":
            provision()
    assert pwned() == ""
    came = calls.received(began - 1)
    assert {call.number for call in came} == {number}
    if ways == "fails over":     # every one of them really went the way of a second attempt
        assert [sum(call.carrier == carrier for call in came) for carrier in "ab"] == [len(NAMES)] * 2
    # A name that an expression chokes on is one that got into it.
    assert "ast_yyerror" not in warnings_since(place) and "syntax error" not in warnings_since(place)


def test_a_number_reaches_no_other_host() -> None:
    """A route of an open pattern, by its context and, when the include line is lost, by the row's own Dial."""
    route = {"name": "world", "dial_prefix": "8", "patterns": ["011X."], "trunks": [{"name": "carrier_b"}]}
    numbers = ["80114&SIP/90044207946", "80114420&SIP/9@198.18.0.99,a", "80114420@198.18.0.99", "80114420,1,g&Local/913125551211@default",
               "80114420)&SIP/carrier_a/13125551211"]
    provision(dialer_routes=[ROUTE, route])
    tap = begin(["podman", "exec", "trunks-stranger", "timeout", "60", "tcpdump", "-lni", "any", "udp port 5060"])
    try:
        for include in (True, False):
            if not include:
                sh("dialer1", "cp -p /etc/asterisk/extensions.conf /root/extensions.kept;"
                                  " sed -i '/; dialer.trunks$/d' /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
            began = time.time()
            originate([{"Channel": "SIP/gs101", "Context": "default", "Exten": number, "Priority": "1",
                        "CallerID": "M0000000000000000001 <1>"} for number in numbers], answered_for=4)
            came = calls.received(began - 1)
            wanted = ["".join(digit for digit in number[1:] if digit in "0123456789*#+") for number in numbers]
            assert sorted(call.number for call in came) == sorted(wanted), include
            assert {call.carrier for call in came} == {"b"}
    finally:
        tap.terminate()
        heard, _errors = tap.communicate()
        sh("dialer1", "test ! -e /root/extensions.kept || mv /root/extensions.kept /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
        provision()
    assert "198.18.0.11" not in heard


def test_a_carriers_words_run_nothing_and_its_redirection_is_not_followed() -> None:
    """Its reason phrase goes through failover and into VICIdial's log; its 302 names a number of the carrier's choice."""
    provision(dialer_trunks=[CARRIER_ANSWERS, CARRIER_B], dialer_routes=[
        {**ROUTE, "trunks": [{"name": "answers"}, {"name": "carrier_b"}]},
        {**ROUTE, "name": "alone", "dial_prefix": "6", "trunks": [{"name": "answers"}]}])
    try:
        place = log_place()
        hostile, = calls.place("auto", "15805550001", "--hold 0.5")
        moved, = calls.place("auto", "13025550001", "--hold 0.5")
        said, = calls.place("auto", "15805550001", "--prefix 6")
        nowhere, = calls.place("auto", "13025550001", "--prefix 6")
        shown = asterisk("dialer1", "core show channels count")
    finally:
        provision()
    assert pwned() == "" and "syntax error" not in warnings_since(place)
    assert [(call.carriers, call.agent) for call in (hostile, moved)] == [("ab", True)] * 2
    assert (nowhere.carriers, nowhere.agent, nowhere.status) == ("a", False, "NEW")  # callable still, and not busy
    assert nowhere.logged[:2] == ("CONGESTION", 42)
    assert [(call.carriers, call.agent) for call in (said, nowhere)] == [("a", False)] * 2
    assert said.log["sip_hangup_cause"] == 580 and not set(said.log["sip_hangup_reason"]) & set("\"'`$,;|&<>\\-")
    assert "0 active channels" in shown
    assert "Executing [13125550200@" not in warnings_since(place)


def test_a_test_call_tells_of_a_redirection() -> None:
    provision(dialer_trunks=[CARRIER_ANSWERS, CARRIER_B],
                  dialer_routes=[{**ROUTE, "trunks": [{"name": "answers"}, {"name": "carrier_b"}]}])
    try:
        run = play("- dialer.trunks.test_call: {number: '913025550001'}", "--limit", ONE)
    finally:
        provision()
    result = run.results("dialer.trunks.test_call")[ONE]
    assert len(result["attempts"]) == 2, result["msg"]
    first, second = result["attempts"]
    assert (first["trunk"], first["result"], first["cause"]) == ("answers", "CONGESTION", 23)
    assert (second["trunk"], second["result"]) == ("carrier_b", "ANSWER")
    assert "answers: CONGESTION, cause 23 (redirected, which is not followed)" in result["msg"]
