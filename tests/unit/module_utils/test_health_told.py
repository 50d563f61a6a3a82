# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of each trunk: by the monitor and its log, or by Asterisk alone."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError
from ansible_collections.dialer.trunks.plugins.module_utils._common import processes
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._health import places, told
from ansible_collections.dialer.trunks.plugins.module_utils._health.store import Store

from support.unit.health import Asterisk

FILES = {f"sip/{name}.conf": f"[{name}]\ntype=peer\ndescription=[trunks 7] A\n" for name in ("carrier_b", "carrier_a", "carrier_c")}
FILES["iax/another.conf"] = "[another]\ntype=peer\ndescription=[trunks 7] A\n"
ORDERS = json.dumps({"program": "p1"})
TRUNK = {"state": "in service", "why": "", "since": 5.5, "until": None, "asterisk": "reachable", "address": "198.18.10.10",
         "latency_ms": 1, "calls": 2, "capacity": 100}
MEASURED = {"attempts": 0, "asr": None, "ner": None, "ccr": None, "acd_s": None, "pdd_ms": None, "cost": None, "unpriced": 0, "last_failure": None}


class Generations:
    def __init__(self, files):
        self.linked, self.files = lambda: 7, lambda number: files if number == 7 else {}


def say(**changed):
    """Write what a running monitor says of itself, and what starts it."""
    Path(monitor.CRON).write_text("")
    said = {
        "process": processes.process(os.getpid()), "program": "p1", "orders": monitor.orders_digest(ORDERS), "generation": 7,
        "began": 3.25, "time": time.time(), "trunks": {"carrier_b": dict(TRUNK, state="suspended"), "carrier_a": TRUNK}, "trouble": "",
        "ami": {"since": 3.5, "trouble": "", "dropped": 0, "odd": 0}, "attempts": {"waiting": 0, "lost": 0, "missed": 0, "trouble": "", "note": ""},
        "hooks": {}, "hooks_trouble": "", "unwritten": 0, **changed}
    Path(monitor.STATUS).write_text(json.dumps(said))


@pytest.fixture(name="asterisk")
def _asterisk(kept):
    found = Asterisk()
    found.peers["carrier_c"] = "UNREACHABLE"
    return found


def ask(asterisk, files=None):
    return told.told(Generations({MONITOR: ORDERS} if files is None else files), asterisk.cli)


class TestByTheMonitor:
    def test_its_own_words(self, asterisk):
        say()
        found = ask(asterisk)
        assert found["monitor"] == {"wanted": True, "running": True, "since": 3.25, "trouble": []}
        assert found["trunks"] == [{**TRUNK, **MEASURED, "name": "carrier_a"}, {**TRUNK, **MEASURED, "name": "carrier_b", "state": "suspended"}]
        assert asterisk.asked == []

    @pytest.mark.parametrize("changed, words", [
        ({"program": "p0"}, "another version"), ({"orders": "0"}, "other orders"), ({"time": time.time() - 86400}, "nothing for 86"),
        ({"trouble": "Asterisk is not running"}, "not running"), ({"hooks_trouble": "command: /x is not run"}, "/x is not run"),
        ({"attempts": {"waiting": 9, "lost": 0, "missed": 0, "trouble": "disk is full", "note": ""}}, "disk is full"),
        ({"attempts": {"waiting": 9, "lost": 0, "missed": 0, "trouble": "", "note": "It was renamed"}}, "renamed"),
        ({"attempts": {"waiting": 9, "lost": 12, "missed": 0, "trouble": "", "note": ""}}, "12 attempts were lost"),
        ({"attempts": {"waiting": 9, "lost": 12, "missed": 12, "trouble": "", "note": ""}}, "12 attempts ended while it was not connected to AMI"),
        ({"ami": {"since": None, "trouble": "enabled=no", "dropped": 0, "odd": 0}}, "AMI: enabled=no"),
        ({"unwritten": 3}, "3 changes"),
        ({"hooks": {"webhook": {"queued": 4, "error": "HTTP 500"}, "command": {"queued": 0, "error": ""}}}, "webhook: HTTP 500; 4 wait"),
    ])
    def test_each_trouble_is_one_sentence(self, asterisk, changed, words):
        say(**changed)
        trouble = ask(asterisk)["monitor"]["trouble"]
        assert len(trouble) == 1 and words in trouble[0]

    def test_attempts_that_were_lost_in_both_ways(self, asterisk):
        say(attempts={"waiting": 0, "lost": 12, "missed": 9, "trouble": "", "note": ""})
        assert [text.split()[0] for text in ask(asterisk)["monitor"]["trouble"]] == ["9", "3"]

    def test_one_that_should_not_run(self, asterisk):
        say()
        about = ask(asterisk, {})["monitor"]
        assert (about["wanted"], about["running"]) == (False, True) and "still runs" in about["trouble"][0]


class TestByAsterisk:
    def test_without_a_monitor(self, asterisk, monkeypatch):
        iax = [{"name": "another", "state": "lagged", "address": "198.18.10.12", "latency_ms": 2100}]
        monkeypatch.setattr(asterisk.cli, "iax2_peers", lambda: iax)
        found = ask(asterisk, FILES)
        assert found["monitor"] == {"wanted": False, "running": False, "since": None, "trouble": []}
        assert [(trunk["name"], trunk["asterisk"], trunk["latency_ms"], trunk["calls"]) for trunk in found["trunks"]] == [
            ("another", "lagged", 2100, 0), ("carrier_a", "reachable", 1, 2), ("carrier_b", "reachable", 7, 0), ("carrier_c", "unreachable", None, 0)]
        assert {(trunk["state"], trunk["since"], trunk["capacity"]) for trunk in found["trunks"]} == {(None, None, None)}
        assert set(found["trunks"][0]) == {"name", *TRUNK, *MEASURED}

    def test_a_trunk_that_is_not_loaded(self, asterisk):
        del asterisk.peers["carrier_c"]
        files = {path: text for path, text in FILES.items() if path.startswith("sip/")}
        assert [(trunk["asterisk"], trunk["address"]) for trunk in ask(asterisk, files)["trunks"]][-1] == ("unknown", None)

    def test_a_monitor_that_is_wanted_and_does_not_run(self, asterisk):
        found = ask(asterisk, {**FILES, MONITOR: ORDERS})
        assert (found["monitor"]["wanted"], found["monitor"]["running"]) == (True, False)
        assert found["monitor"]["trouble"] == ["the health monitor does not run"] and len(found["trunks"]) == 4

    def test_asterisk_is_off(self, asterisk):
        asterisk.silent = True
        with pytest.raises(AsteriskError):
            ask(asterisk, FILES)


class TestMeasured:
    def test_of_this_hour_and_the_last(self, asterisk):
        say()
        places.make()
        now = time.time()
        with contextlib.closing(Store(places.ATTEMPTS)) as log:
            good = {"time": now, "route": "us", "trunk": "carrier_a", "number": 1, "prefix": "", "result": "ANSWER", "sip": 200, "cause": 16,
                    "pdd_ms": 1200, "answer_s": 4.5, "talk_s": None, "rate": None, "key": "", "generation": 7, "fault": ""}
            bad = {**good, "result": "CONGESTION", "sip": 503, "cause": 34, "pdd_ms": None, "fault": "trunk"}
            log.add([{**good, "talk_s": 90, "rate": 0.02}, {**good, "route": "world", "talk_s": 30}, {**bad, "time": now - 1}, {**good, "result": "BUSY", "cause": 17, "fault": "number"},
                     {**good, "time": now - 3 * 3600}])
        one, other = ask(asterisk)["trunks"]
        assert (one["attempts"], one["asr"], one["ner"], one["ccr"], one["acd_s"]) == (4, 0.5, 0.75, 0.75, 60)
        assert (one["cost"], one["unpriced"]) == (pytest.approx(0.03), 1) and 1000 < one["pdd_ms"] < 2000
        assert one["last_failure"] == {"time": now - 1, "route": "us", "result": "CONGESTION", "sip": 503, "cause": 34}
        assert {key: other[key] for key in MEASURED} == MEASURED

    @pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"\1" * 8192), lambda path: path.mkdir(), lambda path: path.symlink_to("/etc/passwd")])
    def test_a_log_that_cannot_be_read_hides_no_state(self, asterisk, spoil):
        say()
        places.make()
        spoil(Path(places.ATTEMPTS))
        assert ask(asterisk)["trunks"][0] == {**TRUNK, **MEASURED, "name": "carrier_a"}

    def test_none_is_made(self, asterisk):
        say()
        places.make()
        ask(asterisk)
        assert not os.path.exists(places.ATTEMPTS)
