# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run of Ansible this is."""
from __future__ import annotations

import os

from ansible_collections.dialer.trunks.plugins.plugin_utils._action import provenance, run_identity


def test_a_run_is_known_again_and_known_to_have_ended():
    mine = run_identity.describe(os.getpid())
    assert mine == run_identity.describe(os.getpid()) and "@" in mine["who"]
    assert not run_identity.has_ended(mine)
    assert run_identity.has_ended({**mine, "began": "Thu Jan 1 00:00:00 1970"})
    assert not run_identity.has_ended({**mine, "place": "another", "began": ""})


def test_a_step_of_the_clock_does_not_make_two_runs_of_one(tmp_path, monkeypatch):
    """ps adds the ticks since the boot to the boot's time by the clock of now: setting the clock moves what it says."""
    ps = tmp_path / "ps"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def seen(clock: str) -> dict:
        ps.write_text(f"#!/bin/sh\necho '{clock}'\n")
        ps.chmod(0o755)
        return run_identity.describe(os.getpid())

    first = seen("Sun Nov 29 19:00:00 2026")
    assert seen("Sun Nov 29 20:00:01 2026") == first
    assert not run_identity.has_ended(first)


def test_a_run_is_its_boot_its_container_its_number_and_its_ticks(tmp_path, monkeypatch):
    monkeypatch.setattr(run_identity, "PROC", tmp_path)
    for path in ("sys/kernel/random", "self/ns", "7"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "self/stat").write_text("")
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")

    def seen(boot: str = "b-1", ticks: int = 500, name: str = "ansible-playbook", state: str = "S") -> dict:
        (tmp_path / "sys/kernel/random/boot_id").write_text(boot + "\n")
        (tmp_path / "7/stat").write_text(f"7 ({name}) {state} " + "0 " * 18 + f"{ticks} 0\n")
        return run_identity.describe(7)

    mine = seen()
    assert mine["began"] == "500" and seen(name="a) S 1 (b") == mine
    assert len({mine["id"], seen("b-2")["id"], seen(ticks=501)["id"]}) == 3
    seen()
    assert not run_identity.has_ended(mine)
    seen(state="Z")
    assert run_identity.has_ended(mine)
    seen(ticks=501)
    assert run_identity.has_ended(mine)  # another process by its number
    seen("b-2")
    assert not run_identity.has_ended(mine)  # another machine, as far as anybody knows


def test_another_system_than_linux_is_asked_by_ps_and_sysctl(tmp_path, monkeypatch):
    monkeypatch.setattr(run_identity, "PROC", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, said in (("ps", "Sun Nov  29 19:00:00 2026"), ("sysctl", "5F0C-1")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (tmp_path / name).chmod(0o755)
    mine = run_identity.describe(os.getpid())
    assert mine["began"] == "Sun Nov 29 19:00:00 2026" and not run_identity.has_ended(mine)
    monkeypatch.setattr(run_identity.socket, "gethostname", lambda: "another-network")
    assert run_identity.describe(os.getpid())["id"] == mine["id"]
    (tmp_path / "ps").unlink()
    (tmp_path / "sysctl").unlink()
    assert run_identity.describe(os.getpid())["began"] == "unknown"


def test_who_runs_it_is_said_in_one_way_also_by_a_user_without_a_name(monkeypatch):
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(provenance.getpass, "getuser", nameless)
    assert run_identity.describe(os.getpid())["who"] == provenance.who() == f"uid {os.getuid()}@{provenance.socket.gethostname()}"
