# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attempt log of the monitor, in a real file: what a full disk, damage and odd values do to it."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, store
from ansible_collections.dialer.trunks.plugins.module_utils._health.attempt_log import AttemptLog

from support.unit import made_attempts
from support.unit.health import NOW, Clock

FULL = store.Full("attempts.db cannot be used: database or disk is full")


def attempt(number=1, **others):
    return made_attempts.attempt(**{"time": NOW + number, "key": f"V{number}", **others})


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    found.passed = 1000.0
    monkeypatch.setattr(attempt_log, "time", found)
    return found


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "attempts.db")


@pytest.fixture
def log(path, clock):
    with contextlib.closing(AttemptLog(path)) as opened:
        yield opened


@pytest.fixture
def disk(monkeypatch):
    """What the store raises at present, if anything."""
    faults = []

    def failing(name):
        real = getattr(store.Store, name)

        def method(*arguments):
            if faults:
                raise faults[0]
            return real(*arguments)
        monkeypatch.setattr(store.Store, name, method)
    for name in ("add", "talked", "lost", "changed", "expire"):
        failing(name)
    return faults


def rows(path, query):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reading:
        return reading.execute(query).fetchall()


def keys(path):
    return [key for key, in rows(path, "SELECT key FROM attempts ORDER BY id")]


def test_what_is_added_is_stored_at_once(log, path):
    log.add([attempt(1), attempt(2)], [("V1", "carrier_a", 30.5, 0.02)])
    assert rows(path, "SELECT key, talk_s FROM attempts") == [("V1", 30.5), ("V2", None)]
    assert (log.waiting, log.lost, log.trouble, log.note) == (0, 0, "", "")
    log.changed(NOW, "carrier_a", "suspended", "unreachable", "3 checks in a row were bad", "the monitor")
    assert rows(path, "SELECT trunk, state FROM changes") == [("carrier_a", "suspended")]


def test_nothing_is_opened_for_nothing(log, path):
    log.add([], [])
    assert not os.path.exists(path)


class TestFullDisk:
    def test_attempts_wait_and_are_stored_in_their_order(self, log, path, clock, disk):
        log.add([attempt(1)], [])
        disk.append(FULL)
        log.add([attempt(2)], [])
        assert (log.waiting, log.trouble, keys(path)) == (1, str(FULL), ["V1"])
        del disk[:]
        clock.passed += attempt_log.RETRY - 1
        log.add([attempt(3)], [("V1", "carrier_a", 3.0, None), ("V2", "carrier_a", 4.0, 0.02)])
        assert (log.waiting, keys(path)) == (2, ["V1"])     # not tried again yet
        clock.passed += 1
        log.add([attempt(4)], [])
        assert (log.waiting, log.trouble, log.lost, keys(path)) == (0, "", 0, ["V1", "V2", "V3", "V4"])
        assert rows(path, "SELECT talk_s FROM attempts ORDER BY id") == [(3.0,), (4.0,), (None,), (None,)]

    def test_changes_of_state_wait_too(self, log, path, clock, disk):
        log.add([attempt(1)], [])
        disk.append(FULL)
        log.add([attempt(2)], [])
        log.changed(NOW, "carrier_a", "suspended", "reachable", "why", "the monitor")
        del disk[:]
        clock.passed += attempt_log.RETRY
        log.changed(NOW + 60, "carrier_a", "in service", "reachable", "", "the monitor")
        assert rows(path, "SELECT state FROM changes ORDER BY id") == [("suspended",), ("in service",)]
        assert keys(path) == ["V1", "V2"]

    def test_what_waits_is_bounded_and_the_rest_is_counted(self, log, path, clock, disk, monkeypatch):
        monkeypatch.setattr(attempt_log, "WAITING", 3)
        disk.append(FULL)
        for number in range(1, 9):
            log.add([attempt(number)], [(f"V{number}", "carrier_a", 1.0, None)])
        assert (log.waiting, log.lost) == (3, 5)
        del disk[:]
        for _time in range(2):
            clock.passed += attempt_log.RETRY
            log.add([attempt(9)], [])
        # The ninth made it four; the lost ones are stored once.
        assert (log.lost, keys(path), log.waiting) == (6, ["V7", "V8", "V9", "V9"], 0)
        assert rows(path, "SELECT sum(attempts) FROM lost") == [(6,)]

    def test_attempts_that_are_stored_are_not_stored_twice(self, log, path, clock, disk, monkeypatch):
        """The disk is full between the attempts and their talk times."""
        real = store.Store.talked
        monkeypatch.setattr(store.Store, "talked", lambda *_arguments: (_ for _ in ()).throw(FULL))
        log.add([attempt(1)], [("V1", "carrier_a", 3.0, None)])
        assert log.trouble == str(FULL)
        monkeypatch.setattr(store.Store, "talked", real)
        clock.passed += attempt_log.RETRY
        log.add([attempt(2)], [])
        assert rows(path, "SELECT key, talk_s FROM attempts") == [("V1", 3.0), ("V2", None)]

    @pytest.mark.parametrize("what", ["directory", "link"])
    def test_a_path_that_cannot_be_used_is_only_a_trouble(self, log, path, clock, what):
        os.mkdir(path) if what == "directory" else os.symlink("/etc/passwd", path)
        log.add([attempt(1)], [])
        assert path in log.trouble and log.waiting == 1
        os.rmdir(path) if what == "directory" else os.unlink(path)
        clock.passed += attempt_log.RETRY
        log.add([attempt(2)], [])
        assert (log.trouble, keys(path)) == ("", ["V1", "V2"])


class TestDamage:
    def test_the_file_is_set_aside_and_the_attempts_are_in_a_new_one(self, log, path, tmp_path, disk, monkeypatch):
        log.add([attempt(1)], [])
        real = store.Store.add

        def add(self, attempts, serials):
            monkeypatch.setattr(store.Store, "add", real)
            raise store.Damaged(f"{path} is damaged: database disk image is malformed")
        monkeypatch.setattr(store.Store, "add", add)
        log.add([attempt(2)], [])
        assert (keys(path), log.waiting, log.trouble) == (["V2"], 0, "")
        aside = [name for name in os.listdir(tmp_path) if ".corrupt-" in name and name[-1].isdigit()]
        assert len(aside) == 1 and aside[0] in log.note and "malformed" in log.note
        assert keys(tmp_path / aside[0]) == ["V1"]
        log.close()
        log.add([attempt(3)], [])
        assert aside[0] in log.note     # until the monitor is started again: someone should read it

    def test_a_file_that_is_no_database(self, log, path):
        with open(path, "wb") as target:
            target.write(b"\0" * 8192)
        log.add([attempt(1)], [])
        assert keys(path) == ["V1"] and "was renamed" in log.note

    def test_a_new_file_that_is_damaged_too_is_a_trouble_and_not_one_a_second(self, log, path, tmp_path, clock, disk):
        """Such as on a disk that is broken: no more files are set aside than are kept."""
        disk.append(store.Damaged(f"{path} is damaged: malformed"))
        log.add([attempt(1)], [])
        assert "malformed" in log.trouble and log.waiting == 1
        before = sorted(os.listdir(tmp_path))
        log.add([attempt(2)], [])
        assert sorted(os.listdir(tmp_path)) == before
        del disk[:]
        clock.passed += attempt_log.RETRY
        log.add([attempt(3)], [])
        assert (log.trouble, keys(path)) == ("", ["V1", "V2", "V3"])


class TestOddValues:
    @pytest.mark.parametrize("odd", [{"cause": 2 ** 70}, {"prefix": "\udc80"}, {"key": None}])
    def test_they_drop_their_batch_and_not_the_log(self, log, path, odd):
        log.add([attempt(1), attempt(2, **odd)], [])
        log.add([attempt(3)], [])
        assert (keys(path), log.lost, log.waiting, log.trouble) == (["V3"], 2, 0, "")
        assert rows(path, "SELECT sum(attempts) FROM lost") == [(2,)]


class TestSerials:
    def test_they_are_stored_with_the_attempts_or_not_at_all(self, log, path, clock, disk):
        log.add([attempt(1)], [], 0, "to 1")
        assert AttemptLog(path).serials() == "to 1"
        disk.append(FULL)
        log.add([attempt(2)], [], 0, "to 2")
        log.changed(NOW, "carrier_a", "suspended", "reachable", "why", "the monitor")
        assert AttemptLog(path).serials() == "to 1"
        del disk[:]
        clock.passed += attempt_log.RETRY
        log.add([], [], 4, "to 6")
        assert AttemptLog(path).serials() == "to 6" and keys(path) == ["V1", "V2"]
        assert (log.missed, log.lost) == (4, 4) and rows(path, "SELECT sum(attempts) FROM lost") == [(4,)]

    def test_a_batch_that_is_dropped_and_those_that_were_missed_are_lost(self, log, path):
        log.add([attempt(1, cause=2 ** 70)], [], 2, "to 3")
        log.add([], [], 0, "to 3")
        assert (log.missed, log.lost) == (2, 3) and rows(path, "SELECT sum(attempts) FROM lost") == [(3,)]
        assert AttemptLog(path).serials() == "to 3"

    def test_a_new_file_after_damage_has_them(self, log, path):
        log.add([attempt(1)], [], 0, "to 1")
        log.close()
        with open(path, "wb") as target:
            target.write(b"\0" * 8192)
        log.add([], [], 0, "to 1")
        assert AttemptLog(path).serials() == "to 1" and "was renamed" in log.note

    def test_without_any(self, log, path):
        assert log.serials() == ""
        log.add([attempt(1)], [])
        assert AttemptLog(path).serials() == ""


class TestExpiry:
    def test_it_is_looked_for_now_and_then(self, log, path, clock):
        log.add([attempt(0, time=clock.time() - 8 * 86400), attempt(1, time=clock.time())], [])
        log.expire(7, 500)
        assert keys(path) == ["V1"]
        log.add([attempt(2, time=clock.time() - 8 * 86400)], [])
        log.expire(7, 500)
        assert keys(path) == ["V1", "V2"]
        clock.passed += attempt_log.EXPIRY
        log.expire(7, 500)
        assert keys(path) == ["V1"]


def test_closed_and_used_again(log, path):
    log.add([attempt(1)], [])
    log.close()
    log.close()
    log.add([attempt(2)], [])
    assert keys(path) == ["V1", "V2"]
