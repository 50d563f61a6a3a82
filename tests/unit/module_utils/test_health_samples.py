# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples in a row: what takes a trunk down, what brings it up, and what does neither."""

from __future__ import annotations

import json

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers
from ansible_collections.dialer.trunks.plugins.module_utils._health import samples
from hypothesis import given
from hypothesis import strategies as st

LIMITS = st.integers(1, 6)


def after(counted, *found):
    """What ``down`` was after each of these samples."""
    seen = []
    for good in found:
        counted.sample(good)
        seen.append(counted.down)
    return seen


def test_every_state_of_asterisk_is_classified():
    assert {state: samples.is_good(state) for state in parsers.STATES} == {
        "reachable": True, "unmonitored": True, "lagged": False, "unreachable": False, "unknown": None}
    assert samples.is_good("Maintenance\n") is None


def test_down_after_three_up_after_five():
    counted = samples.Samples(3, 5)
    assert after(counted, False, False, True) == [False] * 3
    assert after(counted, False, False, False) == [False, False, True]
    assert after(counted, True, True, True, True, False) == [True] * 5
    assert after(counted, True, True, True, True, True) == [True, True, True, True, False]


def test_one_sample_is_enough_when_the_limits_say_so():
    assert after(samples.Samples(1, 1), False, True, False) == [True, False, True]


def test_what_is_unknown_neither_counts_nor_interrupts():
    counted = samples.Samples(2, 2)
    assert after(counted, *[None] * 100) == [False] * 100
    assert after(counted, False, None, None, False) == [False, False, False, True]
    assert after(counted, *[None] * 100) == [True] * 100
    assert after(counted, True, None, True) == [True, True, False]


@given(st.integers(2, 6), st.integers(2, 6), st.booleans(), st.integers(0, 80))
def test_a_trunk_that_comes_and_goes_never_oscillates(down_after, up_after, first, length):
    assert not any(after(samples.Samples(down_after, up_after), *[first ^ bool(number % 2) for number in range(length)]))
    down = samples.Samples(down_after, up_after)
    after(down, *[False] * down_after)
    assert all(after(down, *[first ^ bool(number % 2) for number in range(length)]))


@given(LIMITS, LIMITS, st.lists(st.sampled_from([True, False, None]), max_size=60))
def test_only_a_whole_row_changes_anything(down_after, up_after, found):
    counted, known, was = samples.Samples(down_after, up_after), [], False
    for good in found:
        counted.sample(good)
        known += [] if good is None else [good]
        if counted.down != was:
            row = known[-(down_after if counted.down else up_after):]
            assert row == [not counted.down] * (down_after if counted.down else up_after) and good is not None
            was = counted.down
        elif good is not None:
            limit = up_after if was else down_after
            assert len(known) < limit or known[-limit:] != [was] * limit


@given(LIMITS, LIMITS, st.lists(st.booleans(), max_size=20), st.lists(st.booleans(), max_size=20))
def test_continues_where_it_was_saved(down_after, up_after, before, later):
    counted, restored = samples.Samples(down_after, up_after), samples.Samples(down_after, up_after)
    after(counted, *before)
    restored.restore(json.loads(json.dumps(counted.saved())))
    assert restored.down == counted.down
    assert after(restored, *later) == after(counted, *later)


@pytest.mark.parametrize("odd", [
    None, [], "down", {}, {"down": True}, {"down": 1, "against": 0}, {"down": True, "against": -1}, {"down": True, "against": "2"},
    {"down": True, "against": 1.5}])
def test_odd_content_is_ignored(odd):
    counted = samples.Samples(3, 5)
    counted.restore(odd)
    assert after(counted, False, False, False) == [False, False, True]


def test_restored_with_lower_limits_one_more_sample_decides():
    counted = samples.Samples(2, 2)
    counted.restore({"down": False, "against": 10 ** 30})
    assert not counted.down
    assert after(counted, True, False, False) == [False, False, True]
    counted.restore({"down": False, "against": 9})
    assert after(counted, False) == [True]
