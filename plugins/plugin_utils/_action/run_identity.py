# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run of Ansible this is: what it has changed and not confirmed is known by that.

A run is the process of ansible-playbook (or ansible), of which every task's worker is a child. It is known by its
number, when it began, and the boot of the machine, none of which may depend on the clock: an administrator, or NTP, may
set that in the middle of a run. C(ps) does depend on it on Linux, where it adds the ticks since the boot to the
boot's time by the clock of now.
"""
from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import provenance

PROC = Path("/proc")


def _began(pid: int) -> str:
    """When a process began, in words that do not change while it is running; empty when there is none."""
    if (PROC / "self/stat").exists():
        try:
            ticks = checkpoint.started((PROC / str(pid) / "stat").read_bytes())
        except OSError:
            return ""
        return str(ticks or "")
    return _began_without_proc(pid)


def _began_without_proc(pid: int) -> str:
    """As C(_began) on another system than Linux. macOS keeps with each process the time of day at which it began, so
    that ps says the same after a change of the clock. Where there is no ps, only whether the process is running."""
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], env=environment, capture_output=True, text=True, check=False
        )
        return " ".join(done.stdout.split())
    except FileNotFoundError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "unknown"


def _boot() -> str:
    """What is another after a reboot, and on another machine: Linux's id of the boot, macOS's, or the machine's name.
    Machines share a name more often than they are the same, pipelines' containers above all, and a laptop changes it
    with its network."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        pass
    try:
        done = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False)
        return done.stdout.strip() or socket.gethostname()
    except FileNotFoundError:
        return socket.gethostname()


def _place() -> str:
    """Where a process's number means that process: the same boot of one machine, and one container of it."""
    try:
        container = str((PROC / "self/ns/pid").readlink())
    except OSError:  # another system than Linux
        container = ""
    return hashlib.sha256(f"{_boot()} {container}".encode()).hexdigest()[:16]


def describe(pid: int) -> dict[str, Any]:
    """The run of this process: C(id), C(who) (user and controller, for people), C(place), C(pid), C(began)."""
    began, place = _began(pid), _place()
    identity = hashlib.sha256(f"{place} {pid} {began}".encode()).hexdigest()[:16]
    return {"id": identity, "who": provenance.who(), "place": place, "pid": pid, "began": began}


def this() -> dict[str, Any]:
    """The run that the calling task belongs to."""
    return describe(os.getppid())


def has_ended(run: dict[str, Any]) -> bool:
    """True when a run is known to have ended: it was this controller's, and its process is gone."""
    return run.get("place") == _place() and _began(int(run.get("pid") or 0)) != run.get("began")
