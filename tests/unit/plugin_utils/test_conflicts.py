# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan against dialers in all sorts of states."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils.conflicts import against_dialer, peer_names

DESCRIPTION = {
    "dialer_trunks": [
        {"name": "carrier_a", "host": "198.18.10.10", "signalling": ["198.18.10.10", "198.18.10.11", "198.18.10.12"]},
        {"name": "carrier_b", "host": "198.18.20.20", "enabled": False},
    ],
    "dialer_routes": [{"name": "us", "trunks": [{"name": "carrier_a"}], "patterns": ["1NXXNXXXXXX", "011."]}],
}
STATE = {
    "server_ip": "198.18.0.11",
    "vicidial": True,
    "asterisk": {"running": True, "version": "16.28.0~dfsg-0+deb11u10", "in_screen": True, "reason": ""},
    "generation": {"running": None, "linked": None},
    "peers": [
        {"name": "cc100", "technology": "SIP", "host": "", "dynamic": True, "ours": False},
        {"name": "ASTloop", "technology": "IAX2", "host": "127.0.0.1", "dynamic": False, "ours": False},
    ],
    "globals": ["TRUNKloop"],
    "patterns": [{"context": "default", "pattern": "138368", "ours": False}],
    "contexts": ["default", "trunkinbound"],
    "firewalld": False,
    "nft": True,
}
SIP, IAX = (
    {"technology": "SIP", "dynamic": False, "ours": False},
    {"technology": "IAX2", "dynamic": False, "ours": False},
)


def compare(state: dict, server_ip: str | None = "198.18.0.11", **description) -> tuple[list[str], list[str]]:
    """against_dialer for the description and the state, each with changes."""
    built = plan.build({**DESCRIPTION, **description}, ["d1"]).for_dialer("d1")
    return against_dialer(built, {**STATE, **state}, server_ip)


def test_a_dialer_that_is_as_it_should_be():
    assert compare({}) == ([], [])
    assert compare({}, server_ip=None) == ([], [])


def test_what_is_ours_already_is_no_conflict():
    assert compare(
        {
            "peers": [{**SIP, "name": "carrier_a", "host": "198.18.10.10", "ours": True}],
            "globals": ["TRUNKcarrier_a"],
            "patterns": [{"context": "trunks-outbound", "pattern": "_91NXXNXXXXXX", "ours": True}],
        }
    ) == ([], [])


@pytest.mark.parametrize(
    ("state", "errors"),
    [
        (
            {"vicidial": False, "server_ip": None},
            [
                "/etc/astguiclient.conf is missing, so this is no VICIdial dialer; a plain Asterisk needs "
                "dialer_mode: asterisk"
            ],
        ),
        ({"server_ip": None}, ["/etc/astguiclient.conf names no VARserver_ip"]),
        (
            {"server_ip": "198.18.0.12"},
            [
                "dialer_server_ip is '198.18.0.11', but the dialer itself says '198.18.0.12' (VARserver_ip in "
                "/etc/astguiclient.conf)"
            ],
        ),
        (
            {"asterisk": {"running": False, "version": "", "in_screen": False, "reason": "Asterisk is not running: no process asterisk"}},
            ["Asterisk is not running: no process asterisk"],
        ),
        ({"asterisk": {}}, ["Asterisk is not running"]),
        (
            {"asterisk": {"running": True, "version": "Asterisk 22.10.1", "in_screen": True}},
            [
                "dialer_trunks[0].protocol: Asterisk 22.10.1 has no chan_sip any more: write protocol: pjsip"
            ],
        ),
        (
            {"peers": [{**SIP, "name": "Carrier_A", "host": "", "dynamic": True}]},
            ["dialer_trunks[0].name: 'carrier_a' is taken: SIP has a peer that registers named 'Carrier_A', which is not ours; choose another name"],
        ),
        (
            {"peers": [{**IAX, "name": "carrier_a", "host": "198.18.0.12"}]},
            ["dialer_trunks[0].name: 'carrier_a' is taken: IAX2 has a peer at 198.18.0.12 named 'carrier_a', which is not ours; choose another name"],
        ),
        (
            {"peers": [{**SIP, "name": "carrier_a.3", "host": "198.18.9.9"}]},
            ["dialer_trunks[0].name: 'carrier_a.3' is taken: SIP has a peer at 198.18.9.9 named 'carrier_a.3', which is not ours; choose another name"],
        ),
        (
            {
                "patterns": [
                    {"context": "vicidial-auto-internal", "pattern": "_91NXXNXXXXXX", "ours": False},
                    {"context": "default", "pattern": "9011442071234567", "ours": False},
                    {"context": "default", "pattern": "_9[", "ours": False},
                    {"context": "default", "pattern": "_881NXXNXXXXXX", "ours": False},
                ]
            },
            [
                "dialer_routes[0].patterns[0]: context 'vicidial-auto-internal' answers '_91NXXNXXXXXX' already, which matches "
                "the same numbers as "
                "'_91NXXNXXXXXX'",
                "dialer_routes[0].patterns[1]: context 'default' answers '9011442071234567' already, which matches the same "
                "numbers as '_9011.'",
            ],
        ),
    ],
)
def test_a_conflict_gets_its_sentence(state, errors):
    assert compare(state)[0] == errors


def test_an_unused_name_may_be_anyones():
    taken = [{**SIP, "name": name, "host": ""} for name in ("carrier_b", "carrier_a.4", "carrier_a.1", "us")]
    assert compare({"peers": taken}) == ([], [])


@pytest.mark.parametrize(
    ("state", "errors"),
    [
        ({}, []),
        (
            {"firewalld": True},
            [
                "dialer_firewall.backend: nftables beside a running firewalld: a packet that firewalld drops "
                "stays dropped, so use firewalld or none, or stop firewalld"
            ],
        ),
        ({"nft": False}, ["dialer_firewall.backend: nftables needs the program nft, which is not installed"]),
    ],
)
def test_the_firewall_and_what_it_needs(state, errors):
    firewall = {"backend": "nftables", "phones": "anywhere"}
    assert compare(state, dialer_firewall=firewall)[0] == errors
    assert compare(state)[0] == []


@pytest.mark.parametrize(
    ("state", "warning"),
    [
        (
            {"contexts": ["default"]},
            "trunk 'carrier_a': there is no context 'trunkinbound', so its inbound calls will fail",
        ),
        (
            {"asterisk": {**STATE["asterisk"], "in_screen": False}},
            "Asterisk does not run in a screen named asterisk, so VICIdial's generator reloads nothing",
        ),
    ],
)
def test_a_warning_gets_its_sentence(state, warning):
    assert compare(state) == ([], [warning])


def test_a_global_that_somebody_else_set_is_nobody_elses():
    errors, _warnings = compare({"globals": ["TRUNKcarrier_a"]})
    assert errors == [
        "dialer_trunks[0].name: 'carrier_a' is taken: Asterisk has a global variable 'TRUNKcarrier_a', which is not ours, "
        "and a dialplan that uses it would call this trunk; choose another name"
    ]


def test_a_plain_asterisk_is_asked_for_nothing_of_vicidials():
    state = {
        "vicidial": False,
        "server_ip": None,
        "asterisk": {**STATE["asterisk"], "in_screen": False},
        "globals": ["TRUNKcarrier_a"],
        "contexts": ["default"],
    }
    inbound = [{"did": "13125550100", "goto": "ivr,s,1"}]
    assert compare(state, dialer_mode="asterisk", dialer_inbound=inbound) == ([], [])


def test_everything_is_reported_at_once_also_when_asterisk_is_down():
    state = {"server_ip": "198.18.0.12", "nft": False, "asterisk": {"running": False, "reason": "stopped"}}
    errors, _warnings = compare(state, dialer_firewall={"backend": "nftables", "phones": "anywhere"})
    assert len(errors) == 3


def test_a_peer_for_each_address_but_the_hosts():
    built = plan.build(DESCRIPTION, ["d1"])
    assert [name for name, _path in peer_names(built).values()] == ["carrier_a", "carrier_a.2", "carrier_a.3"]


@pytest.mark.parametrize("mode", ["vicidial", "asterisk"])
def test_a_dialer_that_lets_guests_in_is_warned_about(mode):
    errors, warnings = compare({"guests": "public"}, dialer_mode=mode)
    assert errors == []
    assert warnings == [
        "Asterisk takes calls from any address and puts them into context 'public': write allowguest=no into [general] "
        "of sip.conf and reload it, unless that is meant"
    ]


@pytest.mark.parametrize("mode", ["vicidial", "asterisk"])
def test_a_user_of_iax2_as_whom_anybody_may_call_is_warned_about(mode):
    errors, warnings = compare({"iax_guests": [{"name": "guest", "context": "default"}]}, dialer_mode=mode)
    assert errors == []
    assert len(warnings) == 1 and "IAX2 calls from any address, without a password, by the user 'guest'" in warnings[0]
    assert "context 'default'" in warnings[0] and "iax.conf" in warnings[0]
    assert compare({"iax_guests": []}, dialer_mode=mode)[1] == []


def of_kind(state: dict, **options) -> list[str]:
    """The errors of one trunk with these options."""
    trunk = {"name": "carrier_a", "host": "198.18.10.10", **options}
    return compare(state, dialer_trunks=[trunk], dialer_routes=[])[0]


TLS = {"technology": "PJSIP", "type": "tls", "problem": ""}


def test_what_a_trunk_needs_is_there():
    every = [{"technology": technology, "type": kind, "problem": ""} for technology in ("SIP", "PJSIP") for kind in ("udp", "tcp", "tls")]
    state = {"drivers": ["SIP", "PJSIP", "IAX2"], "transports": every, "srtp": True}
    for options in ({}, {"transport": "tcp"}, {"transport": "tls", "srtp": "required"}):
        assert of_kind(state, **options) == of_kind(state, protocol="pjsip", **options) == []
    assert of_kind({**state, "transports": []}, protocol="iax2") == []


@pytest.mark.parametrize(
    ("options", "state", "says"),
    [
        ({"protocol": "iax2"}, {"drivers": ["SIP"]}, ".protocol: chan_iax2 is not loaded in this Asterisk"),
        ({"protocol": "pjsip"}, {"drivers": ["SIP"]}, "'module load chan_pjsip.so'"),
        ({"transport": "tcp"}, {"transports": []}, "put tcpenable=yes under [general] in /etc/asterisk/sip.conf and type 'sip reload'"),
        ({"transport": "tls"}, {"transports": []}, "put tlsenable=yes and tlscafile=FILE, with the certificate"),
        ({"transport": "tls"}, {"transports": [{**TLS, "technology": "SIP", "problem": "no certificate"}]}, ".transport: no certificate"),
        ({"protocol": "pjsip"}, {"transports": [TLS]}, "[transport-udp] with type=transport, protocol=udp, bind=0.0.0.0:5060"),
        ({"protocol": "pjsip", "transport": "tls"}, {"transports": [{**TLS, "type": "udp"}]}, "ca_list_file=FILE"),
        ({"protocol": "pjsip", "transport": "tls"}, {"transports": [{**TLS, "problem": "gone"}]}, ".transport: gone"),
        ({"transport": "tls", "srtp": "required"}, {"srtp": False}, ".srtp: res_srtp is not loaded"),
    ],
)
def test_what_a_trunk_needs_and_the_dialer_lacks(options, state, says):
    error, = of_kind(state, **options)
    assert error.startswith("dialer_trunks[0].") and says in error


def test_one_good_transport_of_a_kind_is_enough():
    assert of_kind({"transports": [{**TLS, "problem": "gone"}, TLS]}, protocol="pjsip", transport="tls") == []


def test_nothing_is_needed_for_a_trunk_that_is_switched_off():
    assert of_kind({"drivers": []}, protocol="iax2", enabled=False) == []
