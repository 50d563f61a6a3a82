# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the dialplan entries of existing carriers to routes of the description. Pure.

An entry is expressed as a whole or not at all: a route takes the place of all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import (
    Extension, Step, Unreadable, extensions, split_arguments)
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

_CALL_LOG = re.compile(r"agi://[^/]+/call_log")
_NUMBER = re.compile(r"(?P<prefix>[0-9*#+]*)\$\{EXTEN(?::(?P<cut>[0-9]{1,3}))?\}")
_CALLER = re.compile(r"CALLERID\((?:num|number)\)\s*=\s*\"?(?P<number>\+?[0-9]{1,20})\"?", re.IGNORECASE)
_EXTEN = re.compile(r"\$\{EXTEN(?::(?P<cut>-?[0-9]{1,3}))?(?P<more>:[^{}]*)?\}")
_ANY_EXTEN = re.compile(r"\$\{EXTEN\b")
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
MOST_EXTENSIONS = 100  # of an entry: the patterns of a description are compared each with each
_TALK = ("noop", "verbose", "log", "dumpchan")  # tells something and does nothing
_JUMPS = ("goto", "gotoif", "gotoiftime", "execiftime", "macro", "return", "stackpop", "while", "endwhile", "switch")


@dataclass(frozen=True)
class Attempt:
    """One Dial: which trunk, how many digits its number loses, what is put before it, options, forced caller id."""

    trunk: str
    cut: int
    prefix: str
    options: str
    caller: str


@dataclass
class Flow:
    """What one extension does with a call."""

    extension: str
    attempts: list[Attempt] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """One extension as a route has it: prefix and pattern, what runs first, and the trunks in their order."""

    dial_prefix: str
    pattern: str
    before: tuple[str, ...]
    trunks: tuple[str, ...]


# What a trunk does with a number on every call, whichever route it comes by: strip, prefix, dial_options, caller_id.
Manner = tuple[int, str, str, str]


def flows(text: str, trunk_of: Callable[[str, str], str | None], variables: Mapping[str, str]) -> list[Flow]:
    """What each extension of an entry does. ``trunk_of``: the trunk of a technology and peer name, or None.

    Raises Refused.
    """
    try:
        found = extensions(text)
    except Unreadable as reason:
        raise Refused(str(reason)) from None
    if not found:
        raise Refused("it holds no extension")
    if len(found) > MOST_EXTENSIONS:
        raise Refused(f"it holds {len(found)} extensions, and no more than {MOST_EXTENSIONS} are made into routes")
    return [_flow(extension, trunk_of, variables) for extension in found]


def _flow(extension: Extension, trunk_of: Callable[[str, str], str | None], variables: Mapping[str, str]) -> Flow:
    name = extension.pattern
    if not re.match(r"_?[0-9]", name):
        raise Refused(f"its extension {name} begins with no digit that a campaign could dial")
    flow, caller, conditions = Flow(name, notes=list(extension.notes)), "", False
    for step in extension.steps:
        kind = step.application.lower()
        number = _CALLER.fullmatch(step.arguments) if kind == "set" else None
        if kind == "dial":
            flow.attempts.append(_attempt(name, step, trunk_of, variables, caller, flow.notes))
        elif number:
            caller = number.group("number")
        elif kind in _TALK or (kind == "agi" and _CALL_LOG.fullmatch(step.arguments)):
            continue
        elif not flow.attempts:
            if kind in _JUMPS or kind in ("hangup", "congestion", "busy"):
                raise Refused(f"{name} runs {step.application} before it dials")
            flow.before.append(f"{step.application}({step.arguments})" if step.arguments else step.application)
        elif kind in ("hangup", "congestion", "busy"):
            continue
        elif kind in ("gotoif", "execif", "goto") and (kind == "goto" or _about_result(step.arguments)):
            conditions = True
        else:
            raise Refused(f"{name} runs {step.application} after it has dialled")
    if not flow.attempts:
        raise Refused(f"{name} dials nothing")
    _remark(flow, conditions)
    return flow


def _about_result(arguments: str) -> bool:
    """Whether a condition looks at nothing but what became of the last attempt."""
    names = set(re.findall(r"\$\{([A-Za-z_]+)", arguments.partition("?")[0]))
    return bool(names) and names <= {"DIALSTATUS", "HANGUPCAUSE"}


def _remark(flow: Flow, conditions: bool) -> None:
    twice = len({attempt.trunk for attempt in flow.attempts}) < len(flow.attempts)
    if twice:
        flow.notes.append(f"{flow.extension} dialled a trunk twice; a route tries each once")
    if len(flow.attempts) > 1:
        how = "by conditions of its own" if conditions else "whatever the first had said"
        flow.notes.append(
            f"{flow.extension} went on to the next trunk {how}; a route does after a trunk's failure only, as "
            "docs/routing.md has it"
        )


def _attempt(
    name: str,
    step: Step,
    trunk_of: Callable[[str, str], str | None],
    variables: Mapping[str, str],
    caller: str,
    notes: list[str],
) -> Attempt:
    arguments = [*split_arguments(step.arguments), "", "", ""]
    channel = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), arguments[0])
    unknown = _VARIABLE.search(channel.partition("/")[0])
    if unknown:
        raise Refused(f"{name} dials by {unknown[0]}, a global that no carrier sets")
    if "&" in channel:
        raise Refused(f"{name} rings several channels at once")
    technology, _slash, rest = channel.partition("/")
    at, number = "", ""
    if "@" in rest and not rest.partition("/")[2]:
        number, _at, at = rest.rpartition("@")
    elif "@" not in rest:
        at, _slash, number = rest.partition("/")
    else:
        uri = re.fullmatch(r"([^/@]+)/sips?:([^@/]+)@[^/@]+", rest)
        if uri is None or technology.upper() != "PJSIP":
            raise Refused(f"{name} dials an address or a login of its own, which no peer has")
        at, number = uri.groups()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", technology):  # user:secret@host, without a technology before it
        raise Refused(f"{name} dials an address or a login of its own, which no peer has")
    trunk = trunk_of(technology.upper(), at)
    if trunk is None:
        shown = at if re.fullmatch(r"[A-Za-z0-9_.-]+", at) else "something"
        raise Refused(f"{name} dials {technology.upper()} {shown}, which is none of the trunks that could be adopted")
    cut, prefix = _number(name, number)
    if arguments[1] not in ("", "${CAMPDTO}"):
        notes.append(f"{name} waited {arguments[1]} s for an answer; a route waits as long as the campaign says")
    return Attempt(trunk, cut, prefix, arguments[2], caller)


def _number(extension: str, text: str) -> tuple[int, str]:
    """(digits cut off the extension, what is put before the rest) of the number that a Dial sends."""
    match = _NUMBER.fullmatch(text)
    if match:
        return int(match.group("cut") or 0), match.group("prefix")
    if text and re.fullmatch(r"[0-9]+", text) and extension.endswith(text) and not extension.startswith("_"):
        return len(extension) - len(text), ""
    raise Refused(f"{extension} sends a number that a trunk's strip and prefix cannot say")


def _literal(extension: str) -> str:
    """The digits that every number of the extension begins with; never all of it."""
    digits = re.findall(r"^_?([0-9]*)", extension)[0]
    return digits[:-1] if len(digits) == len(extension.lstrip("_")) else digits


def settle(
    found: Sequence[Flow], manners: Mapping[str, Manner], prefixes: Sequence[str]
) -> tuple[list[Answer], dict[str, Manner]]:
    """The entry's extensions as routes have them, and how each trunk treats numbers then.

    ``manners``: what is settled for trunks by other entries. ``prefixes``: the campaigns' dial prefixes, preferred
    where they fit. Raises Refused when a trunk would have to treat numbers in two ways.
    """
    settled = dict(manners)
    lengths: dict[int, int] = {}
    by_trunk: dict[str, list[int]] = {}
    for number, flow in enumerate(found):
        for attempt in flow.attempts:
            by_trunk.setdefault(attempt.trunk, []).append(number)
    for number, flow in enumerate(found):
        if number in lengths:
            continue
        for length in _possible(flow, settled, prefixes):
            spread = _spread(found, by_trunk, settled, number, length, prefixes)
            if spread is not None:
                break
        else:
            raise Refused("a trunk of it treats numbers in two ways (strip, prefix, caller id or options of Dial)")
        lengths.update(spread[0])
        settled.update(spread[1])
    return [_answer(flow, lengths[number]) for number, flow in enumerate(found)], settled


def _possible(flow: Flow, settled: Mapping[str, Manner], prefixes: Sequence[str]) -> list[int]:
    """How many digits may be the dial prefix of an extension, as its trunks are settled; the likeliest first."""
    literal = _literal(flow.extension)
    possible = []
    for length in _lengths(literal, flow.attempts[0].cut, prefixes):
        manners: dict[str, Manner] = {}
        for one in flow.attempts:
            manner = _manner(one, literal, length)
            if manners.setdefault(one.trunk, settled.get(one.trunk, manner)) != manner:
                break
        else:
            possible.append(length)
    return possible


def _spread(
    found: Sequence[Flow],
    by_trunk: Mapping[str, Sequence[int]],
    settled: Mapping[str, Manner],
    number: int,
    length: int,
    prefixes: Sequence[str],
) -> tuple[dict[int, int], dict[str, Manner]] | None:
    """What follows when one extension has a dial prefix of this length: the lengths of those that share its trunks, and
    of those that share theirs, and how the trunks treat numbers then. None where it cannot be.

    A trunk's manner leaves an extension one length, so that nothing has to be tried twice.
    """
    lengths, waiting = {number: length}, [number]
    fresh: dict[str, Manner] = {}
    while waiting:
        current = waiting.pop()
        literal = _literal(found[current].extension)
        for attempt in found[current].attempts:
            manner = _manner(attempt, literal, lengths[current])
            known = attempt.trunk in fresh or attempt.trunk in settled
            if fresh.setdefault(attempt.trunk, settled.get(attempt.trunk, manner)) != manner:
                return None
            for other in () if known else by_trunk[attempt.trunk]:
                if other not in lengths:
                    possible = _possible(found[other], {attempt.trunk: manner}, prefixes)
                    if not possible:
                        return None
                    lengths[other] = possible[0]
                    waiting.append(other)
    return lengths, fresh


def _lengths(literal: str, cut: int, prefixes: Sequence[str]) -> list[int]:
    """How many digits may be the dial prefix, the likeliest first."""
    liked = sorted({len(one) for one in prefixes if one and literal.startswith(one)}, reverse=True)
    possible = range(1, min(len(literal), 20) + 1)
    return [length for length in dict.fromkeys([*liked, cut, *possible]) if length in possible]


def _manner(attempt: Attempt, literal: str, length: int) -> Manner:
    """What the trunk does with a number that has lost ``length`` digits already."""
    if attempt.cut >= length:
        return attempt.cut - length, attempt.prefix, attempt.options, attempt.caller
    return 0, attempt.prefix + literal[attempt.cut : length], attempt.options, attempt.caller


def _answer(flow: Flow, length: int) -> Answer:
    digits = flow.extension.lstrip("_")
    before = tuple(_without_prefix(application, digits[:length]) for application in flow.before)
    trunks = tuple(dict.fromkeys(attempt.trunk for attempt in flow.attempts))
    return Answer(digits[:length], digits[length:], before, trunks)


def _without_prefix(application: str, prefix: str) -> str:
    """The application as it says the same where EXTEN comes without the dial prefix."""
    middle = Refused(f"{application.partition('(')[0]} takes digits out of the number's middle")

    def rewritten(match: re.Match[str]) -> str:
        cut, more = int(match["cut"] or 0), match["more"] or ""
        if cut < 0:
            return match[0]
        if more and cut < len(prefix):
            raise middle
        rest = cut - len(prefix)
        return f"${{EXTEN:{rest}{more}}}" if rest > 0 or more else prefix[cut:] + "${EXTEN}"

    if len(_EXTEN.findall(application)) != len(_ANY_EXTEN.findall(application)):
        raise middle  # as ${EXTEN:${LEN}} does
    return _EXTEN.sub(rewritten, application)


@dataclass
class Entry:
    """One row's dialplan as routes have it."""

    carrier_id: str
    servers: tuple[str, ...]  # inventory names
    answers: list[Answer]
    notes: list[str]


def routes(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The routes, in the form of the description: extensions that do the same on every dialer come together."""
    places: dict[tuple[str, str, tuple[str, ...]], dict[str, tuple[tuple[str, ...], str]]] = {}
    for entry in entries:
        for answer in entry.answers:
            at = places.setdefault((answer.dial_prefix, answer.pattern, answer.before), {})
            for server in entry.servers:
                at.setdefault(server, (answer.trunks, entry.carrier_id))
    grouped: dict[Any, list[str]] = {}
    for (prefix, pattern, before), at in places.items():
        grouped.setdefault((prefix, before, tuple(sorted(at.items()))), []).append(pattern)
    made: list[dict[str, Any]] = []
    for (prefix, before, at), patterns in grouped.items():
        number = sum(route["dial_prefix"] == prefix for route in made) + 1
        trunks = dict.fromkeys(name for _server, (names, _carrier_id) in at for name in names)
        route: dict[str, Any] = {
            "name": f"out_{prefix[:5]}" + (f"_{number}" if number > 1 else ""),
            "enabled": False,
            "adopt": sorted({carrier_id for _server, (_names, carrier_id) in at}),
            "dial_prefix": prefix,
            "patterns": patterns,
            "trunks": [{"name": name} for name in trunks],
        }
        if before:
            route["before_dial"] = list(before)
        made.append(route)
    return made


def apply_manner(trunk: dict[str, Any], manner: Manner) -> None:
    """Writes strip, prefix, dial_options and caller_id into a trunk, where they are not the defaults."""
    strip, prefix, options, caller = manner
    for key, value in {"strip": strip, "prefix": prefix, "dial_options": options, "caller_id": caller}.items():
        if value != schema.TRUNK[key].default:
            trunk[key] = value
