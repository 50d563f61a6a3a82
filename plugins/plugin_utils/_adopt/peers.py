# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the peers of an existing carrier entry of chan_sip as a trunk, with what chan_iax2 shares with it. Pure.

The trunk means the same as the peer, or the peer is refused. Where the peer leaves an option to Asterisk or to
[general] and the templates of this collection write it, its effective value is written into the trunk's settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import is_secret_key, mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.dialled import Dialled
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.options import (
    ALIASES, NO_WORDS, SIP_DEFAULTS, Pairs, canonical, effective)
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section

# Options without a meaning for a further peer, which only lets calls in.
_OF_THE_FIRST = frozenset(
    ("host", "type", "qualify", "qualifyfreq", "defaultuser", "secret", "description", "fromuser", "remotesecret")
)
# Options by which inbound calls are let in, which outbound calls do not use; and those that say who may call at all.
_INBOUND = ("context", "insecure")
_WHO_MAY_CALL = ("port", "permit", "deny", "acl", "contactpermit", "contactdeny", "contactacl")


class Refused(ValueError):
    """What cannot be described; the message says why, without values that may be secret.

    ``kind`` is the same for all refusals of one sort: the text without its values.
    """

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text.format(**values) if values else text)
        self.kind = text


@dataclass
class Peered:
    """A trunk as the description has it, the keys that contain secrets, and notes for people."""

    trunk: dict[str, Any]
    secrets: list[tuple[str, ...]] = field(default_factory=list)  # paths into the trunk
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Names the trunk and nothing else: it holds secrets."""
        return f"Peered({self.trunk.get('name')!r})"

    def set_settings(self, settings: Mapping[str, Any]) -> None:
        """Set the trunk's settings, and record which of them are secrets, or seem to contain one."""
        for key, held in settings.items():
            lines = [f"{key}={value}" for value in (held if isinstance(held, list) else [held])]
            if key == "auth" or is_secret_key(key) or any(mask(line) != line for line in lines):
                self.secrets.append(("settings", key))
        if settings:
            self.trunk["settings"] = settings


def identity(name: str, protocol: str) -> str:
    """Return what a driver knows a peer by. chan_sip compares names without case."""
    return name.lower() if protocol.upper() == "SIP" else name


def sip_trunk(found: Sequence[Section], general: Pairs, dialled: Dialled) -> Peered:
    """Return the trunk of an entry's peers.

    Raises Refused.
    """
    typed = [section for section in found if section.last("type")]
    first, others = _outbound(_merged(typed or found), dialled)
    result = Peered({"name": first.name})
    result.notes += [f"a section [{section.name}] without type is left out, as Asterisk passes over it"
                     for section in found if typed and section not in typed]
    addresses = _gateways(first, others, general, dialled, result)
    first = replace(first, options=(*first.options, *_inbound(first, others, result)))
    options = effective(first, general)
    if options["type"] == "friend":
        result.notes.append(
            f"[{first.name}] was type=friend and becomes type=peer: its inbound calls are known by their address "
            "alone, no longer by a user name"
        )
    check_host(first.name, options)
    trunk = result.trunk
    trunk["host"] = options.pop("host")
    set_port(first, options, trunk)
    if options["transport"] != "udp":
        trunk["transport"] = options["transport"]
    if options["encryption"] == "yes":
        trunk["srtp"] = "required"
    if options.get("secret") and not options.get("defaultuser") and "invite" not in options["insecure"]:
        raise Refused("[{name}] has a secret without a user name, by which callers log in, and a trunk's callers are "
                      "known by their address: set insecure=port,invite", name=first.name)
    login(options, result, "defaultuser")
    set_qualify(options, trunk, conf_lines.number(options["qualifyfreq"]) or 0)
    trunk["codecs"] = options.pop("codecs")
    if options["dtmfmode"] != "rfc2833":
        trunk["dtmf_mode"] = options["dtmfmode"]
    if options["context"] != "trunkinbound":
        trunk["context"] = options["context"]
    if options.pop("call-limit", ""):
        limit = first.last("call-limit")
        trunk["max_calls"] = _integer(limit)
        result.notes.append(f"call-limit={limit} becomes max_calls, which counts the trunk's outbound calls of a route")
    given = first.last("insecure")
    if options["insecure"] != "invite,port" and given.strip().lower() not in (*NO_WORDS, "", "port", "invite"):
        result.notes.append(f"Asterisk takes insecure={given} for {options['insecure']}, and so does the trunk")
    if addresses:
        trunk["signalling"] = [trunk["host"], *addresses]
    ours = {"insecure": "invite,port", "nat": "comedia,force_rport", "directmedia": "no"}
    handled = {*SIP_DEFAULTS, "type", "port", "secret", "description"} - set(ours)
    set_options(options, first, result, ours, handled, ALIASES)
    return result


def _merged(found: Sequence[Section]) -> list[Section]:
    """Return the peers, each once: a second section of one name adds its options to the first."""
    peers: dict[str, Section] = {}
    options: dict[str, list[tuple[str, str]]] = {}
    for section in found:
        peers.setdefault(identity(section.name, "sip"), section)
        options.setdefault(identity(section.name, "sip"), []).extend(section.options)
    return [replace(section, options=tuple(options[name])) for name, section in peers.items()]


def _outbound(peers: Sequence[Section], dialled: Dialled) -> tuple[Section, list[Section]]:
    """Return the peer that calls go out by, and the others. Raises Refused."""
    if not peers:
        raise Refused("its account entry defines no peer")
    able = [section for section in peers if _type(section) in ("peer", "friend")]
    if not able:
        raise Refused("[{name}] is not a type=peer, so calls cannot go out by it", name=peers[0].name)
    first = next((section for section in able if dialled.named(section.name)), able[0])
    return first, [section for section in peers if section is not first]


def _type(section: Section) -> str:
    return canonical("type", section.last("type"))


def _gateways(
    first: Section, others: Sequence[Section], general: Pairs, dialled: Dialled, result: Peered
) -> list[str]:
    """Return the addresses of the peers that only let calls in, and note what changes for them. Raises Refused."""
    ours = effective(first, general)
    addresses: list[str] = []
    for other in others:
        if _type(other) not in ("peer", "friend", "user"):
            raise Refused("[{name}] is of type {type}, not peer", name=other.name, type=_type(other) or "none")
        why = dialled.may_dial(other.name) if _type(other) != "user" else ""
        if why:
            raise Refused(
                "its peer [{other}] beside [{first}] would lose its name, and {why}: put [{other}] into a row of its "
                "own and run adopt again", other=other.name, first=first.name, why=why,
            )
        theirs = effective(other, general)
        if not theirs.get("host") and _type(other) == "user":
            theirs["host"] = ours.get("host")
        check_host(other.name, theirs)
        host = str(theirs["host"])
        if host != ours.get("host") and not re.fullmatch(r"[0-9.]+", host):
            raise Refused("its peer [{name}] has a host that is not an address", name=other.name)
        by_port = host != ours.get("host") and "port" not in str(theirs["insecure"])
        compared = (theirs.keys() | ours.keys()) - _OF_THE_FIRST - (set() if by_port else {"port"})
        differ = sorted(key for key in compared if theirs.get(key) != ours.get(key))
        strict = [key for key in differ if key in _WHO_MAY_CALL]
        if strict or any(_own(first, key) and _own(other, key) for key in differ if key in _INBOUND):
            raise Refused("its peers [{first}] and [{other}] differ in {options}",
                          first=first.name, other=other.name, options=", ".join(strict or differ))
        if theirs.get("secret") and "invite" not in str(theirs["insecure"]):
            raise Refused("callers log in to [{name}] with a secret, and a trunk's callers are known by their address",
                          name=other.name)
        changed = [key for key in differ if key not in _INBOUND]
        if changed:
            result.notes.append(
                f"[{other.name}] differs from [{first.name}] in {', '.join(changed)}: from now on its inbound calls "
                f"have the options of [{first.name}]"
            )
        where = f"[{first.name}]"
        if host != ours.get("host") and host not in addresses:
            addresses.append(host)
            where = f"[{first.name}.{len(addresses) + 1}]"
        result.notes.append(
            f"its peer [{other.name}] only lets calls in, and {where} does so from now on, by its address: nothing "
            f"that could be read dials SIP/{other.name}, and whatever does would find no peer of that name"
        )
    return addresses


def _own(section: Section, key: str) -> bool:
    return any(name == key for name, _value in section.options)


def _inbound(first: Section, others: Sequence[Section], result: Peered) -> list[tuple[str, str]]:
    """Return the options by which inbound calls are let in that only the other peers set: the trunk needs them.

    Raises Refused where they differ.
    """
    taken = []
    for key in _INBOUND if others else ():
        owners = [section for section in others if _own(section, key)]
        if not owners or _own(first, key):
            continue
        if len({canonical(key, section.last(key)) for section in owners}) > 1:
            raise Refused("its peers {names} differ in {option}",
                          names=", ".join(f"[{section.name}]" for section in owners), option=key)
        taken.append((key, owners[0].last(key)))
        result.notes.append(f"{key}={owners[0].last(key)} is that of [{owners[0].name}], by which calls come in")
    asks = first.last("secret") and not _own(first, "insecure") and "insecure" not in dict(taken)
    open_ones = [section for section in others if not section.last("secret")]
    if asks and open_ones:
        taken.append(("insecure", "port,invite"))
        result.notes.append(
            f"calls from its host need no login from now on (insecure=port,invite), as those to [{open_ones[0].name}]"
        )
    return taken


def _integer(text: str) -> int | str:
    """Return the number, or the text when it is not one: the plan refuses that."""
    number = conf_lines.number(text)
    return text if number is None else number


def check_host(name: str, options: Mapping[str, Any]) -> None:
    host = str(options.get("host", ""))
    if not host:
        raise Refused("[{name}] has no host", name=name)
    if host.lower() == "dynamic":
        raise Refused("[{name}] has host=dynamic: the other end registers here, and a trunk has a fixed host",
                      name=name)


def login(options: dict[str, Any], result: Peered, key: str) -> None:
    username, secret = options.pop(key, ""), options.pop("secret", "")
    if username:
        result.trunk["username"] = username
    elif secret:
        result.notes.append("its secret is left out: without a user name no login uses it")
    if username and secret:
        result.trunk["secret"] = secret
        result.secrets.append(("secret",))


def set_qualify(options: Mapping[str, Any], trunk: dict[str, Any], frequency: int) -> None:
    """Set the key qualify where it differs from the defaults."""
    qualify = options["qualify"]
    if qualify == "no":
        trunk["qualify"] = {"enabled": False}
        return
    wanted: dict[str, Any] = {}
    if qualify != "2000":
        wanted["timeout"] = _integer(qualify)
    if frequency != 60:
        wanted["frequency"] = frequency
    if wanted:
        trunk["qualify"] = wanted


def set_port(section: Section, options: dict[str, Any], trunk: dict[str, Any]) -> None:
    """Set the port where the peer has one: with a port Asterisk asks for no SRV record, and writes it into its URIs."""
    given = section.last("port")
    if given:
        trunk["port"] = options["port"] if conf_lines.number(given) is not None else given  # that the plan refuses


def set_options(
    options: Mapping[str, Any],
    section: Section,
    result: Peered,
    ours: Mapping[str, str],
    handled: Iterable[str],
    aliases: Mapping[str, str],
) -> None:
    """Set the settings: options without a key of the trunk. ``ours``: what the templates write without settings."""
    settings: dict[str, Any] = {}
    for key, value in options.items():
        if key == "register":
            result.notes.append(
                f"the register line in [{section.name}] is left out: Asterisk reads it in [general] only"
            )
        elif len(key.split()) > 1 and not key.endswith("+"):
            result.notes.append(f"a line in [{section.name}] is left out, since no option has its name: {key}")
        elif key in ours:
            if value != ours[key]:
                settings[key] = value
        elif key not in handled and value not in ("", []):
            settings[key] = value if not isinstance(value, list) else value[0] if len(value) == 1 else value
    result.set_settings(settings)
