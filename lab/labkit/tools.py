# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small tools: running programs, errors that a person can read, locking."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
CACHE = Path("/var/cache/dialer-trunks-lab")


class LabError(Exception):
    """Something that stops the lab; its text is one line for the user."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def run(command: Sequence[str], stdin: str | None = None, check: bool = True, timeout: float = 120,
        env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program and return its result with text output.

    check: raise LabError with the program's last line of error output when it fails.
    timeout: seconds until it is killed, which is a LabError as well.
    """
    try:
        done = subprocess.run(command, input=stdin or "", capture_output=True, text=True, timeout=timeout, check=False,
                              env={**os.environ, **(env or {})})
    except FileNotFoundError:
        raise LabError(f"{command[0]}: no such program") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(command[:4])} ...: no end within {timeout:g} s") from None
    if check and done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{' '.join(command[:4])} ...: {lines[-1].strip() if lines else f'exit {done.returncode}'}")
    return done


def wait_for(what: str, ready: Callable[[], bool], seconds: float, pause: float = 0.2) -> None:
    """Return when ready() is true; LabError naming `what` when it is not so within `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise LabError(f"{what}: not ready after {seconds:g} s")
        time.sleep(pause)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lab's lock, so that two `lab up` never build one lab; waits up to 10 minutes for the other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        end = time.monotonic() + 600
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise LabError("another lab command has been running for 10 minutes") from None
                if not told:
                    print("waiting for another lab command to end", file=sys.stderr)
                    told = True
                time.sleep(0.5)
        yield
