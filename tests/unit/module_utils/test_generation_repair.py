# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes make one attempt until the script that repairs VICIdial's table is ready."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import repair

from support.unit.generation_programs import ROUTE, planned, request

REPAIR = {"repair.agi": "#!/usr/bin/perl\n", "repair.conf": "[trunks-repair]\nexten => s,1,Return()\n",
          "repair-ready.conf": "[trunks-repair-ready]\nexten => s,1,NoOp()\n", "routes/us.conf": ROUTE % "old"}


def test_routes_make_one_attempt_until_the_repair_is_ready(etc, programs, monkeypatch):
    monkeypatch.setattr(repair, "reason", lambda _script, _user: "no connection to the database asterisk on 198.18.0.5:3306.")
    wanted = planned(etc, programs, request(dialplan=REPAIR))
    assert "repair-ready.conf" not in wanted.change.wanted and "repair.agi" in wanted.change.wanted
    assert wanted.warnings == [
        "the routes of this dialer make one attempt per call, without failover, since calls that fail over would not reach "
        "their agents: no connection to the database asterisk on 198.18.0.5:3306. Fix that, and run this again."
    ]
    monkeypatch.setattr(repair, "reason", lambda _script, _user: None)
    ready = planned(etc, programs, request(dialplan=REPAIR))
    assert "repair-ready.conf" in ready.change.wanted and ready.warnings == []


def test_the_repair_is_looked_at_only_when_the_dialplan_is_meant(etc, programs, monkeypatch):
    monkeypatch.setattr(repair, "reason", lambda _script, _user: pytest.fail("asked"))
    assert planned(etc, programs, request()).warnings == []
    assert planned(etc, programs, {**request(dialplan=REPAIR), "parts": ["rtp"]}).warnings == []


@pytest.mark.parametrize("script,reason", [
    ("print 'table'; exit 0;", None),
    ("print STDERR 'no table', chr(10), 'more'; exit 1;", "no table"),
    ("die $ARGV[0] . chr(10);", "--check"),
    ("exit 3;", "perl ended with code 3"),
])
def test_the_script_itself_says_why_it_is_not_ready(script, reason):
    assert repair.reason(script) == reason


def test_a_database_that_says_nothing_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(repair, "LIMIT", 0.2)
    assert "did not answer" in repair.reason("sleep 20;")


def test_without_perl(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert repair.reason("") == "perl: No such file or directory"
