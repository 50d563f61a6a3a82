# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers of chan_sip and chan_iax2: which one is the trunk, what of them stays, and what is left out with a note."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import options, parse
from support.unit.adopt_rows import USUAL, adopt, left, notes, peer, row, trunks

DIALS = "exten => _91NXXNXXXXXX,1,Dial(SIP/{}/${{EXTEN:1}},,To)"

def both(entry: str, *dialled: str) -> dict[str, str]:
    lines = [DIALS.format(name).replace("_91", f"_{9 - number}1") for number, name in enumerate(dialled)]
    return row("PAIR", entry, dialplan_entry="\n".join(lines))


def test_the_peer_that_is_dialled_is_the_trunk_wherever_it_stands() -> None:
    adopted = adopt(both(peer("acme_in", "198.18.10.11") + peer("acme_out"), "acme_out"))
    trunk = trunks(adopted)["acme_out"]
    assert (trunk["host"], trunk["signalling"]) == ("198.18.10.10", ["198.18.10.10", "198.18.10.11"])
    assert notes(adopted, "acme_out") == [
        "its peer [acme_in] only lets calls in, and [acme_out.2] does so from now on, by its address: nothing that could be read "
        "dials SIP/acme_in, and whatever does would find no peer of that name"]


def test_peers_that_are_both_dialled_are_left() -> None:
    adopted = adopt(both(peer("one") + peer("two", "198.18.10.11"), "two", "one"))
    assert left(adopted)["PAIR"] == (
        "its peer [two] beside [one] would lose its name, and carrier PAIR names it in its dialplan or global: put [two] into a row "
        "of its own and run adopt again")


def test_a_peer_that_lets_calls_in_may_differ_in_what_calls_out_use() -> None:
    entry = ("[out]\ntype=peer\nhost=198.18.10.10\nusername=u\nsecret=zqS\ndisallow=all\nallow=ulaw\nqualify=yes\n"
             "nat=force_rport,comedia\ndirectmedia=no\nport=5080\n"
             "[in]\ntype=peer\nhost=198.18.10.11\n" + USUAL.replace("allow=ulaw", "allow=alaw"))
    adopted = adopt(both(entry, "out"))
    trunk = trunks(adopted)["out"]
    assert trunk["signalling"] == ["198.18.10.10", "198.18.10.11"] and "settings" not in trunk and "context" not in trunk
    assert notes(adopted, "out") == [
        "[in] differs from [out] in codecs: from now on its inbound calls have the options of [out]",
        "its peer [in] only lets calls in, and [out.2] does so from now on, by its address: nothing that could be read dials "
        "SIP/in, and whatever does would find no peer of that name",
        "context=trunkinbound is that of [in], by which calls come in",
        "insecure=port,invite is that of [in], by which calls come in"]


@pytest.mark.parametrize(("first", "other", "why"), [
    ("", "context=elsewhere\n", "its peers [out] and [in] differ in context"),
    ("", "deny=0.0.0.0/0\n", "its peers [out] and [in] differ in deny"),
    ("", "insecure=port\nsecret=zqS\n", "its peers [out] and [in] differ in insecure"),
    ("", "host=in.example\n", "its peer [in] has a host that is not an address"),
    ("", "host=dynamic\n", "[in] has host=dynamic: the other end registers here, and a trunk has a fixed host"),
    ("", "type=odd\n", "[in] is of type odd, not peer"),
])
def test_a_peer_that_lets_calls_in_by_other_rules_is_left(first: str, other: str, why: str) -> None:
    assert left(adopt(both(peer("out", more=first) + peer("in", "198.18.10.11", other), "out")))["PAIR"] == why


def test_two_peers_that_let_calls_in_into_different_contexts_are_left() -> None:
    entry = "[out]\ntype=peer\nhost=198.18.10.10\n" + peer("in", "198.18.10.11") + peer("in2", "198.18.10.12", "context=elsewhere\n")
    assert left(adopt(both(entry, "out")))["PAIR"] == "its peers [in], [in2] differ in context"


def test_a_user_beside_the_peer_lets_in_the_carrier_s_calls_without_a_login() -> None:
    entry = "[out]\ntype=peer\nhost=198.18.10.10\nusername=u\nsecret=zqS\n[in]\ntype=user\ncontext=trunkinbound\n"
    adopted = adopt(both(entry, "out"))
    assert "insecure" not in trunks(adopted)["out"].get("settings", {}), "the trunk's own port,invite"
    assert "calls from its host need no login from now on (insecure=port,invite), as those to [in]" in notes(adopted, "out")
    login = entry + "secret=zqT\n"
    assert left(adopt(both(login, "out")))["PAIR"] == (
        "callers log in to [in] with a secret, and a trunk's callers are known by their address")


@pytest.mark.parametrize(("more", "given"), [("", None), ("port=5060\n", 5060), ("port=5080\n", 5080)])
@pytest.mark.parametrize("protocol", ["SIP", "IAX2"])
def test_a_port_is_written_where_one_is_given(more: str, given: int | None, protocol: str) -> None:
    assert trunks(adopt(row("ACME", peer("acme", more=more), protocol=protocol)))["acme"].get("port") == given


def test_a_secret_without_a_name_is_left_out_where_callers_need_none() -> None:
    adopted = adopt(row("ACME", peer("acme", more="secret=zqS\n")))
    assert "secret" not in trunks(adopted)["acme"]
    assert notes(adopted, "acme") == ["its secret is left out: without a user name no login uses it"]
    asks = row("ACME", peer("acme", more="secret=zqS\ninsecure=port\n"))
    assert left(adopt(asks))["ACME"].startswith("[acme] has a secret without a user name, by which callers log in")


@pytest.mark.parametrize(("line", "note"), [
    ("register => u:zqS@198.18.10.1", "the register line in [acme] is left out: Asterisk reads it in [general] only"),
    ("old host=zqH", "a line in [acme] is left out, since no option has its name: old host"),
])
@pytest.mark.parametrize("protocol", ["SIP", "IAX2"])
def test_a_line_that_asterisk_passes_over_is_left_out(line: str, note: str, protocol: str) -> None:
    adopted = adopt(row("ACME", peer("acme", more=f"{line}\n"), protocol=protocol))
    assert note in notes(adopted, "acme") and "zq" not in str(adopted.description())


@pytest.mark.parametrize(("entry", "why"), [
    ("[acme]\ntype=friend\nhost=dynamic\n", "[acme] has host=dynamic: the other end registers here, and a trunk has a fixed host"),
    ("[acme]\ntype=user\n", "[acme] is not a type=peer, so calls cannot go out by it"),
    ("[acme]\ntype=peer\n", "[acme] has no host"),
])
def test_what_is_no_trunk_is_left_in_one_line(entry: str, why: str) -> None:
    assert left(adopt(row("ACME", entry))) == {"ACME": why}


@pytest.mark.parametrize(("lines", "key", "value"), [
    ("insecure=very\n", "insecure", "no"), ("insecure=port , invite\n", "insecure", "no"), ("insecure=PORT\n", "insecure", "port"),
    ("nat=never\n", "nat", "no"), ("nat=comedia, force_rport\n", "nat", "comedia"), ("nat=yes\nnat=auto_comedia\nnat=no\n", "nat", "no"),
    ("nat=no\nnat=comedia\n", "nat", "comedia"), ("qualify=on\n", "qualify", "no"), ("qualify=1000ms\n", "qualify", "no"),
    ("qualify=YES\n", "qualify", "2000"), ("dtmfmode=odd\n", "dtmfmode", "rfc2833"),
])
def test_chan_sip_reads_odd_values_so(lines: str, key: str, value: str) -> None:
    """Each was compared with ``sip show peer``, see tests/integration/test_adopt_reads.py."""
    [section] = parse.sections("[acme]\ntype=peer\n" + lines)
    assert options.effective(section)[key] == value


def test_chan_sip_takes_names_that_differ_in_capitals_for_one_peer() -> None:
    adopted = adopt(row("ONE", peer("acme") + "[ACME]\ntype=peer\nhost=198.18.10.12\n"))
    assert trunks(adopted).keys() == {"acme"} and trunks(adopted)["acme"]["host"] == "198.18.10.12"
    assert "signalling" not in trunks(adopted)["acme"] and notes(adopted, "acme") == []
    iax = "[{}]\ntype=peer\nhost=198.18.10.10\nallow=ulaw\n"
    both_iax = adopt(row("IAX", iax.format("acme") + iax.format("ACME"), protocol="IAX2"))
    assert left(both_iax)["IAX"] == "it defines several peers, ACME, acme: put each into a carrier of its own"


def test_an_empty_value_takes_back_what_is_before_it() -> None:
    template = "[base](!)\nfromuser=old\nfromdomain=old.example\nusername=u\nsecret=zqS\n"
    entry = template + "[acme](base)\ntype=peer\nhost=198.18.10.10\n" + USUAL + "fromuser=\nusername=\nsecret=\n"
    trunk = trunks(adopt(row("ACME", entry)))["acme"]
    assert trunk["settings"] == {"fromdomain": "old.example"} and "username" not in trunk and "secret" not in trunk


@pytest.mark.parametrize(("given", "why"), [("5070,tcp", "port: "), ("sip", "port: ")])
def test_a_port_that_is_no_number_is_not_taken_for_the_default(given: str, why: str) -> None:
    assert left(adopt(row("ACME", peer("acme", more=f"port={given}\n"))))["ACME"].startswith(why)


IAX = "[acme]\ntype=peer\nhost=198.18.10.10\ndisallow=all\nallow=ulaw\nqualify=yes\ntransfer=no\n[acme]\ntype=user\ncontext=trunkinbound\n"


def test_networks_that_a_user_of_iax2_permits_are_no_addresses() -> None:
    assert left(adopt(row("IAX", IAX + "permit=198.18.10.0/24\n", protocol="IAX2")))["IAX"] == (
        "[acme] lets calls in from networks (198.18.10.0/24), and a trunk lists addresses")
    for mask in ("", "/32", "/255.255.255.255"):
        adopted = adopt(row("IAX", IAX + f"permit=198.18.10.9{mask}\n", protocol="IAX2"))
        assert trunks(adopted)["acme"]["signalling"] == ["198.18.10.9"] and notes(adopted, "acme") == []
    assert notes(adopt(row("IAX", IAX, protocol="IAX2")), "acme") == [
        "[acme] let calls in by its name: they are known by their address alone now"]


def test_asterisk_passes_over_a_section_without_type() -> None:
    adopted = adopt(row("ACME", peer("acme") + "[acme]\nhost=198.18.99.99\n[general]\nfromuser=x\n"), row("B", "[acme]\nhost=198.18.99.98\n"))
    assert trunks(adopted)["acme"]["host"] == "198.18.10.10" and "settings" not in trunks(adopted)["acme"]
    assert notes(adopted, "acme") == [f"a section [{name}] without type is left out, as Asterisk passes over it"
                                      for name in ("acme", "general")]


@pytest.mark.parametrize(("given", "qualify"), [("yes", None), ("3000", {"timeout": 3000}), ("no", False), ("0", False), ("true", False),
                                                ("on", False), ("soon", False)])
def test_qualify_is_yes_no_or_milliseconds(given: str, qualify: object) -> None:
    trunk = trunks(adopt(row("ACME", peer("acme", more=f"qualify={given}\n"))))["acme"]
    assert trunk.get("qualify") == ({"enabled": False} if qualify is False else qualify)
