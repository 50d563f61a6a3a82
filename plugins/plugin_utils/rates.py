# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate decks: from the carriers' lists of prefixes and rates to a file in which the dialplan finds the order of cost.

A deck of 50,000 prefixes would take Asterisk 38 s to load as patterns. Here the decks of a route's trunks become one
tree of digits, in which each prefix has the *order* of the trunks and not their rates: neighbours with the same order
become one, and a call reads one field a digit until it knows. Nothing is loaded, and so no reload grows with it. Pure.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

FIELD = 6  # characters of a field: the number of a node, or '=' and the number of an order
NODE = 10 * FIELD + 1  # a node is a line of ten fields, one for each digit
MOST_NODES = 10**FIELD
MOST_ORDERS = 10 ** (FIELD - 1)
LONGEST_PREFIX = 15  # digits, as the longest number has (ITU-T E.164, 6)

Deck = Mapping[str, float]


class DeckError(ValueError):
    """A deck has bad lines; ``mistakes`` holds one sentence for each, with its line number."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@lru_cache(maxsize=64)
def read(text: str) -> Deck:
    """The deck that the text of a CSV file holds: prefix (digits, without +) to rate.

    Each line has a prefix and a rate, a number of at least 0 in the unit of ``cost_per_minute``; further columns are
    not looked at. A first line of names, empty lines and lines that begin with # are passed over. Raises DeckError.
    """
    deck: dict[str, float] = {}
    lines: dict[str, int] = {}
    mistakes = []
    for number, row in enumerate(csv.reader(text.lstrip("\ufeff").splitlines()), start=1):
        cells = [cell.strip() for cell in row]
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
        raise DeckError(mistakes)
    if not deck:
        raise DeckError(["has no line with a prefix and a rate"])
    return deck


def _line(cells: list[str], lines: Mapping[str, int]) -> str:
    """What is wrong with one line; an empty string when nothing is."""
    prefix = cells[0].removeprefix("+")
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= LONGEST_PREFIX):
        return f"the prefix must be 1 to {LONGEST_PREFIX} digits, not {cells[0]!r}"
    if prefix in lines:
        return f"prefix {prefix} stands in line {lines[prefix]} already"
    if len(cells) < 2:
        return f"prefix {prefix} has no rate"
    try:
        rate = float(cells[1])
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        return f"the rate must be a number of at least 0, not {cells[1]!r}"
    return ""


@dataclass(frozen=True)
class Table:
    """The files of one route: ``nodes`` and ``orders``, lines of fixed width, and what it takes to read them."""

    nodes: str
    orders: str
    width: int  # characters of a line of ``orders``
    depth: int  # digits of the longest prefix that makes a difference, at least 1
    field: int = FIELD
    node: int = NODE


class _Tree:
    """Numbers the nodes and orders while the tree of prefixes is walked."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.orders: dict[tuple[str, ...], int] = {}
        self.nodes: list[list[str]] = []
        self.depth = 1

    def order(self, rates: Sequence[float]) -> str:
        """The field for the order of these rates; equal rates keep the route's order."""
        cheapest = tuple(name for _rate, _place, name in sorted(zip(rates, range(len(rates)), self.names)))
        return f"={self.orders.setdefault(cheapest, len(self.orders)):0{FIELD - 1}d}"

    def node(self, branch: dict, rates: Sequence[float], depth: int) -> list[str]:
        """The ten fields below a prefix whose rates are ``rates``."""
        fields = []
        for digit in "0123456789":
            below = branch.get(digit)
            if below is None:
                fields.append(self.order(rates))
                continue
            known = [rate if own is None else own for own, rate in zip(below.get("rates", (None,) * len(rates)), rates)]
            inner = self.node(below, known, depth + 1) if len(below) > ("rates" in below) else [self.order(known)] * 10
            if inner == [inner[0]] * 10 and inner[0].startswith("="):
                fields.append(inner[0])
            else:
                fields.append(f"{len(self.nodes):0{FIELD}d}")
                self.nodes.append(inner)
                self.depth = max(self.depth, depth + 1)
        return fields


def table(names: Sequence[str], decks: Sequence[Deck | None], flat: Sequence[float | None]) -> Table:
    """The order of the trunks ``names`` for every number, the longest prefix of each trunk's deck deciding its rate.

    A trunk without a deck, or without a prefix that fits, costs its flat rate; one without either comes last.
    """
    root: dict = {}
    for place, deck in enumerate(decks):
        for prefix, rate in (deck or {}).items():
            branch = root
            for digit in prefix:
                branch = branch.setdefault(digit, {})
            branch.setdefault("rates", [None] * len(names))[place] = rate
    tree = _Tree(names)
    tree.nodes.append([])  # the root is node 0
    rates = [float("inf") if rate is None else rate for rate in flat]
    tree.order(rates)  # the order of the flat rates is order 0
    tree.nodes[0] = tree.node(root, rates, 1)
    if len(tree.nodes) > MOST_NODES or len(tree.orders) > MOST_ORDERS:
        raise DeckError([f"{len(tree.nodes)} nodes and {len(tree.orders)} orders of trunks are more than fit"])
    lines = ["&".join(order) for order in tree.orders]
    width = max(map(len, lines)) + 2
    return Table(
        nodes="".join("".join(fields) + "\n" for fields in tree.nodes),
        orders="".join(line.ljust(width - 1, "=") + "\n" for line in lines),
        width=width,
        depth=tree.depth,
    )


def lookup(found: Table, number: str) -> list[str]:
    """The order of trunks for a number, read as the dialplan reads it."""
    digits = "".join(character for character in number if character.isdigit())
    node = "0"
    for at in range(found.depth):
        start = int(node) * NODE + int(digits[at : at + 1] or 0) * FIELD
        node = found.nodes[start : start + FIELD]
        if node.startswith("="):
            break
    start = int(node[1:] if node.startswith("=") else 0) * found.width
    return found.orders[start : start + found.width].split("=")[0].split("&")
