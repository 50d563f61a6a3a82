# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the objects of a PJSIP entry, or a section of pjsip_wizard.conf, as a trunk. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import is_secret_key
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.options import SEVERAL, codecs
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Peered, Refused

_CONTACT = re.compile(
    r"<?sips?:(?:(?P<user>[^@;]+)@)?(?P<host>[^:;>@]+)(?::(?P<port>[0-9]{1,5}))?>?(?:\\?;transport=(?P<way>\w+))?>?"
)
_WIZARD = (
    "type", "remote_hosts", "sends_auth", "sends_registrations", "sends_line_with_registrations", "transport",
)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?")
_YES = ("yes", "true", "on", "1")
# Asterisk's defaults of the options that the template of this collection writes, and what it writes.
DEFAULTS = {"force_rport": "yes", "rtp_symmetric": "no", "direct_media": "yes", "media_encryption": "no"}
OURS = {"force_rport": "yes", "rtp_symmetric": "yes", "direct_media": "no"}
_DTMF = {spoken: key for key, spoken in schema.PJSIP_DTMF.items()}
# Options of the objects beside the endpoint for which a trunk has keys; the others go into its settings.
_KEYED = {
    "aor": {"type", "contact", "qualify_frequency", "qualify_timeout"},
    "auth": {"type", "username", "password"},
    "identify": {"type", "endpoint", "match"},
    "registration": {"type", "server_uri", "client_uri", "contact_user", "outbound_auth", "transport", "endpoint"},
}
# How long a contact lives that registers here, and how many may: a trunk's is fixed.
_OF_REGISTERED_CONTACTS = (
    "default_expiration", "maximum_expiration", "minimum_expiration", "max_contacts", "remove_existing",
    "remove_unavailable",
)
_NO_CHANGE = {"auth_type": "userpass", "contact_user": ""}  # what the template writes anyway
_ENDPOINT = {"type", "aors", "outbound_auth", "identify_by", "context", "disallow", "allow", "dtmf_mode"}


def pjsip_trunk(found: Sequence[Section]) -> Peered:
    """Return the trunk of an entry's endpoint with its aor, auth, identify and registration. Raises Refused."""
    objects: dict[str, list[Section]] = {}
    for section in found:
        if not section.template:
            objects.setdefault(section.last("type").lower(), []).append(section)
    strange = sorted(set(objects) - {"endpoint", *_KEYED})
    if strange:
        raise Refused("it defines an object of type {type}, which a trunk does not have", type=strange[0] or "none")
    for kind, sections in objects.items():
        if len(sections) > 1 and kind != "identify":
            raise Refused("it defines several objects of type {type}: {names}",
                          type=kind, names=", ".join(one.name for one in sections))
    if not objects.get("endpoint") or not objects.get("aor"):
        raise Refused("its account entry defines no endpoint with an aor")
    endpoint, aor = objects["endpoint"][0], objects["aor"][0]
    if words(endpoint.last("aors")) != [aor.name]:
        raise Refused("its endpoint has aors={given}, and its aor is [{name}]",
                      given=endpoint.last("aors") or "(none)", name=aor.name)
    result = Peered({"name": endpoint.name, "protocol": "pjsip"})
    _address(aor, result)
    _endpoint(endpoint, result)
    if endpoint.last("auth"):
        raise Refused("its endpoint asks callers for a login (auth=), and a trunk's callers are known by their address")
    auth = next(iter(objects.get("auth", ())), None)
    wanted = words(endpoint.last("outbound_auth"))
    if wanted and (auth is None or wanted != [auth.name]):
        raise Refused("its endpoint has outbound_auth={given}, which it does not define", given=", ".join(wanted))
    registration = next(iter(objects.get("registration", ())), None)
    if registration and words(registration.last("outbound_auth")) != wanted:
        raise Refused("its registration has another login (outbound_auth) than calls have")
    if auth and wanted:
        _auth(auth, result)
    _identify(objects.get("identify", ()), endpoint.name, result)
    _object(aor, result)
    if registration:
        _registration(registration, endpoint.last("transport"), result)
    return result


def words(value: str) -> list[str]:
    """Return the names in an option that lists objects."""
    return [word for word in re.split(r"[,\s]+", value) if word]


def _object(section: Section, result: Peered) -> None:
    """Put the options of an object beside the endpoint for which a trunk has no key into the settings."""
    kind = section.last("type").lower()
    found: dict[str, Any] = {}
    dropped: list[str] = []
    for key, value in section.options:
        if kind == "aor" and key in _OF_REGISTERED_CONTACTS:
            dropped.append(key)
        elif key not in _KEYED[kind] and value and _NO_CHANGE.get(key) != value:
            found[key] = value
    if kind == "registration":
        given = [key for key in schema.KEEP_REGISTERING if key in found]
        found = {key: value for key, value in found.items() if schema.KEEP_REGISTERING.get(key) != value}
        if len(given) < len(schema.KEEP_REGISTERING):
            result.notes.append("its registration does not give up from now on, whatever the carrier responds")
    if dropped:
        result.notes.append(
            f"{', '.join(dict.fromkeys(dropped))} of its aor are left out: they are for contacts that register here"
        )
    if found:
        result.trunk.setdefault("settings", {}).setdefault(kind, {}).update(found)
        result.secrets += [("settings", kind, key) for key in found if is_secret_key(key)]


def _auth(auth: Section, result: Peered) -> None:
    if not auth.last("username"):
        raise Refused("[{name}] of type auth has no username", name=auth.name)
    result.trunk["username"] = auth.last("username")
    if auth.last("password"):
        result.trunk["secret"] = auth.last("password")
        result.secrets.append(("secret",))
    _object(auth, result)


def _identify(sections: Sequence[Section], endpoint: str, result: Peered) -> None:
    """Set the addresses that calls are accepted from."""
    mine = [section for section in sections if section.last("endpoint") == endpoint]
    host = result.trunk["host"]
    if not mine:
        result.notes.append(f"its inbound calls are known by the address {host} from now on")
    matches: list[str] = []
    for section in mine:
        matches += [word.strip() for value in section.values("match") for word in value.split(",") if word.strip()]
        _object(section, result)
    if matches and matches != [host]:
        result.trunk["signalling"] = matches


def uri(text: str) -> dict[str, Any]:
    """Return user, host, port (0: none) and way (the transport) of a SIP URI. Raises Refused."""
    match = _CONTACT.fullmatch(text.strip())
    if match is None:
        raise Refused("one of its SIP addresses is not understood")
    if text.strip().lower().lstrip("<").startswith("sips:"):
        raise Refused("one of its addresses is a sips: one, and those of a trunk begin with sip: and have "
                      "transport=tls")
    parts = {key: value or "" for key, value in match.groupdict().items()}
    return {**parts, "way": parts["way"].lower() or "udp", "port": int(parts["port"] or 0)}


def _address(aor: Section, result: Peered) -> None:
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
    if contact["port"]:
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
    """Return the effective options of an endpoint, those with a default in one spelling each; of those in SEVERAL every
    line."""
    found: dict[str, Any] = {**DEFAULTS, "context": "default", "dtmf_mode": "rfc4733"}
    for key, value in endpoint.options:
        low = value.lower()
        plain = "yes" if low in _YES else "no" if low in ("no", "false", "off", "0") else value
        if key in SEVERAL:
            found.setdefault(key, []).append(value)
        elif not value:  # takes back what a line or template before it says
            if key not in DEFAULTS:
                found.pop(key, None)
        elif key not in ("allow", "disallow"):
            found[key] = plain if key in DEFAULTS else value
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
        raise Refused("a trunk cannot have dtmf_mode={mode}", mode=options["dtmf_mode"])
    if mode != "rfc2833":
        trunk["dtmf_mode"] = mode
    encryption = options.pop("media_encryption").lower()
    if encryption not in ("no", "sdes"):
        raise Refused("a trunk cannot have media_encryption={kind}", kind=encryption)
    if encryption == "sdes":
        trunk["srtp"] = "required"
    known = ",".join(sorted(words(endpoint.last("identify_by", "username,ip").lower())))
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
    result.set_settings(settings)


def _registration(section: Section, transport: str, result: Peered) -> None:
    """Set ``register`` where the trunk's own registration means the same. Raises Refused."""
    trunk = result.trunk
    server, client = uri(section.last("server_uri")), uri(section.last("client_uri"))
    default = schema.default_port("pjsip", trunk.get("transport", "udp"))
    port = trunk.get("port") or default
    if server["host"] != trunk["host"] or (server["port"] or default) != port:
        raise Refused("its registration goes to another host or port than calls do")
    if server["way"] != trunk.get("transport", "udp"):
        raise Refused("its registration uses another transport than calls do")
    if client["user"] != trunk.get("username") or client["host"] != trunk["host"]:
        raise Refused("its client_uri is not the login at the host, and a trunk's is")
    named = section.last("transport")
    if named and named != transport:
        raise Refused("its registration has transport={given} and its endpoint {other}",
                      given=named, other=f"transport={transport}" if transport else "none")
    if transport and not named:
        result.notes.append(f"its registration uses transport={transport} too from now on")
    contact = section.last("contact_user", "s")
    _object(section, result)
    if contact != trunk.get("username"):
        trunk.setdefault("settings", {}).setdefault("registration", {})["contact_user"] = contact
    for name, given in (("server_uri", server["port"]), ("client_uri", client["port"])):
        if given != trunk.get("port", 0):
            port_now = f"port {trunk['port']}" if trunk.get("port") else "no port"
            result.notes.append(f"{name} of its registration has {port_now} from now on")
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
            raise Refused("it has {key}=yes, which a trunk does not have", key=key)
    hosts = [host.strip() for host in options.get("remote_hosts", "").split(",") if host.strip()]
    if len(hosts) != 1:
        raise Refused("it has {number} remote hosts, a trunk has one", number=len(hosts) or "no")
    strange = sorted(
        key
        for key in options
        if "/" not in key and key not in _WIZARD
    )
    if strange:
        raise Refused("it has {key}, for which a trunk has no key", key=strange[0])
    result = pjsip_trunk(_made(wizard, options, hosts[0]))
    result.notes.append("it was an entry of pjsip_wizard.conf; its objects are written one by one now, as PJSIP")
    return result


def _made(wizard: Section, options: Mapping[str, str], host: str) -> list[Section]:
    """Return the objects that the wizard makes."""

    def part(kind: str) -> list[tuple[str, str]]:
        return [(key.partition("/")[2], value) for key, value in wizard.options if key.startswith(kind + "/")]

    name, transport = wizard.name, options.get("transport", "")
    endpoint = [("type", "endpoint"), ("aors", name), *part("endpoint")]
    if transport:
        endpoint.append(("transport", transport))
    made = [Section(name, (("type", "aor"), ("contact", f"sip:{host}"), *part("aor")))]
    username = dict(part("outbound_auth")).get("username", "")
    if options.get("sends_auth", "no").lower() in _YES:
        endpoint.append(("outbound_auth", name))
        made.append(Section(name, (("type", "auth"), *part("outbound_auth"))))
    if options.get("sends_registrations", "no").lower() in _YES:
        uris = (("server_uri", f"sip:{host}"), ("client_uri", f"sip:{username}@{host}"))
        login = [("outbound_auth", name)] if options.get("sends_auth", "no").lower() in _YES else []
        way = [("transport", transport)] if transport else []
        line = [("line", "yes")] if options.get("sends_line_with_registrations", "no").lower() in _YES else []
        made.append(Section(name, (("type", "registration"), *uris, *login, *way, *line, *part("registration"))))
    match = ("match", host.partition(":")[0])
    made.append(Section(name, (("type", "identify"), ("endpoint", name), match, *part("identify"))))
    return [Section(name, tuple(endpoint)), *made]
