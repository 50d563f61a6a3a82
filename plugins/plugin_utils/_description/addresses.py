# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts are the address of one host, for what a description, a database or a dialer gives. Pure."""
from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

_NOWHERE = IPv4Network("0.0.0.0/8")


def host(text: Any) -> IPv4Address | None:
    """The address, or None where the text is none that a single host can have.

    No network, name, blank or leading zero; nor 0.0.0.0/8, multicast, and what is reserved, 255.255.255.255 included.
    """
    try:
        address = IPv4Address(text if isinstance(text, str) else "")
    except ValueError:
        return None
    return None if address.is_multicast or address.is_reserved or address in _NOWHERE else address


def servers(found: Iterable[Any]) -> tuple[list[str], list[str]]:
    """(addresses to let in, warnings) of what VICIdial's table servers holds as server_ip.

    Whoever may write there may not open a firewall: only the address of one host counts. Loopback, which a dialer
    alone may have there, is let in anyway and needs no rule.
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
