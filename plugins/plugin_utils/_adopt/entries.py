# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the dialplan entries of existing carriers as routes; what no route can express stays in its row. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, cast

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks, model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import flows, generated, reasons, routes
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted, Found
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.routes import Entry
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema

_NAMED = 3  # extensions that a note names


def add_routes(found: Found, meant: Sequence[Mapping[str, str]], result: Adopted) -> None:
    """Add the routes of these rows to the result, with the campaigns that dial them, and leave the other entries."""
    rows = {row["carrier_id"]: row for row in meant}
    entries = _read(found, meant, result)
    twice = _twice(found, entries)
    for carrier_id, merged in twice.items():
        result.leave(rows[carrier_id], "dialplan", merged)
    kept: list[Entry] = []
    for unit in _units([entry for entry in entries if entry.carrier_id not in twice]):
        for part in [unit] if _reason(found, result, kept, unit) is None else [[entry] for entry in unit]:
            reason = _reason(found, result, kept, part)
            if reason is None:
                kept += part
            else:
                result.leave(rows[part[0].carrier_id], "dialplan", reason)
    trunks = {carrier.name: carrier.peered.trunk for carrier in result.trunks}
    made = routes.routes(kept, list(found.dialers), _on(trunks))
    routes.write_manners(trunks, made)
    result.routes = [route for route, _calls in made]
    for route in result.routes:
        noted = [note for entry in kept if entry.carrier_id in route["adopt"] for note in entry.notes]
        result.route_notes[route["name"]] = list(dict.fromkeys(mask(note) for note in noted))
    _campaigns(found, result)


def _read(found: Found, meant: Sequence[Mapping[str, str]], result: Adopted) -> list[Entry]:
    """Return the entries that a route can express, each by itself."""
    lost = {carrier_id for carrier_id, _ip, part, _why in result.left if part == "row"}
    prefixes = [vicidial.dialled_prefix(campaign["dial_prefix"]) for campaign in found.campaigns]
    entries = []
    for row in meant:
        if not (row["dialplan_entry"] or "").strip() or row["carrier_id"] in lost:
            continue
        if row["active"] != "Y":
            result.leave(row, "dialplan", Refused("the carrier is inactive"))
            continue
        try:
            values = generated.global_values(found, found.readers(row))
            of_carriers = {name: set_by[-1][0] for name, set_by in values.items()}  # the last one counts
            read = flows.read(row["dialplan_entry"], _trunk_of(found, row, result), {**found.globals, **of_carriers})
            answers = routes.answers(read, prefixes)
        except Refused as reason:
            result.leave(row, "dialplan", reason)
            continue
        for flow in read:
            flow.notes += [
                f"${{{name}}} is {mask(found.globals[name])} in the running Asterisk, and no carrier sets it; the "
                "route stays with that"
                for name in sorted(flow.used - of_carriers.keys())
            ]
        entries.append(Entry(row["carrier_id"], found.readers(row), answers, _notes(read) + _disputed(row, values)))
    return entries


def _notes(read: Sequence[flows.Flow]) -> tuple[str, ...]:
    """Return the notes of an entry's extensions, each once behind the extensions that it is about."""
    about: dict[str, list[str]] = {}
    for flow in read:
        for note in dict.fromkeys(flow.notes):
            about.setdefault(note, []).append(flow.extension)
    return tuple(f"{_list(extensions)}: {note}" for note, extensions in about.items())


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _disputed(row: Mapping[str, str], values: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[str, ...]:
    """Return a note for each global in the row's dialplan that several carriers set. ``values``: of
    C(generated.global_values)."""
    notes = []
    for name, set_by in values.items():
        if len(set_by) > 1 and f"${{{name}}}" in (row["dialplan_entry"] or ""):
            carriers = ", ".join(carrier_id for _value, carrier_id in set_by)
            notes.append(f"carriers {carriers} set the global {name}: Asterisk has that of the last, {set_by[-1][1]}")
    return tuple(notes)


def _trunk_of(found: Found, row: Mapping[str, str], result: Adopted) -> flows.TrunkOf:
    """Return a function for the trunk of a technology, a peer's name and an address (any where it is empty), where
    every dialer of the row has it."""

    def trunk_of(technology: str, name: str, address: str) -> str | None:
        for carrier in result.trunks:
            trunk = carrier.peered.trunk
            own = BY_PROTOCOL[trunk.get("protocol", "sip")].name
            here = {place for one in carrier.rows for place in found.readers(one)}
            same = trunk["name"].lower() == name.lower() if own == "SIP" else trunk["name"] == name
            same = same and address in ("", _address(trunk))
            if same and own == technology and set(found.readers(row)) <= here and trunk.get("enabled", True):
                return trunk["name"]
        return None

    return trunk_of


def _address(trunk: Mapping[str, Any]) -> str:
    """Return the address of a trunk as a SIP URI has it."""
    port = f":{trunk['port']}" if trunk.get("port") else ""
    way = f";transport={trunk['transport']}" if trunk.get("transport", "udp") != "udp" else ""
    return f"{trunk['host']}{port}{way}"


def _on(trunks: Mapping[str, Mapping[str, Any]]) -> Callable[[str, str], bool]:
    """Return a function that says whether a trunk is on a dialer."""

    def on(trunk: str, server: str) -> bool:
        servers = trunks[trunk].get("servers", "all")
        return isinstance(servers, str) or server in servers

    return on


def _twice(found: Found, entries: Sequence[Entry]) -> dict[str, Refused]:
    """Return {carrier_id: reason} of entries that answer the same extension as another row of one dialer: Asterisk runs
    half of each, and no route can be enabled beside a row that stays."""
    read = {entry.carrier_id for entry in entries}
    first: dict[tuple[str, Any], str] = {}
    for row in found.rows:
        stays = row["active"] == "Y" and row["protocol"] in vicidial.GENERATED and row["carrier_id"] not in read
        for extension in checks.extensions_of(row) if stays and table.owner(row)[0] != "managed" else ():
            first.update({(server, patterns.rank(extension)): row["carrier_id"] for server in found.readers(row)})
    refused: dict[str, Refused] = {}
    for entry in entries:
        for answer in entry.answers:
            for server in entry.servers:
                other = first.setdefault((server, patterns.rank(answer.extension)), entry.carrier_id)
                if other != entry.carrier_id:
                    for one, its in ((entry.carrier_id, other), (other, entry.carrier_id)):
                        refused[one] = Refused("carrier {other} answers {extension} on the same dialer too: set one of "
                                               "them inactive", other=its, extension=answer.extension)
    return {carrier_id: reason for carrier_id, reason in refused.items() if carrier_id in read}


def _units(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the entries in groups: rows of several dialers that answer the same extensions make routes together."""
    units: list[list[Entry]] = []
    for entry in entries:
        extensions = {answer.extension for answer in entry.answers}
        for unit in units:
            if any(answer.extension in extensions for other in unit for answer in other.answers):
                unit.append(entry)
                break
        else:
            units.append([entry])
    return units


def _reason(found: Found, result: Adopted, kept: Sequence[Entry], more: Sequence[Entry]) -> Refused | None:
    """Return why these entries cannot become routes beside those that are kept; None when they can.

    Routes of two entries can overlap, or become one route of several dialers: the plan is asked about the new ones
    with those only.
    """
    for entry, other in product(more, (*kept, *more)):
        if other is entry or not set(entry.servers) & set(other.servers):
            continue
        for one, its in product(entry.answers, other.answers):
            if routes.overlap(one, its):
                return Refused(
                    "{extension} and {its} of carrier {other} match the same numbers, of which Asterisk takes the more "
                    "specific; routes may not overlap",
                    extension=one.extension, its=its.extension, other=other.carrier_id,
                )
    trunks = {carrier.name: dict(carrier.peered.trunk) for carrier in result.trunks}
    extensions = {answer.extension for entry in more for answer in entry.answers}
    joined = [entry for entry in kept if any(answer.extension in extensions for answer in entry.answers)]
    made = routes.routes([*joined, *more], list(found.dialers), _on(trunks))
    routes.write_manners(trunks, made)
    described = [{**route, "enabled": True} for route, _calls in made]
    try:
        plan.build({"dialer_trunks": list(trunks.values()), "dialer_routes": described}, list(found.dialers))
    except plan.PlanError as mistakes:
        answers = [answer for entry in more for answer in entry.answers]
        return reasons.of_routes(mistakes, list(trunks.values()), described, answers)
    return None


def _campaigns(found: Found, result: Adopted) -> None:
    """Let campaigns that dial a route's prefix opt in, each to one route; a note names those that cannot."""
    used: set[str] = set()
    for route in result.routes:
        for campaign in found.campaigns:
            name, prefix, manual = campaign["campaign_id"], campaign["dial_prefix"], campaign["manual_dial_prefix"]
            if not route["dial_prefix"]:
                prefix, manual = vicidial.dialled_prefix(prefix), vicidial.dialled_prefix(manual)
            if route["dial_prefix"] not in (prefix, manual) or name.lower() in used:
                continue
            if not re.fullmatch(cast(schema.Field, schema.ROUTE["campaigns"].item).pattern, name, re.ASCII):
                result.route_notes.setdefault(route["name"], []).append(
                    f"campaign {name} dials its prefix, but a description cannot name this campaign"
                )
            elif prefix == manual:
                used.add(name.lower())
                route.setdefault("campaigns", []).append(name)
            else:
                result.route_notes.setdefault(route["name"], []).append(
                    f"campaign {name} dials {prefix or 'no prefix'} automatically and {manual or 'no prefix'} "
                    "manually: add it to campaigns to set both to this route's"
                )
