# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The child that the repair script leaves behind: whom it believes, and that no connection holds up another.

The script runs with a DBI that writes down what it is told, and at a port that the test's user can bind: the processes of
that user are to it what Asterisk's are on a dialer. Other users' connections take a second user, which the lab has.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.unit.descriptions import files

SCRIPT = files("documented")["repair.agi"]
CONF = files("documented")["repair.conf"]
PORT = int(re.search(r"^my \$PORT = (\d+);", SCRIPT, re.MULTILINE).group(1))
SETTING = "/proc/sys/net/ipv4/ip_unprivileged_port_start"

DBI = r"""
package DBI;
sub connect { return bless {}, 'DBI' }
sub selectrow_array { return 'cid_channels_recent' }
sub do {
    my ($self, $statement, undef, @values) = @_;
    open(my $log, '>>', $ENV{DBI_LOG});
    print $log join("\t", $$, @values), "\n";
    return 1;
}
1;
"""
LOGIN = "VARserver_ip => 198.18.0.11\nVARDB_server => db\nVARDB_database => asterisk\nVARDB_user => cron\n"
HEADING = "agi_request: repair.agi\nagi_channel: SIP/carrier_b-00000001\nagi_uniqueid: 1700000001.2\n\n"


class Script:
    """The script on one call: what it told Asterisk, and its child."""

    def __init__(self, folder: Path, **changed: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "DBI.pm").write_text(DBI)
        (folder / "astguiclient.conf").write_text(LOGIN)
        (folder / "setting").write_text("65535\n")
        text = SCRIPT.replace("/etc/astguiclient.conf", f"{folder}/astguiclient.conf")
        for old, new in {f"$PORT = {PORT};": f"$PORT = {self.port};", f"'{SETTING}'": f"'{folder}/setting'", **changed}.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "repair.agi").write_text(text)
        self.log = folder / "log"
        self.began = time.time()
        script = subprocess.Popen(
            ["perl", f"-I{folder}", str(folder / "repair.agi"), "1700000000.1", "V1234567890"], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "DBI_LOG": str(self.log)})
        script.stdin.write(HEADING)
        self.said = []
        for line in script.stdout:
            self.said.append(line.strip())
            script.stdin.write("200 result=1\n")
        assert script.wait(10) == 0
        script.stdin.close()
        script.stdout.close()
        self.known = len(self.calls())

    def calls(self, key: str = "") -> list[dict[str, str]]:
        """The calls that were repaired, once for each statement."""
        lines = [line.split("\t") for line in self.log.read_text().splitlines()]
        return [{"pid": line[0], "key": line[1], "channel": line[4], "uniqueid": line[5], "linkedid": line[8]}
                for line in lines if key in ("", line[1])]

    def child(self) -> int:
        """The number of the child's process, which looks at the first call again."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if self.calls()[-1]["pid"] != self.calls()[0]["pid"]:
                return int(self.calls()[-1]["pid"])
            time.sleep(0.02)
        raise AssertionError("the child did not look again")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def tell(self, key: str, name: str = "V") -> tuple[list[str], float]:
        """Tells of a call as Asterisk does; returns the commands that came, and after how many seconds the last."""
        began, commands = time.monotonic(), []
        with self.connect() as link, link.makefile("rw") as stream:
            stream.write(heading(key, name))
            stream.flush()
            for line in stream:
                commands.append(line.strip())
                stream.write("200 result=1\n")
                stream.flush()
        return commands, time.monotonic() - began


def heading(key: str, name: str = "V") -> str:
    return (f"agi_network: yes\nagi_network_script: 1700000010.5/{key}\nagi_request: agi://127.0.0.1:{PORT}/1700000010.5/{key}\n"
            "agi_channel: SIP/carrier_b-00000006\nagi_language: en\nagi_type: SIP\nagi_uniqueid: 1700000011.6\n"
            f"agi_version: 16\nagi_callerid: 13125550000\nagi_calleridname: {name}\nagi_threadid: 1\n\n")


@pytest.fixture
def start(tmp_path) -> Iterator:
    """Runs the script, with texts in it replaced; its child ends with the test."""
    started: list[Script] = []

    def run(**changed: str) -> Script:
        started.append(Script(tmp_path, **changed))
        return started[-1]

    yield run
    for script in started:
        os.kill(script.child(), signal.SIGKILL)


def test_dialplan_and_script_name_one_port_that_rpc_services_do_not_look_for():
    assert re.findall(r"agi://([^/]*)/", CONF) == [f"127.0.0.1:{PORT}"]
    assert PORT < 512


def test_asterisk_is_told_until_when_calls_are_taken(start):
    script = start()
    [command] = script.said
    until = int(re.fullmatch(r"SET VARIABLE GLOBAL\(TRUNKS_REPAIR_UNTIL\) (\d+)", command).group(1))
    assert 299 <= until - script.began <= 310


def test_the_next_call_is_repaired(start):
    script = start()
    assert script.tell("V2")[0] == ["SET VARIABLE trunks_repaired 1"]
    assert script.calls("V2")[0] == {
        "pid": str(script.child()), "key": "V2", "channel": "SIP/carrier_b-00000006", "uniqueid": "1700000011.6",
        "linkedid": "1700000010.5"}


def test_a_call_renews_the_time(start):
    script = start(**{"$RENEW = 60;": "$RENEW = 1;"})
    time.sleep(1.1)
    commands, _seconds = script.tell("V2")
    assert commands[0] == "SET VARIABLE trunks_repaired 1" and len(commands) == 2
    assert int(commands[1].split()[-1]) > int(script.said[0].split()[-1])


def test_silent_connections_hold_up_no_call(start):
    """Even of Asterisk's own user."""
    script = start()
    silent = [script.connect() for _one in range(200)]
    try:
        commands, seconds = script.tell("V2")
        assert commands == ["SET VARIABLE trunks_repaired 1"] and seconds < 1
    finally:
        for link in silent:
            link.close()


def test_a_call_whose_command_is_never_answered_holds_up_no_other(start):
    script = start()
    with script.connect() as silent:
        silent.sendall(heading("V3").encode())
        assert silent.recv(100) == b"SET VARIABLE trunks_repaired 1\n"
        assert script.tell("V2")[1] < 1
        assert silent.recv(100) == b""  # nor does it keep its connection


def test_a_silent_connection_is_dropped(start):
    with start().connect() as link:
        assert link.recv(100) == b""


@pytest.mark.parametrize("said", ["OPTIONS sip:x SIP/2.0\r\n\r\n", "\n\n", heading("V2").replace("/V2", ""), "agi_a: " + "x" * 20000])
def test_what_is_no_call_is_dropped(start, said):
    """As a SIP request, which anybody can have Asterisk send to any port."""
    script = start()
    with script.connect() as link:
        link.sendall(said.encode())
        try:
            assert link.recv(100) == b""
        except ConnectionResetError:
            pass  # it had not read all
    assert script.tell("V3")[0]
    assert {call["key"] for call in script.calls()} == {"V1234567890", "V3"}


def test_a_connection_that_belongs_to_no_process_is_not_believed(start):
    """The kernel calls a closed connection root's. The one who closed it may have been anybody."""
    script = start()
    os.kill(script.child(), signal.SIGSTOP)
    with script.connect() as link:
        link.sendall(heading("V2").encode())
    os.kill(script.child(), signal.SIGCONT)
    assert script.tell("V3")[0]
    assert not script.calls("V2")


@pytest.mark.parametrize("name", [
    "x\nagi_channel: SIP/other-1\nagi_uniqueid: 1.9\nagi_network_script: 1.1/V9",
    "x\nagi_network_script: 1.1/V9\nagi_channel: SIP/other-1\n\n",
    "x\nagi_arg_1: 1.1\nagi_arg_2: V9\n\n200 result=1\n",
])
def test_a_name_with_line_ends_tells_of_no_other_call(start, name):
    """IAX2 brings a caller's name as bytes of any kind."""
    script = start()
    script.tell("V2", name)
    assert [(call["key"], call["channel"], call["uniqueid"], call["linkedid"]) for call in script.calls() if call["key"] != "V1234567890"][0] == (
        "V2", "SIP/carrier_b-00000006", "1700000011.6", "1700000010.5")
    assert not script.calls("V9")


@pytest.mark.parametrize("changed", [
    {"/setting'": "/no/setting'"},  # a kernel without the setting, and a port above 1024
    {"$inode && $user == $>": "$inode && $user == $> + 1"},  # what the kernel says of a connection of one's own is wrong
    {"$sock_diag, $by_family, $request, $tcp, $established) = (16, 4,": "$sock_diag, $by_family, $request, $tcp, $established) = (16, 31,"},  # it says nothing
])
def test_there_is_no_port_where_it_would_not_be_safe(start, changed):
    script = start(**changed)
    assert script.said == []
    assert script.child()  # which looks again all the same
    with pytest.raises(ConnectionRefusedError):
        script.connect().recv(100)


def test_there_is_no_port_where_anybody_could_bind_it(start, tmp_path):
    """By the kernel's own setting."""
    assert start(**{f"{tmp_path}/setting": SETTING}).said == []
