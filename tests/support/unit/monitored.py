# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialer with a monitor, whose Asterisk, AMI and clock are the test's."""
from __future__ import annotations

import json
import os
import sqlite3
import types
from contextlib import closing
from pathlib import Path

from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, maintenance, missed, places, watch

from support.unit.health import NOW, ORDERS, Asterisk, Clock, attempt_event

_SOON = 0.02    # seconds of the real clock in which a message on a socket comes


class Events:
    """The connection to AMI: the messages that wait, and those that come later."""

    def __init__(self, clock):
        self._clock, self.waiting, self.login = clock, [], None
        self.since, self.logins, self.trouble, self.dropped = NOW, 1, "", 0

    def log_in_as(self, *login):
        self.login = login

    def read(self, seconds):
        found, self.waiting = self.waiting, []
        if not found:
            self._clock.sleep(seconds)
        return found

    def connect(self):
        self.since, self.logins = self._clock.time(), self.logins + 1

    def disconnect(self):
        self.since = None

    def close(self):
        self.login = None


class Monitored:
    """A dialer with a monitor. ``put``: monkeypatch.setattr. ``logged``: the lines in syslog; ``told``: the events for the hooks.
    ``ami``: the address of an AMI on a socket, else the test gives the messages."""

    def __init__(self, put, ami=None):
        self.clock, self.asterisk, self.logged, self.told = Clock(), Asterisk(), [], []
        self.clock.passed = 1.0     # the monotonic clock of a machine is never 0
        self.files = {}     # {path within the generation: path}
        for module in (watch, attempt_log, missed):
            put(module, "time", self.clock)
        put(missed.asterisk, "process", lambda: (os.getpid(), 0, 0))
        if ami:
            self.asterisk.ami["TCP Bindaddress"] = "%s:%d" % ami
            put(watch.events, "time", self.clock)
            put(watch.events.Events, "read", self._read(watch.events.Events.read))
        else:
            put(watch.events, "Events", lambda _cli: Events(self.clock))
        put(watch, "syslog", types.SimpleNamespace(syslog=lambda _level, text: self.logged.append(text), LOG_WARNING=4, LOG_INFO=6))
        self.orders = ORDERS
        self.start()

    def _read(self, real):
        """Return a way to read from a socket in which only the test's clock passes while nothing comes."""
        def read(events, seconds):
            until = self.clock.passed + seconds
            found = real(events, min(seconds, _SOON))
            if not found:
                self.clock.passed = max(self.clock.passed, until)
            return found
        return read

    def start(self, number=7, **orders):
        self.watch = watch.Watch(self.asterisk.cli, "p1")
        self.events = self.watch._events
        self.watch._outlets.tell = self.told.append
        self.follow(number, **orders)

    def follow(self, number, **orders):
        self.orders = {**self.orders, **orders}
        self.watch.follow(number, self.orders, "s3cret", self.open_file)

    def open_file(self, path):
        return os.open(self.files[path], os.O_RDONLY)

    def ticks(self, count=1):
        for _tick in range(count):
            self.watch.tick(1.0)

    def hear(self, *messages):
        """A tick in which these messages arrive. Returns the seconds that it took."""
        self.events.waiting += messages
        before = self.clock.passed
        self.watch.tick(1.0)
        return self.clock.passed - before

    def maintain(self, text=None, **trunks):
        records = {name: {"reason": "works", "who": "anna", "since": self.clock.time(), "until": until} for name, until in trunks.items()}
        Path(places.MAINTENANCE).write_text(maintenance.write(records) if text is None else text)

    def attempts(self, *serials):
        """Attempts that end, with these serial numbers. Returns their events."""
        self.asterisk.globals["TRUNKS_SERIAL"] = str(max(serials))
        return [attempt_event(Serial=str(number), Key=f"V{number}", Linkedid=str(number)) for number in serials]

    def suspend(self):
        """Let carrier_a be suspended. Returns its lease."""
        self.asterisk.peers["carrier_a"] = "UNREACHABLE"
        self.ticks(2 * self.orders["interval"])
        return self.asterisk.set()["carrier_a"]

    @property
    def status(self):
        return json.loads(Path(monitor.STATUS).read_text())

    def state(self, trunk="carrier_a"):
        return self.status["trunks"][trunk]["state"]


def rows(query):
    """What the attempt log answers."""
    with closing(sqlite3.connect(f"file:{places.ATTEMPTS}?mode=ro", uri=True)) as reading:
        return reading.execute(query).fetchall()
