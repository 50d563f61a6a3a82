# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints tables for people, also of many dialers. Pure."""
from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe

NOTHING = "-"  # in a cell without a value
# With more lines than this, those that are the same on several dialers become one.
MOST_LINES = 40
NAMED = 3  # of so many dialers, a line that stands for several has the names


class OfDialer(Protocol):
    """A line of a table, about something of a dialer."""

    @property
    def dialer(self) -> str:
        """Return the dialer."""

    @property
    def problem(self) -> str:
        """Return what is bad in words, else an empty text."""


AnyLine = TypeVar("AnyLine", bound=OfDialer)


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for the heads and one for each row, in columns as wide as their widest cell.

    Cells may come from a dialer: their control characters are escaped. The last column may be of any width.
    """
    lines = [[safe(cell) or NOTHING for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, cells)) for cells in zip(*lines)][:-1]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths)), line[-1]]) for line in lines]


def folded(lines: Sequence[AnyLine], common: Callable[[AnyLine], Hashable], most_bad: int) -> list[list[AnyLine]]:
    """Return the lines in groups, each of which is to be printed as one line.

    Of many lines, those for which ``common`` returns the same are a group: good ones always, bad ones if they are of
    ``most_bad`` dialers or more. Else each line is a group.
    """
    groups: dict[Hashable, list[AnyLine]] = {}
    for line in lines:
        groups.setdefault(common(line), []).append(line)
    found: list[list[AnyLine]] = []
    for group in groups.values():
        one = not group[0].problem or len({line.dialer for line in group}) >= most_bad
        if len(lines) > MOST_LINES and one:
            found.append(group)
        else:
            found += [[line] for line in group]
    return found


def names(some: Sequence[str], every: Sequence[str], noun: str = " dialers") -> str:
    """Return dialers as text: all of them, or their names if they are few."""
    count = len(set(some))
    if count > NAMED:
        return f"all {count}{noun}" if count == len(every) else f"{count} of {len(every)}{noun}"
    return ", ".join(dict.fromkeys(some))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``1 trunk`` and ``2 trunks``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def message(result: Mapping[str, Any], not_run: str) -> str:
    """Return the message of a failed result on one line; ``not_run`` where the module did not run."""
    if not result:
        return not_run
    lines = str(result.get("msg") or "no reason was given").split("\n")
    text = safe("; ".join(" ".join(line.split()).rstrip(":;") for line in lines if line.strip()))
    return f"unreachable: {text}" if result.get("unreachable") else text
