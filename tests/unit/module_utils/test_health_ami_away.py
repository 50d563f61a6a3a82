# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AMI away for an hour and for ever: real connections to a listener that does what a sick Asterisk may, and a clock that passes
where something waits."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sqlite3
import struct
import threading

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import events, lease, places

from support.unit.event_stream import memory
from support.unit.health import attempt_event
from support.unit.monitored import Monitored

BANNER = b"Asterisk Call Manager/5.0.2\r\n"
LATE = 0.002    # seconds of the real clock that a connection that hangs takes
GROWTH = 512    # KB

SICK = {
    "accepts and hangs": b"", "half a banner": BANNER[:11], "a banner and nothing else": BANNER, "half an answer": BANNER + b"Response: Succ",
    "refuses the login": BANNER + b"Response: Error\r\nMessage: Authentication failed\r\n\r\n",
    "events before the answer": BANNER + b"Event: FullyBooted\r\n\r\n" * 3,
    "a line without an end": b"x" * 200000, "no text": bytes(range(256)) * 40,
}


class Listener:
    """AMI's end, on one port for ever. ``says``: what each connection gets; then it is closed (``closes``), reset or left open
    until the next one comes. None: nobody listens. A healthy one accepts the login and says the events."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.address = listening.getsockname()
        self.says, self.closes, self.healthy, self.accepted = b"", "", False, 0
        self._listening, self._thread = None, None

    def listen(self):
        self._listening = socket.create_server(self.address)
        self._thread = threading.Thread(target=self._serve, args=(self._listening,))
        self._thread.start()

    def _serve(self, listening):
        with contextlib.ExitStack() as last, contextlib.suppress(OSError):
            while True:
                connection, _address = listening.accept()
                last.close()
                self.accepted += 1
                with contextlib.suppress(OSError):
                    if self.healthy:
                        connection.sendall(BANNER)
                        connection.recv(4096)
                    connection.settimeout(0.1)
                    connection.sendall(self.says)
                if self.closes == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                last.callback(connection.close)
                if self.closes:
                    last.close()

    def stop(self):
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._thread.join(5)
            assert not self._thread.is_alive()
            self._listening = None


def text(event):
    return "".join(f"{name}: {value}\r\n" for name, value in event.items()) + "\r\n"


HEALTHY = ("Response: Success\r\nMessage: Authentication accepted\r\n\r\n" + text({"Event": "FullyBooted"}) + text(attempt_event())).encode()


@pytest.fixture
def manager():
    found = Listener()
    yield found
    found.stop()


@pytest.fixture
def dialer(kept, monkeypatch, manager):
    monkeypatch.setattr(events, "TIMEOUT", LATE)
    return Monitored(monkeypatch.setattr, manager.address)


def descriptors():
    gc.collect()    # what other tests have left
    return len(os.listdir("/proc/self/fd"))


def back(dialer, manager):
    """AMI is there again: within three seconds the monitor is connected and has the attempt."""
    manager.says, manager.closes, manager.healthy = HEALTHY, "", True
    events.TIMEOUT = 5
    dialer.ticks(3)
    said = dialer.status
    assert said["ami"]["since"] is not None and said["ami"]["trouble"] == ""
    with contextlib.closing(sqlite3.connect(places.ATTEMPTS)) as reading:
        assert reading.execute("SELECT trunk, result FROM attempts").fetchall() == [("carrier_a", "ANSWER")]


def connections(dialer):
    return dialer.asterisk.asked.count("manager show settings")


@pytest.mark.parametrize("closes", ["", "closed", "reset"])
@pytest.mark.parametrize("says", list(SICK))
def test_a_sick_one_is_tried_for_ever(dialer, manager, says, closes):
    manager.says, manager.closes = SICK[says], closes
    manager.listen()
    dialer.ticks(60)
    before, opened, began = memory(), descriptors(), dialer.clock.passed
    dialer.asterisk.asked.clear()
    dialer.ticks(300)
    assert dialer.status["ami"]["since"] is None and dialer.status["ami"]["trouble"]
    assert 0.8 <= connections(dialer) / ((dialer.clock.passed - began) / events.PAUSE) <= 1.01
    assert memory() - before < GROWTH and descriptors() <= opened + 1
    assert "s3cret" not in dialer.status["ami"]["trouble"] and dialer.status["attempts"]["lost"] == 0
    back(dialer, manager)


def test_nobody_listens_for_hours(dialer, manager):
    dialer.follow(8, interval=600, digest="d2")
    dialer.ticks(1000)
    before, opened = memory(), descriptors()
    dialer.asterisk.asked.clear()
    for _hour in range(3):
        dialer.ticks(3600)
        assert connections(dialer) in (1800, 1801)
        dialer.asterisk.asked.clear()
    assert memory() - before < GROWTH and descriptors() <= opened
    assert "refused" in dialer.status["ami"]["trouble"] and dialer.status["trouble"] == "" and dialer.logged == []
    manager.listen()
    back(dialer, manager)


def test_an_hour_without_it_changes_no_state_and_checks_go_on(dialer, manager):
    manager.says, manager.healthy = HEALTHY, True
    manager.listen()
    events.TIMEOUT = 5
    dialer.ticks(3)
    assert dialer.status["ami"]["since"] is not None
    manager.stop()
    dialer.ticks(600)
    assert dialer.told == [] and dialer.asterisk.set() == {}
    dialer.suspend()
    assert dialer.state() == "suspended"
    dialer.ticks(2400)
    assert dialer.clock.time() < int(dialer.asterisk.globals["TRUNKS_COOL_DOWN_carrier_a"]) <= dialer.clock.time() + lease.LEASE
    dialer.asterisk.peers["carrier_a"] = "OK (3 ms)"
    dialer.ticks(600)
    assert dialer.state() == "in service" and [event["state"] for event in dialer.told] == ["suspended", "in service"]
    manager.healthy = False
    manager.listen()
    os.unlink(places.ATTEMPTS)
    dialer.watch._log.close()
    back(dialer, manager)
