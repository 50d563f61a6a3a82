# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks addresses that a description, a database or a dialer gives. Pure."""
from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

_NOWHERE = IPv4Network("0.0.0.0/8")


def host(text: Any) -> IPv4Address | None:
    """Return the address, or None when the text is not the address of a single host.

    Refused are networks, names, blanks and leading zeros, 0.0.0.0/8, multicast and reserved addresses, 255.255.255.255
    included.
    """
    try:
        address = IPv4Address(text if isinstance(text, str) else "")
    except ValueError:
        return None
    return None if address.is_multicast or address.is_reserved or address in _NOWHERE else address


def servers(found: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Return (addresses to let in, warnings) for the values of server_ip in VICIdial's table servers.

    Users who may write to the table must not be able to open a firewall: only the address of one host counts. Loopback
    is always let in and needs no rule.
    """
    let_in, warnings = [], []
    for server_ip in found:
        address = host(server_ip)
        if address is None:
            warnings.append(
                f"VICIdial's table servers has a row with server_ip {str(server_ip)[:60]!r}, which is not the address "
                "of one host: the firewall lets nobody in for it. Correct that row (Admin, Servers)"
            )
        elif not address.is_loopback:
            let_in.append(str(address))
    return let_in, warnings
