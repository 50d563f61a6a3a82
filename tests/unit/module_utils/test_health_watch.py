# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the monitor does each second, with an Asterisk that answers as one does and a clock that the test moves."""

from __future__ import annotations

import json
import os
import stat
import types
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import processes
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._health import lease, maintenance, places, told, watch
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates, schema

from support.unit.health import NOW, ORDERS, attempt_event, hangup_event, refused_event, silent_event
from support.unit.monitored import rows

BREAKER = {"attempts": 4, "window": 60, "failed": 50}
BOOTED = {"Event": "FullyBooted"}


class TestStatus:
    def test_the_first_tick_writes_it(self, dialer):
        dialer.ticks()
        status = dialer.status
        assert status["process"] == processes.process(os.getpid()) and stat.S_IMODE(os.stat(monitor.STATUS).st_mode) == 0o600
        assert (status["program"], status["orders"], status["generation"], status["trouble"]) == ("p1", "d1", 7, "")
        assert status["trunks"]["carrier_a"] == {
            "state": "in service", "why": "", "since": NOW + 2, "until": None, "asterisk": "reachable", "address": "198.18.10.10",
            "latency_ms": 1, "calls": 2, "capacity": 100}
        assert dialer.events.login == ("trunks", "s3cret")
        assert (dialer.asterisk.set(), dialer.told, dialer.logged) == ({}, [], [])

    def test_the_modules_understand_it(self, dialer, monkeypatch):
        dialer.ticks()
        monkeypatch.setattr(told, "time", dialer.clock)
        text = json.dumps({"program": "p1"})
        Path(monitor.CRON).write_text("")
        dialer.follow(8, digest=monitor.orders_digest(text))
        dialer.ticks()
        generations = types.SimpleNamespace(linked=lambda: 8, files=lambda number: {MONITOR: text})
        found = told.told(generations, dialer.asterisk.cli)
        assert found["monitor"]["trouble"] == [] and [trunk["state"] for trunk in found["trunks"]] == ["in service"] * 2
        assert monitor.lacking({MONITOR: text}) == []

    def test_without_news_it_is_written_each_ten_seconds(self, dialer):
        dialer.follow(8, interval=100, digest="d2")
        times = []
        for _second in range(60):
            dialer.ticks()
            times.append(dialer.status["time"])
        assert 6 <= len(set(times)) <= 7

    def test_one_that_cannot_be_written_is_a_trouble_that_ends(self, dialer):
        os.mkdir(monitor.STATUS)
        dialer.ticks(20)
        assert len(dialer.logged) == 1 and monitor.STATUS in dialer.logged[0]
        os.rmdir(monitor.STATUS)
        dialer.ticks(10)
        assert len(dialer.logged) == 2
        dialer.ticks(10)
        assert dialer.status["trouble"] == ""


class TestSuspension:
    def test_it_is_one_command_and_is_renewed(self, dialer):
        dialer.ticks()
        dialer.asterisk.peers["carrier_a"] = "UNREACHABLE"
        dialer.ticks(10)
        assert (dialer.state(), dialer.asterisk.set()) == ("in service", {})
        dialer.ticks(10)
        began = dialer.clock.time()
        assert dialer.state() == "suspended" and dialer.asterisk.set() == {"carrier_a": str(int(began) + lease.LEASE)}
        renewed = []
        for _second in range(300):
            dialer.ticks()
            found = dialer.asterisk.set()
            if found:
                renewed.append(dialer.clock.time() - began)
                assert found == {"carrier_a": str(int(dialer.clock.time()) + lease.LEASE)}
        gaps = [later - sooner for sooner, later in zip([0, *renewed], renewed)]
        assert 8 <= len(renewed) <= 12 and max(gaps) < lease.LEASE - 10

    def test_it_ends_with_its_cause(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.asterisk.peers["carrier_a"] = "OK (3 ms)"
        dialer.ticks(20)
        assert dialer.state() == "in service"
        assert dialer.asterisk.set() == {"carrier_a": str(int(dialer.clock.time()) - 1)}    # which is over
        assert [(event["trunk"], event["before"], event["state"], event["who"]) for event in dialer.told] == [
            ("carrier_a", "in service", "suspended", "the monitor"), ("carrier_a", "suspended", "in service", "the monitor")]
        assert rows("SELECT trunk, state, asterisk FROM changes") == [("carrier_a", "suspended", "unreachable"), ("carrier_a", "in service", "reachable")]
        assert dialer.told[0]["asterisk"] == "unreachable" and "2 checks" in dialer.told[0]["why"]

    def test_events_of_a_peer_are_samples(self, dialer):
        dialer.ticks()
        dialer.asterisk.peers["carrier_a"] = "UNREACHABLE"
        changed = {"Event": "PeerStatus", "Peer": "SIP/carrier_a", "PeerStatus": "Unreachable"}
        assert dialer.hear(changed) == 0
        assert dialer.status["trunks"]["carrier_a"]["asterisk"] == "unreachable"
        dialer.hear({**changed, "Peer": "SIP/8001"})
        dialer.hear({**changed, "Peer": "SIP/carrier_b"}, {**changed, "Peer": "SIP/carrier_b"})
        assert dialer.state() == dialer.state("carrier_b") == "in service"     # each sample is of its own trunk
        dialer.hear(changed)
        assert dialer.state() == "suspended"

    def test_a_trunk_that_is_not_loaded_is_unknown_and_not_down(self, dialer):
        del dialer.asterisk.peers["carrier_a"]
        dialer.ticks(100)
        assert (dialer.state(), dialer.status["trunks"]["carrier_a"]["asterisk"]) == ("in service", "unknown")

    def test_the_breaker_acts_at_once(self, dialer):
        dialer.follow(7, breaker=BREAKER, digest="d2")
        dialer.ticks()
        dialer.asterisk.set()
        assert [dialer.hear(refused_event(Linkedid=str(number))) for number in range(4)] == [1, 1, 1, 0]
        assert dialer.state() == "suspended" and list(dialer.asterisk.set()) == ["carrier_a"]
        assert rows("SELECT count(*), sum(fault = 'trunk') FROM attempts") == [(4, 4)]

    def test_a_trunk_that_responds_to_options_only(self, dialer):
        """With the defaults, and the attempts that the dialplan's cool-down leaves: one each 17 s."""
        dialer.follow(7, breaker={name: field.default for name, field in schema.BREAKER.items()}, digest="d2")
        for number in range(3):
            dialer.ticks(16)
            assert dialer.state() == "in service" and dialer.asterisk.set() == {}
            assert dialer.hear(silent_event(Linkedid=str(number))) == (1, 1, 0)[number]
        found = dialer.status["trunks"]["carrier_a"]
        assert (found["state"], found["asterisk"], found["why"]) == ("suspended", "reachable", "3 attempts in a row got no response")
        assert list(dialer.asterisk.set()) == ["carrier_a"]

    def test_a_trunk_that_responds_to_some_calls_stays(self, dialer):
        """Numbers that it does not know how to reach get no response; the next calls do."""
        dialer.follow(7, breaker={**BREAKER, "failed": 80}, digest="d2")
        for number in range(30):
            dialer.ticks(16)
            dialer.hear(silent_event(Linkedid=f"a{number}"), attempt_event(Linkedid=f"b{number}", Seconds="3"))
            assert dialer.state() == "in service"

    def test_to_the_breaker_a_number_that_failed_is_a_good_attempt(self, dialer):
        dialer.follow(7, breaker=BREAKER, digest="d2")
        for number in range(8):
            dialer.hear(refused_event(Result="BUSY", Sip="486", Cause="17", Linkedid=str(number)))
        assert dialer.state() == "in service"


class TestAsterisk:
    def test_one_that_does_not_answer_is_no_sample(self, dialer):
        dialer.ticks()
        dialer.asterisk.silent = True
        dialer.ticks(100)
        assert (dialer.state(), len(dialer.logged)) == ("in service", 1) and dialer.status["trouble"]
        dialer.asterisk.silent = False
        dialer.ticks(10)
        assert (dialer.status["trouble"], dialer.told, len(dialer.logged)) == ("", [], 2)

    def test_each_trouble_is_told_until_it_ends_by_itself(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.asterisk.deaf = "dialplan"
        dialer.maintain("{")
        dialer.ticks(20)
        assert len(dialer.logged) == 2 and all(line in dialer.status["trouble"] for line in dialer.logged)
        dialer.asterisk.deaf = "nothing"
        dialer.ticks(20)
        assert places.MAINTENANCE in dialer.status["trouble"] and "dialplan" not in dialer.status["trouble"]
        assert len(dialer.logged) == 3

    def test_after_its_restart_the_leases_are_set_again_at_once(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.asterisk.globals.clear()
        assert dialer.hear(BOOTED) == 0
        assert dialer.asterisk.set() == {"carrier_a": str(int(dialer.clock.time()) + lease.LEASE)}

    def test_a_lease_that_was_lost_is_set_again_within_ten_seconds(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.asterisk.globals.clear()
        dialer.ticks(watch.AT_LEAST)
        assert list(dialer.asterisk.set()) == ["carrier_a"]

    def test_a_lease_of_a_monitor_that_was_killed_is_released_by_the_next(self, dialer):
        dialer.ticks()
        dialer.suspend()
        os.unlink(places.SAVED)
        dialer.asterisk.peers["carrier_a"] = "OK (1 ms)"
        dialer.start()
        dialer.ticks()
        assert list(dialer.asterisk.set()) == ["carrier_a"] and dialer.state() == "in service"


class TestGenerations:
    def test_the_same_orders_of_another_generation_change_nothing(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.follow(8)
        dialer.ticks()
        assert (dialer.status["generation"], dialer.state(), dialer.asterisk.set()) == (8, "suspended", {})

    def test_nor_do_they_forget_what_the_breaker_has_counted(self, dialer):
        dialer.follow(7, breaker=BREAKER, digest="d2")
        for number in range(4):
            dialer.follow(8 + number)
            dialer.hear(refused_event(Linkedid=str(number)))
        assert dialer.state() == "suspended"

    def test_a_trunk_of_another_technology_is_judged_by_its_peer_there(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.asterisk.iax2["carrier_a"] = "OK (3 ms)"
        del dialer.asterisk.peers["carrier_a"]
        trunks = {**ORDERS["trunks"], "carrier_a": {**ORDERS["trunks"]["carrier_a"], "technology": "IAX2"}}
        dialer.follow(8, trunks=trunks, digest="d2")
        assert dialer.state() == "suspended"    # until its new peer has been good up_after times
        dialer.ticks(2 * ORDERS["interval"])
        found = dialer.status["trunks"]["carrier_a"]
        assert (found["state"], found["asterisk"], found["latency_ms"]) == ("in service", "reachable", 3)
        assert int(dialer.asterisk.set()["carrier_a"]) <= dialer.clock.time() and dialer.state("carrier_b") == "in service"

    def test_other_orders_keep_the_states(self, dialer):
        dialer.ticks()
        since = (dialer.suspend(), dialer.status["trunks"]["carrier_a"]["since"])[1]
        dialer.follow(8, up_after=3, digest="d2")
        dialer.ticks(5)
        assert dialer.status["trunks"]["carrier_a"]["since"] == since and dialer.status["orders"] == "d2"
        assert len(dialer.told) == 1 and dialer.asterisk.set() == {}
        dialer.asterisk.peers["carrier_a"] = "OK (1 ms)"
        dialer.ticks(20)
        assert dialer.state() == "suspended"
        dialer.ticks(10)
        assert dialer.state() == "in service"

    def test_a_trunk_that_is_removed_is_released(self, dialer):
        dialer.ticks()
        dialer.suspend()
        before = dialer.clock.time()
        dialer.follow(8, trunks={"carrier_b": ORDERS["trunks"]["carrier_b"]}, digest="d2")
        assert dialer.asterisk.set() == {"carrier_a": str(int(before) - 1)}
        dialer.ticks(20)
        assert set(dialer.status["trunks"]) == {"carrier_b"} and dialer.asterisk.set() == {}
        dialer.hear(refused_event())        # of a call that was there before
        dialer.ticks(10)
        assert dialer.status["ami"]["odd"] == 1

    def test_a_new_trunk_is_in_service(self, dialer):
        dialer.follow(8, trunks={**ORDERS["trunks"], "carrier_c": {"technology": "SIP", "max_calls": 5, "cost_per_minute": None, "rates": None}}, digest="d2")
        dialer.asterisk.peers["carrier_c"] = "OK (9 ms)"
        dialer.ticks()
        assert dialer.state("carrier_c") == "in service" and dialer.status["trunks"]["carrier_c"]["latency_ms"] == 9


class TestMaintenance:
    def test_on_and_off(self, dialer):
        dialer.ticks()
        dialer.maintain(carrier_a=None)
        dialer.ticks()
        assert dialer.state() == "in maintenance" and list(dialer.asterisk.set()) == ["carrier_a"]
        assert dialer.told[0]["who"] == "anna" and "works" in dialer.status["trunks"]["carrier_a"]["why"]
        dialer.maintain()
        dialer.ticks()
        assert dialer.state() == "in service" and list(dialer.asterisk.set()) == ["carrier_a"]

    def test_of_a_trunk_that_is_suspended(self, dialer):
        """Nothing changes for calls, and who has ordered it still sees it within a second."""
        dialer.ticks()
        dialer.suspend()
        dialer.maintain(carrier_a=None)
        dialer.ticks()
        assert (dialer.state(), dialer.asterisk.set()) == ("in maintenance", {})
        dialer.maintain()
        dialer.ticks()
        assert dialer.state() == "suspended"

    def test_its_expiry(self, dialer):
        dialer.ticks()
        dialer.maintain(carrier_a=dialer.clock.time() + 5)
        dialer.ticks(4)
        assert (dialer.state(), dialer.status["trunks"]["carrier_a"]["until"]) == ("in maintenance", NOW + 7)
        dialer.ticks(2)
        assert dialer.state() == "in service"

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 9, "trunks": {}}'])
    def test_a_file_that_is_odd_changes_nothing_and_is_told_until_it_is_right(self, dialer, text):
        dialer.maintain(carrier_a=None)
        dialer.ticks()
        dialer.maintain(text)
        dialer.ticks(30)
        assert dialer.state() == "in maintenance" and places.MAINTENANCE in dialer.status["trouble"]
        assert len(dialer.logged) == 1
        dialer.follow(8, down_after=9, digest="d2")
        dialer.ticks()
        assert dialer.state() == "in maintenance"       # under other orders, too
        dialer.maintain(carrier_b=None)
        dialer.ticks(10)
        assert [dialer.state(name) for name in ("carrier_a", "carrier_b")] == ["in service", "in maintenance"]
        assert dialer.status["trouble"] == "" and len(dialer.logged) == 2

    def test_a_file_that_is_removed_ends_it(self, dialer):
        dialer.maintain(carrier_a=None)
        dialer.ticks()
        os.unlink(places.MAINTENANCE)
        dialer.ticks()
        assert dialer.state() == "in service"

    def test_of_a_trunk_that_comes_later(self, dialer):
        dialer.maintain(carrier_c=None)
        dialer.ticks()
        dialer.follow(8, trunks={**ORDERS["trunks"], "carrier_c": ORDERS["trunks"]["carrier_a"]}, digest="d2")
        dialer.ticks()
        assert dialer.state("carrier_c") == "in maintenance"

    def test_a_file_that_did_not_change_is_not_read_again(self, dialer, monkeypatch):
        dialer.maintain(carrier_a=None)
        dialer.ticks()
        monkeypatch.setattr(maintenance, "read", None)
        dialer.ticks(10)


class TestRestart:
    def test_a_suspension_goes_on_and_is_not_told_again(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.watch.save()
        assert stat.S_IMODE(os.stat(places.SAVED).st_mode) == 0o600
        del dialer.told[:]
        dialer.clock.passed += 5
        dialer.start()
        dialer.ticks()
        assert (dialer.state(), dialer.told, dialer.asterisk.set()) == ("suspended", [], {})

    def test_one_that_was_killed_goes_on_from_the_last_change(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.start()
        dialer.ticks()
        assert dialer.state() == "suspended"

    @pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"carrier_a": 7}', '{"carrier_a": {"samples": [], "state": "great", "since": -1}}'])
    def test_odd_states_begin_anew(self, dialer, text):
        Path(places.SAVED).write_text(text)
        dialer.start()
        dialer.ticks()
        assert dialer.state() == "in service"


class TestAttempts:
    def test_they_are_kept_and_counted(self, dialer, kept):
        path = kept / "trunks.prom"
        dialer.follow(7, metrics_file=str(path), digest="d2")
        dialer.hear(attempt_event(Answered="250"))
        dialer.hear(hangup_event())
        dialer.hear(refused_event(Linkedid="8", Key="V8"), attempt_event(Trunk="carrier_x"))
        dialer.ticks(10)
        assert rows("SELECT trunk, result, round(talk_s, 2), generation FROM attempts") == [
            ("carrier_a", "ANSWER", 1.25, 7), ("carrier_a", "CONGESTION", None, 7)]
        assert dialer.status["ami"]["odd"] == 1 and dialer.status["attempts"] == {"waiting": 0, "lost": 0, "missed": 0, "trouble": "", "note": ""}
        text = path.read_text()
        for line in ('attempts_total{trunk="carrier_a",result="answered"} 1', 'attempts_total{trunk="carrier_a",result="trunk"} 1',
                     'talk_seconds_total{trunk="carrier_a"} 1.25', 'state{trunk="carrier_b",state="in service"} 1', "generation 7",
                     'monitor_queue_length{queue="attempts"} 0', "monitor_ami_connected 1"):
            assert f"dialer_trunks_{line}\n" in text

    def test_what_they_cost(self, dialer, kept):
        """By the deck 44 costs 0.5 a minute; other numbers cost 0.1 on carrier_a, and nothing is known of them on carrier_b."""
        deck, path = kept / "deck.csv", kept / "trunks.prom"
        deck.write_text(rates.ranges("44,0.5\n"))
        dialer.files["decks/1.csv"] = str(deck)
        trunks = {name: {**ORDERS["trunks"][name], "rates": "decks/1.csv", "cost_per_minute": flat}
                  for name, flat in (("carrier_a", 0.1), ("carrier_b", None))}
        trunks["carrier_c"] = {**ORDERS["trunks"]["carrier_a"]}
        dialer.follow(7, trunks=trunks, metrics_file=str(path), digest="d2")
        dialer.ticks()
        assert 'dialer_trunks_cost_total{trunk="carrier_b"} 0.0\n' in path.read_text() and "carrier_c" in path.read_text()
        for number, (trunk, dialled) in enumerate([("carrier_a", "9447"), ("carrier_a", "91312"), ("carrier_b", "9447"), ("carrier_b", "91312")]):
            dialer.hear(attempt_event(Trunk=trunk, Number=dialled, Linkedid=str(number), Key=f"V{number}", Answered="0"))
        began = dialer.clock.time()
        dialer.follow(8, trunks={name: {**trunk, "rates": None, "cost_per_minute": 99} for name, trunk in trunks.items()}, digest="d3")
        dialer.clock.passed += 57
        for number, trunk in enumerate(["carrier_a", "carrier_a", "carrier_b", "carrier_b"]):
            dialer.hear(hangup_event(f"SIP/{trunk}-0000002a", str(number)))
        dialer.ticks(10)
        assert dialer.clock.time() - began < 75
        talked = dict(rows("SELECT key, talk_s FROM attempts"))
        assert rows("SELECT key, rate FROM attempts ORDER BY id") == [("V0", 0.5), ("V1", 0.1), ("V2", 0.5), ("V3", None)]
        assert rows("SELECT trunk, talks, priced, cost FROM hours ORDER BY trunk") == [
            ("carrier_a", 2, 2, pytest.approx(talked["V0"] * 0.5 / 60 + talked["V1"] * 0.1 / 60)),
            ("carrier_b", 2, 1, pytest.approx(talked["V2"] * 0.5 / 60))]
        counted = dict(line.split(" ") for line in path.read_text().splitlines() if line.startswith("dialer_trunks_cost_total"))
        assert {name: float(cost) for name, cost in counted.items()} == {
            f'dialer_trunks_cost_total{{trunk="{trunk}"}}': pytest.approx(cost) for trunk, cost in
            [*rows("SELECT trunk, cost FROM hours"), ("carrier_c", 0)]}

    def test_a_deck_that_cannot_be_read_leaves_costs_unknown_and_is_told(self, dialer, kept):
        trunks = {**ORDERS["trunks"], "carrier_a": {**ORDERS["trunks"]["carrier_a"], "rates": "decks/1.csv", "cost_per_minute": 0.1}}
        dialer.files["decks/1.csv"] = str(kept / "missing.csv")
        dialer.follow(7, trunks=trunks, digest="d2")
        dialer.hear(attempt_event(Answered="0"))
        dialer.hear(hangup_event())
        dialer.ticks(10)
        assert "missing.csv" in dialer.status["trouble"] and "costs are not known" in dialer.status["trouble"]
        assert rows("SELECT talks, priced, cost FROM hours") == [(1, 0, None)]
        dialer.follow(8, trunks=ORDERS["trunks"], digest="d3")
        dialer.ticks(10)
        assert dialer.status["trouble"] == ""

    def test_old_ones_expire(self, dialer, monkeypatch):
        asked = []
        monkeypatch.setattr(dialer.watch._log, "expire", lambda *limits: asked.append(limits))
        dialer.ticks(30)
        assert asked == [(90, 500)] * 3


class TestEnd:
    def test_everything_is_released_and_nothing_says_that_it_runs(self, dialer):
        dialer.ticks()
        dialer.suspend()
        dialer.maintain(carrier_b=None)
        dialer.ticks()
        dialer.asterisk.set()
        dialer.watch.end()
        assert set(dialer.asterisk.set()) == {"carrier_a", "carrier_b"}
        assert all(int(value) < dialer.clock.time() for value in dialer.asterisk.globals.values())
        assert not os.path.exists(monitor.STATUS) and monitor.status() is None and dialer.events.login is None

    def test_without_asterisk(self, dialer):
        dialer.ticks()
        dialer.asterisk.silent = True
        dialer.watch.end()
        assert not os.path.exists(monitor.STATUS)

    def test_before_there_were_orders(self, dialer):
        watch.Watch(dialer.asterisk.cli, "p1").end()
        assert dialer.asterisk.set() == {}
