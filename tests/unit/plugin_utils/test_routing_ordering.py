# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections import Counter
from math import gcd

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import ordering
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Member


def members(*weights):
    return [Member(f"t{number}", weight) for number, weight in enumerate(weights)]


def first_choices(found, calls, start=0):
    """The trunks that as many calls in a row begin with, as the dialplan steps through the places."""
    owners = []
    for number in range(1, calls + 1):
        turn = (start + number * found.step) % found.turns
        owners.append(next(owner.name for owner in found.owners if turn < owner.end))
    return Counter(owners)


@pytest.mark.parametrize("weights", [(70, 30), (1, 1, 1), (50, 30, 20), (1, 9999), (10000,) * 20, (97, 2, 1), (3, 0, 1)])
@pytest.mark.parametrize("calls", [100, 1000])
def test_any_stretch_of_calls_is_spread_as_the_weights_say(weights, calls):
    found = ordering.weights(members(*weights))
    for start in (0, 17, found.turns // 3):
        counted = first_choices(found, calls, start)
        for number, weight in enumerate(weights):
            assert abs(counted[f"t{number}"] - calls * weight / sum(weights)) <= 3


def test_all_places_come_once_before_any_comes_again():
    found = ordering.weights(members(7, 3))
    assert first_choices(found, found.turns) == {"t0": found.turns * 7 // 10, "t1": found.turns * 3 // 10}


def test_a_trunk_without_weight_owns_no_place_and_is_in_the_queue():
    found = ordering.weights(members(3, 0, 1))
    assert [(owner.name, owner.start, owner.end) for owner in found.owners] == [("t0", 0, 750000), ("t2", 750000, 1000000)]
    assert (found.queue, found.total, found.places) == ("&t0:3&t1:0&t2:1&", 4, 250000)


def test_where_no_weight_is_left_all_weigh_the_same():
    assert ordering.weights(members(0, None)).queue == "&t0:1&t1:1&"


@pytest.mark.parametrize("turns", [1, 2, 3, 10, 9999, 10000, 10007, 200000])
def test_the_step_comes_to_every_place(turns):
    step = ordering.golden_step(turns)
    assert gcd(step, turns) == 1
    assert turns < 100 or abs(step / turns - ordering.GOLDEN) < 0.01
