# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a plan and one dialer as it is: names and numbers that somebody else has, parts that are missing.

Pure: it compares the plan with what the module ``dialer_info`` read there. What the database knows (carrier rows,
phones, servers) is the module ``vicidial_carriers``'s to compare.
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
    """(errors, warnings), one sentence each, about the plan of one dialer (``Plan.for_dialer``).

    ``state`` is what dialer_info returns as ``dialer``. ``server_ip`` is the inventory's, compared in vicidial mode
    with the dialer's own; None leaves that out. What a dialer that does not run cannot tell is not guessed.
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
    return errors, warnings


def peer_names(plan: Plan) -> dict[str, tuple[str, str]]:
    """{name in lower case: (name, the trunk's path)} of every peer that the plan's enabled trunks have."""
    names: dict[str, tuple[str, str]] = {}
    for trunk in plan.trunks:
        if trunk.enabled:
            names.update((peer.name.lower(), (peer.name, trunk.path)) for peer in trunk.peers)
    return names


def _adopted_names(plan: Plan) -> set[str]:
    """The names, in lower case, of peers that may be there already: those of rows that a trunk takes over."""
    return {peer.name.lower() for trunk in plan.trunks if trunk.adopt for peer in trunk.peers}


def _identity(state: Mapping[str, Any], server_ip: str | None) -> list[str]:
    """The dialer is a VICIdial dialer, and the one that the inventory takes it for."""
    if not state.get("vicidial"):
        return [
            "/etc/astguiclient.conf is missing, so this is no VICIdial dialer; "
            "a plain Asterisk needs dialer_mode: asterisk"
        ]
    own = state.get("server_ip")
    if not own:
        return ["/etc/astguiclient.conf names no VARserver_ip"]
    if server_ip is not None and own != server_ip:
        return [
            f"dialer_server_ip is {server_ip!r}, but the dialer itself says {own!r} (VARserver_ip in "
            "/etc/astguiclient.conf)"
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
            "dialer_firewall.backend: nftables beside a running firewalld: a packet that firewalld drops stays "
            "dropped, so use firewalld or none, or stop firewalld"
        )
    if not state.get("nft"):
        errors.append("dialer_firewall.backend: nftables needs the program nft, which is not installed")
    return errors


def _open_ports(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Ports on which a channel driver of the trunks takes calls and which nftables does not filter. (firewalld refuses
    what its zones do not list.)"""
    if plan.firewall is None or plan.firewall.backend != "nftables" or plan.firewall.phones == "anywhere":
        return []
    filtered = firewall_ports(plan, state.get("transports") or ())
    used = {BY_PROTOCOL[trunk.protocol].name for trunk in plan.trunks if trunk.enabled}
    found = []
    for one in state.get("transports") or ():
        if one["technology"] in used and one["type"] in _PORT and one.get("port") not in (None, *filtered):
            what = f"{TECHNOLOGIES[one['technology']].driver} takes calls on port {one['port']} ({one['type']})"
            found.append(
                f"{what}, which the firewall never touches, from any address: bind it to another port"
                if one["port"] in UNTOUCHED_PORTS
                else f"{what} from any address: add {one['port']} to dialer_firewall.sip_ports to have it filtered"
            )
    return found


def _channel_drivers(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """What this Asterisk lacks of what the trunks need: drivers, transports, encryption. One sentence for each lack."""
    errors: list[str] = []
    drivers = state.get("drivers")
    version = re.search(r"([0-9]{1,9})[0-9.]*", state["asterisk"].get("version") or "")
    for trunk in plan.trunks:
        if not trunk.enabled:
            continue
        technology = BY_PROTOCOL[trunk.protocol]
        if trunk.protocol == "sip" and version and int(version.group(1)) >= CHAN_SIP_ENDS:
            why = f"Asterisk {version.group()} has no chan_sip any more: write protocol: pjsip"
            errors.append(f"{trunk.path}.protocol: {why}")
        elif drivers is not None and technology.name not in drivers:
            driver = technology.driver
            errors.append(
                f"{trunk.path}.protocol: {driver} is not loaded in this Asterisk, which protocol {trunk.protocol} "
                f"needs: take 'noload => {driver}.so' out of /etc/asterisk/modules.conf and type "
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
    """Why the trunk's calls cannot go out by its transport, and what to do."""
    kind, technology = trunk.transport, BY_PROTOCOL[trunk.protocol]
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
                f"(or another port, where that one is taken){also} into /etc/asterisk/pjsip.conf and type "
                "'pjsip reload'"
            )
        return [f"{trunk.path}.transport: {technology.driver} of this dialer has no transport for {kind}: {what}"]
    problems = [one["problem"] for one in have]
    return [] if "" in problems else [f"{trunk.path}.transport: {problems[0]}"]


def _peers(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """No peer of ours has a name that somebody else's has; chan_sip finds peers without regard to case."""
    names, errors, adopted = peer_names(plan), [], _adopted_names(plan)
    for peer in state.get("peers") or ():
        name, path = names.get(str(peer.get("name", "")).lower(), (None, ""))
        if name is not None and name.lower() not in adopted and not peer.get("ours"):
            place = "that registers" if peer.get("dynamic") else f"at {peer.get('host') or 'an unknown host'}"
            errors.append(
                f"{path}.name: {name!r} is taken: {peer.get('technology', 'SIP')} has a peer {place} "
                f"named {peer['name']!r}, "
                "which is not ours; choose another name"
            )
    return errors


def _globals(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """No row of ours sets a global variable that somebody else set: a dialplan that uses it would call our trunk. One
    that an earlier trunk of ours has left behind is not among those that dialer_info names.
    """
    if plan.mode != "vicidial":
        return []
    ours = {str(peer.get("name", "")).lower() for peer in state.get("peers") or () if peer.get("ours")}
    known = set(state.get("globals") or ())
    return [
        f"{trunk.path}.name: {trunk.name!r} is taken: Asterisk has a global variable 'TRUNK{trunk.name}', which is not "
        "ours, and a dialplan that uses it would call this trunk; choose another name"
        for trunk in plan.trunks
        if trunk.enabled and not trunk.adopt and f"TRUNK{trunk.name}" in known and trunk.name.lower() not in ours
    ]


def _ways_out(plan: Plan, state: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(errors, warnings) about contexts in which the plan lets calls arrive and from which they go out, or may."""
    ways = {one["context"].lower(): one["by"] for one in state.get("ways_out") or ()}
    cure = {
        "vicidial": "let them arrive in trunkinbound, or in another context that includes none of these",
        "asterisk": "let them arrive in a context of their own that includes none of these; dialer_inbound sends its "
        "numbers on from there",
    }[plan.mode]
    places = [(f"{trunk.path}.context", trunk.context, cure) for trunk in plan.trunks if trunk.enabled]
    cure = "send the number to a context that holds only what callers may reach"
    places += [(f"{entry.path}.goto", entry.goto.context, cure) for entry in plan.inbound]
    errors, warnings = [], []
    for path, context, cure in places:
        way = ways.get(context.lower())
        if not way:
            continue
        if {one["how"] for one in way} <= {"includes", "routes"}:
            errors.append(
                f"{path}: context {context!r} leads out to carriers ({_told(way)}), so that whoever calls in could "
                f"place calls at your expense: {cure}"
            )
        else:
            warnings.append(
                f"{path}: inbound calls may go out to carriers from context {context!r} ({_told(way)}): check that no "
                "caller chooses the number"
            )
    return errors, warnings


def _told(way: Sequence[Mapping[str, str]]) -> str:
    """A way of dialer_info's ways_out in words."""
    said = []
    for one, following in zip(way, [*way[1:], {"context": ""}]):
        verb = {
            "includes": f"includes {following['context']!r}",
            "jumps": f"jumps to {following['context']!r}",
            "dials": "dials a number that the call brings",
            "switch": "has a switch, whose extensions cannot be checked",
            "routes": "is where calls go out" if len(way) == 1 else "",
        }[one["how"]]
        if verb:
            said.append(f"{one['context']!r} {verb}")
    return ", ".join(said)


def _guests(state: Mapping[str, Any]) -> list[str]:
    """Calls from addresses that are no trunk's are to be refused; whether they are is in the operator's sip.conf,
    pjsip.conf and iax.conf."""
    found = [
        "Asterisk takes calls from any address by its endpoint 'anonymous': take that out of pjsip.conf and reload it, "
        "unless that is meant"
        for peer in state.get("peers") or ()
        if peer.get("technology") == "PJSIP" and peer.get("name") == "anonymous"
    ]
    found += [
        f"Asterisk takes IAX2 calls from any address, without a password, by the user {user['name']!r} and puts them "
        f"into context {user['context']!r}: take that user out of iax.conf, or give it a secret or a permit line, and "
        "type 'iax2 reload', unless that is meant"
        for user in state.get("iax_guests") or ()
    ]
    if not state.get("guests"):
        return found
    return [
        *found,
        f"Asterisk takes calls from any address and puts them into context {state['guests']!r}: write "
        "allowguest=no into [general] of sip.conf and reload it, unless that is meant"
    ]


def _contexts(plan: Plan, state: Mapping[str, Any]) -> list[str]:
    """Trunks whose inbound calls would find no context. In asterisk mode dialer_inbound makes them."""
    known = set(state.get("contexts") or ())
    if plan.mode == "asterisk" and plan.inbound:
        return []
    return [
        f"trunk {trunk.name!r}: there is no context {trunk.context!r}, so its inbound calls will fail"
        for trunk in plan.trunks
        if trunk.enabled and trunk.context not in known
    ]
