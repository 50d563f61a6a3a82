# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What firewalld's zones are to hold for us, and what differs. Pure functions.

firewalld lets in what its zones list and drops the rest, so that here we only add: one rich rule for each network, port
and protocol. Rules of the operator's that refuse somebody come before those that let somebody in, in firewalld itself.
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
    """The zones that get our rules: the default one, and those that an interface or a network is in.

    Not those that let everybody in anyhow (trusted), and not those that exist to keep the networks in them out.
    """
    return [
        zone
        for zone in zones
        if (zone["default"] or zone["interfaces"] or zone["sources"])
        and zone["target"] != "ACCEPT"
        and (zone["default"] or zone["interfaces"] or zone["target"] not in _REFUSING)
    ]


def changes(zones: Sequence[Zone], rules: Sequence[str]) -> tuple[list[Change], list[Change]]:
    """(rules to add, rules to take out), each with its zone. A rule counts when it is there running and permanently."""
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
    """Why the dialer that dialer_info read cannot have this plan's firewall; one sentence each."""
    if not state.get("firewalld"):
        return [
            "dialer_firewall.backend: firewalld does not run on this dialer: start it (systemctl enable --now "
            "firewalld), or use nftables"
        ]
    if state.get("firewalld_problem"):
        return [f"dialer_firewall.backend: firewalld runs and does not answer: {state['firewalld_problem']}"]
    return []


def warnings(plan: Plan, zones: Sequence[Zone], transports: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """What the operator's own rules let in, so that ours keep nobody out. ``transports`` are those of dialer_info."""
    if plan.firewall is None or plan.firewall.backend != "firewalld" or plan.firewall.phones == "anywhere":
        return []
    found, ports = [], render.firewall_ports(plan, transports)
    for zone in meant(zones):
        open_ports = [port for port in zone["ports"] if _covers(port, ports)]
        open_ports += sorted(_SIP_SERVICES.intersection(zone["services"]))
        if open_ports:
            found.append(
                f"firewalld's zone {zone['name']} lets everybody in on SIP by {', '.join(open_ports)}: take it out "
                "(firewall-cmd --permanent --zone … --remove-port or --remove-service) to let in only who is described"
            )
    return found


def _covers(port: str, ports: Sequence[int]) -> bool:
    """Whether firewalld's PORT/PROTOCOL or FIRST-LAST/PROTOCOL holds one of these ports."""
    first, _dash, last = port.split("/")[0].partition("-")
    return any(int(first) <= number <= int(last or first) for number in ports)
