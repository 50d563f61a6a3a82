# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of the monitor: which orders it follows, when it becomes another program, and when it ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import AMI_USER, MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._generation.store import Foreign, Store
from ansible_collections.dialer.trunks.plugins.module_utils._health import main

from support.unit.health import Clock

AMI = "[trunks]\nsecret=0123abc\n"


class Became(Exception):
    """The process has become another program."""


class Watch:
    """A monitor whose ticks the test gives: one step is done in each, and the last ends the test if nothing else does."""

    steps: list = []

    def __init__(self, _cli, program):
        self.program, self.did = program, []
        Watch.made.append(self)

    def follow(self, number, orders, secret, open_file):
        self.open_file = open_file
        self.did.append(("follow", number, orders["interval"], secret))
        self.orders = orders

    def tick(self, _seconds):
        self.did.append("tick")
        if not self.steps:
            raise AssertionError("it did not end")
        self.steps.pop(0)()

    def save(self):
        self.did.append("save")

    def end(self):
        self.did.append("end")


@pytest.fixture
def store(kept):
    (kept / "etc").mkdir()
    return Store(str(kept / "etc"), os.getegid())


@pytest.fixture
def lines(monkeypatch):
    """What is in syslog."""
    found = []
    monkeypatch.setattr(main.syslog, "syslog", lambda _level, text: found.append(text))
    monkeypatch.setattr(main.syslog, "openlog", lambda name: None)
    return found


@pytest.fixture
def made(store, lines, monkeypatch):
    """The monitors that were made. The program p1 is installed."""
    Watch.made, Watch.steps = [], []
    clock = Clock()
    clock.sleep = lambda _seconds: Watch.steps.pop(0)() if Watch.steps else pytest.fail("it did not end")

    def execve(*arguments):
        raise Became(*arguments)
    monkeypatch.setattr(main.watch, "Watch", Watch)
    monkeypatch.setattr(main.generations, "of_dialer", lambda: store)
    monkeypatch.setattr(main.cli, "process", lambda: (1, 0, 0))
    monkeypatch.setattr(main, "time", clock)
    monkeypatch.setattr(main.os, "execve", execve)
    os.makedirs(monitor.PROGRAMS)
    install("p1")
    mask, handlers = os.umask(0o022), [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    yield Watch.made
    os.umask(mask)
    for number, handler in handlers:
        signal.signal(number, handler)


def install(program):
    os.makedirs(os.path.join(monitor.PROGRAMS, program), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(monitor.LINK)
    os.symlink(os.path.join("programs", program), monitor.LINK)


def switch(store, program="p1", interval=10):
    """Put a generation in force: with this program, or without a monitor."""
    files = {MONITOR: json.dumps({"program": program, "interval": interval}), AMI_USER: AMI} if program else {"rtp.conf": "rtpstart=1\n"}
    store.switch(store.write(files, store.files(store.linked())))


def run(*steps):
    Watch.steps[:] = steps
    main.main()
    assert Watch.steps == []


class TestOrders:
    def test_it_follows_each_generation_and_ends_without_orders(self, made, store, lines):
        switch(store)
        run(lambda: None, lambda: switch(store, interval=5), lambda: None, lambda: switch(store, program=None))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "tick", ("follow", 2, 5, "0123abc"), "tick", "tick", "end"]
        assert made[0].orders["digest"] == monitor.orders_digest(store.read(2, MONITOR))
        assert (made[0].program, lines) == ("p1", [])

    @pytest.mark.parametrize("files", [None, {"rtp.conf": "rtpstart=1\n"}])
    def test_without_orders_it_ends_at_once(self, made, store, files):
        if files:
            store.switch(store.write(files, {}))
        run()
        assert made[0].did == ["end"]

    def test_until_asterisk_runs_it_is_not_known_where_they_are(self, made, store, kept, monkeypatch):
        """With Asterisk as root, and a directory that belongs to Debian's user asterisk, which root does not trust as long as
        Asterisk does not run. After a boot the monitor is there first; systemd does not start one again that has ended."""
        switch(store)
        running = []
        apart = Store(store.shared.place, os.getegid(), str(kept / "state"))
        monkeypatch.setattr(main.generations, "of_dialer", lambda: store if running else apart)
        monkeypatch.setattr(main.cli, "process", lambda: running and (1, 0, 0) or None)
        run(lambda: None, lambda: running.append(1), lambda: switch(store, program=None))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "end"]

    def test_once_it_has_followed_some_it_ends_without_asterisk_too(self, made, store, monkeypatch):
        switch(store)
        run(lambda: (monkeypatch.setattr(main.cli, "process", lambda: None), store.switch(None)))
        assert made[0].did[-1] == "end"


    def test_it_opens_files_of_the_generation_that_it_follows(self, made, store):
        def look():
            descriptor = made[0].open_file("decks/a.csv")
            assert os.read(descriptor, 99) == b"1,0.5\n" and not os.get_inheritable(descriptor)
            os.close(descriptor)
            for path in ("decks/b.csv", "decks", "decks/../../1/link"):
                with pytest.raises((OSError, Foreign)):
                    made[0].open_file(path)
            switch(store, program=None)
        store.switch(store.write({MONITOR: json.dumps({"program": "p1", "interval": 10}), "decks/a.csv": "1,0.5\n"}, {}))
        run(look)


class TestProgram:
    def test_another_one_that_is_installed_takes_over(self, made, store, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", "/elsewhere")
        monkeypatch.setenv("LANG", "C.UTF-8")
        switch(store)
        with pytest.raises(Became) as became:
            run(lambda: (switch(store, program="p2"), install("p2")))
        path, command, environment = became.value.args
        assert (path, command) == (sys.executable, [sys.executable, "-B", "-m", monitor.PACKAGE + "_health.main"])
        assert environment == {**os.environ, "PYTHONPATH": monitor.LINK} and environment["LANG"] == "C.UTF-8"
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "save"]

    def test_until_it_is_installed_the_former_orders_hold(self, made, store):
        switch(store)
        with pytest.raises(Became):
            run(lambda: switch(store, program="p2"), lambda: None, lambda: install("p2"))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "tick", "tick", "save"]

    def test_one_that_was_started_too_early_waits(self, made, store):
        switch(store, program="p2")
        with pytest.raises(Became):
            run(lambda: None, lambda: install("p2"))
        assert made[0].did == ["save"]


class TestOnlyOne:
    def test_a_second_monitor_returns_at_once(self, made, store):
        switch(store)
        with open(main.LOCK, "w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            run()
        assert made == []

    def test_a_file_of_one_that_has_ended_is_no_obstacle(self, made, store):
        run()
        assert not os.path.exists(main.LOCK)    # it leaves nothing
        open(main.LOCK, "w").close()            # as one that was killed does
        run()
        assert len(made) == 2

    def test_the_lock_is_not_for_those_whom_it_starts(self, made, store):
        switch(store)
        held = []

        def look():
            with open(main.LOCK) as lock:
                held.append([os.get_inheritable(int(number)) for number in os.listdir("/proc/self/fd")
                             if os.path.exists(f"/proc/self/fd/{number}") and os.path.samestat(os.stat(f"/proc/self/fd/{number}"), os.fstat(lock.fileno()))])
            switch(store, program=None)
        run(look)
        assert held == [[False, False]]     # the monitor's own and this test's


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_saves_and_releases_nothing(self, made, store, number, lines):
        switch(store)
        run(lambda: os.kill(os.getpid(), number))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "save"] and lines == []

    def test_an_error_is_logged_and_ends_it(self, made, store, lines):
        switch(store)

        def fail():
            raise KeyError("odd")
        with pytest.raises(KeyError):
            run(fail)
        assert lines == ["the monitor ended: KeyError: 'odd'"] and made[0].did[-1] == "tick"

    def test_what_it_writes_is_for_root_alone(self, made, store):
        run()
        assert os.umask(0o022) == 0o077
