# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The orders of a health monitor, the events that it gets, and an Asterisk that answers its commands."""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import Cli
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import main, ordered, places

NOW = 1_800_000_000.0
CAUSES = {"number": [1, 16, 17, 19, 22, 28], "trunk": [3, 18, 20, 23, 27, 34, 38, 41, 42, 44, 58, 102], "rejected": 21, "declined": 603, "silent": 18, "no_response_after": 4}
ORDERS: dict[str, Any] = {
    "version": 1, "program": "p1", "digest": "d1", "interval": 10, "down_after": 2, "up_after": 2, "breaker": None,
    "numbers": "prefix", "keep_days": 90, "keep_mb": 500, "metrics_file": "", "metrics_port": 0, "webhook": "", "command": "",
    "trunks": {name: {"technology": "SIP", "max_calls": 100, "cost_per_minute": None, "rates": None} for name in ("carrier_a", "carrier_b")},
    "routes": {"us": {"trunks": ["carrier_a", "carrier_b"], "dial_prefix": "9"}},
    "causes": CAUSES,
}
_PEER = "%-25.25s %-39.39s %-3.3s %-10.10s %-10.10s %-3.3s %-8s %-11s %-32.32s \n"
_IAX2_PEER = "%-15.15s  %-40.40s %s  %-40.40s  %-9s %s %-11s %-32.32s %s\n"
_OFF, _ON = "No", "Yes"


def files_below(directory: Path, put: Callable[[Any, str, str], None]) -> None:
    """Have a monitor keep its files, and what starts it, in this directory. ``put`` is setattr or what undoes it later."""
    state = directory / "state"
    for module in (monitor, places):
        put(module, "STATE", str(state))
    for name in ("ATTEMPTS", "MAINTENANCE", "SAVED", "HOOKS", "DIRECTORY"):
        below = getattr(places, name).partition("/health")[2]
        put(places, name, str(state / "health") + below)
    put(places, "LOGS", str(directory / "logs"))
    put(places, "LOG", str(directory / "trunks.log"))
    put(monitor, "PROGRAMS", str(state / "programs"))
    put(monitor, "LINK", str(state / "monitor"))
    for module, name in ((monitor, "UNIT"), (monitor, "ENABLED"), (monitor, "CRON"), (monitor, "STATUS"), (monitor, "LOCK"),
                         (main, "LOCK"), (ordered, "LOCK")):
        put(module, name, str(directory / name.lower() / os.path.basename(getattr(module, name))))
        (directory / name.lower()).mkdir(exist_ok=True)


def attempt_event(**changed: str) -> dict[str, str]:
    """The event that a route publishes of an answered attempt, ten seconds after the INVITE and six after the answer."""
    return {
        "Event": "UserEvent", "UserEvent": "TrunkAttempt", "Channel": "Local/1@default-1;2", "Linkedid": "1800000000.7",
        "Route": "us", "Trunk": "carrier_a", "Attempt": "1", "Result": "ANSWER", "Cause": "16", "Sip": "200", "Seconds": "10",
        "Ring": "1900", "Progress": "", "Answered": "6000", "Number": "913125551212", "Key": "V1220735260000000472", **changed}


def refused_event(**changed: str) -> dict[str, str]:
    """The event of an attempt that the carrier refused with 503."""
    return attempt_event(**{"Result": "CONGESTION", "Cause": "34", "Sip": "503", "Ring": "", "Answered": "", **changed})


def silent_event(**changed: str) -> dict[str, str]:
    """The event of an attempt that chan_sip gave up, since nothing came from the trunk."""
    return attempt_event(**{"Result": "CHANUNAVAIL", "Cause": "18", "Sip": "", "Seconds": "7", "Ring": "", "Answered": "", **changed})


def hangup_event(channel: str = "SIP/carrier_a-0000002a", linkedid: str = "1800000000.7") -> dict[str, str]:
    return {"Event": "Hangup", "Channel": channel, "Linkedid": linkedid, "Cause": "16"}


class Clock:
    """The module time as the monitor uses it: it passes only where something waits. ``stepped``: by how much the wall clock was set
    forward."""

    def __init__(self) -> None:
        self.passed = self.stepped = 0.0

    def time(self) -> float:
        return NOW + self.passed + self.stepped

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class Asterisk:
    """Asterisk as far as a monitor asks it. ``cli``: its command line, which reads these texts as any other."""

    def __init__(self) -> None:
        self.peers = {"carrier_a": "OK (1 ms)", "carrier_b": "OK (7 ms)"}
        self.iax2: dict[str, str] = {}      # peers of chan_iax2, which is not loaded without any
        self.calls = {"carrier_a": 2}
        self.globals = {"TRUNKS_COOL_DOWN_carrier_a": ""}
        self.ami = {"Manager (AMI)": _ON, "TCP Bindaddress": "127.0.0.1:5038"}
        self.silent = False
        self.deaf = "nothing"   # with what the commands begin that have no answer
        self.asked: list[str] = []
        self.cli = Cli(self._run, binary="/usr/sbin/asterisk", control=None)

    def set(self) -> dict[str, str]:
        """The leases that were set since the last call, by trunk: the end of each. Fails if one was set twice."""
        asked, self.asked = self.asked, []
        found = [command.split()[3:] for command in asked if command.startswith("dialplan set global ")]
        assert len(dict(found)) == len(found), found
        return {name[len("TRUNKS_COOL_DOWN_"):]: value for name, value in found}

    def _run(self, args, **_options):
        command = args[-1]
        self.asked.append(command)
        if self.silent or command.startswith(self.deaf):
            return 1, "", "Unable to connect to remote asterisk (does /var/run/asterisk/asterisk.ctl exist?)"
        return 0, self._answer(command), ""

    def _answer(self, command: str) -> str:
        if command == "sip show peers":
            lines = [_PEER % (name, "198.18.10.10", "", "Auto (No)", _OFF, "", "5060", state, "")
                     for name, state in sorted(self.peers.items())]
            online = sum("OK" in state or "LAGGED" in state for state in self.peers.values())
            return "".join([
                _PEER % ("Name/username", "Host", "Dyn", "Forcerport", "Comedia", "ACL", "Port", "Status", "Description"), *lines,
                f"{len(lines)} sip peers [Monitored: {online} online, {len(lines) - online} offline Unmonitored: 0 online, 0 offline]\n"])
        if command == "group show channels":
            lines = [f"SIP/{name}-0000000{number}        {name}           trunks\n"
                     for name, count in self.calls.items() for number in range(count)]
            return "".join(["Channel                    Group                 Category\n", *lines, f"{len(lines)} active channels\n"])
        if command == "dialplan show globals":
            lines = [f"   {name}={value}\n" for name, value in self.globals.items()]
            return "".join([*lines, f"\n    -- {len(lines)} variable(s)\n"])
        if command.startswith("dialplan set global "):
            name, value = command.split()[3:]
            self.globals[name] = value
            return f"\n    -- Global variable '{name}' set to '{value}'\n"
        if command == "manager show settings":
            return "\nGlobal Settings:\n----------------\n" + "".join(f"  {label + ':':<26} {value:<15}\n" for label, value in self.ami.items())
        if command == "iax2 show peers" and self.iax2:
            lines = [_IAX2_PEER % (name, "198.18.10.10", "(S)", "255.255.255.255", "4569", "", "", state, "") for name, state in self.iax2.items()]
            return "".join([_IAX2_PEER % ("Name/Username", "Host", "   ", "Mask", "Port", "   ", "Encryption", "Status", "Description"), *lines,
                            f"{len(lines)} iax2 peers [{len(lines)} online, 0 offline, 0 unmonitored]\n"])
        if command in ("iax2 show peers", "pjsip show endpoints"):
            return f"No such command '{command}' (type 'core show help {command}' for other possible commands)\n"
        raise AssertionError(f"the monitor typed {command}")
