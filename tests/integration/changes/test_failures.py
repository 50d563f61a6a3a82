# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails, fails plainly: it says which and why, leaves what was there, and the next run goes on from there."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time

import pytest

from support.lab.calls import auto_dial, times_received
from support.lab.faults import left_behind
from support.lab.machines import DB, DIALERS, ONE, OTHER, asterisk, changed_file, sh, sql, standin
from support.lab.playbooks import described, finish, play, route, site, start
from support.lab.running import generation, loaded, peer, stamp
from support.lab.state import differences, everything, files, ours
from support.waiting import wait_until

COMMIT = "Commit the files, or verify that they are in force"
CHANGED = described(carrier_a={"qualify": {"frequency": 30}})

# The steps of site.yml that write rows of trunks and wait for them, with less patience.
IMPATIENT = """
- dialer.trunks.vicidial_carriers: {steps: [trunks], wait: 20}
  run_once: true
  delegate_to: "{{ ansible_play_hosts | first }}"
  register: written
- dialer.trunks.asterisk_generation: {carriers: "{{ written }}", wait: 3}
"""


def stop_asterisk(dialer: str) -> None:
    """End Asterisk, and wait until it has ended."""
    asterisk(dialer, "core stop now")
    wait_until(lambda: not sh(dialer, "pgrep -x asterisk; true").strip(), 10, "Asterisk to end")


def start_asterisk(dialer: str) -> None:
    """Start Asterisk in its screen, as VICIdial's boot script does."""
    sh(dialer, "cd /root; HOME=/root TERM=xterm screen -d -m -S asterisk /usr/sbin/asterisk -vvvgcT;"
               " for n in $(seq 100); do asterisk -rx 'core waitfullybooted' && exit 0; sleep 0.1; done; exit 1")


@pytest.fixture(scope="module")
def picture():
    """The lab as these tests find it."""
    return everything()


@pytest.mark.parametrize("login, reason", [
    ({"host": "198.18.0.250"}, "no route to host|timed out"),
    ({"host": "198.18.0.5", "port": 3307}, "connection refused"),
    ({"host": "198.18.0.5", "password": "not-the-password"}, "login refused"),
])
def test_database_unreachable(login, reason, picture):
    run = site(extra_vars={"dialer_db": login, **CHANGED, **route(max_attempts=1)})
    assert run.rc != 0
    message = next(iter(run.failures.values()))
    assert re.search(f"cannot reach database asterisk at .* as user cron: .*({reason})", message), message
    assert "\n" not in message
    assert "not-the-password" not in run.stdout + run.stderr
    assert differences(picture, everything()) == []


def test_database_that_does_not_answer(picture):
    subprocess.run(["podman", "pause", DB], check=True, capture_output=True)
    try:
        run = site(extra_vars=CHANGED)
    finally:
        subprocess.run(["podman", "unpause", DB], check=True, capture_output=True)
    assert run.rc != 0
    assert "cannot reach database asterisk at 198.18.0.5:3306 as user cron" in run.said
    assert differences(picture, everything()) == []


def test_asterisk_stopped_on_one_dialer(restored):
    """That dialer is named and gets no file; the others are provisioned."""
    before, theirs = stamp(ONE, "carrier_a"), files(OTHER, times=True)
    stop_asterisk(OTHER)
    try:
        run = site(extra_vars={**CHANGED, **route(max_attempts=1)})
        assert run.rc != 0
        assert set(run.failures) == {OTHER}
        assert "Asterisk is not running" in run.failures[OTHER]
        assert stamp(ONE, "carrier_a") == before + 1
        assert (COMMIT, ONE) in run.changes
        ours_there = {path: facts for path, facts in files(OTHER, times=True).items() if "/trunks" in path}
        assert ours_there == {path: facts for path, facts in theirs.items() if "/trunks" in path}
    finally:
        start_asterisk(OTHER)
    healed = site(extra_vars={**CHANGED, **route(max_attempts=1)})
    assert healed.rc == 0, healed
    assert (COMMIT, OTHER) in healed.changes
    assert peer(OTHER, "carrier_a")["Description"].startswith("[trunks ")


def test_generator_stopped_is_said_plainly_and_the_next_run_goes_on(restored):
    before = stamp(ONE, "carrier_a")
    standin(ONE, "stop generator")
    try:
        run = play("- ansible.builtin.import_role: {name: dialer.trunks.carriers}\n  vars: {carriers_wait: 4}",
                   extra_vars=CHANGED)
        assert run.rc != 0
        assert f"VICIdial's generator did not run within 4 s on {DIALERS[ONE]}: rebuild_conf_files is still Y" in run.said
        assert "nothing of it has to be rolled back, the next run continues from here" in run.said
        assert stamp(ONE, "carrier_a") == before
        # It comes back while site.yml waits for it.
        process = start(extra_vars=CHANGED)
        threading.Timer(8, standin, (ONE, "start generator")).start()
        healed = finish(process)
    finally:
        standin(ONE, "start generator")
    assert healed.rc == 0, healed
    assert "an earlier run was cut short, or the generator did not run in time for it" in healed.said
    assert stamp(ONE, "carrier_a") == before + 1


def test_a_section_of_the_operators_that_overrides_a_peer_is_named(restored):
    """VICIdial's files are right, so that nobody is asked to write them again."""
    with changed_file(ONE, "/etc/asterisk/sip-operator.conf",
                      "printf '[carrier_a]\\ntype=peer\\nhost=198.18.20.20\\n' >> /etc/asterisk/sip-operator.conf"):
        asterisk(ONE, "sip reload")
        wait_until(lambda: peer(ONE, "carrier_a").get("Addr->IP") == "198.18.20.20:5060", 10, "the other address")
        run = play(IMPATIENT, "--limit", ONE)
        assert run.rc != 0 and "peer carrier_a is loaded with host 198.18.20.20 instead of 198.18.10.10" in run.said, run
        assert "the last line that sets its host is /etc/asterisk/sip-operator.conf:" in run.said
        assert "rebuild_conf_files" not in run.said
    asterisk(ONE, "sip reload")
    wait_until(lambda: peer(ONE, "carrier_a").get("Addr->IP") == "198.18.10.10:5060", 10, "our address")
    assert site().rc == 0


def test_asterisk_out_of_its_screen(restored):
    before = stamp(ONE, "carrier_a")
    written = sh(ONE, "cat /etc/asterisk/sip-vicidial.conf")
    stop_asterisk(ONE)
    sh(ONE, "/usr/sbin/asterisk; for n in $(seq 100); do asterisk -rx 'core waitfullybooted' && exit 0; sleep 0.1; done; exit 1")
    try:
        run = play(IMPATIENT, "--limit", ONE, extra_vars=CHANGED)
        assert run.rc != 0
        assert sh(ONE, "cat /etc/asterisk/sip-vicidial.conf") != written
        assert "nothing was reloaded" in run.said and "screen named 'asterisk'" in run.said
        assert stamp(ONE, "carrier_a") == before
        warned = site("--limit", ONE, "--check", extra_vars=CHANGED)
        assert "Asterisk does not run in a screen named asterisk" in warned.said
    finally:
        stop_asterisk(ONE)
        start_asterisk(ONE)
    healed = site("--limit", ONE, extra_vars=CHANGED)
    assert healed.rc == 0, healed
    assert stamp(ONE, "carrier_a") == before + 1


def test_a_generation_that_asterisk_refuses_is_taken_back():
    """A missing #include of the operator's voids every reload of the dialplan."""
    number = generation(ONE)
    path = "/etc/asterisk/extensions.conf"
    with changed_file(ONE, path, f"echo '#include missing.conf' >> {path}"):
        before = everything()
        run = site("--limit", ONE, extra_vars=route(max_attempts=1))
        assert run.rc != 0
        assert "Asterisk did not load the new configuration" in run.said
        assert f"the running dialplan holds generation {number}, not generation {number + 1}" in run.said
        assert "missing.conf" in run.said, "the reason, as Asterisk logged it"
        assert f"Restored and proven: generation {number}" in run.said
        now = everything()
        for picture in (before, now):     # the files get a fresh time, so that the reload reads them
            for dialer in DIALERS:
                picture[dialer]["files"] = {name: facts.rsplit(" ", 1)[0] if "trunks.d" in name else facts
                                            for name, facts in picture[dialer]["files"].items()}
        found = [line for line in differences(before, now) if not re.search(r" /etc/(asterisk|asterisk/trunks):", line)]
        assert found == []
    assert generation(ONE) == number
    assert site().changes == []


def test_extensions_conf_overwritten_by_the_operator(restored):
    """As VICIdial's installer does: our line is gone, calls go out by the fallback, the next run mends it."""
    sh(ONE, "cat /lab/dialer/etc/asterisk/extensions.conf > /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
    wait_until(lambda: not loaded(ONE, "trunks-route-us"), 5, "the contexts to go")
    number = "13125551201"
    already = times_received("a", number)
    call = auto_dial(ONE, number)
    assert call["agent"] and call["carrier_log"]["dialstatus"] == "ANSWER"
    assert times_received("a", number) == already + 1
    run = site()
    assert run.rc == 0, run
    assert (COMMIT, ONE) in run.changes and (COMMIT, OTHER) not in run.changes
    assert run.results(COMMIT)[ONE]["lines"] == ["/etc/asterisk/extensions.conf"]
    assert loaded(ONE, "trunks-route-us")


def test_two_runs_at_once_on_a_dialer():
    before = generation(ONE)
    holder = subprocess.Popen(["podman", "exec", ONE, "flock", "/run/dialer-trunks.lock", "sleep", "60"])
    try:
        wait_until(lambda: "sleep" in sh(ONE, "pgrep -a -x sleep; true") and bool(
            sh(ONE, "flock -n /run/dialer-trunks.lock true || echo held").strip()), 10, "the lock to be held")
        run = site("--tags", "dialplan", extra_vars=route(max_attempts=1))
    finally:
        sh(ONE, "pkill -x -f 'sleep 60'")
        holder.wait(10)
    assert run.rc != 0
    assert set(run.failures) == {ONE}
    assert "another run holds the lock /run/dialer-trunks.lock (holder unknown)" in run.failures[ONE]
    assert generation(ONE) == before
    # The other dialer's went through.
    assert site().changes == [(COMMIT, OTHER)]


def test_a_run_killed_between_rows_and_files(restored):
    """Rows are written, no generator has come, no file is committed: kill -9 of Ansible and of the module."""
    wanted = {**CHANGED, **route(max_attempts=1)}
    revision, number = stamp(ONE, "carrier_a"), generation(ONE)
    for dialer in DIALERS:
        standin(dialer, "stop generator")
    try:
        process = start(extra_vars=wanted)
        wait_until(lambda: sql("SELECT COUNT(*) FROM vicidial_admin_log WHERE user='dialer.trunks begun'")[0][0] == "2"
                   and sql("SELECT COUNT(*) FROM servers WHERE rebuild_conf_files='Y'")[0][0] == "2", 60, "the rows")
        os.killpg(process.pid, signal.SIGKILL)
        sh(ONE, "pkill -9 -f '^[^ ]*python3$'; pkill -9 -f [A]nsiballZ_vicidial_carriers; true")
        process.communicate()
        # A generator that came in between, before the flag was up, has taken it down without seeing the rows.
        sql("UPDATE servers SET rebuild_conf_files='N'")
    finally:
        for dialer in DIALERS:
            standin(dialer, "start generator")
    time.sleep(2.5)    # a visit of the generators: nothing is flagged, so that nothing comes of it
    assert (stamp(ONE, "carrier_a"), generation(ONE)) == (revision, number)
    healed = site(extra_vars=wanted)
    assert healed.rc == 0, healed
    for dialer in DIALERS:
        assert ">= ${IF($[${DIALPLAN_EXISTS(trunks-repair-ready,s,1)}]?1:1)}" in asterisk(
            dialer, "dialplan show trunks-route-us")
    assert stamp(ONE, "carrier_a") == revision + 1
    assert sql("SELECT COUNT(*) FROM vicidial_admin_log WHERE user='dialer.trunks begun'") == [["0"]]
    assert site(extra_vars=wanted).changes == []


def test_a_step_for_all_dialers_that_fails_rolls_back_every_one_at_once(restored):
    """When both have committed, a row that has come in between answers the pattern of a route."""
    uk = {"name": "uk", "dial_prefix": "7", "patterns": ["44XXXXXXXXXX"], "trunks": [{"name": "carrier_b"}]}
    numbers, rows = {dialer: generation(dialer) for dialer in DIALERS}, ours("carrier_id, account_entry, dialplan_entry, active")
    for dialer in DIALERS:
        standin(dialer, "stop generator")
    try:
        process = start(extra_vars={**CHANGED, "dialer_routes": [*route()["dialer_routes"], uk]})
        wait_until(lambda: sql("SELECT COUNT(*) FROM servers WHERE rebuild_conf_files='Y'")[0][0] == "2", 60, "the rows of the trunks")
        sql("INSERT INTO vicidial_server_carriers SET carrier_id='BETWEEN1', carrier_name='x', template_id='--NONE--',"
            f" account_entry='', dialplan_entry='exten => _744XXXXXXXXXX,1,Hangup()', server_ip='{DIALERS[ONE]}'")
    finally:
        for dialer in DIALERS:
            standin(dialer, "start generator")
    run = finish(process)
    sql("DELETE FROM vicidial_server_carriers WHERE carrier_id='BETWEEN1'; UPDATE servers SET rebuild_conf_files='Y'")
    assert run.rc != 0 and "BETWEEN1" in run.said, run
    assert sorted(host for name, host in run.changes if name == COMMIT) == sorted(DIALERS)
    back = run.results("Roll back this dialer's files")
    for dialer, number in numbers.items():
        assert f"Restored and proven: generation {number}" in back[dialer]["outcome"], run
        assert "Restored and proven: generation" in run.failures[dialer] and "Restored: 2 rows of carriers" in run.failures[dialer]
        assert generation(dialer) == number
    restamped = [[one[0], re.sub(r"trunks \d+", "trunks N", one[1]), *one[2:]] for one in (*ours("carrier_id, account_entry,"
                 " dialplan_entry, active"), *rows)]
    assert restamped[:len(rows)] == restamped[len(rows):] and left_behind() == []


def test_a_commit_killed_half_way_is_taken_up(restored):
    """A staging directory and a link switched to a generation that nobody has loaded: what kill -9 can leave."""
    number = generation(ONE)
    sh(ONE, f"cd /etc/asterisk/trunks.d && cp -a {number} {number + 1}.new && cp -a {number} {number + 1} &&"
            f" sed -i 's/{number},1/{number + 1},1/' {number + 1}/generation.conf &&"
            f" ln -s trunks.d/{number + 1} ../trunks.tmp && mv -T ../trunks.tmp ../trunks")
    run = site("--limit", ONE)
    assert run.rc == 0, run
    assert run.changes == [(COMMIT, ONE)]
    assert generation(ONE) == number + 1
    changed = site("--limit", ONE, extra_vars=route(max_attempts=1))
    assert changed.rc == 0, changed
    assert ".new" not in sh(ONE, "ls /etc/asterisk/trunks.d")
