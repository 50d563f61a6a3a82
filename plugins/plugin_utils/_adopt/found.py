# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from a cluster, and the description that is made from it: plain data. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused


@dataclass(frozen=True)
class Found:
    """What was read from a cluster."""

    rows: Sequence[Mapping[str, str]]  # of vicidial_server_carriers
    dialers: Mapping[str, str]  # inventory name: server_ip
    templates: Mapping[str, str] = field(default_factory=dict)  # template_id: contents
    general: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # sip, iax2: options of [general]
    campaigns: Sequence[Mapping[str, str]] = ()  # campaign_id, dial_prefix, manual_dial_prefix
    mode: str = "vicidial"  # asterisk: the rows stand for peers in files
    globals: Mapping[str, str] = field(default_factory=dict)  # of the running Asterisk on the dialer that was read
    elsewhere: Collection[str] | None = ()  # peers that its dialplan and other tables dial; None: could not be read
    states: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # technology: its peers and registrations there

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
    kinds: list[str] = field(default_factory=list)  # of the reasons in ``left``, in the same order: one for each sort

    def __repr__(self) -> str:
        """Without the routes, whose steps may hold secrets."""
        return f"Adopted({len(self.trunks)} trunks, {len(self.routes)} routes)"

    def leave(self, row: Mapping[str, str], part: str, why: str | Refused) -> None:
        """Record which part of a row is left alone (``row`` or ``dialplan``), and why. A refusal may quote the row."""
        refused = isinstance(why, Refused)
        self.left.append((row["carrier_id"], row["server_ip"], part, mask(str(why)) if refused else str(why)))
        self.kinds.append(why.kind if isinstance(why, Refused) else why)

    def description(self) -> dict[str, Any]:
        """Return the variables of the description, with secrets in clear text."""
        return {"dialer_trunks": [carrier.peered.trunk for carrier in self.trunks], "dialer_routes": self.routes}
