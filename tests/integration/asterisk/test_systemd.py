# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health monitor under a real systemd: started, started again, found running after a reboot, and removed."""
from __future__ import annotations

import json
import time

import pytest

from support.lab import systemd_dialer
from support.lab.machines import sh
from support.lab.systemd_dialer import NAME, systemctl
from support.waiting import wait_until

UNIT = "dialer-trunks-monitor"
BY_HAND = ("PYTHONPATH=/var/lib/dialer-trunks/monitor python3 -B -m"
           " ansible_collections.dialer.trunks.plugins.module_utils._health.main")
# A command that no signal ends but SIGKILL.
DEAF = "/usr/local/sbin/deaf"
HEALTH = {"interval": 1, "command": DEAF}


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """The machine runs, and the monitor on it. Its inventory."""
    path = tmp_path_factory.mktemp("systemd") / "hosts.yml"
    with systemd_dialer.running():
        sh(NAME, f"printf '#!/bin/sh\\ntrap \"\" TERM\\ntouch /run/called\\nsleep 25 & wait; sleep 25\\n' >{DEAF}; chmod 755 {DEAF}")
        done = systemd_dialer.run(path, extra_vars={"dialer_health": HEALTH})
        assert done.rc == 0, done
        yield path


def status() -> dict:
    """What the monitor says of itself; empty before it has said anything."""
    return json.loads(sh(NAME, f"cat /run/{UNIT}.json", check=False) or "{}")


def main_pid() -> int:
    return int(systemctl(f"show --property=MainPID --value {UNIT}"))


def runs_as_another(than: int) -> bool:
    found = main_pid()
    return systemctl(f"is-active {UNIT}") == "active" and found not in (0, than) and status().get("process", {}).get("pid") == found


def logged() -> str:
    """What the documentation says to look at."""
    return sh(NAME, f"journalctl --no-pager --output=cat -t {UNIT}")


def test_it_is_started_and_enabled_and_a_second_run_changes_nothing(inventory):
    assert (systemctl(f"is-active {UNIT}"), systemctl(f"is-enabled {UNIT}")) == ("active", "enabled")
    wait_until(lambda: runs_as_another(than=0) and status()["trunks"]["carrier_a"]["asterisk"] == "reachable", 15, "the trunk")
    again = systemd_dialer.run(inventory, extra_vars={"dialer_health": HEALTH})
    assert again.rc == 0 and again.changes == [], again


def test_kill_9_while_a_command_hangs_that_ignores_signals(inventory):
    """systemd ends what the monitor has started before it starts it anew."""
    options = ("-e", "trunk=carrier_a", "-e", "state=on", "-e", "reason=x")
    assert systemd_dialer.run(inventory, *options, playbook="playbooks/maintenance.yml").rc == 0
    wait_until(lambda: sh(NAME, "ls /run/called", check=False), 5, "the command")
    before, began = main_pid(), time.monotonic()
    sh(NAME, f"kill -9 {before}")
    wait_until(lambda: runs_as_another(than=before), 15, "the monitor")
    assert time.monotonic() - began < 12
    assert status()["trunks"]["carrier_a"]["state"] == "in maintenance"


def test_a_second_one_ends_at_once_and_is_no_reason_to_start_any_again():
    before = main_pid()
    assert sh(NAME, BY_HAND) == f"another health monitor runs: process {before}\n"
    sh(NAME, f"systemctl stop {UNIT}; {BY_HAND} </dev/null >/dev/null 2>&1 & until [ -e /run/{UNIT}.lock ];"
             f" do sleep 0.1; done; systemctl start {UNIT}")
    wait_until(lambda: "another health monitor runs" in logged(), 5, "the reason")
    assert set(systemctl(f"show --property=ActiveState,NRestarts {UNIT}").split()) == {"NRestarts=0", "ActiveState=inactive"}
    sh(NAME, f"pkill -f '[_]health.main'; while pgrep -f '[_]health.main'; do sleep 0.1; done; systemctl start {UNIT}")
    wait_until(lambda: runs_as_another(than=before), 5, "the monitor")


def test_without_asterisk_it_goes_on_and_says_so():
    before = main_pid()
    sh(NAME, "systemctl stop asterisk")
    wait_until(lambda: "Asterisk is not running" in status()["trouble"], 20, "the trouble")
    assert "Asterisk is not running" in logged()
    sh(NAME, "systemctl start asterisk")
    wait_until(lambda: not status()["trouble"], 20, "the end of the trouble")
    assert main_pid() == before


def test_what_keeps_it_from_starting_is_logged_and_it_starts_once_that_is_gone():
    """However often somebody starts it by hand meanwhile, systemd does not give up."""
    before = main_pid()
    sh(NAME, "chmod 777 /var/lib/dialer-trunks/health")
    sh(NAME, f"for n in 1 2 3 4 5 6 7; do systemctl restart {UNIT}; done")
    wait_until(lambda: "the monitor ended: Foreign: /var/lib/dialer-trunks/health can be changed by others" in logged(), 10, "the reason")
    sh(NAME, "chmod 700 /var/lib/dialer-trunks/health")
    wait_until(lambda: runs_as_another(than=before), 10, "the monitor")


def test_after_a_reboot_it_runs_again(inventory):
    systemd_dialer.restart()
    wait_until(lambda: runs_as_another(than=0), 15, "the monitor")
    assert status()["trunks"]["carrier_a"]["state"] == "in maintenance"


def test_one_that_is_disabled_is_enabled_by_the_next_run(inventory):
    before = main_pid()
    systemctl(f"disable {UNIT}")
    done = systemd_dialer.run(inventory, extra_vars={"dialer_health": HEALTH})
    assert done.rc == 0 and done.changed_tasks == ["Commit the files, or verify that they are in force"], done
    assert (systemctl(f"is-enabled {UNIT}"), main_pid()) == ("enabled", before)


def test_it_is_removed_without_a_trace(inventory):
    done = systemd_dialer.run(inventory, "-e", "purge=true", playbook="playbooks/remove.yml")
    assert done.rc == 0, done
    assert "could not be found" in sh(NAME, f"systemctl status {UNIT} 2>&1", check=False)
    assert systemctl("is-system-running") == "running"      # nothing has failed
    assert sh(NAME, "find /etc /run /var/lib /var/log -xdev -name '*dialer-trunks*'; pgrep -af '[_]health.main'; true") == ""
