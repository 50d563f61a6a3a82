# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the carriers of an existing cluster from its rows, and says why the rest is left alone. Pure.

The trunks are made here, the routes in entries.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import entries, parse, peers, pjsip
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import show_path
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused

_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Found:
    """What was read from a cluster."""

    rows: Sequence[Mapping[str, str]]  # of vicidial_server_carriers
    dialers: Mapping[str, str]  # inventory name: server_ip
    templates: Mapping[str, str] = field(default_factory=dict)  # template_id: contents
    general: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # sip, iax2: options of [general]
    campaigns: Sequence[Mapping[str, str]] = ()  # campaign_id, dial_prefix, manual_dial_prefix
    mode: str = "vicidial"  # asterisk: the rows stand for peers in files

    def __repr__(self) -> str:
        """Without the rows, which hold secrets."""
        return f"Found({len(self.rows)} rows)"

    def readers(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """Return the inventory names of the dialers whose configuration has the row."""
        return tuple(name for name, ip in self.dialers.items() if row["server_ip"] in (ip, vicidial.EVERY_DIALER))


@dataclass
class Carrier:
    """A trunk of the description and the rows that it is made from."""

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
        """Record which part of a row is left alone (``row`` or ``dialplan``), and why."""
        self.left.append((row["carrier_id"], row["server_ip"], part, why))

    def description(self) -> dict[str, Any]:
        """Return the variables of the description, with secrets in clear text."""
        return {"dialer_trunks": [carrier.peered.trunk for carrier in self.trunks], "dialer_routes": self.routes}


def adopt(found: Found, only: Collection[str] | None = None) -> Adopted:
    """Describe the rows that this collection does not manage; with ``only``, those with these carrier_ids.

    ``plan.build`` accepts whatever it returns as trunks and routes.
    """
    result = Adopted()
    meant = []
    for row in sorted(found.rows, key=lambda row: row["carrier_id"]):
        owner, _name = table.owner(row)
        if (only is None or row["carrier_id"] in only) and owner != "ours":
            if owner == "copy":
                result.leave(row, "row", "its description is a copy of a managed row's: give it one of its own first")
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
    entries.add_routes(found, meant, result)
    return result


def _dialled(rows: Sequence[Mapping[str, str]]) -> Any:
    """Return a function that says whether a dialplan entry or a global names a peer."""
    words: set[str] = set()
    for row in rows:
        words.update(_WORD.findall(f"{row['dialplan_entry'] or ''}\n{row['globals_string'] or ''}".lower()))

    def dialled(name: str) -> bool:
        """A name of other characters may occur anywhere."""
        return name.lower() in words or _WORD.fullmatch(name) is None

    return dialled


def _sections(text: str) -> list[parse.Section]:
    """Return the sections of an entry. Raises Refused."""
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
        result.notes.append(f"the options of its template {template} are in the description now")
    return result


def _trunk(row: Mapping[str, str], found: Found, dialled: Any, result: Adopted) -> None:
    """Add the row to the trunks, or to what is left alone."""
    try:
        peered = _peered(row, found, dialled)
        text = row["registration_string"] or ""
        if row["protocol"] in ("SIP", "IAX2"):
            why = peers.registers(peered.trunk, parse.registration(text), text)
            if not why and peered.trunk.get("register") and _refusals(peered.trunk, found, row):
                peered.trunk.pop("register")
                why = "a registration line cannot hold its secret"
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
    """Return why the row is not another dialer's row of a known trunk; an empty string when it is."""
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
    """Add the keys that come from the row (adopt, description, enabled), in the order in which people write them."""
    said = (row["carrier_description"] or "").strip() or row["carrier_name"].strip()
    text = mask(said)  # before it is shortened, which may take away what a secret is known by
    if text != said:
        peered.notes.append("its description seems to contain a password, which is left out")
    said = text
    for mark in (*schema.CONF_UNSAFE, *schema.MARKS):
        text = text.replace(mark, "")
    text = "".join(character for character in text if character.isascii() and character.isprintable())
    text = " ".join(text.split())[:50].strip()
    if text != said:
        peered.notes.append("its description is shortened to what a trunk's description may contain")
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
    """Return why the plan refuses the trunk; an empty list when it accepts it."""
    try:
        plan.build(
            {"dialer_mode": found.mode, "dialer_trunks": [dict(trunk)]}, list(found.dialers) or [row["server_ip"]]
        )
    except plan.PlanError as mistakes:
        return _sentences(mistakes)
    return []


def _sentences(mistakes: plan.PlanError) -> list[str]:
    """Return the mistakes of a trunk, each under its key of the trunk."""
    return [f"{show_path(path[2:])}: {sentence}" for path, sentence in mistakes.mistakes]


def _servers(found: Found, result: Adopted) -> None:
    """Set which dialers have each trunk, and the carriers that it adopts."""
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
    """Leave out trunks that the plan refuses only beside others."""
    kept: list[Carrier] = []
    for carrier in result.trunks:
        try:
            trunks = [one.peered.trunk for one in (*kept, carrier)]
            plan.build({"dialer_mode": found.mode, "dialer_trunks": trunks}, list(found.dialers))
        except plan.PlanError as mistakes:
            for row in carrier.rows:
                result.leave(row, "row", "; ".join(_sentences(mistakes)))
        else:
            kept.append(carrier)
    result.trunks = kept
