# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins what the dialers tell to the model of a report: figures, causes, events and notes, as data for JSON. Pure."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import short_commit
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period, steps
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.history import what_changed
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import figures
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes

VERSION = 1  # of the JSON
GENERATION = "generation"  # the kind of an event
BY = ("trunk", "route", "dialer")  # what the figures over time are told of
_ONE_RUN = 1800  # seconds within which one run writes the generations of all dialers

ATTEMPT_LOG, CARRIER_LOG, NOTHING = "attempt log", "carrier log", "nothing"  # sources of a dialer
CARRIER_LOG_LIMITS = (
    "its figures are from vicidial_carrier_log, which has the last attempt of each call only: no trunk, no route, no "
    "PDD, and nothing of the attempts before a failover"
)
Place = tuple[str, ...]


class Joined:
    """The sums of all dialers so far. A dialer that is added can be forgotten."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self.total = measures.empty()
        self.by: dict[tuple[str, ...], dict[Place, dict[str, Any]]] = {
            keys: {} for keys in (("trunk",), ("route",), ("dialer",), ("route", "trunk"), ("dialer", "trunk"))
        }
        self.over_time: dict[str, dict[str, dict[int, dict[str, Any]]]] = {by: {} for by in BY}
        self.dialers: list[dict[str, str]] = []
        self.notes: list[str] = []
        self.times: list[dict[str, Any]] = []
        self.out: list[dict[str, Any]] = []
        self.generations: list[dict[str, Any]] = []

    def add(self, dialer: str, told: Mapping[str, Any]) -> None:
        """Add what a dialer with an attempt log has told, see C(dialers.checked)."""
        self.dialers.append({"dialer": dialer, "source": ATTEMPT_LOG})
        self._add_sums(dialer, told)
        self._add_notes(dialer, told)
        self.times += [{"dialer": dialer, **one} for one in told["times"]]
        self.out += [{"dialer": dialer, **one} for one in told["out"]]
        self._add_generations(dialer, told)

    def add_without_log(
        self, dialer: str, why: str, told: Mapping[str, Any] | None = None, calls: Mapping[str, Any] | None = None
    ) -> None:
        """Add a dialer of which the attempt log is not known, and note why.

        ``told``: what it has told besides, ``calls``: what VICIdial's carrier log tells of it, see C(carrier_log).
        """
        self.dialers.append({"dialer": dialer, "source": CARRIER_LOG if calls else NOTHING})
        if calls:
            self._add_sums(dialer, calls)
            self.notes.append(f"{dialer}: {why}. Therefore {CARRIER_LOG_LIMITS}")
        else:
            self.notes.append(f"{dialer}: nothing is known of its calls: {why}")
        self._add_generations(dialer, told or {"generations": ()})

    def _add_generations(self, dialer: str, told: Mapping[str, Any]) -> None:
        self.generations += [{"dialer": dialer, **one} for one in told["generations"]]

    def _add_sums(self, dialer: str, told: Mapping[str, Any]) -> None:
        for row in told["sums"]:
            measures.add(self.total, row)
            names = {"dialer": dialer, "trunk": row["trunk"], "route": row["route"]}
            for keys, found in self.by.items():
                measures.add(found.setdefault(tuple(names[key] for key in keys), measures.empty()), row)
        for by, rows in (("trunk", told["trunks"]), ("route", told["routes"])):
            for row in rows:
                self._add_step(by, row[by], row)
        for row in told["trunks"]:
            self._add_step("dialer", dialer, row)

    def _add_step(self, by: str, name: str, row: Mapping[str, Any]) -> None:
        found = self.over_time[by].setdefault(name, {})
        measures.add(found.setdefault(row["start"], measures.empty()), row)

    def _add_notes(self, dialer: str, told: Mapping[str, Any]) -> None:
        if told["since_when"] is None:
            self.notes.append(f"{dialer}: its attempt log is empty")
        elif told["since_when"] > self.period.since:
            self.notes.append(f"{dialer}: its attempt log begins on {utc(told['since_when'])[:10]}")
        if told["lost"]:
            self.notes.append(f"{dialer}: {told['lost']:,} attempts could not be stored and are missing")
        if told["times_left_out"]:
            self.notes.append(f"{dialer}: {told['times_left_out']:,} earlier times out of service are not listed")

    def model(self, now: float) -> dict[str, Any]:
        """Return the report as data, see docs/report.md."""
        begins = steps(self.period)
        routes = {name: sums["attempts"] for (name,), sums in self.by["route",].items()}
        of_routes = self._rows("route", "trunk")
        for row in of_routes:
            row["share"] = figures.share(row["attempts"], routes[row["route"]])
        return {
            "version": VERSION, "made": int(now), "since": self.period.since, "until": self.period.until,
            "length": self.period.length, "steps": begins, "sources": self.dialers, "notes": self.notes,
            "total": figures.values(self.total), "trunks": self._rows("trunk"), "routes": self._rows("route"),
            "dialers": self._rows("dialer"), "trunks_of_routes": of_routes,
            "trunks_of_dialers": self._rows("dialer", "trunk"),
            "over_time": {by: self._over_time(by, begins) for by in BY}, "causes": self._causes(),
            "out_of_service": _added_up(self.out), "events": self._events(),
        }

    def _rows(self, *keys: str) -> list[dict[str, Any]]:
        """Return the figures of each place, those of the first key with most attempts first."""
        found = self.by[keys]
        weight: dict[str, int] = {}
        for place, sums in found.items():
            weight[place[0]] = weight.get(place[0], 0) + sums["attempts"]
        ordered = sorted(found, key=lambda place: (-weight[place[0]], place[0], -found[place]["attempts"], place))
        return [{**dict(zip(keys, place)), **figures.values(found[place])} for place in ordered]

    def _over_time(self, by: str, begins: Sequence[int]) -> list[dict[str, Any]]:
        """Return, in the order of C(_rows), each name with a list per figure: its value of each step."""
        rows = []
        for one in self._rows(by):
            found = self.over_time[by].get(one[by], {})
            listed = [figures.values(found.get(begin) or measures.empty()) for begin in begins]
            rows.append({by: one[by], **{key: [values[key] for values in listed] for key in figures.BY_KEY}})
        return rows

    def _causes(self) -> list[dict[str, Any]]:
        """Return the causes of attempts without an answer, the most frequent first, and how many each trunk had."""
        trunks: dict[int, dict[str, int]] = {}
        for (trunk,), sums in self.by["trunk",].items():
            for cause, count in sums["causes"].items():
                trunks.setdefault(cause, {})[trunk] = count
        whole = sum(self.total["causes"].values())
        return [
            {"cause": cause, "meaning": causes.meaning(cause), "fault": causes.fault(cause), "attempts": count,
             "share": figures.share(count, whole), "trunks": trunks[cause]}
            for cause, count in sorted(self.total["causes"].items(), key=lambda one: (-one[1], one[0]))
        ]

    def _events(self) -> list[dict[str, Any]]:
        """Return times out of service and changes of the description, oldest first."""
        found = [*self.times, *_runs(self.generations)]
        return sorted(found, key=lambda one: (one["begin"], one["kind"], one.get("trunk", "")))


def utc(when: float) -> str:
    """Return a time as people read it, in UTC."""
    return datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%d %H:%M")


def _added_up(out: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how often and how long each trunk was out of service, on how many dialers, the longest first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in out:
        row = found.setdefault((one["trunk"], one["kind"]), {
            "trunk": one["trunk"], "kind": one["kind"], "dialers": 0, "times": 0, "seconds": 0})
        row["dialers"] += 1
        row["times"] += one["times"]
        row["seconds"] += round(one["seconds"])
    return sorted(found.values(), key=lambda row: (-row["seconds"], row["trunk"], row["kind"]))


def _runs(generations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one event for the generations that one run has written: the same user, commit and change."""
    found: list[dict[str, Any]] = []
    last: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in sorted(generations, key=lambda one: (one["time"], one["dialer"])):
        what, commit = what_changed(one["changed"]), short_commit(one["commit"])
        key = one["who"], commit, what
        event = last.get(key)
        if event is None or one["time"] - event["begin"] > _ONE_RUN or one["dialer"] in event["numbers"]:
            event = last[key] = {
                "kind": GENERATION, "begin": one["time"], "end": None, "who": one["who"], "commit": commit, "why": what,
                "numbers": {},
            }
            found.append(event)
        event["numbers"][one["dialer"]] = one["number"]
    return found
