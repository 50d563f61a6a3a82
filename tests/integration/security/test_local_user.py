# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local user of a dialer attacks the repair's port: neither Asterisk nor the repair does what that user says.

The user runs programs, binds ports, connects to them, and knows all that Asterisk's log, /proc and VICIdial's database
say of a call.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from support.lab import calls
from support.lab.failed_over import NUMBER, PORT, children, fail_over, started, stop
from support.lab.machines import INSIDE, asterisk, begin, execute, pace, sh, sql
from support.waiting import came_true

NOBODY = 65534
PLANTED = "/tmp/planted-by-nobody"
TABLE = "cid_channels_recent_198018000011"
STRANGER = "SIP/stranger-0000ffff"

# The ways in which FastAGI tells of a call: in the request, and as arguments.
SAY = f"""
import socket, sys, time
def connect(seconds=5):
    return socket.create_connection(("127.0.0.1", {PORT}), seconds)
def heading(linkedid, key, channel):
    return (f"agi_network: yes\\nagi_network_script: {{linkedid}}/{{key}}\\nagi_channel: {{channel}}\\nagi_uniqueid: 1.99999999\\n"
            f"agi_arg_1: {{linkedid}}\\nagi_arg_2: {{key}}\\n\\n").encode()
"""
# Waits for a child that is told of a call and gets no answer to give the port up, takes it, and has Asterisk run a command.
TAKE_OVER = SAY + f"""
link = connect() if sys.argv[1] == "wait" else None
link and link.sendall(heading("1.1", "V0000000000000000000", "SIP/x-1"))
until = time.monotonic() + 10
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
while True:
    try:
        server.bind(("127.0.0.1", {PORT}))
        break
    except PermissionError:
        sys.exit("not permitted")
    except OSError:
        if time.monotonic() > until:
            sys.exit("in use")
        time.sleep(0.05)
server.listen(100)
print("has the port", flush=True)
while True:
    link, _address = server.accept()
    with link, link.makefile("rw") as stream:
        while stream.readline().strip():
            pass
        stream.write('EXEC System "id >{PLANTED}"\\n')
        stream.flush()
        stream.readline()
"""
# Keeps so many connections open and says nothing, each anew once it is dropped.
SILENT = SAY + """
import selectors
links = selectors.DefaultSelector()
made = 0
def another():
    global made
    made += 1
    try:
        links.register(connect(0.1), selectors.EVENT_READ)
    except OSError:
        pass    # dropped already, or too many wait
for _one in range(int(sys.argv[1])):
    another()
print("connected", flush=True)
until = time.monotonic() + int(sys.argv[2])
while time.monotonic() < until:
    for key, _events in links.select(1):
        links.unregister(key.fileobj)
        key.fileobj.close()
    while sys.argv[3] == "again" and len(links.get_map()) < int(sys.argv[1]) and time.monotonic() < until:
        another()
print(made)
"""
# Tells of a call: once and waits, and then many times and leaves at once.
TELL = SAY + """
try:
    link = connect()
    link.sendall(heading(*sys.argv[1:]))
    print("answered", link.recv(100))
except ConnectionError:
    print("dropped")
for _one in range(200):
    try:
        with connect() as link:
            link.sendall(heading(*sys.argv[1:]))
    except ConnectionError:
        pass
"""


@pytest.fixture(autouse=True)
def without_a_child() -> Iterator[None]:
    pace()
    sh("dialer1", f"rm -f {PLANTED}")
    stop()
    yield
    stop()
    sh("dialer1", f"rm -f {PLANTED} /tmp/repair-of-another")


def as_nobody(program: str, *arguments: str) -> list[str]:
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "timeout", "60", "python3", "-uc", program, *arguments]


@contextmanager
def attack(program: str, *arguments: str) -> Iterator[subprocess.Popen]:
    """A program of that user's for the time of the block."""
    running = begin([INSIDE, "trunks-dialer1", *as_nobody(program, *arguments)])
    try:
        yield running
    finally:
        sh("dialer1", f"pkill -9 -u {NOBODY}; true")
        running.communicate()


def delay(made: list[calls.Call]) -> list[float]:
    """Seconds between the first trunk's call and the second's."""
    return [call.attempts[1].time - call.attempts[0].time for call in made]


def test_the_user_is_one_and_commands_of_asterisk_would_be_seen() -> None:
    """Or the tests below would pass for another reason."""
    said = execute([INSIDE, "trunks-dialer1", *as_nobody("import os; print(os.getuid(), os.getgroups())")]).stdout
    assert said.split() == [str(NOBODY), "[]"]
    asterisk("dialer1", f"channel originate Local/8304@default application System \"id >{PLANTED}\"")
    assert came_true(lambda: "uid=0" in sh("dialer1", f"cat {PLANTED}; true"), 10)


@pytest.mark.parametrize("when", ["wait", "at once"])
def test_nobody_else_can_take_the_port(when: str) -> None:
    """Whoever answers there is obeyed by Asterisk."""
    if when == "wait":
        fail_over(1)
    with attack(TAKE_OVER, when) as program:
        first = program.stdout.readline()
        fail_over(3)
    assert sh("dialer1", f"cat {PLANTED} 2>&1; true").endswith("No such file or directory\n")
    assert first == ""


def test_where_any_user_may_bind_the_port_it_is_not_used() -> None:
    """As in containers whose unprivileged ports begin at 0."""
    setting = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
    number = execute(["cat", "/run/dialer-trunks-lab/trunks-dialer1.pid"]).stdout.strip()
    into = ["nsenter", "--target", number, "--net", "sh", "-c"]
    execute([*into, f"echo 0 >{setting}"])
    try:
        before = started()
        fail_over(2)
        assert (children(), started()) == ([], before + 2)
        with attack(TAKE_OVER, "at once") as program:
            assert program.stdout.readline() == "has the port\n"
            fail_over(3)
        assert sh("dialer1", f"cat {PLANTED} 2>&1; true").endswith("No such file or directory\n")
    finally:
        execute([*into, f"echo 1024 >{setting}"])


@pytest.mark.parametrize("user,listens", [("0", True), (str(NOBODY), False)])
def test_where_asterisk_is_not_root_there_is_no_port(user: str, listens: bool) -> None:
    """The script runs as Asterisk's user."""
    sh("dialer1", "install -m 0755 /etc/asterisk/trunks/repair.agi /tmp/repair-of-another")
    said = sh("dialer1", f"setpriv --reuid={user} --clear-groups perl /tmp/repair-of-another 1.1 V0000000000000000000",
                  stdin="agi_channel: SIP/carrier_b-0000ffff\nagi_uniqueid: 1.9\n\n200 result=1\n")
    assert "VERBOSE" not in said  # it would say what went wrong
    assert ("TRUNKS_REPAIR_UNTIL" in said) is listens
    assert bool(sh("dialer1", f"ss -Hltn sport = :{PORT}")) is listens


@pytest.mark.parametrize("again", ["once", "again"])
def test_connections_that_say_nothing_delay_no_call(again: str) -> None:
    fail_over(1)
    usual = statistics.median(delay(fail_over(5)))
    before = started()
    with attack(SILENT, "200", "8", again) as program:
        assert program.stdout.readline() == "connected\n"
        under_attack = delay(fail_over(5))
        made = int(program.stdout.readline())
    print(f"usually {usual:.2f} s, with {made} connections {sorted(under_attack)}")
    assert max(under_attack) < usual + 1
    assert made >= (1000 if again == "again" else 200)
    assert again == "again" or started() == before, "the child did not take the calls"


def test_the_repair_believes_no_other_user() -> None:
    """Who knows linkedid and key of a live call, as Asterisk's log shows them to all, cannot give it another channel."""
    fail_over(1)
    with ThreadPoolExecutor(1) as pool:
        placed = pool.submit(calls.place, "auto", NUMBER, "--hold 8")
        rows: list[list[str]] = []

        def live() -> bool:
            rows[:] = sql(f"SELECT linkedid, caller_id_name FROM {TABLE} WHERE dest_channel LIKE 'SIP/carrier_b-%'"
                              f" AND call_date > NOW() - INTERVAL 15 SECOND AND linkedid >= '{began}' ORDER BY linkedid DESC LIMIT 1")
            return bool(rows)

        began = time.time() - 1
        assert came_true(live, 10)
        [[linkedid, key]] = rows
        said = execute([INSIDE, "trunks-dialer1", *as_nobody(TELL, linkedid, key, STRANGER)]).stdout
        row = sql(f"SELECT DISTINCT dest_channel FROM {TABLE} WHERE linkedid = '{linkedid}'")
        [call] = placed.result()
    assert call.key == key
    assert [channel.split("-")[0] for [channel] in row] == ["SIP/carrier_b"], "re-pointed"
    assert said == "dropped\n"
    assert (call.carriers, call.agent) == ("ab", True)
    fail_over(1)
    assert len(children()) == 1
