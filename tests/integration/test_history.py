# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who changed what, and when: in the list of the generations, and in VICIdial's admin log."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.lab.machines import ONE, OTHER, sql
from support.lab.playbooks import INVENTORY, described, site
from support.lab.running import generation
from support.paths import ROOT

HISTORY = "playbooks/history.yml"


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """The lab's inventory in a Git repository of its own."""
    place = tmp_path / "site"
    shutil.copytree((ROOT / INVENTORY).parent, place)
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "the trunks"]):
        subprocess.run(["git", "-c", "user.name=A test", "-c", "user.email=test@example.com", *command], cwd=place, check=True)
    return place


def rows(stderr: str) -> list[list[str]]:
    """The cells of the printed table, without its heads."""
    lines = stderr.partition("\ndialer ")[2].partition("\n\n")[0].splitlines()[1:]
    return [re.split(r"  +", line) for line in lines]


def test_who_changed_what_and_when(checkout: Path, restored) -> None:
    """A caller ID is changed from a checkout: its line names who, the commit and the trunk, and so does the admin log."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True).stdout.strip()
    [[last]] = sql("SELECT MAX(admin_log_id) FROM vicidial_admin_log")
    run = site("--limit", ONE, inventory=str(checkout / "hosts.yml"), extra_vars=described(carrier_a={"codecs": ["alaw"]}))
    assert run.rc == 0 and run.changes, run
    shown = site(playbook=HISTORY)
    assert shown.rc == 0 and shown.changes == [], shown
    table = rows(shown.stderr)
    newest = next(row for row in table if row[0] == ONE)
    who = newest[3]
    assert re.fullmatch(r"\S+@\S+", who)
    assert newest[1:2] + newest[4:] == [str(generation(ONE)), commit[:10], "yes", "trunk carrier_a"]
    assert [row[1] for row in table if row[0] == ONE] == sorted((row[1] for row in table if row[0] == ONE), key=int, reverse=True)
    assert [row[5] for row in table if row[0] == ONE].count("yes") == 1 and OTHER in {row[0] for row in table}
    entries = sql("SELECT user, REPLACE(event_notes, '\\n', '|') FROM vicidial_admin_log WHERE record_id='carrier_a-11'"
                  f" AND event_section='CARRIERS' AND admin_log_id > {last}")
    [[user, notes]] = entries
    sentence, state = notes.split("|", 1)
    assert user == "dialer.trunks"     # by which the next run finds its entries
    assert sentence == f"trunk carrier_a on 198.18.0.11: changed account_entry, by {who}, commit {commit[:10]}"
    assert (json.loads(state)["who"], json.loads(state)["commit"]) == (who, commit)


def test_a_rollback_is_in_the_admin_log_with_who_asked_for_it(checkout: Path, restored) -> None:
    assert site("--limit", ONE, inventory=str(checkout / "hosts.yml"), extra_vars=described(carrier_a={"codecs": ["alaw"]})).rc == 0
    (checkout / "new.yml").write_text("a: 1\n", encoding="utf-8")     # a checkout that differs from its commit
    back = site("--limit", ONE, inventory=str(checkout / "hosts.yml"), playbook="playbooks/rollback.yml")
    assert back.rc == 0, back
    [[notes]] = sql("SELECT SUBSTRING_INDEX(event_notes, '\\n', 1) FROM vicidial_admin_log WHERE record_id='carrier_a-11'"
                    " AND event_section='CARRIERS' ORDER BY admin_log_id DESC LIMIT 1")
    assert re.search(r": changed account_entry, by \S+@\S+, commit [0-9a-f]{10}\+changes$", notes), notes


def test_a_dialer_that_cannot_be_asked_is_named(tmp_path: Path) -> None:
    away = tmp_path / "away.yml"
    away.write_text("dialers: {hosts: {away: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}}}", encoding="utf-8")
    run = site("-i", str(away), playbook=HISTORY)
    assert run.rc == 4 and run.stderr.count("\naway: unreachable: ") == 1, run
    assert {row[0] for row in rows(run.stderr)} == {ONE, OTHER}
