# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the request of asterisk_generation for one dialer, from its plan and the rows in the database. Pure."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks, peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL, TRUNK_FILES
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import ROWS
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import health, render, rows


def active(plan: Plan) -> set[str]:
    """Return the names of the enabled trunks and routes."""
    return {trunk.name for trunk in plan.trunks if trunk.enabled} | {route.name for route in plan.routes}


def dropped(plan: Plan) -> list[str]:
    """Return the prefixes of paths that are removed even without pruning: those of disabled trunks, and of other
    protocols that a trunk may have had before."""
    if plan.mode == "vicidial":
        return list(TRUNK_FILES)
    return ["rows/"] + [
        f"{directory}{trunk.name}.conf"
        for trunk in plan.trunks
        for directory in TRUNK_FILES
        if not trunk.enabled or f"{directory}{trunk.name}.conf" != render.trunk_file(trunk)
    ]


def rows_of(carriers: Mapping[str, Any], names: set[str], server_ip: str) -> dict[str, dict[str, int | None]]:
    """Return what the running Asterisk must hold of this dialer's rows: {name: revision, or None for a removed one}.

    ``carriers`` is the result of vicidial_carriers. Rows whose step was not done in that call are left out.
    ``names``: as C(active) returns.
    """
    found: dict[str, dict[str, int | None]] = {"trunk": {}, "route": {}}
    steps = carriers.get("steps") or []
    for row in carriers.get("carriers", []):
        kind, action = row["kind"], row["action"]
        if row["server_ip"] not in (server_ip, EVERY_DIALER):
            continue
        if action in ("removed", "deactivated"):
            # If another row of the same trunk replaces this one, the peer stays.
            if f"{kind}_removals" in steps:
                found[kind].setdefault(row["name"], None)
        elif row["name"] in names and (action == "unchanged" or f"{kind}s" in steps):
            found[kind][row["name"]] = row["revision"]
    return {"peers": found["trunk"], "routes": found["route"]}


def restored(carriers: Mapping[str, Any], server_ip: str) -> dict[str, Any]:
    """Return what the running Asterisk must hold once rows of this dialer that were rolled back are in force.

    ``carriers`` is the result of vicidial_carriers in a state that rolls back.
    """
    here = [row for row in carriers.get("restored") or [] if row["server_ip"] in (server_ip, EVERY_DIALER)]
    here.sort(key=lambda row: row["revision"] is not None)  # a row that replaces another one of its name comes last
    return {
        "peers": {row["name"]: row["revision"] for row in here if row["kind"] == "trunk"},
        "routes": {row["name"]: row["revision"] for row in here if row["kind"] == "route"},
        "technologies": {row["name"]: row["technology"] for row in here if row["kind"] == "trunk"},
    }


def means_rows(plan: Plan, carriers: Mapping[str, Any], by_tags: bool) -> bool:
    """Return whether the generation records the rows of the description, which it does if the run writes them.

    ``carriers`` is the result of vicidial_carriers, ``by_tags`` whether the run's tags select rows. In asterisk mode
    there are no rows, which is recorded.
    """
    return by_tags and (plan.mode == "asterisk" or "carriers" in carriers)


def tests_of(plan: Plan, carriers: Mapping[str, Any], server_ip: str) -> dict[str, Any]:
    """Return the route tests for the module, see module_utils/_asterisk/route_tests; empty for none.

    In vicidial mode, calls reach a route by its row, which the run writes after the files.
    """
    cases = {test.dial: test.reaches for route in plan.routes for test in route.tests}
    if not cases:
        return {}
    written = rows_of(carriers, {route.name for route in plan.routes}, server_ip)["routes"]
    vicidial = plan.mode == "vicidial"
    waiting = [route.name for route in plan.routes if vicidial and written.get(route.name) is None]
    leaving = [
        row["name"]
        for row in carriers.get("carriers", [])
        if row["kind"] == "route" and row["server_ip"] == server_ip and row["action"] in ("removed", "deactivated")
    ]
    if "route_removals" in (carriers.get("steps") or []):
        leaving = []
    return {
        "mode": plan.mode,
        "cases": sorted(cases.items()),
        "routes": {route.name: list(route.extensions) for route in plan.routes},
        "waiting": waiting,
        "leaving": leaving,
    }


def request(
    plan: Plan,
    parts: Sequence[str],
    server_ip: str,
    *,
    carriers: Mapping[str, Any],
    with_rows: bool,
    let_in: Sequence[str],
    transports: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the request of the module, see module_utils/_generation/composition and commit.

    ``carriers`` is the result of vicidial_carriers, or empty; ``with_rows``: as C(means_rows) returns; ``let_in`` and
    ``transports``: arguments of C(render.files). Raises DeckError if the rate decks together are too large.
    """
    files = {part: render.files(plan, part, let_in, transports) for part in parts if part != "health"}
    if "health" in parts:
        files["health"] = health.files(plan)
    if with_rows:
        files[ROWS] = rows.kept(rows.desired(plan, server_ip)) if plan.mode == "vicidial" else {}
    inbound = "dialplan" in parts and plan.inbound and render.inbound_contexts(plan)
    return {
        "parts": list(files),
        "files": files,
        "base": render.base_files(),
        "shipped": render.SHIPPED,
        # A context is kept as long as a row leads to it.
        "prune": plan.prune and not (carriers.get("pending") or {}).get("route_removals"),
        "drop": dropped(plan),
        "rows": {
            **rows_of(carriers, active(plan), server_ip),
            "technologies": {trunk.name: BY_PROTOCOL[trunk.protocol].name for trunk in plan.trunks},
            "steps": {
                route.name: loaded_checks.steps(render.dialplan_entry(plan, route)) for route in plan.routes
            }
            if plan.mode == "vicidial"
            else {},
            "options": {
                trunk.name: dict(peer_options.described(render.peer(trunk))) for trunk in plan.trunks if trunk.enabled
            },
        },
        "inbound": {
            "contexts": render.inbound_contexts(plan),
            "numbers": [(entry.path, entry.did, entry.numbers) for entry in plan.inbound],
        }
        if inbound
        else {},
        "tests": tests_of(plan, carriers, server_ip) if "dialplan" in parts else {},
    }
