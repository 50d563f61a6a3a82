# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the carriers of an existing cluster from its rows, and says why the rest is left alone. Pure.

Chooses the rows; their peers become trunks in trunks.py, their dialplans routes in entries.py.
"""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import entries, trunks
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted, Carrier, Found

__all__ = ["Adopted", "Carrier", "Found", "adopt"]


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
    dialled = trunks.dialled_names(found.rows)
    for row in meant:
        if (row["account_entry"] or "").strip():
            trunks.add(row, found, dialled, result)
        elif not (row["dialplan_entry"] or "").strip():
            result.leave(row, "row", "it has neither a peer nor a dialplan")
    trunks.set_servers(found, result)
    trunks.drop_refused(found, result)
    entries.add_routes(found, meant, result)
    return result
