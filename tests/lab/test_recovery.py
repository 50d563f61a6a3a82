# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab whose processes were killed (the end of a session does that) comes up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from support.paths import LAB

NAME = "trunks-stranger"


def state() -> dict:
    done = subprocess.run(["podman", "inspect", NAME], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]["State"]


def running_dialers() -> str:
    done = subprocess.run(["podman", "ps", "--format", "{{.Names}}"], capture_output=True, text=True, check=True)
    return str(sum(name.startswith("trunks-dialer") for name in done.stdout.split()))


def inside(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run([LAB.with_name("inside"), NAME, *command], capture_output=True, text=True, check=False)


def test_a_container_that_was_killed_with_its_monitor_is_made_anew(dialer):
    before = state()
    for pid in (before["ConmonPid"], before["Pid"]):
        os.kill(pid, signal.SIGKILL)
    gone = inside("hostname")
    assert (gone.returncode, gone.stdout) == (125, "") and f"no container {NAME} runs" in gone.stderr
    asterisk = {"SIP": "16", "PJSIP": "22"}[dialer.tech]
    done = subprocess.run([LAB, "up", "--dialers", running_dialers(), "--asterisk", asterisk], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    after = state()
    assert after["Running"] and after["Pid"] != before["Pid"] and Path(f"/proc/{after['Pid']}/root").exists()
    assert inside("hostname").stdout == "stranger\n"
