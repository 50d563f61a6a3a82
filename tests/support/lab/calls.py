# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls through the lab: placed as VICIdial does, what the carriers received, and the events of the dialers' managers."""
from __future__ import annotations

import csv
import json
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.lab.machines import HOME, container, sh, sql


@dataclass(frozen=True)
class Received:
    """One call as a carrier noted it."""

    time: float
    carrier: str
    number: str
    caller: str
    key: str
    source: str


def received(since: float = 0, carriers: Iterable[str] = "ab") -> list[Received]:
    """Return the calls that reached the carriers since a moment (seconds since the epoch), in order."""
    found = []
    for carrier in carriers:
        for row in csv.reader(sh(f"carrier-{carrier}", "cat /var/log/carrier/calls.csv 2>/dev/null; true").splitlines()):
            call = Received(float(row[0]), carrier, row[1], row[2], row[3], row[4])
            if call.time >= since:
                found.append(call)
    return sorted(found, key=lambda call: call.time)


def times_received(carrier: str, number: str) -> int:
    """Return how often a number has reached a carrier (a or b) so far."""
    return sum(call.number == number for call in received(carriers=carrier))


def forget_received() -> None:
    """Empty the carriers' lists of calls."""
    for carrier in "ab":
        sh(f"carrier-{carrier}", ": > /var/log/carrier/calls.csv")


@dataclass
class Call:
    """One call: what `originate` says of it, and what the carriers received with its key."""

    key: str
    number: str
    agent: bool
    delay: float | None
    status: str
    log: dict[str, Any] | None
    attempts: list[Received]

    @property
    def carriers(self) -> str:
        """The carriers that it reached, in order: 'ab' for the first, then the second."""
        return "".join(attempt.carrier for attempt in self.attempts)

    @property
    def logged(self) -> tuple[str, int, int]:
        """DIALSTATUS, cause and SIP code of the row in vicidial_carrier_log."""
        assert self.log is not None, f"no row of {self.key} in vicidial_carrier_log"
        return self.log["dialstatus"], self.log["hangup_cause"], self.log["sip_hangup_cause"]


def place(mode: str, numbers: str | Iterable[str], *options: str, dialer: str = "dialer1") -> list[Call]:
    """Places calls as VICIdial does and returns them in the order of their placing, once all have ended.

    ``mode`` is auto or manual; numbers are taken in turn; options are those of `originate`.
    """
    listed = numbers if isinstance(numbers, str) else ",".join(numbers)
    began = time.time()
    out = sh(dialer, f"{HOME}/originate --{mode} --number {listed} {' '.join(options)}")
    by_key: dict[str, list[Received]] = {}
    for attempt in received(began - 1):
        by_key.setdefault(attempt.key, []).append(attempt)
    return [
        Call(one["key"], one["number"], one["agent"], one["agent_delay_s"], one["status"], one["carrier_log"],
             by_key.get(one["key"], []))
        for one in sorted(json.loads(out), key=lambda one: one["lead_id"])
    ]


def auto_dial(dialer: str, number: str, *options: str) -> dict[str, Any]:
    """Place one call as VICIdial's dialler does; what became of it."""
    done = sh(dialer, f"{HOME}/originate --auto --number {number} --hold 1 {' '.join(options)}")
    return json.loads(done)[0]


def log_rows(keys: Iterable[str]) -> dict[str, int]:
    """How many rows vicidial_carrier_log has of each call."""
    listed = ", ".join(f"'{key}'" for key in keys)
    rows = sql(f"SELECT caller_code, COUNT(*) FROM vicidial_carrier_log WHERE caller_code IN ({listed}) GROUP BY 1")
    return {key: int(count) for key, count in rows}


# Runs on a dialer: prints the manager's events of these names, on channels whose names begin so, as lines of JSON.
_WATCH = r"""
import json, socket, sys
names, prefix = sys.argv[1].split(","), sys.argv[2]
link = socket.create_connection(("127.0.0.1", 5038), 5)
stream = link.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
stream.readline()
stream.write("Action: Login\r\nUsername: cron\r\nSecret: 1234\r\nEvents: call,user\r\n\r\n")
stream.flush()
link.settimeout(None)
event = {}
for line in stream:
    line = line.rstrip("\r\n")
    if line:
        name, _, value = line.partition(": ")
        event[name] = value
        continue
    kind = event.get("Event")
    end = event.get("UserEvent") == "WatchEnd"
    if event.get("Message") == "Authentication accepted" or end or (
            kind in names and event.get("Channel", "").startswith(prefix)):
        print(json.dumps(event), flush=True)
    if end:
        break
    event = {}
"""

# Sends the UserEvent that ends a watch.
_END = (
    "printf 'Action: Login\\r\\nUsername: cron\\r\\nSecret: 1234\\r\\nEvents: off\\r\\n\\r\\n"
    "Action: UserEvent\\r\\nUserEvent: WatchEnd\\r\\n\\r\\nAction: Logoff\\r\\n\\r\\n'"
    " | { exec 3<>/dev/tcp/127.0.0.1/5038; cat >&3; cat <&3 >/dev/null; }"
)


@contextmanager
def watched(dialer: str, names: Sequence[str], beginning: str = "") -> Iterator[list[dict[str, str]]]:
    """A list that holds, once the block has ended, the dialer's events of these names on channels that begin so."""
    found: list[dict[str, str]] = []
    watch = subprocess.Popen(
        ["podman", "exec", "-i", container(dialer), "timeout", "3600", "python3", "-u", "-c", _WATCH, ",".join(names), beginning],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        first = watch.stdout.readline()
        assert "accepted" in first, f"the manager of {dialer} did not let us in: {first}"
        # Read beside the calls: a full pipe would hold the dialer's events back.
        reader = threading.Thread(target=lambda: found.extend(map(json.loads, watch.stdout)))
        reader.start()
        yield found
        # Our own last event: everything before it has come through, and nothing has to be waited for by the clock.
        sh(dialer, _END)
        reader.join(30)
        assert found.pop()["UserEvent"] == "WatchEnd"
    finally:
        watch.terminate()
        watch.communicate()


@contextmanager
def events(dialer: str, name: str = "TrunkAttempt") -> Iterator[list[dict[str, str]]]:
    """A list that holds, once the block has ended, the UserEvents of this name that the dialer sent meanwhile."""
    found: list[dict[str, str]] = []
    with watched(dialer, ["UserEvent"]) as seen:
        yield found
    found += [event for event in seen if event["UserEvent"] == name]
