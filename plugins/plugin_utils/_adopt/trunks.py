# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the peers of existing rows as trunks, and says why a row cannot be one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import iax, parse, peers, pjsip, registrations
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted, Carrier, Found
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import show_path

_WORD = re.compile(r"[\w.-]+")


def dialled_names(rows: Sequence[Mapping[str, str]]) -> Any:
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
        result = iax.iax_trunk(whole, found.general.get("iax2", ()))
    else:
        result = pjsip.pjsip_trunk(whole) if row["protocol"] == "PJSIP" else pjsip.wizard_trunk(whole)
    if template in found.templates:
        result.notes.append(f"the options of its template {template} are in the description now")
    return result


def add(row: Mapping[str, str], found: Found, dialled: Any, result: Adopted) -> None:
    """Add the row to the trunks, or to what is left alone."""
    try:
        peered = _peered(row, found, dialled)
        text = row["registration_string"] or ""
        if row["protocol"] in ("SIP", "IAX2"):
            why = registrations.registers(peered.trunk, registrations.registration(text), text)
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
    registration = [registrations.registration(one["registration_string"]) for one in (known.rows[0], row)]
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


def set_servers(found: Found, result: Adopted) -> None:
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


def drop_refused(found: Found, result: Adopted) -> None:
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
