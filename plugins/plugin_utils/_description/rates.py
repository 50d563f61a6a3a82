# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert the carriers' rate decks into a file in which the dialplan looks up the order of trunks by cost.

As patterns, a deck of 50,000 prefixes would take Asterisk 38 s to load. Here the decks of a route's trunks become one
tree of digits, in which each prefix has the *order* of the trunks instead of their rates: prefixes with the same order
are merged, and a call reads one field per digit until it has the order. Reloads do not read the file. Pure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

FIELD = 6  # characters of a field: the number of a node, or '=' and the number of an order
FIRST = 3  # digits that the first line tells apart, with a field for each
ROOT = 10**FIRST * FIELD + 1
NODE = 10 * FIELD + 1  # a node is one of the lines below, of ten fields, one for each digit
MOST_NODES = 10**FIELD
MOST_ORDERS = 10 ** (FIELD - 1)
LONGEST_PREFIX = 15  # digits, as the longest number has (ITU-T E.164, 6)
MOST_MISTAKES = 20  # bad lines that a message lists; a file that is no deck has as many as it has lines
_SHOWN = 20  # characters of a cell that a message quotes
_RATE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)

Deck = Mapping[str, float]


class DeckError(ValueError):
    """A deck has bad lines; ``mistakes`` holds one sentence for each, with its line number."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@lru_cache(maxsize=64)
def read(text: str) -> Deck:
    """Return the deck in the text of a CSV file: prefix (digits, without +) to rate.

    Each line has a prefix and a rate, a number of at least 0 in the unit of ``cost_per_minute``; further columns are
    ignored. A header line, empty lines and lines that begin with # are skipped. Raises DeckError.
    """
    deck: dict[str, float] = {}
    lines: dict[str, int] = {}
    mistakes = []
    # Split into lines first: csv would otherwise read on to the next quote, across any number of lines.
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text.lstrip("\ufeff")), start=1):
        try:
            cells = _cells(line)
        except csv.Error as problem:
            mistakes.append(f"line {number}: {_csv_mistake(problem)}")
            continue
        if not any(cells) or cells[0].startswith("#"):
            continue
        if number == 1 and not any(character.isdigit() for character in "".join(cells[:2])):
            continue
        mistake = _line(cells, lines)
        if mistake:
            mistakes.append(f"line {number}: {mistake}")
            continue
        prefix = cells[0].removeprefix("+")
        lines[prefix] = number
        deck[prefix] = float(cells[1])
    if mistakes:
        more = len(mistakes) - MOST_MISTAKES
        raise DeckError(mistakes[:MOST_MISTAKES] + ([f"{more} more lines are wrong"] if more > 0 else []))
    if not deck:
        raise DeckError(["has no line with a prefix and a rate"])
    return deck


def _cells(line: str) -> list[str]:
    """Return the cells of one line, stripped. Raises csv.Error when its quotes do not pair."""
    if line.lstrip().startswith("#"):  # a comment may hold any quotes
        return []
    return [cell.strip() for row in csv.reader([line], strict=True) for cell in row]


def _csv_mistake(problem: csv.Error) -> str:
    if "field larger" in str(problem):
        return f"a cell is longer than {csv.field_size_limit()} characters"
    if "NUL" in str(problem):  # before Python 3.11
        return "holds a NUL character"
    return "a quote is not closed on its line, or text follows a closing quote"


def _line(cells: list[str], lines: Mapping[str, int]) -> str:
    """Return what is wrong with one line; an empty string when nothing is."""
    prefix = cells[0].removeprefix("+")
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= LONGEST_PREFIX):
        return f"the prefix must be 1 to {LONGEST_PREFIX} digits, not {_shown(cells[0])}"
    if prefix in lines:
        return f"prefix {prefix} is already in line {lines[prefix]}"
    if len(cells) < 2:
        return f"prefix {prefix} has no rate"
    if not (_RATE.fullmatch(cells[1]) and 0 <= float(cells[1]) < float("inf")):
        return f"the rate must be a number of at least 0, not {_shown(cells[1])}"
    return ""


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= _SHOWN else cell[:_SHOWN] + "…")


@dataclass(frozen=True)
class Table:
    """The files of one route: ``nodes`` and ``orders``, lines of fixed width, and what it takes to read them."""

    nodes: str
    orders: str
    width: int  # characters of a line of ``orders``
    depth: int  # digits of the longest prefix that makes a difference, at least FIRST
    first: int = FIRST
    root: int = ROOT
    field: int = FIELD
    node: int = NODE


class _Tree:
    """Number the nodes and orders while walking the tree of prefixes."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.orders: dict[tuple[str, ...], int] = {}
        self.nodes: list[list[str]] = []
        self.depth = FIRST

    def order(self, rates: Sequence[float]) -> str:
        """Return the field for the order of these rates; equal rates keep the route's order."""
        cheapest = tuple(name for _rate, _place, name in sorted(zip(rates, range(len(rates)), self.names)))
        return f"={self.orders.setdefault(cheapest, len(self.orders)):0{FIELD - 1}d}"

    def field(self, branch: dict | None, rates: Sequence[float], depth: int) -> str:
        """Return the field of a prefix of ``depth`` digits, given its ``rates`` and the longer prefixes below it."""
        if branch is None or not branch.keys() - {"rates"}:
            return self.order(rates)
        below = [self.field(branch.get(digit), known(branch.get(digit), rates), depth + 1) for digit in "0123456789"]
        if below == [below[0]] * 10 and below[0].startswith("="):
            return below[0]
        self.nodes.append(below)
        self.depth = max(self.depth, depth + 1)
        return f"{len(self.nodes) - 1:0{FIELD}d}"

    def first(self, root: dict, rates: Sequence[float]) -> list[str]:
        """Return the fields of the first line."""
        fields = []
        for number in range(10**FIRST):
            branch: dict | None = root
            here = rates
            for digit in f"{number:0{FIRST}d}":
                branch = branch.get(digit) if branch else None
                here = known(branch, here)
            fields.append(self.field(branch, here, FIRST))
        return fields


def known(branch: dict | None, rates: Sequence[float]) -> Sequence[float]:
    """Return the rates of a prefix; those that it lacks are the given ones, of the next shorter prefix."""
    own = branch.get("rates") if branch else None
    return rates if own is None else [there if rate is None else rate for rate, there in zip(own, rates)]


def rate(deck: Deck, flat: float | None, number: str) -> float | None:
    """Return what a number costs: the rate of its longest prefix in the deck, else the flat rate."""
    digits = "".join(character for character in number if character.isdigit())
    found = (deck[digits[:length]] for length in range(len(digits), 0, -1) if digits[:length] in deck)
    return next(found, flat)


@lru_cache(maxsize=64)
def ranges(text: str) -> str:
    """Return the deck in the text of a CSV file as sorted lines, in which a program finds the rate of a number by
    reading some of them.

    A line ``BEGIN,RATE`` is for the numbers from BEGIN to before the BEGIN of the next line; without a RATE, no prefix
    matches them. Both are padded with blanks, which sort before digits, so that all lines have the same length. Raises
    DeckError.
    """
    deck = read(text)
    found: list[tuple[str, str]] = []
    for begin in sorted({"", *deck, *map(_after, deck)}):
        here = rate(deck, None, begin)
        shown = "" if here is None else repr(here)
        if not found or shown != found[-1][1]:
            found.append((begin, shown))
    width, length = (max(map(len, column)) for column in zip(*found))
    return "".join(f"{begin:{width}},{shown:{length}}\n" for begin, shown in found)


def _after(prefix: str) -> str:
    """Return what the first number after all numbers with this prefix begins with; empty for no such number."""
    kept = prefix.rstrip("9")
    return kept and f"{kept[:-1]}{int(kept[-1]) + 1}"


def table(names: Sequence[str], decks: Sequence[Deck | None], flat: Sequence[float | None]) -> Table:
    """Return the table of the order of the trunks ``names`` for every number.

    The longest matching prefix of a trunk's deck decides its rate.
    A trunk without a deck, or without a matching prefix, costs its flat rate; one without either comes last.
    """
    root: dict = {}
    for place, deck in enumerate(decks):
        for prefix, rate in (deck or {}).items():
            branch = root
            for digit in prefix:
                branch = branch.setdefault(digit, {})
            branch.setdefault("rates", [None] * len(names))[place] = rate
    tree = _Tree(names)
    rates = [float("inf") if rate is None else rate for rate in flat]
    tree.order(rates)  # the order of the flat rates is order 0
    first = tree.first(root, rates)
    if len(tree.nodes) > MOST_NODES or len(tree.orders) > MOST_ORDERS:
        raise DeckError([f"{len(tree.nodes)} nodes and {len(tree.orders)} orders of trunks are more than fit"])
    lines = ["&".join(order) for order in tree.orders]
    width = max(map(len, lines)) + 2
    return Table(
        nodes="".join("".join(fields) + "\n" for fields in [first, *tree.nodes]),
        orders="".join(line.ljust(width - 1, "=") + "\n" for line in lines),
        width=width,
        depth=tree.depth,
    )


def lookup(found: Table, number: str) -> list[str]:
    """Return the order of trunks for a number, read as the dialplan reads it."""
    digits = "".join(character for character in number if character.isdigit()) + "0" * FIRST
    start = int(digits[:FIRST]) * FIELD
    node = found.nodes[start : start + FIELD]
    for at in range(FIRST, found.depth):
        if node.startswith("="):
            break
        start = ROOT + int(node) * NODE + int(digits[at : at + 1] or 0) * FIELD
        node = found.nodes[start : start + FIELD]
    start = int(node[1:] if node.startswith("=") else 0) * found.width
    return found.orders[start : start + found.width].split("=")[0].split("&")
