# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses of the lab, in one place. Pure; all in 198.18.0.0/15 (RFC 2544: for tests only)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

MAX_DIALERS = 40
# --asterisk -> the image of its dialers. All others run 16.
ASTERISKS = {"16": "dialer", "22": "dialer22"}
LABEL = "dialer.trunks.lab"


@dataclass(frozen=True)
class Network:
    """A podman bridge network. `interface` is what containers call their side of it."""

    name: str
    subnet: str
    interface: str


LAB_NET = Network("trunks-lab", "198.18.0.0/24", "lab0")
NET_A = Network("trunks-net-a", "198.18.10.0/24", "neta0")
NET_B = Network("trunks-net-b", "198.18.20.0/24", "netb0")
NETWORKS = (LAB_NET, NET_A, NET_B)


@dataclass(frozen=True)
class Host:
    """One container: its name, what it is, image, addresses per network, and variables for its start script."""

    name: str
    role: str
    image: str
    addresses: tuple[tuple[Network, str], ...]
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """The address in the host's first network."""
        return self.addresses[0][1]


DB = Host("trunks-db", "db", "db", ((LAB_NET, "198.18.0.5"),))
CARRIER_A = Host("trunks-carrier-a", "carrier", "dialer", ((NET_A, "198.18.10.10"),), (("LAB_CARRIER", "a"),))
CARRIER_B = Host("trunks-carrier-b", "carrier", "dialer", ((NET_B, "198.18.20.20"),), (("LAB_CARRIER", "b"),))
PHONE = Host("trunks-phone", "phone", "dialer", ((LAB_NET, "198.18.0.101"),))
STRANGER = Host("trunks-stranger", "stranger", "dialer", ((NET_A, "198.18.10.99"),))


def dialer(number: int, asterisk: str = "16") -> Host:
    """Dialer 1 is trunks-dialer1, 198.18.0.11, and .111 in the carriers' networks."""
    address = f"198.18.0.{10 + number}"
    return Host(
        f"trunks-dialer{number}", "dialer", ASTERISKS[asterisk],
        ((LAB_NET, address), (NET_A, f"198.18.10.{110 + number}"), (NET_B, f"198.18.20.{110 + number}")),
        (("LAB_NUMBER", str(number)), ("LAB_SERVER_ID", f"dialer{number}"), ("LAB_SERVER_IP", address),
         ("LAB_ASTERISK", asterisk)))


def dialers(count: int, asterisk: str = "16") -> tuple[Host, ...]:
    """The first `count` dialers."""
    return tuple(dialer(number, asterisk) for number in range(1, count + 1))


def hosts(count: int, asterisk: str = "16") -> tuple[Host, ...]:
    """Every container of a lab with `count` dialers, in the order in which they start."""
    return (DB, *dialers(count, asterisk), CARRIER_A, CARRIER_B, PHONE, STRANGER)


def clashes(in_use: list[tuple[str, str]]) -> list[str]:
    """Sentences for those of `in_use` (address or network, where it is used) that overlap the lab's networks."""
    found = []
    for text, where in in_use:
        try:
            other = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        for network in NETWORKS:
            if other.version == 4 and other.prefixlen > 0 and other.overlaps(ipaddress.ip_network(network.subnet)):
                found.append(f"{network.subnet} of the lab overlaps {text}, which is in use by {where}")
    return found
