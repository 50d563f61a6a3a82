# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a change comes from."""
from __future__ import annotations

import os
import subprocess

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import provenance


def git(place, *arguments):
    command = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-C", str(place), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # where these tests run from a hook of Git
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    place = tmp_path / "site"
    place.mkdir()
    git(place, "init")
    (place / "hosts.yml").write_text("all:\n")
    return place


def test_the_commit_of_the_checkout_and_whether_it_differs(checkout):
    assert provenance.commit(checkout) is None  # nothing is committed yet
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "first")
    head = git(checkout, "rev-parse", "HEAD")
    assert provenance.commit(checkout) == provenance.commit(checkout / "hosts.yml") == head
    (checkout / "group_vars").mkdir()
    (checkout / "group_vars/all.yml").write_text("x: 1\n")
    assert provenance.commit(checkout) == head + "+changes"


def test_no_checkout_and_no_git_have_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit(tmp_path) is provenance.commit(None) is provenance.commit(tmp_path / "nowhere") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit(tmp_path) is None


def test_who_is_named_even_without_a_name(monkeypatch):
    assert "@" in provenance.who()
    monkeypatch.setattr(provenance.getpass, "getuser", lambda: (_ for _ in ()).throw(KeyError("uid not found")))
    assert provenance.who().partition("@")[0] == f"uid {os.getuid()}"
