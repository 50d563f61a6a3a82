# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of a report by hand: figures, shares, causes, events and notes; and what a dialer must not tell."""
from __future__ import annotations

import contextlib
import copy
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, reported
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period
from ansible_collections.dialer.trunks.plugins.module_utils._health.store import Store
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import dialers, figures, model, tables

from support.unit.made_attempts import attempt
from support.unit.reports import HOSTILE, hostile

HOUR = 3600
BEGIN = 1_796_000_400  # 2026-11-30 01:00 UTC
PERIOD = Period(BEGIN, BEGIN + 3 * HOUR, HOUR)
BUSY = {"result": "BUSY", "sip": 486, "cause": 17, "pdd_ms": 800, "answer_s": None, "fault": "number"}
REFUSED = {"result": "CONGESTION", "sip": 503, "cause": 34, "pdd_ms": None, "answer_s": None, "fault": "trunk"}
NOTHING = {"attempts": 0, "answered": 0, "asr": None, "ner": None, "acd": None, "pdd_p50": None, "pdd_p95": None, "minutes": 0.0, "cost": None}


def told(path: Path, attempts: list[dict[str, Any]]) -> dict[str, Any]:
    with contextlib.closing(Store(str(path))) as log:
        log.add(attempts)
    return {**reported.of_dialer(str(path), PERIOD), "generations": []}


def sent(one: dict[str, Any]) -> dict[str, Any]:
    return dialers.unpacked(reported.pack(one), PERIOD)


@pytest.fixture(name="first")
def _first(tmp_path: Path) -> dict[str, Any]:
    return told(tmp_path / "1.db", [
        attempt(BEGIN + 1, talk_s=30), attempt(BEGIN + 2, talk_s=90), attempt(BEGIN + 3, **REFUSED), attempt(BEGIN + 4, "carrier_b", **BUSY)])


@pytest.fixture(name="second")
def _second(tmp_path: Path) -> dict[str, Any]:
    return told(tmp_path / "2.db", [attempt(BEGIN + HOUR, "carrier_b", "world", talk_s=60), attempt(BEGIN + HOUR + 1, "carrier_a", **REFUSED)])


@pytest.fixture(name="report")
def _report(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    found = model.Joined(PERIOD)
    found.add("d1", sent(first))
    found.add("d2", sent(second))
    return found.model(BEGIN + 9999.5)


def test_the_total_by_hand(report: dict[str, Any]) -> None:
    # Three of four pdd are 1200 ms (up to 2000), one 800 (up to 1000): the median is a third of the way from 1000 to 2000.
    assert report["total"] == {
        "attempts": 6, "answered": 3, "asr": 0.5, "ner": 0.666667, "acd": 60.0, "pdd_p50": 1333.333333, "pdd_p95": 1933.333333,
        "minutes": 3.0, "cost": None}
    assert (report["since"], report["until"], report["length"], report["made"]) == (*PERIOD, BEGIN + 9999)
    assert report["steps"] == [BEGIN, BEGIN + HOUR, BEGIN + 2 * HOUR]


def test_trunks_routes_and_dialers_by_hand(report: dict[str, Any]) -> None:
    def seen(name: str, *keys: str) -> list[tuple[Any, ...]]:
        return [(*(row[key] for key in keys), row["attempts"], row["answered"], row["minutes"]) for row in report[name]]

    assert seen("trunks", "trunk") == [("carrier_a", 4, 2, 2.0), ("carrier_b", 2, 1, 1.0)]
    assert seen("routes", "route") == [("us", 5, 2, 2.0), ("world", 1, 1, 1.0)]
    assert seen("dialers", "dialer") == [("d1", 4, 2, 2.0), ("d2", 2, 1, 1.0)]
    assert seen("trunks_of_routes", "route", "trunk", "share") == [
        ("us", "carrier_a", 0.8, 4, 2, 2.0), ("us", "carrier_b", 0.2, 1, 0, 0.0), ("world", "carrier_b", 1.0, 1, 1, 1.0)]
    assert seen("trunks_of_dialers", "dialer", "trunk") == [
        ("d1", "carrier_a", 3, 2, 2.0), ("d1", "carrier_b", 1, 0, 0.0), ("d2", "carrier_a", 1, 0, 0.0), ("d2", "carrier_b", 1, 1, 1.0)]


def test_over_time_by_hand(report: dict[str, Any]) -> None:
    carrier_a, carrier_b = report["over_time"]["trunk"]
    assert (carrier_a["trunk"], carrier_a["attempts"], carrier_a["asr"]) == ("carrier_a", [3, 1, 0], [0.666667, 0.0, None])
    assert (carrier_b["trunk"], carrier_b["attempts"], carrier_b["acd"]) == ("carrier_b", [1, 1, 0], [None, 60.0, None])
    assert [(row["route"], row["attempts"]) for row in report["over_time"]["route"]] == [("us", [4, 1, 0]), ("world", [0, 1, 0])]
    assert [(row["dialer"], row["attempts"]) for row in report["over_time"]["dialer"]] == [("d1", [4, 0, 0]), ("d2", [0, 2, 0])]
    assert {key: values[2] for key, values in carrier_a.items() if key != "trunk"} == NOTHING


def test_causes_by_hand(report: dict[str, Any]) -> None:
    assert report["causes"] == [
        {"cause": 34, "meaning": "no circuit available (503)", "fault": "trunk", "attempts": 2, "share": 0.666667, "trunks": {"carrier_a": 2}},
        {"cause": 17, "meaning": "busy (486, 600)", "fault": "number", "attempts": 1, "share": 0.333333, "trunks": {"carrier_b": 1}}]


def test_the_order_of_dialers_does_not_matter(first: dict[str, Any], second: dict[str, Any], report: dict[str, Any]) -> None:
    other = model.Joined(PERIOD)
    other.add("d2", sent(second))
    other.add("d1", sent(first))
    found = other.model(BEGIN + 9999.5)
    assert {**found, "sources": 0} == {**report, "sources": 0}


def test_a_cost_is_shown_where_it_is_known() -> None:
    assert figures.values({**measures.empty(), "cost": 1.23456789})["cost"] == 1.234568
    assert figures.values({**measures.empty(), "cost": None})["cost"] is None
    assert figures.text("cost", 1234.5) == "1,234.50" and figures.text("cost", None) == "–"


def times(trunk: str, kind: str, begin: float, end: float | None) -> dict[str, Any]:
    return {"trunk": trunk, "kind": kind, "begin": begin, "end": end, "why": "it failed", "who": "the monitor"}


def generation(number: int, time: float, **others: Any) -> dict[str, Any]:
    return {"number": number, "time": time, "who": "ann@desk", "commit": "ef053438855e7d3f765397c2e7016ee2142f381c+changes",
            "changed": ["routes/us.conf"], **others}


def test_events_of_all_dialers_on_one_axis(first: dict[str, Any], second: dict[str, Any]) -> None:
    first.update(times=[times("carrier_a", "suspended", BEGIN + 60, BEGIN + 90)], generations=[generation(7, BEGIN + 50), generation(8, BEGIN + 70)],
                 out=[{"trunk": "carrier_a", "kind": "suspended", "times": 1, "seconds": 30}])
    second.update(times=[times("carrier_a", "suspended", BEGIN + 20, None)], generations=[generation(3, BEGIN + 55), generation(4, BEGIN + 75, who="bob@desk")],
                  out=[{"trunk": "carrier_a", "kind": "suspended", "times": 2, "seconds": 40.4}], lost=5, times_left_out=1)
    found = model.Joined(PERIOD)
    found.add("d1", sent(first))
    found.add("d2", sent(second))
    report = found.model(BEGIN)
    assert [(event["kind"], event["begin"] - BEGIN, event.get("dialer"), event.get("numbers"), event["who"]) for event in report["events"]] == [
        ("suspended", 20, "d2", None, "the monitor"), ("generation", 50, None, {"d1": 7, "d2": 3}, "ann@desk"),
        ("suspended", 60, "d1", None, "the monitor"), ("generation", 70, None, {"d1": 8}, "ann@desk"),
        ("generation", 75, None, {"d2": 4}, "bob@desk")]
    assert (report["events"][1]["why"], report["events"][1]["commit"]) == ("route us", "ef05343885+changes")
    assert report["out_of_service"] == [{"trunk": "carrier_a", "kind": "suspended", "dialers": 2, "times": 3, "seconds": 70}]
    assert report["notes"] == ["d2: 5 attempts could not be stored and are missing", "d2: 1 earlier times out of service are not listed"]


def test_what_is_missing_is_noted(first: dict[str, Any]) -> None:
    found = model.Joined(PERIOD)
    found.add("d1", sent({**first, "since_when": BEGIN + HOUR}))
    found.add("d2", sent({**first, "since_when": None, "sums": [], "trunks": [], "routes": []}))
    empty = sent({"log": False, "reason": "it has no attempt log", "period": dict(PERIOD._asdict()), "generations": [generation(7, BEGIN)]})
    found.add_without_log("d3", empty["reason"], empty)
    found.add_without_log("d4", "it is unreachable")
    report = found.model(BEGIN)
    assert report["notes"] == ["d1: its attempt log begins on 2026-11-30", "d2: its attempt log is empty",
                               "d3: nothing is known of its calls: it has no attempt log", "d4: nothing is known of its calls: it is unreachable"]
    assert [event["numbers"] for event in report["events"]] == [{"d3": 7}]
    assert [one["source"] for one in report["sources"]] == ["attempt log", "attempt log", "nothing", "nothing"]


def test_no_dialer_at_all() -> None:
    report = model.Joined(PERIOD).model(BEGIN)
    assert report["total"] == NOTHING and report["trunks"] == report["causes"] == report["events"] == []


def broken() -> list[Any]:
    def change(name: str, *path: Any, value: Any) -> Any:
        return pytest.param((path, value), id=name)

    return [
        change("another period", "period", "since", value=BEGIN - HOUR), change("no sums", "sums", value=None),
        change("negative", "sums", 0, "attempts", value=-1), change("not a number", "sums", 0, "talk_s", value=float("nan")),
        change("true", "sums", 0, "answered", value=True), change("text", "sums", 0, "talks", value="9"), change("huge", "lost", value=2**60),
        change("short histogram", "sums", 0, "pdd", value=[1]), change("cause", "sums", 0, "causes", value={"x": 1}),
        change("step", "trunks", 0, "start", value=BEGIN + 1), change("step of no kind", "routes", 0, "start", value=[]),
        change("name", "trunks", 0, "trunk", value=["a"]), change("kind", "times", 0, "kind", value="generation"),
        change("generation", "generations", 0, "time", value=0), change("list", "times", value=7),
    ]


@pytest.mark.parametrize("how", broken())
def test_what_cannot_be_is_refused(first: dict[str, Any], how: Any) -> None:
    path, value = how
    first.update(times=[times("carrier_a", "suspended", BEGIN, None)], generations=[generation(7, BEGIN)])
    assert sent(copy.deepcopy(first))["log"] is True
    place: Any = first
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(dialers.Odd, match="^it answered what cannot be read: "):
        sent(first)


@pytest.mark.parametrize("text", ["", "x", None, reported.pack([]), reported.pack({"log": True})])
def test_what_is_no_answer_is_refused(text: Any) -> None:
    with pytest.raises(dialers.Odd):
        dialers.unpacked(text, PERIOD)


def test_texts_are_bounded_and_printable(first: dict[str, Any]) -> None:
    first["times"] = [{**times("a\x1b[2J", "suspended", BEGIN, None), "why": "x" * 9999}]
    found = sent(first)["times"][0]
    assert found["trunk"] == "a\\x1b[2J" and len(found["why"]) == 500


def test_tables_by_hand(report: dict[str, Any]) -> None:
    found = tables.written(report)
    lines = found["figures"].split("\n")
    assert lines[0] == "table,step,dialer,route,trunk,attempts,answered,asr,ner,acd,pdd_p50,pdd_p95,minutes,cost,share"
    assert lines[1] == "total,,,,,6,3,0.5,0.666667,60.0,1333.333333,1933.333333,3.0,,"
    assert "trunks_of_routes,,,us,carrier_b,1,0,0.0,1.0,,750.0,975.0,0.0,,0.2" in lines
    assert "trunks_over_time,2026-11-30 02:00,,,carrier_a,1,0,0.0,0.0,,,,0.0,," in lines
    assert len(lines) == 1 + 1 + 2 + 2 + 2 + 3 + 4 + 3 * (2 + 2 + 2) + 1
    assert found["causes"] == ("cause,meaning,fault,trunk,attempts\n34,no circuit available (503),trunk,carrier_a,2\n"
                               '17,"busy (486, 600)",number,carrier_b,1\n')


def test_a_spreadsheet_calculates_nothing(tmp_path: Path) -> None:
    for name, text in tables.written(hostile(tmp_path)).items():
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell], name
        assert name == "causes" or any(HOSTILE[0] in cell for cell in cells)
