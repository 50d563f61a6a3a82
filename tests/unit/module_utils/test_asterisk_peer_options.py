# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running Asterisk holds of a peer against its text: another address under the right revision is found."""
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_files, parsers, peer_options, pjsip_parsers
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.unit.descriptions import A, described

RECORDED = Path(__file__).parents[1] / "fixtures/asterisk"
SIP = ("[southern]\ntype=peer\ndescription=[trunks 7] Southern\nhost=198.19.60.20\nport=5060\ndefaultuser=your_account_1\nsecret=x\n"
       "qualify=2000\nqualifyfreq=60\ncontext=public\ndisallow=all\nallow=ulaw,alaw,gsm,opus\n\n"
       "[southern.2]\ntype=peer\nhost=198.19.60.21\nqualify=no\n")
# As channels/chan_iax2.c prints it.
IAX2 = ("\n\n  * Name       : southern\n  Description  : [trunks 7] Southern\n  Context      : \n  Addr->IP     : 198.19.60.20 Port 4569\n"
        "  Username     : your_account_1\n  Codecs       : (ulaw|alaw)\n  Codec Order  : (ulaw|alaw)\n  Status       : OK (1 ms)\n")


def peer(**changes):
    return {"name": "southern", "technology": "SIP", "address": "198.19.60.20", "port": 5060, "dynamic": False, "username": None,
            "state": "reachable", **changes}


def differing(wanted, details=None, **changes):
    return peer_options.differing(wanted, peer_options.held(peer(**changes), details))


def trunk(**changes):
    wanted = plan.build(described({**A, **changes}, routes=()), ["d1"])
    return peer_options.described(render.peer(wanted.trunks[0]))


def test_the_options_of_a_text():
    assert peer_options.described(SIP) == {
        "southern": {"host": "198.19.60.20", "port": 5060, "username": "your_account_1", "context": "public",
                     "codecs": ["alaw", "gsm", "opus", "ulaw"], "qualify": True},
        "southern.2": {"host": "198.19.60.21", "qualify": False},
    }


def test_a_further_section_adds_to_a_peer():
    for heading in ("[southern]\n", "[southern]\ntype=peer\n"):
        found = peer_options.described(SIP + heading + "host=198.18.20.20\n")["southern"]
        assert (found["host"], found["port"], found["context"]) == ("198.18.20.20", 5060, "public")
    assert "theirs" not in peer_options.described(SIP + "[theirs]\nhost=x\n[theirs-2]\ntype=peer\nport=http\n")


@pytest.mark.parametrize("protocol,extra", [("sip", {}), ("pjsip", {"transport": "tcp"}), ("iax2", {})])
def test_the_options_of_what_is_rendered(protocol, extra):
    """The three templates say the same in their own words; the user of IAX2 that lets calls in is no peer of ours."""
    found = trunk(name="southern", protocol=protocol, host="gw.example.com", port=5070, username="me", secret="x", codecs=["alaw"],
                  signalling=["198.18.10.10"], **extra)["southern"]
    assert {key: found[key] for key in ("host", "port", "username", "codecs", "qualify")} == {
        "host": "gw.example.com", "port": 5070, "username": "me", "codecs": ["alaw"], "qualify": True}
    assert found.get("context", "trunkinbound") == "trunkinbound"
    bare = trunk(name="southern", protocol=protocol, host="198.18.10.10", qualify={"enabled": False}, **extra)["southern"]
    assert (bare["host"], bare.get("port"), bare.get("username"), bare["qualify"]) == ("198.18.10.10", None, None, False)


def test_a_peer_as_described_differs_in_nothing():
    details = parsers.sip_peer((RECORDED / "sip_show_peer.txt").read_text())
    wanted = peer_options.described(SIP.replace(",opus", ",opus,h263"))["southern"]  # a codec that an Asterisk may not know
    assert differing(wanted, details) == []
    assert differing(peer_options.described(SIP)["southern"], parsers.sip_peer(IAX2), technology="IAX2", port=5060) == [
        ("codecs", "alaw,gsm,opus,ulaw", "alaw,ulaw")]


def test_an_endpoint_as_described_differs_in_nothing():
    details = pjsip_parsers.parameters((RECORDED / "pjsip_show_endpoint.txt").read_text())
    wanted = {"host": "gw.example.com", "username": "a_long_account", "context": "trunkinbound", "codecs": ["alaw", "ulaw"], "qualify": False}
    shown = {"technology": "PJSIP", "address": "gw.example.com", "port": None, "username": "a_long_acc", "state": "unknown"}
    assert differing(wanted, details, **shown) == []  # the list cuts a login; older versions call a contact without probes unknown
    assert differing({**wanted, "host": "other.example.com", "context": "x", "qualify": True}, details, **{**shown, "state": "unmonitored"}) == [
        ("host", "other.example.com", "gw.example.com"), ("context", "x", "trunkinbound"), ("qualify", "on", "off")]


@pytest.mark.parametrize("wanted,details,changes,found", [
    ({"host": "198.19.60.20"}, None, {}, []),
    ({"host": "198.19.60.20"}, None, {"address": "198.18.20.20"}, [("host", "198.19.60.20", "198.18.20.20")]),
    ({"host": "198.19.60.20"}, None, {"address": None}, []),  # the state says so
    ({"host": "198.19.60.20"}, None, {"address": None, "dynamic": True}, [("host", "198.19.60.20", "what registers with this Asterisk")]),
    ({"host": "[FD00:60::020]"}, None, {"address": "fd00:60::20"}, []),
    # a name has the address that its SRV record leads to now: the name counts that Asterisk was given
    ({"host": "Gw.example.com"}, {"ToHost": "gw.example.com."}, {"port": 5082}, []),
    ({"host": "gw.example.com"}, {"ToHost": "198.18.20.20"}, {}, [("host", "gw.example.com", "198.18.20.20")]),
    ({"host": "gw.example.com"}, None, {}, []),
    ({"host": "gw.example.com"}, None, {"technology": "IAX2"}, []),  # which shows no name
    ({"host": "198.19.60.20", "port": 5070}, None, {}, [("port", 5070, 5060)]),
    ({}, {"Def. Username": "former"}, {}, []),  # a reload does not take the former one away
    ({"username": "mine"}, {"Def. Username": ""}, {}, [("username", "mine", "none")]),
    ({"username": "mine"}, None, {}, []),
    ({"context": "trunkinbound"}, {"Context": "default"}, {}, [("context", "trunkinbound", "default")]),
    ({"codecs": ["ulaw"]}, {"Codecs": "0x6 (ulaw|alaw)"}, {}, [("codecs", "ulaw", "alaw,ulaw")]),
    ({"codecs": ["ulaw"]}, {"Codecs": "(nothing)"}, {}, [("codecs", "ulaw", "nothing")]),
    ({"qualify": True}, None, {"state": "unmonitored"}, [("qualify", "on", "off")]),
    ({"qualify": False}, None, {"state": "unknown"}, [("qualify", "off", "on")]),
])
def test_what_differs(wanted, details, changes, found):
    assert differing(wanted, details, **changes) == found


@pytest.mark.parametrize("name,more,says", [
    # lines without a header belong to the peer before them
    ("sip-vicidial.conf", "; VICIDIAL Carrier: BETA - Beta\n; x\nhost=198.18.20.20\nqualify=yes\n",
     "the last line that sets its host is {etc}/sip-vicidial.conf:17, written for carrier BETA"),
    ("sip.conf", "[southern]\nhost=198.18.20.20 ; mine\n",
     "the last line that sets its host is {etc}/sip.conf:4; [southern] is in {etc}/sip-vicidial.conf:2, {etc}/sip.conf:3"),
    ("sip.conf", "", "{etc}/sip-vicidial.conf:5 sets what is described, and Asterisk has not read it"),
])
def test_the_line_that_overrides_ours_is_named(tmp_path, name, more, says):
    (tmp_path / "sip.conf").write_text("[general]\n#include sip-vicidial.conf\n")
    (tmp_path / "sip-vicidial.conf").write_text("; VICIDIAL Carrier: southern-11 - southern\n" + SIP.partition("[southern.2]")[0])
    with (tmp_path / name).open("a") as file:
        file.write(more)
    found = peer_options.origin(conf_files.read("sip.conf", str(tmp_path)), "southern", [("host", "198.19.60.20", "198.18.20.20")])
    assert found == says.format(etc=tmp_path)


@pytest.mark.parametrize("line,difference", [
    ("allow=ulaw,alaw", ("codecs", "alaw,ulaw", "gsm")), ("qualify=2000", ("qualify", "on", "off")), ("qualify=no", ("qualify", "off", "on")),
    ("contact=sip:me@198.18.10.10:5070", ("port", 5070, 5060)), ("contact=sip:198.18.10.10", ("host", "198.18.10.10", "198.18.20.20")),
])
def test_a_right_line_that_asterisk_has_not_read_is_not_blamed(tmp_path, line, difference):
    (tmp_path / "sip.conf").write_text(f"[southern]\n{line}\n")
    found = peer_options.origin(conf_files.read("sip.conf", str(tmp_path)), "southern", [difference])
    assert found.endswith("sip.conf:2 sets what is described, and Asterisk has not read it")


def test_the_finding():
    assert peer_options.told("southern", [("host", "198.18.10.10", "198.18.20.20"), ("port", 5070, 5060)], "it is so") == (
        "peer southern is loaded with host 198.18.20.20 instead of 198.18.10.10, port 5060 instead of 5070; it is so")
    assert peer_options.origin([], "southern", [("host", "a", "b")]) == ""
