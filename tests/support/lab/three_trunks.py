# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many overlapping calls through three trunks to the lab's two carriers, placed without VICIdial around them.

Each trunk sends a caller id of its own, by which the carriers' lists tell them.
"""
from __future__ import annotations

import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from support.lab.asterisk_mode import run_site
from support.lab.calls import forget_received, received
from support.lab.machines import ONE, asterisk
from support.lab.running import channels, no_calls
from support.waiting import wait_until

ORIGINATE = Path(__file__).with_name("originate.py")
CALLER = {"trunk_a": "13120000001", "trunk_b": "13120000002", "trunk_c": "13120000003"}
HOST = {"trunk_a": "198.18.10.10", "trunk_b": "198.18.20.20", "trunk_c": "198.18.10.10"}
# The exchange 574 says nothing once it has answered: silence, sent 50 times a second, costs more than the call itself.
NUMBER = "913125741211"
EVERY = ("trunk_a", "trunk_b", "trunk_c")


def describe(strategy: str, *arguments: str, weights: tuple[int, ...] = (), route: dict[str, Any] | None = None,
             **trunks: dict[str, Any]) -> dict[str, Any]:
    """Provision the first dialer with three trunks (options by name) and one route of this strategy. Returns the description."""
    members = [{"name": name} for name in EVERY]
    for member, weight in zip(members, weights):
        member["weight"] = weight
    described = [{"name": name, "host": HOST[name], "caller_id": CALLER[name], **trunks.get(name, {})} for name in EVERY]
    variables = {
        "dialer_prune": True, "dialer_trunks": described, "dialer_inbound": [], "dialer_firewall": {"backend": "none"},
        "dialer_routes": [{"name": "us", "strategy": strategy, "trunks": members, **(route or {})}],
    }
    run = run_site("--limit", ONE, *arguments, extra_vars=variables)
    assert run.rc == 0, run
    for name in EVERY:  # what an earlier test made silent is none of this one's
        asterisk(ONE, f"dialplan set global TRUNKS_COOL_DOWN_{name} \"\"")
    return variables


def originate(numbers: str, count: int, rate: float, seconds: float, limit: float) -> None:
    """Place the calls on the first dialer, see originate.py, within ``limit`` seconds."""
    with ORIGINATE.open("rb") as program:
        subprocess.run(["podman", "exec", "-i", ONE, "python3", "-", "trunks-outbound", str(count), str(rate), str(seconds), numbers],
                       stdin=program, check=True, timeout=limit)


def carried(number: str = "") -> list[str]:
    """The trunks by whose caller ids calls, or those of one number, have reached the carriers, in order."""
    names = {caller: name for name, caller in CALLER.items()}
    return [names[call.caller] for call in received() if number in ("", call.number)]


def place(count: int, rate: float, seconds: float = 4, numbers: str = NUMBER) -> Counter[str]:
    """Place the calls, wait until all have ended, and count what each trunk's carrier received."""
    forget_received()
    originate(numbers, count, rate, seconds, 180)
    until = time.monotonic() + seconds + 30
    while not no_calls(ONE):
        assert time.monotonic() < until, "calls that do not end"
        time.sleep(0.5)
    return Counter(carried())


def channel(beginning: str) -> str:
    """The name of the first dialer's answered channel that begins so, or nothing."""
    return next((found.name for found in channels(ONE, beginning) if found.state == "Up"), "")


def end_all() -> None:
    asterisk(ONE, "channel request hangup all")
    wait_until(lambda: no_calls(ONE), 10, "the end of the calls")
