# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fuzz tests have in common: foreign texts, and how many of them are tried.

The tests are the same at each run: a failure is one to be mended, not one to be run again.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# What has a meaning to Asterisk's files and output, to VICIdial's rows, to YAML or to Jinja.
MARKS = [
    "[", "]", "(", ")", "(!)", ",", ";", "\\;", ";--", "--;", "=", "=>", " => ", ">", "#", "#include x", "!", "|", "&", "@",
    ":", "/", "?", "~", "'", '"', "\\", "`", "$", "${", "${EXTEN:1}", "${EXTEN", "$[", "}", "{{", "}}", "{%", "%}", "{#",
    "#jinja2:", "!unsafe", "*", "---", " ", "  ", "\t", "\n", "\r\n", "\r", "\0", "\x0b", "\x0c", "\x1b[2J", "\x85",
    "\u2028", "\ufeff", "\u00b2", "\u0663", "\u00e9", "\U0001f600", "\udc80", "9" * 20, "9" * 5000, "0", "1", "-1", "nan", "1e999",
]  # fmt: skip


def few(examples: int) -> Callable:
    """The settings of a test that tries so many."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


def texts(*words: str, size: int = 12) -> st.SearchStrategy[str]:
    """Texts of these words, of marks and of whatever characters."""
    piece = st.one_of(st.sampled_from([*words, *MARKS]), st.text(max_size=4)) if not words else st.one_of(
        st.sampled_from(words), st.sampled_from(words), st.sampled_from(MARKS), st.text(max_size=3)
    )
    return st.lists(piece, max_size=size).map("".join)


def spoilt(text: str, *words: str) -> st.SearchStrategy[str]:
    """The text with something foreign in place of a few pieces of it."""

    def spoil(cuts: list[tuple[int, int, str]]) -> str:
        found = text
        for start, length, piece in cuts:
            start %= len(found) + 1
            found = found[:start] + piece + found[start + length :]
        return found

    cut = st.tuples(st.integers(0, max(len(text), 1)), st.sampled_from([0, 0, 1, 3, 20]), texts(*words, size=3))
    return st.lists(cut, min_size=1, max_size=4).map(spoil)


def only(function: Callable, *arguments: Any, ours: tuple[type[Exception], ...] = (ValueError,)) -> Any:
    """What the function returns; None where it raises one of these very exceptions, and no subclass of them."""
    try:
        return function(*arguments)
    except ours as problem:
        if type(problem) not in ours:
            raise
        return None
