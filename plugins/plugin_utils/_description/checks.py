# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that take more than one key of the description to judge.

They read what ``validate.walk`` returned, in which INVALID replaces a value that was already refused. A check that
would depend on such a value is skipped, so that each mistake is reported once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import CARRIERS_CONTEXT, WAYS_OUT
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import (
    dial_options,
    dids,
    firewall_notes,
    route_checks,
    schema,
    settings_checks,
)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID

# Characters that separate the parts of a registration line (sip_parse_register_line in Asterisk's
# channels/sip/config_parser.c).
_REGISTER_UNSAFE = "@:/?~"
IAX_PORTS = (4569, 40569, 41569, 42569)  # VICIdial's dialers talk to each other and to themselves on these
# The firewall never touches these: ssh, web, database, IAX2, FastAGI, AMI, WebRTC.
UNTOUCHED_PORTS = (22, 80, 443, 3306, 4577, 5038, 8089, *IAX_PORTS)
_RTP_PORTS_PER_CALL = 4  # RTP and RTCP on each of a call's two legs
# Our own contexts but trunks-inbound: calls go out there.
_OUTBOUND_CONTEXT = re.compile(r"trunks-(?!inbound$).*", re.IGNORECASE)

Values = Mapping[str, Any]


@dataclass
class Remarks:
    """Notes and warnings about a description without mistakes."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check(values: Values, document: Values, dialers: Sequence[str], findings: Findings) -> Remarks:
    """Add the mistakes to ``findings`` and return notes and warnings."""
    trunks = list(entries(values, "dialer_trunks"))
    routes = list(entries(values, "dialer_routes"))
    vicidial = values["dialer_mode"] != "asterisk"
    _names(trunks, routes, findings)
    for path, trunk in trunks:
        _login(path, trunk, findings)
        _protocol(path, trunk, document["dialer_trunks"][path[-1]], findings)
        settings_checks.check(path, trunk, findings)
        _servers(path, trunk, dialers, findings)
        dial_options.check(path, trunk["dial_options"], trunk, vicidial, findings)
        _context(path, trunk, vicidial, findings)
        _capacity(path, trunk, dialers, findings)
        route_checks.check_causes(path, trunk, findings)
    for path, route in routes:
        _servers(path, route, dialers, findings)
    route_checks.check(routes, trunks, _refused_names(values, document, trunks), dialers, vicidial, findings)
    _inbound(list(entries(values, "dialer_inbound")), findings)
    _rtp(values["dialer_rtp"], trunks, dialers, findings)
    _firewall(values["dialer_firewall"], values["dialer_rtp"], trunks, findings)
    _adoptions(trunks, routes, vicidial, findings)
    remarks = Remarks()
    if not findings:
        _add_remarks(values, document, trunks, routes, remarks)
        for name, missing in route_checks.without(routes, trunks, dialers):
            remarks.warnings.append(
                f"Route {name!r} is not on {', '.join(missing)}, which {'has' if len(missing) == 1 else 'have'} none "
                "of its trunks (see their servers): its numbers are not answered there. If that is intended, list the "
                "route's dialers in its servers."
            )
    return remarks


def entries(values: Values, key: str) -> Iterable[tuple[Path, Values]]:
    """Yield (path, mapping) for each item of the list that is a mapping."""
    listed = values[key]
    for index, item in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        if isinstance(item, Mapping):
            yield (key, index), item


def _refused_names(values: Values, document: Values, trunks: list) -> list[str] | None:
    """Return the trunk names that were refused; None when that could be any name."""
    listed = values["dialer_trunks"]
    if not listed or listed is INVALID or len(trunks) < len(listed):
        return None
    return [str(document["dialer_trunks"][path[-1]].get("name")) for path, trunk in trunks if trunk["name"] is INVALID]


def _names(trunks: list, routes: list, findings: Findings) -> None:
    """Refuse names that are used twice, ignoring case: chan_sip and MySQL compare names without regard to case."""
    used: dict[str, tuple[str, str]] = {}
    for kind, reserved, found in (("trunk", schema.RESERVED_TRUNKS, trunks), ("route", schema.RESERVED_ROUTES, routes)):
        for path, entry in found:
            name = entry["name"]
            if name is INVALID:
                continue
            here = (*path, "name")
            if name.lower() in reserved:
                findings.add(
                    here,
                    f"{name!r} is a name that Asterisk or VICIdial uses itself"
                    if kind == "trunk"
                    else f"{name!r} is reserved: in a test it means that no route may answer",
                )
            elif name.lower() in used:
                other_kind, other = used[name.lower()]
                also = "" if other == name else ", which differs in case only"
                findings.add(
                    here,
                    f"{name!r} is already the name of another {kind}{also}"
                    if other_kind == kind
                    else f"{name!r} is already the name of a {other_kind}{also}",
                )
            used.setdefault(name.lower(), (kind, name))
    for path, trunk in trunks:
        for peer in settings_checks.other_peers(trunk):
            if used.get(peer.lower(), ("", ""))[0] == "trunk":
                findings.add(
                    (*path, "signalling"),
                    f"needs a peer named {peer!r}, which is the name of another trunk: rename that trunk",
                )


def _login(path: Path, trunk: Values, findings: Findings) -> None:
    username, secret = trunk["username"], trunk["secret"]
    if secret and secret is not INVALID and username == "":
        findings.add(
            (*path, "username"),
            "is required with a secret; leave both out if the carrier identifies the dialer by its address",
        )
    if trunk["register"] is not True:
        return
    if username == "" and not secret:
        findings.add((*path, "username"), "is required with register: true")
    if trunk["protocol"] == "pjsip":
        if isinstance(username, str) and "#" in username:
            findings.add(
                (*path, "username"),
                "must not hold '#' with protocol pjsip and register: true: a SIP address cannot contain it",
            )
        return  # PJSIP writes the secret as an option, not into a registration line
    if isinstance(secret, str):
        for character in _REGISTER_UNSAFE:
            if character in secret:
                findings.add(
                    (*path, "secret"),
                    f"must not hold '{character}' with register: true: a registration line cannot contain it",
                )
                break


def _protocol(path: Path, trunk: Values, given: Values, findings: Findings) -> None:
    """Refuse what the trunk's protocol or transport does not have. ``given`` is the trunk as the user wrote it."""
    protocol = trunk["protocol"]
    if protocol == "iax2":
        for key, (accepted, why) in schema.SIP_ONLY.items():
            if given.get(key) is not None and trunk[key] is not INVALID and trunk[key] not in accepted:
                also = f" or {accepted[0]}" if accepted else ""
                findings.add(
                    (*path, key), f"must be left out{also} with protocol iax2, not {findings.show(given[key])}: {why}"
                )
    elif trunk["srtp"] == "required" and trunk["transport"] in ("udp", "tcp"):
        findings.add(
            (*path, "srtp"),
            f"must be off over {trunk['transport']}, which would send the media keys unencrypted; "
            "srtp: required needs transport: tls",
        )
    modes = {"sip": schema.SIP_DTMF, "pjsip": tuple(schema.PJSIP_DTMF)}.get(protocol, (trunk["dtmf_mode"],))
    if trunk["dtmf_mode"] not in (*modes, INVALID):
        findings.add(
            (*path, "dtmf_mode"),
            f"must be one of {', '.join(modes)} with protocol {protocol}, not {findings.show(trunk['dtmf_mode'])}",
        )


def _servers(path: Path, trunk: Values, dialers: Sequence[str], findings: Findings) -> None:
    if not isinstance(trunk["servers"], list):
        return
    for index, name in enumerate(trunk["servers"]):
        if name is not INVALID and name not in dialers:
            hint = suggest(name, dialers) or f"; known are {', '.join(dialers) or 'none'}"
            findings.add((*path, "servers", index), f"no host {findings.show(name)} in group dialers{hint}")


def _context(path: Path, trunk: Values, vicidial: bool, findings: Findings) -> None:
    """Refuse contexts from which inbound calls could dial out."""
    context = trunk["context"]
    if isinstance(context, str) and _OUTBOUND_CONTEXT.fullmatch(context):
        findings.add((*path, "context"), f"must not be {context!r}: inbound calls could dial out from there")
    elif isinstance(context, str) and vicidial and context.lower() in WAYS_OUT:
        findings.add(
            (*path, "context"),
            f"must not be {context!r}: inbound calls could dial out from there, by the carriers of "
            f"{CARRIERS_CONTEXT}; write trunkinbound, VICIdial's own context for them",
        )


def _capacity(path: Path, trunk: Values, dialers: Sequence[str], findings: Findings) -> None:
    """Refuse a limit for all dialers together that gives some dialer no call."""
    servers = trunk["servers"]
    for key, share in (("max_calls_cluster", "one call"), ("max_calls_per_second_cluster", "one call per second")):
        cluster = trunk[key]
        if INVALID not in (cluster, servers) and cluster:
            sharers = len(dialers) if isinstance(servers, str) else len(servers)
            if cluster < sharers:
                findings.add(
                    (*path, key),
                    f"must be at least {sharers}, {share} for each of the dialers that have the trunk, not {cluster}",
                )


def _inbound(inbound: list, findings: Findings) -> None:
    used: dict[str, tuple[int, str, Any]] = {}  # number without +: (index, did as written, goto)
    for path, entry in inbound:
        did, goto = entry["did"], entry["goto"]
        if did is not INVALID:
            place, other, _goto = used.get(dids.digits(did), (None, did, goto))
            if place is not None:
                also = "" if other == did else f" as {other!r}, which is the same number"
                findings.add((*path, "did"), f"{did!r} is already at dialer_inbound[{place}]{also}")
            place, other, other_goto = used.get(dids.other_length(did) or "", (None, did, goto))
            if place is not None and INVALID not in (goto, other_goto) and goto != other_goto:
                findings.add(
                    (*path, "did"),
                    f"{did!r} and {other!r} at dialer_inbound[{place}] are one number, with and without its country "
                    "code, and must have the same goto",
                )
            used.setdefault(dids.digits(did), (path[-1], did, goto))
        if goto is not INVALID and _OUTBOUND_CONTEXT.fullmatch(goto.split(",")[0]):
            findings.add(
                (*path, "goto"), f"must not lead to {goto.split(',')[0]!r}: inbound calls could dial out from there"
            )


def _most_calls(trunks: list, dialers: Sequence[str]) -> int:
    """Return the highest sum of max_calls of the enabled trunks on any one dialer."""
    counted = [
        (trunk["servers"], _calls_on_a_dialer(trunk, dialers))
        for _path, trunk in trunks
        if trunk["enabled"] is True
        and INVALID not in (trunk["max_calls"], trunk["max_calls_cluster"], trunk["servers"])
    ]
    return max(
        sum(calls for servers, calls in counted if isinstance(servers, str) or dialer in servers)
        for dialer in (list(dialers) or [""])
    )


def _calls_on_a_dialer(trunk: Values, dialers: Sequence[str]) -> int:
    """Return the calls that the trunk may have on one dialer; 0 when there is no limit."""
    sharers = len(dialers) if isinstance(trunk["servers"], str) else len(trunk["servers"])
    share = ceil(trunk["max_calls_cluster"] / max(sharers, 1))
    return min(share, trunk["max_calls"]) if share and trunk["max_calls"] else share or trunk["max_calls"]


def _rtp(rtp: Any, trunks: list, dialers: Sequence[str], findings: Findings) -> None:
    if not isinstance(rtp, Mapping):
        return
    start, end = rtp["start"], rtp["end"]
    if start is not INVALID and start % 2:
        findings.add(
            ("dialer_rtp", "start"),
            f"must be even, not {start}: RTP uses pairs of ports, the first of them even",
        )
    if INVALID in (start, end):
        return
    if end <= start:
        findings.add(("dialer_rtp", "end"), f"must be greater than start, which is {start}, not {end}")
        return
    covered = [str(port) for port in IAX_PORTS if start <= port <= end]
    if covered:
        findings.add(
            ("dialer_rtp",), f"must not include {', '.join(covered)}, on which IAX2 listens, as {start} to {end} does"
        )
    calls = _most_calls(trunks, dialers)
    if end - start + 1 < _RTP_PORTS_PER_CALL * calls:
        findings.add(
            ("dialer_rtp",),
            f"must have at least {_RTP_PORTS_PER_CALL * calls} ports, {_RTP_PORTS_PER_CALL} for "
            f"each of the {calls} calls that max_calls allows on a dialer, not {end - start + 1}",
        )


def _firewall(firewall: Any, rtp: Any, trunks: list, findings: Findings) -> None:
    if not isinstance(firewall, Mapping) or firewall["backend"] in ("none", INVALID):
        return
    here = ("dialer_firewall",)
    if firewall["phones"] is None:
        findings.add((*here, "phones"), "is required with a firewall: the networks of the agents' phones, or anywhere")
    for index, port in enumerate(firewall["sip_ports"] if firewall["sip_ports"] is not INVALID else ()):
        if port in UNTOUCHED_PORTS:
            findings.add((*here, "sip_ports", index), f"must not be {port}, which the firewall never touches")
        if (
            port is not INVALID
            and isinstance(rtp, Mapping)
            and INVALID not in (rtp["start"], rtp["end"])
            and rtp["start"] <= port <= rtp["end"]
        ):
            findings.add((*here, "sip_ports", index), f"must not be {port}, which is in the range of dialer_rtp")
    over_tls = any(trunk["enabled"] is True and trunk["transport"] == "tls" for _path, trunk in trunks)
    if over_tls and isinstance(rtp, Mapping) and INVALID not in (rtp["start"], rtp["end"]):
        if rtp["start"] <= schema.SIPS_PORT <= rtp["end"]:
            findings.add(
                ("dialer_rtp",),
                f"must not include {schema.SIPS_PORT}, on which carriers call over TLS and which the firewall filters, "
                f"as {rtp['start']} to {rtp['end']} does",
            )
    for path, trunk in trunks:
        host = trunk["host"]
        if (
            trunk["enabled"] is True
            and trunk["signalling"] in ((), [])
            and host is not INVALID
            and not re.fullmatch(r"[0-9.]+", host)
        ):
            findings.add(
                (*path, "signalling"),
                f"is required with a firewall, because host {findings.show(host)} is a name: "
                "list the carrier's addresses",
            )


def _adoptions(trunks: list, routes: list, vicidial: bool, findings: Findings) -> None:
    """Refuse a row that two trunks adopt, and any adoption in asterisk mode, where there are no rows."""
    used: dict[str, Path] = {}
    for path, entry in (*trunks, *routes):
        for index, carrier in enumerate(entry["adopt"] if entry["adopt"] is not INVALID else ()):
            here = (*path, "adopt", index)
            if not vicidial:
                findings.add(here, "must be left out in asterisk mode, where there are no carrier rows")
            elif path[0] == "dialer_trunks" and carrier is not INVALID:
                other = used.setdefault(carrier.lower(), path)
                if other != path:
                    findings.add(here, f"{carrier!r} is already adopted by dialer_trunks[{other[-1]}]")


def _add_remarks(values: Values, document: Values, trunks: list, routes: list, remarks: Remarks) -> None:
    """Add what a user should know about a description without mistakes."""
    note, warn = remarks.notes.append, remarks.warnings.append
    vicidial = values["dialer_mode"] == "vicidial"
    if vicidial and values["dialer_inbound"]:
        note("dialer_inbound is not used in vicidial mode, where DIDs belong to VICIdial.")
    if not vicidial and any(route["campaigns"] for _path, route in routes):
        note("The campaigns of dialer_routes are not used in asterisk mode.")
    if not vicidial and values["dialer_db"]:
        note("dialer_db is not used in asterisk mode.")
    described = [trunk for _path, trunk in trunks]
    for sentence in firewall_notes.notes(values["dialer_firewall"], values["dialer_rtp"], described):
        note(sentence)
    for _path, route in routes:
        if route["strategy"] != "weighted" and any(member["weight"] is not None for member in route["trunks"]):
            note(f"The weights of route {route['name']!r} are not used by strategy {route['strategy']!r}.")
    used = {member["name"] for _path, route in routes for member in route["trunks"]}
    for _path, trunk in trunks:
        if routes and trunk["enabled"] and trunk["name"] not in used:
            note(f"Trunk {trunk['name']!r} is in no route.")
        if vicidial and trunk["protocol"] == "pjsip" and trunk["transport"] != "udp":
            note(
                f"Trunk {trunk['name']!r}: VICIdial's admin pages take the ';' out of "
                f"';transport={trunk['transport']}' when its row is saved there; the trunk then reaches no carrier "
                "until the next run restores the row."
            )
        parameters = settings_checks.uri_parameters(trunk)
        if vicidial and parameters:
            note(
                f"Trunk {trunk['name']!r}: VICIdial's admin pages remove the ';' in {', '.join(parameters)} when "
                "its row is saved there; the next run restores it."
            )
        if trunk["protocol"] == "iax2" and not _addresses(trunk):
            note(
                f"Trunk {trunk['name']!r} has a host name and no signalling, so its inbound calls are refused: "
                "IAX2 identifies callers by address."
            )
    for names, shared in _sharing(trunks).items():
        warn(
            f"Trunks {', '.join(map(repr, names[:-1]))} and {names[-1]!r} share {', '.join(shared)}: "
            f"Asterisk takes an inbound call from there for {'either' if len(names) == 2 else 'any'} of them."
        )


def _sharing(trunks: Sequence[tuple[Any, Values]]) -> dict[tuple[str, ...], list[str]]:
    """Return {names of trunks: what identifies the inbound calls of them all}."""
    callers: dict[tuple[str, str], list[Values]] = {}
    for _path, trunk in trunks:
        for address in _called_from(trunk) if trunk["enabled"] else ():
            callers.setdefault((trunk["protocol"], address), []).append(trunk)
    found: dict[tuple[str, ...], list[str]] = {}
    for (_protocol, address), called in callers.items():
        names = tuple(one["name"] for one in called if any(_beside(one, other) for other in called))
        if names:
            found.setdefault(names, []).append(address)
    return found


def _beside(one: Values, other: Values) -> bool:
    """Return whether two trunks are on one dialer."""
    return one is not other and firewall_notes.share_a_dialer(one["servers"], other["servers"])


def _addresses(trunk: Values) -> list[str]:
    """Return the addresses, without host names, from which the trunk's calls come in."""
    return [address for address in trunk["signalling"] or [trunk["host"]] if re.fullmatch(r"[0-9.]+", address)]


def _called_from(trunk: Values) -> list[str]:
    """Return by what the driver identifies the trunk's inbound calls: address:port in chan_sip, else the address."""
    if trunk["protocol"] == "sip":
        port = trunk["port"] or schema.default_port("sip", trunk["transport"])
        return [f"{address}:{port}" for address in dict.fromkeys([trunk["host"], *trunk["signalling"]])]
    return list(dict.fromkeys(trunk["signalling"] or [trunk["host"]]))
