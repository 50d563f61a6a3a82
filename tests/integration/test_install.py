# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed from the tarball, and called by full names from another directory."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.lab.playbooks import INVENTORY, play, site
from support.lab.state import differences, everything
from support.paths import ROOT

GALAXY = str(Path(sys.executable).parent / "ansible-galaxy")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Options for a run that sees the installed collection and nothing of the checkout."""
    place = tmp_path_factory.mktemp("installed")
    (place / "ansible.cfg").write_text("[defaults]\ninterpreter_python = auto_silent\n", encoding="utf-8")
    # Where else collections are: beside Ansible itself, which finds those on its own.
    only = {"ANSIBLE_CONFIG": str(place / "ansible.cfg"), "PYTHONPATH": "", "ANSIBLE_COLLECTIONS_PATH": str(place / "collections")}
    for command in (["build", "--output-path", str(place), str(ROOT)],
                    ["install", "-p", str(place / "collections"), str(place / "dialer-trunks-1.0.0.tar.gz")]):
        done = subprocess.run([GALAXY, "collection", *command], capture_output=True, text=True, check=False, timeout=120,
                              cwd=place, env={**os.environ, **only})
        assert done.returncode == 0, done.stdout + done.stderr
    return {"cwd": place, "inventory": str(ROOT / INVENTORY), "only_env": only}


def test_the_tarball_holds_what_users_need_and_no_more(installed):
    top = {path.name for path in (installed["cwd"] / "collections/ansible_collections/dialer/trunks").iterdir()}
    assert {"plugins", "roles", "playbooks", "README.md", "LICENSE", "meta"} <= top
    assert not top & {"lab", "tests", "molecule", "collections", ".venv", ".cache", ".config", "tools", "bench"}


def test_site_and_verify_by_full_name(installed):
    before = everything()
    for name in ("dialer.trunks.site", "dialer.trunks.verify"):
        run = site(playbook=name, **installed)
        assert run.rc == 0, run
        assert run.changes == []
    assert differences(before, everything()) == []


def test_remove_by_full_name(installed):
    run = site("--check", playbook="dialer.trunks.remove", **installed)
    assert run.rc == 0, run
    assert len(run.changes) == 4


def test_roles_and_modules_by_full_name(installed):
    tasks = "".join(f"- ansible.builtin.import_role: {{name: dialer.trunks.{role}}}\n"
                    for role in ("carriers", "sip_peers", "dialplan", "rtp", "firewall", "verify"))
    tasks += "- dialer.trunks.vicidial_carriers_info:\n  run_once: true\n- dialer.trunks.sip_peers_info:\n- dialer.trunks.dialer_info:\n"
    run = play(tasks, **installed)
    assert run.rc == 0, run
    assert run.changes == []
    assert len(run.tasks) > 9
