# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the peers of existing rows as trunks, and says why a row cannot be one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_checks
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import generated, iax, peers, pjsip, registrations
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.dialled import Dialled
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted, Carrier, Found
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import show_path


def _peered(row: Mapping[str, str], found: Found, files: generated.Files, dialled: Dialled) -> Peered:
    """Return the trunk of a row's peers. Raises Refused."""
    template, notes = row["template_id"], []  # type: str, list[str]
    whole = files.sections(row, notes)
    if row["protocol"] == "SIP":
        result = peers.sip_trunk(whole, found.general.get("sip", ()), dialled)
    elif row["protocol"] == "IAX2":
        result = iax.iax_trunk(whole, found.general.get("iax2", ()))
    else:
        result = pjsip.pjsip_trunk(whole) if row["protocol"] == "PJSIP" else pjsip.wizard_trunk(whole)
    if generated.template_of(row, found.templates) is not None:
        notes.append(f"the options of its template {template} are in the description now")
    elif template not in generated.NO_TEMPLATE:
        notes.append(f"its template {template} does not exist, so that it adds nothing")
    result.notes += notes
    return result


def add(row: Mapping[str, str], found: Found, files: generated.Files, dialled: Dialled, result: Adopted) -> None:
    """Add the row to the trunks, or to what is left alone."""
    try:
        peered = _peered(row, found, files, dialled)
        text = row["registration_string"] or ""
        if row["protocol"] in ("SIP", "IAX2"):
            why = registrations.registers(peered.trunk, text)
            if not why and peered.trunk.get("register") and _refusals(peered.trunk, found, row):
                peered.trunk.pop("register")
                why = "a registration line cannot hold its secret"
            if why:
                line, place = ("register line", "your file") if found.mode == "asterisk" else (
                    "registration", "the row as it is")
                peered.notes.append(f"its {line} stays in {place}: {why}")
    except Refused as reason:
        return result.leave(row, "row", reason)
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
        inactive = "it is inactive, and " if row["active"] != "Y" else ""
        return f"{inactive}carrier {other} defines a peer {known.name} for the same dialer"
    if known.rows[0]["active"] != row["active"]:
        return f"it is inactive, and carrier {other} is another dialer's row of {known.name}"
    ours, theirs = known.peered.trunk, peered.trunk
    compared = (ours.keys() | theirs.keys()) - {"adopt", "description"}
    differ = sorted(key for key in compared if ours.get(key) != theirs.get(key))
    protocol = ours.get("protocol", "sip")
    before, after = (registrations.registration(one["registration_string"], protocol) for one in (known.rows[0], row))
    if before != after:
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


def note_conflicts(found: Found, result: Adopted) -> None:
    """Note at each trunk the rows beside it that set its global, with what becomes of it."""
    for carrier in result.trunks:
        own = {row["carrier_id"] for row in carrier.rows}
        for row in carrier.rows if found.mode == "vicidial" else ():
            values = generated.global_values(found, found.readers(row))
            given = checks.globals_of(row)
            for name in given or [f"TRUNK{carrier.name}"]:
                others = [carrier_id for _value, carrier_id in values.get(name, ()) if carrier_id not in own]
                if others and given:
                    last = values[name][-1][1]
                    carrier.notes.append(
                        f"carrier {', '.join(others)} sets the global {name} too: Asterisk has the value of {last}"
                    )
                elif others:
                    carrier.notes.append(
                        f"site.yml refuses it as long as carrier {', '.join(others)} sets the global {name}, which is "
                        "this trunk's own"
                    )
        carrier.notes[:] = list(dict.fromkeys(mask(note) for note in carrier.notes))


def note_states(found: Found, result: Adopted) -> None:
    """Note at each trunk that it is not reachable or not registered now, on the dialer that was read."""
    for carrier in result.trunks:
        trunk = carrier.peered.trunk
        technology = BY_PROTOCOL[trunk.get("protocol", "sip")].name
        loaded, registered = found.states.get(technology, ((), ()))
        for peer in loaded:
            whole = trunk["name"].lower() == peer["name"].lower()
            cut = peer["cut"] and trunk["name"].lower().startswith(peer["name"].lower())
            if (whole or cut) and peer["state"] not in ("reachable", "unmonitored"):
                carrier.notes.append(f"it is {peer['state']} now, before it is adopted")
        if trunk.get("register") and registered:
            about = {"technology": technology, "username": "", **trunk}
            registration = peer_checks.registration_of(about, None, registered)
            if registration is not None and registration["state"] != "registered":
                state = peer_checks.describe_registration(registration)
                carrier.notes.append(f"its registration is in state {state!r} now, before it is adopted")
