# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What --diff prints of several dialers: what is the same once, with their names, and nothing that differs is lost."""
from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import diffs
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from support.paths import ROOT
from support.unit.descriptions import DESCRIPTIONS, files

FILE = {"before_header": "/etc/x", "after_header": "/etc/x", "before": "", "after": "one\n"}


def row(number: int, host: str = "198.18.10.10", name: str = "carrier_a", stamp: int = 1) -> dict[str, Any]:
    """The diff of a new row as vicidial_carriers returns it."""
    ip, carrier = f"198.18.0.{number}", f"{name}-{number}"
    header = f"trunk {name} on {ip} (carrier {carrier})"
    after = (f"carrier_id: {carrier}\naccount_entry:\n  [{name}]\n  description=[trunks {stamp}] A\n  host={host}\nserver_ip: {ip}\n"
             f"carrier_description: [dialer.trunks {name}@{ip} {carrier}] A\n")
    return {"before": "", "after": after, "before_header": header, "after_header": header, "carrier_id": carrier, "server_ip": ip}


def test_a_row_that_is_the_same_on_three_dialers_is_shown_once_with_all_places() -> None:
    shown = diffs.same_rows([row(11), row(11, name="carrier_b"), row(12, stamp=4), row(12, name="carrier_b"), row(13)])
    assert [one["after_header"] for one in shown] == [
        "trunk carrier_a on 198.18.0.11 (carrier carrier_a-11); the same on 198.18.0.12 (carrier carrier_a-12), "
        "on 198.18.0.13 (carrier carrier_a-13)",
        "trunk carrier_b on 198.18.0.11 (carrier carrier_b-11); the same on 198.18.0.12 (carrier carrier_b-12)"]
    assert shown[0]["after"] == row(11)["after"]


@pytest.mark.parametrize("other", [
    row(12, host="198.18.10.11"),
    {**row(12), "after": row(12)["after"].replace("] A\n", "] B\n")},
    {**row(12), "before": "active: N\n"},
    {**row(12), "after": row(12)["after"].replace("  host=", "  server_ip: 198.18.0.12\n  host=")},  # an option, not the column
])
def test_a_row_that_differs_in_anything_else_is_shown_whole(other: dict[str, Any]) -> None:
    assert diffs.same_rows([row(11), other]) == [row(11), other]


def test_entries_without_a_server_are_left_as_they_are() -> None:
    given = [FILE, FILE, {"before": "a: 1\n", "after": "a: 2\n", "before_header": "campaign X", "after_header": "campaign X", "campaign_id": "X"}]
    assert diffs.same_rows(copy.deepcopy(given)) == given
    assert diffs.same_rows(FILE) == [FILE]  # as trunks_adopt returns it


def test_the_first_dialer_shows_all_and_others_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    assert diffs.as_on([FILE], "Commit", "d1") == [FILE]
    assert diffs.as_on([FILE], "Commit", "d2") == [{"header": "the same", "prepared": "d2: the same changes as on d1\n\n"}]
    assert diffs.as_on([FILE], "Commit", "d1") == [FILE], "the task of that host is run again"
    assert diffs.as_on([FILE], "Remove", "d2") == [FILE], "another task"
    other = {**FILE, "after": "two\n"}
    assert diffs.as_on([other], "Commit", "d3") == [other]
    assert diffs.as_on([other], "Commit", "d4")[0]["prepared"] == "d4: the same changes as on d3\n\n"


def test_where_links_cannot_be_made_each_dialer_shows_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_paths: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(os, "link", refused)
    assert [diffs.as_on([FILE], "Commit", host) for host in ("d1", "d2")] == [[FILE], [FILE]]
    assert list(tmp_path.iterdir()) == []


def test_without_room_on_the_controller_each_dialer_shows_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step has changed its dialer by then: nothing of it may fail for the sake of a diff."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "gone"))
    assert [diffs.as_on([FILE], "Commit", host) for host in ("d1", "d2")] == [[FILE], [FILE]]


@pytest.mark.parametrize(("callback", "task", "wanted"), [
    ("ansible.builtin.default", {}, True), ("yaml", {}, True), ("json", {}, False), ("ansible.posix.json", {}, False),
    ("ansible.posix.jsonl", {}, False), ("default", {"diff": True}, False)])
def test_programs_get_whole_diffs(callback: str, task: dict[str, Any], wanted: bool) -> None:
    assert diffs.wanted(SimpleNamespace(get_ds=lambda: task), callback) == wanted


PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Change
      diffed:
    - name: Compare
      diffed:
      diff: true
      register: whole
    - ansible.builtin.assert: {that: "whole.diff[0].after == 'one\\n'"}
"""
ACTION = """
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base
class ActionModule(base.TrunksAction):
    arguments = {}
    def act(self, options, task_vars):
        return {"changed": True, "diff": [%r]}
""" % FILE


def test_ansible_playbook_prints_a_diff_once_and_names_the_others(tmp_path: Path) -> None:
    for name, text in (("play.yml", PLAY), ("action_plugins/diffed.py", ACTION), ("library/diffed.py", "#!/usr/bin/python\n")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(hosts: str, *options: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), "-i", hosts, "play.yml", "--diff", *options], cwd=tmp_path,
            text=True, capture_output=True, check=False, timeout=60,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "500"})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.partition("TASK [Compare]")[0]

    shown = run("d1,d2,d3,")
    assert shown.count("+one") == 1 and shown.count(": the same changes as on d") == 2, shown
    assert run("d1,d2,d3,", "--limit", "d2").count("+one") == 1
    assert "the same" not in run("d1,d2,d3,", "--limit", "d2")


def test_a_shipped_file_is_the_same_with_every_description() -> None:
    texts: dict[str, set[str]] = {name: set() for name in render.SHIPPED}
    for description in DESCRIPTIONS:
        rendered = {**render.base_files(), **files(description)}
        for name in render.SHIPPED:
            texts[name] |= {rendered[name]} if name in rendered else set()
    assert {name: len(found) for name, found in texts.items()} == dict.fromkeys(render.SHIPPED, 1)
