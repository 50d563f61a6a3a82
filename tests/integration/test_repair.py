# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that repairs VICIdial's channel table, and its child that takes the calls after the first one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from support.lab.failed_over import PORT, children, fail_over, started, stop
from support.lab.machines import asterisk, begin, execute, pace, sh
from support.lab.playbooks import ROUTE, provision
from support.waiting import came_true

# A call as Asterisk tells of one, by hand: what it is answered, and how long that took.
ASK = f"""
import socket, time
began = time.monotonic()
with socket.create_connection(("127.0.0.1", {PORT}), 1) as link:
    link.settimeout(10)
    link.sendall(b"agi_network: yes\\nagi_network_script: 1.1/V0000000000000000000\\n"
                 b"agi_channel: SIP/carrier_b-0000ffff\\nagi_uniqueid: 1.9\\n\\n")
    print(link.recv(200).decode().strip(), "after", round(time.monotonic() - began))
"""


@pytest.fixture(autouse=True)
def without_a_child() -> Iterator[None]:
    pace()
    stop()
    yield
    stop()


def test_the_first_call_starts_the_script_and_the_next_ones_do_not() -> None:
    before = started()
    fail_over(1)
    [child] = children()
    [until] = re.findall(r"TRUNKS_REPAIR_UNTIL=(\d+)", asterisk("dialer1", "dialplan show globals"))
    assert 0 < int(until) - time.time() <= 300
    fail_over(10)
    assert (children(), started()) == ([child], before + 1)


def test_a_child_that_was_killed_is_replaced_by_the_next_call() -> None:
    fail_over(1)
    [child] = children()
    sh("dialer1", f"kill -9 {child}")
    fail_over(3)
    [other] = children()
    assert other != child


def test_a_child_that_lost_the_database_lets_the_script_tell() -> None:
    """It answers nothing, for no call may hang on a database that hangs, and is not asked again."""
    fail_over(1)
    execute(["podman", "pause", "trunks-db"])
    try:
        said = sh("dialer1", "python3 -", stdin=ASK).strip()
    finally:
        execute(["podman", "unpause", "trunks-db"])
    assert said in ("after 2", "after 3", "after 4")
    assert came_true(lambda: not children(), 3)
    fail_over(2)
    assert len(children()) == 1


def test_when_the_time_that_it_told_is_over_the_script_runs() -> None:
    """Whatever listens then, Asterisk does not ask it."""
    fail_over(1)
    asterisk("dialer1", "dialplan set global TRUNKS_REPAIR_UNTIL 1700000000")
    before = started()
    fail_over(1)
    assert started() == before + 1


def test_a_commit_replaces_it() -> None:
    fail_over(1)
    [child] = children()
    provision(dialer_routes=[{**ROUTE, "max_attempts": 2, "before_dial": ["NoOp(x)"]}])
    try:
        assert came_true(lambda: not children(), 10), "the child of the former generation stays"
        fail_over(2)
        assert len(children()) == 1 and children() != [child]
    finally:
        provision()


def test_where_something_else_has_the_port_each_call_runs_the_script() -> None:
    other = begin(["podman", "exec", "trunks-dialer1", "timeout", "60", "python3", "-uc",
                       f"import socket; s = socket.create_server(('127.0.0.1', {PORT})); print('listening', flush=True); s.accept()"])
    try:
        assert "listening" in other.stdout.readline()
        before = started()
        fail_over(3)
        assert (children(), started()) == ([], before + 3)
    finally:
        sh("dialer1", "pkill -f create_server")
        other.communicate()
