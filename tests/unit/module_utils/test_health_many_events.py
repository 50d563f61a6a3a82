# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor's memory while very many events come. C(bench/events) lets a million of them come."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from support.paths import ROOT
from support.unit.event_stream import BATCH
from support.unit.health import ORDERS

WARM, ALL = 20_000, 50_000
GROWTH = 1024   # KB
REMEMBERED = 500    # calls in progress, so few that all of them are remembered when it is warm


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a monitor in a process of its own tells after 20,000 events and after 50,000."""
    command = [sys.executable, "-m", "support.unit.event_stream", str(tmp_path_factory.mktemp("monitor")), "--remembered", str(REMEMBERED),
               "--keep-mb", "1", "--marks", str(WARM), str(ALL)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *filter(None, sys.path)])},
                          capture_output=True, text=True, check=True, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_does_not_grow(told):
    warm, last = told
    assert (warm["events"], last["events"]) == (WARM, ALL)
    assert last["kb"] - warm["kb"] < GROWTH


def test_no_event_is_lost_and_each_is_what_it_is(told):
    last = told[-1]
    assert (last["lost"], last["waiting"], last["trouble"], last["dropped"]) == (0, 0, "", ALL // BATCH // 10)
    # Each batch has an event for the monitor, one of a peer, and pairs of an attempt and a hang-up.
    assert last["odd"] > 0 and sum(last["attempts"].values()) + last["odd"] == (BATCH - 2) // 2 * (ALL // BATCH)
    assert set(last["attempts"]) == set(ORDERS["trunks"])


def test_the_refusing_trunk_alone_is_suspended_and_taken_back(told):
    """It was refused for three seconds of forty, so that it has been suspended more than once."""
    assert told[-1]["suspensions"]["carrier_b"] >= 2 and told[-1]["suspensions"]["carrier_a"] == 0


def test_the_file_stays_as_large_as_it_may_be(told):
    """1 MB of attempts, 1 MB of free pages, and what comes between two looks."""
    assert told[-1]["file"] < 3 * 1024 * 1024
