# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the dialers of a play when a step fails on one of them, or one that runs once for all of them.

The block of site.yml, rollback.yml and remove.yml that changes dialers ends with tasks/settle.yml in "always", so that a
dialer that has failed stays failed and Ansible prints one error. Its conditions are tested here with stand-ins for the steps.

Without playbooks/tasks/roll_back_all.yml, a step that runs once for all would leave dialers out, and which ones depends on
the version of ansible-core and on whether the step is in a block within that block, as an imported file is.
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


SETTLE = yaml.safe_load((ROOT / "playbooks/tasks/settle.yml").read_text(encoding="utf-8"))
SITE = yaml.safe_load((ROOT / "playbooks/site.yml").read_text(encoding="utf-8"))


def said(text: str) -> dict[str, Any]:
    return {"ansible.builtin.debug": {"msg": f"<{{{{ inventory_hostname }}}} {text}>"}}


def dialers_that(text: str, output: str) -> set[str]:
    return set(re.findall(f"<(dialer.) {text}>", output))


def named(name: str) -> dict[str, Any]:
    """The task of site.yml with this name."""
    found, = [task for play in SITE for task in play["tasks"] if task["name"] == name]
    return found


def run(tmp_path: Path, *tasks: dict[str, Any], serial: Any = "100%", codes: tuple[int, ...] = (2,)) -> str:
    """The output of a play on the dialers with these tasks in a block that ends as that of site.yml, and of the play after
    it."""
    hosts = {"dialers": {"hosts": dict.fromkeys(sorted(DIALERS), LOCAL)}, "others": {"hosts": {"lost": NOBODY}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    header = {"hosts": "dialers", "gather_facts": False, "vars_files": [str(ROOT / "playbooks/vars/run.yml")]}
    back, *_others, outcome = SETTLE
    block = {"block": [*tasks, said("went on")],
             "always": [{**said("was rolled back"), "register": back["register"], "when": back["when"]},
                        {**said("reached the end"), "run_once": True},
                        {**said("was told"), "when": outcome["when"]}]}
    changes = [block, said("passed"), named("End here when a dialer was rolled back"), said("had no trouble around")]
    campaigns = {**said("changed the campaigns"), "run_once": True, "when": named("Set the dial prefixes of the campaigns")["when"][1]}
    plays = [{**header, "serial": serial, "tasks": changes}, {**header, "tasks": [campaigns]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "play.yml"], cwd=tmp_path, text=True,
        capture_output=True, check=False, timeout=120, env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})
    assert done.returncode in codes, done.stdout + done.stderr
    return done.stdout


def on(dialer: str, step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "when": f"inventory_hostname == '{dialer}'"}


@pytest.mark.parametrize("serial", ["100%", 2], ids=["one batch", "two batches"])
def test_a_dialer_that_fails_is_rolled_back_alone_and_ends_the_run_with_one_error(tmp_path: Path, serial: Any) -> None:
    output = run(tmp_path, on("dialer1", {"ansible.builtin.command": "false"}), serial=serial)
    batch = {"dialer1", "dialer2"} if serial == 2 else DIALERS
    assert dialers_that("was rolled back", output) == dialers_that("was told", output) == {"dialer1"}
    assert dialers_that("went on", output) == dialers_that("passed", output) == batch - {"dialer1"}
    assert not dialers_that("had no trouble around", output) and not dialers_that("changed the campaigns", output)
    assert output.count("fatal: ") == 1


def test_where_all_fail_nothing_comes_after_the_rollback(tmp_path: Path) -> None:
    output = run(tmp_path, {"ansible.builtin.command": "false"}, serial=2)
    assert dialers_that("was rolled back", output) == {"dialer1", "dialer2"} and dialers_that("reached the end", output)
    assert not dialers_that("passed", output) and not dialers_that("changed the campaigns", output)
    assert output.count("fatal: ") == 2


def test_where_none_fails_nothing_is_rolled_back(tmp_path: Path) -> None:
    output = run(tmp_path, serial=2, codes=(0,))
    assert not dialers_that("was rolled back", output) and not dialers_that("was told", output)
    assert dialers_that("had no trouble around", output) == DIALERS
    assert dialers_that("changed the campaigns", output) == {"dialer1"} and "fatal: " not in output


def test_a_first_step_that_fails_lets_no_dialer_go_on(tmp_path: Path) -> None:
    output = run(tmp_path, {**FAILS, "run_once": True})
    assert not dialers_that("went on", output) and not dialers_that("passed", output)
    assert dialers_that("reached the end", output), "the rows are settled"
    assert output.count("fatal: ") == 1


@HOW
@NESTED
def test_every_dialer_is_rolled_back(tmp_path: Path, how: dict[str, Any], nested: bool) -> None:
    tasks = [{**how, **GUARDED, "run_once": True, "register": "step"}, GUARD]
    output = run(tmp_path, *([{"block": tasks}] if nested else tasks))
    assert not dialers_that("went on", output) and not dialers_that("passed", output)
    assert dialers_that("was rolled back", output) == DIALERS == dialers_that("was told", output)
    assert "A step failed, see above." in output


def test_a_step_that_succeeds_rolls_nothing_back(tmp_path: Path) -> None:
    output = run(tmp_path, {**IS_LOST, **GUARDED, "delegate_to": "dialer1", "run_once": True, "register": "step"}, GUARD, codes=(0,))
    assert dialers_that("went on", output) == DIALERS == dialers_that("passed", output)
    assert not dialers_that("was rolled back", output)


def test_ansible_alone_leaves_dialers_out(tmp_path: Path) -> None:
    """Once this fails, the oldest ansible-core that is supported does by itself what roll_back_all.yml is for."""
    rolled_back = [dialers_that("was rolled back", run(tmp_path, {**how, "run_once": True, "register": "step"}, codes=(2, 4)))
                   for how in (FAILS, IS_LOST)]
    assert rolled_back != [DIALERS, DIALERS]
