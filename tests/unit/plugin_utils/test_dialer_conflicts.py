# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan against dialers in all sorts of states."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.conflicts import against_dialer, peer_names

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
                    {"context": "vicidial-auto-internal", "pattern": "_91NXXNXXXXXX", "ours": False, "before": True},
                    {"context": "vicidial-auto-server-custom", "pattern": "9011442071234567", "ours": False, "before": False},
                    {"context": "vicidial-auto-server-custom", "pattern": "_9[", "ours": False, "before": False},
                    {"context": "default", "pattern": "_881NXXNXXXXXX", "ours": False, "before": True},
                ]
            },
            [
                "dialer_routes[0].patterns[0]: no call would reach '_91NXXNXXXXXX', because Asterisk looks up '_91NXXNXXXXXX' of "
                "context 'vicidial-auto-internal' first, which matches all of its numbers: choose another dial prefix or pattern",
                "dialer_routes[0].patterns[1]: '_9011.' would take numbers of 9011442071234567 of context "
                "'vicidial-auto-server-custom', which Asterisk looks up after the routes: write narrower patterns, or include that "
                "context before the routes'",
            ],
        ),
    ],
)
def test_a_conflict_gets_its_sentence(state, errors):
    assert compare(state)[0] == errors


# Of VICIdial's extensions.conf.sample.
SAMPLE = ["_90009.", "_9118XXXXXXXX", "_999XXXX112", "_X18600XXX", "_X38600XXX", "_X48600XXX", "8368", "_8600XXX", "_1383XX", "8300"]


def sample(*others: dict, leave_out: tuple[str, ...] = ()) -> dict:
    return {"patterns": [{"context": "default", "pattern": pattern, "ours": False, "before": True}
                         for pattern in SAMPLE if pattern not in leave_out] + list(others)}


def route(prefix: str, *numbers: str, **more) -> dict:
    return {"name": "us", "dial_prefix": prefix, "patterns": list(numbers), "trunks": [{"name": "carrier_a"}], **more}


@pytest.mark.parametrize(("described", "state", "told"), [
    (route("9", "X."), {}, "_90009., _9118XXXXXXXX, _999XXXX112, _X18600XXX, _X38600XXX, _X48600XXX of context 'default'"),
    (route("", "X."), {}, "_90009., _9118XXXXXXXX, _999XXXX112, _X18600XXX, _X38600XXX, _X48600XXX and 4 more of context 'default'"),
    (route("9", "1.", "99228."), {"context": "vicidial-auto-phones", "pattern": "9100"},
     "_9118XXXXXXXX, _X18600XXX, _999XXXX112 of context 'default'; 9100 of context 'vicidial-auto-phones'"),
])
def test_numbers_that_go_elsewhere_today_are_one_warning(described, state, told):
    others = [{"ours": False, "before": True, **state}] if state else []
    errors, warnings = compare(sample(*others), dialer_routes=[described])
    assert errors == []
    assert warnings == [f"route 'us': calls to some of its numbers go elsewhere, today and with this route: those to {told}, which "
                        "Asterisk looks up first"]
    assert compare(sample(), dialer_routes=[route("7", "1NXXNXXXXXX")]) == ([], [])


def test_a_route_that_would_swallow_what_vicidial_dials_for_itself_is_refused():
    for missing, told in (("_8600XXX", "8600051 (an agent's conference)"), ("8368", "8368 (the agent script)")):
        [error], _warnings = compare(sample(leave_out=(missing,)), dialer_routes=[route("", "X.")])
        assert error.startswith(f"dialer_routes[0].patterns[0]: '_X.' would send {told} to a carrier, because nothing in context 'default'")
        for harmless in ({"dialer_routes": [route("", "1NXXNXXXXXX")]}, {"dialer_routes": [route("", "X.")], "dialer_mode": "asterisk"}):
            assert compare(sample(leave_out=(missing,)), **harmless)[0] == []


def test_an_adopted_pattern_that_meets_others_is_a_warning():
    others = {"patterns": [{"context": "default", "pattern": "_91NXXNXXXXXX", "ours": False, "before": True},
                           {"context": "late", "pattern": "913125550100", "ours": False, "before": False}]}
    told = ["no call would reach '_91NXXNXXXXXX'", "'_91NXXNXXXXXX' would take numbers of 913125550100 of context 'late'"]
    errors, [elsewhere] = compare(others, dialer_routes=[route("9", "1NXXNXXXXXX")])
    assert [error.split(", ")[0].split("]: ")[1] for error in errors] == told
    errors, warnings = compare(others, dialer_routes=[route("9", "1NXXNXXXXXX", adopt=["OLD"])])
    assert errors == [] and [warning.split(", ")[0].split("]: ")[1] for warning in warnings[:2]] == told
    assert warnings[2:] == [elsewhere]


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


VICIDIALS = [("default", "includes"), ("vicidial-auto", "includes"), ("vicidial-auto-external", "routes")]
OFFICE = [("office", "includes"), ("trunks-outbound", "routes")]


def leads(*ways: list[tuple[str, str]]) -> dict:
    """A state in which these contexts have a way out."""
    found = [{"context": way[0][0], "by": [{"context": name, "how": how} for name, how in way]} for way in ways]
    return {"ways_out": found, "contexts": ["trunkinbound", "from-carrier", "office", "default", "users"]}


def by_context(state: dict, context: str, **more) -> tuple[list[str], list[str]]:
    trunks = [{"name": "carrier_b", "host": "198.18.20.20"}, {"name": "carrier_a", "host": "198.18.10.10", "context": context}]
    return compare(state, dialer_trunks=trunks, dialer_routes=[], **more)


def test_a_context_that_leads_out_is_refused_with_its_way():
    state = leads([("users", "includes"), *OFFICE], VICIDIALS)
    assert by_context(state, "users") == ([
        "dialer_trunks[1].context: context 'users' leads out to carriers ('users' includes 'office', 'office' includes "
        "'trunks-outbound'), so that whoever calls in could place calls at your expense: let them arrive in trunkinbound, or in "
        "another context that includes none of these"], [])
    [error], _warnings = by_context(state, "Default", dialer_mode="asterisk")
    assert error.startswith(
        "dialer_trunks[1].context: context 'Default' leads out to carriers ('default' includes 'vicidial-auto', 'vicidial-auto' "
        "includes 'vicidial-auto-external'), ") and "dialer_inbound sends its numbers on" in error
    assert by_context(state, "trunkinbound") == ([], [])


def test_a_trunk_that_is_switched_off_lets_nobody_in():
    trunk = {"name": "carrier_a", "host": "198.18.10.10", "context": "office", "enabled": False}
    assert compare(leads(OFFICE), dialer_trunks=[trunk], dialer_routes=[]) == ([], [])


def test_a_number_that_goes_where_calls_go_out_is_refused():
    inbound = [{"did": "13125550100", "goto": "ivr,s,1"}, {"did": "13125550101", "goto": "office,100,1"}]
    errors, warnings = by_context(leads(OFFICE), "from-carrier", dialer_mode="asterisk", dialer_inbound=inbound)
    assert warnings == [] and errors == [
        "dialer_inbound[1].goto: context 'office' leads out to carriers ('office' includes 'trunks-outbound'), so that whoever calls "
        "in could place calls at your expense: send the number to a context that holds only what callers may reach"]


@pytest.mark.parametrize(("way", "told"), [
    ([("from-carrier", "jumps"), *VICIDIALS], "'from-carrier' jumps to 'default', 'default' includes 'vicidial-auto'"),
    ([("from-carrier", "dials")], "'from-carrier' dials a number that the call brings"),
    ([("from-carrier", "includes"), ("users", "switch")], "'from-carrier' includes 'users', 'users' has a switch, whose extensions"),
])
def test_a_context_that_may_lead_out_is_a_warning(way, told):
    errors, [warning] = by_context(leads(way), "from-carrier")
    assert errors == [] and warning.startswith("dialer_trunks[1].context: inbound calls may go out to carriers from context")
    assert told in warning


def test_a_context_in_which_calls_go_out_itself():
    [error], _warnings = by_context(leads([("vicidial-auto-external", "routes")]), "vicidial-auto-external", dialer_mode="asterisk")
    assert "('vicidial-auto-external' is where calls go out)" in error


def listens(technology: str, kind: str, port: int | None) -> dict:
    return {"technology": technology, "type": kind, "port": port, "problem": ""}


LISTENS = [listens("SIP", "udp", 5060), listens("SIP", "tcp", 5067), listens("SIP", "tls", None), listens("PJSIP", "udp", 5062),
           listens("PJSIP", "tls", 443), listens("PJSIP", "wss", 5068)]
FIREWALL = {"backend": "nftables", "phones": ["198.18.0.0/24"]}


@pytest.mark.parametrize(("trunk", "firewall", "told"), [
    ({}, FIREWALL, ["chan_sip takes calls on port 5067 (tcp) from any address: add 5067 to dialer_firewall.sip_ports to have it filtered"]),
    ({"transport": "tcp"}, FIREWALL, []),
    ({}, {**FIREWALL, "sip_ports": [5060, 5067]}, []),
    ({}, {**FIREWALL, "phones": "anywhere"}, []),
    ({}, {"backend": "none"}, []),
    ({"enabled": False}, FIREWALL, []),
    ({"protocol": "iax2"}, FIREWALL, []),
    ({"protocol": "pjsip", "transport": "tls"}, FIREWALL, [
        "chan_pjsip takes calls on port 5062 (udp) from any address: add 5062 to dialer_firewall.sip_ports to have it filtered",
        "chan_pjsip takes calls on port 443 (tls), which the firewall never touches, from any address: bind it to another port"]),
])
def test_a_port_of_the_trunks_drivers_that_stays_open_is_told(trunk, firewall, told):
    described = {"dialer_trunks": [{"name": "carrier_a", "host": "198.18.10.10", **trunk}], "dialer_routes": [], "dialer_firewall": firewall}
    assert compare({"transports": LISTENS}, **described) == ([], told)


def test_nothing_is_needed_for_a_trunk_that_is_switched_off():
    assert of_kind({"drivers": []}, protocol="iax2", enabled=False) == []
