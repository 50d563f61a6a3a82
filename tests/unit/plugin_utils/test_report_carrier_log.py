# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums of VICIdial's carrier log by hand: whose fault, NER, minutes; and what cannot be is refused."""
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import call_log
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, reported
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import carrier_log, dialers

HOUR = 3600
BEGIN = 1_796_000_400
PERIOD = Period(BEGIN, BEGIN + 2 * HOUR, HOUR)
A, B = "198.18.0.11", "198.18.0.12"


def told(*groups: list[Any], columns: Any = call_log.COLUMNS, period: Period = PERIOD) -> dict[str, Any]:
    packed = reported.pack({"period": dict(period._asdict()), "columns": columns, "groups": groups})
    return carrier_log.unpacked(packed, PERIOD)


def test_by_hand() -> None:
    found = told(
        [A, 0, "ANSWER", 16, 200, 10, 600, 8], [A, 0, "CONGESTION", 34, 503, 4, 0, 0], [A, 1, "BUSY", 17, 486, 3, 0, 0],
        [A, 1, "CHANUNAVAIL", 1, 404, 2, 0, 0], [A, 1, "NOANSWER", 19, 0, 1, 0, 0], [B, 0, "CANCEL", 0, 0, 5, 0, 0])
    assert list(found) == [A, B]
    [sums] = found[A]["sums"]
    assert (sums["trunk"], sums["route"]) == ("(unknown)", "(unknown)")
    assert (sums["attempts"], sums["answered"], sums["network_effective"]) == (20, 10, 14)
    assert (sums["talk_s"], sums["talks"], measures.acd(sums)) == (600.0, 8, 75.0)
    assert sums["causes"] == {34: 4, 17: 3, 1: 2, 19: 1} and sum(sums["pdd"]) == 0
    assert [(row["start"] - BEGIN, row["attempts"]) for row in found[A]["trunks"]] == [(0, 14), (HOUR, 6)]
    assert found[B]["sums"][0]["network_effective"] == 0, "whether it rang is not in the log"


def test_nothing_is_told_of_a_server_without_calls() -> None:
    assert told() == {}


@pytest.mark.parametrize("groups", [
    [[A, 2, "ANSWER", 16, 200, 1, 1, 1]], [[A, -1, "ANSWER", 16, 200, 1, 1, 1]], [[A, "0", "ANSWER", 16, 200, 1, 1, 1]],
    [[A, 0, "ANSWER", 16, 200, -5, 1, 1]], [[A, 0, "ANSWER", "x", 200, 1, 1, 1]], [[A, 0]], [7], [[A, 0, "ANSWER", 16, 200, 1, "nan", 1]]])
def test_what_cannot_be_is_refused(groups: Any) -> None:
    with pytest.raises(dialers.Odd):
        told(*groups)


def test_another_period_is_refused() -> None:
    with pytest.raises(dialers.Odd):
        told([A, 0, "ANSWER", 16, 200, 1, 1, 1], period=Period(BEGIN - HOUR, *PERIOD[1:]))
