# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.yml writes a report whatever has become of the dialers, names those of which nothing is known, and checks the period once."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

# This machine has no health monitor.
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "ansible_become": False}
AWAY = {**HERE, "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


def run(place: Path, dialers: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    (place / "hosts.yml").write_text(yaml.safe_dump({"dialers": {"hosts": dialers}}), encoding="utf-8")
    return subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", str(ROOT / "playbooks/report.yml"), *arguments],
        cwd=place, text=True, capture_output=True, check=False, timeout=120,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})


def test_the_first_dialer_is_away(tmp_path: Path) -> None:
    done = run(tmp_path, {"dialer1": AWAY, "dialer2": HERE}, "-e", "from=2026-01-01", "-e", "until=2026-01-31", "-e", "report_dir=out")
    assert done.returncode == 4, done.stdout + done.stderr
    stem = tmp_path / "out/trunks-20260101-20260201"
    assert done.stderr.count(f"{stem}.html\n0 attempts from 2026-01-01 00:00 to 2026-02-01 00:00 UTC, of 0 of 2 dialers") == 1, done.stderr
    assert sorted(path.name for path in stem.parent.iterdir()) == [
        f"{stem.name}{end}" for end in ("-causes.csv", "-events.csv", "-figures.csv", ".html", ".json")]
    notes = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))["notes"]
    assert "dialer1: nothing is known of its calls: it is unreachable: " in notes[0]
    assert len(notes) == 2 and all("; VICIdial's carrier log was not read: " in note for note in notes), notes
    assert notes[1].startswith("dialer2: nothing is known of its calls: it has no attempt log, since it has no health monitor (dialer_health); ")


def test_one_dialer_in_check_mode(tmp_path: Path) -> None:
    done = run(tmp_path, {"dialer1": {**HERE, "dialer_mode": "asterisk"}, "dialer2": AWAY}, "--check", "--limit", "dialer1", "-e", "days=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/reports/trunks-" in done.stderr and "html would be written\n0 attempts from" in done.stderr
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(("arguments", "told"), [
    (["-e", "from=2026-13-01"], "from: 2026-13-01 is not a time: give YYYY-MM-DD"), (["-e", "days=0"], "days: must be 1 to 400, got: 0")])
def test_a_wrong_period_is_told_once(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = run(tmp_path, {"dialer1": HERE, "dialer2": AWAY}, *arguments)
    assert done.returncode == 2 and told in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("fatal: [") == 1, "of the first dialer, not of each"
    assert not (tmp_path / "reports").exists()
