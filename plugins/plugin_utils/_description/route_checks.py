# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of routes: their trunks, strategy, patterns, applications, campaigns and tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID

Values = Mapping[str, Any]
Entries = list[tuple[Path, Values]]


def check(
    routes: Entries,
    trunks: Entries,
    refused: list[str] | None,
    dialers: Sequence[str],
    vicidial: bool,
    findings: Findings,
) -> None:
    """Add the mistakes of all routes to ``findings``.

    ``refused`` are the names of trunks that are described but were refused; None when that could be any name.
    """
    known = {trunk["name"]: (path, trunk) for path, trunk in reversed(trunks) if trunk["name"] is not INVALID}
    for path, route in routes:
        if route["dial_prefix"] == "" and vicidial:
            findings.add(
                (*path, "dial_prefix"), "must be 1 to 20 digits in vicidial mode, where a blank prefix means 9"
            )
        if isinstance(route["trunks"], list):
            _members(path, route, known, refused, dialers, findings)
        _applications(path, route, vicidial, findings)
        check_causes(path, route, findings)
    _patterns(routes, findings)
    _campaigns(routes, findings)
    _tests(routes, findings)


def _members(
    path: Path, route: Values, known: dict, refused: list[str] | None, dialers: Sequence[str], findings: Findings
) -> None:
    """Check that the route's trunks exist, are listed once, and have what its strategy and failover need."""
    found, complete, seen = [], True, set()
    for index, member in enumerate(route["trunks"]):
        here = (*path, "trunks", index)
        name = INVALID if member is INVALID else member["name"]
        if name is INVALID:
            complete = False
        elif name not in known:
            complete = False
            if refused is not None and name not in refused:
                findings.add((*here, "name"), f"no trunk {findings.show(name)}{suggest(name, known) or _listed(known)}")
        elif name in seen:
            findings.add((*here, "name"), f"{name!r} is listed twice")
        else:
            found.append(known[name])
            seen.add(name)
    count, attempts = len(route["trunks"]), route["max_attempts"]
    if isinstance(attempts, int) and attempts > count:
        findings.add(
            (*path, "max_attempts"), f"must be from 1 to {count}, the number of the route's trunks, not {attempts}"
        )
    _weights(path, route, findings)
    _strategy(route, found, findings)
    if complete:
        _reach(path, route, [trunk for _path, trunk in found], dialers, findings)
    usable = [(where, trunk) for where, trunk in found if trunk["enabled"] is True]
    if len(usable) > 1 and attempts != 1:
        for where, trunk in usable:
            if isinstance(trunk["qualify"], dict) and trunk["qualify"]["enabled"] is False:
                findings.add(
                    (*where, "qualify", "enabled"),
                    f"must be true, because route {findings.show(route['name'])} fails "
                    "over and has to know which of its trunks respond"
                    if route["name"] is not INVALID
                    else "must be true, because the trunk is in a route that fails over",
                )


def _listed(known: Mapping[str, Any]) -> str:
    return f"; known are {', '.join(reversed(list(known))) or 'none'}"


def _weights(path: Path, route: Values, findings: Findings) -> None:
    if route["strategy"] != "weighted":
        return
    weights = []
    for index, member in enumerate(route["trunks"]):
        weight = INVALID if member is INVALID else member["weight"]
        if weight is None:
            findings.add((*path, "trunks", index, "weight"), "is required by strategy 'weighted'")
        weights.append(weight)
    if weights and all(weight == 0 for weight in weights):
        findings.add((*path, "trunks"), "must not all have the weight 0 with strategy 'weighted'")


def _strategy(route: Values, found: Entries, findings: Findings) -> None:
    for where, trunk in found:
        if route["strategy"] == "least_cost" and trunk["cost_per_minute"] is None and not trunk["rates"]:
            findings.add((*where, "cost_per_minute"), "or rates is required by strategy 'least_cost'")
        if route["strategy"] == "least_used" and trunk["max_calls"] == 0 and not trunk["max_calls_cluster"]:
            findings.add((*where, "max_calls"), "must be at least 1 for strategy 'least_used', not 0")


def check_causes(path: Path, entry: Values, findings: Findings) -> None:
    """Refuse causes after which failover would ring a busy or answered customer again. For routes and trunks."""
    for index, cause in enumerate(entry["fail_over_causes"] if entry["fail_over_causes"] is not INVALID else ()):
        if cause in schema.NEVER_GO_ON:
            findings.add(
                (*path, "fail_over_causes", index),
                f"must not be {cause}: the next trunk would ring a customer who is busy or has hung up",
            )


def _reach(path: Path, route: Values, trunks: list[Values], dialers: Sequence[str], findings: Findings) -> None:
    """Each dialer has an enabled trunk of the route: its campaigns run on all of them."""
    if any(INVALID in (trunk["enabled"], trunk["servers"]) for trunk in trunks):
        return
    enabled = [trunk["servers"] for trunk in trunks if trunk["enabled"]]
    if not enabled:
        findings.add((*path, "trunks"), "must name at least one trunk that is enabled")
        return
    for dialer in dialers:
        if not any(isinstance(servers, str) or dialer in servers for servers in enabled):
            findings.add((*path, "trunks"), f"must name at least one enabled trunk that dialer {dialer!r} has")


def _applications(path: Path, route: Values, vicidial: bool, findings: Findings) -> None:
    for index, application in enumerate(route["before_dial"] if route["before_dial"] is not INVALID else ()):
        if application is INVALID:
            continue
        here = (*path, "before_dial", index)
        if not _balanced(application):
            findings.add(here, f"has brackets that do not pair: {findings.show(application)}")
        elif vicidial and re.match(r"(?i)m?set\(.*callerid\((name|all)", application):
            findings.add(
                here,
                "must not change the caller ID name, by which VICIdial identifies the call, "
                f"as {findings.show(application)} does",
            )


def _balanced(text: str) -> bool:
    """Return whether brackets of each kind close in the reverse order of opening."""
    closing, expected = {"(": ")", "[": "]", "{": "}"}, []
    for character in text:
        if character in closing:
            expected.append(closing[character])
        elif character in closing.values() and (not expected or expected.pop() != character):
            return False
    return not expected


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


def _patterns(routes: Entries, findings: Findings) -> None:
    """Check that every pattern can match and that no number is matched by two."""
    seen: list[tuple[str, str, Path, Any, str]] = []  # extension, pattern, its route's path, the route's name, prefix
    for path, route in routes:
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
            for other, other_pattern, other_path, name, other_prefix in seen:
                if not patterns.overlaps(extension, other) or (other_path == path and other_pattern == pattern):
                    continue
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
            seen.append((extension, pattern, path, route["name"], prefix))


def _campaigns(routes: Entries, findings: Findings) -> None:
    used: dict[str, Path] = {}
    for path, route in routes:
        for index, campaign in enumerate(route["campaigns"] if route["campaigns"] is not INVALID else ()):
            if campaign is INVALID:
                continue
            other = used.setdefault(campaign.lower(), path)
            if other != path:
                findings.add(
                    (*path, "campaigns", index),
                    f"{campaign!r} is already a campaign of dialer_routes[{other[-1]}], "
                    "and a campaign dials one prefix",
                )


def _tests(routes: Entries, findings: Findings) -> None:
    """Check that each test names a described route, and that its number reaches that route by the patterns."""
    routes = [(path, route) for path, route in routes if route["enabled"] is not False]  # nothing answers for those
    known = [route["name"] for _path, route in routes if route["name"] is not INVALID]
    extensions = _extensions(routes)
    for path, route in routes:
        for index, test in enumerate(route["tests"] if route["tests"] is not INVALID else ()):
            reaches = INVALID if test is INVALID else test["reaches"]
            here = (*path, "tests", index, "reaches")
            if reaches is INVALID:
                continue
            if reaches != "none" and reaches not in known:
                hint = suggest(reaches, known) or _listed(dict.fromkeys(known[::-1]))
                findings.add(here, f"no route {findings.show(reaches)}{hint}")
            elif test["dial"] is not INVALID and extensions is not None:
                _answer(here, test, extensions, findings)


def _extensions(routes: Entries) -> dict[str, str] | None:
    """Return {extension: route name} of all routes; None where a mistake leaves open what answers a number."""
    found = {}
    for _path, route in routes:
        if INVALID in (route["name"], route["dial_prefix"], route["patterns"]):
            return None
        for pattern in route["patterns"]:
            if pattern is INVALID or _mistake(pattern, route["dial_prefix"]):
                return None
            found[f"_{route['dial_prefix']}{pattern}"] = route["name"]
    return found


def _answer(here: Path, test: Values, extensions: Mapping[str, str], findings: Findings) -> None:
    """Check that the route which answers the test's number is the one that the test names."""
    number, wanted = test["dial"], test["reaches"]
    extension = patterns.winner(extensions, number)
    if extension is None:
        if wanted != "none":
            theirs = ", ".join(repr(one[1:]) for one, name in extensions.items() if name == wanted)
            findings.add(
                here, f"{number!r} reaches no route, not {wanted!r}, which answers {theirs} (dial prefix and pattern)"
            )
    elif extensions[extension] != wanted:
        findings.add(
            here,
            f"{number!r} reaches route {extensions[extension]!r} by {extension[1:]!r} (dial prefix and pattern), "
            f"not {wanted if wanted == 'none' else repr(wanted)}",
        )
