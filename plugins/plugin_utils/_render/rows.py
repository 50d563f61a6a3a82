# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a dialer's plan to the rows that VICIdial's database should hold for it."""
from __future__ import annotations

import json
from dataclasses import replace
from math import ceil
from typing import Any, Iterable

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER, NO_PREFIX
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan, Route, Trunk


def trunk_row(trunk: Trunk, server_ip: str) -> dict[str, Any]:
    """A trunk's carrier row on one dialer: the peer, its registration, and the global by which dialplans call it."""
    technology = BY_PROTOCOL[trunk.protocol].name
    return {
        "name": trunk.name,
        "kind": "trunk",
        "server_ip": server_ip,
        "carrier_name": trunk.name,
        "registration_string": render.registration(trunk),
        "account_entry": render.peer(trunk).strip(),
        "protocol": technology,
        "globals_string": f"TRUNK{trunk.name} = {technology}/{trunk.name}",
        "dialplan_entry": "",
        "active": trunk.enabled,
        "description": trunk.description,
        **_adopting(trunk),
    }


def _adopting(trunk: Trunk) -> dict[str, Any]:
    """For a trunk that takes rows over: which, and its registration in our words, by which one of ours is known."""
    if not trunk.adopt:
        return {}
    return {"adopt": list(trunk.adopt), "own_registration": render.registration(replace(trunk, register=True))}


def route_row(plan: Plan, route: Route, server_ip: str) -> dict[str, Any]:
    """A route's carrier row on one dialer: only its way into the route's context; it has no peer of its own."""
    trunks = render.route_trunks(plan, route)
    return {
        "name": route.name,
        "kind": "route",
        "server_ip": server_ip,
        "carrier_name": f"route {route.name}",
        "registration_string": "",
        "account_entry": "",
        "protocol": BY_PROTOCOL[trunks[0].protocol].name,
        "globals_string": "",
        "dialplan_entry": render.dialplan_entry(plan, route).strip(),
        "active": route.enabled,
        "description": f"prefix {route.dial_prefix or 'none'}, {route.strategy}",
        **({"adopt": list(route.adopt)} if route.adopt else {}),
    }


def desired(plan: Plan, server_ip: str) -> list[dict[str, Any]]:
    """Every row that this dialer should have, in the form that the module vicidial_carriers takes."""
    return [
        trunk_row(trunk, EVERY_DIALER if trunk.servers == "cluster" else server_ip) for trunk in plan.trunks
    ] + [route_row(plan, route, server_ip) for route in (*plan.routes, *plan.resting)]


def kept(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The files of a generation that hold these rows, by their path: what a roll-back puts into the database again.

    Of a disabled trunk only that it is so: its row keeps everything else, whatever that is.
    """
    files = {}
    for row in rows:
        if not row["active"]:
            row = {key: row[key] for key in ("name", "kind", "server_ip", "active")}
        files[f"rows/{row['kind']}-{row['name']}.json"] = json.dumps(row, indent=1, sort_keys=True) + "\n"
    return files


def capacity(plan: Plan) -> int | None:
    """Concurrent calls that the trunks of the plan's routes may have on this dialer; None when there is no limit."""
    used = {trunk.name: trunk.max_calls for route in plan.routes for trunk in render.route_trunks(plan, route)}
    return sum(used.values()) if used and all(used.values()) else None


def campaigns(plan: Plan) -> list[dict[str, Any]]:
    """The campaigns that opted in, each with the dial prefix of its route."""
    return [
        {"campaign_id": campaign, "dial_prefix": route.dial_prefix or NO_PREFIX}
        for route in plan.routes
        for campaign in route.campaigns
    ]


def longest_waits(plan: Plan) -> dict[str, int]:
    """{dial prefix: seconds, rounded up, that a call of that route waits when no trunk that it may try says a word}."""
    found: dict[str, int] = {}
    for route in plan.routes:
        longest = ceil(causes.longest_wait(render.route_trunks(plan, route), route.max_attempts))
        found[route.dial_prefix] = max(longest, found.get(route.dial_prefix, 0))
    return found
