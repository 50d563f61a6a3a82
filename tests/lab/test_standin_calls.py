# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real calls through the stand-in: the channel table, 138368, the redirect, 8368 (docs/vicidial.md 1.3, 1.4).

The most important one is test_plain_failover_loses_customers: without the loss there would be nothing to repair.
"""

from __future__ import annotations

import threading
import time

import pytest

from support.lab.machines import HOME
from support.waiting import came_true

ONE, TWO = "58", "59"  # dial prefixes: the first carrier alone; the first and then, plainly, the second
ANSWERED, BUSY, DEAD, REFUSED_THEN_ANSWERED = "13125551211", "13125551212", "13125551214", "13125551219"


def auto(routes, prefix: str, number: str, *more: str) -> list[dict]:
    return routes.originate("--auto", "--prefix", prefix, "--number", number, "--hold", "1", *more)


def manual(routes, prefix: str, number: str, *more: str) -> list[dict]:
    return routes.originate("--manual", "--prefix", prefix, "--number", number, "--hold", "1", *more)


def reached(calls: list[dict]) -> int:
    return sum(call["agent"] for call in calls)


def test_a_call_that_the_first_trunk_answers_always_reaches_the_agent(routes):
    calls = auto(routes, ONE, ANSWERED, "--count", "10", "--rate", "4")
    assert reached(calls) == 10
    for call in calls:
        assert call["mode"] == "auto" and call["key"].startswith("V") and len(call["key"]) == 20
        assert 0.9 < call["agent_delay_s"] < 3 and call["status"] == "PU"
        # The route's h runs at the redirect, not at the hang-up: hardly any time was answered.
        log = call["carrier_log"]
        assert (log["dialstatus"], log["hangup_cause"]) == ("ANSWER", 16)
        assert (log["sip_hangup_cause"], log["sip_hangup_reason"]) == (200, "OK)")
        assert log["answered_time"] <= 1


def test_plain_failover_loses_customers(routes):
    calls = auto(routes, TWO, REFUSED_THEN_ANSWERED, "--count", "30", "--rate", "4")
    assert all(call["carrier_log"]["dialstatus"] == "ANSWER" for call in calls)
    assert 6 <= reached(calls) <= 24, f"{reached(calls)} of 30 at the agent"


def test_plain_failover_is_harmless_on_manual_calls(routes):
    calls = manual(routes, TWO, REFUSED_THEN_ANSWERED, "--count", "4")
    assert reached(calls) == 4


@pytest.mark.parametrize("mode", [auto, manual])
def test_busy_and_dead_numbers(routes, mode):
    busy, dead = mode(routes, ONE, f"{BUSY},{DEAD}")
    for call, status, dialstatus, cause in ((busy, "AB", "BUSY", 17), (dead, "ADC", "CHANUNAVAIL", 1)):
        assert not call["agent"] and call["status"] == status
        assert (call["carrier_log"]["dialstatus"], call["carrier_log"]["hangup_cause"]) == (dialstatus, cause)


def test_a_manual_call_talks_on_its_own_channel(routes):
    [call] = manual(routes, ONE, ANSWERED, "--hold", "3")
    assert call["agent"] and call["key"].startswith("M")
    assert call["carrier_log"]["dialstatus"] == "ANSWER" and call["carrier_log"]["answered_time"] >= 2


def test_the_dial_timeout_caps_the_route(routes):
    [call] = auto(routes, ONE, "13125551216", "--dial-timeout", "3")
    assert not call["agent"] and 2.5 < call["seconds"] < 5


def test_the_caller_id_number_goes_out_and_the_name_stays_the_key(routes):
    seen = []

    def watch() -> None:
        came_true(
            lambda: (
                seen.extend(
                    line
                    for line in routes.cli("core show channels concise").splitlines()
                    if line.startswith(f"{routes.tech}/zya") and line not in seen
                )
                or seen
            ),
            6,
        )

    watcher = threading.Thread(target=watch)
    watcher.start()
    [call] = auto(routes, ONE, ANSWERED, "--hold", "2", "--caller-id", "3125550123")
    watcher.join()
    assert call["agent"] and seen and "3125550123" in seen[0]


def test_a_hundred_calls(routes):
    began = time.monotonic()
    calls = auto(routes, ONE, ANSWERED, "--count", "100", "--rate", "5")
    assert reached(calls) == 100 and time.monotonic() - began < 60


def rows_while_calling(routes, table: str) -> list[list[str]]:
    """The rows that one answered call brought into the table."""
    [call] = auto(routes, ONE, ANSWERED)
    assert call["agent"]
    return routes.sql(
        f"SELECT channel, dest_channel, linkedid, uniqueid, dest_uniqueid FROM {table}"
        f" WHERE '{call['key']}' IN (caller_id_name, connected_line_name)"
    )


def check(rows: list[list[str]], tech: str) -> None:
    assert 2 <= len(rows) <= 6, rows  # the call rang for 1 s, and was looked at every 0.4 s
    for channel, dest_channel, _linked, uniqueid, dest_uniqueid in rows:
        assert channel.startswith("Local/") and dest_channel.startswith(f"{tech}/zya-") and uniqueid != dest_uniqueid
    assert len({row[2] for row in rows}) == 1


def test_the_channel_table_of_this_server(routes):
    check(rows_while_calling(routes, routes.table), routes.tech)


def test_the_common_channel_table_where_the_own_one_cannot_be_made(routes):
    conf = "/etc/astguiclient.conf"
    routes.sh(f"cp -p {conf} /tmp/standin-conf; sed -i 's/^VARDB_custom_pass.*/VARDB_custom_pass => wrong/' {conf}")
    routes.sql(f"DROP TABLE IF EXISTS {routes.table}")
    try:
        routes.sh(f"{HOME}/standin restart channels; sleep 1")
        assert routes.sql(f"SHOW TABLES LIKE '{routes.table}'") == []
        check(rows_while_calling(routes, "cid_channels_recent"), routes.tech)
        assert routes.value("SELECT COUNT(*) FROM cid_channels_recent WHERE server_ip IS NOT NULL") == "0"
    finally:
        routes.sh(f"cat /tmp/standin-conf >{conf}; {HOME}/standin restart channels; sleep 1")
    assert routes.sql(f"SHOW TABLES LIKE '{routes.table}'") == [[routes.table]]


def test_old_rows_are_flushed_and_no_others(routes):
    old = routes.sh("cat /etc/standin.conf", check=False)
    routes.sql(
        f"INSERT INTO {routes.table} (caller_id_name, connected_line_name, call_date) VALUES"
        " ('standin old', '', NOW() - INTERVAL 130 SECOND), ('standin new', '', NOW() - INTERVAL 60 SECOND)"
    )
    try:
        routes.sh("echo 'flush_period = 1' >>/etc/standin.conf")
        names = f"SELECT caller_id_name FROM {routes.table} WHERE caller_id_name LIKE 'standin %'"
        assert came_true(lambda: routes.sql(names) == [["standin new"]], 6)
    finally:
        routes.sh("cat >/etc/standin.conf", stdin=old) if old else routes.sh("rm -f /etc/standin.conf")
        routes.sql(f"DELETE FROM {routes.table} WHERE caller_id_name LIKE 'standin %'")
