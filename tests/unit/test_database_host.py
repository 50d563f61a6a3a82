# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host does the database's work of a play, without dialer_db_delegate: playbooks/vars/run.yml."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.paths import ROOT

VARIABLES = str(ROOT / "playbooks/vars/run.yml")


def chosen(tmp_path: Path, have: dict[str, bool | None], *options: str) -> list[str]:
    """The hosts for the work before the dialers are read, and after. ``have``: whether each dialer has PyMySQL; None: not read."""
    hosts = {name: {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "found": found}
             for name, found in have.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dialers": {"hosts": hosts}}), encoding="utf-8")
    show = {"ansible.builtin.debug": {"msg": "<{{ trunks_db_delegate }} {{ trunks_journal_host }}>"}, "run_once": True}
    read = {"ansible.builtin.set_fact": {"trunks_read": {"dialer": {"pymysql": "{{ found }}"}}}, "when": "found is not none"}
    play = [{"hosts": "dialers", "gather_facts": False, "vars_files": [VARIABLES], "tasks": [show, read, show]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "play.yml", *options], cwd=tmp_path, text=True,
        capture_output=True, check=False, timeout=120, env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall("<(\\S+) (\\S+)>", done.stdout)
    assert [first for first, _journal in found] == [journal for _first, journal in found]
    return [first for first, _journal in found]


@pytest.mark.parametrize("have, options, after", [
    ({"d1": True, "d2": True, "d3": True}, [], "d1"),
    ({"d1": False, "d2": True, "d3": True}, [], "d2"),
    ({"d1": None, "d2": True, "d3": True}, [], "d1"),                            # not read: it may have it
    ({"d1": True, "d2": False, "d3": False}, ["--limit", "d3"], "d1"),           # not in the play
    ({"d1": True, "d2": True, "d3": False}, ["--limit", "d2,d3"], "d2"),
    ({"d1": False, "d2": False}, [], "d1"),                                      # none: its message says what is missing
    ({"d1": False, "d2": True}, ["-e", "dialer_db_delegate=elsewhere"], "elsewhere"),
])
def test_the_first_dialer_that_can_does_the_work_of_the_database(tmp_path, have, options, after):
    before = "elsewhere" if "-e" in options else options[1].split(",")[0] if options else "d1"
    assert chosen(tmp_path, have, *options) == [before, after]
