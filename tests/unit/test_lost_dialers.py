# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which dialers a run of site.yml goes on to, after one could not be reached or had no running Asterisk.

The conditions of site.yml's own tasks, in a play whose steps are stand-ins.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

SITE = yaml.safe_load((ROOT / "playbooks/site.yml").read_text(encoding="utf-8"))
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
AWAY = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
STOPPED = {**LOCAL, "stopped": True}


def task(beginning: str) -> dict[str, Any]:
    """The task of site.yml whose name begins so."""
    found, = [one for play in SITE for one in play["tasks"] if one["name"].startswith(beginning)]
    return found


def batches() -> Iterator[dict[str, Any]]:
    """The play that changes dialers."""
    yield {"ansible.builtin.set_fact": {"trunks_planned": {"hosts": "{{ ansible_play_batch }}"}}, "run_once": True}
    yield {"ansible.builtin.raw": "true"}
    read = task("Read the dialer")
    yield {"ansible.builtin.set_fact": {"dialer": {"asterisk": {"running": "{{ not stopped | default(false) }}"}}},
           "register": read["register"], "failed_when": read["failed_when"].replace(".dialer", ".ansible_facts.dialer")}
    yield task("Stop here when a dialer of this batch was lost, and with it too many")
    yield {"ansible.builtin.debug": {"msg": "<{{ inventory_hostname }} changed>"}}
    yield {"ansible.builtin.set_fact": {"ansible_port": 1, "ansible_host": "127.0.0.1", "ansible_connection": "ssh"},
           "when": "dies | default(false)"}
    yield {"ansible.builtin.raw": "true"}
    yield task("Stop here when a dialer of this batch was lost meanwhile")


def run(tmp_path: Path, dialers: list[dict[str, Any]], sizes: list[Any], allowed: int | None) -> tuple[list[int], int, str]:
    """The numbers of the dialers that the run has changed, its return code, and its output."""
    hosts = {f"d{number}": dialer for number, dialer in enumerate(dialers, 1)}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dialers": {"hosts": hosts}}), encoding="utf-8")
    header = {"hosts": "dialers", "gather_facts": False}
    plays = [{**header, "serial": sizes, "tasks": list(batches())}, {**header, "tasks": [task("Name the dialers that were lost")]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    extra = [] if allowed is None else ["-e", f"dialer_rollout_lost={allowed}"]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "play.yml", *extra], cwd=tmp_path, text=True,
        capture_output=True, check=False, timeout=120, env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})
    assert "PLAY RECAP" in done.stdout, done.stdout + done.stderr
    return [int(number) for number in re.findall("<d([0-9]) changed>", done.stdout)], done.returncode, done.stdout


@pytest.mark.parametrize(("dialers", "sizes", "allowed", "changed"), [
    ([LOCAL, LOCAL, LOCAL], [1, "100%"], None, [1, 2, 3]),
    # one batch: those that are left go on, unless the option says otherwise
    ([LOCAL, AWAY, STOPPED], ["100%"], None, [1]),
    ([LOCAL, AWAY, STOPPED], ["100%"], 2, [1]),
    ([LOCAL, AWAY, STOPPED], ["100%"], 1, []),
    # several
    ([LOCAL, AWAY, LOCAL], [2, 1], None, []),
    ([LOCAL, STOPPED, LOCAL], [2, 1], None, []),
    ([LOCAL, AWAY, LOCAL], [2, 1], 1, [1, 3]),
    ([LOCAL, STOPPED, LOCAL], [2, 1], 1, [1, 3]),
    ([LOCAL, AWAY, LOCAL, STOPPED, LOCAL], [2, 2, 1], 1, [1]),          # the second one is too many
    ([LOCAL, AWAY, LOCAL, STOPPED, LOCAL], [2, 2, 1], 2, [1, 3, 5]),
    ([LOCAL, AWAY, LOCAL, LOCAL, LOCAL], [2, 2, 1], 1, [1, 3, 4, 5]),   # lost once, counted once
    ([AWAY, LOCAL, LOCAL], [1, "100%"], 1, []),                         # the dialer that is to guard the others
    # lost while the batch is at work
    ([LOCAL, {**LOCAL, "dies": True}, LOCAL], [2, 1], None, [1, 2]),
    ([LOCAL, {**LOCAL, "dies": True}, LOCAL], [2, 1], 1, [1, 2, 3]),
])
def test_which_dialers_are_changed(
    tmp_path: Path, dialers: list[dict[str, Any]], sizes: list[Any], allowed: int | None, changed: list[int]
) -> None:
    found, code, output = run(tmp_path, dialers, sizes, allowed)
    assert sorted(found) == changed, output
    lost = [f"d{number}" for number, dialer in enumerate(dialers, 1) if dialer != LOCAL]
    assert (code != 0) == bool(lost)
    goes_on = "was lost, see above. This batch goes no further" not in output
    named = re.search("Lost or rolled back, see above, and not provisioned: (.*). Once they are repaired", output)
    if lost and goes_on and changed:
        assert named and named[1].split(", ") == lost
        assert "run this again. With --limit, the dial prefixes of campaigns would be left alone" in " ".join(output.split())
    else:
        assert named is None, output
