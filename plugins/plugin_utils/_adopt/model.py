# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the carriers of an existing cluster from its rows, and says why the rest is left alone. Pure.

Chooses the rows; their peers become trunks in trunks.py, their dialplans routes in entries.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks, model as table
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import dialled, entries, generated, parse, trunks
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted, Carrier, Found
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

__all__ = ["Adopted", "Carrier", "Found", "adopt"]

_DIAL = re.compile(r"\bDial\(\s*([^,|\n]*)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_NAME = re.compile(r"[\w.-]+")


def adopt(found: Found, only: Collection[str] | None = None) -> Adopted:
    """Describe the rows that this collection does not manage; with ``only``, those with these carrier_ids, and those
    whose peers their dialplans dial.

    ``plan.build`` accepts whatever it returns as trunks and routes.
    """
    result = Adopted()
    along = {} if only is None else _dialled_by(found, only)
    meant = []
    # Active rows first: where names meet, the one in use is described.
    for row in sorted(generated.in_order(found.rows), key=lambda row: row["active"] != "Y"):
        owner, _name = table.owner(row)
        named = only is None or row["carrier_id"] in only
        if owner == "managed" or not named and row["carrier_id"] not in along:
            continue
        why = _not_meant(row, found, owner, named and only is not None)
        if why:
            result.leave(row, "row", why)
        else:
            meant.append(row)
    files = generated.Files(found)
    names = dialled.Dialled(found.rows, found.elsewhere)
    for row in meant:
        if (row["account_entry"] or "").strip():
            trunks.add(row, found, files, names, result)
        elif not (row["dialplan_entry"] or "").strip():
            result.leave(row, "row", "it has neither a peer nor a dialplan")
    for carrier in result.trunks:
        for row in carrier.rows:
            if row["carrier_id"] in along:
                carrier.notes.append(f"it is adopted with carrier {along[row['carrier_id']]}, whose dialplan dials it")
    trunks.set_servers(found, result)
    trunks.drop_refused(found, result)
    trunks.note_conflicts(found, result)
    trunks.note_states(found, result)
    entries.add_routes(found, meant, result)
    return result


def _not_meant(row: Mapping[str, str], found: Found, owner: str, named: bool) -> str | Refused:
    """Return why a row is left alone before its contents are read; an empty string when it is not."""
    if owner == "copy":
        return "its description is a copy of a managed row's: give it one of its own first"
    if owner == "moved":
        return "it is a managed row that was put on another server: site.yml puts it back"
    if row["server_ip"] not in (vicidial.EVERY_DIALER, *found.dialers.values()):
        return "no dialer of the inventory has this server_ip"
    if row["protocol"] == "":
        return ("its protocol is empty, as MySQL stores one that the column does not know, so VICIdial writes no "
                "configuration for it")
    if row["protocol"] not in vicidial.GENERATED:
        return Refused("VICIdial writes no configuration for protocol {protocol}", protocol=row["protocol"])
    if row["active"] != "Y" and vicidial.is_example(row["carrier_id"]):
        return "it is an example that VICIdial installs, and inactive"
    if row["active"] != "Y" and not named:
        return Refused("it is inactive; to adopt it all the same, name it: -e adopt={name}", name=row["carrier_id"])
    return ""


def _dialled_by(found: Found, only: Collection[str]) -> dict[str, str]:
    """Return {carrier_id: the row that dials it} of the rows besides ``only`` with peers that their dialplans dial."""
    peers: dict[str, list[Mapping[str, str]]] = {}
    for row in found.rows:
        if row["active"] == "Y" and table.owner(row)[0] == "foreign" and row["carrier_id"] not in only:
            for name in checks.peers_of(row):
                peers.setdefault(name.lower(), []).append(row)
    along: dict[str, str] = {}
    for row in found.rows:
        if row["carrier_id"] not in only or not peers:
            continue
        for name in _dialled_words(row, found):
            for other in peers.get(name, ()):
                if set(found.readers(other)) & set(found.readers(row)):
                    along.setdefault(other["carrier_id"], row["carrier_id"])
    return along


def _dialled_words(row: Mapping[str, str], found: Found) -> Sequence[str]:
    """Return the words, in lower case, of the channels that a row's dialplan dials, its globals resolved."""
    called = _DIAL.findall("\n".join(parse.lines(row["dialplan_entry"])))
    values = generated.global_values(found, found.readers(row)) if called else {}
    channels = [_VARIABLE.sub(lambda match: values.get(match[1], [(match[0], "")])[-1][0], one) for one in called]
    return [word.lower() for channel in channels for word in _NAME.findall(channel)]
