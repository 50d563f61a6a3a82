# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares firewalld's zones with the wanted rules. Pure.

firewalld accepts what its zones list and drops the rest, so that rules are only added: one rich rule for each network,
port and protocol. firewalld applies the operator's rules that refuse packets before those that accept them.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan

Zone = Mapping[str, Any]  # of module_utils/_generation/firewalld.zones
Change = dict[str, str]  # zone and rule
_SIP_SERVICES = {"sip", "sips"}
_REFUSING = ("DROP", "%%REJECT%%")


def meant(zones: Sequence[Zone]) -> list[Zone]:
    """Return the zones that get the rules: the default one, and those with an interface or a network.

    Not those that accept everything (trusted), and not those that exist to refuse the networks in them.
    """
    return [
        zone
        for zone in zones
        if (zone["default"] or zone["interfaces"] or zone["sources"])
        and zone["target"] != "ACCEPT"
        and (zone["default"] or zone["interfaces"] or zone["target"] not in _REFUSING)
    ]


def changes(zones: Sequence[Zone], rules: Sequence[str]) -> tuple[list[Change], list[Change]]:
    """Return (rules to add, rules to remove), each with its zone. A rule must be both running and permanent."""
    names = {zone["name"] for zone in meant(zones)}
    add, remove = [], []
    for zone in zones:
        wanted = rules if zone["name"] in names else []
        lacking = (rule for rule in wanted if rule not in zone["running"] or rule not in zone["permanent"])
        left = (rule for rule in dict.fromkeys([*zone["running"], *zone["permanent"]]) if rule not in wanted)
        add += [{"zone": zone["name"], "rule": rule} for rule in lacking]
        remove += [{"zone": zone["name"], "rule": rule} for rule in left]
    return add, remove


def errors(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return the reasons, one sentence each, why this plan's firewall is impossible on the dialer of this state."""
    if not state.get("firewalld"):
        return [
            "dialer_firewall.backend: firewalld does not run on this dialer: start it (systemctl enable --now "
            "firewalld), or use nftables"
        ]
    if state.get("firewalld_problem"):
        return [f"dialer_firewall.backend: firewalld runs but cannot be asked: {state['firewalld_problem']}"]
    return []


def warnings(plan: Plan, zones: Sequence[Zone], transports: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Return warnings about zones that the operator has opened for SIP, so that the rules restrict nothing there.

    ``transports`` are those of dialer_info.
    """
    if plan.firewall is None or plan.firewall.backend != "firewalld" or plan.firewall.phones == "anywhere":
        return []
    found, ports = [], render.firewall_ports(plan, transports)
    for zone in meant(zones):
        open_ports = [port for port in zone["ports"] if _covers(port, ports)]
        open_ports += sorted(_SIP_SERVICES.intersection(zone["services"]))
        if open_ports:
            found.append(
                f"firewalld's zone {zone['name']} accepts SIP from any address by {', '.join(open_ports)}: remove it "
                "(firewall-cmd --permanent --zone … --remove-port or --remove-service) to accept only what is described"
            )
    return found


def _covers(port: str, ports: Sequence[int]) -> bool:
    """Return whether firewalld's PORT/PROTOCOL or FIRST-LAST/PROTOCOL covers one of these ports."""
    first, _dash, last = port.split("/")[0].partition("-")
    return any(int(first) <= number <= int(last or first) for number in ports)
