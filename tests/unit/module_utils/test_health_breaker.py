# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: when it opens, for how long, and what closes it."""

from __future__ import annotations

import json
import math

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import breaker
from ansible_collections.dialer.trunks.plugins.module_utils._health.breaker import Breaker
from hypothesis import given
from hypothesis import strategies as st


def new(**changed):
    return Breaker(**{"attempts": 20, "window": 60, "failed": 60, **changed})


def attempts(tried, start, *failed, apart=1):
    """Attempts that end each ``apart`` seconds from ``start`` on. Returns the time of the last one."""
    for number, one in enumerate(failed):
        tried.attempt(start + number * apart, one)
    return start + (len(failed) - 1) * apart


def opened(**changed):
    """A breaker that has opened at 1019."""
    tried = new(**changed)
    assert attempts(tried, 1000, *[True] * 20) == 1019
    assert tried.state(1019) == "open"
    return tried


class TestOpens:
    def test_at_the_percentage_of_the_last_attempts(self):
        tried = new()
        last = attempts(tried, 1000, *[True] * 11, *[False] * 9)
        assert (tried.state(last), tried.until) == ("closed", None)
        tried = new()
        last = attempts(tried, 1000, *[True] * 12, *[False] * 7)
        assert tried.state(last) == "closed"    # 12 of 19: not enough attempts yet
        tried.attempt(1019, False)
        assert (tried.state(1019), tried.until, tried.counted) == ("open", 1049, (12, 20))

    def test_older_attempts_do_not_count(self):
        tried = new()
        last = attempts(tried, 1000, *[True] * 9, *[False] * 11, *[True] * 9)
        assert tried.state(last) == "closed"    # 18 of 29, but 9 of the last 20
        last = attempts(tried, last + 1, *[True] * 3)
        assert tried.state(last) == "open"

    @pytest.mark.parametrize("apart, state", [(60 / 19, "open"), (61 / 19, "closed"), (600, "closed")])
    def test_only_within_the_window(self, apart, state):
        tried = new()
        last = attempts(tried, 1000, *[True] * 20, apart=apart)
        assert tried.state(last) == state

    def test_hundred_percent(self):
        tried = new(failed=100)
        assert tried.state(attempts(tried, 0, *[True] * 19, False, *[True] * 19)) == "closed"
        tried.attempt(50, True)
        assert tried.state(50) == "open"

    def test_what_was_forgotten_does_not_count(self):
        tried = new()
        last = attempts(tried, 1000, *[True] * 19)
        tried.forget()
        last = attempts(tried, last + 1, *[True] * 19)
        assert tried.state(last) == "closed"
        tried.attempt(last, True)
        tried.forget()
        assert tried.state(last) == "open"


WAIT = 6.4      # seconds of an attempt on a trunk that does not respond


def silence(tried, *starts, wait=WAIT):
    """Attempts that begin at these times and get no response. Returns the end of the last."""
    for start in starts:
        tried.attempt(start + wait, True, False, wait)
    return starts[-1] + wait


def response(tried, start, end, failed=False):
    """An attempt that got a response."""
    tried.attempt(end, failed, True, end - start)


class TestSilence:
    def test_three_in_a_row_open_it_although_they_are_few(self):
        tried = new()
        assert tried.state(silence(tried, 1000, 1017)) == "closed"
        end = silence(tried, 1034)
        assert (tried.state(end), tried.until, tried.silent, tried.counted) == ("open", end + 30, 3, (0, 0))

    def test_those_that_waited_at_the_same_time_are_one(self):
        """A second of packet loss makes twenty calls wait."""
        tried = new(attempts=100)
        assert tried.state(silence(tried, *[1000 + number / 3 for number in range(20)])) == "closed"
        assert tried.state(silence(tried, 1017, 1018, 1019)) == "closed"
        assert tried.state(silence(tried, 1034)) == "open"

    @pytest.mark.parametrize("failed", [True, False])
    def test_a_response_in_between_ends_the_row(self, failed):
        tried = new()
        silence(tried, 1000, 1017)
        response(tried, 1030, 1031, failed)
        assert tried.state(silence(tried, 1034, 1051)) == "closed"
        assert tried.state(silence(tried, 1068)) == "open"

    def test_on_a_trunk_that_responds_to_others_the_number_is_silent(self):
        """Each silent attempt has one beside it that began later and got a response, known before or after it."""
        tried = new(attempts=100)
        for number in range(50):
            start = 1000 + 17 * number
            began, ended = start + 1, start + (3, 12)[number % 2]
            for what, _end in sorted([("silence", start + WAIT), ("response", ended)], key=lambda one: one[1]):
                if what == "silence":
                    silence(tried, start)
                else:
                    response(tried, began, ended)
            assert tried.state(start + 16) == "closed"

    def test_the_end_of_a_call_from_before_the_silence_says_nothing(self):
        tried = new()
        for start in (1000, 1017):
            silence(tried, start)
            response(tried, 900, start + 8)
        assert tried.state(silence(tried, 1034)) == "open"

    @pytest.mark.parametrize("failed", [True, False])
    def test_attempts_that_do_not_tell_neither_count_nor_interrupt(self, failed):
        """Cancelled after a second, or refused by Asterisk since the peer was unreachable."""
        tried = new(attempts=100)
        attempts(tried, 1000, *[failed] * 30)
        for start in (1100, 1117, 1134):
            assert tried.state(start) == "closed"
            attempts(tried, start, failed, failed)
            silence(tried, start)
        assert tried.state(1140.4) == "open"

    @pytest.mark.parametrize("apart, state", [(299, "open"), (301, "closed")])
    def test_only_within_ten_minutes(self, apart, state):
        tried = new()
        assert tried.state(silence(tried, *[1000 + apart * number for number in range(3)])) == state

    def test_what_was_forgotten_does_not_count(self):
        tried = new()
        silence(tried, 1000, 1017)
        tried.forget()
        assert tried.state(silence(tried, 1034, 1051)) == "closed"

    def test_it_costs_ever_fewer_callers_a_wait(self):
        tried = new()
        now, lengths = silence(tried, 1000, 1017, 1034), []
        for _trial in range(6):
            now = silence(tried, tried.until + 1)
            lengths.append(tried.until - now)
        assert lengths == pytest.approx([60, 120, 240, 480, 600, 600]) and (tried.silent, tried.failed_trials) == (3, 6)

    def test_the_reason_is_that_of_the_last_opening(self):
        tried = opened()
        attempts(tried, 1049, False, False, False)
        end = silence(tried, 1060, 1077, 1094)
        assert (tried.state(end), tried.silent, tried.counted) == ("open", 3, (0, 0))
        restored = new()
        restored.restore(json.loads(json.dumps(tried.saved(end))), 0)
        assert restored.silent == 3
        attempts(tried, tried.until, False, False, False)
        attempts(tried, 1200, *[True] * 20)
        assert (tried.silent, tried.counted) == (0, (20, 20))

    @given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 90), st.sampled_from([True, False, None])), max_size=80))
    def test_never_with_a_response_in_the_row(self, ended):
        tried, now, known = new(attempts=1000), 1000.0, []
        for passed, seconds, responded in ended:
            now += passed
            tried.attempt(now, False, responded, seconds)
            known.append((now - seconds, now, responded))
            assert len(tried._row) <= breaker.SILENT
            if tried.state(now) != "closed":
                last = max([began for began, _end, one in known if one], default=0)
                since = [(began, end) for began, end, one in known if one is False and began > last and now - end <= 600]
                # one after another: the third last ended before the second last began, and so on
                assert any(first[1] <= second[0] and second[1] <= third[0] for first in since for second in since for third in since)
                break


class TestOpen:
    def test_ends_after_thirty_seconds(self):
        tried = opened()
        assert [tried.state(now) for now in (1019, 1048.9, 1049, 5000)] == ["open", "open", "trial", "trial"]

    def test_attempts_that_end_meanwhile_say_nothing(self):
        tried = opened()
        attempts(tried, 1020, *[False] * 10, *[True] * 10)
        assert (tried.state(1048), tried.state(1049), tried.until) == ("open", "trial", 1049)
        attempts(tried, 1050, False, False)
        assert tried.state(1051) == "trial"     # the good ones before were no trials


class TestTrial:
    def test_three_good_ones_close_it_with_an_empty_history(self):
        tried = opened()
        assert tried.state(attempts(tried, 1050, False, False)) == "trial"
        tried.attempt(1052, False)
        assert (tried.state(1052), tried.until) == ("closed", None)
        assert tried.state(attempts(tried, 1053, *[True] * 19, apart=0.1)) == "closed"
        tried.attempt(1056, True)
        assert tried.state(1056) == "open"

    def test_one_that_fails_opens_it_for_twice_as_long(self):
        tried, now, lengths = opened(), 1019, []
        for _trial in range(7):
            now = tried.until + 1
            attempts(tried, now, False, False, True, apart=0)
            assert tried.state(now) == "open"
            lengths.append(tried.until - now)
        assert lengths == [60, 120, 240, 480, 600, 600, 600]
        assert (tried.failed_trials, tried.counted) == (7, (20, 20))

    def test_calls_from_before_it_are_no_trials(self):
        """Such as three long calls that are hung up now, or one that has waited for 32 s."""
        tried = opened()
        for end in (1050, 1051, 1052):
            response(tried, 900, end)
        silence(tried, 1021, wait=32)
        assert (tried.state(1053), tried.until, tried.failed_trials) == ("trial", 1049, 0)
        for end in (1050, 1051, 1052):
            response(tried, 1049, end)
        assert tried.state(1053) == "closed"

    def test_good_trials_are_counted_anew_after_one_that_failed(self):
        tried = opened()
        now = attempts(tried, 1050, False, False, True)
        assert (tried.state(now), tried.until) == ("open", 1112)
        assert tried.state(attempts(tried, 1112, False, False)) == "trial"

    @pytest.mark.parametrize("later, length", [(599, 60), (600, 30)])
    def test_the_length_is_the_first_again_after_ten_minutes_closed(self, later, length):
        tried = opened()
        attempts(tried, 1049, True)
        closed = attempts(tried, 1109, False, False, False)
        assert tried.state(closed) == "closed"
        attempts(tried, closed + later - 1.9, *[True] * 20, apart=0.1)
        assert tried.until == pytest.approx(closed + later + length)
        assert tried.failed_trials == 0

    def test_as_many_trials_as_said(self):
        tried = opened(first=5, longest=8, trials=1)
        assert tried.until == 1024
        attempts(tried, 1024, True)
        assert tried.until == 1032
        attempts(tried, 1032, False)
        assert tried.state(1032) == "closed"


class TestSaved:
    @given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60), st.integers(-10 ** 9, 10 ** 9))
    def test_an_opening_continues_on_another_clock(self, ended, other):
        tried, now = new(attempts=3), 5000
        for passed, failed in ended:
            now += passed
            tried.attempt(now, failed)
        tried.forget()
        restored = new(attempts=3)
        restored.restore(json.loads(json.dumps(tried.saved(now))), other)
        assert restored.state(other) == tried.state(now)
        assert (restored.counted, restored.failed_trials) == (tried.counted, tried.failed_trials)
        assert restored.saved(other + 7) == tried.saved(now + 7)

    def test_what_was_counted_while_closed_is_left_out(self):
        tried, restored = new(), new()
        attempts(tried, 1000, *[True] * 19)
        restored.restore(tried.saved(1018), 1018)
        restored.attempt(1019, True)
        assert restored.state(1019) == "closed"

    def test_other_settings_bound_what_is_restored(self):
        saved = {"remaining": 500, "length": 480, "closed_for": None, "good": 2, "counted": [12, 20], "silent": 0, "failed_trials": 4}
        restored = new(longest=100, trials=2)
        restored.restore(saved, 0)
        assert restored.until == 100
        restored.attempt(100, False)
        assert restored.state(100) == "closed"
        restored = new(longest=100, trials=2)
        restored.restore(saved, 0)
        restored.attempt(100, True)
        assert restored.until == 200

    @pytest.mark.parametrize("odd", [
        None, [], "open", {}, {"remaining": "30"}, {"remaining": math.nan}, {"remaining": -1}, {"remaining": 1e300},
        {"length": None}, {"length": "30"}, {"length": True}, {"length": math.inf}, {"closed_for": "x"}, {"closed_for": []},
        {"good": -1}, {"good": 1.5}, {"good": None}, {"counted": None}, {"counted": [1]}, {"counted": [1, "2"]},
        {"counted": {"a": 1, "b": 2}}, {"counted": [1, 10 ** 40]}, {"failed_trials": []}, {"failed_trials": -3},
        {"silent": None}, {"silent": "3"}, {"silent": -1}])
    def test_odd_content_is_ignored(self, odd):
        whole = {"remaining": 30, "length": 30, "closed_for": None, "good": 0, "counted": [12, 20], "silent": 0, "failed_trials": 0}
        tried = new()
        tried.restore({**whole, **odd} if isinstance(odd, dict) and odd else odd, 0)
        assert tried.state(0) == "closed"
        tried.restore(whole, 0)
        assert tried.state(29) == "open"


@given(st.integers(1, 10), st.integers(1, 100), st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=200))
def test_opens_neither_without_reason_nor_for_too_long(most, percent, ended):
    tried, now, counted = Breaker(most, 60, percent, first=10, longest=40), 0.0, []
    for passed, failed in ended:
        now += passed
        before = tried.state(now)
        tried.attempt(now, failed)
        after = tried.state(now)
        assert len(tried._history) <= most
        counted = [*counted, (now, failed)] if before == "closed" else []
        last = counted[-most:]
        due = len(last) == most and now - last[0][0] <= 60 and 100 * sum(one for _time, one in last) >= percent * most
        assert after in {"closed": ["open" if due else "closed"], "open": ["open"],
                         "trial": ["open"] if failed else ["trial", "closed"]}[before]
        if after == "open":
            assert now < tried.until <= now + 40
