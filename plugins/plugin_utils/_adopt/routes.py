# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes routes of the description from what the extensions of existing carriers do with a call. Pure.

An entry is expressed as a whole or not at all: a route takes the place of all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import numbers
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.flows import Attempt, Flow
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

_LONGEST_PREFIX = 20


class Manner(NamedTuple):
    """What a trunk does with a call: the keys of a trunk, which a route may override for its own calls."""

    strip: int
    prefix: str
    dial_options: str
    caller_id: str


class Call(NamedTuple):
    """A trunk's place in a route, and how the route's calls are dialled there."""

    trunk: str
    manner: Manner
    number: str  # the fixed number that is dialled; empty: the call's own
    ring_timeout: int  # seconds; 0: none of its own

    def differs_from(self, own: Manner) -> dict[str, Any]:
        """Return the keys that a route must give for this trunk when ``own`` is the trunk's manner."""
        keys = {key: value for key, value in self.manner._asdict().items() if value != getattr(own, key)}
        if self.number:
            keys = {"number": self.number, **{key: keys[key] for key in keys if key not in ("strip", "prefix")}}
        return {**keys, **({"ring_timeout": self.ring_timeout} if self.ring_timeout else {})}


@dataclass(frozen=True)
class Answer:
    """One extension as a route has it: dial prefix and pattern, the steps before it dials, the trunks in order."""

    dial_prefix: str
    pattern: str
    before: tuple[str, ...]
    calls: tuple[Call, ...]

    @property
    def extension(self) -> str:
        """The extension as Asterisk has it."""
        return f"_{self.dial_prefix}{self.pattern}"


@dataclass(frozen=True)
class Entry:
    """The dialplan of one row as routes have it."""

    carrier_id: str
    servers: tuple[str, ...]  # inventory names
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def answers(found: Sequence[Flow], prefixes: Sequence[str]) -> tuple[Answer, ...]:
    """Return the extensions of an entry as routes have them. ``prefixes``: what campaigns dial first, preferred where
    it fits. Raises Refused."""
    made = tuple(_answer(flow, prefixes) for flow in found)
    for number, one in enumerate(made):
        for other in made[:number]:
            if overlap(one, other):
                raise Refused("{one} and {other} match the same numbers, of which Asterisk takes the more specific; "
                              "routes may not overlap", one=other.extension, other=one.extension)
    return made


def overlap(one: Answer, other: Answer) -> bool:
    """Return whether two extensions that differ match the same number."""
    return one.extension != other.extension and patterns.meet(one.extension, other.extension)


def _answer(flow: Flow, prefixes: Sequence[str]) -> Answer:
    """Return the extension with the likeliest dial prefix that its steps and the description allow."""
    literal = numbers.literal(flow.extension)
    digits = flow.extension.lstrip("_")
    refused: Refused | None = None
    possible: list[Answer] = []
    for length in _lengths(literal, flow.attempts[0].number.cut, prefixes):
        calls = dict.fromkeys(
            Call(attempt.trunk, _manner(attempt, literal, length), attempt.number.fixed, attempt.ring_timeout)
            for attempt in flow.attempts
        )
        try:
            before = tuple(numbers.without_prefix(step, digits[:length]) for step in flow.before)
        except Refused as reason:
            refused = reason
            continue
        possible.append(Answer(digits[:length], digits[length:], before, tuple(calls)))
    for answer in possible:
        if answer.pattern and all(_describable(call.manner) for call in answer.calls):
            return answer
    if possible:
        return possible[0]  # for the plan to refuse
    raise refused or Refused("{extension} has no digits that could be a dial prefix", extension=flow.extension)


def _lengths(literal: str, cut: int, prefixes: Sequence[str]) -> list[int]:
    """Return how many digits may be the dial prefix, the likeliest first."""
    liked = sorted({len(one) for one in prefixes if literal.startswith(one)}, reverse=True)
    possible = range(min(len(literal), _LONGEST_PREFIX) + 1)
    return [length for length in dict.fromkeys([*liked, cut, *possible[1:], 0]) if length in possible]


def _manner(attempt: Attempt, literal: str, length: int) -> Manner:
    """Return what the trunk does with a number that has lost ``length`` digits already."""
    number = attempt.number
    if number.fixed:
        return Manner(0, "", attempt.options, attempt.caller)
    prefix = number.prefix + literal[number.cut : length]
    return Manner(max(number.cut - length, 0), prefix, attempt.options, attempt.caller)


def _describable(manner: Manner) -> bool:
    """Return whether the description has words for strip and prefix."""
    fits = not manner.prefix or re.fullmatch(schema.TRUNK["prefix"].pattern, manner.prefix, re.ASCII)
    return bool(fits) and manner.strip <= (schema.TRUNK["strip"].maximum or 0)


# Where an extension is answered, and by which row: {inventory name: (trunks, carrier_id)}
_Places = dict[str, tuple[tuple[Call, ...], str]]


def routes(
    entries: Sequence[Entry], dialers: Sequence[str], on: Callable[[str, str], bool]
) -> list[tuple[dict[str, Any], list[Call]]]:
    """Return the routes in the form of the description, each with its calls; the members have no more than names.

    Extensions that do the same on several dialers come together. ``on``: whether a trunk is on a dialer.
    """
    places: dict[tuple[str, str, tuple[str, ...]], _Places] = {}
    for entry in entries:
        for answer in entry.answers:
            at = places.setdefault((answer.dial_prefix, answer.pattern, answer.before), {})
            for server in entry.servers:
                at.setdefault(server, (answer.calls, entry.carrier_id))
    grouped: dict[Any, list[str]] = {}
    for (prefix, pattern, before), at in places.items():
        for part in _together(at, on):
            grouped.setdefault((prefix, before, tuple(sorted(part.items()))), []).append(pattern)
    made: list[tuple[dict[str, Any], list[Call]]] = []
    names: set[str] = set()
    for (prefix, before, held), matched in grouped.items():
        calls = _joined([found for _server, (found, _carrier_id) in held]) or []
        route: dict[str, Any] = {
            "name": _name(prefix, names),
            "enabled": False,
            "adopt": sorted({carrier_id for _server, (_calls, carrier_id) in held}),
            "dial_prefix": prefix,
            "patterns": matched,
            "trunks": [{"name": call.trunk} for call in calls],
        }
        servers = {server for server, _found in held}
        if servers != set(dialers):
            route["servers"] = [name for name in dialers if name in servers]
        if before:
            route["before_dial"] = list(before)
        made.append((route, calls))
    return made


def _together(at: _Places, on: Callable[[str, str], bool]) -> Iterator[_Places]:
    """Yield the dialers that one route can serve: each dialer finds in it what it has today, in its order."""
    left = dict(at)
    while left:
        part: _Places = {}
        for server in list(left):
            wider = {**part, server: left[server]}
            calls = _joined([found for found, _carrier_id in wider.values()])
            if calls is not None and all(
                tuple(call for call in calls if on(call.trunk, one)) == found for one, (found, _id) in wider.items()
            ):
                part[server] = left.pop(server)
        if not part:  # a trunk is not on a dialer that dials it: nothing can be joined with that
            server, *_others = left
            part[server] = left.pop(server)
        yield part


def _joined(found: Sequence[tuple[Call, ...]]) -> list[Call] | None:
    """Return all calls in order, each once; None where a trunk is dialled in two ways."""
    calls = list(dict.fromkeys(call for one in found for call in one))
    return calls if len({call.trunk for call in calls}) == len(calls) else None


def _name(prefix: str, names: set[str]) -> str:
    """Return a name for a route of this dial prefix, and add it to those in use."""
    base = f"out_{prefix[:5]}" if prefix else "noprefix"
    name, number = base, 1
    while name in names:
        number += 1
        name = f"{base}_{number}"
    names.add(name)
    return name


def _usual(manner: Manner) -> int:
    """Return how many keys have their defaults."""
    return sum(value == schema.TRUNK[key].default for key, value in manner._asdict().items())


def write_manners(trunks: Mapping[str, dict[str, Any]], made: Sequence[tuple[dict[str, Any], list[Call]]]) -> None:
    """Write into each trunk how most of the routes dial it, and into the members of routes what differs from that."""
    counted: dict[str, Counter[Manner]] = {}
    for fixed in (False, True):  # a fixed number tells nothing of what the trunk does with others
        for _route, calls in made:
            for call in calls:
                if bool(call.number) == fixed and (not fixed or call.trunk not in counted):
                    counted.setdefault(call.trunk, Counter())[call.manner] += 1
    own = {name: max(counter, key=lambda one: (counter[one], _usual(one))) for name, counter in counted.items()}
    for name, manner in own.items():
        for key, value in manner._asdict().items():
            if value != schema.TRUNK[key].default:
                trunks[name][key] = value
    for route, calls in made:
        for member, call in zip(route["trunks"], calls):
            member.update(call.differs_from(own[call.trunk]))
