# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders of maintenance: what is written, what is refused, and how long is waited for."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, processes
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import maintenance, ordered, places

from support.unit.health import NOW, Asterisk

ON = {"trunk": "carrier_a", "state": "on", "reason": "carrier's works", "hours": "8", "wait": 0, "who": "anna@deploy"}
OFF = {**ON, "state": "off", "reason": ""}
RECORD = {"reason": "carrier's works", "who": "anna@deploy", "since": NOW, "until": NOW + 8 * 3600}


class Clock:
    """Time, in which the monitor and the calls go on while the module sleeps."""

    def __init__(self):
        self.now, self.meanwhile = NOW, []

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for step in self.meanwhile:
            step()


def records():
    return maintenance.read(Path(places.MAINTENANCE).read_text())


def say(**states):
    """Write what a running monitor says of its trunks."""
    trunks = {name: {"state": "in service"} for name in ("carrier_a", "carrier_b")}
    trunks.update({name: {"state": state} for name, state in states.items()})
    Path(monitor.STATUS).write_text(json.dumps({"process": processes.process(os.getpid()), "trunks": trunks}))


def obey():
    """Do as the monitor does."""
    say(**dict.fromkeys(maintenance.active(records(), ordered.time.time()), "in maintenance"))


@pytest.fixture
def clock(kept, monkeypatch):
    places.make()
    say()
    found = Clock()
    found.meanwhile.append(obey)
    monkeypatch.setattr(ordered, "time", found)
    return found


@pytest.fixture(name="asterisk")
def _asterisk(clock):
    return Asterisk()


def order(asterisk, options=ON, check=False, **changed):
    return ordered.order({**options, **changed}, asterisk.cli, check)


class TestRefused:
    """With nothing changed."""

    def test_without_a_monitor(self, asterisk):
        os.unlink(monitor.STATUS)
        with pytest.raises(ordered.Refused, match="dialer_health"):
            order(asterisk)

    def test_an_unknown_trunk(self, asterisk):
        with pytest.raises(ordered.Refused, match="'carrier_x'.*carrier_a, carrier_b"):
            order(asterisk, trunk="carrier_x")

    @pytest.mark.parametrize("changed, words", [
        ({"reason": ""}, "reason"), ({"reason": "   "}, "reason"), ({"reason": "a\nb"}, "reason"), ({"reason": "x" * 201}, "reason"),
        ({"hours": "eight"}, "'eight'"), ({"hours": "0"}, "hours"), ({"hours": "-1"}, "hours"), ({"hours": "nan"}, "hours"),
        ({"hours": "inf"}, "hours"), ({"hours": "9000"}, "hours"), ({"hours": ""}, "hours"), ({"hours": "Forever"}, "forever"),
    ])
    def test_options(self, asterisk, changed, words):
        with pytest.raises(ordered.Refused, match=words) as caught:
            order(asterisk, **changed)
        assert str(caught.value).endswith("Nothing was changed.")

    def test_a_file_that_is_not_ours(self, asterisk):
        Path(places.MAINTENANCE).write_text("{}")
        with pytest.raises(ordered.Refused, match="version and trunks"):
            order(asterisk)
        assert Path(places.MAINTENANCE).read_text() == "{}"

    def test_while_another_run_orders(self, asterisk, monkeypatch):
        monkeypatch.setattr(locks, "PATIENCE", 0)
        with locks.locked(ordered.LOCK, "bert@deploy"), pytest.raises(locks.Busy, match="bert@deploy"):
            order(asterisk)

    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, asterisk):
        yield
        assert not os.path.exists(places.MAINTENANCE) or Path(places.MAINTENANCE).read_text() == "{}"


class TestOn:
    def test_it_is_written_and_carried_out(self, asterisk):
        assert order(asterisk) == {"changed": True, "maintenance": RECORD, "calls": 2}
        assert records() == {"carrier_a": RECORD}
        assert stat.S_IMODE(os.stat(places.MAINTENANCE).st_mode) == 0o600

    @pytest.mark.parametrize("hours, until", [("0.5", NOW + 1800), ("forever", None)])
    def test_hours(self, asterisk, hours, until):
        assert order(asterisk, hours=hours)["maintenance"] == {**RECORD, "until": until}

    def test_the_same_order_twice_changes_nothing(self, asterisk, clock):
        order(asterisk)
        before = os.stat(places.MAINTENANCE)
        clock.now += 600
        assert order(asterisk) == {"changed": False, "maintenance": RECORD, "calls": 2}
        assert os.stat(places.MAINTENANCE) == before

    @pytest.mark.parametrize("changed", [{"reason": "more works"}, {"who": "bert@deploy"}, {"hours": "9"}, {"hours": "forever"}])
    def test_another_order_replaces_the_first(self, asterisk, clock, changed):
        order(asterisk)
        clock.now += 600
        found = order(asterisk, **changed)
        assert found["changed"] and found["maintenance"]["since"] > NOW + 600 - 1
        assert records() == {"carrier_a": found["maintenance"]}

    def test_one_that_has_expired_is_begun_anew(self, asterisk, clock):
        order(asterisk)
        clock.now += 9 * 3600
        assert order(asterisk)["maintenance"]["since"] > NOW + 9 * 3600 - 1

    def test_other_trunks_stay_and_expired_ones_go(self, asterisk, clock):
        order(asterisk, hours="1")
        clock.now += 1800
        order(asterisk, trunk="carrier_b")
        assert set(records()) == {"carrier_a", "carrier_b"}
        clock.now += 3600
        order(asterisk, trunk="carrier_b", reason="others")
        assert set(records()) == {"carrier_b"}

    def test_nobody_said_who(self, asterisk):
        assert order(asterisk, who=None)["maintenance"]["who"] == "unknown"


class TestOff:
    def test_it_ends(self, asterisk):
        order(asterisk)
        assert order(asterisk, OFF) == {"changed": True, "maintenance": None, "calls": 2}
        assert set(records()) == {"carrier_a"} and not maintenance.active(records(), NOW + 60)   # for the log to say who
        assert order(asterisk, OFF)["changed"] is False

    def test_without_a_file_none_is_written(self, asterisk, clock):
        clock.meanwhile.clear()
        assert order(asterisk, OFF)["changed"] is False and not os.path.exists(places.MAINTENANCE)


class TestCheckMode:
    def test_nothing_is_written_and_nothing_waited_for(self, asterisk, clock):
        assert order(asterisk, check=True) == {"changed": True, "maintenance": RECORD}
        assert not os.path.exists(places.MAINTENANCE) and (clock.now, asterisk.asked) == (NOW, [])
        order(asterisk)
        assert order(asterisk, check=True)["changed"] is False
        assert order(asterisk, OFF, check=True) == {"changed": True, "maintenance": None}
        assert set(records()) == {"carrier_a"}


class TestWaiting:
    def test_a_monitor_that_does_not_carry_it_out(self, asterisk, clock):
        clock.meanwhile[:] = [say]
        with pytest.raises(ordered.Refused, match="written.*15 s"):
            order(asterisk)
        assert set(records()) == {"carrier_a"} and NOW + 15 <= clock.now < NOW + 16

    def test_a_monitor_that_ends_meanwhile(self, asterisk, clock):
        clock.meanwhile[:] = [lambda: os.path.exists(monitor.STATUS) and os.unlink(monitor.STATUS)]
        with pytest.raises(ordered.Refused, match="not carried it out"):
            order(asterisk)

    def test_a_suspended_trunk_is_not_in_maintenance_yet(self, asterisk, clock):
        say(carrier_a="suspended")
        order(asterisk)
        assert clock.now > NOW

    def test_the_end_of_the_last_call(self, asterisk, clock):
        clock.meanwhile.append(lambda: clock.now > NOW + 20 and asterisk.calls.clear())
        assert order(asterisk, wait=60)["calls"] == 0
        assert NOW + 20 < clock.now < NOW + 23

    def test_calls_that_do_not_end(self, asterisk, clock):
        assert order(asterisk, wait=60)["calls"] == 2
        assert NOW + 60 <= clock.now < NOW + 62

    def test_the_end_of_a_maintenance_waits_for_no_call(self, asterisk, clock):
        order(asterisk)
        began = clock.now
        order(asterisk, OFF, wait=60)
        assert clock.now < began + 2
