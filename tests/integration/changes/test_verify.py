# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trunk counts as reachable by an answer from after the reload, however late Asterisk comes to ask for one.

chan_sip and chan_iax2 go on to show the state that a peer had before, also when it has another address now.

A trunk that was down before a run, and that the run does not change, is a warning.
"""
from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.lab.machines import ONE, OTHER, asterisk, changed_file, sh
from support.lab.playbooks import described, play, site
from support.lab.running import generation, loaded, peer, stamp
from support.waiting import wait_until

ALIVE, DEAD = {"SIP": 5060, "PJSIP": 5060, "IAX2": 4569}, 5999     # ports of carrier a
RELOAD = {"SIP": "sip reload", "PJSIP": "pjsip reload", "IAX2": "iax2 reload"}
SHOW = {"SIP": "sip show peer", "PJSIP": "pjsip show aor", "IAX2": "iax2 show peer"}
FILES = {"SIP": "/etc/asterisk/sip-operator.conf", "PJSIP": "/etc/asterisk/pjsip.conf", "IAX2": "/etc/asterisk/iax.conf"}
PEER = "[{name}]\ntype=peer\nhost=198.18.10.10\nport={port}\nqualify=yes\n"
OBJECTS = ("[{name}]\ntype=endpoint\naors={name}\ndisallow=all\nallow=ulaw\n"
           "[{name}]\ntype=aor\ncontact=sip:198.18.10.10:{port}\nqualify_frequency=60\n")
STALLED = f"printf '[stalled]\\ntype=peer\\nhost=sip.stalled.test\\n' >>{FILES['SIP']}"
# The first probe is sent half a second after a reload, and not at once.
LATE = "sed -i 's/^bindport=.*/&\\nqualifypeers=0\\nqualifygap=500/' /etc/asterisk/sip.conf"
VERIFY = "Verify what was loaded anew"
SECONDS = 8     # for which Asterisk is stopped: longer than Ansible takes to come and look twice
PROBE = 4       # seconds after which chan_sip gives a probe up

# Run on the dialer: reloads, and stops Asterisk as soon as it has the new port, which is before the first probe. Either
# all of it, or the one thread that probes, as a machine without a processor to spare does: the command line answers then.
STOP = """
import ctypes, os, re, signal, subprocess, sys, time
def cli(command):
    return subprocess.check_output(["asterisk", "-rx", command]).decode()
what, port, seconds = sys.argv[1:]
process = int(open("/var/run/asterisk/asterisk.pid").read())
thread = int(re.search(r"^0x\\S+ (\\d+) do_monitor .* chan_sip", cli("core show threads"), re.M).group(1))
ptrace = ctypes.CDLL(None).ptrace
ptrace.argtypes = [ctypes.c_long] * 4
cli("sip reload")
while ":%s\\n" % port not in cli("sip show peer moved"):
    time.sleep(0.01)
if what == "all of it":
    os.kill(process, signal.SIGSTOP)
else:
    assert ptrace(0x4206, thread, 0, 0) == 0 and ptrace(0x4207, thread, 0, 0) == 0      # SEIZE, INTERRUPT
    os.waitpid(thread, 0x40000000)      # __WALL
print("stopped", flush=True)
time.sleep(float(seconds))
if what == "all of it":
    os.kill(process, signal.SIGCONT)
else:
    ptrace(17, thread, 0, 0)            # DETACH
"""


def section(technology: str, name: str, port: int) -> str:
    return (OBJECTS if technology == "PJSIP" else PEER).format(name=name, port=port)


def state(technology: str, name: str) -> str:
    """The line in which Asterisk shows the peer's state."""
    command = {"SIP": "sip show peers", "PJSIP": "pjsip show contacts", "IAX2": "iax2 show peers"}[technology]
    return "".join(line for line in asterisk(ONE, command).splitlines(True) if name in line)


@contextlib.contextmanager
def silent_dns() -> Iterator[None]:
    """The dialer's DNS server does not answer."""
    kept = sh(ONE, "cat /etc/resolv.conf")      # which podman has mounted: it cannot be replaced
    server = "import socket, time; taken = socket.socket(2, 2); taken.bind((\"127.0.0.9\", 53)); print(1, flush=True); time.sleep(600)"
    sh(ONE, f"rm -f /tmp/dns; (exec python3 -c '{server}' >/tmp/dns 2>&1 & echo $! >/tmp/dns.pid);"
            " until grep -q . /tmp/dns 2>/dev/null; do sleep 0.02; done; grep -qx 1 /tmp/dns && echo 'nameserver 127.0.0.9' >/etc/resolv.conf")
    try:
        yield
    finally:
        sh(ONE, f"kill $(cat /tmp/dns.pid); cat >/etc/resolv.conf <<'END'\n{kept}END")


@contextlib.contextmanager
def operators_peers(technology: str) -> Iterator[None]:
    """Peers of the operator's that both answer: ``moved``, and ``lives``."""
    text = section(technology, "moved", ALIVE[technology]) + section(technology, "lives", ALIVE[technology])
    path = FILES[technology]
    try:
        with changed_file(ONE, path, f"cat >>{path} <<'END'\n{text}END"):
            asterisk(ONE, RELOAD[technology])
            if technology == "PJSIP":
                wait_until(lambda: state(technology, "moved") and state(technology, "lives"), 10, "the peers")
                asterisk(ONE, "pjsip qualify moved")
                asterisk(ONE, "pjsip qualify lives")
            answers = "Avail" if technology == "PJSIP" else "OK ("
            wait_until(lambda: answers in state(technology, "moved") and answers in state(technology, "lives"), 10, "answers")
            yield
    finally:
        asterisk(ONE, RELOAD[technology])


def point_elsewhere(technology: str) -> str:
    """The shell command that gives ``moved`` a port where nobody answers."""
    return f"sed -i '/^.moved/,/^.lives/ s/\\(port=\\|198.18.10.10:\\){ALIVE[technology]}$/\\1{DEAD}/' {FILES[technology]}"


def move(technology: str, more: str = "true") -> None:
    """Point ``moved`` there, reload, and return as soon as Asterisk has it."""
    sh(ONE, f"{point_elsewhere(technology)}; {more}; asterisk -rx '{RELOAD[technology]}' >/dev/null;"
            f" for n in $(seq 100); do asterisk -rx '{SHOW[technology]} moved' | grep -q {DEAD} && exit 0; sleep 0.02; done; exit 1")


def move_and_stop(what: str) -> None:
    """Point ``moved`` there, and have Asterisk stopped for some seconds between its reload and the first probe."""
    sh(ONE, f"cat >/tmp/stop.py <<'END'\n{STOP}END\n{point_elsewhere('SIP')}; rm -f /tmp/stopped;"
            f" (python3 /tmp/stop.py '{what}' {DEAD} {SECONDS} >/tmp/stopped 2>&1 &);"
            " until grep -q . /tmp/stopped 2>/dev/null; do sleep 0.02; done; grep stopped /tmp/stopped")


def verify(technology: str, timeout: int, *names: str) -> dict[str, Any]:
    """What the module says of the peers after a reload: each by its name, and ``elapsed``."""
    run = play(f"- name: {VERIFY}\n  dialer.trunks.sip_peers_verify:\n    reloaded: true\n    timeout: {timeout}\n"
               f"    trunks: [{', '.join(f'{{name: {name}, technology: {technology}}}' for name in names)}]", "--limit", ONE)
    result = run.results(VERIFY)[ONE]
    return {"elapsed": result["elapsed"], **{found["name"]: found for found in result["trunks"]}}


@pytest.mark.parametrize("stopped", ["all of it", "the thread that probes"])
def test_a_dead_trunk_does_not_pass_while_asterisk_has_not_probed_it(stopped):
    """Stopped between the reload and its first probe, for longer than the probes would have taken."""
    with changed_file(ONE, "/etc/asterisk/sip.conf", LATE), operators_peers("SIP"):
        move_and_stop(stopped)
        found = verify("SIP", 2 * SECONDS, "moved", "lives")
        assert not found["moved"]["ok"], found["moved"]
        assert found["lives"]["ok"], found["lives"]


def test_a_dead_trunk_does_not_pass_while_the_reload_waits_for_dns():
    """chan_sip has the peer's new address, shows its old state, and is at a later peer whose name nobody resolves."""
    with operators_peers("SIP"), silent_dns():
        move("SIP", STALLED)
        found = verify("SIP", 1, "moved", "lives")
        assert "may be from before the reload" in found["moved"]["detail"] and "does not answer at its own port" in found["moved"]["reason"]
        found = verify("SIP", 25, "moved", "lives")
        assert not found["moved"]["ok"] and found["lives"]["ok"], found


@pytest.mark.parametrize("technology", RELOAD)
def test_by_each_technology_a_dead_trunk_does_not_pass_and_a_living_one_does_at_once(technology):
    with operators_peers(technology):
        move(technology)
        found = verify(technology, 3, "moved", "lives")
        assert not found["moved"]["ok"] and found["lives"]["ok"], found
        living = verify(technology, 10, "lives")
        assert living["lives"]["ok"] and living["elapsed"] < 5, living


def test_a_trunk_that_was_removed_while_it_was_probed_can_come_back():
    """chan_sip loses that probe, and shows it until it is restarted."""
    with operators_peers("SIP"):
        move("SIP")
        wait_until(lambda: re.search("Init: OPTIONS +moved", asterisk(ONE, "sip show channels")), 15, "a probe")
        sh(ONE, f"cp -p {FILES['SIP']} /tmp/with; sed -i '/^.moved/,/^.lives/ {{/lives/!d}}' {FILES['SIP']}; asterisk -rx 'sip reload'")
        wait_until(lambda: not peer(ONE, "moved"), 5, "the peer to go")
        time.sleep(PROBE + 1)
        assert re.search("Init: OPTIONS +moved", asterisk(ONE, "sip show channels"))
        sh(ONE, f"sed 's/^port={DEAD}/port={ALIVE['SIP']}/' /tmp/with >{FILES['SIP']}; asterisk -rx 'sip reload'")
        wait_until(lambda: peer(ONE, "moved"), 5, "the peer to come back")
        found = verify("SIP", 20, "moved")
        assert found["moved"]["ok"], found


def test_a_run_that_moves_a_trunk_to_a_dead_address_is_rolled_back_however_late_the_probe(restored):
    revision = stamp(ONE, "carrier_a")
    with silent_dns(), changed_file(ONE, FILES["SIP"], STALLED):
        run = site("--limit", ONE, extra_vars=described(carrier_a={"port": DEAD}))
        assert run.rc != 0, run
        assert "carrier_a: " in run.said
        assert "Restored: 1 row of carriers" in run.failures[ONE]
        # The reload that follows waits for DNS once more.
        wait_until(lambda: peer(ONE, "carrier_a").get("Addr->IP") == "198.18.10.10:5060", 30, "Asterisk to read the rows that were restored")
        assert stamp(ONE, "carrier_a") == revision


# --- what was down before the run

OUTAGE = """table inet outage { chain output { type filter hook output priority 0;
  ip daddr 198.18.20.20 udp dport { 5060, 5061 } drop; }; }
"""
DOWN = "carrier_b: unreachable at 198.18.20.20:5060 instead of reachable"
BEFORE = "It was down before this run (unreachable), which therefore goes on"
CALLER_ID = "13125550177"


@pytest.fixture(name="carrier_b_is_down")
def _carrier_b_is_down(restored) -> Iterator[None]:
    """Carrier b does not answer the first dialer, which knows it; it answers again before the lab is described anew."""
    sh(ONE, "nft -f -", stdin=OUTAGE)
    try:
        asterisk(ONE, "sip reload")     # has every peer probed
        wait_until(lambda: "UNREACHABLE" in state("SIP", "carrier_b"), 75, "the probe to fail")
        yield
    finally:
        sh(ONE, "nft delete table inet outage")
        wait_until(lambda: "OK (" in state("SIP", "carrier_b"), 30, "the carrier to be back")


@pytest.mark.usefixtures("carrier_b_is_down")
def test_a_trunk_that_was_down_before_takes_no_unrelated_change_back():
    number = generation(ONE)
    run = site("--limit", ONE, extra_vars=described(carrier_a={"caller_id": CALLER_ID}))
    assert run.rc == 0 and DOWN in run.said and BEFORE in run.said, run
    assert CALLER_ID in asterisk(ONE, "dialplan show trunks-to-us-carrier_a") and generation(ONE) == number + 1
    # and back again, which changes nothing of the dead trunk either
    back = site("--limit", ONE, playbook="playbooks/rollback.yml")
    assert back.rc == 0 and BEFORE in back.said, back
    assert CALLER_ID not in asterisk(ONE, "dialplan show trunks-to-us-carrier_a") and generation(ONE) == number
    for alone in (site("--limit", ONE, playbook="playbooks/verify.yml"), site("--limit", ONE, "--tags", "verify")):
        assert alone.rc != 0 and DOWN in alone.said and BEFORE not in alone.said, alone


@pytest.mark.usefixtures("carrier_b_is_down")
def test_all_trunks_at_a_glance_failures_and_lost_dialers_first(tmp_path):
    """verify.yml ends with one table of all dialers, also when one of them fails and another cannot be reached."""
    away = tmp_path / "away.yml"
    away.write_text("dialers: {hosts: {away: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}}}")
    run = site("-i", str(away), playbook="playbooks/verify.yml")
    assert run.rc == 4 and run.changes == [], run
    assert run.stderr.count("1 of 4 trunks on 2 dialers is bad; not known: away.") == 1, run
    heads, *rows = [line.split() for line in run.stderr.partition("\ndialer ")[2].partition("\n\n")[0].splitlines()]
    assert heads == ["trunk", "address", "state", "latency", "registration", "result"]
    assert rows[:2] == [[ONE, "carrier_b", "198.18.20.20:5060", "unreachable", "-", "-", "bad"], ["away", *5 * "-", "bad"]]
    assert [(row[0], row[1], row[3], row[-1]) for row in rows[2:]] == [
        (ONE, "carrier_a", "reachable", "good"), (OTHER, "carrier_a", "reachable", "good"), (OTHER, "carrier_b", "reachable", "good")]
    assert f"  {ONE}: {DOWN}" in run.stderr and "  away: unreachable: " in run.stderr
    failing = site("--limit", ONE, playbook="playbooks/verify.yml")
    assert failing.rc == 2 and DOWN in failing.failures[ONE] and "1 of 2 trunks on 1 dialer is bad." in failing.stderr, failing


@pytest.mark.usefixtures("carrier_b_is_down")
def test_a_trunk_that_was_down_before_takes_no_repair_back():
    """Without the include line there is no failover, which the dead trunk needs."""
    sh(ONE, "cat /lab/dialer/etc/asterisk/extensions.conf > /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
    wait_until(lambda: not loaded(ONE, "trunks-route-us"), 5, "the contexts to go")
    run = site("--limit", ONE)
    assert run.rc == 0 and "dialer.trunks" in sh(ONE, "cat /etc/asterisk/extensions.conf"), run
    assert loaded(ONE, "trunks-route-us")


@pytest.mark.usefixtures("carrier_b_is_down")
@pytest.mark.parametrize(("changes", "blamed", "spared"), [
    ({"carrier_b": {"port": 5061}}, "carrier_b", "carrier_a"),      # dead before, and it has to respond since it is changed
    ({"carrier_a": {"port": DEAD}}, "carrier_a", "carrier_b"),
])
def test_beside_a_trunk_that_was_down_before_a_changed_one_has_to_respond(changes, blamed, spared):
    revision = stamp(ONE, blamed)
    run = site("--limit", ONE, extra_vars=described(**changes))
    assert run.rc != 0 and f"{blamed}: unreachable" in run.failures[ONE] and f"{spared}: " not in run.failures[ONE], run
    assert "Restored: 1 row of carriers" in run.failures[ONE]
    wait_until(lambda: stamp(ONE, blamed) == revision, 30, "the row that was restored")
