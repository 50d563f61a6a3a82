# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the model of a report as CSV: figures, causes and events, a table each. Pure."""
from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._report import figures
from ansible_collections.dialer.trunks.plugins.plugin_utils._report.model import BY, utc

_PLACES = ("dialer", "route", "trunk")
_LISTS = ("trunks", "routes", "dialers", "trunks_of_routes", "trunks_of_dialers")
_EVENT = ("begin", "end", "kind", "dialer", "trunk", "generation", "who", "commit", "why")
# With what a spreadsheet takes a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(model: Mapping[str, Any]) -> dict[str, str]:
    """Return {name of the table: text}: ``figures``, ``causes`` and ``events``. Times are UTC; empty is unknown."""
    return {
        "figures": _table(("table", "step", *_PLACES, *figures.BY_KEY, "share"), _figures(model)),
        "causes": _table(("cause", "meaning", "fault", "trunk", "attempts"), _causes(model)),
        "events": _table(_EVENT, _events(model)),
    }


def _figures(model: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"table": "total", **model["total"]}
    for name in _LISTS:
        for row in model[name]:
            yield {"table": name, **row}
    for by in BY:
        for row in model["over_time"][by]:
            for place, begin in enumerate(model["steps"]):
                yield {"table": f"{by}s_over_time", "step": utc(begin), by: row[by],
                       **{key: row[key][place] for key in figures.BY_KEY}}


def _causes(model: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in model["causes"]:
        for trunk, count in sorted(row["trunks"].items()):
            yield {**row, "trunk": trunk, "attempts": count}


def _events(model: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for event in model["events"]:
        times = {"begin": utc(event["begin"]), "end": "" if event["end"] is None else utc(event["end"])}
        for dialer, number in sorted(event.get("numbers", {}).items()):
            yield {**event, **times, "dialer": dialer, "generation": number}
        if "numbers" not in event:
            yield {**event, **times}


def _table(columns: Sequence[str], rows: Iterator[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a value for a cell. A text that a spreadsheet would calculate gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
