# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a row, in whatever form: they go to the vault or nowhere, and are in no report, file, diff or error."""
from __future__ import annotations

import re

import pytest
from support.unit.adopt_rows import adopt, found, peer, row
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import info
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import write

REGISTRATIONS = [
    "register => user@domain:zqS1:zqS2@host.example:5060/ext", "register => u:zqS1@a@b@host.example", "u:zqS1@host.example/u",
    "register => u:zqS1?x@host.example", "register => peer?tls://u:zqS1~1@host.example~60", "u:zqS1", "register = u:zqS1/x@host.example",
    "register => u:zqS1@h\nv:zqS2@h", "udp://u:zqS1@host.example",
    "register => u : zqS1 @ host.example", "u :zqS1@host.example",
]
STEPS = [
    "Dial(SIP/user:zqS1@198.18.10.1/${EXTEN:1})", "Dial(user:zqS1@198.18.10.1/${EXTEN:1},,To)", "Dial(OOH323/u:zqS1@198.18.10.1/${EXTEN:1})",
    "Dial(Motif/acct/u:zqS1@198.18.10.1)", "Dial(SIP/acme/${EXTEN:1},,U(log^key=zqS1))", "AGI(lcr.agi,--password,zqS1)",
    "AGI(agi://198.18.0.9/lcr?token=zqS1)", "Set(R=${CURL(https://u:zqS1@cid.example/next?key=zqS2&to=${EXTEN:1})})",
    "Set(__API_KEY=zqS1)", "System(curl -u u:zqS1 https://cid.example/)",
]


def said(*rows: dict[str, str]) -> str:
    adopted = adopt(*rows)
    texts = write.files(adopted)
    shown = [info.described(one) for one in rows]
    return "\n".join([texts["trunks.yml"], *write.report(adopted), *write.left(adopted), repr(adopted), repr(found(*rows)), str(shown)])


@pytest.mark.parametrize("text", REGISTRATIONS)
def test_a_registration_s_secret_is_hidden(text: str) -> None:
    assert re.findall("zq[A-Z0-9]+", said(row("ACME", peer("acme"), registration_string=text))) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_s_secret_is_hidden(step: str) -> None:
    for lines in (f"exten => _91X.,1,{step}\nexten => _91X.,2,Dial(SIP/acme/${{EXTEN:1}},,To)", f"exten => _91X.,{step}",
                  f"exten => _91X.,1,{step}\n[own]\nexten => 1,1,{step}"):
        assert re.findall("zq[A-Z0-9]+", said(row("ACME", peer("acme"), dialplan_entry=lines))) == []


@pytest.mark.parametrize("line", ["setvar=APIKEY=zqS1", "secret=zqS1", "u:zqS1@host.example = 1", "register => u:zqS1@h",
                                  "auth=u:zqS1@realm", "description=password zqS1\nremotesecret=zqS1"])
def test_a_peer_s_secret_is_hidden(line: str) -> None:
    for before in (peer("acme"), peer("acme") + "[second]\ntype=peer\nhost=dynamic\n", ""):
        text = said(row("ACME", before + line + "\n"))
        assert re.findall("zq[A-Z0-9]+", text.replace("password zqS1", "")) == []


def test_globals_and_names_hide_theirs() -> None:
    text = said(row("ACME", peer("acme"), globals_string="OUT=SIP/u:zqS1@198.18.10.1", carrier_name="password: zqS2",
                    carrier_description="portal me:zqS3@portal.example"))
    assert re.findall("zq[A-Z0-9]+", text) == []
