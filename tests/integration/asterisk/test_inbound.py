# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that come in at a plain Asterisk: from a carrier they reach their number's place in every form, from a stranger
they are refused, and what would keep them from it is named."""
from __future__ import annotations


import pytest

from support.lab.asterisk_mode import INVENTORY, run_site
from support.lab.machines import ONE, asterisk, changed_file, sh
from support.lab.playbooks import play
from support.lab.running import channels, generation
from support.waiting import wait_until

DIALER = "198.18.10.111"  # dialer 1 on carrier a's network, where the stranger is too
COMMIT = "Commit the files, or verify that they are in force"
# Sends one INVITE and prints the first line of each answer but 100 within the time.
INVITE = r"""
import socket, sys, time
to, number = sys.argv[1:]
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect((to, 5060))
own, port = link.getsockname()
body = "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n" % (own, own)
link.send(("INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%d\r\nFrom: <sip:guest@%s>;tag=1\r\nTo: <sip:%s@%s>\r\n"
    "Call-ID: %d@%s\r\nCSeq: 1 INVITE\r\nContact: <sip:guest@%s:%d>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n"
    "Content-Length: %d\r\n\r\n%s" % (number, to, own, port, time.time(), own, number, to, time.time(), own, own, port, len(body), body)).encode())
link.settimeout(2)
try:
    while True:
        line = link.recv(4096).decode().splitlines()[0]
        if " 100 " not in line:
            print(line)
            break
except socket.timeout:
    print("nothing")
"""


@pytest.fixture
def mended():
    yield
    run = run_site("--limit", ONE, extra_vars={"dialer_prune": True})
    assert run.rc == 0, run


def stranger_calls(number: str) -> str:
    return sh("trunks-stranger", f"python3 - {DIALER} {number} <<'EOF'\n{INVITE}\nEOF").strip()


@pytest.mark.parametrize("number", ["13125550100", "+13125550100", "3125550100"])
def test_a_carriers_call_arrives_in_every_form_of_the_number(number):
    asterisk(ONE, "channel request hangup all")
    wait_until(lambda: not channels(ONE, "SIP/carrier_a-"), 5, "the end of earlier calls")
    sh("trunks-carrier-a", f"asterisk -rx 'channel originate PJSIP/{number}@dialer1 application Wait 10'")
    wait_until(lambda: "ivr" in [found.context for found in channels(ONE, "SIP/carrier_a-")], 5, "the call in ivr")


def test_a_carriers_call_of_an_unknown_number_arrives_nowhere():
    asterisk(ONE, "channel request hangup all")
    wait_until(lambda: not channels(ONE, "SIP/carrier_a-"), 5, "the end of earlier calls")
    out = sh("trunks-carrier-a", "asterisk -rx 'channel originate PJSIP/13125550199@dialer1 application Wait 3'; sleep 1")
    assert not channels(ONE, "SIP/carrier_a-"), out


def test_a_stranger_meets_the_firewall():
    assert stranger_calls("13125550100") == "nothing"


def test_a_stranger_is_refused_by_asterisk_without_a_firewall(mended):
    run = run_site("--limit", ONE, extra_vars={"dialer_firewall": {"backend": "none"}})
    assert run.rc == 0, run
    for number in ("13125550100", "913125552301"):
        assert stranger_calls(number) in ("SIP/2.0 401 Unauthorized", "SIP/2.0 403 Forbidden")
    assert not channels(ONE)


def test_a_dialer_that_lets_guests_in_is_warned_about():
    with changed_file(ONE, "/etc/asterisk/sip.conf", "sed -i 's/^allowguest=no/allowguest=yes/' /etc/asterisk/sip.conf"):
        asterisk(ONE, "sip reload")
        wait_until(lambda: "Allow unknown access:   Yes" in asterisk(ONE, "sip show settings"), 5, "the reload")
        run = run_site("--limit", ONE)
    sh(ONE, "touch /etc/asterisk/sip.conf; asterisk -rx 'sip reload'")
    assert run.rc == 0, run
    assert "Asterisk accepts calls from any address and puts them into context 'trunkinbound'" in run.said
    assert "allowguest=no" in run.said


def test_a_user_of_iax2_as_whom_anybody_may_call_is_warned_about():
    guest = r"printf '\n[guest]\ntype=user\ncontext=default\n' >>/etc/asterisk/iax.conf"
    with changed_file(ONE, "/etc/asterisk/iax.conf", guest):
        asterisk(ONE, "iax2 reload")
        wait_until(lambda: "guest " in asterisk(ONE, "iax2 show users"), 5, "the reload")
        run = run_site("--limit", ONE)
    sh(ONE, "touch /etc/asterisk/iax.conf; asterisk -rx 'iax2 reload'")
    assert run.rc == 0, run
    assert "IAX2 calls from any address, without a password, as the user 'guest' and puts them into context 'default'" in run.said
    assert "as the user 'iax103'" not in run.said and "as the user 'ASTloop'" not in run.said


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_an_operators_pattern_that_shadows_our_numbers_is_named(options, mended):
    number = generation(ONE)
    sed = r"printf '\n[from-carriers]\nexten => _X.,1,Hangup()\n' >> /etc/asterisk/extensions.conf"
    with changed_file(ONE, "/etc/asterisk/extensions.conf", sed):
        asterisk(ONE, "dialplan reload")
        run = run_site("--limit", ONE, *options, extra_vars={"dialer_rtp": {"start": 12000, "end": 14997}})
    asterisk(ONE, "dialplan reload")
    assert run.rc != 0
    assert ("dialer_inbound[0].did: _X. of context from-carriers matches 13125550100 before the include of trunks-inbound"
            in run.said)
    assert "This step touched nothing" in run.said and generation(ONE) == number


@pytest.mark.parametrize(("wanted", "told"), [
    ({"dialer_inbound": [{"did": "13125550100", "goto": "office,100,1"}]}, "dialer_inbound[0].goto"),
    ({"dialer_trunks": [{"name": "carrier_a", "host": "198.18.10.10"}, {"name": "carrier_b", "host": "198.18.20.20", "context": "office"}]},
     "dialer_trunks[1].context"),
])
def test_calls_arrive_nowhere_from_where_they_could_go_out(wanted, told):
    number = generation(ONE)
    run = run_site(extra_vars=wanted)
    assert run.rc != 0 and run.changes == [], run
    assert (f"{told}: context 'office' leads out to carriers ('office' includes 'trunks-outbound'), so that inbound callers could "
            "place calls at your expense") in run.said
    assert generation(ONE) == number


def test_a_step_by_which_calls_may_go_out_is_warned_about(mended):
    sed = r"printf '\n[from-carriers]\nexten => _0X.,1,Goto(office,${EXTEN:1},1)\n' >> /etc/asterisk/extensions.conf"
    with changed_file(ONE, "/etc/asterisk/extensions.conf", sed):
        asterisk(ONE, "dialplan reload")
        run = run_site("--check", "--limit", ONE)
    asterisk(ONE, "dialplan reload")
    assert ("dialer_trunks[0].context: inbound calls may go out to carriers from context 'from-carriers' ('from-carriers' jumps to "
            "'office', 'office' includes 'trunks-outbound'): check that no caller chooses the number") in run.said


def test_route_tests_are_asked_in_trunks_outbound(mended):
    route = {"name": "us", "dial_prefix": "9", "patterns": ["1NXXNXXXXXX"], "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}],
             "tests": [{"dial": "913125551212", "reaches": "us"}, {"dial": "9911", "reaches": "none"}]}
    run = run_site("--limit", ONE, extra_vars={"dialer_routes": [route]})
    assert run.rc == 0, run
    assert [(test["dial"], test["passed"], (test["found"] or {}).get("context")) for test in run.results(COMMIT)[ONE]["tests"]] == [
        ("913125551212", True, "trunks-outbound"), ("9911", True, None)]
    number = generation(ONE)
    # the operator's own extension in our context, which nobody has loaded yet
    sed = r"printf '\n[trunks-outbound](+)\nexten => _91312555XXXX,1,Hangup()\n' >> /etc/asterisk/extensions.conf"
    with changed_file(ONE, "/etc/asterisk/extensions.conf", sed):
        failed = run_site("--limit", ONE, extra_vars={"dialer_routes": [{**route, "max_attempts": 1}]})
    asterisk(ONE, "dialplan reload")
    assert failed.rc != 0
    assert ("913125551212 should reach route us, but it matches _91312555XXXX of context trunks-outbound, which leads to no route "
            "of this collection") in failed.said
    assert f"Restored and proven: generation {number}." in failed.said and generation(ONE) == number


def test_test_call_works_without_vicidial():
    run = play('- dialer.trunks.test_call: {number: "913125557201", answer_seconds: 1}', "--limit", ONE, inventory=INVENTORY)
    call = run.tasks[-1][1][ONE]
    assert (call["answered"], call["trunk"], call["route"]) == (True, "carrier_a", "us"), call
