# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hours of two monitors' metrics, rendered by their own code: trunks that are suspended, in maintenance and back."""
from __future__ import annotations

import re
import time
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._health import counters, measures, metrics

HOURS = 4
STEP = 60       # seconds between the samples of the history
DIALERS, TRUNKS = ("d1", "d2"), ("carrier_a", "carrier_b")
_BUSY = {"result": "BUSY", "fault": "", "pdd_ms": 900, "talk_s": None}
_MIX = (    # the attempts of one trunk in each step
    {"result": "ANSWER", "fault": "", "pdd_ms": 1500, "talk_s": 20.0}, {"result": "ANSWER", "fault": "", "pdd_ms": 2500, "talk_s": 40.0},
    _BUSY, {"result": "NOANSWER", "fault": "", "pdd_ms": 3500, "talk_s": None},
    {"result": "CONGESTION", "fault": "number", "pdd_ms": None, "talk_s": None}, {"result": "CANCEL", "fault": "", "pdd_ms": 700, "talk_s": None})
_REFUSED = {"result": "CONGESTION", "fault": "trunk", "pdd_ms": None, "talk_s": None}


def state(dialer: str, trunk: str, minute: float) -> tuple[str, str]:
    """The state of a trunk, and what Asterisk says, after these minutes: suspended on d1, then on both; later maintenance."""
    if trunk == "carrier_a" and (120 <= minute < 150 or dialer == "d1" and 60 <= minute < 90):
        return "suspended", "unreachable"
    if (dialer, trunk) == ("d2", "carrier_b") and 170 <= minute < 180:
        return "in maintenance", "reachable"
    return "in service", "reachable"


def snapshot(count: counters.Counters, dialer: str, minute: float) -> dict[str, Any]:
    """What a monitor passes to metrics.render, with the attempts of one more step counted."""
    trunks = {}
    for trunk in TRUNKS:
        now, asterisk = state(dialer, trunk, minute)
        for attempt in (_REFUSED,) if now == "suspended" else _MIX:
            count.attempt({**attempt, "trunk": trunk, "rate": 0.012})
        if now == "suspended" and state(dialer, trunk, minute - STEP / 60)[0] != now:
            count.suspended(trunk)
        trunks[trunk] = {**count.of(trunk), "state": now, "asterisk": asterisk, "calls": 7, "capacity": 20 if trunk == "carrier_a" else 0,
                         "latency_ms": 23 if asterisk == "reachable" else None}
    deaf = dialer == "d1" and 100 <= minute < 105
    return {"version": "0123abcd", "generation": 12, "pdd_bounds_ms": measures.PDD_BUCKETS, "trunks": trunks,
            "monitor": {"event_age_s": 200 if deaf else 4, "queues": {"attempts": 0, "webhook": 3 if deaf else 0, "command": 0}, "lag_s": 0.02,
                        "ami": int(not deaf), "lost": 5 if dialer == "d1" and minute >= 101 else 0}}


def live() -> str:
    """The metrics of a monitor after one step."""
    return metrics.render(snapshot(counters.Counters(), "d1", 0))


def history(began: float) -> str:
    """The metrics of two monitors over HOURS as OpenMetrics: what metrics.render prints, with times and the label that a scrape adds."""
    lines = []
    for dialer in DIALERS:
        count = counters.Counters()
        for second in range(0, HOURS * 3600, STEP):
            for line in metrics.render(snapshot(count, dialer, second / 60)).splitlines():
                if not line.startswith("#"):
                    name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
                    own = f',{labels}' if labels else ""
                    lines.append(f'{name}{{instance="{dialer}"{own}}} {value} {began + second:.0f}')
    return "\n".join([*lines, "# EOF", ""])


def began() -> float:
    """When the history begins so that it ends now: a multiple of its step."""
    return (time.time() // STEP - HOURS * 3600 / STEP) * STEP
