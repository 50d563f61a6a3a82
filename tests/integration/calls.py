# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of calls, firewall and secrets need of the running lab: commands, playbooks, calls and their traces."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INSIDE = ROOT / "lab/inside"  # INSIDE, container, command...
INVENTORY = ROOT / "inventory/lab/hosts.yml"
HOME = "/usr/share/astguiclient"
LIMIT = 240  # seconds that any one command may take
SERVER_IP = {"dialer1": "198.18.0.11", "dialer2": "198.18.0.12"}
# Seconds between two visits of the dialers' generators while these tests run. VICIdial's own is 60.
PACE = 1


def execute(argv: Sequence[Any], stdin: str = "", check: bool = True, **more: Any) -> subprocess.CompletedProcess:
    """Runs a command; what it printed is text. Fails the test when it ends with another code than 0 and check is set."""
    done = subprocess.run(
        [str(part) for part in argv], input=stdin, capture_output=True, text=True, timeout=LIMIT, check=False, **more
    )
    assert not check or done.returncode == 0, f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


def begin(argv: Sequence[Any], **more: Any) -> subprocess.Popen:
    """A command that runs beside the test; what it prints is text."""
    return subprocess.Popen([str(part) for part in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def sh(machine: str, command: str, stdin: str = "", check: bool = True) -> str:
    """What a shell command prints on a machine of the lab (dialer1, db, carrier-a, phone, stranger …)."""
    return execute([INSIDE, f"trunks-{machine}", "bash", "-c", command], stdin, check).stdout


def cli(dialer: str, command: str) -> str:
    """What the dialer's running Asterisk answers."""
    return sh(dialer, "asterisk -rx \"$(cat)\"", stdin=command)


def sql(statements: str) -> list[list[str]]:
    """Rows of the statements in VICIdial's database as texts; NULL is 'NULL'."""
    out = sh("db", "mariadb -N -B asterisk", stdin=statements)
    return [line.split("\t") for line in out.splitlines()]


def wait_until(condition: Callable[[], Any], seconds: float, every: float = 0.3) -> bool:
    """Whether the condition came true within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(every)
    return False


def lab(*arguments: str) -> None:
    """A command of the lab."""
    execute([ROOT / "lab/lab", *arguments])


@dataclass(frozen=True)
class Playbook:
    """What became of a run of ansible-playbook: everything printed, its exit code, and the recap's sums."""

    output: str
    code: int

    @property
    def recap(self) -> dict[str, int]:
        """Sums over all hosts: ok, changed, unreachable, failed …"""
        sums: dict[str, int] = {}
        for line in self.output.split("PLAY RECAP")[-1].splitlines():
            for word in line.split(":")[-1].split():
                key, equals, value = word.partition("=")
                if equals and value.isdigit():
                    sums[key] = sums.get(key, 0) + int(value)
        return sums


def playbook(
    name: str, *options: str, variables: dict[str, Any] | None = None, check: bool = True, environment: dict | None = None
) -> Playbook:
    """Runs one of the collection's playbooks on the lab from the checkout; ``variables`` go by --extra-vars."""
    extra = ["--extra-vars", json.dumps(variables)] if variables else []
    done = execute(
        ["ansible-playbook", "-i", INVENTORY, ROOT / name, *extra, *options],
        check=False,
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "500", **(environment or {})},
    )
    result = Playbook(done.stdout + done.stderr, done.returncode)
    assert not check or result.code == 0, result.output
    return result


def provision(**variables: Any) -> Playbook:
    """Brings the lab to its own description, with these variables instead of the inventory's, and without leftovers."""
    return playbook("site.yml", variables={"dialer_prune": True, **variables})


# What the inventory of the lab describes, for tests that change a part of it.
CARRIER_A = {"name": "carrier_a", "description": "VoIP Provider A", "host": "198.18.10.10", "max_calls": 100}
CARRIER_B = {"name": "carrier_b", "description": "VoIP Provider B", "host": "198.18.20.20", "max_calls": 100}
ROUTE = {"name": "us", "dial_prefix": "9", "patterns": ["1NXXNXXXXXX"],
         "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}]}


@dataclass(frozen=True)
class Received:
    """One call as a carrier noted it."""

    time: float
    carrier: str
    number: str
    caller: str
    key: str
    source: str


def received(since: float = 0) -> list[Received]:
    """The calls that reached the carriers since a moment (seconds since the epoch), in order."""
    found = []
    for carrier in ("a", "b"):
        for row in csv.reader(sh(f"carrier-{carrier}", "cat /var/log/carrier/calls.csv").splitlines()):
            call = Received(float(row[0]), carrier, row[1], row[2], row[3], row[4])
            if call.time >= since:
                found.append(call)
    return sorted(found, key=lambda call: call.time)


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


def log_rows(keys: Iterable[str]) -> dict[str, int]:
    """How many rows vicidial_carrier_log has of each call."""
    listed = ", ".join(f"'{key}'" for key in keys)
    rows = sql(f"SELECT caller_code, COUNT(*) FROM vicidial_carrier_log WHERE caller_code IN ({listed}) GROUP BY 1")
    return {key: int(count) for key, count in rows}


def forget_silence(*dialers: str) -> None:
    """Takes the hold of silent trunks off, which one test would leave to the next."""
    for dialer in dialers or SERVER_IP:
        for line in cli(dialer, "dialplan show globals").splitlines():
            name = line.strip().partition("=")[0]
            if name.startswith("TRUNKS_COOL_DOWN_"):
                cli(dialer, f'dialplan set global {name} ""')


# Runs on a dialer: logs in at the manager and prints each UserEvent as a line of JSON.
_WATCH = r"""
import json, socket, time
link = socket.create_connection(("127.0.0.1", 5038), 5)
stream = link.makefile("rw", encoding="utf-8", newline="\n")
stream.readline()
stream.write("Action: Login\r\nUsername: cron\r\nSecret: 1234\r\nEvents: user\r\n\r\n")
stream.flush()
link.settimeout(None)
event = {}
for line in stream:
    line = line.rstrip("\r\n")
    if line:
        name, _, value = line.partition(": ")
        event[name] = value
        continue
    if event.get("Event") == "UserEvent" or event.get("Message") == "Authentication accepted":
        print(json.dumps(event), flush=True)
    event = {}
"""


@contextmanager
def events(dialer: str, name: str = "TrunkAttempt") -> Iterator[list[dict[str, str]]]:
    """A list that holds, once the block has ended, the UserEvents of this name that the dialer sent meanwhile."""
    found: list[dict[str, str]] = []
    watch = subprocess.Popen(
        ["podman", "exec", "-i", f"trunks-{dialer}", "timeout", str(LIMIT), "python3", "-u", "-c", _WATCH],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    try:
        first = watch.stdout.readline()
        assert "accepted" in first, f"the manager of {dialer} did not let us in: {first}"
        yield found
        # Our own last event: everything before it has come through, and nothing has to be waited for by the clock.
        sh(dialer, _END)
        for line in watch.stdout:
            event = json.loads(line)
            if event["UserEvent"] == "WatchEnd":
                break
            if event["UserEvent"] == name:
                found.append(event)
    finally:
        watch.terminate()
        watch.communicate()


# Sends the UserEvent that ends a watch.
_END = (
    "printf 'Action: Login\\r\\nUsername: cron\\r\\nSecret: 1234\\r\\nEvents: off\\r\\n\\r\\n"
    "Action: UserEvent\\r\\nUserEvent: WatchEnd\\r\\n\\r\\nAction: Logoff\\r\\n\\r\\n'"
    " | { exec 3<>/dev/tcp/127.0.0.1/5038; cat >&3; cat <&3 >/dev/null; }"
)
