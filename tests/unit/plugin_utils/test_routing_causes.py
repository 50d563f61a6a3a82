# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which failures mean "try the next trunk": the table as measured, held against the rendered decision itself.

The decision is a handful of GotoIf() lines of two kinds, a regular expression and a comparison, which are evaluated here
as Asterisk does. That Asterisk agrees is proven by real calls.
"""

from __future__ import annotations

import re

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes

from support.unit.descriptions import files

# (what the carrier says, SIP code or None for no answer, cause, DIALSTATUS of chan_sip, DIALSTATUS of PJSIP, next trunk?)
MEASURED = [
    ("not found", 404, 1, "CHANUNAVAIL", "CHANUNAVAIL", "no"),
    ("does not exist anywhere", 604, 1, "CHANUNAVAIL", "CHANUNAVAIL", "no"),
    ("address incomplete", 484, 1, "CHANUNAVAIL", "CHANUNAVAIL", "no"),
    ("address incomplete", 484, 28, "CHANUNAVAIL", "CHANUNAVAIL", "no"),
    ("gone", 410, 22, "CONGESTION", "CHANUNAVAIL", "no"),
    ("busy", 486, 17, "BUSY", "BUSY", "no"),
    ("busy everywhere", 600, 17, "BUSY", "BUSY", "no"),
    ("temporarily unavailable", 480, 19, "BUSY", "NOANSWER", "no"),
    ("decline", 603, 21, "BUSY", "CHANUNAVAIL", "no"),
    ("forbidden", 403, 21, "CHANUNAVAIL", "CHANUNAVAIL", "by trunk"),
    ("failed authentication", 401, 21, "CONGESTION", "CHANUNAVAIL", "by trunk"),
    ("request timeout", 408, 18, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("silence", None, 18, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("silence", None, 18, "CONGESTION", "CONGESTION", "yes"),
    ("server error", 500, 38, "CONGESTION", "CHANUNAVAIL", "yes"),
    ("bad gateway", 502, 27, "CONGESTION", "CHANUNAVAIL", "yes"),
    ("gateway timeout", 504, 102, "CONGESTION", "CHANUNAVAIL", "yes"),
    ("service unavailable", 503, 34, "CONGESTION", "CONGESTION", "yes"),
    ("not acceptable here", 488, 58, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("not acceptable", 606, 58, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("peer unreachable, no INVITE sent", None, 20, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("no reachable contact", None, 3, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("temporary failure", None, 41, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    ("congestion", None, 42, "CONGESTION", "CONGESTION", "yes"),
    ("channel not available", None, 44, "CHANUNAVAIL", "CHANUNAVAIL", "yes"),
    # Dial's option i makes a redirection busy with cause 0; the route makes that congestion with a cause before it decides
    ("moved temporarily", None, 23, "CONGESTION", "CONGESTION", "yes"),
    # any other cause goes on with CHANUNAVAIL or CONGESTION and stops with another
    ("no cause", None, 0, "CHANUNAVAIL", "CONGESTION", "yes"),
    ("interworking", None, 127, "CONGESTION", "CHANUNAVAIL", "yes"),
    ("interworking", None, 127, "BUSY", "", "no"),
    # the caller hung up, nobody answered in time, answered
    ("cancelled by the caller", None, 34, "CANCEL", "CANCEL", "no"),
    ("cancelled in silence", None, 18, "CANCEL", "CANCEL", "no"),
    ("rang out", None, 0, "NOANSWER", "NOANSWER", "no"),
    ("answered", 200, 16, "ANSWER", "ANSWER", "no"),
    ("answered after a failure", 200, 34, "ANSWER", "ANSWER", "no"),
]
STEP = re.compile(r"^ same => n(?:\((?P<label>[\w-]+)\))?,GotoIf\((?P<test>.*)\?(?P<yes>[^:?]*)(?::(?P<no>[^:?]*))?\)$")


def holds(test: str) -> bool:
    """Whether a condition holds whose variables are filled in."""
    expression = re.fullmatch(r'\$\{REGEX\("(.*)" (.*)\)\}', test)
    if expression:
        return bool(re.search(expression.group(1), expression.group(2)))
    left, right = re.fullmatch(r'\$\["(.*)" = "(.*)"\]', test).groups()
    return left == right


def decided(text: str, status: str, cause: int, code: int | None, on_forbidden: str) -> str:
    """Where the rendered route goes after a Dial: ``end`` or ``fail_over``."""
    tech = f"SIP {code} Some reason" if code else ""
    for name, value in (
        ("${trunks_sip_code}", tech[4:7]),
        ("${trunks_cause}", str(cause)),
        ("${DIALSTATUS}", status),
        ("${trunks_on_403}", on_forbidden),
    ):
        text = text.replace(name, value)
    lines = text.split("classify the failure", 1)[1].split("\n")[1:]
    steps = [STEP.match(line) for line in lines[: lines.index("")]]
    at = 0
    while True:
        step = steps[at]
        goes = step["yes"] if holds(step["test"]) else step["no"]
        if goes in ("end", "fail_over"):
            return goes
        at = next(n for n, one in enumerate(steps) if one["label"] == goes) if goes else at + 1


@pytest.mark.parametrize("on_forbidden", ["fail_over", "end"])
@pytest.mark.parametrize("says,code,cause,chan_sip,pjsip,wanted", MEASURED)
def test_each_measured_failure(says, code, cause, chan_sip, pjsip, wanted, on_forbidden):
    answer = {"yes": "fail_over", "no": "end", "by trunk": on_forbidden}[wanted]
    for name in ("documented", "asterisk"):
        for status in (chan_sip, pjsip):
            assert decided(files(name)["routes/us.conf"], status, cause, code, on_forbidden) == answer, (says, status)


def test_no_cause_is_in_two_lists():
    assert not set(causes.NUMBER_FAILED) & set(causes.TRUNK_FAILED)
    assert causes.REJECTED not in causes.NUMBER_FAILED + causes.TRUNK_FAILED


def test_the_lists_are_those_that_were_measured():
    assert set(causes.NUMBER_FAILED) == {1, 16, 17, 19, 22, 28}
    assert set(causes.TRUNK_FAILED) == {3, 18, 20, 23, 27, 34, 38, 41, 42, 44, 58, 102}


def test_a_call_that_no_trunk_took_ends_with_a_trunks_cause():
    assert causes.NO_TRUNK_LEFT in causes.TRUNK_FAILED and causes.SILENT in causes.TRUNK_FAILED


def test_a_list_as_a_regular_expression():
    assert causes.expression((1, 17)) == "^(1|17)$"
    assert not re.search(causes.expression(causes.NUMBER_FAILED), "127")
