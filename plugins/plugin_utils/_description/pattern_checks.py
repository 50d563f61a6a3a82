# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of which route answers which number: patterns, their overlaps, and the routes' tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID

Values = Mapping[str, Any]
# A route: where it is described, its values, and the dialers that have it (None when a mistake leaves that open).
Placed = tuple[Path, Values, "list[str] | None"]


def check(routes: Sequence[Placed], dialers: Sequence[str], findings: Findings) -> None:
    """Add the mistakes of all patterns and tests to ``findings``."""
    _patterns(routes, findings)
    _tests(routes, dialers, findings)


def _mistake(pattern: str, prefix: str) -> str:
    """Return what is wrong with one pattern, to follow it in a sentence; empty when nothing is."""
    if re.search(r"\[[^\[\]]*\[|^[^\[]*\]|\][^\[\]]*\]", pattern):
        return "has brackets that do not pair"
    if "[]" in pattern:
        return "has an empty set '[]'"
    if re.search(r"[.!].", re.sub(r"\[[^\[\]]*\]", "X", pattern)):
        return "may have '.' or '!' at its end only"
    if not prefix and pattern[0] in ".!":
        return "without a dial prefix would also match Asterisk's special extensions h, i, s and t"
    try:
        return "" if patterns.parse("_" + pattern) else "matches no number"
    except ValueError as mistake:
        return str(mistake)


def _patterns(routes: Sequence[Placed], findings: Findings) -> None:
    """Check that every pattern can match, and that on no dialer a number is matched by two."""
    seen: list[tuple[str, str, str, Placed]] = []  # extension, pattern, dial prefix, the route
    for placed in routes:
        path, route, place = placed
        prefix = route["dial_prefix"]
        for index, pattern in enumerate(route["patterns"] if route["patterns"] is not INVALID else ()):
            here = (*path, "patterns", index)
            if pattern is INVALID:
                continue
            mistake = _mistake(pattern, "unknown" if prefix is INVALID else prefix)
            if mistake:
                findings.add(here, f"{findings.show(pattern)} {mistake}")
                continue
            if prefix is INVALID:
                continue
            extension = f"_{prefix}{pattern}"
            for other, other_pattern, other_prefix, (other_path, other_route, other_place) in seen:
                if place is not None and other_place is not None and not set(place) & set(other_place):
                    continue
                if not patterns.overlaps(extension, other) or (other_path == path and other_pattern == pattern):
                    continue
                name = other_route["name"]
                where = (
                    "of the same route"
                    if other_path == path
                    else (
                        f"of route {findings.show(name)}"
                        if name is not INVALID
                        else f"of dialer_routes[{other_path[-1]}]"
                    )
                )
                findings.add(
                    here,
                    f"{prefix + pattern!r} (dial prefix and pattern) and {other_prefix + other_pattern!r} {where} "
                    "match the same numbers",
                )
            seen.append((extension, pattern, prefix, placed))


def _tests(routes: Sequence[Placed], dialers: Sequence[str], findings: Findings) -> None:
    """Check that each test names a described route, and that its number reaches that route by the patterns.

    A test is made on each dialer that has its route, among the routes of that dialer.
    """
    routes = [placed for placed in routes if placed[1]["enabled"] is not False]  # nothing answers for those
    known = [route["name"] for _path, route, _place in routes if route["name"] is not INVALID]
    answering = {dialer: _extensions(routes, dialer) for dialer in (None, *dialers)}
    before: dict[tuple[str | None, str], str] = {}  # (dialer, number): what an earlier test says
    for path, route, place in routes:
        for index, test in enumerate(route["tests"] if route["tests"] is not INVALID else ()):
            reaches = INVALID if test is INVALID else test["reaches"]
            here = (*path, "tests", index, "reaches")
            if reaches is INVALID:
                continue
            if reaches != "none" and reaches not in known:
                hint = suggest(reaches, known) or f"; known are {', '.join(dict.fromkeys(known)) or 'none'}"
                findings.add(here, f"no route {findings.show(reaches)}{hint}")
            elif test["dial"] is not INVALID:
                failing: dict[str, list[str | None]] = {}
                for dialer in [None] if place is None else place:
                    sentence = _answer(test, answering[dialer])
                    if not sentence and (earlier := before.setdefault((dialer, test["dial"]), reaches)) != reaches:
                        sentence = f"{test['dial']!r} is in a test already, which says {earlier!r}, not {reaches!r}"
                    failing.setdefault(sentence, []).append(dialer)
                for sentence, where in failing.items():
                    on = "" if None in where or len(where) == len(dialers) else f"on {', '.join(map(str, where))}: "
                    if sentence:
                        findings.add(here, on + sentence)


def _extensions(routes: Sequence[Placed], dialer: str | None) -> dict[str, tuple[str, str]] | None:
    """Return {extension: (route name, dial prefix)} of the dialer's routes, of all routes without one.

    None where a mistake leaves open what answers a number.
    """
    found = {}
    for _path, route, place in routes:
        if dialer is not None and place is not None and dialer not in place:
            continue
        if INVALID in (route["name"], route["dial_prefix"], route["patterns"]):
            return None
        for pattern in route["patterns"]:
            if pattern is INVALID or _mistake(pattern, route["dial_prefix"]):
                return None
            found[f"_{route['dial_prefix']}{pattern}"] = (route["name"], route["dial_prefix"])
    return found


def _answer(test: Values, extensions: Mapping[str, tuple[str, str]] | None) -> str:
    """Return how the answer to the test's number differs from what the test says; empty when it does not.

    Whole numbers may be a dialer's own extensions, which come before the routes: only the running dialplan can tell.
    """
    if extensions is None:
        return ""
    number, wanted = test["dial"], test["reaches"]
    extension = patterns.winner(extensions, number)
    if extension is None:
        if wanted == "none":
            return ""
        own = ", ".join(repr(one[1:]) for one, (name, _prefix) in extensions.items() if name == wanted)
        why = f"which answers {own} (dial prefix and pattern)" if own else "which is not on this dialer"
        return f"{number!r} reaches no route, not {wanted!r}, {why}"
    route, prefix = extensions[extension]
    if route != wanted and not (wanted == "none" and prefix == ""):
        return (
            f"{number!r} reaches route {route!r} by {extension[1:]!r} (dial prefix and pattern), "
            f"not {wanted if wanted == 'none' else repr(wanted)}"
        )
    return ""
