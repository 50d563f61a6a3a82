# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads registration strings as Asterisk does, and decides whether a trunk's own registration is the same. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

_ADDRESS = re.compile(r"[0-9.]+")


@dataclass(frozen=True)
class Registration:
    """The parts of a ``register =>`` line; those that it does not have are empty, the port 0."""

    user: str
    secret: str
    host: str
    port: int
    transport: str = ""
    domain: str = ""
    authuser: str = ""
    extension: str = ""
    expiry: str = ""
    peer: str = ""

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Registration({self.user!r}, {self.host!r})"


def registration(text: str | None, protocol: str = "sip") -> Registration | None:
    """Return the registration that Asterisk makes of a registration_string; None when it makes none, or several."""
    found = list(lines(text))
    option = conf_lines.option(found[0]) if len(found) == 1 else None
    if option is None or option[0].lower() != "register":
        return None
    return _read(option[1], protocol)


def _read(line: str, protocol: str) -> Registration | None:
    return _iax(line) if protocol == "iax2" else _sip(line)


def _sip(line: str) -> Registration | None:
    """Read [peer?][transport://]user[@domain][:secret[:authuser]]@host[:port][/extension][~expiry], split in the order
    in which chan_sip does it: a secret with one of these marks is cut there."""
    login, at, place = line.rpartition("@")
    peer, mark, rest = login.partition("?")
    if not mark or not rest:
        peer, rest = "", peer
    transport, slash, behind = rest.partition("/")
    if slash:
        blank, _slash, rest = behind.partition("/")
        if blank:
            return None
        transport = transport.removesuffix(":")
    else:
        transport, rest = "", transport
    account, _colon, secret = rest.partition(":")
    secret, _colon, authuser = secret.partition(":")
    user, _at, domain = account.partition("@")
    place, _tilde, expiry = place.partition("~")
    place, _slash, extension = place.partition("/")
    host, _colon, port = place.partition(":")
    if not at or not user or not host:
        return None
    return Registration(
        user, secret, host, conf_lines.number(port) or 0, transport.lower(), domain, authuser, extension, expiry, peer
    )


def _iax(line: str) -> Registration | None:
    """Read user[:secret]@host[:port] as chan_iax2 does: what is behind a second @ or : does not count."""
    login, at, rest = line.partition("@")
    user, _colon, secret = login.partition(":")
    host, _colon, port = rest.partition("@")[0].partition(":")
    if not at or not user or not host:
        return None
    return Registration(user, secret.partition(":")[0], host, conf_lines.number(port.partition(":")[0]) or 0)


def registers(trunk: dict[str, Any], text: str | None) -> str:
    """Set ``register`` where the trunk's own line means the same as the registration_string. Return why not, or ''."""
    found = list(lines(text))
    if not found:
        return ""
    if len(found) > 1:
        return f"it has {len(found)} lines"
    protocol = trunk.get("protocol", "sip")
    option = conf_lines.option(found[0])
    if option is None or option[0].lower() != "register":
        return "it does not begin with 'register =>', so Asterisk ignores it"
    line = _read(option[1], protocol)
    if line is None:
        return "Asterisk does not understand it"
    if line.authuser not in ("", line.user) or line.domain or line.expiry or line.peer:
        return "a trunk has no key for its login name, domain, expiry or peer"
    if line.user != trunk.get("username") or line.secret != trunk.get("secret", ""):
        return "its login is not the peer's"
    if line.host.lower() != str(trunk["host"]).lower() or not _same_port(line, trunk, protocol):
        return "it goes to another host or port than calls do"
    if protocol == "sip" and line.extension != line.user:
        return f"its calls arrive at extension {line.extension or 's'}, a trunk's at {line.user}"
    if (line.transport or "udp") != trunk.get("transport", "udp"):
        return "it uses another transport"
    trunk["register"] = True
    return ""


def _same_port(line: Registration, trunk: dict[str, Any], protocol: str) -> bool:
    """Whether both go to one port: of a host's name, SRV records are only asked for where no port is given."""
    default = schema.default_port(protocol, trunk.get("transport"))
    port = trunk.get("port", 0)
    return line.port == port or bool(_ADDRESS.fullmatch(line.host)) and (line.port or default) == (port or default)
