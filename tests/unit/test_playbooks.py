# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks: what all steps of a run have in common reaches each of them."""
from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

PLAYBOOKS = ROOT / "playbooks"
COLLECTION = "ansible_collections.dialer.trunks.plugins"
RUNTIME = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
CONFIRMABLE = RUNTIME["action_groups"]["confirmable"]
IMPORT = "ansible.builtin.import_tasks"
FIRST = "trunks_carriers"       # the result of the first step of a run that changes something


def loaded(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(tasks: list[dict[str, Any]], place: Path) -> Iterator[dict[str, Any]]:
    """The tasks in order, those of blocks and of imported files among them. A file's import comes before its tasks."""
    for task in tasks:
        yield task
        yield from steps(task.get("block") or [], place)
        if IMPORT in task:
            path = place / task[IMPORT]
            yield from steps(loaded(path), path.parent)


def changes_dialers(task: dict[str, Any]) -> bool:
    """Whether it is a block whose change is confirmed or rolled back at its end."""
    return any(step.get(IMPORT) == "tasks/settle.yml" for step in task.get("always") or [])


def blocks_that_change_dialers() -> list[Any]:
    found = []
    for path in sorted(PLAYBOOKS.glob("*.yml")):
        for play in loaded(path):
            found += [pytest.param(list(steps(task["block"], PLAYBOOKS)), id=path.stem)
                      for task in play.get("tasks") or [] if changes_dialers(task)]
    assert len(found) == 3
    return found


@pytest.mark.parametrize("tasks", blocks_that_change_dialers())
def test_a_step_for_all_dialers_rolls_all_of_them_back(tasks: list[dict[str, Any]]) -> None:
    """Of the first one, which has nothing before it, nothing has to be rolled back; see test_run_once.py."""
    once = [(task, following) for task, following in zip(tasks, tasks[1:]) if task.get("run_once")]
    assert once[0][0]["register"] == FIRST and once[0][0] is tasks[0]
    assert len(once) > 2
    for task, following in once[1:]:
        assert task["ignore_errors"] is True and task["ignore_unreachable"] is True, task["name"]
        assert following[IMPORT].endswith("roll_back_all.yml"), task["name"]
        assert following["vars"]["trunks_step"] == "{{ %s }}" % task["register"], task["name"]
        assert following.get("tags") == task.get("tags") and "when" not in following, task["name"]


def test_the_group_holds_the_modules_that_take_confirm_within() -> None:
    modules = [path.stem for path in sorted((ROOT / "plugins/modules").glob("*.py"))]
    assert len(modules) > 10
    takes = [name for name in modules
             if (ROOT / f"plugins/module_utils/_arguments/{name}.py").exists()
             and "confirm_within" in importlib.import_module(f"{COLLECTION}.module_utils._arguments.{name}").ARGUMENTS]
    assert sorted(CONFIRMABLE) == takes


@pytest.mark.parametrize("tasks", blocks_that_change_dialers())
def test_no_step_has_a_time_of_its_own(tasks: list[dict[str, Any]]) -> None:
    of_the_group = [task[f"dialer.trunks.{name}"] for task in tasks for name in CONFIRMABLE if f"dialer.trunks.{name}" in task]
    assert len(of_the_group) > 4 and not any("confirm_within" in options for options in of_the_group)


def test_what_is_confirmed_has_a_time_to_confirm_in() -> None:
    """The campaigns' play confirms nothing, and neither do those that only read."""
    for path in sorted(PLAYBOOKS.glob("*.yml")):
        for play in loaded(path):
            confirms = any(map(changes_dialers, play.get("tasks") or []))
            assert ("group/dialer.trunks.confirmable" in play.get("module_defaults", {})) == confirms, play["name"]


@pytest.mark.parametrize("module", CONFIRMABLE)
def test_the_group_s_defaults_reach_the_action_plugin(tmp_path: Path, module: str) -> None:
    """Each refuses a time that is no number, which it has from the default alone."""
    play = {"hosts": "localhost", "gather_facts": False,
            "module_defaults": {"group/dialer.trunks.confirmable": {"confirm_within": "{{ within }}"}},
            "tasks": [{f"dialer.trunks.{module}": {"generation": 1} if module == "asterisk_rollback" else {}}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", "within=soon",
         str(tmp_path / "play.yml")],
        cwd=ROOT, text=True, capture_output=True, check=False, timeout=120, env={**os.environ, "COLUMNS": "500"})
    assert done.returncode != 0
    assert "confirm_within" in done.stdout and "Nothing was touched" in done.stdout, done.stdout + done.stderr
