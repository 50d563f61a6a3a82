# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of the monitor: which orders it follows, when it becomes another program, and when it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import AMI_USER, MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._generation.store import Foreign, Store
from ansible_collections.dialer.trunks.plugins.module_utils._health import following, main

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

    def leave(self):
        self.did.append("leave")

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
    monkeypatch.setattr(following.watch, "Watch", Watch)
    monkeypatch.setattr(following.generations, "of_dialer", lambda: store)
    monkeypatch.setattr(following.cli, "process", lambda: (1, 0, 0))
    monkeypatch.setattr(following, "time", clock)
    monkeypatch.setattr(following.os, "execve", execve)
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
        assert [watch.did for watch in made] == ([["end"]] if files else [])    # on a dialer without any, nothing is made

    def test_until_asterisk_runs_it_is_not_known_where_they_are(self, made, store, kept, monkeypatch):
        """With Asterisk as root, and a directory that belongs to Debian's user asterisk, which root does not trust as long as
        Asterisk does not run. After a boot the monitor is there first; systemd does not start one again that has ended."""
        switch(store)
        running = []
        apart = Store(store.shared.place, os.getegid(), str(kept / "state"))
        monkeypatch.setattr(following.generations, "of_dialer", lambda: store if running else apart)
        monkeypatch.setattr(following.cli, "process", lambda: running and (1, 0, 0) or None)
        run(lambda: None, lambda: running.append(1), lambda: switch(store, program=None))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "end"]

    def test_once_it_has_followed_some_it_ends_without_asterisk_too(self, made, store, monkeypatch):
        switch(store)
        run(lambda: (monkeypatch.setattr(following.cli, "process", lambda: None), store.switch(None)))
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
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "leave"]

    def test_until_it_is_installed_the_former_orders_hold(self, made, store):
        switch(store)
        with pytest.raises(Became):
            run(lambda: switch(store, program="p2"), lambda: None, lambda: install("p2"))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "tick", "tick", "leave"]

    def test_one_that_was_started_too_early_waits(self, made, store):
        switch(store, program="p2")
        with pytest.raises(Became):
            run(lambda: None, lambda: install("p2"))
        assert made[0].did == ["leave"]


class TestOnlyOne:
    def test_a_second_monitor_returns_at_once(self, made, store, capsys):
        switch(store)
        with locks.locked(main.LOCK):
            run()
        assert made == [] and f"process {os.getpid()}" in capsys.readouterr().out

    def test_it_does_not_read_the_program_first(self, kept):
        """Where there is no systemd, cron starts one each minute."""
        code = (f"import sys\nfrom {monitor.PACKAGE}_health import main\n"
                f"main.LOCK = {main.LOCK!r}\nmain.main()\nprint(len([name for name in sys.modules if name.startswith({monitor.PACKAGE!r})]))")
        with locks.locked(main.LOCK):
            done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True)
        assert int(done.stdout.split()[-1]) < 12 < len(monitor.MODULES)

    def test_a_file_of_one_that_has_ended_is_no_obstacle(self, made, store):
        run()
        assert not os.path.exists(main.LOCK)    # it leaves nothing
        switch(store)
        open(main.LOCK, "w").close()            # as one that was killed does
        run(lambda: switch(store, program=None))
        assert made[0].did[-1] == "end"

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
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "leave"] and lines == []

    def test_a_signal_to_one_that_is_removed_releases_all(self, made, store):
        """systemd sends one: the module has just taken the orders away."""
        switch(store)
        run(lambda: (switch(store, program=None), os.kill(os.getpid(), signal.SIGTERM)))
        assert made[0].did == [("follow", 1, 10, "0123abc"), "tick", "end"]

    def test_a_second_signal_does_not_interrupt_the_end(self, made, store, monkeypatch):
        switch(store)
        monkeypatch.setattr(Watch, "leave", lambda watch: (os.kill(os.getpid(), signal.SIGTERM), watch.did.append("leave")))
        run(lambda: os.kill(os.getpid(), signal.SIGTERM))
        assert made[0].did[-1] == "leave"

    def test_files_that_it_does_not_trust_are_logged_and_end_it(self, made, store, lines, monkeypatch):
        def foreign(*_arguments):
            raise safe_files.Foreign("health can be changed by others than root")
        switch(store)
        monkeypatch.setattr(following.watch, "Watch", foreign)
        with pytest.raises(SystemExit) as ended:
            run()
        assert ended.value.code == 1 and len(lines) == 1 and "than root" in lines[0]

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
