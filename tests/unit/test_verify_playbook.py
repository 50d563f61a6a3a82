# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml ends with one table of all dialers, whatever has become of them, and with the exit code of the worst."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

# This machine has no Asterisk of its own: each dialer fails, or cannot be reached.
NO_ASTERISK = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "ansible_become": False,
               "dialer_trunks": [{"name": "carrier_a", "host": "198.18.10.10"}]}
AWAY = {**NO_ASTERISK, "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


@pytest.mark.parametrize(("dialers", "code"), [
    pytest.param({"dialer1": NO_ASTERISK, "dialer2": NO_ASTERISK}, 2, id="all fail"),
    pytest.param({"dialer1": NO_ASTERISK, "dialer2": AWAY}, 4, id="one fails, one is away"),
    pytest.param({"dialer1": AWAY, "dialer2": NO_ASTERISK}, 4, id="the first is away"),
    pytest.param({"dialer1": AWAY, "dialer2": AWAY}, 4, id="all are away"),
])
def test_the_table_has_every_dialer_and_is_printed_once(tmp_path: Path, dialers: dict[str, Any], code: int) -> None:
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dialers": {"hosts": dialers}}), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", str(ROOT / "playbooks/verify.yml")],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=120,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"})
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("not known: dialer1, dialer2.") == 1, done.stderr
    for name, how in dialers.items():
        reason, = [line for line in done.stderr.splitlines() if line.startswith((f"  {name}: ", "  dialer1, dialer2: "))]
        assert ("unreachable: " if how is AWAY else "Asterisk is not ") in reason
