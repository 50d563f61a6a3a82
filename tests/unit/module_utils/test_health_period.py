# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The period of a report: what is asked for, and its steps."""
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import period
from hypothesis import given
from hypothesis import strategies as st

HOUR, DAY = 3600, 86400


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


NOW = at("2026-11-30 14:25:10")


@pytest.mark.parametrize(("options", "since", "until", "length", "steps"), [
    ({}, "2026-11-24", "2026-11-30 14:25:10", DAY, 7),
    ({"days": 1, "from": "", "until": None}, "2026-11-29 15:00", "2026-11-30 14:25:10", HOUR, 24),
    ({"days": 2}, "2026-11-28 15:00", "2026-11-30 14:25:10", HOUR, 48),
    ({"days": 3}, "2026-11-28", "2026-11-30 14:25:10", DAY, 3),
    ({"days": 62}, "2026-09-30", "2026-11-30 14:25:10", DAY, 62),
    ({"days": 400}, "2025-10-27", "2026-11-30 14:25:10", 7 * DAY, 58),
    ({"from": "2026-11-01", "until": "2026-11-03"}, "2026-11-01", "2026-11-04", DAY, 3),
    ({"from": "2026-11-01", "until": "2026-11-01"}, "2026-11-01", "2026-11-02", HOUR, 24),
    ({"from": "2026-11-30 09:30", "until": "2026-11-30T10:15"}, "2026-11-30 09:00", "2026-11-30 10:15", HOUR, 2),
    ({"from": "2026-11-30"}, "2026-11-30", "2026-11-30 14:25:10", HOUR, 15),
    ({"from": "2026-11-20 09:30", "until": "2027-01-01"}, "2026-11-20", "2026-11-30 14:25:10", DAY, 11),
])
def test_a_period(options, since, until, length, steps):
    found = period.chosen(options, NOW)
    assert found == (at(since), at(until), length)
    assert len(period.steps(found)) == steps and period.steps(found)[0] == found.since


@pytest.mark.parametrize(("options", "told"), [
    ({"days": 0}, "days: must be 1 to 400, got: 0"), ({"days": 401}, "days: must be 1 to 400, got: 401"),
    ({"days": 7, "from": "2026-11-01"}, "days: give either"), ({"days": 7, "until": "2026-11-01"}, "days: give either"),
    ({"until": "2026-11-01"}, "until: from is required"), ({"from": "2026-11-31"}, "from: 2026-11-31 is not a time"),
    ({"from": "last week"}, "from: last week is not a time: give YYYY-MM-DD"), ({"from": "2026-12-01"}, "from: 2026-12-01 is in the future"),
    ({"from": "2026-11-02", "until": "2026-11-01"}, r"until: 2026-11-01 is not after from \(2026-11-02\)"),
    ({"from": "2025-10-01"}, "from: the period has more than 400 days"), ({"from": "2026-11-01", "until": "1"}, "until: 1 is not a time"),
])
def test_no_period(options, told):
    with pytest.raises(period.Wrong, match=told):
        period.chosen(options, NOW)


@given(st.integers(1, 400), st.integers(0, 2**33))
def test_every_period_has_few_steps_and_begins_where_sums_do(days, now):
    found = period.chosen({"days": days}, now + 400 * DAY)
    assert 1 <= len(period.steps(found)) <= 62
    assert found.since % min(found.length, DAY) == 0 and found.since < found.until <= period.steps(found)[-1] + found.length
