# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an existing cluster's rows to the description of it: what can be said, and why the rest is left alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse, peers, pjsip, routes as adopt_routes
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused

_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Found:
    """What was read of a cluster."""

    rows: Sequence[Mapping[str, str]]  # of vicidial_server_carriers
    dialers: Mapping[str, str]  # inventory name: server_ip
    templates: Mapping[str, str] = field(default_factory=dict)  # template_id: contents
    general: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # sip, iax2: options of [general]
    campaigns: Sequence[Mapping[str, str]] = ()  # campaign_id, dial_prefix, manual_dial_prefix
    mode: str = "vicidial"  # asterisk: the rows stand for peers in files

    def __repr__(self) -> str:
        """Without the rows, which hold secrets."""
        return f"Found({len(self.rows)} rows)"


@dataclass
class Carrier:
    """A trunk of the description and the rows that it is made of."""

    peered: Peered
    rows: list[Mapping[str, str]]
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Names the trunk and nothing else: it holds secrets."""
        return f"Carrier({self.name!r})"

    @property
    def name(self) -> str:
        return self.peered.trunk["name"]


@dataclass
class Adopted:
    """The description: ``trunks`` (with their secrets), ``routes``, notes about routes by name, and what is left alone:
    (carrier_id, server_ip, which part of the row, why)."""

    trunks: list[Carrier] = field(default_factory=list)
    routes: list[dict[str, Any]] = field(default_factory=list)
    route_notes: dict[str, list[str]] = field(default_factory=dict)
    left: list[tuple[str, str, str, str]] = field(default_factory=list)

    def leave(self, row: Mapping[str, str], part: str, why: str) -> None:
        """Notes what of a row is left alone, and why."""
        self.left.append((row["carrier_id"], row["server_ip"], part, why))

    def description(self) -> dict[str, Any]:
        """The variables of the description, secrets in clear."""
        return {"dialer_trunks": [carrier.peered.trunk for carrier in self.trunks], "dialer_routes": self.routes}


def adopt(found: Found, only: Collection[str] | None = None) -> Adopted:
    """The description of the rows that are not ours; of those in ``only`` where it is given.

    Whatever it returns as trunks and routes, ``plan.build`` takes.
    """
    result = Adopted()
    meant = []
    for row in sorted(found.rows, key=lambda row: row["carrier_id"]):
        owner, _name = table.owner(row)
        if (only is None or row["carrier_id"] in only) and owner != "managed":
            if owner == "copy":
                result.leave(row, "row", "its description is a copy of ours: give it one of its own first")
            elif row["server_ip"] not in (vicidial.EVERY_DIALER, *found.dialers.values()):
                result.leave(row, "row", "no dialer of the inventory has this server_ip")
            elif row["protocol"] not in vicidial.GENERATED:
                result.leave(row, "row", f"VICIdial writes no configuration for protocol {row['protocol']}")
            else:
                meant.append(row)
    dialled = _dialled(found.rows)
    for row in meant:
        if (row["account_entry"] or "").strip():
            _trunk(row, found, dialled, result)
        elif not (row["dialplan_entry"] or "").strip():
            result.leave(row, "row", "it has neither a peer nor a dialplan")
    _servers(found, result)
    _drop_refused(found, result)
    _routes(found, meant, result)
    _campaigns(found, result)
    return result


def _dialled(rows: Sequence[Mapping[str, str]]) -> Any:
    """Whether a dialplan entry or a global calls a peer by this name."""
    words: set[str] = set()
    for row in rows:
        words.update(_WORD.findall(f"{row['dialplan_entry'] or ''}\n{row['globals_string'] or ''}".lower()))

    def dialled(name: str) -> bool:
        """A name that is no such word might be anywhere."""
        return name.lower() in words or _WORD.fullmatch(name) is None

    return dialled


def _sections(text: str) -> list[parse.Section]:
    """The sections of an entry. Raises Refused."""
    try:
        return parse.sections(text)
    except parse.Unreadable as reason:
        raise Refused(str(reason)) from None


def _peered(row: Mapping[str, str], found: Found, dialled: Any) -> Peered:
    template = row["template_id"]
    if template not in ("--NONE--", "") and template not in found.templates:
        raise Refused(f"its template {template} does not exist")
    whole = _sections(f"{row['account_entry']}\n{found.templates.get(template, '')}")
    if row["protocol"] == "SIP":
        result = peers.sip_trunk(whole, found.general.get("sip", ()), dialled)
    elif row["protocol"] == "IAX2":
        result = peers.iax_trunk(whole, found.general.get("iax2", ()))
    else:
        result = pjsip.pjsip_trunk(whole) if row["protocol"] == "PJSIP" else pjsip.wizard_trunk(whole)
    if template in found.templates:
        result.notes.append(f"the options of its template {template} stand in the description now")
    return result


def _trunk(row: Mapping[str, str], found: Found, dialled: Any, result: Adopted) -> None:
    """Adds the row to the trunks, or to what is left alone."""
    try:
        peered = _peered(row, found, dialled)
        text = row["registration_string"] or ""
        if row["protocol"] in ("SIP", "IAX2"):
            why = peers.registers(peered.trunk, parse.registration(text), text)
            if not why and peered.trunk.get("register") and _refusals(peered.trunk, found, row):
                peered.trunk.pop("register")
                why = "its secret cannot stand in a line of ours"
            if why:
                line, place = ("register line", "your file") if found.mode == "asterisk" else (
                    "registration", "the row as it is")
                peered.notes.append(f"its {line} stays in {place}: {why}")
    except Refused as reason:
        return result.leave(row, "row", str(reason))
    _describe(peered, row)
    if found.mode == "asterisk":
        del peered.trunk["adopt"]
    refusals = _refusals(peered.trunk, found, row)
    if refusals:
        return result.leave(row, "row", "; ".join(refusals))
    for known in result.trunks:
        if known.name.lower() == peered.trunk["name"].lower():
            why = _differs(known, peered, row)
            if why:
                return result.leave(row, "row", why)
            known.rows.append(row)
            return None
    result.trunks.append(Carrier(peered, [row], peered.notes))
    return None


def _differs(known: Carrier, peered: Peered, row: Mapping[str, str]) -> str:
    """Why the row is no other dialer's row of a known trunk; empty when it is."""
    other = known.rows[0]["carrier_id"]
    places = [one["server_ip"] for one in known.rows]
    if row["server_ip"] in places or vicidial.EVERY_DIALER in (row["server_ip"], *places):
        return f"carrier {other} defines a peer {known.name} for the same dialer"
    if known.rows[0]["active"] != row["active"]:
        return f"carrier {other} is another dialer's row of {known.name}, and one of the two is inactive"
    ours, theirs = known.peered.trunk, peered.trunk
    compared = (ours.keys() | theirs.keys()) - {"adopt", "description"}
    differ = sorted(key for key in compared if ours.get(key) != theirs.get(key))
    registration = [parse.registration(one["registration_string"]) for one in (known.rows[0], row)]
    if registration[0] != registration[1]:
        differ.append("registration")
    if differ:
        return (
            f"carrier {other} on another dialer has the peer {known.name} too, with another {', '.join(differ)}: "
            "describe this dialer's in its host_vars"
        )
    return ""


def _describe(peered: Peered, row: Mapping[str, str]) -> None:
    """The keys that come from the row: adopt, description, enabled; in the order in which a person would write them."""
    said = (row["carrier_description"] or "").strip() or row["carrier_name"].strip()
    text = mask(said)  # before it is shortened, which may take away what a secret is known by
    if text != said:
        peered.notes.append("its description seems to hold a password, which is left out")
    said = text
    for mark in (*schema.CONF_UNSAFE, *schema.MARKS):
        text = text.replace(mark, "")
    text = "".join(character for character in text if character.isascii() and character.isprintable())
    text = " ".join(text.split())[:50].strip()
    if text != said:
        peered.notes.append("its description is shortened to what a trunk's may hold")
    trunk = peered.trunk
    head = {"name": trunk["name"], "adopt": [row["carrier_id"]]}
    if text:
        head["description"] = text
    if row["active"] != "Y":
        head["enabled"] = False
    for key in [key for key in trunk if key not in head]:
        head[key] = trunk[key]
    trunk.clear()
    trunk.update(head)


def _refusals(trunk: Mapping[str, Any], found: Found, row: Mapping[str, str]) -> list[str]:
    """Why the description does not take the trunk, in the plan's words; none when it does."""
    try:
        plan.build(
            {"dialer_mode": found.mode, "dialer_trunks": [dict(trunk)]}, list(found.dialers) or [row["server_ip"]]
        )
    except plan.PlanError as mistakes:
        return [mistake.replace("dialer_trunks[0].", "") for mistake in mistakes.errors]
    return []


def _servers(found: Found, result: Adopted) -> None:
    """Which dialers have each trunk, and the carriers that it adopts."""
    if found.mode == "asterisk":
        return
    for carrier in result.trunks:
        places = {row["server_ip"] for row in carrier.rows}
        carrier.peered.trunk["adopt"] = [row["carrier_id"] for row in carrier.rows]
        if vicidial.EVERY_DIALER in places:
            carrier.peered.trunk["servers"] = "cluster"
        elif places != set(found.dialers.values()):
            carrier.peered.trunk["servers"] = [name for name, ip in found.dialers.items() if ip in places]


def _drop_refused(found: Found, result: Adopted) -> None:
    """Leaves out trunks that only together with others are refused."""
    kept: list[Carrier] = []
    for carrier in result.trunks:
        try:
            trunks = [one.peered.trunk for one in (*kept, carrier)]
            plan.build({"dialer_mode": found.mode, "dialer_trunks": trunks}, list(found.dialers))
        except plan.PlanError as mistakes:
            for row in carrier.rows:
                result.leave(row, "row", re.sub(r"dialer_trunks\[\d+\]\.", "", "; ".join(mistakes.errors)))
        else:
            kept.append(carrier)
    result.trunks = kept


def _on(row: Mapping[str, str], found: Found) -> tuple[str, ...]:
    """The inventory names of the dialers that read the row."""
    return tuple(
        name for name, ip in found.dialers.items() if row["server_ip"] in (ip, vicidial.EVERY_DIALER)
    )


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
            result.leave(row, "dialplan", str(reason))
            continue
        notes = [note for flow in flows for note in flow.notes]
        entries.append(adopt_routes.Entry(row["carrier_id"], _on(row, found), answers, notes))
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
        result.route_notes[route["name"]] = list(dict.fromkeys(noted))


def _variables(found: Found, row: Mapping[str, str]) -> dict[str, str]:
    """The globals that the dialers of the row have from carriers; where two set one, the last one counts."""
    variables: dict[str, str] = {}
    for other in sorted(found.rows, key=lambda one: one["carrier_id"]):
        if other["active"] == "Y" and set(_on(other, found)) & set(_on(row, found)):
            variables.update(parse.assignments(other["globals_string"]))
    return variables


def _trunk_of(found: Found, row: Mapping[str, str], result: Adopted) -> Any:
    """The trunk of a technology and a peer's name that every dialer of the row has."""

    def trunk_of(technology: str, name: str) -> str | None:
        for carrier in result.trunks:
            trunk = carrier.peered.trunk
            mine = BY_PROTOCOL[trunk.get("protocol", "sip")].name
            here = {place for one in carrier.rows for place in _on(one, found)}
            same = trunk["name"].lower() == name.lower() if mine == "SIP" else trunk["name"] == name
            if same and mine == technology and set(_on(row, found)) <= here and trunk.get("enabled", True):
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
            why = "; ".join(re.sub(r"dialer_(trunks|routes)\[\d+\]\.", "", one) for one in mistakes.errors)
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
