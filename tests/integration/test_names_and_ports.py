# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trunks by names: of hosts, with SRV records and without, and of their own; and PJSIP's objects and transports.

A DNS server on the first dialer (lab/dns) has `trunk.acme.example` with the address of carrier a and an SRV record that
leads to carrier b, and `zenith.example` with an SRV record only.
"""
from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.lab.calls import auto_dial, times_received
from support.lab.machines import ONE, asterisk, sh
from support.lab.playbooks import play, site
from support.lab.running import no_calls
from support.waiting import wait_until

LOGIN = {"username": "your_account_1", "secret": "lab-secret-a", "register": True}
NUMBERED, DOTTED = "7carrier", "srv.east"
IAX, PJ = "iax.longer-than-its-column", "pjsip.carrier-of-the-longest-name-there-can-be.050"
WAN = "[transport-wan]\ntype=transport\nprotocol=udp\nbind=198.18.10.111:5066\n"
OPERATORS = "[srvonlyport]\ntype=peer\nhost=zenith.example\nport=5060\nqualify=yes\n[nosuch]\ntype=peer\nhost=nosuch.example\nqualify=yes\n"
TRUNKS = {
    DOTTED: {"host": "trunk.acme.example"},
    "srv_port": {"host": "trunk.acme.example", "port": 5060},
    NUMBERED: {"host": "198.18.10.10"},
    IAX: {"host": "iax.acme.example", "protocol": "iax2", **LOGIN},
    PJ: {
        "host": "198.18.10.10", "protocol": "pjsip", "dtmf_mode": "none", **LOGIN,
        "settings": {"transport": "transport-wan", "aor": {"maximum_expiration": 3600, "default_expiration": 120},
                     "registration": {"retry_interval": 5, "expiration": 30}},
    },
}
CARRIER = {name: "b" if name == DOTTED else "a" for name in TRUNKS}


def description(*names: str) -> dict:
    """These trunks, each in a route of its own with a prefix of its own."""
    prefixes = {name: f"7{number}" for number, name in enumerate(TRUNKS)}
    return {
        "dialer_trunks": [{"name": name, **TRUNKS[name]} for name in names],
        "dialer_firewall": None,  # which would want the addresses of hosts that are names
        "dialer_routes": [{"name": f"r{prefixes[name]}", "dial_prefix": prefixes[name], "trunks": [{"name": name}]} for name in names],
        "dialer_prune": True,
    }


@pytest.fixture(scope="module")
def prepared():
    """The dialer asks the DNS server, and its operator has switched SRV on, and has two peers that come to nothing."""
    kept = "sip.conf sip-operator.conf iax.conf pjsip.conf"
    sh(ONE, f"cd /etc/asterisk; for f in {kept}; do cp -p $f $f.kept; done; cp /etc/resolv.conf /tmp/resolv.kept; "
            "sed -i 's/^srvlookup=no/srvlookup=yes/' sip.conf; sed -i 's/^\\[general\\]/&\\nsrvlookup=yes/' iax.conf; "
            f"printf '{OPERATORS}' >>sip-operator.conf")
    sh(ONE, "python3 /lab/dns 127.0.0.1 gw1.acme.example=198.18.20.20 trunk.acme.example=198.18.10.10 iax.acme.example=198.18.10.10 "
            "_sip._udp.trunk.acme.example=5060:gw1.acme.example _sip._udp.zenith.example=5060:gw1.acme.example >/tmp/dns.log 2>&1 & "
            "echo $! >/tmp/dns.pid; echo nameserver 127.0.0.1 >/etc/resolv.conf")
    asterisk(ONE, "sip reload")
    try:
        yield
    finally:
        asterisk(ONE, "sip set debug off")
        sh(ONE, f"kill $(cat /tmp/dns.pid); cat /tmp/resolv.kept >/etc/resolv.conf; cd /etc/asterisk; for f in {kept}; do mv $f.kept $f; done")
        for driver in ("sip", "iax2", "pjsip"):
            asterisk(ONE, f"{driver} reload")


def test_a_transport_that_the_dialer_lacks_is_said_before_anything_is_touched(prepared):
    refused = site("--limit", ONE, extra_vars=description(PJ))
    assert refused.rc != 0 and refused.changes == []
    assert "settings.transport: PJSIP of this dialer has no transport 'transport-wan'; it has transport-udp" in refused.said


@pytest.fixture(scope="module")
def provisioned(prepared):
    sh(ONE, f"printf '{WAN}' >>/etc/asterisk/pjsip.conf")
    asterisk(ONE, "pjsip reload")
    done = site("--limit", ONE, extra_vars=description(*TRUNKS))
    assert done.rc == 0, done
    yield done
    done = site("--limit", ONE, extra_vars={"dialer_prune": True})
    assert done.rc == 0, done


def test_a_second_run_changes_nothing(provisioned):
    again = site("--limit", ONE, extra_vars=description(*TRUNKS))
    assert again.rc == 0 and again.changes == [], again


def test_where_the_calls_go_and_what_the_requests_say(provisioned):
    """Without a port, chan_sip asks for the SRV record, and has no port in its URIs."""
    asterisk(ONE, "sip set debug on")
    numbers = {name: f"13125557{place}{place}1" for place, name in enumerate(TRUNKS)}
    before = {name: times_received(CARRIER[name], number) for name, number in numbers.items()}
    routes = {route["trunks"][0]["name"]: route for route in description(*TRUNKS)["dialer_routes"]}
    with ThreadPoolExecutor() as pool:
        calls = list(pool.map(lambda name: auto_dial(ONE, numbers[name], "--prefix", routes[name]["dial_prefix"]), TRUNKS))
    assert [call["agent"] and call["carrier_log"]["dialstatus"] for call in calls] == ["ANSWER"] * len(TRUNKS), calls
    assert {name: times_received(CARRIER[name], number) - before[name] for name, number in numbers.items()} == dict.fromkeys(TRUNKS, 1)
    sent = re.findall(r"^INVITE (\S+) SIP", sh(ONE, "cat /var/log/asterisk/messages"), re.MULTILINE)
    assert {f"sip:{numbers[DOTTED]}@trunk.acme.example", f"sip:{numbers['srv_port']}@trunk.acme.example:5060",
            f"sip:{numbers[NUMBERED]}@198.18.10.10"} <= set(sent)
    wait_until(lambda: no_calls(ONE), 20, "the calls' end")


def test_names_are_whole_wherever_they_are_shown(provisioned):
    told = play("- dialer.trunks.sip_peers_info:", "--limit", ONE).tasks[-1][1][ONE]
    names = {one["name"]: one["state"] for one in told["peers"] if one["revision"]}
    assert names == dict.fromkeys(TRUNKS, "reachable")


def test_registrations_are_found_and_do_not_give_up(provisioned):
    told = play("- dialer.trunks.sip_peers_verify:", "--limit", ONE, extra_vars=description(*TRUNKS))
    assert {one["name"]: one["registration"] for one in told.tasks[-1][1][ONE]["trunks"] if one["registration"]} == {
        IAX: "registered", PJ: "registered"}
    held = dict(re.findall(r"^ (\w+) +: (\S*)", asterisk(ONE, f"pjsip show registration {PJ}"), re.MULTILINE))
    assert (held["max_retries"], held["forbidden_retry_interval"], held["fatal_retry_interval"]) == ("1000000000", "1800", "1800")
    assert (held["retry_interval"], held["expiration"], held["transport"]) == ("5", "30", "transport-wan")
    held = dict(re.findall(r"^ (\w+) +: (\S*)", asterisk(ONE, f"pjsip show endpoint {PJ}"), re.MULTILINE))
    assert (held["transport"], held["dtmf_mode"]) == ("transport-wan", "none")


def test_a_name_that_has_an_srv_record_only_is_told_from_one_that_has_none(prepared):
    told = play("- dialer.trunks.sip_peers_verify: {timeout: 0, trunks: [{name: srvonlyport, port: 5060}, {name: nosuch}]}", "--limit", ONE)
    assert told.rc != 0
    assert "the host name zenith.example has no address, only an SRV record" in told.said and "leave the port out" in told.said
    assert "nosuch.example cannot be resolved on this dialer (DNS): it has neither an address nor an SRV record" in told.said
