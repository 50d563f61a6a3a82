# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of the controller a description may name, and that of no other a word is read."""

from __future__ import annotations

import os

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import inventory_files
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

SECRET = "root:hunter2"


@pytest.fixture
def site(tmp_path):
    """The directories of an inventory and a playbook, and beside them a secret that neither holds."""
    for name in ("inventory/decks", "inventory/files", "playbook/files", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "other/shadow").write_text(f"{SECRET}:19000\n")
    (tmp_path / "other/deck.csv").write_text("1,0.5\n")
    (tmp_path / "shadow").write_text(f"{SECRET}:19000\n")
    for name in ("inventory/decks/a.csv", "inventory/files/b.csv", "playbook/c.csv", "playbook/files/d.csv"):
        (tmp_path / name).write_text(name)
    (tmp_path / "inventory/link.csv").symlink_to(tmp_path / "other/shadow")
    (tmp_path / "inventory/away").symlink_to(tmp_path / "other")
    (tmp_path / "inventory/here.csv").symlink_to("decks/a.csv")
    (tmp_path / "inventory/round.csv").symlink_to("round.csv")
    (tmp_path / "inventory/latin.csv").write_bytes(b"1,0.5\n44,0.1,Fran\xe7ais\n")
    os.mkfifo(tmp_path / "inventory/pipe.csv")
    return tmp_path


def read(site, path):
    return inventory_files.read(path.format(site=site), [site / "inventory", site / "playbook"])


@pytest.mark.parametrize(("path", "found"), [
    ("decks/a.csv", "inventory/decks/a.csv"),
    ("b.csv", "inventory/files/b.csv"),
    ("c.csv", "playbook/c.csv"),
    ("d.csv", "playbook/files/d.csv"),
    ("here.csv", "inventory/decks/a.csv"),
    ("decks/../files/b.csv", "inventory/files/b.csv"),
    ("../playbook/c.csv", "playbook/c.csv"),
    ("{site}/inventory/decks/a.csv", "inventory/decks/a.csv"),
])
def test_files_of_the_inventory_and_the_playbook_are_read(site, path, found):
    assert read(site, path) == found


@pytest.mark.parametrize("path", ["/etc/passwd", "{site}/other/shadow", "../shadow", "../other/shadow", "decks/../../shadow",
                                  "link.csv", "away/shadow", "away/deck.csv", "../nothing", "/etc", "../../../../../../etc/passwd"])
def test_what_lies_outside_is_refused_unread(site, path, monkeypatch):
    monkeypatch.setattr(inventory_files, "_text", None)  # nothing is opened
    with pytest.raises(OSError, match="are read, and it is outside, or a link leads there") as refused:
        read(site, path)
    assert SECRET not in str(refused.value)


def test_a_directory_whose_name_begins_alike_is_another_one(site):
    (site / "inventory-old").mkdir()
    (site / "inventory-old/a.csv").write_text("1,1\n")
    with pytest.raises(PermissionError):
        read(site, "../inventory-old/a.csv")


@pytest.mark.parametrize(("path", "why"), [
    ("missing.csv", "there is no such file in"),
    ("decks", "there is no such file in"),
    ("pipe.csv", "there is no such file in"),
    ("round.csv", "its links form a loop|there is no such file in|symbolic links"),
    ("latin.csv", "line 2 is not UTF-8 text"),
    ("a" * 250 + "/" + "b" * 5000, "name too long"),
])
def test_what_cannot_be_read_is_told_by_strerror(site, path, why):
    with pytest.raises(OSError, match=f"(?i){why}") as refused:
        read(site, path)
    assert refused.value.strerror


def test_the_places_may_be_links_themselves(site):
    (site / "linked").symlink_to("inventory")
    assert inventory_files.read("decks/a.csv", [site / "linked"]) == "inventory/decks/a.csv"


@pytest.mark.parametrize("path", ["link.csv", "../shadow"])
def test_the_plan_quotes_nothing_of_such_a_file(site, path):
    trunk = {"name": "carrier_b", "host": "198.18.20.20", "rates": path}
    with pytest.raises(plan.PlanError) as refused:
        plan.build({"dialer_trunks": [trunk]}, ["d1"], read_file=lambda name: read(site, name))
    [told] = refused.value.errors
    assert told.startswith(f"dialer_trunks[0].rates: {path}: cannot be read: only files in ") and "hunter2" not in told
