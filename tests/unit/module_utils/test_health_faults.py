# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose fault a failed attempt is."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import faults
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes
from hypothesis import given
from hypothesis import strategies as st

from support.unit.health import CAUSES


@pytest.mark.parametrize("what, result, sip, cause, fault", [
    ("answered", "ANSWER", 200, 16, ""),
    ("answered, and a cause of the trunk when it hung up", "ANSWER", 200, 38, ""),
    ("busy", "BUSY", 486, 17, "number"),
    ("busy by IAX2", "BUSY", None, 17, "number"),
    ("not answered", "NOANSWER", 180, 0, ""),
    ("not answered, 480", "NOANSWER", 480, 19, ""),
    ("cancelled by the caller", "CANCEL", None, 0, ""),
    ("404", "CHANUNAVAIL", 404, 1, "number"),
    ("604", "CHANUNAVAIL", 604, 1, "number"),
    ("484", "CONGESTION", 484, 28, "number"),
    ("the called person declines", "CONGESTION", 603, 21, "number"),
    ("the carrier refuses the call", "CONGESTION", 403, 21, "trunk"),
    ("the carrier wants a login", "CONGESTION", 407, 21, "trunk"),
    ("the carrier does not know us", "CHANUNAVAIL", 401, 1, "trunk"),
    ("refused by a carrier that says no SIP", "CONGESTION", None, 21, "trunk"),
    ("503", "CONGESTION", 503, 34, "trunk"),
    ("500", "CHANUNAVAIL", 500, 38, "trunk"),
    ("no response to INVITE", "CONGESTION", None, 18, "trunk"),
    ("no response, the driver gave up", "CHANUNAVAIL", None, 18, "trunk"),
    ("408", "CHANUNAVAIL", 408, 18, "trunk"),
    ("the peer is unreachable, no INVITE was sent", "CHANUNAVAIL", None, 20, "trunk"),
    ("a redirection", "CONGESTION", 302, 23, "trunk"),
    ("no response by IAX2", "CONGESTION", None, 0, "trunk"),
    ("a cause that no table has", "CHANUNAVAIL", None, 99, "trunk"),
    ("a cause that no table has, of another result", "DONTCALL", None, 99, "number"),
])
def test_table(what, result, sip, cause, fault):
    assert of(result, sip, cause) == fault


def of(result, sip, cause, pdd_ms=None, technology="SIP", seconds=2.0):
    return faults.of({"result": result, "sip": sip, "cause": cause, "pdd_ms": pdd_ms}, CAUSES, technology, seconds)


def responded(result, sip, cause, pdd_ms=None, technology="SIP", seconds=6.4):
    return faults.responded({"result": result, "sip": sip, "cause": cause, "pdd_ms": pdd_ms}, CAUSES, technology, seconds)


@pytest.mark.parametrize("what, attempt, expected", [
    ("answered", ("ANSWER", None, 16), True),
    ("busy", ("BUSY", 486, 17), True),
    ("503", ("CONGESTION", 503, 34), True),
    ("403", ("CONGESTION", 403, 21), True),
    ("408", ("CHANUNAVAIL", 408, 18), True),
    ("100 and nothing more, and the caller hung up", ("CANCEL", 100, 0), True),
    ("100 and nothing more, until the dial timeout", ("NOANSWER", 100, 0), True),
    ("it rang", ("CANCEL", None, 0, 1200), True),
    ("the number does not exist, by IAX2", ("CHANUNAVAIL", None, 1, None, "IAX2"), True),
    ("chan_sip gave up", ("CHANUNAVAIL", None, 18), False),
    ("ring_timeout has passed", ("CONGESTION", None, 18), False),
    ("IAX2 gave up", ("CONGESTION", None, 0, None, "IAX2"), False),
    ("the caller hung up after 4 s", ("CANCEL", None, 0, None, "PJSIP", 4.0), False),
    ("the dial timeout", ("NOANSWER", None, 0, None, "PJSIP", 26.0), False),
    ("the caller hung up at once", ("CANCEL", None, 0, None, "SIP", 3.0), None),
    ("a predictive dialer's cancel, without a time", ("CANCEL", None, 16, None, "SIP", None), None),
    ("cancelled by IAX2, which does not tell", ("CANCEL", None, 0, None, "IAX2", 26.0), None),
    ("the peer is unreachable, no INVITE was sent", ("CHANUNAVAIL", None, 20), None),
    ("PJSIP has no contact", ("CHANUNAVAIL", None, 3, None, "PJSIP"), None),
    ("refused within Asterisk", ("CONGESTION", None, 0), None),
])
def test_whether_the_trunk_responded(what, attempt, expected):
    assert responded(*attempt) is expected
    if expected is False:
        assert of(*attempt[:3], **dict(zip(("pdd_ms", "technology", "seconds"), attempt[3:]), seconds=attempt[5] if len(attempt) > 5 else 6.4)) == "trunk"


@pytest.mark.parametrize("result", ["CANCEL", "NOANSWER"])
def test_a_trunk_from_which_nothing_came_has_failed(result):
    """As for the dialplan: after 4 s without a response, the caller hung up on a trunk that is silent."""
    assert of(result, None, 0, seconds=4.0) == "trunk"
    for more in ({"seconds": 3.9}, {"seconds": None}, {"pdd_ms": 900, "seconds": 30.0}, {"technology": "IAX2", "seconds": 30.0}):
        assert of(result, None, 0, **more) == "", more
    assert of(result, 183, 0, seconds=30.0) == ""


@given(st.sampled_from(["BUSY", "CONGESTION", "CHANUNAVAIL"]), st.integers(1, 127), st.sampled_from([None, 404, 408, 486, 503, 600]))
def test_it_is_the_trunks_where_the_dialplan_fails_over(result, cause, sip):
    """roles/dialplan/templates/route.conf.j2, from the label classify on."""
    fails_over = cause == causes.REJECTED or cause in causes.TRUNK_FAILED or result != "BUSY"
    assert of(result, sip, cause) == (
        "trunk" if fails_over and cause not in causes.NUMBER_FAILED else "number")


def test_the_orders_have_the_causes_of_the_dialplan():
    assert CAUSES == {"number": list(causes.NUMBER_FAILED), "trunk": list(causes.TRUNK_FAILED),
                      "rejected": causes.REJECTED, "declined": causes.DECLINED_SIP_CODE,
                      "silent": causes.SILENT, "no_response_after": causes.NO_RESPONSE_AFTER}
