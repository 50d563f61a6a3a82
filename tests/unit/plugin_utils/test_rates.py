# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
import time

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils import rates


def by_longest_prefix(names, decks, flat, number):
    """The order of the trunks, found the plain way."""
    costs = []
    for deck, rest in zip(decks, flat):
        prefixes = [prefix for prefix in deck or {} if number.startswith(prefix)]
        costs.append(deck[max(prefixes, key=len)] if prefixes else float("inf") if rest is None else rest)
    return [name for _cost, _place, name in sorted(zip(costs, range(len(names)), names))]


def test_a_deck_is_read_with_header_comments_blanks_and_plus():
    text = "\ufeffPrefix,Rate,Name\n# ours\n\n+1, 0.01 ,USA\r\n1312,.002\n"
    assert rates.read(text) == {"1": 0.01, "1312": 0.002}


@pytest.mark.parametrize("line,sentence", [
    ("1x,1", "line 2: the prefix must be 1 to 15 digits, not '1x'"),
    ("1234567890123456,1", "line 2: the prefix must be 1 to 15 digits, not '1234567890123456'"),
    ("44", "line 2: prefix 44 has no rate"),
    ("44,", "line 2: the rate must be a number of at least 0, not ''"),
    ("44,nan", "line 2: the rate must be a number of at least 0, not 'nan'"),
    ("44,inf", "line 2: the rate must be a number of at least 0, not 'inf'"),
    ("1,2", "line 2: prefix 1 stands in line 1 already"),
])
def test_a_bad_line_is_named(line, sentence):
    with pytest.raises(rates.DeckError) as refused:
        rates.read(f"1,1\n{line}\n")
    assert refused.value.mistakes == [sentence]


def test_an_empty_deck_is_refused():
    with pytest.raises(rates.DeckError, match="has no line with a prefix and a rate"):
        rates.read("prefix,rate\n")


def test_the_longest_prefix_decides_trunk_by_trunk():
    found = rates.table(["a", "b", "c"], [{"1": 1, "1312": 3}, {"1312": 2, "131": 9}, None], [5, None, 2.5])
    assert rates.lookup(found, "13125551212") == ["b", "c", "a"]
    assert rates.lookup(found, "13115551212") == ["a", "c", "b"]
    assert rates.lookup(found, "4420") == ["c", "a", "b"]
    assert rates.lookup(found, "+1312#") == ["b", "c", "a"]


def test_neighbours_with_the_same_order_become_one():
    deck = {f"1{number:03d}": 1 + number / 1000 for number in range(1000)}
    found = rates.table(["a", "b"], [deck, None], [0.5, 3])
    assert len(found.nodes) == rates.ROOT and found.depth == rates.FIRST


@pytest.mark.parametrize("seed", range(5))
def test_every_number_finds_what_the_decks_say(seed):
    chance = random.Random(seed)
    names = ["a", "b", "c", "d"]
    decks = [{str(chance.randrange(1, 10 ** chance.randrange(1, 6))): chance.randrange(9) for _ in range(80)} for _ in "abc"] + [None]
    flat = [None, 4, 9, 4]
    found = rates.table(names, decks, flat)
    for _ in range(2000):
        number = str(chance.randrange(1, 10**9)).ljust(11, "5")
        assert rates.lookup(found, number) == by_longest_prefix(names, decks, flat, number), number


def test_fifty_thousand_prefixes_are_ready_within_seconds():
    chance = random.Random(1)
    text = "".join(f"{prefix},{chance.random():.4f}\n" for prefix in chance.sample(range(1_200_000, 2_000_000), 50_000))
    began = time.process_time()
    found = rates.table(["a", "b"], [rates.read(text), rates.read(text.replace(",0.0", ",0.9"))], [0.5, 0.5])
    assert time.process_time() - began < 5
    assert len(found.nodes) < 5_000_000
