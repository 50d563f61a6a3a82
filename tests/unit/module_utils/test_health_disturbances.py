# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop of the monitor, with the defaults, while trunks come and go and the clock is set: what changes a state, and what
does not."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import lease, main, watch
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

from support.unit.health import refused_event, silent_event

DEFAULTS = {name: schema.HEALTH[name].default for name in ("interval", "down_after", "up_after")}
BREAKER = {name: field.default for name, field in schema.BREAKER.items()}
UP, DOWN = "OK (3 ms)", "UNREACHABLE"


@pytest.fixture(autouse=True)
def defaults(dialer):
    dialer.follow(7, breaker=BREAKER, digest="defaults", **DEFAULTS)


def peer(dialer, state):
    """Asterisk finds that carrier_a is so, and says it."""
    dialer.asterisk.peers["carrier_a"] = state
    dialer.hear({"Event": "PeerStatus", "Peer": "SIP/carrier_a", "PeerStatus": "Reachable" if state == UP else "Unreachable"})


def flap(dialer, seconds, times):
    for _time in range(times):
        for state in (DOWN, UP):
            before = dialer.clock.passed
            peer(dialer, state)
            dialer.ticks(seconds - int(dialer.clock.passed - before))


class TestFlapping:
    """Each change is a check at once, beside the one each 10 s."""

    @pytest.mark.parametrize("offset", range(10))
    def test_one_that_comes_and_goes_each_five_seconds_keeps_its_state(self, dialer, offset):
        dialer.ticks(1 + offset)
        flap(dialer, 5, 60)
        assert dialer.told == [] and dialer.state() == "in service"
        peer(dialer, DOWN)
        dialer.ticks(40)
        assert dialer.state() == "suspended"
        flap(dialer, 5, 60)
        assert [event["state"] for event in dialer.told] == ["suspended"]

    @pytest.mark.parametrize("seconds", [1, 2, 3, 7, 10, 15])
    def test_nor_does_it_change_with_each_change_at_other_rates(self, dialer, seconds):
        dialer.ticks(3)
        flap(dialer, seconds, 40)
        assert len(dialer.told) <= 1

    def test_it_is_back_within_forty_seconds_when_it_stays(self, dialer):
        peer(dialer, DOWN)
        dialer.ticks(40)
        flap(dialer, 5, 10)
        peer(dialer, UP)
        dialer.ticks(40)
        assert dialer.state() == "in service"


STEPS = [3600.0, -3600.0]


class TestClock:
    @pytest.mark.parametrize("step", STEPS)
    def test_the_lease_of_a_suspended_trunk_is_right_within_ten_seconds(self, dialer, step):
        peer(dialer, DOWN)
        dialer.ticks(40)
        assert dialer.state() == "suspended"
        dialer.clock.stepped = step
        dialer.ticks(watch.AT_LEAST)
        for _second in range(120):
            dialer.ticks()
            ahead = int(dialer.asterisk.globals["TRUNKS_COOL_DOWN_carrier_a"]) - dialer.clock.time()
            assert lease.OURS < ahead <= lease.LEASE
        assert len(dialer.told) == 1 and dialer.state() == "suspended"
        peer(dialer, UP)
        dialer.ticks(50)
        assert dialer.state() == "in service"
        assert int(dialer.asterisk.globals["TRUNKS_COOL_DOWN_carrier_a"]) < dialer.clock.time()

    @pytest.mark.parametrize("step", STEPS)
    def test_it_suspends_nothing(self, dialer, step):
        dialer.ticks(15)
        for number in range(19):
            dialer.hear(refused_event(Linkedid=str(number), Seconds="1"))
        for number in range(2):
            dialer.hear(silent_event(Linkedid=f"a{number}", Trunk="carrier_b"))
            dialer.ticks(10)
        dialer.clock.stepped = step
        # An attempt over the step: its seconds are measured by the wall clock.
        dialer.hear(silent_event(Linkedid="b", Trunk="carrier_b", Seconds=str(int(7 + step))), refused_event(Linkedid="c", Seconds=str(int(7 + step))))
        dialer.ticks(60)
        assert dialer.told == [] and dialer.state() == dialer.state("carrier_b") == "in service" and dialer.logged == []

    @pytest.mark.parametrize("step", STEPS)
    def test_a_maintenance_ends_by_it(self, dialer, step):
        dialer.maintain(carrier_a=dialer.clock.time() + 1800)
        dialer.ticks(2)
        dialer.clock.stepped = step
        dialer.ticks(2)
        assert dialer.state() == ("in service" if step > 0 else "in maintenance")


TWO = """
import sys
from ansible_collections.dialer.trunks.plugins.module_utils._health import following, main
main.LOCK, following.run = sys.argv[1], lambda: (print("watches", flush=True), sys.stdin.read())
main.main()
print("ended", flush=True)
"""


def test_of_two_monitors_one_watches_and_the_other_ends(kept):
    """Two processes, as the unit and a line in cron.d start them."""
    def begin():
        return subprocess.Popen([sys.executable, "-c", TWO, main.LOCK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    with begin() as first:
        assert first.stdout.readline() == "watches\n"
        with begin() as second:
            assert second.communicate(timeout=20)[0] == f"another health monitor runs: process {first.pid}\nended\n" and second.returncode == 0
        first.kill()
        first.wait()
        with begin() as third:      # the first was killed, and its lock with it
            assert third.communicate(timeout=20)[0] == "watches\nended\n"
    with contextlib.suppress(FileNotFoundError), open(main.LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
