# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the other dialers when a step that runs once for all of them fails, or its host is lost.

Within a block, ansible-core 2.16 rescues all of them after a failure and none after a lost host. 2.17 to 2.21 rescue all but
the first after a lost host. After a failure they rescue all where the step is in a block within that block, as an imported
file is, and only the first where it is not: the others do not even reach the end of the play. With
playbooks/tasks/roll_back_all.yml it is all of them, whatever the version and the nesting.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

DIALERS = {"dialer1", "dialer2", "dialer3"}
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
NOBODY = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
FAILS = {"ansible.builtin.command": "false", "delegate_to": "dialer1"}
IS_LOST = {"ansible.builtin.command": "true", "delegate_to": "lost"}
HOW = pytest.mark.parametrize("how", [pytest.param(FAILS, id="fails"), pytest.param(IS_LOST, id="is lost")])
NESTED = pytest.mark.parametrize("nested", [False, True], ids=["in the block", "in an imported file"])
GUARDED = {"ignore_errors": True, "ignore_unreachable": True}
GUARD = {"ansible.builtin.import_tasks": str(ROOT / "playbooks/tasks/roll_back_all.yml"),
         "vars": {"trunks_step": "{{ step }}", "trunks_failure": "A step failed"}}


def said(text: str) -> dict[str, Any]:
    return {"ansible.builtin.debug": {"msg": f"<{{{{ inventory_hostname }}}} {text}>"}}


def dialers_that(text: str, output: str) -> set[str]:
    return set(re.findall(f"<(dialer.) {text}>", output))


def run(tmp_path: Path, *tasks: dict[str, Any]) -> str:
    """The output of a play on the dialers with these tasks in a block that has a rescue."""
    hosts = {"dialers": {"hosts": dict.fromkeys(sorted(DIALERS), LOCAL)}, "others": {"hosts": {"lost": NOBODY}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    block = {"block": [*tasks, said("went on")], "rescue": [said("was rescued")]}
    play = {"hosts": "dialers", "gather_facts": False, "tasks": [block, said("reached the end")]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "play.yml"], cwd=tmp_path, text=True,
        capture_output=True, check=False, timeout=120, env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})
    assert "TASK" in done.stdout, done.stdout + done.stderr
    return done.stdout


@HOW
@NESTED
def test_every_dialer_is_rolled_back(tmp_path: Path, how: dict[str, Any], nested: bool) -> None:
    tasks = [{**how, **GUARDED, "run_once": True, "register": "step"}, GUARD]
    output = run(tmp_path, *([{"block": tasks}] if nested else tasks))
    assert dialers_that("went on", output) == set()
    assert dialers_that("was rescued", output) == DIALERS == dialers_that("reached the end", output)
    assert "A step failed, see above." in output


def test_a_step_that_succeeds_rolls_nothing_back(tmp_path: Path) -> None:
    output = run(tmp_path, {**IS_LOST, **GUARDED, "delegate_to": "dialer1", "run_once": True, "register": "step"}, GUARD)
    assert dialers_that("went on", output) == DIALERS == dialers_that("reached the end", output)
    assert dialers_that("was rescued", output) == set()


def test_ansible_alone_leaves_dialers_out(tmp_path: Path) -> None:
    """Once this fails, the oldest ansible-core that is supported does by itself what roll_back_all.yml is for."""
    rescued = []
    for how in (FAILS, IS_LOST):
        output = run(tmp_path, {**how, "run_once": True, "register": "step"})
        assert dialers_that("went on", output) == set()
        rescued.append(dialers_that("was rescued", output))
    assert rescued != [DIALERS, DIALERS]
