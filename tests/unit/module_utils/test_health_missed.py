# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts that end while the monitor is not connected to AMI: what is counted, stored and said of them."""

from __future__ import annotations

import os

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, missed

from support.unit.health import attempt_event
from support.unit.monitored import rows

PONG = {"Response": "Success", "Ping": "Pong", "Timestamp": "1800000000.1"}


def reconnect(dialer, *messages):
    dialer.events.connect()
    dialer.hear(*messages)


def settle(dialer):
    dialer.hear(PONG)
    dialer.ticks(10)


def counts(dialer):
    """What is said of missing attempts, and what is stored."""
    return (dialer.status["attempts"]["missed"], dialer.status["attempts"]["lost"],
            rows("SELECT count(*) FROM attempts")[0][0], rows("SELECT ifnull(sum(attempts), 0) FROM lost")[0][0])


def test_those_without_an_event_are_counted_and_told_once(dialer, kept):
    dialer.follow(7, metrics_file=str(kept / "trunks.prom"), digest="d2")
    dialer.hear(*dialer.attempts(1, 2))
    dialer.events.disconnect()
    dialer.attempts(3, 4, 5)
    dialer.ticks(3)
    late, = dialer.attempts(6)      # it is on its way when the variable is read
    reconnect(dialer)
    dialer.hear(late, *dialer.attempts(7))
    dialer.ticks(10)
    assert counts(dialer) == (0, 0, 4, 0) and dialer.logged == []
    settle(dialer)
    assert counts(dialer) == (3, 3, 4, 3)
    settle(dialer)
    assert counts(dialer) == (3, 3, 4, 3) and dialer.status["trouble"] == ""
    assert dialer.logged == ["3 attempts ended while the monitor was not connected to AMI, and are missing in the attempt log"]
    assert "dialer_trunks_monitor_attempts_lost_total 3\n" in (kept / "trunks.prom").read_text()


def test_an_hour_without_ami_is_counted_as_it_goes_and_one_line(dialer):
    dialer.hear(*dialer.attempts(1))
    dialer.events.disconnect()
    dialer.asterisk.asked = []
    for number in range(2, 182):
        dialer.attempts(number)
        dialer.ticks(20)
    assert 175 <= counts(dialer)[0] <= 180 and counts(dialer)[3] == counts(dialer)[0]
    assert 175 <= dialer.asterisk.asked.count("dialplan show globals") <= 185
    reconnect(dialer)
    settle(dialer)
    assert counts(dialer) == (180, 180, 1, 180) and len(dialer.logged) == 1 and dialer.logged[0].startswith("180 attempts ended")


def test_while_it_is_connected_nothing_is_asked(dialer):
    dialer.ticks()
    dialer.asterisk.asked = []
    for number in range(1, 60):
        dialer.hear(PONG, *dialer.attempts(number))
    assert "dialplan show globals" not in dialer.asterisk.asked and counts(dialer) == (0, 0, 59, 0)


@pytest.mark.parametrize("gracefully", [True, False])
def test_after_a_restart_of_the_monitor(dialer, gracefully):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1, 2))
    dialer.attempts(3, 4)
    if gracefully:
        dialer.watch.save()
    dialer.start()
    dialer.hear(*dialer.attempts(5))
    settle(dialer)
    assert counts(dialer) == (2, 2, 3, 2)


def test_after_a_restart_without_ami_an_event_may_still_be_on_its_way(dialer):
    dialer.ticks(20)
    dialer.events.disconnect()
    late = dialer.attempts(1)
    dialer.ticks()
    dialer.start()
    dialer.events.since, dialer.events.logins = None, 0
    dialer.ticks(19)
    reconnect(dialer, *late)
    settle(dialer)
    assert counts(dialer) == (0, 0, 1, 0)


def test_what_was_not_stored_when_it_was_killed_is_counted(dialer, monkeypatch):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1))
    monkeypatch.setattr(dialer.watch, "_keep", lambda *_found: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        dialer.hear(*dialer.attempts(2, 3))
    dialer.start()
    dialer.ticks()
    settle(dialer)
    assert counts(dialer) == (2, 2, 1, 2)


def test_after_a_restart_of_asterisk(dialer, monkeypatch):
    dialer.ticks(20)
    dialer.hear(*dialer.attempts(1, 2))
    dialer.events.disconnect()
    dialer.attempts(3)
    dialer.ticks()
    dialer.asterisk.silent = True
    dialer.ticks(30)
    dialer.asterisk.silent = False
    monkeypatch.setattr(missed.asterisk, "process", lambda: (os.getppid(), 0, 0))
    dialer.attempts(1, 2)
    reconnect(dialer, *dialer.attempts(3))
    settle(dialer)
    assert counts(dialer) == (3, 3, 3, 3)


def test_it_is_replaced_while_it_is_asked(dialer, monkeypatch):
    """Whose value it is cannot be said: nothing is counted, and all is again from the next look on."""
    dialer.ticks()
    dialer.hear(*dialer.attempts(1))
    pids = iter([os.getpid(), os.getppid()])
    monkeypatch.setattr(missed.asterisk, "process", lambda: (next(pids, os.getppid()), 0, 0))
    dialer.attempts(500)
    reconnect(dialer, *dialer.attempts(501))
    settle(dialer)
    dialer.ticks(20)
    dialer.events.disconnect()
    dialer.attempts(504)
    reconnect(dialer)
    settle(dialer)
    assert counts(dialer) == (3, 3, 2, 3)


@pytest.mark.parametrize("value", ["x", "99999999999999999999", "1e+20", "-5"])
def test_an_odd_variable_counts_nothing(dialer, value):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1))
    dialer.asterisk.globals["TRUNKS_SERIAL"] = value
    reconnect(dialer, attempt_event(Serial=value))
    settle(dialer)
    assert counts(dialer) == (0, 0, 2, 0)


@pytest.mark.parametrize("serial", ["999999999999", "99999999999999999999", "x", "-1", "", "7"])
def test_a_hostile_event_makes_the_count_no_larger(dialer, serial):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1, 2))
    dialer.hear(attempt_event(Serial=serial), attempt_event(Serial=serial, Trunk="../x"))
    dialer.events.disconnect()
    dialer.attempts(5)
    reconnect(dialer)
    settle(dialer)
    assert counts(dialer)[:2] == (3, 3) and dialer.status["ami"]["odd"] == 1


def test_an_odd_event_was_seen_and_is_not_missing(dialer):
    """Such as of a trunk that was removed while the call was in progress."""
    dialer.ticks()
    dialer.hear(*dialer.attempts(1), {**dialer.attempts(2)[0], "Trunk": "gone"})
    reconnect(dialer)
    settle(dialer)
    assert counts(dialer) == (0, 0, 1, 0) and dialer.status["ami"]["odd"] == 1


def test_a_dialplan_without_numbers(dialer):
    dialer.ticks()
    dialer.hear(attempt_event())
    reconnect(dialer, attempt_event(Linkedid="8"))
    settle(dialer)
    assert counts(dialer) == (0, 0, 2, 0)


def test_what_ends_after_the_monitor_was_removed_is_not_missed(dialer):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1))
    dialer.watch.end()
    dialer.attempts(1000)
    dialer.start()
    dialer.ticks()
    settle(dialer)
    assert counts(dialer) == (0, 0, 1, 0)


def test_a_full_disk_counts_nothing_twice(dialer, monkeypatch):
    dialer.ticks()
    dialer.hear(*dialer.attempts(1))
    real = attempt_log.store.Store.add
    monkeypatch.setattr(attempt_log.store.Store, "add", lambda *_arguments: (_ for _ in ()).throw(attempt_log.store.Full("full")))
    dialer.hear(*dialer.attempts(2, 3))
    dialer.events.disconnect()
    dialer.attempts(4)
    reconnect(dialer)
    settle(dialer)
    dialer.start()      # what waited is gone
    dialer.ticks()
    monkeypatch.setattr(attempt_log.store.Store, "add", real)
    dialer.ticks(10)
    settle(dialer)
    assert counts(dialer) == (3, 3, 1, 3)
