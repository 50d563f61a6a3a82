# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `lab/lab` says when it cannot work, that `down` leaves nothing behind, and how long `up` takes. The last of the
lab's tests: it takes the lab down and brings it up again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from support.paths import LAB

AGAIN = 40  # seconds that `up` may take once the images exist


@pytest.fixture
def commands(monkeypatch):
    """The module of the lab's commands."""
    monkeypatch.syspath_prepend(str(LAB.parent))
    from labkit import commands as module
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "labkit"]:
        del sys.modules[name]


def refused(commands, capsys, *arguments: str) -> str:
    """The one line with which a command of the lab ends that cannot work."""
    assert commands.main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("lab: ") and printed.err.count("\n") == 1
    return printed.err


def out(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def rules() -> str:
    """The machine's packet filter, whichever of the two programs fills it."""
    return out("nft", "list", "ruleset") + out("iptables-save")


@pytest.mark.parametrize("command", [("up",), ("down",), ("status",), ("shell", "dialer1"), ("images",), ("pace", "1")])
def test_who_is_not_root_is_told_so(commands, capsys, monkeypatch, command):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "the lab needs root" in refused(commands, capsys, *command)


def test_an_address_range_that_is_taken_is_named_with_who_has_it(commands, capsys, monkeypatch):
    monkeypatch.setattr(commands.podman, "networks", set)   # a lab that is still to be made
    out("ip", "address", "add", "198.18.10.5/32", "dev", "lo")
    try:
        said = refused(commands, capsys, "up")
    finally:
        out("ip", "address", "delete", "198.18.10.5/32", "dev", "lo")
    assert said == "lab: 198.18.10.0/24 of the lab overlaps 198.18.10.5/32, which is in use by interface lo\n"


def test_a_package_that_cannot_be_installed_is_named(commands, capsys, monkeypatch):
    monkeypatch.setitem(commands.apt.PROGRAMS, "no-such-program", "no-such-package")
    said = refused(commands, capsys, "up")
    assert "cannot install no-such-package: Unable to locate package no-such-package" in said


def test_a_container_that_there_is_not_is_told_with_those_that_there_are(commands, capsys):
    said = refused(commands, capsys, "exec", "dialer99", "true")
    assert "no container 'dialer99'; there are: " in said and "trunks-dialer1" in said


def test_down_leaves_nothing_behind_and_up_is_quick(dialer):
    containers = json.loads(out("podman", "ps", "--all", "--format", "json"))
    count = sum(entry["Names"][0].startswith("trunks-dialer") for entry in containers)
    out(str(LAB), "down")
    try:
        assert "trunks-" not in out("podman", "ps", "--all", "--format", "{{.Names}}")
        assert "trunks-" not in out("podman", "network", "ls", "--format", "{{.Name}}")
        assert "198.18." not in out("ip", "address") + out("ip", "route") + rules()
        assert subprocess.run([LAB, "status"], capture_output=True, check=False).returncode == 3
    finally:
        began = time.monotonic()
        out(str(LAB), "up", "--dialers", str(count), "--asterisk", {"SIP": "16", "PJSIP": "22"}[dialer.tech])
    assert time.monotonic() - began < AGAIN
    assert subprocess.run([LAB, "status"], capture_output=True, check=False).returncode == 0
