# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts and talk times of the events of a call, in whichever order they come."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import calls as module
from ansible_collections.dialer.trunks.plugins.module_utils._health.calls import Calls

from support.unit.health import NOW, ORDERS, attempt_event, hangup_event, refused_event

KEY = "V1220735260000000472"


@pytest.fixture
def calls():
    return following()


def following(**orders):
    found = Calls()
    found.follow({**ORDERS, **orders}, 7, rate)
    return found


def rate(trunk, number):
    """What a minute costs: to a prefix that is longer than what is kept of a number. No rate is known for others."""
    return {"carrier_a": 0.01, "carrier_b": 0.02}[trunk] if number.startswith("1312555") else None


def test_an_attempt_as_it_is_stored(calls):
    found = calls.message(refused_event(Attempt="2"), NOW)
    assert found == {
        "time": NOW, "route": "us", "trunk": "carrier_a", "number": 2, "prefix": "131255", "result": "CONGESTION", "sip": 503,
        "cause": 34, "pdd_ms": None, "answer_s": None, "talk_s": None, "rate": None, "key": KEY, "generation": 7, "fault": "trunk",
        "responded": True, "seconds": 10.0}     # the last two are for the breaker
    assert calls.take() == ([found], []) and calls.take() == ([], [])


class TestTalkTime:
    def test_a_call_of_the_dialler_its_attempt_comes_when_the_agent_gets_it(self, calls):
        calls.message(attempt_event(Answered="250"), NOW)
        assert calls.attempts[0]["talk_s"] is None
        calls.message(hangup_event(), NOW + 60)
        assert calls.take()[1] == [(KEY, "carrier_a", 60.25, 0.01)]

    def test_a_call_by_hand_its_channel_hangs_up_first(self, calls):
        calls.message(hangup_event(), NOW + 5.99)
        calls.message(attempt_event(Answered="6000"), NOW + 6)
        attempts, ended = calls.take()
        assert (attempts[0]["talk_s"], ended) == (pytest.approx(5.99), [])

    def test_a_trunk_that_is_tried_twice_is_answered_once(self, calls):
        """The hang-up of the first attempt is none of the second, which has the same call and trunk."""
        calls.message(hangup_event("SIP/carrier_a-00000001"), NOW)
        calls.message(refused_event(Attempt="1"), NOW + 0.01)
        calls.message(attempt_event(Attempt="2", Answered="250"), NOW + 10)
        calls.message(hangup_event("SIP/carrier_a-00000002"), NOW + 40)
        attempts, ended = calls.take()
        assert [attempt["talk_s"] for attempt in attempts] == [None, None] and ended == [(KEY, "carrier_a", 30.25, 0.01)]

    def test_a_hang_up_before_the_answer_is_of_another_attempt(self, calls):
        """The first attempt was not published, such as on a channel that was hung up at once."""
        calls.message(hangup_event("SIP/carrier_a-00000001"), NOW)
        calls.message(attempt_event(Answered="250"), NOW + 10)
        calls.message(hangup_event("SIP/carrier_a-00000002"), NOW + 40)
        attempts, ended = calls.take()
        assert attempts[0]["talk_s"] is None and ended == [(KEY, "carrier_a", 30.25, 0.01)]

    def test_two_calls_at_once(self, calls):
        for number in (1, 2):
            calls.message(attempt_event(Linkedid=str(number), Key=f"V{number}", Answered="0"), NOW + number)
        calls.message(hangup_event(linkedid="2"), NOW + 10)
        calls.message(hangup_event(linkedid="1"), NOW + 20)
        assert calls.take()[1] == [("V2", "carrier_a", 8, 0.01), ("V1", "carrier_a", 19, 0.01)]

    def test_the_clock_was_set_back_meanwhile(self, calls):
        calls.message(attempt_event(Answered="250"), NOW)
        calls.message(hangup_event(), NOW - 3600)
        assert calls.take()[1] == [(KEY, "carrier_a", 0, 0.01)]

    def test_an_attempt_that_was_not_answered_has_none(self, calls):
        calls.message(attempt_event(Result="NOANSWER", Cause="19", Sip="", Answered=""), NOW)
        calls.message(hangup_event(), NOW + 1)
        attempts, ended = calls.take()
        assert (attempts[0]["talk_s"], ended) == (None, [])

    def test_only_one_hang_up_counts(self, calls):
        calls.message(attempt_event(), NOW)
        calls.message(hangup_event(), NOW + 10)
        calls.message(hangup_event(), NOW + 20)
        assert len(calls.take()[1]) == 1


def test_what_is_remembered_is_bounded(calls, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for number in range(10):
        calls.message(hangup_event("SIP/8001-0000002a", linkedid=f"in{number}"), NOW)
        calls.message(attempt_event(Linkedid=f"out{number}", Key=f"V{number}"), NOW)
    assert (len(calls._hung_up), len(calls._talking)) == (3, 3)
    for number in range(10):
        calls.message(hangup_event(linkedid=f"out{number}"), NOW + 10)
    assert [key for key, _trunk, _seconds, _rate in calls.take()[1]] == ["V7", "V8", "V9"]


@pytest.mark.parametrize("odd", [{"Trunk": "8001"}, {"Route": "away"}, {"Result": "GREAT"}, {"Sip": "503; DROP"}, {"Number": "x" * 9}, {"Linkedid": ""}])
def test_an_odd_event_is_counted_and_nothing_else(calls, odd):
    assert calls.message(attempt_event(**odd), NOW) is None
    assert (calls.odd, calls.take()) == (1, ([], []))
    calls.message({"Event": "UserEvent", "UserEvent": "Other"}, NOW)
    calls.message({}, NOW)
    assert calls.odd == 1


@pytest.mark.parametrize("numbers, dialled, kept", [
    ("prefix", "913125551212", "131255"), ("full", "913125551212", "13125551212"), ("none", "913125551212", ""),
    ("prefix", "911", "11"), ("full", "+44207", "44207"), ("prefix", "", ""), ("full", "13125551212", "13125551212"),
])
def test_what_is_kept_of_a_number(numbers, dialled, kept):
    """Without the route's dial prefix, 9. A number that has none entered the route as it is."""
    assert following(numbers=numbers).message(attempt_event(Number=dialled), NOW)["prefix"] == kept


def test_calls_in_progress_go_on_under_new_orders(calls):
    calls.message(attempt_event(Answered="0"), NOW)
    calls.follow({**ORDERS, "numbers": "none"}, 8, lambda _trunk, _number: 0.5)
    calls.message(hangup_event(), NOW + 5)
    calls.message(attempt_event(Linkedid="8"), NOW + 6)
    attempts, ended = calls.take()
    assert ended == [(KEY, "carrier_a", 5, 0.01)]      # at the rate that it began with
    assert [(attempt["generation"], attempt["prefix"], attempt["rate"]) for attempt in attempts] == [(7, "131255", 0.01), (8, "", 0.5)]


@pytest.mark.parametrize("numbers", ["prefix", "none", "full"])
@pytest.mark.parametrize("trunk, dialled, found", [
    ("carrier_a", "913125551212", 0.01), ("carrier_b", "913125551212", 0.02), ("carrier_a", "13125551212", 0.01), ("carrier_a", "944207", None)])
def test_the_rate_is_that_of_the_whole_number_whatever_is_kept_of_it(numbers, trunk, dialled, found):
    calls = following(numbers=numbers)
    assert calls.message(attempt_event(Trunk=trunk, Number=dialled), NOW)["rate"] == found
    calls.message(hangup_event(f"SIP/{trunk}-0000002a"), NOW + 60)
    assert calls.take()[1] == [(KEY, trunk, 66.0, found)]


def test_a_number_that_was_not_reached_has_no_rate():
    calls = Calls()
    calls.follow(ORDERS, 7, None)   # which is not asked
    assert calls.message(refused_event(), NOW)["rate"] is None
