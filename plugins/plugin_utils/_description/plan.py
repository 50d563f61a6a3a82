# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the plan: read the whole description, check it, fill in defaults, and return it as a plain structure.

Pure: no Ansible, no dialer, no database. All mistakes are reported at once, each with its path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import checks, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import dids, rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import (
    Breaker, Db, Firewall, Goto, Health, Inbound, Member, Plan, PlanError, Qualify, Route, RouteTest, Rtp, Trunk)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID, plain, walk

__all__ = [
    "ALL_PARTS",
    "Breaker",
    "Db",
    "Firewall",
    "Goto",
    "Health",
    "Inbound",
    "Member",
    "Plan",
    "PlanError",
    "Qualify",
    "Route",
    "RouteTest",
    "Rtp",
    "Trunk",
    "build",
]

ALL_PARTS = frozenset({*layout.PARTS, layout.ROWS})
PARTS_WITH_TRUNKS = ALL_PARTS - {"rtp", "firewall", "health"}


def build(
    description: Mapping[str, Any],
    dialers: Sequence[str],
    parts: Collection[str] = ALL_PARTS,
    read_file: Callable[[str], str] | None = None,
) -> Plan:
    """Return the plan of the description, complete with defaults.

    ``description`` holds the variables as in the inventory (``dialer_mode``, ``dialer_trunks`` …); a missing key or
    None is an unset variable, and keys that do not begin with ``dialer_`` are ignored. ``dialers`` are the
    inventory names that ``servers`` may list. ``parts`` are the roles that the plan is for: most need trunks.
    ``read_file`` returns the text of a file that the description names (a rate deck), or raises OSError.

    Raises PlanError with every mistake, in the document's order; ValueError when a part does not exist.
    """
    unknown = sorted(set(parts) - ALL_PARTS)
    if unknown:
        raise ValueError(f"no such part: {', '.join(unknown)}; there are {', '.join(sorted(ALL_PARTS))}")
    document = plain({key: value for key, value in description.items() if str(key).startswith("dialer_")})
    findings = Findings(document)
    for key in document:
        if key not in schema.TOP and key not in schema.OTHERS:
            hint = suggest(key, (*schema.TOP, *schema.OTHERS), common="dialer_")
            hint = hint or f"; known are {', '.join(schema.TOP)}"
            findings.add((key,), f"unknown variable{hint}")
    values = {key: walk(field, document.get(key), (key,), findings) for key, field in schema.TOP.items()}
    if not values["dialer_trunks"] and PARTS_WITH_TRUNKS & set(parts):
        findings.add(("dialer_trunks",), "must describe at least one trunk")
    names = [str(name) for name in dialers]
    decks = _decks(values, read_file, findings)
    remarks = checks.check(values, document, names, findings)
    if findings:
        raise PlanError(findings.sentences(), findings.mistakes())
    return _plan(values, decks, names, remarks)


def _decks(
    values: dict[str, Any], read_file: Callable[[str], str] | None, findings: Findings
) -> dict[str, str]:
    """Return {path: text} of the rate decks; each bad line of a deck becomes a finding."""
    decks: dict[str, str] = {}
    for path, trunk in checks.entries(values, "dialer_trunks"):
        deck = trunk["rates"]
        if not deck or deck is INVALID:
            continue
        here = (*path, "rates")
        try:
            text = decks[deck] if deck in decks else _read(read_file, deck)
            rates.read(text)
        except (OSError, ValueError) as problem:
            for sentence in getattr(problem, "mistakes", [f"cannot be read: {getattr(problem, 'strerror', problem)}"]):
                findings.add(here, f"{deck}: {sentence}")
        else:
            decks[deck] = text
    return decks


def _read(read_file: Callable[[str], str] | None, path: str) -> str:
    if read_file is None:
        raise OSError(0, "files cannot be read here")
    return read_file(path)


def _plan(values: dict[str, Any], decks: dict[str, str], dialers: list[str], remarks: checks.Remarks) -> Plan:
    """Return the plan of values that passed all checks."""
    asterisk = values["dialer_mode"] == "asterisk"
    routes = [_route(one, number) for number, one in enumerate(values["dialer_routes"])]
    firewall = values["dialer_firewall"]
    return Plan(
        mode=values["dialer_mode"],
        trunks=tuple(_trunk(one, number, decks) for number, one in enumerate(values["dialer_trunks"])),
        routes=tuple(route for route in routes if route.enabled),
        resting=tuple(route for route in routes if not route.enabled),
        inbound=_inbound(values["dialer_inbound"]) if asterisk else (),
        rtp=Rtp(**values["dialer_rtp"]) if values["dialer_rtp"] else None,
        firewall=_firewall(firewall) if firewall and firewall["backend"] != "none" else None,
        health=_health(values["dialer_health"]),
        db=Db(**values["dialer_db"]) if values["dialer_db"] else None,
        prune=values["dialer_prune"],
        dialers=tuple(dialers),
        notes=tuple(remarks.notes),
        warnings=tuple(remarks.warnings),
    )


def _inbound(entries: Sequence[dict[str, Any]]) -> tuple[Inbound, ...]:
    given = [entry["did"] for entry in entries]
    return tuple(
        Inbound(
            entry["did"], Goto(*entry["goto"].split(",")), dids.forms(entry["did"], given), f"dialer_inbound[{number}]"
        )
        for number, entry in enumerate(entries)
    )


def _trunk(values: dict[str, Any], number: int, decks: dict[str, str]) -> Trunk:
    complete = {key: _frozen(value) for key, value in values.items()}
    complete["rates"] = decks.get(values["rates"])
    complete["qualify"] = Qualify(**values["qualify"])
    settings = values["settings"] or {}
    complete["settings"] = {option: value for option, value in settings.items() if not isinstance(value, dict)}
    complete["objects"] = {name: options for name, options in settings.items() if isinstance(options, dict)}
    complete["signalling"] = complete["signalling"] or (values["host"],)
    return Trunk(**complete, path=f"dialer_trunks[{number}]")


def _route(values: dict[str, Any], number: int) -> Route:
    complete = {key: _frozen(value) for key, value in values.items()}
    complete["trunks"] = tuple(Member(**member) for member in values["trunks"])
    complete["tests"] = tuple(
        RouteTest(test["dial"], None if test["reaches"] == "none" else test["reaches"]) for test in values["tests"]
    )
    complete["max_attempts"] = values["max_attempts"] or len(values["trunks"])
    return Route(**complete, path=f"dialer_routes[{number}]")


def _firewall(values: dict[str, Any]) -> Firewall:
    return Firewall(**{key: _frozen(value) for key, value in values.items()})


def _health(values: dict[str, Any] | None) -> Health | None:
    if not values or not values["enabled"]:
        return None
    given = {key: value for key, value in values.items() if key not in ("enabled", "breaker")}
    return Health(**given, breaker=Breaker(**values["breaker"]) if values["breaker"] else None)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
