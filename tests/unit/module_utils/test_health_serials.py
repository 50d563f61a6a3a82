# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many attempts are missing, from their serial numbers: nothing is counted that was seen, whatever happens."""

from __future__ import annotations

import json
import random

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import serials
from ansible_collections.dialer.trunks.plugins.module_utils._health.serials import Serials

ONE, OTHER = "100:5", "200:9"       # two processes of Asterisk


def counted(*steps, asterisk=ONE):
    """What is missing after these steps: a number is an event's, ("read", value) the variable's, "settle" counts."""
    found, missing = Serials(), 0
    for step in steps:
        if step == "settle":
            missing += found.settle()
        elif step == "restart":     # of the monitor
            text, found = found.saved(), Serials()
            found.restore(text)
        elif step == "forget":
            found.forget()
        elif isinstance(step, tuple):
            missing += found.read(step[1], step[2] if len(step) > 2 else asterisk)
        else:
            found.seen(step)
    return missing


BEGIN = (("read", 10), "settle")


@pytest.mark.parametrize("steps, missing", [
    (BEGIN, 0),                                                                 # what ended before the first look is not missing
    ((*BEGIN, 11, 12, ("read", 12), "settle"), 0),
    ((*BEGIN, 11, 12, ("read", 15), "settle"), 3),                              # a gap
    ((*BEGIN, 11, 12, ("read", 15), "settle", "settle", ("read", 15), "settle"), 3),    # which is counted once
    ((*BEGIN, 11, 12, ("read", 15), 13, 16, 17, 15, "settle"), 1),              # events that are late; 14 is missing
    ((*BEGIN, ("read", 15), 16, 17, "settle", ("read", 17), "settle"), 5),      # what comes after a login is no gap
    ((*BEGIN, 11, ("read", 15), 16, ("read", 18), "settle"), 6),                # lost again before it settled: 12-15, 17, 18
    ((*BEGIN, 12, 11, 14, 13, ("read", 14), "settle"), 0),                      # out of order
    ((*BEGIN, 11, 11, 11, 12, ("read", 12), "settle"), 0),                      # a lost update: two attempts, one number
    ((*BEGIN, 11, 12, 13, ("read", 11), "settle", 12, 13, ("read", 13), "settle"), 0),   # the variable went back
    ((*BEGIN, 11, ("read", 8), "settle", 9, ("read", 11), "settle"), 2),
    ((*BEGIN, 11, ("read", 13), "restart", ("read", 14), "settle"), 3),         # the monitor was restarted
    ((*BEGIN, 11, ("read", 13), 14, "restart", ("read", 14), "settle"), 2),
    ((*BEGIN, 11, ("read", 3, OTHER), "settle"), 3),                            # Asterisk was restarted
    ((*BEGIN, 11, ("read", 3, OTHER), 2, 4, "settle", 5, ("read", 5, OTHER), "settle"), 2),
    ((*BEGIN, 11, ("read", 13), ("read", 2, OTHER), "settle"), 4),              # and its last attempts were not seen either
    ((*BEGIN, 11, ("read", 13), "restart", ("read", 20, OTHER), "settle"), 22),
    ((*BEGIN, 11, ("read", 2, None), "settle", ("read", 4, None), "settle"), 2),    # which process has it is not known
    ((*BEGIN, 11, ("read", 13, None), "settle", ("read", 14, ONE), "settle"), 3),
    ((*BEGIN, "forget", 11, ("read", 20), "settle", ("read", 21), "settle"), 1),
    ((*BEGIN, 999_999_999_999, ("read", 12), "settle"), 2),                     # a hostile number counts for nothing
    ((*BEGIN, 999_999_999_999, 500, ("read", 600), "settle"), 589),             # and hides at most its own
    ((*BEGIN, *range(1000, 100_000, 7), ("read", 12), "settle", 13, ("read", 15), "settle"), 2),
    ((*BEGIN, 999_999_999_999, ("read", 12), "restart", ("read", 14), "settle"), 4),
    ((*BEGIN, 0, 5, ("read", 10), "settle"), 0),
    ((5, 6, "settle", ("read", 6), "settle"), 0),                               # before the first look
])
def test_what_is_missing(steps, missing):
    assert counted(*steps) == missing


@pytest.mark.parametrize("text, number", [
    ("7", 7), ("0", 0), ("", None), ("x", None), ("-1", None), ("1e+20", None), ("\u0663", None), ("1 2", None),
    ("999999999999", serials.LARGEST), ("1000000000000", None), ("99999999999999999999", None), ("9" * 100_000, None)])
def test_numbers(text, number):
    assert serials.number(text) == number


@pytest.mark.parametrize("lines, value", [("   TRUNKS_SERIAL=12\n", 12), ("", 0), ("   TRUNKS_SERIAL=\n", 0), ("   TRUNKS_SERIAL=x\n", None)])
def test_the_variable(lines, value):
    assert serials.parse_globals(f"   TRUNK=SIP/x\n{lines}\n    -- 2 variable(s)\n") == value


def test_many_numbers_take_no_memory():
    found = Serials()
    found.read(0, ONE)
    for number in range(1, 200_000):
        found.seen(number if number < 100_000 else number * 3)
    assert len(found.saved()) < 5000


@pytest.mark.parametrize("text", [
    "", "x", "[]", "7", "{}", json.dumps({"ranges": [[0, 5]], "asterisk": None}),
    *(json.dumps({"ranges": ranges, "asterisk": ONE, "read": None})
      for ranges in ([], [[]], [[1, 5]], [[0, 5], [5, 9]], [[0, 5], [9, 7]], [[0]], [[0, "5"]], [[0, 5], 7], [[0, 10 ** 13]], 5, None, [None])),
    json.dumps({"ranges": [[0, 5]], "asterisk": 7, "read": None}), json.dumps({"ranges": [[0, 5]], "asterisk": ONE, "read": -1})])
def test_odd_saved_numbers_begin_anew(text):
    found = Serials()
    found.restore(text)
    assert not found.known and found.saved() == ""
    assert found.read(1000, ONE) == 0 and found.settle() == 0


class Simulated:
    """A dialer: attempts that end, whose events are on their way for a while, and a monitor that loses its connection, is
    killed and comes back, and Asterisk, too. ``hard``: also what makes the count too low, and nothing else may."""

    def __init__(self, dice, hard):
        self.dice, self.hard = dice, hard
        self.variable, self.asterisk, self.connected = dice.randrange(5), 0, False
        self.on_their_way, self.lost, self.unstored, self.stored, self.ended = [], 0, 0, 0, 0
        self.serials, self.missing = Serials(), 0
        self.disk = "", 0       # what is stored of the numbers, and of those that are missing
        self.login()
        self.settle()
        self.store()

    def attempt(self):
        self.ended += 1
        if not (self.hard and self.dice.random() < 0.1):    # two channels in the same instant
            self.variable += 1
        if self.hard and self.dice.random() < 0.02:
            self.variable = max(0, self.variable - self.dice.randrange(4))
        self.on_their_way.insert(self.dice.randrange(len(self.on_their_way) + 1), self.variable)

    def deliver(self):
        if self.on_their_way:
            number = self.on_their_way.pop(0)
            if self.connected:
                self.serials.seen(number)
                self.unstored += 1
            else:
                self.lost += 1

    def deliver_all(self):
        while self.on_their_way:
            self.deliver()

    def login(self):
        if not self.connected:
            self.connected = True
            self.missing += self.serials.read(self.variable, str(self.asterisk))

    def disconnect(self):
        self.connected = False

    def settle(self):
        self.deliver_all()      # PING seconds have passed
        self.missing += self.serials.settle()
        if not self.connected:
            self.missing += self.serials.read(self.variable, str(self.asterisk))

    def store(self):
        self.stored, self.unstored, self.disk = self.stored + self.unstored, 0, (self.serials.saved(), self.missing)

    def kill(self):
        self.connected = False
        self.lost, self.unstored = self.lost + self.unstored, 0
        text, self.missing = self.disk
        self.serials = Serials()
        self.serials.restore(text)

    def restart(self):
        if self.hard:
            self.connected, self.asterisk, self.variable = False, self.asterisk + 1, 0
            self.lost, self.on_their_way = self.lost + len(self.on_their_way), []

    def hostile(self):
        if self.hard and self.connected:
            self.serials.seen(self.dice.choice([self.variable + 1, self.dice.randrange(200), serials.LARGEST]))


@pytest.mark.parametrize("hard", [False, True])
def test_no_attempt_that_was_seen_is_counted(hard):
    steps = ["attempt"] * 12 + ["deliver"] * 12 + ["store"] * 4 + ["login"] * 2 + ["disconnect", "settle", "kill", "restart", "hostile"]
    missing = 0
    for seed in range(400):
        dialer = Simulated(random.Random(seed), hard)
        for _step in range(200):
            getattr(dialer, dialer.dice.choice(steps))()
            assert 0 <= dialer.missing <= dialer.lost + len(dialer.on_their_way)
        dialer.login()
        dialer.settle()
        dialer.store()
        dialer.kill()
        dialer.login()
        dialer.settle()
        assert dialer.ended == dialer.lost + dialer.stored
        assert dialer.missing <= dialer.lost if hard else dialer.missing == dialer.lost
        missing += dialer.missing
    assert missing > 1000
