# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration strings of every form: what Asterisk makes of them, and when a trunk registers the same."""
from __future__ import annotations

import pytest
from support.unit.adopt_rows import adopt, notes, peer, row, trunks
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import registrations

LOGIN = "username=acct\nsecret=zqS\n"


@pytest.mark.parametrize(("text", "parts"), [
    ("register => u:s@h", dict(user="u", secret="s", host="h")),
    ("REGISTER=>u:s@h:5061/ext~120", dict(user="u", secret="s", host="h", port=5061, extension="ext", expiry="120")),
    ("register = peer?tcp://u:s:auth@h/1",
     dict(user="u", secret="s", host="h", peer="peer", transport="tcp", authuser="auth", extension="1")),
    ("register => u@dom:s:login@dom@h", dict(user="u", domain="dom", secret="s", authuser="login@dom", host="h")),
    ("register => u:s@x@h", dict(user="u", secret="s@x", host="h")),
    ("register => a:s?b@h", dict(user="b", secret="", host="h", peer="a:s")),
    ("register => u@h", dict(user="u", secret="", host="h")),
])
def test_chan_sip_cuts_a_registration_so(text: str, parts: dict) -> None:
    read = registrations.registration(text)
    assert read == registrations.Registration(**{"port": 0, **parts})
    assert parts["secret"] == "" or parts["secret"] not in repr(read).replace("Registration", "")


@pytest.mark.parametrize("text", ["u:s@h/u", "register => u:s", "register => u:s/x@h", "register => @h", "", "register",
                                  "register => u:s@h\nregister => v:s@h"])
def test_no_registration_is_made_of_it(text: str) -> None:
    assert registrations.registration(text) is None


def test_chan_iax2_stops_at_the_second_mark() -> None:
    assert registrations.registration("register => u:s:x@h:4570:1@y", "iax2") == registrations.Registration("u", "s", "h", 4570)
    assert registrations.registration("register => u:s@h/u", "iax2").host == "h/u"


@pytest.mark.parametrize(("text", "why"), [
    ("acct:zqS@198.18.10.10/acct", "it does not begin with 'register =>', so Asterisk ignores it"),
    ("register => acct:zqS@198.18.10.10/acct\nregister => acct2:zqT@198.18.10.99/acct2", "it has 2 lines"),
    ("register => acct:zqS/x@198.18.10.10", "Asterisk does not understand it"),
    ("register => acct:zqS:other@198.18.10.10/acct", "a trunk has no key for its login name, domain, expiry or peer"),
    ("register => acct@dom:zqS@198.18.10.10/acct", "a trunk has no key for its login name, domain, expiry or peer"),
    ("register => acct:zqX@198.18.10.10/acct", "its login is not the peer's"),
    ("register => acct:zqS@198.18.10.99/acct", "it goes to another host or port than calls do"),
    ("register => acct:zqS@198.18.10.10:5080/acct", "it goes to another host or port than calls do"),
    ("register => acct:zqS@198.18.10.10", "its calls arrive at extension s, a trunk's at acct"),
    ("register => tcp://acct:zqS@198.18.10.10/acct", "it uses another transport"),
])
def test_it_stays_in_the_row(text: str, why: str) -> None:
    adopted = adopt(row("ACME", peer("acme", more=LOGIN), registration_string=text))
    assert "register" not in trunks(adopted)["acme"]
    assert notes(adopted, "acme") == [f"its registration stays in the row as it is: {why}"]


@pytest.mark.parametrize("text", [
    "register => acct:zqS@198.18.10.10/acct",
    "register => acct:zqS@198.18.10.10:5060/acct",
    "register => acct:zqS:acct@198.18.10.10/acct",
    "; a comment\r\nregister => acct:zqS@198.18.10.10/acct ; ours\r\n",
])
def test_the_trunk_registers_the_same(text: str) -> None:
    adopted = adopt(row("ACME", peer("acme", more=LOGIN), registration_string=text))
    assert trunks(adopted)["acme"]["register"] is True and notes(adopted, "acme") == []


@pytest.mark.parametrize(("text", "port", "registers"), [
    ("register => acct:zqS@gw.example/acct", "", True),
    ("register => acct:zqS@gw.example:5060/acct", "", False),  # with a port there are no SRV records
    ("register => acct:zqS@gw.example:5060/acct", "port=5060\n", True),
])
def test_the_port_of_a_name_is_the_same_or_none(text: str, port: str, registers: bool) -> None:
    adopted = adopt(row("ACME", peer("acme", "gw.example", LOGIN + port), registration_string=text))
    assert trunks(adopted)["acme"].get("register", False) is registers
