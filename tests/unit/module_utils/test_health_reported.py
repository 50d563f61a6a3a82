# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dialer tells for a report: sums by hand, times out of service, generations, and limits."""
from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime, timezone

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, reported
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period
from ansible_collections.dialer.trunks.plugins.module_utils._health.store import Store

from support.unit.made_attempts import attempt, many

HOUR, DAY = 3600, 86400
NOON = 20000 * DAY + 12 * HOUR
BUSY = {"result": "BUSY", "sip": 486, "cause": 17, "pdd_ms": 800, "answer_s": None, "fault": "number"}
REFUSED = {"result": "CONGESTION", "sip": 503, "cause": 34, "pdd_ms": None, "answer_s": None, "fault": "trunk"}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "attempts.db")


@pytest.fixture
def log(path):
    with contextlib.closing(Store(path)) as opened:
        yield opened


def totals(rows):
    return [(row.get("start"), row.get("trunk"), row.get("route"), row["attempts"], row["answered"]) for row in rows]


def test_sums_by_hand(log):
    log.add([attempt(NOON + 1, talk_s=30, rate=0.25), attempt(NOON + 2, **REFUSED), attempt(NOON + 3, "carrier_b", talk_s=60),
             attempt(NOON + HOUR, route="world", **BUSY), attempt(NOON + 3 * HOUR)])
    log.lost(4, NOON)
    found = reported.reported(log, NOON, NOON + 2 * HOUR, HOUR)
    assert totals(found["sums"]) == [(None, "carrier_a", "us", 2, 1), (None, "carrier_a", "world", 1, 0), (None, "carrier_b", "us", 1, 1)]
    assert found["sums"][0] == {
        "trunk": "carrier_a", "route": "us", "attempts": 2, "answered": 1, "network_effective": 1, "completed": 1, "talk_s": 30.0,
        "talks": 1, "priced": 1, "cost": 0.125, "pdd": [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], "causes": {34: 1}}
    assert totals(found["trunks"]) == [(NOON, "carrier_a", None, 2, 1), (NOON, "carrier_b", None, 1, 1), (NOON + HOUR, "carrier_a", None, 1, 0)]
    assert totals(found["routes"]) == [(NOON, None, "us", 3, 2), (NOON + HOUR, None, "world", 1, 0)]
    assert (found["lost"], found["since_when"], found["times"], found["out"]) == (4, NOON - 12 * HOUR, [], [])


def test_steps_of_days_are_counted_from_the_begin(log):
    begin = NOON - 12 * HOUR
    log.add([attempt(begin + number * DAY + 5 * HOUR, key=f"V{number}") for number in range(9)])
    weeks = reported.reported(log, begin, begin + 9 * DAY, 7 * DAY)["trunks"]
    assert totals(weeks) == [(begin, "carrier_a", None, 7, 7), (begin + 7 * DAY, "carrier_a", None, 2, 2)]


@pytest.mark.parametrize("length", [HOUR, DAY, 7 * DAY])
def test_the_sums_over_time_are_those_of_the_period(log, length):
    since = NOON - 12 * HOUR
    until = since + min(90 * length, 20 * DAY) - 5 * HOUR
    log.add(many(2000, since - DAY, until + DAY, {"us": ["a", "b"], "world": ["b", "c"]}))
    found = reported.reported(log, since, until, length)
    whole = {by: measures.empty() for by in ("sums", "trunks", "routes")}
    for by, sums in whole.items():
        for row in found[by]:
            measures.add(sums, row)
    assert whole["sums"]["attempts"] > 500
    for by in ("trunks", "routes"):
        assert whole[by].pop("talk_s") == pytest.approx(whole["sums"]["talk_s"])
        assert whole[by] == {name: value for name, value in whole["sums"].items() if name != "talk_s"}


def test_many_names_become_one(log, monkeypatch):
    monkeypatch.setattr(reported, "MOST", {"trunk": 1, "route": 2})
    log.add([attempt(NOON + number, trunk, key=f"V{number}") for number, trunk in enumerate("aabcc" + "c")])
    found = reported.reported(log, NOON, NOON + HOUR, HOUR)
    assert totals(found["sums"]) == [(None, "(other)", "us", 3, 3), (None, "c", "us", 3, 3)]
    assert totals(found["trunks"]) == [(NOON, "(other)", None, 3, 3), (NOON, "c", None, 3, 3)]
    assert totals(found["routes"]) == [(NOON, None, "us", 6, 6)]


def test_times_out_of_service(log):
    for time, trunk, state, asterisk in (
            (NOON - 9, "a", "suspended", "unreachable"), (NOON - 5, "a", "in service", "reachable"),
            (NOON - 4, "a", "suspended", "unreachable"), (NOON + 5, "a", "suspended", "unreachable"),
            (NOON + 10, "a", "suspended", "reachable"), (NOON + 20, "a", "in service", "reachable"),
            (NOON - 50, "b", "in maintenance", "reachable"), (NOON + 30, "a", "in maintenance", "reachable"),
            (NOON + 9999, "b", "in service", "reachable")):
        log.changed(time, trunk, state, asterisk, f"since {time - NOON:.0f}", "root@deploy")
    found = reported.reported(log, NOON, NOON + HOUR, HOUR)
    assert [(one["trunk"], one["kind"], one["begin"] - NOON, one["end"] and one["end"] - NOON, one["why"]) for one in found["times"]] == [
        ("a", "unreachable", 0, 10, "since -4"), ("b", "in maintenance", 0, None, "since -50"),
        ("a", "suspended", 10, 20, "since 10"), ("a", "in maintenance", 30, None, "since 30")]
    assert found["out"] == [
        {"trunk": "a", "kind": "in maintenance", "times": 1, "seconds": 3570}, {"trunk": "a", "kind": "suspended", "times": 1, "seconds": 10},
        {"trunk": "a", "kind": "unreachable", "times": 1, "seconds": 10}, {"trunk": "b", "kind": "in maintenance", "times": 1, "seconds": 3600}]


def test_a_flapping_trunk_is_bounded_and_counted(log):
    for number in range(400):
        log.changed(NOON + 4 * number, "a", "suspended", "reachable", "it flaps", "the monitor")
        log.changed(NOON + 4 * number + 1, "a", "in service", "reachable", "", "the monitor")
    found = reported.reported(log, NOON, NOON + HOUR, HOUR)
    assert (len(found["times"]), found["times_left_out"], found["times"][0]["begin"]) == (300, 100, NOON + 400)
    assert found["out"] == [{"trunk": "a", "kind": "suspended", "times": 400, "seconds": 400}]


def test_a_snapshot_does_not_hold_up_the_monitor_and_sees_none_of_it(log, path):
    with contextlib.closing(Store(path)) as reader, reader.snapshot():
        assert reader.sums(NOON, NOON + HOUR) == []
        log.add([attempt(NOON + 1)])
        assert reader.sums(NOON, NOON + HOUR) == []
    assert totals(log.sums(NOON, NOON + HOUR)) == [(None, "carrier_a", "us", 1, 1)]


def test_an_error_within_a_snapshot_ends_it(log, path):
    with pytest.raises(ZeroDivisionError), log.snapshot():
        raise ZeroDivisionError
    log.add([attempt(NOON + 1)])
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM attempts").fetchone() == (1,)


def test_a_dialer_without_a_log_says_so(tmp_path):
    path, period = tmp_path / "attempts.db", Period(NOON, NOON + HOUR, HOUR)
    found = reported.of_dialer(str(path), period)
    assert found == {"log": False, "reason": "it has no attempt log, since it has no health monitor (dialer_health)",
                     "period": {"since": NOON, "until": NOON + HOUR, "length": HOUR}}
    assert not path.exists()
    Store(str(path)).close()
    found = reported.of_dialer(str(path), period)
    assert (found["log"], found["reason"], found["since_when"], found["sums"]) == (True, "", None, [])


class Kept:
    """A store of generations, with their manifests."""

    def __init__(self, manifests):
        self.numbers, self.manifest = lambda: sorted(manifests), manifests.get


def test_generations_of_the_period():
    def written(seconds):
        return datetime.fromtimestamp(NOON + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S%z")

    kept = Kept({5: {"written": written(-1)}, 6: {"written": written(0), "who": "ann@desk", "commit": "ef05", "changed": ["routes/us.conf"]},
                 7: {"written": "yesterday"}, 8: {}, 9: {"written": written(60).replace("+0000", "+0200")}, 10: {"written": written(HOUR)}})
    assert reported.generations(kept, Period(NOON, NOON + HOUR, HOUR)) == [
        {"number": 6, "time": NOON, "who": "ann@desk", "commit": "ef05", "changed": ["routes/us.conf"]}]


def test_what_is_packed_is_unpacked(log):
    log.add(many(500, NOON, NOON + HOUR, {"us": ["a", "b"]}))
    found = reported.reported(log, NOON, NOON + HOUR, HOUR)
    text = reported.pack(found)
    again = reported.unpack(text, 100000)
    assert again["trunks"][0]["pdd"] == found["trunks"][0]["pdd"] and len(text) < 1500
    assert reported.unpack(reported.pack({}), 2) == {}
    for hidden in (text[40:44], text[90:93], "no such password", ""):
        other = reported.pack(found, hidden)
        assert (other == text) == (not hidden or hidden not in text) and (not hidden or hidden not in other)
        assert {**reported.unpack(other, 100000), "_salt": 0} == {**again, "_salt": 0}
    with pytest.raises(ValueError, match="too short"):
        reported.pack(found, "e")
    for bad in (text[:-8], "x", "", text + "AAAA", reported.pack([0] * 100000), "ü"):
        with pytest.raises(ValueError):
            reported.unpack(bad, 100000)
