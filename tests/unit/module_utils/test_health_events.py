# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to AMI: where it goes, when it is made anew, and why there is none."""

from __future__ import annotations

import socket
import types

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import ami, events
from ansible_collections.dialer.trunks.plugins.module_utils._health.events import Events

from support.unit.health import NOW, Asterisk, Clock

BOOTED = {"Event": "FullyBooted"}


class Manager:
    """Asterisk's end: what each connection brings. ``fault`` is raised by what ``at`` names."""

    def __init__(self):
        self.made, self.closed, self.pings, self.fault, self.at = [], 0, 0, None, ""

    def __call__(self, host, port, user, secret, timeout):
        self.made.append((host, port, user, secret))
        return types.SimpleNamespace(connect=lambda: self.do("connect"), read=self.read, ping=self.ping, close=self.close,
                                     messages=types.SimpleNamespace(dropped=2))

    def do(self, what):
        if self.fault is not None and self.at == what:
            raise self.fault

    def read(self, _seconds):
        self.do("read")
        return [BOOTED]

    def ping(self):
        self.pings += 1
        self.do("ping")

    def close(self):
        self.closed += 1


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(events, "time", found)
    return found


@pytest.fixture
def manager(monkeypatch):
    found = Manager()
    monkeypatch.setattr(events.ami, "Client", found)
    return found


@pytest.fixture(name="asterisk")
def _asterisk():
    return Asterisk()


@pytest.fixture
def reading(asterisk, manager, clock):
    found = Events(asterisk.cli)
    found.log_in_as("trunks", "s3cret")
    return found


@pytest.mark.parametrize("shown, there", [
    ("127.0.0.1:5038", ("127.0.0.1", 5038)), ("0.0.0.0:5039", ("127.0.0.1", 5039)), ("[::]:5038", ("127.0.0.1", 5038)),
    ("198.18.0.11:5038", ("198.18.0.11", 5038)), ("[::1]:5038", ("::1", 5038))])
def test_it_connects_to_where_asterisk_says_that_it_listens(asterisk, manager, reading, shown, there):
    asterisk.ami["TCP Bindaddress"] = shown
    assert reading.since is None
    assert reading.read(1) == [BOOTED]
    assert manager.made == [(*there, "trunks", "s3cret")] and (reading.since, reading.trouble) == (NOW, "")
    reading.read(1)
    assert len(manager.made) == 1


def test_ami_is_off_and_then_on(asterisk, manager, reading, clock):
    asterisk.ami["Manager (AMI)"] = "No"
    assert reading.read(1) == [] and "enabled=no" in reading.trouble and clock.passed == 1
    asterisk.ami["Manager (AMI)"] = "Yes"
    assert reading.read(1) == [] and manager.made == []     # not asked again yet: each try is a command of Asterisk
    assert len(asterisk.asked) == 1
    assert reading.read(1) == [BOOTED] and reading.trouble == ""


@pytest.mark.parametrize("fault, text", [
    (ami.Refused("Authentication failed"), "Authentication failed"), (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
    (socket.timeout("AMI did not answer the login within 5 s"), "within 5 s")])
def test_a_login_that_fails_is_tried_again_after_a_pause(manager, reading, clock, fault, text):
    manager.fault, manager.at = fault, "connect"
    for _second in range(9):
        assert reading.read(1) == []
    assert len(manager.made) == 5 and text in reading.trouble and reading.since is None and reading.logins == 0
    manager.fault = None
    assert [reading.read(1) for _second in range(2)][-1] == [BOOTED]
    assert (reading.trouble, reading.since) == ("", NOW + clock.passed)


def test_a_connection_that_hangs_leaves_time_for_other_work(manager, reading, clock):
    manager.fault, manager.at = socket.timeout("timed out"), "connect"
    connect = manager.do
    manager.do = lambda what: (clock.sleep(events.TIMEOUT), connect(what))
    for _second in range(7 * 4):
        reading.read(1)
    assert clock.passed / len(manager.made) >= events.TIMEOUT + events.PAUSE


def test_asterisk_that_does_not_answer(asterisk, manager, reading):
    asterisk.silent = True
    assert reading.read(0.5) == [] and manager.made == [] and reading.trouble


@pytest.mark.parametrize("fault", [ConnectionResetError("AMI closed the connection"), OSError(113, "No route to host")])
def test_a_connection_that_is_lost_is_made_anew(manager, reading, clock, fault):
    reading.read(1)
    clock.passed += 100
    manager.fault, manager.at = fault, "read"
    assert reading.read(1) == []
    assert (reading.since, reading.trouble, manager.closed) == (None, str(fault), 1)
    manager.fault = None
    assert reading.logins == 1
    assert reading.read(1) == [BOOTED] and len(manager.made) == 2 and reading.since == NOW + 100
    assert reading.logins == 2
    assert reading.dropped == 4     # of both connections


def test_pings(manager, reading, clock):
    for _second in range(100):
        reading.read(1)
        clock.passed += 1
    assert manager.pings == 4
    manager.fault, manager.at = socket.timeout("AMI has not answered a ping for 20 s"), "ping"
    clock.passed += events.PING
    assert reading.read(1) == []
    assert reading.since is None and "ping" in reading.trouble and manager.closed == 1


def test_another_secret_is_another_login(manager, reading, clock):
    reading.read(1)
    reading.log_in_as("trunks", "s3cret")
    assert manager.closed == 0
    reading.log_in_as("trunks", "other")
    assert manager.closed == 1
    assert reading.read(1) == [BOOTED]      # without the pause
    assert [login[2:] for login in manager.made] == [("trunks", "s3cret"), ("trunks", "other")]


def test_closed_twice(manager, reading):
    reading.read(1)
    reading.close()
    reading.close()
    assert manager.closed == 1 and reading.since is None
