# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time, and no local user can hold it up."""
from __future__ import annotations

import fcntl
import json
import os
import stat
import threading

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    return tmp_path / "lock"


def test_one_run_at_a_time(path):
    with locks.locked(str(path)):
        with pytest.raises(locks.Busy, match=f"lock .*by itself, process {os.getpid()}, since .*Wait until it has ended") as busy:
            with locks.locked(str(path)):
                pass
        assert (busy.value.path, busy.value.pid, busy.value.rollback) == (str(path), os.getpid(), False)
    with locks.locked(str(path)):
        pass
    assert not os.path.exists(path)


def test_a_lock_that_is_held_for_a_moment_is_waited_for(path):
    with open(path, "a+", encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        threading.Timer(0.1, fcntl.flock, (other, fcntl.LOCK_UN)).start()
        with locks.locked(str(path)):
            pass


def test_a_lock_on_a_file_that_its_last_holder_removes_keeps_nobody_out_and_does_not_count(path, monkeypatch):
    lock, locked = fcntl.flock, []

    def late(holder, how):
        locked.append(how)
        if len(locked) == 1:
            os.unlink(path)
        return lock(holder, how)

    monkeypatch.setattr(locks.fcntl, "flock", late)
    with locks.locked(str(path), "me"):
        assert len(locked) == 2
        assert json.loads(path.read_text(encoding="utf-8"))["who"] == "me"


def test_the_lock_cannot_be_opened_by_others(path):
    with locks.locked(str(path)):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("what", ["link", "fifo", "another user's", "hard link"])
def test_what_is_no_lock_of_roots_makes_way(path, tmp_path, what):
    outside = tmp_path / "outside"
    outside.write_text("root's")
    if what == "link":
        os.symlink(outside, path)
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "hard link":
        os.link(outside, path)
    else:
        path.write_text("mine")
        os.chown(path, 65534, 65534)
    with locks.locked(str(path), "me"):
        assert json.loads(path.read_text(encoding="utf-8"))["who"] == "me"
    assert outside.read_text() == "root's" and stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_lock_that_others_could_open_makes_way_once_it_is_free(path):
    with open(path, "a+", encoding="utf-8") as other:  # as an earlier version left it
        os.chmod(path, 0o644)
        with locks.locked(str(path)):
            assert not os.path.samestat(os.fstat(other.fileno()), os.stat(path))
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which holds nobody up


def test_who_finds_a_watchdog_is_told_that_it_rolls_back_and_whose_change(path):
    with locks.locked(str(path), "root@deploy", rollback=True):
        with pytest.raises(locks.Busy, match=r"a watchdog holds .*\(root@deploy, process .*rolls back a change that was not confirmed") as busy:
            with locks.locked(str(path), "ann@desk"):
                pass
        assert busy.value.who == "root@deploy" and busy.value.rollback and busy.value.since


@pytest.mark.parametrize("text", ["", "root@deploy, process 7, since yesterday", "[1]", '{"rollback": "no, since '])
def test_a_lock_that_does_not_say_who_holds_it_is_held_all_the_same(path, text):
    with open(path, "a+", encoding="utf-8") as other:
        other.write(text)
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(locks.Busy, match="another run holds the lock .*holder unknown") as busy:
            with locks.locked(str(path)):
                pass
    assert busy.value.who is None and busy.value.pid is None and not busy.value.rollback
