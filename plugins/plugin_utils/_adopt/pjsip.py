# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the objects of a PJSIP entry, or a section of pjsip_wizard.conf, as a trunk. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import SEVERAL, Peered, Refused, codecs

_CONTACT = re.compile(
    r"<?sips?:(?:(?P<user>[^@;]+)@)?(?P<host>[^:;>@]+)(?::(?P<port>[0-9]{1,5}))?>?(?:\\?;transport=(?P<way>\w+))?>?"
)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?")
_YES = ("yes", "true", "on", "1")
# Asterisk's defaults of the options that the template of this collection writes, and what it writes.
DEFAULTS = {"force_rport": "yes", "rtp_symmetric": "no", "direct_media": "yes", "media_encryption": "no"}
OURS = {"force_rport": "yes", "rtp_symmetric": "yes", "direct_media": "no"}
_DTMF = {spoken: key for key, spoken in schema.PJSIP_DTMF.items()}
# Options of the lesser objects that a trunk says in its own way or that mean nothing to a carrier.
_AOR = {"type", "contact", "qualify_frequency", "qualify_timeout", "max_contacts", "remove_existing"}
_AUTH = {"type", "auth_type", "username", "password"}
_IDENTIFY = {"type", "endpoint", "match"}
_REGISTRATION = {"type", "server_uri", "client_uri", "contact_user", "outbound_auth", "transport"}
_ENDPOINT = {"type", "aors", "outbound_auth", "identify_by", "context", "disallow", "allow", "dtmf_mode", "transport"}


def pjsip_trunk(found: Sequence[Section]) -> Peered:
    """Return the trunk of an entry's endpoint with its aor, auth, identify and registration. Raises Refused."""
    objects: dict[str, list[Section]] = {}
    for section in found:
        if not section.template:
            objects.setdefault(section.last("type").lower(), []).append(section)
    strange = sorted(set(objects) - {"endpoint", "aor", "auth", "identify", "registration"})
    if strange:
        raise Refused(f"it defines an object of type {strange[0] or 'none'}, which a trunk has not")
    for kind, sections in objects.items():
        if len(sections) > 1:
            raise Refused(f"it defines several objects of type {kind}: {', '.join(one.name for one in sections)}")
    if not objects.get("endpoint") or not objects.get("aor"):
        raise Refused("its account entry defines no endpoint with an aor")
    endpoint, aor = objects["endpoint"][0], objects["aor"][0]
    result = Peered({"name": endpoint.name, "protocol": "pjsip"})
    _address(aor, result)
    _endpoint(endpoint, result)
    auth = next(iter(objects.get("auth", [])), None)
    if endpoint.last("auth"):
        raise Refused("its endpoint asks callers for a login (auth=), and a trunk's are known by their address")
    if auth and endpoint.last("outbound_auth"):
        _only(auth, _AUTH)
        result.trunk["username"] = auth.last("username")
        if auth.last("password"):
            result.trunk["secret"] = auth.last("password")
            result.secrets.append(("secret",))
    identify = next(iter(objects.get("identify", [])), None)
    if identify:
        _only(identify, _IDENTIFY)
        matches = [word.strip() for value in identify.values("match") for word in value.split(",")]
        if matches and matches != [result.trunk["host"]]:
            result.trunk["signalling"] = matches
    else:
        result.notes.append(f"its inbound calls are known by the address {result.trunk['host']} from now on")
    registration = next(iter(objects.get("registration", [])), None)
    if registration:
        _registration(registration, result.trunk)
    return result


def _only(section: Section, known: set[str]) -> None:
    others = sorted({key for key, value in section.options if value} - known)
    if others:
        kind = section.last("type")
        raise Refused(f"its object of type {kind} has {', '.join(others)}, for which a trunk has no key")


def uri(text: str) -> dict[str, Any]:
    """Return user, host, port (0: none) and way (the transport) of a SIP URI. Raises Refused."""
    match = _CONTACT.fullmatch(text.strip())
    if match is None:
        raise Refused("one of its SIP addresses is not understood")
    parts = {key: value or "" for key, value in match.groupdict().items()}
    return {**parts, "way": parts["way"].lower() or "udp", "port": int(parts["port"] or 0)}


def _address(aor: Section, result: Peered) -> None:
    _only(aor, _AOR)
    contacts = aor.values("contact")
    if len(contacts) != 1:
        raise Refused(f"its aor has {len(contacts) or 'no'} contact{'s' if contacts else ''}, a trunk has one")
    contact = uri(contacts[0])
    if contact["user"]:
        raise Refused("its contact has a user name, which a trunk's has not")
    trunk = result.trunk
    trunk["host"] = contact["host"]
    if contact["way"] != "udp":
        trunk["transport"] = contact["way"]
    if contact["port"] and contact["port"] != schema.default_port("pjsip", contact["way"]):
        trunk["port"] = contact["port"]
    often, late = aor.last("qualify_frequency", "0"), aor.last("qualify_timeout", "3.0")
    if often == "0":
        trunk["qualify"] = {"enabled": False}
    else:
        wanted = {"frequency": _number(often), "timeout": round(1000 * _number(late))}
        qualify = {key: value for key, value in wanted.items() if value != schema.QUALIFY[key].default}
        if qualify:
            trunk["qualify"] = qualify


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise Refused(f"its aor has {text} where a number belongs")
    number = float(text)
    return int(number) if number.is_integer() else number


def endpoint_options(endpoint: Section) -> dict[str, Any]:
    """Return the effective options of an endpoint, in one spelling each; of those in SEVERAL every line."""
    found: dict[str, Any] = {**DEFAULTS, "context": "default", "dtmf_mode": "rfc4733"}
    for key, value in endpoint.options:
        low = value.lower()
        plain = "yes" if low in _YES else "no" if low in ("no", "false", "off", "0") else value
        if key in SEVERAL:
            found.setdefault(key, []).append(value)
        elif key not in ("allow", "disallow") and value:
            found[key] = plain if key not in ("context", "aors", "outbound_auth") else value
    found["codecs"] = codecs(endpoint.options, ())
    return found


def _endpoint(endpoint: Section, result: Peered) -> None:
    options, trunk = endpoint_options(endpoint), result.trunk
    if not options["codecs"]:
        raise Refused("its endpoint names no codecs")
    trunk["codecs"] = options.pop("codecs")
    if options["context"] != "trunkinbound":
        trunk["context"] = options["context"]
    mode = _DTMF.get(str(options["dtmf_mode"]).lower())
    if mode is None:
        raise Refused(f"dtmf_mode={options['dtmf_mode']} is none that a trunk has")
    if mode != "rfc2833":
        trunk["dtmf_mode"] = mode
    if options.pop("media_encryption") == "sdes":
        trunk["srtp"] = "required"
    if endpoint.last("transport"):
        result.notes.append(
            f"transport={endpoint.last('transport')} is not named any more: PJSIP takes a transport of the kind that "
            "the contact asks for"
        )
    known = _words(endpoint.last("identify_by", "username,ip"))
    if known != "ip":
        result.notes.append("identify_by becomes ip: its inbound calls are known by their address alone")
    settings = {key: value for key, value in options.items() if key in OURS and value != OURS[key]}
    for key, value in options.items():
        if key not in OURS and key not in _ENDPOINT:
            settings[key] = value if not isinstance(value, list) or len(value) > 1 else value[0]
    if "set_var" in settings and "TRUNKS_DESCRIPTION" in str(settings["set_var"]):
        values = [value for value in options["set_var"] if "TRUNKS_DESCRIPTION" not in value]
        settings.pop("set_var")
        if values:
            settings["set_var"] = values
    if settings:
        trunk["settings"] = settings


def _words(value: str) -> str:
    return ",".join(sorted(word.strip().lower() for word in value.split(",")))


def _registration(section: Section, trunk: dict[str, Any]) -> None:
    """Set ``register`` where the trunk's own registration means the same. Raises Refused."""
    _only(section, _REGISTRATION)
    server, client = uri(section.last("server_uri")), uri(section.last("client_uri"))
    default = schema.default_port("pjsip", trunk.get("transport", "udp"))
    port = trunk.get("port") or default
    if server["host"] != trunk["host"] or (server["port"] or default) != port:
        raise Refused("its registration goes to another host or port than calls do")
    if client["user"] != trunk.get("username") or client["host"] != trunk["host"]:
        raise Refused("its client_uri is not the login at the host, and a trunk's is")
    if section.last("contact_user", "s") != trunk.get("username"):
        raise Refused(
            f"calls that come by its registration arrive at extension {section.last('contact_user', 's')}, with ours "
            f"at {trunk.get('username')}"
        )
    trunk["register"] = True


def wizard_trunk(found: Sequence[Section]) -> Peered:
    """Return the trunk of a section of pjsip_wizard.conf, from the objects that it stands for. Raises Refused."""
    wizards = [section for section in found if not section.template]
    if len(wizards) != 1 or wizards[0].last("type").lower() != "wizard":
        raise Refused("it is not one section of type=wizard")
    wizard = wizards[0]
    options = dict(wizard.options)
    for key in ("accepts_auth", "accepts_registrations", "has_phoneprov", "has_hint"):
        if options.pop(key, "no").lower() in _YES:
            raise Refused(f"it has {key}=yes, which a trunk has not")
    hosts = [host.strip() for host in options.get("remote_hosts", "").split(",") if host.strip()]
    if len(hosts) != 1:
        raise Refused(f"it has {len(hosts) or 'no'} remote hosts, a trunk has one")
    strange = sorted(
        key
        for key in options
        if "/" not in key and key not in ("type", "remote_hosts", "sends_auth", "sends_registrations", "transport")
    )
    if strange:
        raise Refused(f"it has {strange[0]}, for which a trunk has no key")
    result = pjsip_trunk(_made(wizard.name, options, hosts[0]))
    result.notes.append("it was an entry of pjsip_wizard.conf; its objects are written one by one now, as PJSIP")
    return result


def _made(name: str, options: Mapping[str, str], host: str) -> list[Section]:
    """Return the objects that the wizard makes."""

    def part(kind: str) -> list[tuple[str, str]]:
        return [(key.partition("/")[2], value) for key, value in options.items() if key.startswith(kind + "/")]

    endpoint = [("type", "endpoint"), ("aors", name), *part("endpoint")]
    if options.get("transport"):
        endpoint.append(("transport", options["transport"]))
    made = [Section(name, (("type", "aor"), ("contact", f"sip:{host}"), *part("aor")))]
    username = dict(part("outbound_auth")).get("username", "")
    if options.get("sends_auth", "no").lower() in _YES:
        endpoint.append(("outbound_auth", name))
        made.append(Section(name, (("type", "auth"), *part("outbound_auth"))))
    if options.get("sends_registrations", "no").lower() in _YES:
        uris = (("server_uri", f"sip:{host}"), ("client_uri", f"sip:{username}@{host}"))
        made.append(Section(name, (("type", "registration"), *uris, *part("registration"))))
    made.append(Section(name, (("type", "identify"), ("endpoint", name), ("match", host.partition(":")[0]))))
    return [Section(name, tuple(endpoint)), *made]
