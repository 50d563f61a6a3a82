# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
import time

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates


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
    ("1,2", "line 2: prefix 1 is already in line 1"),
])
def test_a_bad_line_is_named(line, sentence):
    with pytest.raises(rates.DeckError) as refused:
        rates.read(f"1,1\n{line}\n")
    assert refused.value.mistakes == [sentence]


def mistakes(text):
    with pytest.raises(rates.DeckError) as refused:
        rates.read(text)
    return refused.value.mistakes


QUOTE = "a quote is not closed on its line, or text follows a closing quote"


@pytest.mark.parametrize("line", ['1312,0.01,"Chicago', '"1312,0.01', '1312,"0.01', '1312,"0.01"x', '1312,0.01,"Chi\x0bcago'])
def test_a_stray_quote_costs_its_own_line_and_no_other(line):
    assert mistakes(f"1,0.5\n{line}\n44,0.2\nx,1\n33,0.3\n") == [f"line 2: {QUOTE}", "line 4: the prefix must be 1 to 15 digits, not 'x'"]


def test_quotes_that_close_in_their_line_are_read():
    text = '"prefix","rate","name"\r\n"1","0.5","USA, all"\r\n"+1312",".01","the ""Loop"""\r\n# a "comment\r\n44,0.2,5" pipes\r\n'
    assert rates.read(text) == {"1": 0.5, "1312": 0.01, "44": 0.2}


def test_a_quote_before_a_hundred_thousand_lines_is_one_mistake():
    assert mistakes('1,"0.5\n' + "".join(f"{number},0.1\n" for number in range(100_000, 200_000))) == [f"line 1: {QUOTE}"]


def test_a_quoted_name_of_two_lines_is_two_bad_lines():
    assert mistakes('1,0.5,"New\nYork"\n')[0] == f"line 1: {QUOTE}"


@pytest.mark.parametrize(("line", "sentence"), [
    ("1,1," + "x" * 200_000, "line 2: a cell is longer than 131072 characters"),
    ("x" * 1000 + ",1", f"line 2: the prefix must be 1 to 15 digits, not '{'x' * 20}…'"),
    ("44," + "9" * 400, f"line 2: the rate must be a number of at least 0, not '{'9' * 20}…'"),
    ("44,1e309", "line 2: the rate must be a number of at least 0, not '1e309'"),
    ("44,-1", "line 2: the rate must be a number of at least 0, not '-1'"),
    ("44,1_0", "line 2: the rate must be a number of at least 0, not '1_0'"),
    ("44,\u0663", "line 2: the rate must be a number of at least 0, not '\u0663'"),
    ("44,infinity", "line 2: the rate must be a number of at least 0, not 'infinity'"),
    ("\u0664\u0664,1", "line 2: the prefix must be 1 to 15 digits, not '\u0664\u0664'"),
    ("44,\x1b[2J1", r"line 2: the rate must be a number of at least 0, not '\x1b[2J1'"),
])
def test_an_odd_cell_is_a_mistake_and_no_traceback(line, sentence):
    assert mistakes(f"1,1\n{line}\n") == [sentence]


def test_a_nul_is_a_mistake():
    assert mistakes("1,1\n4\x004,1\n")[0].startswith("line 2: ")


@pytest.mark.parametrize("cell", ["0", "0.0049", ".5", "5.", "+1", "1e-2", "1E+2"])
def test_numbers_as_carriers_and_spreadsheets_write_them(cell):
    assert rates.read(f"44,{cell}\n") == {"44": float(cell)}


def test_a_file_that_is_no_deck_is_not_told_line_by_line():
    found = mistakes("".join(f"secret{number}: x\n" for number in range(500)))
    assert len(found) == rates.MOST_MISTAKES + 1 and found[-1] == "480 more lines are wrong"


def test_an_empty_deck_is_refused():
    with pytest.raises(rates.DeckError, match="has no line with a prefix and a rate"):
        rates.read("prefix,rate\n")


def test_the_longest_prefix_decides_trunk_by_trunk():
    found = rates.table(["a", "b", "c"], [{"1": 1, "1312": 3}, {"1312": 2, "131": 9}, None], [5, None, 2.5])
    assert rates.lookup(found, "13125551212") == ["b", "c", "a"]
    assert rates.lookup(found, "13115551212") == ["a", "c", "b"]
    assert rates.lookup(found, "4420") == ["c", "a", "b"]
    assert rates.lookup(found, "+1312#") == ["b", "c", "a"]


def test_a_number_costs_what_its_longest_prefix_says():
    deck = {"1": 0.02, "1312": 0.0049}
    assert [rates.rate(deck, 0.5, number) for number in ("13125551212", "+14155551212", "4420", "")] == [0.0049, 0.02, 0.5, 0.5]
    assert rates.rate({}, None, "13125551212") is None


def test_ranges_are_computed_by_hand():
    """To 44 but not to 4479, 44791 or 4480 … 4489; 448 ends where 449 begins, and 99 ends with all numbers."""
    assert rates.ranges("44,0.02\n4479,0.5\n44791,0.02\n448,1\n99,3\n").splitlines() == [
        "     ,    ", "44   ,0.02", "4479 ,0.5 ", "44791,0.02", "44792,0.5 ", "448  ,1.0 ", "449  ,0.02", "45   ,    ", "99   ,3.0 "]


def test_neighbours_with_the_same_rate_are_one_range():
    assert rates.ranges("1,0.5\n13,0.5\n131,0.5\n2,0.5\n").splitlines() == [" ,   ", "1,0.5", "3,   "]


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
        costs = [rates.rate(deck or {}, each, number) for deck, each in zip(decks, flat)]
        costs = dict(zip(names, (float("inf") if cost is None else cost for cost in costs)))
        assert rates.lookup(found, number) == sorted(names, key=costs.__getitem__)


def test_fifty_thousand_prefixes_are_ready_within_seconds():
    chance = random.Random(1)
    text = "".join(f"{prefix},{chance.random():.4f}\n" for prefix in chance.sample(range(1_200_000, 2_000_000), 50_000))
    began = time.process_time()
    found = rates.table(["a", "b"], [rates.read(text), rates.read(text.replace(",0.0", ",0.9"))], [0.5, 0.5])
    assert time.process_time() - began < 5
    assert len(found.nodes) < 5_000_000
