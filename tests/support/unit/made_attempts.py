# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts as a dialer logs them, made up: single ones, and many of several trunks and routes with a given seed."""
from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

# How attempts end: result, SIP response, cause, fault, and how many of 100.
ENDS = (("ANSWER", 200, 16, "", 30), ("NOANSWER", None, 19, "", 25), ("BUSY", 486, 17, "number", 15),
        ("CANCEL", None, 0, "", 12), ("CONGESTION", 503, 34, "trunk", 8), ("CHANUNAVAIL", 404, 1, "number", 6),
        ("CHANUNAVAIL", None, 18, "trunk", 2), ("CHANUNAVAIL", 603, 21, "number", 2))


NOW = 1700000000.0 // 3600 * 3600     # the begin of an hour


def attempt(time: float = NOW, trunk: str = "carrier_a", route: str = "us", result: str = "ANSWER", **others: Any) -> dict[str, Any]:
    """An attempt as it is stored; an answered one, whose talk time and rate are not known, unless others say so."""
    return {"time": time, "route": route, "trunk": trunk, "number": 1, "prefix": "131255", "result": result, "sip": 200,
            "cause": 16, "pdd_ms": 1200, "answer_s": 4.5, "talk_s": None, "rate": None, "key": "V1220735260000000472", "generation": 7,
            "fault": "", **others}


def many(count: int, since: float, until: float, routes: dict[str, Sequence[str]], seed: int = 1) -> Iterator[dict[str, Any]]:
    """Attempts in order of time. ``routes``: {route: its trunks}; the first of each gets most."""
    chance = random.Random(seed)
    names, weights = list(routes), [1 / (place + 1) for place in range(len(routes))]
    for number in range(count):
        route = chance.choices(names, weights)[0]
        trunks = routes[route]
        trunk = chance.choices(trunks, [1 / (place + 1) for place in range(len(trunks))])[0]
        result, sip, cause, fault, _share = chance.choices(ENDS, [end[-1] for end in ENDS])[0]
        rang = fault != "trunk" and cause != 1
        yield attempt(
            since + (until - since) * number / count, trunk, route, result, sip=sip, cause=cause, fault=fault,
            pdd_ms=int(chance.lognormvariate(7.2, 0.6)) if rang else None,
            answer_s=round(chance.uniform(2, 25), 1) if result == "ANSWER" else None,
            talk_s=round(chance.expovariate(1 / 45), 1) if result == "ANSWER" else None, key=f"V{number}")
