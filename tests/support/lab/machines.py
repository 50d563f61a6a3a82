# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's machines, and commands on them: shell, Asterisk's command line, SQL."""
from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from support.paths import LAB

INSIDE = LAB.with_name("inside")    # INSIDE, container, command...
DIALERS = {"trunks-dialer1": "198.18.0.11", "trunks-dialer2": "198.18.0.12"}
ONE, OTHER = DIALERS
DB = "trunks-db"
HOME = "/usr/share/astguiclient"
LIMIT = 240     # seconds that any one command may take
PACE = 1        # seconds between two visits of the dialers' generators while tests run; VICIdial's own is 60


def container(machine: str) -> str:
    """Return the container of a machine: ``dialer1``, as `lab/lab shell` has it, or ``trunks-dialer1``."""
    return machine if machine.startswith("trunks-") else f"trunks-{machine}"


def execute(argv: Sequence[Any], stdin: str = "", check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command. Fail when it ends with another code than 0, unless check is False.

    Line ends stay as they are: a row of the database may hold a lone carriage return.
    """
    done = subprocess.run(
        [str(part) for part in argv], input=stdin.encode(), capture_output=True, timeout=LIMIT, check=False, **more)
    printed, complained = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    assert not check or done.returncode == 0, f"{argv} ended with {done.returncode}:\n{printed}{complained}"
    return subprocess.CompletedProcess(argv, done.returncode, printed, complained)


def begin(argv: Sequence[Any], **more: Any) -> subprocess.Popen[str]:
    """Start a command that runs beside the test; what it prints is text."""
    return subprocess.Popen([str(part) for part in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def sh(machine: str, command: str, stdin: str = "", check: bool = True) -> str:
    """Return what a shell command prints on a machine of the lab (dialer1, db, carrier-a, phone, stranger …)."""
    return execute([INSIDE, container(machine), "bash", "-c", command], stdin, check).stdout


def asterisk(machine: str, command: str) -> str:
    """Return what the command line of the running Asterisk answers."""
    return sh(machine, f"asterisk -rx {shlex.quote(command)}")


def sql(statements: str) -> list[list[str]]:
    """Return the rows of statements in VICIdial's database as texts; NULL is 'NULL'."""
    out = execute([INSIDE, DB, "mariadb", "-N", "-B", "asterisk"], statements).stdout
    return [line.split("\t") for line in out.split("\n")[:-1]]


def pid(machine: str) -> int:
    """Return the first process of a machine, by its number here; 0 when the machine does not run."""
    done = execute(["podman", "inspect", "--format", "{{.State.Pid}}", container(machine)], check=False)
    return int(done.stdout) if done.returncode == 0 else 0


def lab(*arguments: str) -> None:
    """Run a command of the lab."""
    execute([LAB, *arguments])


def pace() -> None:
    """Have the dialers' generators visit as often as tests want it."""
    lab("pace", str(PACE))


def standin(dialer: str, command: str) -> None:
    """Start or stop a service of the stand-in for VICIdial: 'stop generator'."""
    sh(dialer, f"{HOME}/standin {command}")


@contextmanager
def changed_file(dialer: str, path: str, command: str) -> Iterator[None]:
    """Change a file of the operator's by a shell command for the time of the block, and put it back as it was."""
    sh(dialer, f"cp -p {path} {path}.kept; {command}")
    try:
        yield
    finally:
        sh(dialer, f"mv {path}.kept {path}")


class Inside(BaseBackend):
    """testinfra's way into a container of the lab."""

    NAME = "inside"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def run(self, command: str, *args: str, **_options: Any) -> CommandResult:
        """What became of a shell command."""
        return self.run_local("%s %s sh -c %s", str(INSIDE), self.name, self.get_command(command, *args))


@cache
def host(name: str) -> Host:
    """A container of the lab, by testinfra."""
    return Host(Inside(name))
