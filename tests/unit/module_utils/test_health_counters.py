# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts that the metrics show, as the renderer of the metrics takes them."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import ami, metrics
from ansible_collections.dialer.trunks.plugins.module_utils._health.counters import Counters
from ansible_collections.dialer.trunks.plugins.module_utils._health.measures import PDD_BUCKETS

NOTHING = {"attempts": {}, "pdd": [0] * 11, "pdd_ms": 0, "talk_s": 0, "cost": 0, "suspensions": 0}


def attempt(result="ANSWER", fault="", **others):
    return {"trunk": "carrier_a", "result": result, "fault": fault, "pdd_ms": None, "talk_s": None, "rate": None, **others}


def test_a_trunk_without_calls():
    assert Counters().of("carrier_a") == NOTHING


@pytest.mark.parametrize("result, fault, counted", [
    ("ANSWER", "", "answered"), ("BUSY", "number", "busy or no answer"), ("NOANSWER", "", "busy or no answer"),
    ("CANCEL", "", "cancelled"), ("CONGESTION", "trunk", "trunk"), ("CHANUNAVAIL", "number", "number"),
])
def test_results(result, fault, counted):
    counters = Counters()
    for _attempt in range(2):
        counters.attempt(attempt(result, fault))
    assert counters.of("carrier_a")["attempts"] == {counted: 2}
    assert counters.of("carrier_b") == NOTHING


def test_every_result_is_one_that_the_metrics_have():
    counters = Counters()
    for result in sorted(ami.RESULTS):
        counters.attempt(attempt(result, "" if result in ("ANSWER", "NOANSWER", "CANCEL") else "trunk"))
    found = counters.of("carrier_a")["attempts"]
    assert set(found) <= set(metrics.RESULTS) and sum(found.values()) == len(ami.RESULTS)


def test_cost():
    """A minute and a half at 0.02, and another half at 0.04: 0.03 + 0.02. No rate is known for the last, nor of who still talks."""
    counters = Counters()
    counters.attempt(attempt(talk_s=90, rate=0.02))
    counters.attempt(attempt(rate=0.02))
    counters.talked("carrier_a", 30, 0.04)
    counters.talked("carrier_a", 30, None)
    assert counters.of("carrier_a")["cost"] == pytest.approx(0.05) and counters.of("carrier_a")["talk_s"] == 150


def test_pdd_and_seconds_talked():
    counters = Counters()
    for pdd in (250, 251, 30000, 30001, None):
        counters.attempt(attempt(pdd_ms=pdd, talk_s=2.5))
    counters.talked("carrier_a", 60.0, None)
    found = counters.of("carrier_a")
    assert len(found["pdd"]) == len(PDD_BUCKETS) + 1
    assert (found["pdd"], found["pdd_ms"], found["talk_s"]) == ([1, 1] + [0] * 7 + [1, 1], 60502, 72.5)


def test_the_metrics_show_them():
    counters = Counters()
    counters.attempt(attempt(pdd_ms=1200))
    for _suspension in range(3):
        counters.suspended("carrier_a")
    text = metrics.render({"pdd_bounds_ms": PDD_BUCKETS, "trunks": {"carrier_a": counters.of("carrier_a")}})
    for line in ('attempts_total{trunk="carrier_a",result="answered"} 1', 'pdd_seconds_bucket{trunk="carrier_a",le="2.0"} 1',
                 'pdd_seconds_sum{trunk="carrier_a"} 1.2', 'suspensions_total{trunk="carrier_a"} 3'):
        assert f"dialer_trunks_{line}\n" in text
