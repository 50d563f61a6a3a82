# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads registration strings, and decides whether a trunk's own registration would be the same. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

_TRANSPORT = re.compile(r"(udp|tcp|tls)://")
_HOST = re.compile(r"([^\s:/@~]+)(?::([0-9]{1,5}))?(?:/([^\s~]+))?(?:~([0-9]+))?")


@dataclass(frozen=True)
class Registration:
    """The parts of a ``register =>`` line; those that it does not have are empty, the port 0."""

    user: str
    secret: str
    host: str
    port: int
    transport: str = ""
    authuser: str = ""
    extension: str = ""
    expiry: str = ""
    peer: str = ""

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Registration({self.user!r}, {self.host!r})"


def registration(text: str | None) -> Registration | None:
    """The registration of a registration_string; None when it is empty or something else."""
    for line in lines(text):
        option = conf_lines.option(line)
        return _login(option[1] if option and option[0].lower() == "register" else line)
    return None


def _login(line: str) -> Registration | None:
    """[transport://][peer?]user[:secret[:authuser]]@host[:port][/extension][~expiry], a secret with any characters."""
    transport = _TRANSPORT.match(line)
    peer, mark, login = line[transport.end() if transport else 0 :].partition("?")
    if not mark or not peer or any(character in peer for character in "@:/"):
        peer, login = "", line[transport.end() if transport else 0 :]
    login, at, place = login.rpartition("@")
    user, colon, secret = login.partition(":")
    secret, authorized, authuser = secret.rpartition(":") if ":" in secret else (secret, "", "")
    if authorized and (not authuser or "@" in authuser):
        secret, authuser = secret + authorized + authuser, ""
    match = _HOST.fullmatch(place)
    if not at or not match or not user or len(line.split()) > 1 or any(character in user for character in "/?"):
        return None
    host, port, extension, expiry = (part or "" for part in match.groups())
    kind = transport.group(1) if transport else ""
    return Registration(user, secret, host, int(port or 0), kind, authuser, extension, expiry, peer)


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
