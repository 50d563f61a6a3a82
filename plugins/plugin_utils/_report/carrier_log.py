# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes sums of what VICIdial's carrier log tells of dialers without a monitor. Pure.

Each row of the log is counted as an attempt, by the same rules (C(measures), C(faults)). It is its call's last one.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._health import faults, measures, reported
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period, steps
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import dialers
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes

UNKNOWN = "(unknown)"  # the trunk and route of a call: no name that a description can have


def unpacked(text: Any, period: Period) -> dict[str, dict[str, Any]]:
    """Return {server_ip: what C(dialers.checked) returns} of the packed result of carrier_log_info. Raises Odd."""
    try:
        return _told(reported.unpack(str(text), dialers.MOST_BYTES), period)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as fault:
        raise dialers.Odd(f"it cannot be read: {type(fault).__name__}") from None


def _told(found: Mapping[str, Any], period: Period) -> dict[str, dict[str, Any]]:
    begins = steps(period)
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for group in found["groups"]:
        one = dict(zip(found["columns"], group, strict=True))
        step = one["step"]
        if not isinstance(step, int) or not 0 <= step < len(begins):
            raise ValueError("a step of another period")
        place = rows.setdefault(str(one["server_ip"]), {})
        measures.add(place.setdefault(begins[step], measures.empty()), _sums(one))
    return {server_ip: dialers.checked(_answer(found["period"], place), period) for server_ip, place in rows.items()}


def _answer(period: Mapping[str, Any], place: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """Return the data as a dialer tells it, see C(reported.of_dialer)."""
    whole = measures.empty()
    for sums in place.values():
        measures.add(whole, sums)
    return {
        "period": period, "log": True, "since_when": None, "lost": 0, "times_left_out": 0, "times": [], "out": [],
        "sums": [{**whole, "trunk": UNKNOWN, "route": UNKNOWN}],
        **{by + "s": [{**sums, by: UNKNOWN, "start": start} for start, sums in sorted(place.items())]
           for by in ("trunk", "route")},
    }


def _sums(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sums of the calls of a group: those of one attempt, times their number."""
    attempt = {
        "result": str(one["dialstatus"]), "sip": one["sip"] or None, "cause": int(one["cause"]), "pdd_ms": None,
        "talk_s": None,
    }
    attempt["fault"] = faults.of(attempt, causes.by_fault(), "SIP", None)
    sums = measures.counts_for(attempt)
    calls = int(one["calls"])
    for name, value in sums.items():
        if isinstance(value, int):
            sums[name] = value * calls
    sums["causes"] = {cause: count * calls for cause, count in sums["causes"].items()}
    if sums["answered"]:
        sums["talk_s"], sums["talks"] = float(one["talk_s"]), int(one["talks"])
    return sums
