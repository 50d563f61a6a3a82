# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the peers of an existing carrier entry to a trunk of the description. chan_sip and chan_iax2; pure.

A trunk says the same as the peer said, or it is refused. What our templates would write of their own and the peer left
to Asterisk or to [general] is therefore written into the trunk's settings as it holds now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import is_secret_key, mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Registration, Section

Pairs = Sequence[tuple[str, str]]

# Options whose every line counts; of any other the last one does.
SEVERAL = ("permit", "deny", "acl", "contactpermit", "contactdeny", "contactacl", "setvar", "set_var", "auth")
ALIASES = {"username": "defaultuser", "canreinvite": "directmedia"}  # deprecated names of chan_sip

# What Asterisk does where neither the peer nor [general] says anything, of what our templates write.
SIP_DEFAULTS = {
    "context": "default",
    "insecure": "no",
    "nat": "auto_force_rport",
    "directmedia": "yes",
    "dtmfmode": "rfc2833",
    "transport": "udp",
    "qualify": "no",
    "qualifyfreq": "60",
    "encryption": "no",
}
IAX_DEFAULTS = {"context": "default", "qualify": "no", "qualifyfreqok": "60000", "transfer": "yes"}
_DEFAULT_CODECS = ("ulaw", "alaw", "gsm")
_FROM_GENERAL = ("context", "nat", "directmedia", "dtmfmode", "transport", "qualify", "qualifyfreq", "transfer")
# What a further peer, which only lets calls in, has no use for.
_OF_THE_FIRST = frozenset(
    ("host", "type", "qualify", "qualifyfreq", "defaultuser", "secret", "description", "fromuser", "remotesecret")
)
_NO_WORDS = ("no", "off", "false", "n", "f", "0")
_YES_WORDS = ("yes", "on", "true", "y", "t", "1")


class Refused(ValueError):
    """What cannot be described; the message says why, without values that may be secret.

    ``kind`` is the same for all refusals of one sort: the text without its values.
    """

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text.format(**values) if values else text)
        self.kind = text


@dataclass
class Peered:
    """A trunk as the description writes it, the keys that hold secrets, and what people should know."""

    trunk: dict[str, Any]
    secrets: list[tuple[str, ...]] = field(default_factory=list)  # paths into the trunk
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Names the trunk and nothing else: it holds secrets."""
        return f"Peered({self.trunk.get('name')!r})"


def _words(value: str) -> str:
    return ",".join(sorted({word.strip().lower() for word in value.split(",") if word.strip()}))


def canonical(key: str, value: str) -> str:
    """The value of an option of chan_sip or chan_iax2 as it compares: one spelling for what is the same."""
    low = value.strip().lower()
    if key == "insecure":
        return "no" if low in (*_NO_WORDS, "") else "invite,port" if low in ("very", *_YES_WORDS) else _words(low)
    if key == "nat":
        if low in ("never", *_NO_WORDS):
            return "no"
        return "comedia,force_rport" if low in _YES_WORDS else "force_rport" if low == "route" else _words(low)
    if key == "qualify":
        return "no" if low in _NO_WORDS and low != "0" else "2000" if low in _YES_WORDS else low
    if key in ("directmedia", "encryption", "transfer"):
        return "yes" if low in _YES_WORDS else "no" if low in _NO_WORDS else _words(low)
    if key in ("dtmfmode", "transport", "type"):
        return low
    return value.strip()


def codecs(options: Iterable[tuple[str, str]], start: Sequence[str]) -> list[str]:
    """The codecs that allow and disallow leave, in order, beginning with those of [general]."""
    chosen = list(start)
    for key, value in options:
        if key not in ("allow", "disallow"):
            continue
        for word in (part.strip().lower() for part in value.split(",")):
            allow = key == "allow"
            if word.startswith("!"):
                allow, word = False, word[1:]
            if word == "all":
                chosen = ["all"] if allow else []
            elif word and not allow:
                chosen = [codec for codec in chosen if codec != word]
            elif word and word not in chosen:
                chosen.append(word)
    return chosen


def effective(section: Section, general: Pairs = (), protocol: str = "sip") -> dict[str, Any]:
    """Every option of a peer as it holds, in one spelling each, what it leaves to [general] and to Asterisk included.

    ``general``: the options of the [general] section that the peer is loaded with. Values are strings, lists of them
    for options of which every line counts and for codecs, an int for port.
    """
    aliases = ALIASES if protocol == "sip" else {}
    own = [(aliases.get(key, key), value) for key, value in section.options]
    common = {aliases.get(key, key): value for key, value in general}
    found: dict[str, Any] = {}
    for key, value in (SIP_DEFAULTS if protocol == "sip" else IAX_DEFAULTS).items():
        found[key] = canonical(key, common.get(key, value) if key in _FROM_GENERAL else value)
    for key, value in own:
        if key in ("allow", "disallow"):
            continue
        if key in SEVERAL:
            found.setdefault(key, []).append(canonical(key, value))
        elif value or key not in found:
            found[key] = canonical(key, value)
    default = _DEFAULT_CODECS if protocol == "sip" else ("ulaw", "alaw", "gsm")
    found["codecs"] = codecs(own, codecs(general, default if not _names(general, "disallow") else ()))
    port = conf_lines.number(str(found.get("port", "")))
    found["port"] = port if port is not None else schema.default_port(
        "iax2" if protocol == "iax2" else "sip", found.get("transport")
    )
    return found


def _names(options: Pairs, key: str) -> bool:
    return any(name == key for name, _value in options)


def sip_trunk(found: Sequence[Section], general: Pairs, may_dial: Callable[[str], str]) -> Peered:
    """Return the trunk of an entry's peers of chan_sip. ``may_dial`` says what may dial the peer of a name.

    Raises Refused.
    """
    peers = [section for section in found if not section.template]
    if not peers:
        raise Refused("its account entry defines no peer")
    first, others = peers[0], peers[1:]
    options = effective(first, general)
    if str(options.get("type", "")) not in ("peer", "friend"):
        raise Refused(f"[{first.name}] is no type=peer, so calls cannot go out by it")
    result = Peered({"name": first.name})
    if options["type"] == "friend":
        result.notes.append(
            f"[{first.name}] was type=friend and becomes type=peer: its inbound calls are known by their address "
            "alone, no longer by a user name"
        )
    _host(first.name, options)
    trunk = result.trunk
    trunk["host"] = options.pop("host")
    if options["port"] != schema.default_port("sip", options["transport"]):
        trunk["port"] = options["port"]
    if options["transport"] != "udp":
        trunk["transport"] = options["transport"]
    if options["encryption"] == "yes":
        trunk["srtp"] = "required"
    _login(options, result, "defaultuser")
    _qualify(options, trunk, conf_lines.number(options["qualifyfreq"]) or 0)
    trunk["codecs"] = options.pop("codecs")
    if options["dtmfmode"] != "rfc2833":
        trunk["dtmf_mode"] = options["dtmfmode"]
    if options["context"] != "trunkinbound":
        trunk["context"] = options["context"]
    if options.pop("call-limit", ""):
        limit = first.last("call-limit")
        trunk["max_calls"] = _integer(limit)
        result.notes.append(f"call-limit={limit} becomes max_calls, which counts the trunk's outbound calls of a route")
    if first.last("insecure").strip().lower() in ("very", *_YES_WORDS):
        result.notes.append("insecure=very is written as port,invite, which it stood for in old Asterisks")
    if others:
        trunk["signalling"] = [trunk["host"], *(_gateway(other, first, general, may_dial) for other in others)]
        result.notes.append(
            f"its peers {', '.join(other.name for other in others)} become {trunk['name']}.2 and so on, to let calls "
            "in: nothing that could be read dials them, and whatever does would find no peer of that name"
        )
    ours = {"insecure": "invite,port", "nat": "comedia,force_rport", "directmedia": "no"}
    handled = {*SIP_DEFAULTS, "type", "port", "secret", "description"} - set(ours)
    _settings(options, first, result, ours, handled, ALIASES)
    return result


def _integer(text: str) -> int | str:
    """The number, or the text that is none, for the plan to refuse."""
    number = conf_lines.number(text)
    return text if number is None else number


def _host(name: str, options: Mapping[str, Any]) -> None:
    host = str(options.get("host", ""))
    if not host:
        raise Refused(f"[{name}] names no host")
    if host.lower() == "dynamic":
        raise Refused(f"[{name}] has host=dynamic: the other end registers with us, which a trunk's does not")


def _login(options: dict[str, Any], result: Peered, key: str) -> None:
    username, secret = options.pop(key, ""), options.pop("secret", "")
    if username:
        result.trunk["username"] = username
    if secret:
        result.trunk["secret"] = secret
        result.secrets.append(("secret",))


def _qualify(options: Mapping[str, Any], trunk: dict[str, Any], frequency: int) -> None:
    """The key qualify, left out where it would hold the defaults."""
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


def _gateway(other: Section, first: Section, general: Pairs, may_dial: Callable[[str], str]) -> str:
    """The address of a further peer that differs from the first in its address alone."""
    theirs, ours = effective(other, general), effective(first, general)
    if str(theirs.get("type", "")) not in ("peer", "friend"):
        raise Refused(f"[{other.name}] beside [{first.name}] is of type {theirs.get('type') or 'none'}, not peer")
    why = may_dial(other.name)
    if why:
        raise Refused(
            "its peer [{other}] beside [{first}] would lose its name, and {why}: put [{other}] into a row of its own "
            "and run adopt again", other=other.name, first=first.name, why=why,
        )
    compared = (theirs.keys() | ours.keys()) - _OF_THE_FIRST
    differ = sorted(key for key in compared if theirs.get(key) != ours.get(key))
    if differ:
        raise Refused(f"its peers [{first.name}] and [{other.name}] differ in {', '.join(differ)}")
    if not re.fullmatch(r"[0-9.]+", str(theirs.get("host", ""))):
        raise Refused(f"its peer [{other.name}] has no address as its host")
    return str(theirs["host"])


def _settings(
    options: Mapping[str, Any],
    section: Section,
    result: Peered,
    ours: Mapping[str, str],
    handled: Iterable[str],
    aliases: Mapping[str, str],
) -> None:
    """The options that no key of a trunk stands for. ``ours``: what the templates write where settings say nothing."""
    raw: dict[str, str] = {}
    for key, value in section.options:
        raw[aliases.get(key, key)] = value
    settings: dict[str, Any] = {}
    for key, value in options.items():
        if key in ours:
            if value != ours[key]:
                settings[key] = value
        elif key not in handled and value not in ("", []):
            settings[key] = value if not isinstance(value, list) else value[0] if len(value) == 1 else value
    for key in settings:
        held = settings[key] if isinstance(settings[key], list) else [settings[key]]
        lines = [f"{key}={value}" for value in held]
        if key == "auth" or is_secret_key(key) or any(mask(line) != line for line in lines):
            result.secrets.append(("settings", key))
    if settings:
        result.trunk["settings"] = settings


def iax_trunk(found: Sequence[Section], general: Pairs) -> Peered:
    """The trunk of an entry's peer of chan_iax2, with the user of the same name where there is one. Raises Refused."""
    sections = [section for section in found if not section.template]
    if not sections:
        raise Refused("its account entry defines no peer")
    names = {section.name for section in sections}
    if len(names) > 1:
        raise Refused(f"it defines several peers, {', '.join(sorted(names))}: part it first")
    kinds = {section.last("type").lower(): section for section in sections}
    peer, user = kinds.get("friend") or kinds.get("peer"), kinds.get("user")
    if peer is None or len(kinds) < len(sections):
        raise Refused(f"[{sections[0].name}] is no type=peer, so calls cannot go out by it")
    options = effective(peer, general, "iax2")
    result = Peered({"name": peer.name})
    _host(peer.name, options)
    trunk = result.trunk
    trunk.update(protocol="iax2", host=options.pop("host"))
    if options["port"] != schema.default_port("iax2", None):
        trunk["port"] = options["port"]
    _login(options, result, "username")
    _qualify(options, trunk, (conf_lines.number(str(options["qualifyfreqok"])) or 0) // 1000)
    trunk["codecs"] = options.pop("codecs")
    callers = effective(user, general, "iax2") if user else options
    if user or options["type"] == "friend":
        trunk["context"] = callers["context"]
    if user:
        if callers.get("secret"):
            raise Refused(f"callers of [{user.name}] log in with a secret, and a trunk's are known by their address")
        permitted = [entry.partition("/")[0] for entry in callers.get("permit", [])]
        if permitted:
            trunk["signalling"] = permitted
    elif options["type"] == "friend":
        result.notes.append(f"[{peer.name}] was type=friend: its inbound calls are known by their address alone now")
    else:
        result.notes.append(f"[{peer.name}] was a peer only: calls from {trunk['host']} are let in from now on")
    handled = {*IAX_DEFAULTS, "type", "port", "secret", "description", "permit", "deny", "qualifyfreqnotok", "auth"}
    _settings(options, peer, result, {"transfer": "no"}, handled - {"transfer"}, {})
    if options.get("auth") not in (None, ["md5"]):
        result.trunk.setdefault("settings", {})["auth"] = ",".join(options["auth"])
    return result


def registers(trunk: dict[str, Any], line: Registration | None, text: str) -> str:
    """Sets ``register`` when our own line would say the same as the one that is there. Returns why not, else ''."""
    if not text.strip():
        return ""
    if line is None:
        return "it is not understood"
    protocol = trunk.get("protocol", "sip")
    if line.authuser or line.expiry or line.peer:
        return "the description has no word for its login name, time or peer"
    if line.user != trunk.get("username") or line.secret != trunk.get("secret", ""):
        return "its login is not the peer's"
    port = trunk.get("port") or schema.default_port(protocol, trunk.get("transport"))
    if line.host.lower() != str(trunk["host"]).lower() or (line.port or port) != port:
        return "it goes to another host or port than calls do"
    if protocol == "sip" and line.extension != line.user:
        return f"calls that come by it arrive at extension {line.extension or 's'}, with ours at {line.user}"
    if (line.transport or "udp") != trunk.get("transport", "udp"):
        return "it travels by another transport"
    trunk["register"] = True
    return ""
