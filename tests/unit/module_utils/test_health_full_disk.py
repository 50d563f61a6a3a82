# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor on a disk that is really full: a tmpfs of 2 MB."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, places, store

from support.unit.health import NOW, attempt_event, refused_event
from support.unit.made_attempts import attempt
from support.unit.monitored import Monitored
from support.unit.small_disk import fill, on_small_disk

SIZE = 2048     # KB
WAL = 1024      # KB: what the write-ahead log keeps of the disk. The real limit is larger than this disk
BREAKER = {"attempts": 4, "window": 60, "failed": 50}


@pytest.fixture(autouse=True)
def small_log(monkeypatch):
    settings = tuple(one for one in store._WAL if "journal_size_limit" not in one)
    assert len(settings) == len(store._WAL) - 1
    monkeypatch.setattr(store, "_WAL", (*settings, f"journal_size_limit = {WAL * 1024}"))


def keys():
    with contextlib.closing(sqlite3.connect(places.ATTEMPTS)) as reading:
        assert reading.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert reading.execute("SELECT sum(attempts) FROM hours").fetchone() == reading.execute("SELECT count(*) FROM attempts").fetchone()
        return [key for key, in reading.execute("SELECT key FROM attempts ORDER BY id")]


def hear(dialer, numbers, event=attempt_event, **changed):
    dialer.hear(*[event(Key=f"V{number}", Linkedid=str(number), Trunk="carrier_b", **changed) for number in numbers])


def test_attempts_wait_and_all_are_stored_when_there_is_space_again(kept, monkeypatch):
    def body():
        places.LOG = places.STATE + "/monitor.log"
        dialer = Monitored(monkeypatch.setattr)
        del dialer.watch._outlets.tell      # the real one
        dialer.follow(7, breaker=BREAKER, webhook="http://127.0.0.1:9/", digest="d2")
        hear(dialer, range(100))
        dialer.ticks()
        assert (len(keys()), dialer.status["attempts"]["waiting"]) == (100, 0)
        filled = Path(places.STATE) / "filled"
        fill(filled)

        sent = 100
        while not dialer.status["attempts"]["waiting"]:
            hear(dialer, range(sent, sent + 100))   # for a while, there is space in the files themselves
            dialer.ticks(9)
            sent += 100
            assert sent < 10000
        for _batch in range(20):
            hear(dialer, range(sent, sent + 100))
            dialer.ticks(9)
            sent += 100
        told = dialer.status["attempts"]
        assert "full" in told["trouble"] and places.ATTEMPTS in told["trouble"]
        assert told["waiting"] >= 2000 and told["lost"] == 0 and len(keys()) + told["waiting"] == sent

        # What it decides goes on: a refusing trunk is suspended at once.
        dialer.asterisk.set()
        dialer.hear(*[refused_event(Key=f"V{sent + number}", Linkedid=f"r{number}") for number in range(4)])
        sent += 4
        assert dialer.state() == "suspended" and list(dialer.asterisk.set()) == ["carrier_a"]
        # It is not in the files, and the status says so. Neither half a line nor half a file is left.
        dialer.ticks(10)
        assert dialer.status["unwritten"] == 1 and places.SAVED in dialer.status["trouble"]
        assert os.path.getsize(places.LOG) == 0 and any(places.SAVED in line for line in dialer.logged)

        filled.unlink()
        dialer.ticks(attempt_log.RETRY + 10)
        assert dialer.status["attempts"] == {"waiting": 0, "lost": 0, "missed": 0, "trouble": "", "note": ""}
        assert keys() == [f"V{number}" for number in range(sent)]
        with contextlib.closing(sqlite3.connect(places.ATTEMPTS)) as reading:
            assert reading.execute("SELECT trunk, state FROM changes").fetchall() == [("carrier_a", "suspended")]
        assert json.loads(Path(places.SAVED).read_text())["carrier_a"]["state"] == "suspended" and dialer.status["trouble"] == ""
    on_small_disk(Path(places.STATE), SIZE, body)


# Adds ten attempts at a time for ever, and says how many there are and how many of them wait.
CHILD = """
import sys
from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, store
attempt_log.RETRY = 0.01
log, attempt, number = attempt_log.AttemptLog(sys.argv[1]), eval(sys.argv[2]), 0
while True:
    log.add([dict(attempt, key="V%d" % one) for one in range(number, number + 10)], [])
    number += 10
    print(number, log.waiting, log.lost, flush=True)
"""
ATTEMPT = attempt(NOW, result="BUSY", sip=486, cause=17, answer_s=None, key="", fault="number")


def killed(filled, when):
    """Let a process add attempts, the disk being full from the 500th on, and kill it when some have waited for so many of its
    lines. Returns its last line: how many attempts it had, how many of them waited, and how many were lost."""
    with subprocess.Popen([sys.executable, "-c", CHILD, places.ATTEMPTS, repr(ATTEMPT)], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}) as child:
        said, left = [], when
        for line in child.stdout:
            said.append([int(word) for word in line.split()])
            if said[-1][0] == 500:
                fill(filled)
            left -= said[-1][1] > 0
            if left <= 0:
                child.send_signal(signal.SIGKILL)
                break
        said += [[int(word) for word in line.split()] for line in child.stdout if line.endswith("\n")]
    assert child.returncode == -signal.SIGKILL and all(lost == 0 for _number, _waiting, lost in said)
    return said[-1]


@pytest.mark.parametrize("when", [1, 7, 50])
def test_kill_9_on_a_full_disk_loses_what_was_not_written(kept, when):
    def body():
        places.make()
        filled = Path(places.STATE) / "filled"
        number, waiting, _lost = killed(filled, when)
        # The next one finds the same disk: that is no damage, and nothing is set aside.
        log = attempt_log.AttemptLog(places.ATTEMPTS)
        log.add([dict(ATTEMPT, key="after")], [])
        assert log.note == "" and (log.waiting == 0 or "full" in log.trouble or "disk I/O error" in log.trouble)
        filled.unlink()
        log._retry = 0
        log.add([dict(ATTEMPT, key="last")], [])
        assert (log.waiting, log.lost, log.trouble, log.note) == (0, 0, "", "")
        log.close()
        found = keys()
        stored = len(found) - 2
        assert found == [f"V{one}" for one in range(stored)] + ["after", "last"]
        # One batch may have been written that it did not come to tell of.
        assert number - waiting <= stored <= number + 10 and stored >= 490
        assert [name for name in os.listdir(places.DIRECTORY) if "corrupt" in name] == []
    on_small_disk(Path(places.STATE), SIZE, body)


def test_a_monitor_that_is_started_on_a_full_disk_watches(kept, monkeypatch):
    def body():
        for path in (places.STATE, places.DIRECTORY):
            os.makedirs(path, mode=0o700, exist_ok=True)
        filled = Path(places.STATE) / "filled"
        fill(filled)
        dialer = Monitored(monkeypatch.setattr)
        dialer.follow(7, webhook="http://127.0.0.1:9/", digest="d2")
        hear(dialer, range(10))
        dialer.ticks()
        assert dialer.suspend() and dialer.state() == "suspended"
        assert dialer.status["attempts"]["waiting"] == 10 and os.path.exists(monitor.STATUS)
        filled.unlink()
        dialer.ticks(attempt_log.RETRY + 10)
        assert keys() == [f"V{number}" for number in range(10)] and dialer.status["attempts"]["trouble"] == ""
    on_small_disk(Path(places.STATE), SIZE, body)
