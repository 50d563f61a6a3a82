# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of routes: their trunks and dialers, Dial options, strategy, applications and campaigns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import dial_options, pattern_checks, schema
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
        if isinstance(route["trunks"], list):
            _members(path, route, known, refused, findings)
            _overrides(path, route, known, vicidial, findings)
            _reach(path, route, known, dialers, findings)
        _applications(path, route, vicidial, findings)
        check_causes(path, route, findings)
    _campaigns(routes, findings)
    pattern_checks.check([(path, route, _place(route, known, dialers)) for path, route in routes], dialers, findings)


def _members(path: Path, route: Values, known: dict, refused: list[str] | None, findings: Findings) -> None:
    """Check that the route's trunks exist, are listed once, and have what its strategy and failover need."""
    found, seen = [], set()
    for index, member in enumerate(route["trunks"]):
        here = (*path, "trunks", index)
        name = INVALID if member is INVALID else member["name"]
        if name is INVALID:
            continue
        if name not in known:
            if refused is not None and name not in refused:
                findings.add((*here, "name"), f"no trunk {findings.show(name)}{suggest(name, known) or _listed(known)}")
        elif name in seen:
            findings.add(
                (*here, "name"),
                f"{name!r} is listed twice: a route tries each trunk once; for a second prefix, describe a second "
                "route with a dial prefix or patterns of its own",
            )
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


def _overrides(path: Path, route: Values, known: dict, vicidial: bool, findings: Findings) -> None:
    """Check what the route sets for its trunks in place of their own."""
    for index, member in enumerate(route["trunks"]):
        if member is INVALID:
            continue
        here = (*path, "trunks", index)
        if member["number"] not in (None, INVALID):
            for key in ("strip", "prefix"):
                if member[key] not in (None, INVALID):
                    findings.add((*here, key), "must be left out with number, which replaces the whole called number")
        if member["name"] in known:
            dial_options.check(here, member["dial_options"], known[member["name"]][1], vicidial, findings)


def _place(route: Values, known: dict, dialers: Sequence[str]) -> list[str] | None:
    """Return the dialers that have the route: of its ``servers``, those that have one of its enabled trunks, or any of
    its trunks while the route itself is disabled.

    None when a mistake leaves that open, or no dialer is known.
    """
    servers, members = route["servers"], route["trunks"]
    if not dialers or INVALID in (servers, members):
        return None
    if any(member is INVALID or member["name"] not in known for member in members):
        return None
    trunks = [known[member["name"]][1] for member in members]
    if any(INVALID in (trunk["enabled"], trunk["servers"]) for trunk in trunks):
        return None
    having = [trunk["servers"] for trunk in trunks if trunk["enabled"] or route["enabled"] is False]
    wanted = dialers if isinstance(servers, str) else [dialer for dialer in dialers if dialer in servers]
    return [dialer for dialer in wanted if any(isinstance(one, str) or dialer in one for one in having)]


def _reach(path: Path, route: Values, known: dict, dialers: Sequence[str], findings: Findings) -> None:
    """Check that some dialer has the route, and that each dialer that it names has one of its trunks."""
    place = _place(route, known, dialers)
    if place is None:
        return
    names = [member["name"] for member in route["trunks"]]
    resting = route["enabled"] is False
    if not resting and not any(known[name][1]["enabled"] for name in names):
        which = f"its only trunk {names[0]!r} is" if len(names) == 1 else f"its trunks {', '.join(names)} are all"
        about = "the route" if route["name"] is INVALID else f"route {findings.show(route['name'])}"
        findings.add(
            (*path, "trunks"),
            f"must name a trunk that is enabled, but {which} disabled: enable or add one, or disable {about}, too "
            "(enabled: false)",
        )
        return
    for index, dialer in enumerate(route["servers"] if isinstance(route["servers"], list) else ()):
        if dialer in dialers and dialer not in place:
            findings.add(
                (*path, "servers", index),
                f"{dialer!r} has none of the route's {'' if resting else 'enabled '}trunks (see their servers): add a "
                "trunk that it has, or take it out",
            )


def without(routes: Entries, trunks: Entries, dialers: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return (route, the dialers that lack it because they have none of its trunks) of enabled routes for all dialers.

    For a description without mistakes.
    """
    known = {trunk["name"]: (path, trunk) for path, trunk in trunks}
    found = []
    for _path, route in routes:
        if route["enabled"] and isinstance(route["servers"], str):
            place = _place(route, known, dialers) or []
            found.append((route["name"], [dialer for dialer in dialers if dialer not in place]))
    return [(name, missing) for name, missing in found if missing]


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
