# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small rows of vicidial_server_carriers for the tests of adoption, and what becomes of them."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import model
from support.unit.carrier_rows import ROW

# What a trunk means without further keys, so that adopting it adds no settings.
USUAL = "insecure=port,invite\ndisallow=all\nallow=ulaw\ncontext=trunkinbound\nqualify=yes\nnat=force_rport,comedia\ndirectmedia=no\n"
DIALERS = {"d1": "198.18.0.11"}


def row(carrier_id: str, account_entry: str = "", **columns: str) -> dict[str, str]:
    return {**ROW, "carrier_id": carrier_id, "account_entry": account_entry, **columns}


def peer(name: str, host: str = "198.18.10.10", more: str = "") -> str:
    return f"[{name}]\ntype=peer\nhost={host}\n{USUAL}{more}"


def found(*rows: dict[str, str], **more: Any) -> model.Found:
    return model.Found(rows, **{"dialers": DIALERS, **more})


def adopt(*rows: dict[str, str], only: set[str] | None = None, **more: Any) -> model.Adopted:
    return model.adopt(found(*rows, **more), only)


def trunks(adopted: model.Adopted) -> dict[str, dict[str, Any]]:
    """The trunks by their names."""
    return {carrier.name: carrier.peered.trunk for carrier in adopted.trunks}


def notes(adopted: model.Adopted, name: str) -> list[str]:
    """The notes about a trunk."""
    [carrier] = [carrier for carrier in adopted.trunks if carrier.name == name]
    return carrier.notes


def left(adopted: model.Adopted) -> dict[str, str]:
    """{carrier_id: why} of the rows that are left alone; the reason of a dialplan under CARRIER_ID:dialplan."""
    return {carrier_id + (":dialplan" if part == "dialplan" else ""): why for carrier_id, _ip, part, why in adopted.left}
