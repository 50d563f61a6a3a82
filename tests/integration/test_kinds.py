# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of trunk on one dialer: found wanting, provisioned, proven, called through, called from, removed.

On Asterisk 16 and on 22 (`lab/lab up --asterisk 22`), where chan_sip is refused. The last tests are for two dialers.
"""
from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.lab.calls import auto_dial, times_received
from support.lab.machines import DIALERS, ONE, asterisk, sh, sql
from support.lab.playbooks import play, site
from support.lab.running import no_calls
from support.lab.state import differences, everything, ours
from support.waiting import wait_until

HOST = "198.18.10.10"
LOGIN = {"username": "your_account_1", "secret": "lab-secret-a", "register": True}
TLS = {"transport": "tls", "srtp": "required"}
TRUNKS = {
    "sip_tcp": {"transport": "tcp"},
    "sip_tls": TLS,
    "pj_udp": {"protocol": "pjsip", "description": "PJSIP, by address"},
    "pj_tcp": {"protocol": "pjsip", "transport": "tcp", "port": 5060},
    "pj_tls": {"protocol": "pjsip", **TLS},
    "pj_reg": {"protocol": "pjsip", **LOGIN},
    "iax": {"protocol": "iax2", **LOGIN},
}
COMMIT = "Commit the files, or verify that they are in force"
# What the refusals tell the operator to put, with ports that nobody has here.
SIP_LINES = "tcpenable=yes\\ntlsenable=yes\\ntlscafile=/etc/asterisk/keys/ca.crt"
PJSIP_LINES = """
[transport-tcp]
type=transport
protocol=tcp
bind=0.0.0.0:5072

[transport-tls]
type=transport
protocol=tls
bind=0.0.0.0:5073
method=tlsv1_2
verify_server=yes
ca_list_file=/etc/asterisk/keys/ca.crt
"""


def has_chan_sip() -> bool:
    return "No such command" not in asterisk(ONE, "sip show peers")


def running() -> list[str]:
    """Those of the inventory's dialers that the lab has now."""
    active = {server_ip for (server_ip,) in sql("SELECT server_ip FROM servers WHERE active_asterisk_server = 'Y'")}
    return [name for name, server_ip in DIALERS.items() if server_ip in active]


def names() -> list[str]:
    """The kinds that the dialer's Asterisk can have."""
    return [name for name in TRUNKS if has_chan_sip() or not name.startswith("sip")]


def described(*wanted: str, **more) -> dict:
    """Trunks of these kinds, each in a route of its own with a prefix of its own, and nothing else."""
    numbered = {name: f"7{number}" for number, name in enumerate(TRUNKS)}
    return {
        "dialer_trunks": [{"name": name, "host": HOST, **TRUNKS[name], **more} for name in wanted],
        "dialer_routes": [{"name": f"r_{name}", "dial_prefix": numbered[name], "trunks": [{"name": name}]} for name in wanted],
        "dialer_prune": True,
    }


def run(*wanted: str, **more):
    """site.yml on the first dialer with trunks of these kinds."""
    return site("--limit", ONE, extra_vars=described(*wanted, **more))


def info() -> dict:
    """What sip_peers_info tells of our trunks."""
    told = play("- dialer.trunks.sip_peers_info: {names: ['sip_*', 'pj_*', iax]}", "--limit", ONE)
    return told.tasks[-1][1][ONE]


@pytest.fixture(scope="module")
def prepared():
    """The operator has put the transports that the refusals speak of; afterwards all is as it was."""
    sh(ONE, "cd /etc/asterisk; for f in sip.conf pjsip.conf; do [ ! -e $f ] || cp -p $f $f.kept; done")
    if has_chan_sip():
        sh(ONE, f"sed -i 's#^\\[general\\]#&\\n{SIP_LINES}#' /etc/asterisk/sip.conf")
        asterisk(ONE, "sip reload")
    sh(ONE, f"cat >> /etc/asterisk/pjsip.conf <<'END'\n{PJSIP_LINES}END")
    asterisk(ONE, "pjsip reload")
    try:
        yield
    finally:
        sh(ONE, "cd /etc/asterisk; for f in sip.conf pjsip.conf; do [ ! -e $f.kept ] || mv $f.kept $f; done")
        asterisk(ONE, "pjsip reload")
        if has_chan_sip():
            asterisk(ONE, "sip reload")


@pytest.fixture(scope="module")
def provisioned(prepared):
    done = run(*names())
    assert done.rc == 0, done
    yield done
    done = site("--limit", ",".join(running()), extra_vars={"dialer_prune": True}) if has_chan_sip() else run("pj_udp")
    assert done.rc == 0, done


def test_a_dialer_that_lacks_what_a_trunk_needs_is_left_alone():
    before = everything() if running() == list(DIALERS) else None
    refused = run(*TRUNKS)
    assert refused.rc != 0 and refused.changes == []
    assert "chan_pjsip of this dialer has no transport for tcp: put a section [transport-tcp]" in refused.said
    assert "chan_pjsip of this dialer has no transport for tls: put a section [transport-tls]" in refused.said
    if has_chan_sip():
        assert "put tcpenable=yes under [general] in /etc/asterisk/sip.conf" in refused.said
        assert "put tlsenable=yes and tlscafile=FILE, with the certificate of the authority" in refused.said
    else:
        assert re.search(r"dialer_trunks\[0\]\.protocol: Asterisk 2\S+ has no chan_sip: write protocol: pjsip", refused.said)
    assert before is None or differences(before, everything()) == []


def test_every_kind_is_loaded_reached_and_registered(provisioned):
    told = info()
    assert {peer["name"]: (peer["technology"], peer["state"], peer["revision"]) for peer in told["peers"]} == {
        name: ("SIP" if name.startswith("sip") else "IAX2" if name == "iax" else "PJSIP", "reachable", 1) for name in names()}
    ports = {peer["name"]: peer["port"] for peer in told["peers"]}
    assert (ports["pj_tcp"], ports["pj_tls"], ports["iax"]) == (5060, None, 4569)  # a contact of PJSIP has the port that is given
    mine = told["registrations"]   # without those of VICIdial's own peers
    assert [(one["technology"], one["name"], one["state"]) for one in mine] == [
        ("PJSIP", "pj_reg", "registered"), ("IAX2", None, "registered")]


def test_the_columns_of_the_rows(provisioned):
    held = {name.partition("-")[0]: protocol for name, protocol in ours("carrier_id, protocol") if not name.startswith("r_")}
    assert {name: held[name] for name in names()} == {
        name: "SIP" if name.startswith("sip") else "IAX2" if name == "iax" else "PJSIP" for name in names()}


def test_a_call_through_each_route_is_answered(provisioned):
    """All at once: each number says which trunk it is to go by."""
    routes = described(*names())["dialer_routes"]
    numbers = [f"13125557{number}01" for number in range(len(routes))]
    before = [times_received("a", number) for number in numbers]
    with ThreadPoolExecutor() as pool:
        calls = list(pool.map(lambda number, route: auto_dial(ONE, number, "--prefix", route["dial_prefix"]), numbers, routes))
    assert [times_received("a", number) for number in numbers] == [count + 1 for count in before]
    assert [call["agent"] and call["carrier_log"]["dialstatus"] for call in calls] == ["ANSWER"] * len(routes), calls


def passed_over(trunk: str) -> bool:
    """Whether the dialer holds the trunk for silent, or did so and has not heard a word since."""
    return bool(re.search(rf"^ *TRUNKS_COOL_DOWN_{trunk}=\d", asterisk(ONE, "dialplan show globals"), re.MULTILINE))


def test_an_iax2_trunk_is_passed_over_when_it_is_silent_and_not_when_nobody_answers(provisioned):
    [route] = described("iax")["dialer_routes"]
    call = "asterisk -rx 'channel originate Local/{}1312555790{}@default application Wait 1' >/dev/null 2>&1 &"
    sh(ONE, call.format(route["dial_prefix"], 6))
    wait_until(lambda: re.search(r"^IAX2/iax-\d+!.*!Ringing!", asterisk(ONE, "core show channels concise"), re.MULTILINE), 10, "ringing")
    time.sleep(5)   # a SIP trunk that has said nothing for 4 s is held for silent
    [caller] = re.findall(r"^(Local/\S+?;1)!", asterisk(ONE, "core show channels concise"), re.MULTILINE)
    asterisk(ONE, f"channel request hangup {caller}")
    wait_until(lambda: no_calls(ONE), 10, "the call's end")
    assert not passed_over("iax")
    sh(ONE, call.format(route["dial_prefix"], 7))
    wait_until(lambda: passed_over("iax"), 15, "the silence to be noticed")
    sh(ONE, call.format(route["dial_prefix"], 1))
    wait_until(lambda: not passed_over("iax"), 15, "an answer, which ends it")


def test_the_media_are_encrypted_where_they_have_to_be(provisioned):
    assert re.search(r"media_encryption +: sdes", asterisk(ONE, "pjsip show endpoint pj_tls"))
    if has_chan_sip():
        shown = asterisk(ONE, "sip show peer sip_tls")
        assert re.search(r"Encryption +: Yes", shown) and re.search(r"Prim.Transp. +: TLS", shown)


def inbound(how: str, seconds: float = 10) -> str:
    """Carrier a calls the dialer; the channels that it has then, as `core show channels concise` lists them."""
    sh("trunks-carrier-a", f"asterisk -rx 'channel originate Local/13125550100*1*{how}@to-dialer application Wait {seconds + 5:.0f}'")
    until = time.monotonic() + seconds
    found = ""
    while "trunkinbound" not in found and time.monotonic() < until:
        time.sleep(0.2)
        found = asterisk(ONE, "core show channels concise")
    asterisk("trunks-carrier-a", "channel request hangup all")
    wait_until(lambda: "trunkinbound" not in asterisk(ONE, "core show channels concise"), 10, "the end of the inbound call")
    return found


def test_calls_of_the_carrier_come_in(provisioned):
    port = "5061" if has_chan_sip() else "5060"
    assert re.search(r"^PJSIP/pj_\w+-\w+!trunkinbound!", inbound(f"udp-{port}"), re.MULTILINE)
    assert re.search(r"^IAX2/iax-\d+!trunkinbound!", inbound("iax2"), re.MULTILINE)


STRANGER = r"""
import socket
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(2)
link.sendto(("INVITE sip:13125550100@198.18.10.111 SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.10.99:%d;branch=z9hG4bK7;rport\r\n"
             "From: <sip:pj_udp@198.18.10.111>;tag=1\r\nTo: <sip:13125550100@198.18.10.111>\r\nCall-ID: stranger\r\nCSeq: 1 INVITE\r\n"
             "Contact: <sip:pj_udp@198.18.10.99>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n" % PORT).encode(), ("198.18.10.111", PORT))
print(link.recv(2000).decode().splitlines()[0])
"""


def test_a_stranger_that_bears_an_endpoints_name_stays_outside(provisioned):
    """An endpoint is known by its carrier's addresses alone. (Once the firewall lets the stranger through, for this time.)"""
    call = f"python3 - <<'END' 2>&1\nPORT = {5061 if has_chan_sip() else 5060}\n{STRANGER}END\ntrue"
    assert "timed out" in sh("trunks-stranger", call)
    rule = sh(ONE, "nft -e -a insert rule inet dialer_trunks input ip saddr 198.18.10.99 accept")
    try:
        assert " 401 " in sh("trunks-stranger", call)
    finally:
        sh(ONE, f"nft delete rule inet dialer_trunks input handle {re.search(r'handle ([0-9]+)', rule)[1]}")


def test_a_second_run_changes_nothing(provisioned):
    again = run(*names())
    assert again.rc == 0 and again.changes == [], again


def test_a_change_is_a_new_revision_of_the_object(provisioned):
    changed = [name for name in names() if name in ("pj_udp", "iax")]
    description = described(*names())
    for trunk in description["dialer_trunks"]:
        if trunk["name"] in changed:
            trunk["qualify"] = {"frequency": 30}
    done = site("--limit", ONE, extra_vars=description)
    assert done.rc == 0, done
    revisions = {peer["name"]: peer["revision"] for peer in info()["peers"]}
    assert revisions == {name: 2 if name in changed else 1 for name in names()}


def test_a_trunk_may_change_its_protocol(provisioned):
    if not has_chan_sip():
        pytest.skip("Asterisk 22 has no chan_sip")
    done = site("--limit", ONE, extra_vars={**described("pj_udp"), "dialer_trunks": [{"name": "pj_udp", "host": HOST}]})
    assert done.rc == 0, done
    assert [(peer["name"], peer["technology"]) for peer in info()["peers"]] == [("pj_udp", "SIP")]


def test_what_is_not_described_any_more_is_gone(provisioned):
    done = run("pj_udp")
    assert done.rc == 0, done
    assert [(peer["name"], peer["technology"]) for peer in info()["peers"]] == [("pj_udp", "PJSIP")]
    registered = [one for one in info()["registrations"] if one["host"] == HOST]
    assert registered == [] and asterisk(ONE, "iax2 show users").count("iax ") == 0


def test_in_asterisk_mode_they_are_files(prepared):
    """What vicidial mode has as rows of this dialer goes first, as whoever changes the mode has to see to."""
    kinds = [name for name in ("sip_tls", "pj_reg", "iax") if name in names()]
    removed = site("--limit", ONE, playbook="playbooks/remove.yml")
    assert removed.rc == 0, removed
    before = sh(ONE, "cat /etc/asterisk/pjsip.conf /etc/asterisk/iax.conf")
    mode = {**described(*kinds), "dialer_mode": "asterisk", "dialer_firewall": None}
    try:
        done = site("--limit", ONE, extra_vars=mode)
        assert done.rc == 0, done
        told = {peer["name"]: peer for peer in info()["peers"]}
        number = done.results(COMMIT)[ONE]["generation"]
        assert {name: (peer["state"], peer["revision"]) for name, peer in told.items()} == dict.fromkeys(kinds, ("reachable", number))
        assert site("--limit", ONE, extra_vars=mode).changes == []
        less = site("--limit", ONE, extra_vars={**mode, **described("iax"), "dialer_mode": "asterisk"})
        assert less.rc == 0 and [peer["name"] for peer in info()["peers"]] == ["iax"], less
    finally:
        removed = site("--limit", ONE, playbook="playbooks/remove.yml", extra_vars={"dialer_mode": "asterisk"})
    assert removed.rc == 0 and info()["peers"] == [], removed
    assert sh(ONE, "cat /etc/asterisk/pjsip.conf /etc/asterisk/iax.conf") == before
    assert [one for one in info()["registrations"] if one["host"] == HOST] == []


@pytest.fixture
def cluster():
    if running() != list(DIALERS) or not has_chan_sip():
        pytest.skip("needs two dialers with Asterisk 16")
    yield
    done = site(extra_vars={"dialer_prune": True})
    assert done.rc == 0, done


def test_one_row_for_all_dialers(cluster):
    trunks = [{"name": "carrier_a", "host": HOST, "servers": "cluster"}, {"name": "carrier_b", "host": "198.18.20.20"}]
    refused = site("--limit", ONE, extra_vars={"dialer_trunks": trunks})
    assert refused.rc != 0 and "all of them have to be in this run; missing" in refused.said and refused.changes == []
    done = site(extra_vars={"dialer_trunks": trunks})
    assert done.rc == 0, done
    assert ours("carrier_id, server_ip, dialplan_entry")[0] == ["carrier_a", "0.0.0.0", ""]
    assert [row for row in ours("carrier_name, server_ip") if row[0] == "carrier_a"] == [["carrier_a", "0.0.0.0"]]
    assert site(extra_vars={"dialer_trunks": trunks}).changes == []
    parted = site("--limit", ONE)
    assert parted.rc != 0 and "which only a run for all dialers can replace by one row for each" in parted.said
