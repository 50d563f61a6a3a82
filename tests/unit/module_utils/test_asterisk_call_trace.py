# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trace of a test call, as Asterisk 16.28 printed it, and what is made of it."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_files, call_trace

SHOWN = """\
/trunks-test/102/1                                : 1795474349.748|carrier_a|CONGESTION|34||SIP 503 Service Unavailable
/trunks-test/102/2                                : 1795474352.814|carrier_b|ANSWER|16|2001|SIP 200 OK
/trunks-test/102/begin                            : 1795474349.507|Local/913125551209@trunks-test-00000021;2
/trunks-test/102/end                              : 1795474352.816|ANSWER|16| carrier_a CONGESTION cause 34,
/trunks-test/1029/end                             : 1795474352.816|BUSY|17|
5 results found.
"""


def test_a_failed_over_call() -> None:
    found = call_trace.outcome(call_trace.entries(SHOWN, "102"))
    assert found == {
        "attempts": [
            {"trunk": "carrier_a", "attempt": 1, "result": "CONGESTION", "cause": 34, "seconds": 0.24,
             "response": "SIP 503 Service Unavailable"},
            {"trunk": "carrier_b", "attempt": 2, "result": "ANSWER", "cause": 16, "seconds": 1.06, "response": "SIP 200 OK"},
        ],
        "answered": True, "trunk": "carrier_b", "dialstatus": "ANSWER", "cause": 16,
        "reason": "carrier_a CONGESTION cause 34", "seconds": 3.31,
    }
    assert call_trace.sentence("913125551209", found) == (
        "913125551209 was answered by carrier_b. carrier_a: CONGESTION, cause 34 (SIP 503 Service Unavailable), after 0.2 s; "
        "carrier_b: ANSWER, cause 16 (SIP 200 OK), after 1.1 s.")


def test_a_redirection_is_told_as_one() -> None:
    found = call_trace.outcome({"begin": ["10.0", "Local/1"], "1": ["10.1", "acme", "CONGESTION", "23", "", "SIP 100 Trying"]})
    assert "acme: CONGESTION, cause 23 (redirected, which is not followed), after 0.1 s" in call_trace.sentence("91", found)


def test_no_trunk_tried() -> None:
    found = call_trace.outcome({"begin": ["10.0", "Local/1"], "end": ["10.5", "CONGESTION", "42", " carrier_a full with 1 calls,"]})
    assert (found["attempts"], found["answered"], found["cause"], found["seconds"]) == ([], False, 42, 0.5)
    assert call_trace.sentence("91", found) == (
        "91 was not answered (CONGESTION, cause 42). No trunk was tried: carrier_a full with 1 calls.")


def test_nothing_yet() -> None:
    found = call_trace.outcome({})
    assert found["dialstatus"] is None and found["seconds"] is None and found["attempts"] == []


def test_the_call_file_sets_what_is_known() -> None:
    call = {"dial": "913125551209", "caller_id": "1312", "timeout": 40, "answer_seconds": 2, "context": "default", "route": None}
    text = call_trace.call_file("102", call)
    assert "Setvar: trunks_test_context=default\n" in text and "trunks_test_route" not in text
    assert 'CallerID: "trunks test 102" <1312>\n' in text and "MaxRetries: 0\n" in text


@pytest.mark.parametrize("change", [{"number": "1\nSetvar: x=1"}, {"caller_id": "1>"}, {"context": "a,b"}, {"route": "Us"},
                                    {"timeout": 601}, {"context": "default", "route": "us"}])
def test_what_does_not_belong_into_a_call_file(change) -> None:
    options = {"number": "91", "route": None, "context": None, "timeout": 60, "answer_seconds": 2, "caller_id": "", **change}
    with pytest.raises(call_files.NotPlaced):
        call_files.check_options(options)
