# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows adoption takes: active ones, named ones, those that named ones dial, and none that VICIdial never writes."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read
from support.unit.adopt_rows import adopt, left, notes, peer, row, trunks


def test_an_inactive_row_is_left_alone_until_it_is_named() -> None:
    rows = [row("OLD", peer("acme"), active="N", server_ip="0.0.0.0"), row("NEW", peer("beta"))]
    assert left(adopt(*rows)) == {"OLD": "it is inactive; to adopt it all the same, name it: -e adopt=OLD"}
    assert trunks(adopt(*rows, only={"OLD"}))["acme"]["enabled"] is False


@pytest.mark.parametrize("carrier_id", ["SIPExample", "PJSIPExample", "PJSIPWIZExample", "OLD_SIPExample"])
def test_vicidial_s_own_examples_are_left_alone_in_any_case(carrier_id: str) -> None:
    example = row(carrier_id, peer("ExampleSIP"), active="N", server_ip="0.0.0.0")
    for only in (None, {carrier_id}):
        assert left(adopt(example, only=only)) == {carrier_id: "it is an example that VICIdial installs, and inactive"}
    assert trunks(adopt({**example, "active": "Y"})).keys() == {"ExampleSIP"}


def test_of_an_active_and_an_inactive_row_with_one_peer_the_active_one_is_adopted() -> None:
    adopted = adopt(row("ACME1", peer("acme"), active="N"), row("ACME2", peer("acme")), only={"ACME1", "ACME2"})
    assert trunks(adopted)["acme"]["adopt"] == ["ACME2"] and "enabled" not in trunks(adopted)["acme"]
    assert left(adopted) == {"ACME1": "it is inactive, and carrier ACME2 defines a peer acme for the same dialer"}


@pytest.mark.parametrize(("protocol", "why"), [
    ("", "its protocol is empty, as MySQL stores one that the column does not know, so VICIdial writes no configuration for it"),
    ("Zap", "VICIdial writes no configuration for protocol Zap"),
    ("EXTERNAL", "VICIdial writes no configuration for protocol EXTERNAL"),
])
def test_what_vicidial_never_writes(protocol: str, why: str) -> None:
    assert left(adopt(row("ROW", peer("acme"), protocol=protocol))) == {"ROW": why}


@pytest.mark.parametrize("dialled", ["SIP/beta/${EXTEN:1}", "${OUTB}/${EXTEN:1}", "SIP/${EXTEN:1}@beta"])
def test_a_row_whose_peer_a_named_one_dials_is_adopted_with_it(dialled: str) -> None:
    rows = [row("PLAN", dialplan_entry=f"exten => _91NXXNXXXXXX,1,Dial({dialled},,To)"),
            row("BETA", peer("beta"), globals_string="OUTB=SIP/beta"), row("OTHER", peer("other"))]
    adopted = adopt(*rows, only={"PLAN"})
    assert trunks(adopted).keys() == {"beta"} and [route["adopt"] for route in adopted.routes] == [["PLAN"]]
    assert notes(adopted, "beta") == ["it is adopted with carrier PLAN, whose dialplan dials it"]
    assert left(adopted) == {}


def test_a_global_that_another_row_sets_stands_in_the_way() -> None:
    adopted = adopt(row("ACME", peer("acme")), row("OLD", "[x]\ntype=peer\nhost=dynamic\n", globals_string="TRUNKacme=SIP/x"))
    assert notes(adopted, "acme") == [
        "site.yml refuses it as long as carrier OLD sets the global TRUNKacme, which is this trunk's own"]


PEERS = """\
Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      Description
acme/acct                 198.18.10.10                                Auto (No)  No             5060     OK (1 ms)
gone/acct                 198.18.10.240                               Auto (No)  No             5060     UNREACHABLE
2 sip peers [Monitored: 1 online, 1 offline Unmonitored: 0 online, 0 offline]
"""
REGISTRY = """\
Host                                    dnsmgr Username       Refresh State                Reg.Time
198.18.10.10:5060                       N      acct               120 Registered           Sun, 29 Nov 2026 22:57:47
198.18.10.240:5060                      N      acct               120 Request Sent
2 SIP registrations.
"""


class Asterisk(cli.Cli):
    """Answers two commands."""

    def run(self, *commands: str) -> str:
        [command] = commands
        if command not in ANSWERS:
            raise cli.AsteriskError(command)
        return ANSWERS[command]


ANSWERS = {"sip show peers": PEERS, "sip show registry": REGISTRY}


def test_a_carrier_that_does_not_answer_now_has_a_note() -> None:
    states = adopt_read.states(Asterisk())
    assert list(states) == ["SIP"]
    login = "username=acct\nsecret=zqS\n"
    rows = [row(name.upper(), peer(name, host, login), registration_string=f"register => acct:zqS@{host}/acct")
            for name, host in (("acme", "198.18.10.10"), ("gone", "198.18.10.240"))]
    adopted = adopt(*rows, states=states)
    assert notes(adopted, "acme") == []
    assert notes(adopted, "gone") == ["it is unreachable now, before it is adopted",
                                      "its registration is in state 'request sent' now, before it is adopted"]
    assert notes(adopt(*rows), "gone") == [], "nothing is said where Asterisk was not asked"
