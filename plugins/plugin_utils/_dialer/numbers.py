# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the numbers of a plan's routes with the extensions that a dialer's running dialplan has already.

Asterisk searches contexts one after the other and takes the first extension that matches, however wide it is. So an
extension that is searched before the routes keeps its numbers whatever the routes' patterns are, and one that is
searched after them loses those that a route matches. Rows in the routes' own context are compared by the module
``vicidial_carriers``. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan

SHOWN = 6  # extensions that a message names

Known = Mapping[str, Any]  # an entry of dialer_info's patterns


def against_dialplan(plan: Plan, state: Known) -> tuple[list[str], list[str]]:
    """Return (errors, warnings) about the routes' patterns; ``state`` is what dialer_info returns as ``dialer``."""
    known = [
        one
        for one in state.get("patterns") or ()
        if not one.get("managed") and one.get("context") != vicidial.CARRIERS_CONTEXT
    ]
    errors: list[str] = []
    warnings: list[str] = []
    for route in plan.routes:
        elsewhere: dict[str, Known] = {}
        for number, extension in enumerate(route.extensions):
            path = f"{route.path}.patterns[{number}]"
            meeting = [one for one in known if patterns.meet(extension, one["pattern"])]
            before = [one for one in meeting if one.get("before", True)]
            # An adopted dialplan had these patterns before, and its route has to keep them.
            found = warnings if route.adopt else errors
            found += _unreachable(path, extension, before)
            found += _shadowing(path, extension, [one for one in meeting if one not in before])
            if plan.mode == "vicidial":
                errors += _swallowed(path, extension, before)
            elsewhere.update((f"{one['context']} {one['pattern']}", one) for one in before)
        if elsewhere:
            warnings.append(
                f"route {route.name!r}: calls to some of its numbers go elsewhere, today and with this route: those to "
                f"{_listed(elsewhere.values())}, which Asterisk looks up first"
            )
    return errors, warnings


def _unreachable(path: str, extension: str, before: Sequence[Known]) -> list[str]:
    """Return an error when one extension takes every number of the pattern."""
    return [
        f"{path}: no call would reach {extension!r}, because Asterisk looks up {one['pattern']!r} of context "
        f"{one['context']!r} first, which matches all of its numbers: choose another dial prefix or pattern"
        for one in before
        if patterns.covers(one["pattern"], extension)
    ][:1]


def _shadowing(path: str, extension: str, after: Sequence[Known]) -> list[str]:
    """Return an error when extensions that are reached today would lose numbers to the route."""
    if not after:
        return []
    return [
        f"{path}: {extension!r} would take numbers of {_listed(after)}, which Asterisk looks up after the routes: "
        "write narrower patterns, or include that context before the routes'"
    ]


def _swallowed(path: str, extension: str, before: Sequence[Known]) -> list[str]:
    """Return an error when the route would take numbers of VICIdial's own that nothing before it answers."""
    lost = [
        f"{number} ({what})"
        for number, what in vicidial.OWN_NUMBERS
        if patterns.matches(extension, number) and not any(patterns.matches(one["pattern"], number) for one in before)
    ]
    if not lost:
        return []
    return [
        f"{path}: {extension!r} would send {' and '.join(lost)} to a carrier, because nothing in context 'default' "
        "answers it first: add VICIdial's own extensions there (extensions.conf), or write narrower patterns"
    ]


def _listed(known: Iterable[Known]) -> str:
    """Name extensions by their contexts, a few of each."""
    by_context: dict[str, list[str]] = {}
    for one in known:
        by_context.setdefault(one["context"], []).append(one["pattern"])
    told = []
    for context, found in by_context.items():
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        told.append(f"{', '.join(found[:SHOWN])}{more} of context {context!r}")
    return "; ".join(told)
