# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifies a run of Ansible, to which its unconfirmed changes belong.

A run is the process of ansible-playbook (or ansible), the parent of every task's worker. Its identity is its process
id, its start time, and the boot of the machine. None of these may depend on the clock, which an administrator or NTP
may set in the middle of a run. C(ps) does depend on it on Linux, where it adds the ticks since the boot to a boot time
computed from the current clock.
"""
from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common import processes
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import provenance

PROC = Path("/proc")


def _began(pid: int) -> str:
    """Return the start time of a process as a text that does not change while it is running; empty for none."""
    if (PROC / "self/stat").exists():
        try:
            ticks = processes.started((PROC / str(pid) / "stat").read_bytes())
        except OSError:
            return ""
        return str(ticks or "")
    return _began_without_proc(pid)


def _began_without_proc(pid: int) -> str:
    """Return C(_began) on a system other than Linux. macOS stores the time of day at which a process began, so that ps
    prints the same after a change of the clock. Without ps, the text only tells whether the process is running."""
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
    """Return a text that identifies this boot of this machine: the boot id of Linux or macOS, or the machine's name.
    The name is the last resort, since containers of pipelines share names, and a laptop's changes with its network."""
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
    """Return a text that identifies where a process id is valid: this boot of this machine, and this container."""
    try:
        container = str((PROC / "self/ns/pid").readlink())
    except OSError:  # another system than Linux
        container = ""
    return hashlib.sha256(f"{_boot()} {container}".encode()).hexdigest()[:16]


def describe(pid: int) -> dict[str, Any]:
    """Return the run of this process: C(id), C(who) (user@controller, for people), C(place), C(pid), C(began)."""
    began, place = _began(pid), _place()
    identity = hashlib.sha256(f"{place} {pid} {began}".encode()).hexdigest()[:16]
    return {"id": identity, "who": provenance.who(), "place": place, "pid": pid, "began": began}


def this() -> dict[str, Any]:
    """Return the run of the calling task."""
    return describe(os.getppid())


def has_ended(run: dict[str, Any]) -> bool:
    """Return True if a run is known to have ended: it was on this controller, and its process does not exist."""
    return run.get("place") == _place() and _began(int(run.get("pid") or 0)) != run.get("began")
