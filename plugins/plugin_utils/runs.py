# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run of Ansible this is: what it has changed and not confirmed is known by that.

A run is the process of ansible-playbook (or ansible), of which every task's worker is a child.
"""
from __future__ import annotations

import getpass
import hashlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Any


def _began(pid: int) -> str:
    """When a process began, in words that do not change as long as it lives; empty when there is none."""
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], env=environment, capture_output=True, text=True, check=False
    )
    return " ".join(done.stdout.split())


def _began_or_alive(pid: int) -> str:
    """As C(_began); where there is no ps, only whether the process lives."""
    try:
        return _began(pid)
    except FileNotFoundError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "unknown"


def _place() -> str:
    """Where a process's number means that process: the same boot of one machine, and one container of it. Machines
    share a name more often than they are the same, pipelines' containers above all."""
    parts = [socket.gethostname()]
    for path, read in (("/proc/sys/kernel/random/boot_id", Path.read_text), ("/proc/self/ns/pid", Path.readlink)):
        try:
            parts.append(str(read(Path(path))).strip())
        except OSError:  # another system than Linux
            parts.append("")
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def describe(pid: int) -> dict[str, Any]:
    """The run of this process: C(id), C(who) (user and controller, for people), C(place), C(pid), C(began)."""
    host = socket.gethostname()
    began = _began_or_alive(pid)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"uid {os.getuid()}"
    place = _place()
    identity = hashlib.sha256(f"{place} {pid} {began}".encode()).hexdigest()[:16]
    return {"id": identity, "who": f"{user}@{host}", "place": place, "pid": pid, "began": began}


def this() -> dict[str, Any]:
    """The run that the calling task belongs to."""
    return describe(os.getppid())


def has_ended(run: dict[str, Any]) -> bool:
    """True when a run is known to have ended: it was this controller's, and its process is gone."""
    return run.get("place") == _place() and _began_or_alive(int(run.get("pid") or 0)) != run.get("began")
