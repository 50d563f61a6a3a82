# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a trunk: what suspends it, what is said of it, and what a restart or a stepped clock does not change."""

from __future__ import annotations

import json

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health.trunk_state import TrunkState
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0
SETTINGS = {"down_after": 3, "up_after": 5, "breaker": {"attempts": 20, "window": 60, "failed": 60}}
RECORD = {"reason": "carrier's works", "who": "anna", "since": NOW - 60, "until": NOW + 3600}
IN_SERVICE = {"state": "in service", "why": "", "kinds": [], "since": NOW, "until": None, "passed_over": False}
STEPS = [3600.0, -3600.0, 330.0, -60.0]


def new(**changed):
    """A trunk that has been in service since NOW."""
    trunk = TrunkState("carrier_a", {**SETTINGS, **changed})
    assert trunk.decide(NOW) == IN_SERVICE
    return trunk


def sample(trunk, start, *states):
    for number, state in enumerate(states):
        trunk.sample(start + 10 * number, state)


def attempts(trunk, start, *failed):
    for number, one in enumerate(failed):
        trunk.attempt(start + number, one)


def refused():
    """A trunk that the breaker has suspended at NOW + 19, until NOW + 49."""
    trunk = new()
    attempts(trunk, NOW, *[True] * 12, *[False] * 8)
    assert trunk.decide(NOW + 19)["state"] == "suspended"
    return trunk


def restarted(trunk, **changed):
    after = TrunkState(trunk.name, {**SETTINGS, **changed})
    after.restore(json.loads(json.dumps(trunk.saved())))
    return after


def brief(decision):
    return decision["state"], decision["kinds"], decision["passed_over"]


class TestSamples:
    def test_three_bad_ones_suspend(self):
        trunk = new()
        sample(trunk, NOW, "reachable", "unreachable", "lagged")
        assert trunk.decide(NOW + 20) == IN_SERVICE
        trunk.sample(NOW + 30, "unreachable")
        suspended = {"state": "suspended", "why": "3 checks in a row were bad: unreachable", "kinds": ["samples"],
                     "since": NOW + 30, "until": None, "passed_over": True}
        assert trunk.decide(NOW + 30) == suspended
        assert trunk.decide(NOW + 31) == suspended

    def test_five_good_ones_end_it(self):
        trunk = new()
        sample(trunk, NOW, *["lagged"] * 3, *["reachable"] * 4)
        assert trunk.decide(NOW + 60)["why"] == "3 checks in a row were bad: lagged"
        trunk.sample(NOW + 70, "unmonitored")
        assert trunk.decide(NOW + 70) == {**IN_SERVICE, "since": NOW + 70}

    def test_one_is_a_check(self):
        trunk = new(down_after=1)
        trunk.sample(NOW, "unreachable")
        assert trunk.decide(NOW)["why"] == "1 check was bad: unreachable"

    @pytest.mark.parametrize("state", ["unknown", "", None, "UNREACHABLE", "unreachable\r\n"])
    def test_what_says_nothing_suspends_nothing(self, state):
        trunk = new()
        sample(trunk, NOW, *[state] * 100)
        assert trunk.decide(NOW + 1000) == IN_SERVICE

    def test_a_trunk_that_comes_and_goes_does_not_oscillate(self):
        trunk = new()
        for number in range(200):
            trunk.sample(NOW + 5 * number, ("unreachable", "reachable")[number % 2])
            assert trunk.change(NOW + 5 * number) is None


class TestBreaker:
    def test_suspends_and_lets_trials_through(self):
        trunk = refused()
        suspended = {"state": "suspended", "why": "12 of the last 20 attempts failed by the trunk", "kinds": ["breaker"],
                     "since": NOW + 19, "until": NOW + 49, "passed_over": True}
        assert trunk.decide(NOW + 19) == trunk.decide(NOW + 48) == suspended
        assert trunk.decide(NOW + 49) == {**suspended, "until": None, "passed_over": False}
        attempts(trunk, NOW + 50, True)
        assert trunk.decide(NOW + 50) == {**suspended, "until": NOW + 110, "why": suspended["why"] + ", and 1 trial since"}
        attempts(trunk, NOW + 111, False, False, False)
        assert trunk.decide(NOW + 113) == {**IN_SERVICE, "since": NOW + 113}

    def test_attempts_without_a_response(self):
        trunk = new()
        for start in (0, 17, 34):
            trunk.attempt(NOW + start + 7, True, False, 7)
        suspended = trunk.decide(NOW + 41)
        assert suspended == {"state": "suspended", "why": "3 attempts in a row got no response", "kinds": ["breaker"],
                             "since": NOW + 41, "until": NOW + 71, "passed_over": True}
        assert restarted(trunk).decide(NOW + 42) == suspended
        trunk.attempt(NOW + 80, True, False, 7)
        assert trunk.decide(NOW + 80)["why"] == suspended["why"] + ", and 1 trial since"

    def test_none(self):
        trunk = new(breaker=None)
        attempts(trunk, NOW, *[True] * 1000)
        assert trunk.decide(NOW + 999) == IN_SERVICE

    def test_samples_and_breaker_are_both_named(self):
        trunk = refused()
        sample(trunk, NOW + 19, *["unreachable"] * 3)
        decision = trunk.decide(NOW + 40)
        assert brief(decision) == ("suspended", ["samples", "breaker"], True)
        assert decision["why"] == "3 checks in a row were bad: unreachable; 12 of the last 20 attempts failed by the trunk"
        assert (decision["since"], decision["until"]) == (NOW + 19, None)
        assert trunk.decide(NOW + 100)["passed_over"]       # no trial of a trunk that Dial refuses

    def test_last_resorts_of_a_trunk_that_is_down_do_not_delay_its_return(self):
        trunk = new()
        sample(trunk, NOW, *["unreachable"] * 3)
        attempts(trunk, NOW + 21, *[True] * 200)
        sample(trunk, NOW + 230, *["reachable"] * 5)
        assert brief(trunk.decide(NOW + 270)) == ("in service", [], False)

    def test_nor_do_those_in_maintenance(self):
        trunk = new()
        trunk.maintained({**RECORD, "until": NOW + 100})
        attempts(trunk, NOW, *[True] * 100)
        assert trunk.decide(NOW + 101)["state"] == "in service"
        attempts(trunk, NOW + 101, *[True] * 20)
        assert trunk.decide(NOW + 121)["state"] == "suspended"


class TestMaintenance:
    def test_until_it_expires(self):
        trunk = new()
        trunk.maintained(RECORD)
        assert trunk.decide(NOW + 1) == {
            "state": "in maintenance", "why": "maintenance by anna: carrier's works", "kinds": ["maintenance"],
            "since": NOW - 60, "until": NOW + 3600, "passed_over": True}
        assert trunk.decide(NOW + 3600) == {**IN_SERVICE, "since": NOW + 3600}

    def test_until_it_is_taken_off(self):
        trunk = new()
        trunk.maintained({**RECORD, "until": None})
        assert (trunk.decide(NOW + 1e6)["state"], trunk.decide(NOW + 1e6)["until"]) == ("in maintenance", None)
        trunk.maintained(None)
        assert trunk.decide(NOW + 1e6 + 1)["state"] == "in service"

    def test_outweighs_suspension_which_follows_it(self):
        trunk = refused()
        trunk.maintained(RECORD)
        sample(trunk, NOW + 20, *["unreachable"] * 3)
        assert brief(trunk.decide(NOW + 100)) == ("in maintenance", ["maintenance"], True)
        trunk.maintained(None)
        decision = trunk.decide(NOW + 101)
        assert brief(decision) == ("suspended", ["samples", "breaker"], True)
        assert decision["since"] == NOW + 101


class TestChange:
    def test_only_a_change_of_state_or_kind(self):
        trunk = refused()
        assert brief(trunk.change(NOW + 19)) == ("suspended", ["breaker"], True)
        assert trunk.change(NOW + 19) is None
        assert trunk.change(NOW + 50) is None       # trial
        attempts(trunk, NOW + 51, True)
        assert trunk.change(NOW + 51) is None       # open again
        sample(trunk, NOW + 51, *["unreachable"] * 3)
        assert trunk.change(NOW + 71)["kinds"] == ["samples", "breaker"]
        trunk.maintained(RECORD)
        assert trunk.change(NOW + 72)["state"] == "in maintenance"
        trunk.maintained({**RECORD, "reason": "more works"})
        assert trunk.change(NOW + 73) is None
        trunk.maintained(None)
        assert trunk.change(NOW + 74)["state"] == "suspended"

    def test_begins_as_in_service(self):
        assert new().change(NOW + 1) is None

    def test_deciding_reports_nothing(self):
        trunk = refused()
        for _again in range(3):
            trunk.decide(NOW + 20)
        assert trunk.change(NOW + 20)["since"] == NOW + 19


class TestClock:
    @pytest.mark.parametrize("step", STEPS)
    def test_a_step_suspends_nothing(self, step):
        trunk = new()
        attempts(trunk, NOW, *[True] * 19)
        sample(trunk, NOW + 19, "unreachable", "unreachable")
        attempts(trunk, NOW + 30 + step, *[True] * 19)
        assert trunk.decide(NOW + 50 + step)["state"] == "in service"
        attempts(trunk, NOW + 50 + step, True)
        assert trunk.decide(NOW + 50 + step)["state"] == "suspended"

    @pytest.mark.parametrize("step", STEPS)
    def test_nor_do_attempts_without_a_response_before_and_after_it(self, step):
        trunk = new()
        for start in (0, 17):
            trunk.attempt(NOW + start, True, False, 7)
            trunk.attempt(NOW + 60 + step + start, True, False, 7)
            assert trunk.decide(NOW + 60 + step + start)["state"] == "in service"

    @pytest.mark.parametrize("step", STEPS)
    def test_an_opening_keeps_its_remaining_time(self, step):
        trunk = refused()
        trunk.decide(NOW + 29)
        decision = trunk.decide(NOW + 29 + step)
        assert brief(decision) == ("suspended", ["breaker"], True)
        assert decision["until"] == NOW + 49 + step
        assert decision["since"] == min(NOW + 19, NOW + 29 + step)
        assert trunk.decide(NOW + 48 + step)["passed_over"]
        assert not trunk.decide(NOW + 49 + step)["passed_over"]

    @pytest.mark.parametrize("step", STEPS)
    def test_samples_in_a_row_stay_in_a_row(self, step):
        trunk = new()
        sample(trunk, NOW, "unreachable", "unreachable")
        assert trunk.decide(NOW + 10 + step)["state"] == "in service"
        trunk.sample(NOW + 20 + step, "unreachable")
        assert trunk.decide(NOW + 20 + step)["state"] == "suspended"

    def test_a_maintenance_ends_by_the_wall_clock(self):
        trunk = new()
        trunk.maintained(RECORD)
        assert trunk.decide(NOW - 3600)["state"] == "in maintenance"
        assert trunk.decide(NOW - 3600)["since"] == NOW - 3600
        assert trunk.decide(NOW + 3600)["state"] == "in service"

    def test_times_out_of_order_by_a_moment_are_no_step(self):
        trunk = new()
        for number in range(20):
            trunk.attempt(NOW + number - 2 * (number % 2), True)
        assert trunk.decide(NOW + 19)["until"] == NOW + 48      # it opened at NOW + 18, the latest time seen by then

    def test_few_failures_around_an_hour_without_calls_are_not_many_at_once(self):
        trunk = new()
        attempts(trunk, NOW, *[True] * 10)
        attempts(trunk, NOW + 3600, *[True] * 10)
        assert trunk.decide(NOW + 3610)["state"] == "in service"

    @given(st.lists(st.tuples(st.floats(-4000, 4000), st.sampled_from(["sample", "good sample", "failed", "good"])), max_size=80))
    def test_no_step_makes_good_checks_and_calls_suspend(self, happened):
        trunk, now, bad, failures = new(), NOW, 0, 0
        for passed, what in happened:
            now += passed
            if what in ("failed", "good"):
                failures += what == "failed"
                trunk.attempt(now, what == "failed")
            else:
                bad += what == "sample"
                trunk.sample(now, "unreachable" if what == "sample" else "reachable")
            decision = trunk.decide(now)
            assert decision["state"] == "in service" or bad >= 3 or failures >= 12
            assert decision["since"] <= now and decision == trunk.decide(now)


class TestRestart:
    def test_a_refusing_carrier_stays_out_for_the_rest_of_its_time(self):
        trunk = refused()
        before = trunk.decide(NOW + 30)
        after = restarted(trunk)
        assert after.decide(NOW + 32) == before
        assert not after.decide(NOW + 49)["passed_over"]
        attempts(after, NOW + 50, True)
        assert after.decide(NOW + 50)["until"] == NOW + 110

    def test_after_a_day_too(self):
        trunk = refused()
        trunk.decide(NOW + 30)
        after = restarted(trunk)
        assert after.decide(NOW + 86400)["until"] == NOW + 86400 + 19

    def test_good_samples_are_needed_after_it_as_before(self):
        trunk = new()
        sample(trunk, NOW, *["lagged"] * 3, *["reachable"] * 2)
        after = restarted(trunk)
        assert after.decide(NOW + 50)["why"] == "3 checks in a row were bad: lagged"
        sample(after, NOW + 50, *["reachable"] * 3)
        assert after.decide(NOW + 70)["state"] == "in service"

    def test_a_change_is_reported_once(self):
        trunk = refused()
        assert trunk.change(NOW + 19) is not None
        after = restarted(trunk)
        assert after.change(NOW + 25) is None
        attempts(after, NOW + 50, False, False, False)
        assert after.change(NOW + 52)["state"] == "in service"
        unreported = restarted(refused())
        assert unreported.change(NOW + 25)["state"] == "suspended"

    def test_in_service_since_before(self):
        assert restarted(new()).decide(NOW + 100) == IN_SERVICE

    def test_breaker_switched_off_or_on(self):
        assert restarted(refused(), breaker=None).decide(NOW + 20)["state"] == "in service"
        trunk = restarted(new(breaker=None))
        attempts(trunk, NOW, *[True] * 20)
        assert trunk.decide(NOW + 20)["state"] == "suspended"

    def test_maintenance_is_not_in_it(self):
        trunk = new()
        trunk.maintained(RECORD)
        trunk.change(NOW + 1)
        after = restarted(trunk)
        assert "anna" not in json.dumps(trunk.saved())
        assert after.decide(NOW + 2)["state"] == "in service"

    @pytest.mark.parametrize("key, odd", [
        ("samples", {"down": True}), ("breaker", {"remaining": 1e30}), ("bad", "\x1b[2J"), ("bad", []), ("time", "now"), ("time", -1),
        ("time", float("nan")), ("state", "gone"), ("state", {}), ("since", None), ("since", "x"), ("since", 1e300), ("reported", []),
        ("reported", ["gone", []]), ("reported", ["suspended", ["x"]]), ("reported", [[], {}]), ("reported", "in")])
    def test_odd_content_begins_anew(self, key, odd):
        after = TrunkState("carrier_a", SETTINGS)
        after.restore({**new().saved(), key: odd})
        assert brief(after.decide(NOW + 5)) == ("in service", [], False)
        sample(after, NOW + 5, *["unreachable"] * 3)
        assert after.change(NOW + 25)["why"] == "3 checks in a row were bad: unreachable"

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["suspended", "samples", "lagged"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
            "time", "samples", "bad", "breaker", "state", "since", "reported", "down", "against", "remaining", "length", "closed_for",
            "good", "counted", "silent", "failed_trials"]), inner)))
    def test_any_json_can_be_restored(self, content):
        trunk = TrunkState("carrier_a", SETTINGS)
        trunk.restore(content)
        decision = trunk.decide(NOW)
        assert decision["since"] <= NOW and (decision["until"] or NOW) <= NOW + 600
        for number in range(1, 6):
            trunk.sample(NOW + 200 * number, "reachable")
        json.dumps(trunk.saved())
        assert not trunk.decide(NOW + 1000)["passed_over"]


def test_memory_is_bounded():
    trunk = new()
    for number in range(20_000):
        trunk.attempt(NOW + number / 100, number % 3 == 0)
        trunk.sample(NOW + number / 100, "reachable")
    assert len(trunk._breaker._history) == 20
    assert len(json.dumps(trunk.saved())) < 500
