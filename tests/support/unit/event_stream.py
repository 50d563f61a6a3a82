# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A monitor in a process of its own, and very many events: from the bytes of AMI on a socket through the loop of the monitor to
the SQLite file, the log file, the hooks' queue and the metrics. What Asterisk's command line answers is made up, and so is the
time: it passes by a second for each batch of events.

    python3 -m support.unit.event_stream DIRECTORY --marks 20000 50000 [--remembered 500] [--keep-mb 1]

prints a line of JSON for each mark: the events so far, the KB of memory, and what was done with them.
"""
from __future__ import annotations

import argparse
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._health import attempt_log, calls, events, missed, watch

from support.unit.health import ORDERS, Asterisk, Clock, files_below

BATCH = 500             # events of a second
_CONNECTION = 100       # batches until the connection is lost
_OUTAGE, _LENGTH = 40, 3    # each 40th batch begins an outage of 3, in which carrier_b refuses all calls
_BOOTED = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"     # has the monitor end its second
_HANGUP = "Event: Hangup\r\nPrivilege: call,all\r\nChannel: {}-{:08x}\r\nUniqueid: {}.1\r\nLinkedid: {}\r\nCause: 16\r\n\r\n"
_ATTEMPT = (
    "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: TrunkAttempt\r\nChannel: Local/9@default-{0:08x};2\r\nLinkedid: {1}\r\n"
    "Route: us\r\nTrunk: {2}\r\nAttempt: 1\r\n{3}\r\nRing: {4}\r\nProgress: \r\nNumber: 9131255{0:05d}\r\nKey: V{0:019d}\r\n\r\n")
# One after another: of a number, answered, silent, cancelled, and one that no dialplan of this collection sends.
_RESULTS = (
    "Result: BUSY\r\nCause: 17\r\nSip: 486\r\nSeconds: 2\r\nAnswered: ", "Result: ANSWER\r\nCause: 16\r\nSip: 200\r\nSeconds: 9\r\nAnswered: 250",
    "Result: CHANUNAVAIL\r\nCause: 18\r\nSip: \r\nSeconds: 7\r\nAnswered: ", "Result: CANCEL\r\nCause: 0\r\nSip: 180\r\nSeconds: 9\r\nAnswered: ",
    "Result: GREAT\r\nCause: 999\r\nSip: x\r\nSeconds: -\r\nAnswered: ")
_REFUSED = "Result: CONGESTION\r\nCause: 34\r\nSip: 503\r\nSeconds: 1\r\nAnswered: "


def batch(number: int) -> bytes:
    """The events of one second, BATCH of them."""
    return "".join([*_batch(number), _BOOTED]).encode()


def _batch(number: int) -> Iterator[str]:
    outage = number % _OUTAGE < _LENGTH
    for place in range(0, BATCH - 2, 2):
        call = number * BATCH + place
        trunk, linkedid = ("carrier_a", "carrier_b")[place // 2 % 2], f"18{call:08d}.7"
        result = _REFUSED if outage and trunk == "carrier_b" else _RESULTS[(1, 1, 1, 0, 1, 3, 1, 1, 1, 4, 1, 2)[place // 2 % 12]]
        yield _ATTEMPT.format(call % 100000, linkedid, trunk, result, "" if "CHANUNAVAIL" in result else 900 + call % 3000)
        # Half are of incoming calls, whose attempt never comes; and so of half the calls no hang-up is ever seen. That is far more
        # than on a dialer: what the monitor remembers of them has its full size soon.
        yield _HANGUP.format("SIP/8001" if place % 4 == 0 else f"SIP/{trunk}", call, linkedid, linkedid)
    yield f"Event: PeerStatus\r\nPeer: SIP/8001\r\nX: {'y' * (20000 if number % 10 == 0 else 9)}\r\n\r\n"


def serve(listening: socket.socket, orders: int) -> None:
    """AMI's end: sends a batch for each byte from ``orders``, and closes the connection now and then."""
    number = 0
    while True:
        connection, _address = listening.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(b"Asterisk Call Manager/5.0.2\r\n")
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(4096)
            connection.sendall(b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n")
            while True:
                if not os.read(orders, 1):
                    return
                connection.sendall(batch(number))
                number += 1
                if number % _CONNECTION == 0:
                    break


def run(directory: Path, marks: list[int], remembered: int, keep_mb: int) -> Iterator[dict[str, Any]]:
    """Let the events come until the last mark. Yields what is told at each."""
    listening = socket.create_server(("127.0.0.1", 0))
    reading, ordering = os.pipe()
    child = os.fork()
    if not child:
        os.close(ordering)
        try:
            serve(listening, reading)
        finally:
            os._exit(0)
    listening_at = listening.getsockname()
    listening.close()
    os.close(reading)
    files_below(directory, setattr)
    clock, asterisk = Clock(), Asterisk()
    clock.passed = 1.0
    watch.time = events.time = attempt_log.time = missed.time = clock
    watch.syslog, calls.REMEMBERED = _Silent, remembered
    asterisk.ami["TCP Bindaddress"] = "%s:%d" % listening_at
    monitor = watch.Watch(asterisk.cli, "p1")
    monitor.follow(7, {**ORDERS, "breaker": {"attempts": 20, "window": 60, "failed": 50}, "keep_mb": keep_mb,
                       "metrics_file": str(directory / "trunks.prom"), "webhook": "http://127.0.0.1:9/"}, "s3cret", None)
    sent = 0
    try:
        for mark in marks:
            while sent < mark:
                os.write(ordering, b"1")
                monitor.tick(1.0)
                clock.passed += 1
                asterisk.asked.clear()
                sent += BATCH
            log = monitor._log
            yield {"events": sent, "kb": memory(), "odd": monitor._calls.odd, "dropped": monitor._events.dropped, "lost": log.lost,
                   "waiting": log.waiting, "trouble": log.trouble, "file": os.path.getsize(log._path),
                   "attempts": {name: sum(monitor._counters.of(name)["attempts"].values()) for name in ORDERS["trunks"]},
                   "suspensions": {name: monitor._counters.of(name)["suspensions"] for name in ORDERS["trunks"]}}
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ordering)
        monitor.end()


class _Silent:
    """The module syslog."""

    LOG_WARNING = LOG_INFO = LOG_ERR = 0

    @staticmethod
    def syslog(_level: int, _text: str) -> None:
        """Nothing is to be read in this machine's log."""


def memory() -> int:
    """The KB of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--marks", type=int, nargs="+", required=True)
    parser.add_argument("--remembered", type=int, default=calls.REMEMBERED)
    parser.add_argument("--keep-mb", type=int, default=1)
    wanted = parser.parse_args()
    for told in run(wanted.directory, wanted.marks, wanted.remembered, wanted.keep_mb):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
