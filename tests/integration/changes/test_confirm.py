# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not confirmed goes back: by the run itself, by its watchdog, or by the next run. bench/faults has every fault."""
from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import yaml

from support.lab.faults import FAULTS, ROLLBACK, after_rows, at, both, left_behind, picture, undergo, window
from support.lab.machines import DIALERS, INSIDE, ONE, OTHER, sh, sql, standin
from support.lab.playbooks import INVENTORY, described, finish, play, route, site, start
from support.lab.running import generation
from support.paths import ROOT
from support.waiting import wait_until

# Refuses new connections to the SSH server, and leaves those that there are.
NO_MORE = """table inet test_ssh {
    chain input { type filter hook input priority -5; tcp dport 22 tcp flags & (syn | ack) == syn reject with tcp reset; }
}"""
# Runs on the dialer: takes the lock as soon as nobody has it, waits for a module that waits for it, and kills that.
KILL_WHO_WAITS = """
import fcntl, os, sys, time
lock, end = "/run/dialer-trunks.lock", time.time() + 60
while True:
    try:
        held = open(lock, "x")
        break
    except FileExistsError:
        time.sleep(0.005)
fcntl.flock(held, fcntl.LOCK_EX)
try:
    while time.time() < end:
        for pid in set(filter(str.isdigit, os.listdir("/proc"))) - {str(os.getpid())}:
            try:
                if lock in [os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)]:
                    os.kill(int(pid), 9)
                    sys.exit(0)
            except OSError:
                pass
        time.sleep(0.01)
    sys.exit("nobody waits")
finally:
    os.unlink(lock)
"""
SOME = ("rows written: kill -9 of module and Ansible", "files: disk full", "files, link switched: kill -9 of the module",
        "files, link switched: kill -9 of module and Ansible", "first installation, link: kill -9 of module and Ansible",
        "rollback, link switched: kill -9 of module and Ansible", "removal, link gone: kill -9 of the module")
CONFIRM = "Confirm the files over a fresh connection"
VERIFY = "Verify that the running Asterisk reaches every trunk"
COMMIT = "Commit the files, or verify that they are in force"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.key in SOME], ids=lambda fault: fault.key)
def test_everything_is_as_it_was(fault):
    wrong, _seconds, run = undergo(fault, "vicidial")
    assert wrong == [], run


def test_a_run_that_died_is_rolled_back_by_the_next_one(restored):
    """On the same controller, without waiting for the watchdog."""
    number = generation(ONE)
    process = start("--limit", ONE, extra_vars=route(max_attempts=1))
    wait_until(lambda: generation(ONE) == number + 1, 60, "the commit")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert "files-checkpoint.json" in sh(ONE, "ls /var/lib/dialer-trunks; true")
    run = site("--limit", ONE, extra_vars=route(before_dial=["NoOp(x)"]))
    assert run.rc == 0, run
    assert "was cut short before it confirmed its change; that was rolled back first" in run.said
    assert left_behind() == [] and "No such" in sh(ONE, "ls /var/lib/dialer-trunks 2>&1; true")


@pytest.fixture
def by_ssh(tmp_path):
    """An inventory by which the first dialer is reached by SSH; its server runs for the time of the test."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text(encoding="utf-8").strip()
    sh(ONE, f"mkdir -p -m 700 /root/.ssh /run/sshd; echo '{public}' >/root/.ssh/authorized_keys; ssh-keygen -A >/dev/null;"
            " /usr/sbin/sshd -o PidFile=/run/sshd/test.pid")
    # The controller has no address in the lab's networks; the phone has.
    client = tmp_path / "ssh"
    client.write_text("#!/bin/sh\nexec nsenter --target $(cat /run/dialer-trunks-lab/trunks-phone.pid) --net ssh \"$@\"\n")
    client.chmod(0o755)
    inventory = yaml.safe_load((ROOT / INVENTORY).read_text(encoding="utf-8"))
    inventory["all"]["children"]["dialers"]["hosts"][ONE].update({
        "ansible_connection": "ssh", "ansible_ssh_executable": str(client), "ansible_host": DIALERS[ONE],
        "ansible_user": "root", "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={tmp_path}/known -o ControlPersist=60s"
                                   f" -o ControlPath={tmp_path}/master"})
    shutil.copytree((ROOT / INVENTORY).parent, tmp_path / "inventory")
    (tmp_path / "inventory/hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    yield str(tmp_path / "inventory/hosts.yml")
    sh(ONE, "nft delete table inet test_ssh 2>/dev/null; kill $(cat /run/sshd/test.pid); rm -rf /root/.ssh; true")


def test_what_cuts_off_the_way_to_a_dialer_is_rolled_back_on_all(restored, by_ssh):
    """The connection that is open lives on; no new one can be made. That dialer keeps the rows' journal of both."""
    within = window("vicidial")
    before, numbers = picture("vicidial"), {dialer: generation(dialer) for dialer in DIALERS}
    wanted = {**described(carrier_a={"qualify": {"frequency": 31}}), **route(max_attempts=1), "dialer_confirm_within": within}
    assert site("--check", inventory=by_ssh, extra_vars=wanted).rc == 0
    process = start(inventory=by_ssh, extra_vars=wanted)
    wait_until(lambda: all(generation(dialer) == number + 1 for dialer, number in numbers.items()), 60, "the commits")
    sh(ONE, f"nft -f - <<'E'\n{NO_MORE}\nE")
    run = finish(process)
    assert run.rc != 0 and run.results("Extend the time to confirm the rows, over a fresh connection")[ONE]["unreachable"], run
    assert not any(result.get("failed") for result in run.results(VERIFY).values())
    assert CONFIRM not in [name for name, _hosts in run.tasks]
    # The other one is not left to its watchdog.
    assert f"Restored and proven: generation {numbers[OTHER]}" in run.results("Roll back this dialer's files")[OTHER]["outcome"], run
    assert generation(OTHER) == numbers[OTHER]
    sh(ONE, "nft delete table inet test_ssh")
    wait_until(lambda: left_behind() == [] and {dialer: generation(dialer) for dialer in DIALERS} == numbers, 3 * within, "the watchdogs")
    assert picture("vicidial") == before
    again = site(inventory=by_ssh, extra_vars={**wanted, "dialer_confirm_within": 300})
    assert again.rc == 0, again
    assert f"since it was not confirmed within {within} seconds. Restored and proven: generation {numbers[ONE]}." in again.said


def test_a_confirmation_that_is_killed_is_made_again(restored):
    number = generation(ONE)
    process = start("--limit", ONE, extra_vars=route(max_attempts=1))
    wait_until(lambda: generation(ONE) == number + 1, 60, "the commit")
    killed = subprocess.run([INSIDE, ONE, "python3", "-"], input=KILL_WHO_WAITS, text=True, check=False)
    run = finish(process)
    assert killed.returncode == 0
    assert run.rc == 0, run.failures
    assert run.results(CONFIRM)[ONE]["attempts"] == 2
    assert generation(ONE) == number + 1 and left_behind() == []


def test_a_rollback_to_a_trunk_that_does_not_answer_stays_where_it_was(restored):
    dead = described(carrier_a={"host": "198.18.10.77"})
    assert site("--limit", ONE, "--skip-tags", "verify", extra_vars=dead).rc == 0
    assert site("--limit", ONE).rc == 0
    before = picture("vicidial")
    run = site("--limit", ONE, playbook=ROLLBACK)
    assert run.rc != 0 and "carrier_a: unreachable at 198.18.10.77:5060" in run.said
    assert "Restored and proven: generation" in run.failures[ONE] and "Restored: 1 row of carriers" in run.failures[ONE]
    assert picture("vicidial") == before and left_behind() == []
    all_the_same = site("--limit", ONE, "--skip-tags", "verify", playbook=ROLLBACK)
    assert all_the_same.rc == 0, all_the_same
    assert generation(ONE) == before["generation"] - 1


def test_a_canary_that_fails_is_restored_and_nobody_else_is_touched(tmp_path):
    inventory = tmp_path / "inventory"
    shutil.copytree((ROOT / INVENTORY).parent, inventory)
    (inventory / "group_vars/dialers/rollout.yml").write_text(yaml.safe_dump({"dialer_rollout": [1, "100%"]}))
    before = picture("vicidial")
    theirs = sql("SELECT MAX(admin_log_id) FROM vicidial_admin_log WHERE event_notes LIKE '% on 198.18.0.12: %'")
    run = site(inventory=str(inventory / "hosts.yml"),
               extra_vars={**described(carrier_a={"host": "198.18.10.77"}), **route(max_attempts=1)})
    assert run.rc != 0
    assert (COMMIT, ONE) in run.changes and all(OTHER not in hosts for name, hosts in run.tasks if name == COMMIT)
    assert "carrier_a: unreachable at 198.18.10.77:5060" in run.said
    assert "Restored and proven: generation" in run.failures[ONE] and "Restored: 1 row of carriers" in run.failures[ONE]
    assert picture("vicidial") == before and left_behind() == []
    assert sql("SELECT MAX(admin_log_id) FROM vicidial_admin_log WHERE event_notes LIKE '% on 198.18.0.12: %'") == theirs


def test_a_rollout_goes_through_batches_in_which_nothing_changes():
    run = site(extra_vars={"dialer_rollout": [1, "100%"]})
    assert (run.rc, run.changes) == (0, []), run
    reached = {host for name, hosts in run.tasks if name == COMMIT for host in hosts}
    assert reached == {ONE, OTHER}


def with_a_dialer_that_is_away(directory: Path) -> str:
    """The lab's inventory with a dialer in front that cannot be reached."""
    inventory = yaml.safe_load((ROOT / INVENTORY).read_text(encoding="utf-8"))
    dialers = inventory["all"]["children"]["dialers"]
    dialers["hosts"] = {"away": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
                        **dialers["hosts"]}
    shutil.copytree((ROOT / INVENTORY).parent, directory / "inventory")
    (directory / "inventory/hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    return str(directory / "inventory/hosts.yml")


def test_a_dialer_that_is_lost_stops_the_batches_that_follow(tmp_path):
    inventory = with_a_dialer_that_is_away(tmp_path)
    before = picture("vicidial")
    run = site(inventory=inventory, extra_vars={**route(max_attempts=1), "dialer_rollout": [2, "100%"]})
    assert run.rc != 0 and "away was lost" in run.failures[ONE] and "--limit 'all:!away'" in run.failures[ONE]
    assert all(OTHER not in hosts for _name, hosts in run.tasks)
    assert picture("vicidial") == before and left_behind() == []


def test_as_many_dialers_as_allowed_may_be_lost(tmp_path, restored):
    rollout = {"dialer_rollout": [2, "100%"], "dialer_rollout_lost": 1}
    run = site(inventory=with_a_dialer_that_is_away(tmp_path), extra_vars={**route(max_attempts=1), **rollout})
    assert run.rc != 0 and set(run.failures) == {"away"}, run
    assert {(COMMIT, ONE), (COMMIT, OTHER)} <= set(run.changes)
    told, = [result["msg"] for result in run.results("Name the dialers that were lost").values() if "msg" in result]
    assert "not provisioned: away. Once they are repaired, run this again" in told
    assert left_behind() == []


def test_two_runs_at_once_do_not_mix(restored):
    wanted = [route(max_attempts=1), route(before_dial=["NoOp(x)"])]
    runs = [finish(process) for process in [start("--limit", ONE, extra_vars=one) for one in wanted]]
    won = [one for one, run in zip(wanted, runs) if run.rc == 0]
    assert won, runs
    for run in runs:
        assert run.rc == 0 or "is changing what this run would change" in run.said or "another run" in run.said, run
    assert left_behind() == []
    assert any(site("--check", "--limit", ONE, extra_vars=one).changes == [] for one in won)


@pytest.fixture
def other_place():
    """The second dialer can write rows, too."""
    place = "/usr/lib/python3/dist-packages"
    subprocess.run(f"{INSIDE} {ONE} tar c -C {place} pymysql | {INSIDE} {OTHER} tar x -C {place}", shell=True, check=True)
    yield
    sh(OTHER, f"rm -rf {place}/pymysql")


def test_rows_that_wait_on_a_dialer_that_is_lost_hold_up_the_others(restored, other_place):
    """Its watchdog rolls them back, all of them; whoever builds upon them before would lose that unasked."""
    within, before = window("vicidial"), picture("vicidial")
    wanted = {**described(carrier_a={"qualify": {"frequency": 31}}), "dialer_confirm_within": within}
    for dialer in DIALERS:
        standin(dialer, "stop generator")
    try:
        both(after_rows)(start(extra_vars=wanted))
        refused = site("--limit", OTHER, extra_vars=wanted)
    finally:
        for dialer in DIALERS:
            standin(dialer, "start generator")
    assert refused.rc != 0
    assert f"@{socket.gethostname()} has written rows from {DIALERS[ONE]} and has not confirmed them yet" in refused.said
    wait_until(lambda: left_behind() == [], 3 * within, "the watchdog")
    assert picture("vicidial") == before
    later = site("--limit", OTHER, extra_vars=wanted)
    assert later.rc == 0, later


def test_a_call_that_nobody_answers_takes_every_dialer_of_the_batch_back(restored):
    before, numbers = picture("vicidial"), {dialer: generation(dialer) for dialer in DIALERS}
    refused = site(extra_vars={**route(max_attempts=1), "dialer_rollout_call": "913125551213"})  # 503 on both
    assert refused.rc != 0 and "913125551213 was not answered" in refused.said
    back = refused.results("Roll back this dialer's files")
    for dialer, number in numbers.items():
        assert f"Restored and proven: generation {number}" in back[dialer]["outcome"], refused
        assert generation(dialer) == number
    assert picture("vicidial") == before and left_behind() == []
    answered = site("--limit", ONE, extra_vars={**route(max_attempts=1), "dialer_rollout_call": "913125551211"})
    assert answered.rc == 0, answered
    assert answered.results("Place a real call on the first dialer of each batch")[ONE]["trunk"] == "carrier_a"


def test_a_second_run_is_told_whose_change_waits(restored):
    """Of another controller, so far as the record says."""
    number = generation(ONE)
    process = start("--limit", ONE, extra_vars=route(max_attempts=1))
    at("files", "link")(process)
    wait_until(lambda: process.poll() is not None, 120, "the run to go back")
    process.communicate()
    assert generation(ONE) == number
    process = start("--limit", ONE, extra_vars=route(max_attempts=1))
    wait_until(lambda: generation(ONE) == number + 1, 60, "the commit")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    sh(ONE, "sed -i 's/\"place\": \"[^\"]*\"/\"place\": \"elsewhere\"/' /var/lib/dialer-trunks/files-checkpoint.json")
    refused = site("--limit", ONE, extra_vars=route(before_dial=["NoOp(x)"]))
    whose = f"{getpass.getuser()}@{socket.gethostname()} (process {process.pid} on that controller), since "
    assert refused.rc != 0 and whose in refused.said and "is changing what this run would change" in refused.said
    assert generation(ONE) == number + 1
    done = play("- dialer.trunks.asterisk_generation: {state: rolled_back, force: true}", "--limit", ONE)
    assert done.rc == 0, done
    assert generation(ONE) == number and left_behind() == []
