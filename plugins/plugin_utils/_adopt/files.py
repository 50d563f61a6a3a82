# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the peers in a plain Asterisk's files into the rows that VICIdial would have for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse, peers, pjsip, registrations
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Adopted
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section

HEAD = """---
# Adopted from the files of a plain Asterisk, in which nothing was changed. A peer must not be defined twice: take its
# old sections out of sip.conf, pjsip.conf, pjsip_wizard.conf or iax.conf and reload, then run site.yml at once. The
# dialplan stays as it is: describe routes, and send calls to them from it.
"""
_NO_PEERS = ("general", "authentication", "global", "system", "callnumberlimits")


def rows(texts: Mapping[str, str], server_ip: str) -> list[dict[str, str]]:
    """Return a row for each peer of sip.conf and iax.conf, each endpoint of pjsip.conf and each wizard.

    ``texts``: whole files by protocol (sip, iax2, pjsip, wizard). Raises C(parse.Unreadable).
    """
    found: list[dict[str, str]] = []
    for protocol, column in (("sip", "SIP"), ("iax2", "IAX2")):
        whole = parse.sections(texts.get(protocol, ""))
        lines = [
            f"register => {value}"
            for section in whole
            if section.name.lower() == "general"
            for value in section.values("register")
        ]
        by_name: dict[str, list[Section]] = {}
        for section in whole:
            if not section.template and section.name.lower() not in _NO_PEERS:
                by_name.setdefault(peers.identity(section.name, protocol), []).append(section)
        for sections in by_name.values():
            name = sections[0].name
            found.append(_row(name, column, sections, server_ip, _registration(sections, lines, protocol)))
    found += [_row(name, "PJSIP", sections, server_ip) for name, sections in _endpoints(texts.get("pjsip", ""))]
    for section in parse.sections(texts.get("wizard", "")):
        if not section.template and section.last("type").lower() == "wizard":
            found.append(_row(section.name, "PJSIP_WIZ", [section], server_ip))
    return found


def _row(
    name: str, protocol: str, sections: Sequence[Section], server_ip: str, registration: str = ""
) -> dict[str, str]:
    entry = "\n".join(_text(section) for section in sections)
    said = sections[0].last("description")
    return {
        "carrier_id": name,
        "carrier_name": name,
        "registration_string": registration,
        "template_id": "--NONE--",
        "account_entry": entry,
        "protocol": protocol,
        "globals_string": "",
        "dialplan_entry": "",
        "server_ip": server_ip,
        "active": "Y",
        "carrier_description": said,
        "user_group": "---ALL---",
    }


def _text(section: Section) -> str:
    """Return a section as text. Its templates are resolved; those that are missing stay, so that it is refused."""
    missing = f"({','.join(section.missing)})" if section.missing else ""
    escaped = ((key, value.replace(";", "\\;")) for key, value in section.options)
    return f"[{section.name}]{missing}\n" + "".join(f"{key}={value}\n" for key, value in escaped)


def _registration(sections: Sequence[Section], lines: Sequence[str], protocol: str) -> str:
    """Return the register line with the peer's login and host; an empty string when there is none."""
    for line in lines:
        one = registrations.registration(line, protocol)
        for section in sections:
            user = section.last("defaultuser") or section.last("username")
            if one and one.user == user and one.host.lower() == section.last("host").lower():
                return line
    return ""


def _endpoints(text: str) -> list[tuple[str, list[Section]]]:
    """Return (name, sections) of each endpoint with the objects that belong to it."""
    whole = [section for section in parse.sections(text) if not section.template]
    found = []
    for endpoint in (section for section in whole if section.last("type").lower() == "endpoint"):
        aors, auths = (
            {name for key in keys for name in pjsip.words(endpoint.last(key))}
            for keys in (("aors",), ("outbound_auth", "auth"))
        )
        mine = [endpoint]
        for section in whole:
            kind = section.last("type").lower()
            if (
                (kind == "aor" and section.name in aors)
                or (kind == "auth" and section.name in auths)
                or (kind == "identify" and section.last("endpoint") == endpoint.name)
                or (kind == "registration" and auths.intersection(pjsip.words(section.last("outbound_auth"))))
            ):
                mine.append(section)
        found.append((endpoint.name, mine))
    return found


def settle(adopted: Adopted) -> None:
    """Remove the keys that only rows have from the trunks."""
    for carrier in adopted.trunks:
        for key in ("adopt", "servers"):
            carrier.peered.trunk.pop(key, None)
