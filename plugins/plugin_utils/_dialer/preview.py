# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicts by which trunk a call to a number would go out. Pure.

The running dialplan says which trunks the route has, what each would be sent, and their state (``route_held.read``);
the description says by which strategy they are ordered.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import LAGGED, UNREACHABLE
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan, Route, Trunk
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import columns
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import ordering

UNKNOWN = "The strategy is not known, since this dialer's description has no such route"
HOW = {
    "priority": "in the order of the list",
    "round_robin": "each call begins one trunk further on",
    "weighted": "in proportion to the weights; the turn of the next call is at {}, then drawn by weight",
    "least_used": "the smallest share of max_calls in use first",
    "least_cost": "the cheapest for this number first",
}


def preview(plan: Plan | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what would become of a call: ``strategy``, ``max_attempts``, ``trunk`` (by which it would go out, or
    None) and ``trunks`` in the order in which they would be tried, each with its ``cost`` and what ``held`` has of it.

    ``found`` is the result of test_call in check mode: ``route`` and ``held``. ``plan``: the dialer's description, or
    None.
    """
    held = found["held"]
    route = next((route for route in plan.routes if route.name == found["route"]), None) if plan else None
    by_name = {trunk["name"]: trunk for trunk in held["trunks"]}
    if plan is None or route is None:
        strategy, attempts, names, costs = None, len(by_name), list(by_name), {}
    else:
        described = render.route_trunks(plan, route)
        strategy, attempts = route.strategy, route.max_attempts
        if plan.mode == "vicidial" and not held["repair_ready"]:
            attempts = 1
        costs = _costs(route, described, held["number"])
        names = _order(route, described, held)
    trunks = [{**by_name[name], "cost": costs.get(name)} for name in names]
    return {"strategy": strategy, "max_attempts": attempts, "trunk": _taker(trunks, attempts), "trunks": trunks}


def _costs(route: Route, described: Sequence[Trunk], number: str | None) -> dict[str, float | None]:
    """Return what each trunk costs for the number, if the strategy depends on it."""
    if route.strategy != "least_cost":
        return {}
    return {
        trunk.name: rates.rate(rates.read(trunk.rates) if trunk.rates else {}, trunk.cost_per_minute, number or "")
        for trunk in described
    }


def _order(route: Route, described: Sequence[Trunk], held: Mapping[str, Any]) -> list[str]:
    """Return the names of the trunks that the running dialplan holds, as the route's strategy orders them now."""
    names = [trunk["name"] for trunk in held["trunks"]]
    if route.strategy == "round_robin":
        first = held["turn"] % max(1, len(names))
        return names[first:] + names[:first]
    if route.strategy == "weighted":
        weights = ordering.weights(route.trunks)
        turn = (held["turn"] + weights.step) % weights.turns
        taker = next(owner.name for owner in weights.owners if owner.start <= turn < owner.end)
        return sorted(names, key=lambda name: name != taker)
    if route.strategy == "least_used":
        shares = {trunk["name"]: trunk["calls"] / max(1, trunk["max_calls"]) for trunk in held["trunks"]}
        return sorted(names, key=lambda name: shares[name])
    by_cost = ordering.by_cost(described)
    if ordering.template_name(route, by_cost) == "rated":
        cheapest = rates.lookup(render.rate_table(route, by_cost), held["number"] or "")
        return sorted(names, key=lambda name: cheapest.index(name) if name in cheapest else len(cheapest))
    return names


def _taker(trunks: Sequence[Mapping[str, Any]], attempts: int) -> str | None:
    """Return the trunk by which the call would go out; None if all attempts would fail at once."""
    in_turn = [trunk for trunk in trunks if not trunk["cool_down"]]
    last_resort = [trunk for trunk in trunks if trunk["cool_down"]]
    for trunk in [*in_turn, *last_resort]:
        if _is_full(trunk):
            continue
        if trunk["state"] not in (None, UNREACHABLE, LAGGED):
            return str(trunk["name"])
        attempts -= 1
        if attempts < 1:
            return None
    return None


def _is_full(trunk: Mapping[str, Any]) -> bool:
    return bool(trunk["max_calls"]) and trunk["calls"] >= trunk["max_calls"]


def sentence(number: str, found: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Return the result as one sentence, without a full stop."""
    text = f"no call was placed (check mode): {number} would use route {found['route']}, now "
    return text + (f"by trunk {seen['trunk']}" if seen["trunk"] else "without success: no trunk would take it")


def as_lines(dialer: str, number: str, caller_id: str, found: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Return the prediction for people. ``caller_id``: of the call, empty for one that is not known."""
    match, held = found["match"], found["held"]
    reaches = f"{dialer}: {number} reaches route {found['route']}"
    if match:
        reaches += f", by pattern {safe(match['pattern'])} of context {safe(match['context'])}"
    if held["number"] not in (None, number):
        reaches += f", as {held['number']}"
    shown = [f"{reaches}."]
    if seen["strategy"] is None:
        shown.append(f"{UNKNOWN}.")
    else:
        how = HOW[seen["strategy"]].format(seen["trunks"][0]["name"] if seen["trunks"] else "none")
        attempts = f"at most {seen['max_attempts']} attempt{'' if seen['max_attempts'] == 1 else 's'}"
        shown.append(f"Strategy {seen['strategy']}: {how}; {attempts}.")
    taker = seen["trunk"]
    shown.append(f"A call now would go out by {taker}." if taker else "A call now would fail: no trunk would take it.")
    heads, rows = ["trunk", "state", "calls", "sends", "caller ID"], []
    extra = {"weighted": "weight", "least_cost": "cost"}.get(seen["strategy"] or "")
    for trunk in seen["trunks"]:
        sent = str(trunk["number"] or "unknown")
        row = [trunk["name"], _state(trunk), _calls(trunk), sent, trunk["caller_id"] or caller_id or "the call's own"]
        rows.append([row[0], "" if trunk[extra] is None else str(trunk[extra]), *row[1:]] if extra else row)
    if extra:
        heads.insert(1, extra)
    return "\n".join([*shown, "", *columns(heads, rows)]) + "\n"


def _state(trunk: Mapping[str, Any]) -> str:
    text = trunk["state"] or "not loaded"
    if trunk["latency_ms"] is not None:
        text += f" ({trunk['latency_ms']} ms)"
    if trunk["cool_down"]:
        text += f", in cool-down for {trunk['cool_down']} s"
    elif trunk["cool_down"] == 0:
        text += ", cool-down ended: tried by the next call"
    return text + (", full" if _is_full(trunk) else "")


def _calls(trunk: Mapping[str, Any]) -> str:
    text = f"{trunk['calls']} of {trunk['max_calls']}" if trunk["max_calls"] else str(trunk["calls"])
    return text + (f", {trunk['max_cps']} a second" if trunk["max_cps"] else "")
