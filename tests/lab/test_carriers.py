# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the carriers do, seen from a dialer by real calls: exchanges, answers by area code, transports, SRTP, IAX2, silence, refusal."""

from __future__ import annotations

import subprocess
import time

import pytest

from support.lab import carrier_trunks
from support.lab.carrier_trunks import has_sip
from support.lab.standin_dialer import CARRIER_A, CARRIER_B
from support.paths import LAB
from support.waiting import came_true

# SIP answer -> (cause, DIALSTATUS with chan_sip, DIALSTATUS with PJSIP)
ANSWERS = {
    404: (1, "CHANUNAVAIL", "CHANUNAVAIL"),
    604: (1, "CHANUNAVAIL", "CHANUNAVAIL"),
    484: (1, "CHANUNAVAIL", "CHANUNAVAIL"),  # PJSIP: 28
    410: (22, "CONGESTION", "CHANUNAVAIL"),
    486: (17, "BUSY", "BUSY"),
    600: (17, "BUSY", "BUSY"),
    480: (19, "BUSY", "NOANSWER"),
    603: (21, "BUSY", "CHANUNAVAIL"),
    403: (21, "CHANUNAVAIL", "CHANUNAVAIL"),
    408: (18, "CHANUNAVAIL", "CHANUNAVAIL"),
    500: (38, "CONGESTION", "CHANUNAVAIL"),
    502: (27, "CONGESTION", "CHANUNAVAIL"),
    503: (34, "CONGESTION", "CONGESTION"),
    504: (102, "CONGESTION", "CHANUNAVAIL"),
    488: (58, "CHANUNAVAIL", "CHANUNAVAIL"),
    606: (58, "CHANUNAVAIL", "CHANUNAVAIL"),
}
TLS, TCP, ACCOUNT, ADDRESS, SIPP_SIP, SIPP_PJSIP, UDP, TLS_PLAIN = sorted(carrier_trunks.DIALS)
ANSWERED, BUSY, REFUSED, SILENT = "13125551211", "13125551212", "13125551213", "13125551217"


@pytest.fixture(scope="module")
def trunks(dialer):
    """The hand-written trunks."""
    with carrier_trunks.trunks(dialer) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def calls(trunks):
    """All calls of this module that need nothing but a carrier, side by side."""
    numbers = [UDP + number for number in ("13125721211", "13125711211", "13125731211", "13125731212", "13125711213")]
    numbers.append(ADDRESS + SILENT)
    numbers += [prefix + number for prefix in (TLS, TLS_PLAIN, TCP, ACCOUNT, ADDRESS) for number in (ANSWERED, BUSY, REFUSED)]
    for prefix in (SIPP_SIP, SIPP_PJSIP):
        if prefix == SIPP_PJSIP or has_sip(trunks):
            numbers += [f"{prefix}1{code}5551211" for code in ANSWERS]
    return carrier_trunks.call(trunks, numbers, 40)


def received(carrier: str, number: str) -> list[str]:
    """The lines of a carrier's calls.csv with this number."""
    done = subprocess.run(["podman", "exec", f"trunks-carrier-{carrier}", "grep", f",{number},", "/var/log/carrier/calls.csv"],
                          capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_exchanges_change_when_an_answer_comes(calls):
    soon, late, early = (calls[f"{UDP}1312{exchange}1211"] for exchange in (571, 572, 573))
    assert soon.status == late.status == early.status == "ANSWER"
    assert soon.delay < 0.5 and 19.5 < late.delay < 21 and 1.4 < early.delay < 2.2
    assert soon.progress == 0 and 0 < early.progress < 0.4


def test_exchanges_change_nothing_else(calls):
    busy, refused = calls[UDP + "13125731212"], calls[UDP + "13125711213"]
    assert (busy.status, busy.cause) == ("BUSY", 17) and busy.progress > 0
    assert (refused.status, refused.cause) == ("CONGESTION", 34)


def media_packets_sent() -> list[int]:
    """How many the first carrier has sent, for each of its calls by SIP."""
    done = subprocess.run(["podman", "exec", "trunks-carrier-a", "asterisk", "-rx", "pjsip show channelstats"],
                          capture_output=True, text=True, check=True)
    # channel, up time, codec, four figures of what was received
    return [int(line.split()[7]) for line in done.stdout.splitlines() if line.strip().startswith("dialers-")]


def test_an_exchange_sends_no_media_after_its_answer(trunks):
    sent = {}
    for number in ("13125551211", "13125741211"):
        trunks.cli(f"channel originate PJSIP/{number}@zz-udp application WaitExten 4")
        time.sleep(3)
        sent[number] = media_packets_sent()
        assert came_true(lambda: media_packets_sent() == [], 10)
    (usual,), silent = sent.values()
    assert usual > 50 and silent == [0]


@pytest.mark.parametrize("code", ANSWERS)
def test_answers_by_area_code_seen_by_chan_sip(calls, dialer, code):
    if not has_sip(dialer):
        pytest.skip("this Asterisk has no chan_sip")
    cause, status, _pjsip = ANSWERS[code]
    result = calls[f"{SIPP_SIP}1{code}5551211"]
    assert (result.cause, result.status) == (cause, status) and result.tech.startswith(f"SIP {code} ")


@pytest.mark.parametrize("code", ANSWERS)
def test_answers_by_area_code_seen_by_pjsip(calls, code):
    cause, _sip, status = ANSWERS[code]
    cause = 28 if code == 484 else cause
    result = calls[f"{SIPP_PJSIP}1{code}5551211"]
    assert (result.cause, result.status) == (cause, status) and result.tech.startswith(f"SIP {code} ")


def test_a_number_without_a_code_is_incomplete_and_every_call_is_written(trunks):
    number = "13125550000"
    result = carrier_trunks.call(trunks, [SIPP_PJSIP + number])[SIPP_PJSIP + number]
    assert result.tech.startswith("SIP 484 ")
    line = received("b", number)[-1]
    epoch, _number, _caller, name, source = line.split(",")
    assert abs(time.time() - float(epoch)) < 30 and len(epoch.split(".")[1]) == 3
    assert name.startswith('"') and name.endswith('"') and source.startswith("198.18.20.1")


@pytest.mark.parametrize("prefix", [TLS, TLS_PLAIN, TCP, ACCOUNT, ADDRESS])
def test_every_way_obeys_the_last_digit(calls, prefix):
    answered, busy, refused = (calls[prefix + number] for number in (ANSWERED, BUSY, REFUSED))
    assert (answered.status, busy.status, busy.cause) == ("ANSWER", "BUSY", 17)
    assert (refused.status, refused.cause) == ("CONGESTION", 34)
    assert answered.encrypted == {TLS: "1", TLS_PLAIN: "0", TCP: "0"}.get(prefix, "")


def test_calls_by_iax2_are_written(trunks):
    number = "13125550112"
    carrier_trunks.call(trunks, [ACCOUNT + number, ADDRESS + number])
    for carrier, source in (("a", "198.18.10.1"), ("b", "198.18.20.1")):
        assert received(carrier, number)[-1].split(",")[-1].startswith(source)


def test_iax2_is_silent_on_a_silent_number(calls):
    assert calls[ADDRESS + SILENT].status in ("CHANUNAVAIL", "CONGESTION", "NOANSWER") and not received("b", SILENT)


def inbound(dialer, how: str, number: str) -> str:
    """The channel and context in which a carrier's call arrives, as Asterisk lists it."""
    command = f"channel originate Local/{number}*1*{how}@to-dialer application Wait 3"
    subprocess.run(["podman", "exec", "trunks-carrier-b", "asterisk", "-rx", command], check=True, capture_output=True)
    found: list[str] = []
    came_true(lambda: found.extend(line for line in dialer.cli("core show channels concise").splitlines()
                                    if f"!{number}!" in line) or found, 5)
    return found[0] if found else ""


@pytest.mark.parametrize(("how", "channel", "number"), [
    ("tcp-5066", "PJSIP/zz-in", "13125550101"), ("tls-5067", "PJSIP/zz-in", "13125550102"), ("iax2", "IAX2/", "13125550103"),
])
def test_carriers_call_by_every_way(trunks, how, channel, number):
    assert inbound(trunks, how, number).startswith(channel)


def test_silence_drops_everything_and_a_restart_ends_it(dialer):
    def answers() -> bool:
        return dialer.sh(f"/lab/common/options {CARRIER_B}").split() == [CARRIER_B]

    def silence(mode: str) -> None:
        subprocess.run([LAB, "silence", "b", mode], check=True)

    assert answers()
    silence("on")
    silence("on")
    try:
        assert not answers() and dialer.sh(f"ping -c1 -W1 {CARRIER_B}; true").count("100% packet loss") == 1
        assert dialer.sh(f"/lab/common/options {CARRIER_A}").split() == [CARRIER_A]
    finally:
        silence("off")
    assert answers()
    silence("off")
    silence("on")
    subprocess.run(["podman", "--runtime", "runc", "restart", "trunks-carrier-b"], check=True, capture_output=True)
    assert came_true(answers, 20)


def test_a_carrier_that_refuses_refuses_every_call_and_answers_options(trunks):
    def refuse(mode: str) -> None:
        subprocess.run([LAB, "refuse", "a", mode], check=True)

    refuse("on")
    try:
        refused = carrier_trunks.call(trunks, [UDP + "13125550110"])[UDP + "13125550110"]
        assert trunks.sh(f"/lab/common/options {CARRIER_A}").split() == [CARRIER_A]
    finally:
        refuse("off")
    assert (refused.status, refused.cause) == ("CONGESTION", 34)
    assert carrier_trunks.call(trunks, [UDP + "13125550120"])[UDP + "13125550120"].status == "ANSWER"


def test_a_new_sipp_comes_when_one_dies(dialer):
    def pid() -> str:
        done = subprocess.run(["podman", "exec", "trunks-carrier-b", "pidof", "sipp"], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    assert came_true(pid, 5)
    old = pid()
    subprocess.run(["podman", "exec", "trunks-carrier-b", "kill", old], check=True)
    assert came_true(lambda: pid() not in ("", old), 5)
