# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a dialer tells for a report, and checks it: a dialer is a machine that others use. Pure."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, reported
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period, steps

MOST_BYTES = 32 * 1024 * 1024  # of one dialer
_TEXT = 500  # characters of a name or reason that are kept
_MANY = 2**53  # above, a number is not exact in JSON
_KINDS = (reported.UNREACHABLE, reported.SUSPENDED, reported.MAINTENANCE)
_PATHS = 2000  # changed files of one generation


class Odd(Exception):
    """A dialer has told what cannot be used. The text is a clause."""


def unpacked(text: Any, period: Period) -> dict[str, Any]:
    """Return what a dialer has packed for this period, checked, see C(checked). Raises Odd."""
    try:
        return checked(reported.unpack(str(text), MOST_BYTES), period)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise Odd(f"it answered what cannot be read: {type(fault).__name__}: {safe(str(fault))[:_TEXT]}") from None


def checked(found: Mapping[str, Any], period: Period) -> dict[str, Any]:
    """Return the data of C(reported.of_dialer) with known keys only, each of its type. Raises ValueError and others."""
    if found["period"] != period._asdict():
        raise ValueError("it has told of another period")
    answer: dict[str, Any] = {"log": found["log"] is True, "reason": _text(found.get("reason", ""))}
    answer["generations"] = list(_generations(found.get("generations") or (), period))
    if answer["log"]:
        answer["since_when"] = None if found["since_when"] is None else _number(found["since_when"])
        answer["lost"], answer["times_left_out"] = _number(found["lost"]), _number(found["times_left_out"])
        answer["sums"] = [{**_sums(row), **_names(row, "trunk", "route")} for row in found["sums"]]
        starts = set(steps(period))
        for by in ("trunk", "route"):
            rows = found[by + "s"]
            if not {row["start"] for row in rows} <= starts:
                raise ValueError("a step begins at another time")
            answer[by + "s"] = [{**_sums(row), **_names(row, by), "start": row["start"]} for row in rows]
        answer["times"] = [_time(one) for one in found["times"]]
        answer["out"] = [
            {**_names(one, "trunk"), "kind": _kind(one), **{key: _number(one[key]) for key in ("times", "seconds")}}
            for one in found["out"]
        ]
    return answer


def _sums(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sums as C(measures) has them. In JSON, the causes are texts."""
    sums: dict[str, Any] = {}
    for name, nothing in measures.empty().items():
        value = row[name]
        if isinstance(nothing, list):
            sums[name] = [_number(one) for one in value]
            if len(value) != len(nothing):
                raise ValueError(f"{name} has {len(value)} numbers")
        elif isinstance(nothing, dict):
            sums[name] = {int(key): _number(count) for key, count in value.items()}
        else:
            sums[name] = None if value is None and nothing is None else _number(value)
    return sums


def _number(value: Any) -> float:
    """Return a number that is not negative."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value < _MANY:
        raise ValueError(f"{value!r} is not a number that can be")
    return value


def _text(value: Any) -> str:
    """Return a text, with unprintable characters as escapes."""
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} instead of text")
    return safe(value[:_TEXT])


def _names(row: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _text(row[name]) for name in names}


def _kind(row: Mapping[str, Any]) -> str:
    if row["kind"] not in _KINDS:
        raise ValueError("an unknown kind")
    return str(row["kind"])


def _time(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_names(row, "trunk", "why", "who"), "kind": _kind(row), "begin": _number(row["begin"]),
        "end": None if row["end"] is None else _number(row["end"]),
    }


def _generations(rows: Any, period: Period) -> Iterator[dict[str, Any]]:
    for row in rows:
        if not period.since <= _number(row["time"]) < period.until:
            raise ValueError("a generation of another period")
        changed = row["changed"]
        yield {
            "number": int(_number(row["number"])), "time": row["time"],
            "who": _text(row["who"] or ""), "commit": _text(row["commit"] or ""),
            "changed": None if changed is None else [_text(path) for path in changed[:_PATHS]],
        }
