# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a regular expression can take more than linear time, told by its structure and not by a clock.

Python tries every way in which the beginning of a text fits an expression. When the number of those ways is bounded, the
time is linear in the length of the text; when it is not, some text makes it quadratic or worse. The ways are the paths of
the expression's automaton, and they are unbounded exactly when (Weber and Seidl, 1991)

- one state has two different ways back to itself by one text: exponential, as ``(a*)*``; or
- two states p and q have a text by which p reaches p, p reaches q, and q reaches q: polynomial, as ``\\s*(.*)``.

A search begins anew at each character, so that it is the expression behind a loop over anything: ``\\s+$`` is quadratic.
Where the expression may end in q, unless it has to match the whole text, Python tries no other way. What follows a lookahead
is taken to match whatever the lookahead says, and ``$`` and ``\\b`` to hold anywhere: the answer errs towards too many ways.
``^`` and what looks back at one character are told apart.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

try:
    from re import _constants as sre
    from re import _parser as parser
except ImportError:  # Python 3.10
    import sre_constants as sre
    import sre_parse as parser

# Enough characters to tell any two classes of ours apart.
SAMPLE = [chr(code) for code in range(0x100)] + list("\u0131\u017f\u0660\u2003\u2028\u4e2d\u212a\ufffd\U0001f600")
_ALL = frozenset(range(len(SAMPLE)))
_NEWLINE = frozenset({SAMPLE.index("\n")})
_COPIES = 3  # of what is repeated a bounded number of times: more of them make more ways, but a bounded number
_CATEGORY = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}
# After which characters a step that takes none may be gone; _BEGINNING stands for the beginning of the text.
_BEGINNING = -1
_ANYWHERE = _ALL | {_BEGINNING}


@dataclass
class _Automaton:
    """States with steps that take no character, and steps that take one.

    Of the former: (target, after which characters, whether without any other condition, the loop whose body it enters,
    the loop that it goes back to).
    """

    flags: int
    sets: set[frozenset[int]] = field(default_factory=lambda: {_NEWLINE})
    empty: list[list[tuple[int, frozenset[int], bool, int, int]]] = field(default_factory=list)
    taking: list[list[tuple[frozenset[int], int]]] = field(default_factory=list)

    def state(self) -> int:
        self.empty.append([])
        self.taking.append([])
        return len(self.empty) - 1

    def join(
        self, start: int, end: int, after: frozenset[int] = _ANYWHERE, sure: bool = True, enters: int = 0, repeats: int = 0
    ) -> None:
        self.empty[start].append((end, after, sure, enters, repeats))

    def add(self, nodes: Iterable, start: int, flags: int) -> int:
        """Adds what the nodes match behind ``start``. Returns the state behind it."""
        for kind, value in nodes:
            start = self._add(kind, value, start, flags)
        return start

    def _add(self, kind: int, value: object, start: int, flags: int) -> int:
        if kind in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            end = self.state()
            self.taking[start].append((_characters(kind, value, flags), end))
            self.sets.add(_characters(kind, value, flags))
            return end
        if kind is sre.SUBPATTERN:
            _group, on, off, nodes = value
            return self.add(nodes, start, (flags | on) & ~off)
        if kind is sre.BRANCH:
            end = self.state()
            for nodes in value[1]:
                branch = self.state()
                self.join(start, branch)
                self.join(self.add(nodes, branch, flags), end)
            return end
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self._repeat(*value, start, flags)
        end = self.state()
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            direction, nodes = value
            if direction > 0:
                body = self.state()
                self.join(start, body)
                self.add(nodes, body, flags)
            after = _ANYWHERE
            if direction < 0 and len(nodes) == 1 and nodes[0][0] in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
                after = _characters(*nodes[0], flags)
                self.sets.add(after)
                after = after if kind is sre.ASSERT else _ANYWHERE - after
            self.join(start, end, after, sure=False)
            return end
        if kind is sre.AT:
            if value is sre.AT_BEGINNING_STRING or value is sre.AT_BEGINNING:
                line = value is sre.AT_BEGINNING and flags & re.MULTILINE
                self.join(start, end, (_NEWLINE if line else frozenset()) | {_BEGINNING}, sure=False)
            else:
                self.join(start, end, sure=False)
            return end
        raise NotImplementedError(f"{kind} in an expression")

    def _repeat(self, least: int, most: int, nodes: Iterable, start: int, flags: int) -> int:
        for _copy in range(min(least, _COPIES)):
            start = self.add(nodes, start, flags)
        if most is sre.MAXREPEAT:
            loop, body, end = self.state(), self.state(), self.state()
            self.join(start, loop)
            self.join(loop, body, enters=loop)
            self.join(self.add(nodes, body, flags), loop, repeats=loop)
            self.join(loop, end)
            return end
        end = self.state()
        self.join(start, end)
        for _copy in range(min(most - least, _COPIES)):
            start = self.add(nodes, start, flags)
            self.join(start, end)
        return end

    def following(self, start: int, last: int) -> Iterator[tuple[int, int]]:
        """The steps (state, number) that take a character and can be next; one several times where several ways lead
        there. ``last``: the character before. A loop's body is not gone round without a character."""
        ways = [(start, frozenset())]
        while ways:
            state, entered = ways.pop()
            yield from ((state, number) for number in range(len(self.taking[state])))
            for end, after, _sure, enters, repeats in self.empty[state]:
                if last in after and not (repeats and repeats in entered):
                    ways.append((end, entered | {enters} if enters else entered))

    def ends(self, start: int, last: int) -> bool:
        """Whether the last state is reached without a character and without a condition."""
        seen, waiting = {start}, [start]
        while waiting:
            for end, _after, sure, _enters, _repeats in self.empty[waiting.pop()]:
                if sure and end not in seen:
                    seen.add(end)
                    waiting.append(end)
        return last in seen


def _characters(kind: int, value: object, flags: int) -> frozenset[int]:
    if kind is sre.ANY:
        return _ALL if flags & re.DOTALL else _ALL - _NEWLINE
    if kind is sre.IN:
        negated = value[0][0] is sre.NEGATE
        found = frozenset().union(*(_characters(*item, flags) for item in value if item[0] is not sre.NEGATE))
        return _ALL - found if negated else found
    if kind is sre.NOT_LITERAL:
        return _ALL - _characters(sre.LITERAL, value, flags)
    if kind is sre.CATEGORY:
        one = re.compile(_CATEGORY[value], flags & re.ASCII)
        return frozenset(number for number, character in enumerate(SAMPLE) if one.match(character))
    low, high = value if kind is sre.RANGE else (value, value)
    found = set()
    for number, character in enumerate(SAMPLE):
        low_case = character.lower()
        forms = {character, low_case, low_case.upper()} if flags & re.IGNORECASE else {character}
        if any(len(form) == 1 and low <= ord(form) <= high for form in forms):
            found.add(number)
    return frozenset(found)


# A graph: {node: {character: [next node, once for each way]}}. A node is a step that took a character, and which it took.
_Graph = dict[object, dict[int, list[object]]]


def _graph(pattern: str | bytes, flags: int, searched: bool) -> tuple[_Graph, set[object]]:
    """The graph, and the nodes in which the expression may end."""
    if isinstance(pattern, bytes):
        pattern = pattern.decode("latin-1")
    tree = parser.parse(pattern, flags)
    automaton = _Automaton(tree.state.flags)
    first = automaton.state()
    last = automaton.add(tree, first, tree.state.flags)
    classes: dict[tuple[bool, ...], int] = {}  # a character of each class that the expression tells apart
    for character in sorted(_ALL):
        classes.setdefault(tuple(character in one for one in automaton.sets), character)
    graph: _Graph = {}
    final: set[object] = set()
    waiting: list[object] = [("skip", 0, _BEGINNING)]
    while waiting:
        node = waiting.pop()
        if node in graph:
            continue
        at, number, before = node
        state = first if at == "skip" else automaton.taking[at][number][1]
        if at != "skip" and automaton.ends(state, last):
            final.add(node)
        steps = list(automaton.following(state, before))
        graph[node] = {}
        for character in classes.values():
            ways = [(*step, character) for step in steps if character in automaton.taking[step[0]][step[1]][0]]
            graph[node][character] = ways + [("skip", 0, character)] * (at == "skip" and searched)
            waiting += graph[node][character]
    return graph, final


def _reached(graph: _Graph, start: object) -> set[object]:
    found, waiting = set(), [start]
    while waiting:
        for ways in graph[waiting.pop()].values():
            for node in ways:
                if node not in found:
                    found.add(node)
                    waiting.append(node)
    return found


def degree(pattern: str | bytes, flags: int = 0, method: str = "search") -> str:
    """'linear', 'polynomial' or 'exponential': how long the expression may take in the length of the text.

    ``method``: match, fullmatch, or any other, which looks anywhere in the text.
    """
    graph, final = _graph(pattern, flags, method not in ("match", "fullmatch"))
    if method == "fullmatch":
        final = set()
    reach = {node: _reached(graph, node) for node in graph}
    loops = [node for node in graph if node in reach[node]]
    for node in loops:
        home = {other for other in reach[node] if node in reach[other]}
        for other in home:
            if any(ways.count(one) > 1 for ways in graph[other].values() for one in set(ways) & home):
                return "exponential"
        if _pair(graph, node, home):
            return "exponential"
    for p in loops:
        for q in loops:
            if p != q and q not in final and q in reach[p] and p not in reach[q] and _triple(graph, reach, p, q):
                return "polynomial"
    return "linear"


def _pair(graph: _Graph, node: object, home: set[object]) -> bool:
    """Whether two different ways lead from the node back to it by one text."""
    seen, waiting = set(), [(node, node, False)]
    while waiting:
        left, right, parted = waiting.pop()
        for character, ways in graph[left].items():
            for one in ways:
                for other in graph[right][character]:
                    if one in home and other in home:
                        now = (one, other, parted or one != other)
                        if now == (node, node, True):
                            return True
                        if now not in seen:
                            seen.add(now)
                            waiting.append(now)
    return False


def _triple(graph: _Graph, reach: dict[object, set[object]], p: object, q: object) -> bool:
    """Whether one text leads from p to p, from p to q and from q to q."""
    at_p = {node for node in reach[p] if p in reach[node]}
    at_q = {node for node in reach[q] if q in reach[node]}
    between = {node for node in reach[p] if q in reach[node]}
    seen, waiting = set(), [(p, p, q)]
    while waiting:
        first, second, third = waiting.pop()
        for character, ways in graph[first].items():
            for one in at_p.intersection(ways):
                for two in between.intersection(graph[second][character]):
                    for three in at_q.intersection(graph[third][character]):
                        now = (one, two, three)
                        if now == (p, q, q):
                            return True
                        if now not in seen:
                            seen.add(now)
                            waiting.append(now)
    return False
