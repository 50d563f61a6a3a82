# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the conflicts between a plan and one dialer: names and numbers that are already used, and missing parts.

Pure: it compares the plan with the result of the module ``dialer_info``. The module ``vicidial_carriers`` compares it
with the database (carrier rows, phones, servers).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL, TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import firewalld, numbers
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan, Trunk
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.checks import UNTOUCHED_PORTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._render.render import firewall_ports

CHAN_SIP_ENDS = 21  # the first Asterisk without chan_sip


def against_dialer(plan: Plan, state: Mapping[str, Any], server_ip: str | None = None) -> tuple[list[str], list[str]]:
    """Return (errors, warnings), one sentence each, about the plan of one dialer (``Plan.for_dialer``).

    ``state`` is what dialer_info returns as ``dialer``. ``server_ip`` is that of the inventory, compared in vicidial
    mode with the dialer's own; None for no comparison. What only a running Asterisk tells is else not compared.
    """
    errors: list[str] = []
    warnings: list[str] = []
    if plan.mode == "vicidial":
        errors += _identity(state, server_ip)
    errors += _firewall(plan, state)
    asterisk = state.get("asterisk") or {}
    if not asterisk.get("running"):
        reason = asterisk.get("reason") or "Asterisk is not running"
        return [*errors, reason], warnings
    if plan.mode == "vicidial" and not asterisk.get("in_screen"):
        warnings.append("Asterisk does not run in a screen named asterisk, so VICIdial's generator reloads nothing")
    errors += _channel_drivers(plan, state)
    errors += _peers(plan, state)
    taken, elsewhere = numbers.against_dialplan(plan, state)
    errors += taken + _globals(plan, state)
    outward, doubts = _ways_out(plan, state)
    errors += outward
    warnings += elsewhere + doubts + _contexts(plan, state) + _guests(state) + _open_ports(plan, state)
    warnings += _other_ports(plan, state)
    return errors, warnings


def peer_names(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return {name in lower case: (name, the trunk's path)} of the peers of all enabled trunks."""
    names: dict[str, tuple[str, str]] = {}
    for trunk in plan.trunks:
        if trunk.enabled:
            names.update((peer.name.lower(), (peer.name, trunk.path)) for peer in trunk.peers)
    return names


def _adopted_names(plan: Plan) -> set[str]:
    """Return the names, in lower case, of peers that may already exist: those of rows that a trunk adopts."""
    return {peer.name.lower() for trunk in plan.trunks if trunk.adopt for peer in trunk.peers}


def _identity(state: Mapping[str, Any], server_ip: str | None) -> list[str]:
    """Return errors if the dialer is not a VICIdial dialer, or not the one that the inventory names."""
    if not state.get("vicidial"):
        return [
            "/etc/astguiclient.conf is missing, so that this is not a VICIdial dialer; "
            "a plain Asterisk needs dialer_mode: asterisk"
        ]
    own = state.get("server_ip")
    if not own:
        return ["/etc/astguiclient.conf has no VARserver_ip"]
    if server_ip is not None and own != server_ip:
        return [
            f"dialer_server_ip is {server_ip!r}, but VARserver_ip in the dialer's /etc/astguiclient.conf is {own!r}: "
            "correct one of them"
        ]
    return []


def _firewall(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    if plan.firewall is None:
        return []
    if plan.firewall.backend == "firewalld":
        return firewalld.errors(plan, state)
    errors = []
    if state.get("firewalld"):
        errors.append(
            "dialer_firewall.backend: must not be nftables while firewalld is running, since packets that firewalld "
            "drops stay dropped: use firewalld or none, or stop firewalld"
        )
    if not state.get("nft"):
        errors.append("dialer_firewall.backend: nftables needs the program nft, which is not installed")
    return errors


def _open_ports(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return warnings about ports on which a channel driver of the trunks accepts calls and which nftables does not
    filter. (firewalld refuses what its zones do not list.)"""
    if plan.firewall is None or plan.firewall.backend != "nftables" or plan.firewall.phones == "anywhere":
        return []
    filtered = firewall_ports(plan, state.get("transports") or ())
    used = {BY_PROTOCOL[trunk.protocol].name for trunk in plan.trunks if trunk.enabled}
    found = []
    for one in state.get("transports") or ():
        if one["technology"] in used and one["type"] in _PORT and one.get("port") not in (None, *filtered):
            what = f"{TECHNOLOGIES[one['technology']].driver} accepts calls on port {one['port']} ({one['type']})"
            found.append(
                f"{what}, which the firewall never filters, from any address: bind it to another port"
                if one["port"] in UNTOUCHED_PORTS
                else f"{what} from any address: add {one['port']} to dialer_firewall.sip_ports to filter it"
            )
    return found


def _channel_drivers(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return an error for each driver, transport or encryption module that the trunks need and this Asterisk lacks."""
    errors: list[str] = []
    drivers = state.get("drivers")
    version = re.search(r"([0-9]{1,9})[0-9.]*", state["asterisk"].get("version") or "")
    for trunk in plan.trunks:
        if not trunk.enabled:
            continue
        technology = BY_PROTOCOL[trunk.protocol]
        if trunk.protocol == "sip" and version and int(version.group(1)) >= CHAN_SIP_ENDS:
            why = f"Asterisk {version.group()} has no chan_sip: write protocol: pjsip"
            errors.append(f"{trunk.path}.protocol: {why}")
        elif drivers is not None and technology.name not in drivers:
            driver = technology.driver
            errors.append(
                f"{trunk.path}.protocol: {driver} is not loaded in this Asterisk, which protocol {trunk.protocol} "
                f"needs: remove 'noload => {driver}.so' from /etc/asterisk/modules.conf and type "
                f"'module load {driver}.so'"
            )
        elif trunk.protocol != "iax2" and state.get("transports") is not None:
            errors += _transport(trunk, state["transports"])
        if trunk.srtp == "required" and state.get("srtp") is False:
            errors.append(
                f"{trunk.path}.srtp: res_srtp is not loaded in this Asterisk, which srtp: required needs: type "
                "'module load res_srtp.so'"
            )
    return errors


_PORT = {"tcp": 5060, "tls": 5061, "udp": 5060}


def _transport(trunk: Trunk, transports: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return errors if calls cannot be placed over the trunk's transport."""
    kind, technology = trunk.transport, BY_PROTOCOL[trunk.protocol]
    if trunk.named_transport:
        return _named_transport(trunk, [one for one in transports if one["technology"] == technology.name])
    have = [one for one in transports if one["technology"] == technology.name and one["type"] == kind]
    if not have:
        if technology.name == "SIP":
            also = (
                " and tlscafile=FILE, with the certificate of the authority that signed the carrier's,"
                if kind == "tls"
                else ""
            )
            what = f"put {kind}enable=yes{also} under [general] in /etc/asterisk/sip.conf and type 'sip reload'"
        else:
            also = (
                ", method=tlsv1_2, verify_server=yes and ca_list_file=FILE, with the certificate of the authority that "
                "signed the carrier's,"
                if kind == "tls"
                else ""
            )
            what = (
                f"put a section [transport-{kind}] with type=transport, protocol={kind}, bind=0.0.0.0:{_PORT[kind]} "
                f"(or another port, if that one is already used){also} into /etc/asterisk/pjsip.conf and type "
                "'pjsip reload'"
            )
        return [f"{trunk.path}.transport: {technology.driver} of this dialer has no transport for {kind}: {what}"]
    problems = [one["problem"] for one in have]
    return [] if "" in problems else [f"{trunk.path}.transport: {problems[0]}"]


def _named_transport(trunk: Trunk, transports: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with the transport that the trunk names; ``transports`` are PJSIP's."""
    path, name = f"{trunk.path}.settings.transport", trunk.named_transport
    found = next((one for one in transports if one.get("name") == name), None)
    if found is None:
        known = ", ".join(str(one.get("name")) for one in transports) or "none"
        return [
            f"{path}: PJSIP of this dialer has no transport {name!r}; it has {known}. Put a section [{name}] with "
            "type=transport into /etc/asterisk/pjsip.conf and type 'pjsip reload'"
        ]
    if found["type"] != trunk.transport:
        return [f"{path}: {name!r} of this dialer is a transport of type {found['type']}, but the trunk's own key "
                f"transport is {trunk.transport}: write transport: {found['type']}, or name another one"]
    return [f"{path}: {found['problem']}"] if found["problem"] else []


def _other_ports(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return a warning for each trunk that changes between SIP and PJSIP, and so the port that its calls come from."""
    running = {peer["name"]: peer["technology"] for peer in state.get("peers") or () if peer.get("managed")}
    found = []
    for trunk in plan.trunks:
        old, new = running.get(trunk.name), BY_PROTOCOL[trunk.protocol].name
        if not trunk.enabled or {old, new} != {"SIP", "PJSIP"}:
            continue
        ports = {technology: {one["port"] for one in state.get("transports") or () if one.get("port")
                              and (one["technology"], one["type"]) == (technology, trunk.transport)
                              and (technology == old or trunk.named_transport in ("", one.get("name")))}
                 for technology in (old, new)}
        if ports[old] != ports[new]:
            before, after = (" or ".join(map(str, sorted(ports[one]))) or "another port" for one in (old, new))
            found.append(
                f"trunk {trunk.name!r} changes from {old} to {new}: its requests come from port {after} instead of "
                f"{before}; tell the carrier, if it identifies this dialer by address and port"
            )
    return found


def _peers(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return errors for peers whose name an unmanaged peer already has; chan_sip compares names without case."""
    names, errors, adopted = peer_names(plan), [], _adopted_names(plan)
    for peer in state.get("peers") or ():
        name, path = names.get(str(peer.get("name", "")).lower(), (None, ""))
        if name is not None and name.lower() not in adopted and not peer.get("managed"):
            place = "registers here" if peer.get("dynamic") else f"at {peer.get('host') or 'an unknown host'}"
            errors.append(
                f"{path}.name: {name!r} is already used by the {peer.get('technology', 'SIP')} peer {peer['name']!r} "
                f"({place}), which this collection does not manage: choose another name"
            )
    return errors


def _globals(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return errors for global variables that a row would set and that already exist: a dialplan that uses one would
    dial the trunk. dialer_info leaves out those of this collection's earlier trunks.
    """
    if plan.mode != "vicidial":
        return []
    managed = {str(peer.get("name", "")).lower() for peer in state.get("peers") or () if peer.get("managed")}
    known = set(state.get("globals") or ())
    return [
        f"{trunk.path}.name: {trunk.name!r} cannot be used, since Asterisk already has a global variable "
        f"'TRUNK{trunk.name}' that this collection does not manage, and a dialplan that uses it would dial this trunk: "
        "choose another name"
        for trunk in plan.trunks
        if trunk.enabled and not trunk.adopt and f"TRUNK{trunk.name}" in known and trunk.name.lower() not in managed
    ]


def _ways_out(plan: Plan, state: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return (errors, warnings) about contexts for inbound calls from which a call reaches a carrier, or may do so."""
    ways = {one["context"].lower(): one["by"] for one in state.get("ways_out") or ()}
    remedy = {
        "vicidial": "let them arrive in trunkinbound, or in another context that includes none of these",
        "asterisk": "let them arrive in a context of their own that includes none of these; dialer_inbound sends its "
        "numbers on from there",
    }[plan.mode]
    places = [(f"{trunk.path}.context", trunk.context, remedy) for trunk in plan.trunks if trunk.enabled]
    remedy = "send the number to a context with only those extensions that callers may reach"
    places += [(f"{entry.path}.goto", entry.goto.context, remedy) for entry in plan.inbound]
    errors, warnings = [], []
    for path, context, remedy in places:
        way = ways.get(context.lower())
        if not way:
            continue
        if {one["how"] for one in way} <= {"includes", "routes"}:
            errors.append(
                f"{path}: context {context!r} leads out to carriers ({_way_text(way)}), so that inbound callers could "
                f"place calls at your expense: {remedy}"
            )
        else:
            warnings.append(
                f"{path}: inbound calls may go out to carriers from context {context!r} ({_way_text(way)}): check that "
                "no caller chooses the number"
            )
    return errors, warnings


def _way_text(way: Sequence[Mapping[str, str]]) -> str:
    """Return a path of dialer_info's ways_out as text."""
    parts = []
    for one, following in zip(way, [*way[1:], {"context": ""}]):
        verb = {
            "includes": f"includes {following['context']!r}",
            "jumps": f"jumps to {following['context']!r}",
            "dials": "dials a number of the call",
            "switch": "has a switch, whose extensions cannot be checked",
            "routes": "is where calls go out" if len(way) == 1 else "",
        }[one["how"]]
        if verb:
            parts.append(f"{one['context']!r} {verb}")
    return ", ".join(parts)


def _guests(state: Mapping[str, Any]) -> list[str]:
    """Return warnings if Asterisk accepts calls from addresses without a trunk, as the operator's sip.conf, pjsip.conf
    and iax.conf decide."""
    found = [
        "Asterisk accepts calls from any address with its endpoint 'anonymous': remove that from pjsip.conf and reload "
        "it, unless this is intended"
        for peer in state.get("peers") or ()
        if peer.get("technology") == "PJSIP" and peer.get("name") == "anonymous"
    ]
    found += [
        f"Asterisk accepts IAX2 calls from any address, without a password, as the user {user['name']!r} and puts them "
        f"into context {user['context']!r}: remove that user from iax.conf, or give it a secret or a permit line, and "
        "type 'iax2 reload', unless this is intended"
        for user in state.get("iax_guests") or ()
    ]
    if not state.get("guests"):
        return found
    return [
        *found,
        f"Asterisk accepts calls from any address and puts them into context {state['guests']!r}: write "
        "allowguest=no into [general] of sip.conf and reload it, unless this is intended"
    ]


def _contexts(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Return warnings about trunks whose context does not exist. In asterisk mode, dialer_inbound creates it."""
    known = set(state.get("contexts") or ())
    if plan.mode == "asterisk" and plan.inbound:
        return []
    return [
        f"trunk {trunk.name!r}: there is no context {trunk.context!r}, so its inbound calls will fail"
        for trunk in plan.trunks
        if trunk.enabled and trunk.context not in known
    ]
