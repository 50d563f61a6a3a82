# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extension patterns against known answers; those of MATCHES were given by Asterisk 16.28 itself."""

from __future__ import annotations

import random

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.patterns import covers, matches, overlaps, parse

# (extension, numbers that find it, numbers that do not)
MATCHES = [
    ("100", ["100", "1-00"], ["10", "1000", "101"]),
    ("1-0-0", ["100"], ["10"]),
    ("_100", ["100", "10-0"], ["10", "1000", "200"]),
    ("_X", ["0", "5", "9"], ["a", "*", "#", "10", "+"]),
    ("_Z", ["1", "9"], ["0", "*"]),
    ("_N", ["2", "9"], ["0", "1"]),
    ("_x", ["0", "9"], ["x", "X"]),
    ("_z", ["1"], ["0", "z"]),
    ("_n", ["2"], ["1", "n"]),
    ("_NXX", ["200", "999"], ["100", "20", "2000"]),
    ("_1NXXNXXXXXX", ["13125551212", "1-312-555-1212"], ["3125551212", "11125551212", "131255512120"]),
    ("_91NXXNXXXXXX", ["913125551212"], ["813125551212", "9131255512"]),
    ("_1-NXX-NXX-XXXX", ["13125551212"], ["1312555121"]),
    ("_[15]", ["1", "5"], ["2", "4", "-"]),
    ("_[1-5]", ["1", "3", "5"], ["0", "6"]),
    ("_[1-37-9]", ["1", "3", "7", "9"], ["4", "6", "0"]),
    ("_[13-57]", ["1", "3", "4", "5", "7"], ["2", "6"]),
    ("_[1-9a-c]", ["1", "a", "c"], ["0", "d"]),
    ("_[*#]1", ["*1", "#1"], ["11", "1"]),
    ("_[+]1X", ["+12"], ["112", "12"]),
    ("_[0-9]X", ["00", "99"], ["0", "*0"]),
    ("_[]1", ["1"], ["11", ""]),
    ("_[12][34]", ["13", "24"], ["12", "31"]),
    ("_X.", ["12", "123456", "1*", "1a"], ["1", "*1", "a1"]),
    ("_.", ["1", "abc", "*"], []),
    ("_X!", ["1", "12", "1234567"], ["*", "a"]),
    ("_9.", ["91", "9*"], ["9", "81"]),
    ("_9!", ["9", "91", "9111"], ["8"]),
    ("_011.", ["0114", "01144123"], ["011", "01"]),
    ("_1.2", ["13", "12", "1999"], ["1", "2"]),
    ("_1!2", ["1", "13"], ["2"]),
    ("_*98", ["*98"], ["98", "*9"]),
    ("_#1X", ["#12"], ["12"]),
    ("_+1X", ["+12"], ["12"]),
    ("_aX", ["a1"], ["A1", "11"]),
    ("_1X-", ["12"], ["1", "123"]),
    ("_[1-]2", ["12"], ["2", "22"]),
]

# (one, other, whether they share a number)
OVERLAPS = [
    ("100", "100", True),
    ("100", "101", False),
    ("100", "1000", False),
    ("1-00", "100", True),
    ("_1NXXNXXXXXX", "_1NXXNXXXXXX", True),
    ("_91NXXNXXXXXX", "_1NXXNXXXXXX", False),
    ("_91NXXNXXXXXX", "_9XXXXXXXXXXX", True),
    ("_91NXXNXXXXXX", "_9XXXXXXXXXX", False),
    ("_91NXXNXXXXXX", "_9.", True),
    ("_91NXXNXXXXXX", "_9!", True),
    ("_91NXXNXXXXXX", "_8.", False),
    ("_91NXXNXXXXXX", "_X.", True),
    ("_91NXXNXXXXXX", "_91[2-9]XX[2-9]XXXXXX", True),
    ("_91NXXNXXXXXX", "_91[01]XX[2-9]XXXXXX", False),
    ("_91NXXNXXXXXX", "_91800NXXXXXX", True),
    ("_91NXXNXXXXXX", "_911.", False),
    ("_91NXXNXXXXXX", "_912.", True),
    ("_91NXXNXXXXXX", "_91NXX911XXXX", True),
    ("_91NXXNXXXXXX", "_91NXX1XXXXXX", False),
    ("_91NXXNXXXXXX", "913125551212", True),
    ("_91NXXNXXXXXX", "911", False),
    ("_9011.", "_901!", True),
    ("_9011.", "_9011", False),
    ("_9011!", "_9011", True),
    ("_9011.", "_9011X", True),
    ("_9011!", "_9011.", True),
    ("_9011.", "_9011.", True),
    ("_9011!", "_9011!", True),
    ("_.", "_.", True),
    ("_.", "_!", True),
    ("_!", "_!", True),
    ("_.", "1", True),
    ("_.", "h", True),
    ("_X.", "_Z", False),
    ("_X!", "_Z", True),
    ("_X.", "_XX", True),
    ("_X", "_XX", False),
    ("_X", "_Z", True),
    ("_Z", "0", False),
    ("_N", "1", False),
    ("_N", "2", True),
    ("_N", "_Z", True),
    ("_[01]", "_N", False),
    ("_[12]", "_N", True),
    ("_[2-4]X", "_[4-6]X", True),
    ("_[2-3]X", "_[4-6]X", False),
    ("_[a-c]", "_X", False),
    ("_[a-c]", "_.", True),
    ("_[1-9a-c]", "_c", True),
    ("_*9X", "_X9X", False),
    ("_*9X", "_.", True),
    ("_881NXXNXXXXXX", "_88.", True),
    ("_881NXXNXXXXXX", "_8NXXNXXXXXX", False),
    ("_88.", "_8.", True),
    ("_1-NXX", "_1NXX", True),
    ("_1 NXX", "_1NXX", True),
    ("_[]1", "1", True),
    ("_1.5", "_12", True),
    ("_X/123", "5", True),
    ("_XX/123", "5", False),
    ("_+1X", "_X1X", False),
    ("_[+0]1X", "_X1X", True),
    ("138368", "_13.", True),
    ("138368", "_1NXXNXXXXXX", False),
    ("_X.", "_*X.", False),
    ("_ZX", "_XZ", True),
    ("_0X", "_ZX", False),
    ("_10!", "_1", False),
    ("_1!", "1", True),
    ("_1.", "1", False),
]


def known_answers() -> list:
    """(extension, number, whether it matches)."""
    return [
        (extension, number, answer)
        for extension, yes, no in MATCHES
        for numbers, answer in ((yes, True), (no, False))
        for number in numbers
    ]


@pytest.mark.parametrize(("extension", "number", "answer"), known_answers())
def test_a_number_finds_its_extension(extension, number, answer):
    assert matches(extension, number) is answer


@pytest.mark.parametrize(("one", "other", "answer"), OVERLAPS)
def test_overlap_is_known_and_symmetric(one, other, answer):
    assert overlaps(one, other) is answer
    assert overlaps(other, one) is answer


@pytest.mark.parametrize(
    ("extension", "sentence"),
    [
        ("_1[23", "has a '[' without a ']'"),
        ("_[", "has a '[' without a ']'"),
        ("_[9-1]", "has a set that holds nothing: '[9-1]'"),
        ("_1[-]", "has a set that holds nothing: '[-]'"),
    ],
)
def test_what_no_call_can_match_is_refused(extension, sentence):
    with pytest.raises(ValueError, match="has a") as caught:
        parse(extension)
    assert str(caught.value) == sentence


def test_symbols():
    assert parse("_9N[12]!") == (frozenset("9"), frozenset("23456789"), frozenset("12"), "!")
    assert parse("9-1") == (frozenset("9"), frozenset("1"))
    assert parse("_") == ()


PIECES = ["0", "1", "2", "9", "*", "X", "Z", "N", "[12]", "[2-5]", "[0-9]", "-"]


def _random_extension(chance: random.Random) -> str:
    body = "".join(chance.choice(PIECES) for _index in range(chance.randint(0, 3)))
    return "_" + body + chance.choice(["", "", ".", "!"])


def test_two_extensions_that_match_one_number_overlap_and_overlapping_ones_share_a_number():
    """Against every number of up to four characters of an alphabet that tells all pieces apart."""
    chance = random.Random(20260101)
    alphabet = "01239*"
    numbers = [""]
    for length in range(4):
        numbers += [number + digit for number in numbers if len(number) == length for digit in alphabet]
    matched = {}
    for _pair in range(500):
        one, other = _random_extension(chance), _random_extension(chance)
        for extension in (one, other):
            if extension not in matched:
                matched[extension] = {number for number in numbers if matches(extension, number)}
        shared = matched[one] & matched[other]
        assert overlaps(one, other) is bool(shared), (one, other, sorted(shared)[:3])
        assert covers(one, other) is (matched[other] <= matched[one]), (one, other, sorted(matched[other] - matched[one])[:3])


@pytest.mark.parametrize(("wide", "narrow", "answer"), [
    ("_881NXXNXXXXXX", "_881NXXNXXXXXX", True), ("_88.", "_881NXXNXXXXXX", True), ("_9118XXXXXXXX", "_91.", False),
    ("_X.", "138368", True), ("_X.", "5", False), ("_X!", "5", True), ("_9.", "_9!", False), ("_9!", "_9.", True),
    ("_9X.", "_9.", False), ("_9!", "_91", True), ("_91", "_9.", False), ("100", "_10[0]", True), ("_1N", "_1X", False),
])
def test_one_extension_that_takes_all_numbers_of_another(wide, narrow, answer):
    assert covers(wide, narrow) is answer
