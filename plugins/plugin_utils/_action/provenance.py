# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells where a change comes from: the user who runs Ansible, and the Git commit of the inventory."""
from __future__ import annotations

import getpass
import os
import socket
import subprocess
from pathlib import Path

LIMIT = 10  # seconds that Git may take
DIRTY = "+changes"


def who() -> str:
    """Return user@host of the controller."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run with a user id without a name
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def commit(place: str | Path | None) -> str | None:
    """Return the id of the commit that is checked out at ``place``, with ``+changes`` if the checkout differs from it.

    None if that is not a checkout, or Git is missing or fails.
    """
    if not place or not Path(place).exists():
        return None
    found = _git(place, "rev-parse", "--verify", "HEAD")
    if not found:
        return None
    changes = _git(place, "status", "--porcelain")
    return found + (DIRTY if changes or changes is None else "")


def _git(place: str | Path, *arguments: str) -> str | None:
    """Return the output of Git; None if it fails."""
    directory = Path(place) if Path(place).is_dir() else Path(place).parent
    # --no-optional-locks: `git status` must not write to a checkout that others use at the same time.
    command = ["git", "--no-optional-locks", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
