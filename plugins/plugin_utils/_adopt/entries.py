# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the dialplan entries of existing carriers as routes; what no route can express stays in its row. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import generated, routes as adopt_routes
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import show_path

if TYPE_CHECKING:
    from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.model import Adopted, Found


def add_routes(found: Found, meant: Sequence[Mapping[str, str]], result: Adopted) -> None:
    """Add the routes of these rows to the result, with the campaigns that dial them."""
    _routes(found, meant, result)
    _campaigns(found, result)


def _routes(found: Found, meant: Sequence[Mapping[str, str]], result: Adopted) -> None:
    """The routes of the rows' dialplan entries; an entry that cannot be one stays in its row as it is."""
    manners: dict[str, adopt_routes.Manner] = {}
    entries: list[adopt_routes.Entry] = []
    rows = {row["carrier_id"]: row for row in meant}
    lost = {carrier_id for carrier_id, _ip, part, _why in result.left if part == "row"}
    prefixes = [campaign["dial_prefix"] for campaign in found.campaigns]
    for row in meant:
        if not (row["dialplan_entry"] or "").strip() or row["carrier_id"] in lost:
            continue
        if row["active"] != "Y":
            result.leave(row, "dialplan", "the carrier is inactive")
            continue
        try:
            variables = _variables(found, row)
            flows = adopt_routes.flows(row["dialplan_entry"], _trunk_of(found, row, result), variables)
            answers, manners = adopt_routes.settle(flows, manners, prefixes)
        except Refused as reason:
            result.leave(row, "dialplan", mask(str(reason)))  # it may quote the entry
            continue
        notes = [note for flow in flows for note in flow.notes] + _disputed(found, row)
        entries.append(adopt_routes.Entry(row["carrier_id"], found.readers(row), answers, notes))
    twice = _twice(entries)
    for entry in entries:
        if entry.carrier_id in twice:
            result.leave(rows[entry.carrier_id], "dialplan", twice[entry.carrier_id])
    entries = [entry for entry in entries if entry.carrier_id not in twice]
    while True:
        refused = _refused(found, result, entries, manners)
        if not refused:
            break
        for carrier_id, why in refused.items():
            result.leave(rows[carrier_id], "dialplan", why)
        entries = [entry for entry in entries if entry.carrier_id not in refused]
    for carrier in result.trunks:
        used = any(carrier.name in answer.trunks for entry in entries for answer in entry.answers)
        if used:
            adopt_routes.apply_manner(carrier.peered.trunk, manners[carrier.name])
    result.routes = adopt_routes.routes(entries)
    for route in result.routes:
        noted = [note for entry in entries if entry.carrier_id in route["adopt"] for note in entry.notes]
        result.route_notes[route["name"]] = list(dict.fromkeys(mask(note) for note in noted))


def _variables(found: Found, row: Mapping[str, str]) -> dict[str, str]:
    """The globals that the dialers of the row have from carriers; where two set one, the last one counts."""
    return {name: values[-1][0] for name, values in generated.global_values(found, found.readers(row)).items()}


def _disputed(found: Found, row: Mapping[str, str]) -> list[str]:
    """Return a note for each global in the row's dialplan that several carriers set."""
    notes = []
    for name, values in generated.global_values(found, found.readers(row)).items():
        if len(values) > 1 and f"${{{name}}}" in (row["dialplan_entry"] or ""):
            carriers = ", ".join(carrier_id for _value, carrier_id in values)
            notes.append(f"carriers {carriers} set the global {name}: Asterisk has that of the last, {values[-1][1]}")
    return notes


def _trunk_of(found: Found, row: Mapping[str, str], result: Adopted) -> Any:
    """The trunk of a technology and a peer's name that every dialer of the row has."""

    def trunk_of(technology: str, name: str) -> str | None:
        for carrier in result.trunks:
            trunk = carrier.peered.trunk
            mine = BY_PROTOCOL[trunk.get("protocol", "sip")].name
            here = {place for one in carrier.rows for place in found.readers(one)}
            same = trunk["name"].lower() == name.lower() if mine == "SIP" else trunk["name"] == name
            if same and mine == technology and set(found.readers(row)) <= here and trunk.get("enabled", True):
                return trunk["name"]
        return None

    return trunk_of


def _twice(entries: Sequence[adopt_routes.Entry]) -> dict[str, str]:
    """{carrier_id: why} of entries that answer the same extension on one dialer: Asterisk runs half of each."""
    taken: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for entry in entries:
        for answer in entry.answers:
            extension = answer.dial_prefix + answer.pattern
            for server in entry.servers:
                other = taken.setdefault((server, extension), entry.carrier_id)
                if other != entry.carrier_id:
                    why = f"answers {extension} on the same dialer too: set one of them inactive"
                    found[entry.carrier_id] = f"carrier {other} {why}"
                    found[other] = f"carrier {entry.carrier_id} {why}"
    return found


def _refused(
    found: Found, result: Adopted, entries: Sequence[adopt_routes.Entry], manners: Mapping[str, adopt_routes.Manner]
) -> dict[str, str]:
    """{carrier_id: why} of the first route that the plan refuses beside those before it."""
    trunks = []
    for carrier in result.trunks:
        trunk = dict(carrier.peered.trunk)
        if carrier.name in manners:
            adopt_routes.apply_manner(trunk, manners[carrier.name])
        trunks.append(trunk)
    kept: list[dict[str, Any]] = []
    for route in adopt_routes.routes(entries):
        try:
            plan.build({"dialer_trunks": trunks, "dialer_routes": [*kept, route]}, list(found.dialers))
        except plan.PlanError as mistakes:
            why = "; ".join(f"{show_path(path[2:])}: {sentence}" for path, sentence in mistakes.mistakes)
            return dict.fromkeys(route["adopt"], why)
        kept.append(route)
    return {}


def _campaigns(found: Found, result: Adopted) -> None:
    """Campaigns that dial a route's prefix already opt in, each once; for others a note says so."""
    taken: set[str] = set()
    for route in result.routes:
        for campaign in found.campaigns:
            name, prefix, manual = campaign["campaign_id"], campaign["dial_prefix"], campaign["manual_dial_prefix"]
            if route["dial_prefix"] not in (prefix, manual) or name.lower() in taken:
                continue
            if not re.fullmatch(cast(schema.Field, schema.ROUTE["campaigns"].item).pattern, name, re.ASCII):
                result.route_notes.setdefault(route["name"], []).append(
                    f"campaign {name} dials its prefix, and has an id that a description cannot name"
                )
            elif prefix == manual:
                taken.add(name.lower())
                route.setdefault("campaigns", []).append(name)
            else:
                result.route_notes.setdefault(route["name"], []).append(
                    f"campaign {name} dials {prefix or 'nothing'} by itself and {manual or 'nothing'} by hand: add it "
                    "to campaigns to have both set"
                )
