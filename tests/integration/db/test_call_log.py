# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's carrier log in groups, from a real MariaDB."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import call_log
from ansible_collections.dialer.trunks.plugins.module_utils._health.period import Period

HOUR = 3600
BEGIN = 1_796_000_400
PERIOD = Period(BEGIN, BEGIN + 2 * HOUR - 1800, HOUR)
CALLS = [   # server, seconds after the begin, DIALSTATUS, cause, SIP response, seconds talked
    (11, -1, "ANSWER", 16, 200, 9), (11, 0, "ANSWER", 16, 200, 30), (11, 3599, "ANSWER", 16, 200, 90), (11, 3599, "ANSWER", 16, 200, 0),
    (11, 3600, "BUSY", 17, 486, 0), (11, 5399, "CONGESTION", 34, 503, 0), (11, 5400, "BUSY", 17, 486, 0), (12, 10, None, None, None, None),
    (13, 10, "ANSWER", 16, 200, 7)]


@pytest.fixture(name="cursor")
def _cursor(db, server):
    db.run("TRUNCATE vicidial_carrier_log")
    for number, (place, after, status, cause, sip, talked) in enumerate(CALLS):
        db.run("INSERT INTO vicidial_carrier_log (uniqueid, call_date, server_ip, dialstatus, hangup_cause, sip_hangup_cause, answered_time) "
               "VALUES (%s, FROM_UNIXTIME(%s), %s, %s, %s, %s, %s)", f"1796000400.{number}", BEGIN + after, f"198.18.0.{place}", status, cause, sip, talked)
    with server.cursor() as cursor:
        yield cursor


def test_calls_of_the_period_by_server_step_and_end(cursor) -> None:
    assert call_log.groups(cursor, PERIOD, ["198.18.0.11", "198.18.0.12"]) == [
        ["198.18.0.11", 0, "ANSWER", 16, 200, 3, 120, 2], ["198.18.0.11", 1, "BUSY", 17, 486, 1, 0, 0],
        ["198.18.0.11", 1, "CONGESTION", 34, 503, 1, 0, 0], ["198.18.0.12", 0, "", 0, 0, 1, 0, 0]]
    assert call_log.groups(cursor, PERIOD, []) == []


def test_too_many_ends_are_refused(cursor, monkeypatch) -> None:
    monkeypatch.setattr(call_log, "MOST_GROUPS", 3)
    with pytest.raises(call_log.TooMuch, match="ask for a shorter period"):
        call_log.groups(cursor, PERIOD, ["198.18.0.11", "198.18.0.12"])


def test_the_index_of_the_date_is_used(cursor) -> None:
    cursor.execute("EXPLAIN " + call_log.SELECT.format(places="%s", limit=9), [BEGIN, HOUR, BEGIN, BEGIN + 60, "198.18.0.11"])
    assert "call_date" in cursor.fetchall()[0]
