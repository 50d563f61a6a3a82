# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a change comes from: who runs Ansible, and which commit of the Git checkout holds the inventory."""
from __future__ import annotations

import getpass
import os
import socket
import subprocess
from pathlib import Path

LIMIT = 10  # seconds that Git may take
DIRTY = "+changes"


def who() -> str:
    """user@host of the controller."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def commit(place: str | Path | None) -> str | None:
    """The id of the commit that is checked out at ``place``, with ``+changes`` when the checkout differs from it.

    None where that is no checkout, Git is missing, or it refuses.
    """
    if not place or not Path(place).exists():
        return None
    found = _git(place, "rev-parse", "--verify", "HEAD")
    if not found:
        return None
    changes = _git(place, "status", "--porcelain")
    return found + (DIRTY if changes or changes is None else "")


def _git(place: str | Path, *arguments: str) -> str | None:
    """What Git prints; None when it fails."""
    directory = Path(place) if Path(place).is_dir() else Path(place).parent
    # --no-optional-locks: `git status` of a watching run must not write into a checkout that others use.
    command = ["git", "--no-optional-locks", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
