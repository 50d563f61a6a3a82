# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialer's configuration in a directory of its own, the programs that read it, a checkpoint, and the monitor's files."""
from __future__ import annotations

import os

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes, monitor, switch
from ansible_collections.dialer.trunks.plugins.module_utils._health import main, ordered, places

from support.unit.generation_programs import OPERATORS, Programs


@pytest.fixture
def etc(tmp_path, monkeypatch):
    """The operator's configuration, in a directory of its own."""
    lines = {}
    for name, (_target, line, place) in includes.LINES.items():
        if name in OPERATORS:
            (tmp_path / name).write_text(OPERATORS[name], newline="")
        lines[name] = (str(tmp_path / name), line, place)
    (tmp_path / "messages").write_text("")
    monkeypatch.setattr(includes, "LINES", lines)
    monkeypatch.setattr(switch, "RELOAD_LIMIT", 0)
    return tmp_path


@pytest.fixture
def programs(etc):
    return Programs(etc)


@pytest.fixture
def waiting(tmp_path):
    return checkpoint.Checkpoint("rows", str(tmp_path / "state"))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """What a health monitor keeps, and what starts it, in a directory of their own."""
    state = tmp_path / "state"
    for module in (monitor, places):
        monkeypatch.setattr(module, "STATE", str(state))
    for name in ("ATTEMPTS", "MAINTENANCE", "SAVED", "HOOKS", "DIRECTORY"):
        below = getattr(places, name).partition("/health")[2]
        monkeypatch.setattr(places, name, str(state / "health") + below)
    monkeypatch.setattr(places, "LOG", str(tmp_path / "trunks.log"))
    monkeypatch.setattr(monitor, "PROGRAMS", str(state / "programs"))
    monkeypatch.setattr(monitor, "LINK", str(state / "monitor"))
    for module, name in ((monitor, "UNIT"), (monitor, "ENABLED"), (monitor, "CRON"), (monitor, "STATUS"), (monitor, "LOCK"),
                         (main, "LOCK"), (ordered, "LOCK")):
        monkeypatch.setattr(module, name, str(tmp_path / name.lower() / os.path.basename(getattr(module, name))))
        (tmp_path / name.lower()).mkdir(exist_ok=True)
    return tmp_path
