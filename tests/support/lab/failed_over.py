# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that fail over on dialer 1, and the child of the repair script that takes them."""

from __future__ import annotations

from support.lab import calls
from support.lab.machines import asterisk, sh

NAME = "repair.agi: takes the calls that fail over"
PORT = 338
NUMBER = "13125556009"  # the first trunk refuses it, the second answers


def stop() -> None:
    """No child, and no word of one."""
    sh("dialer1", f"pkill -9 -f '^{NAME}'; true")
    asterisk("dialer1", "dialplan set global TRUNKS_REPAIR_UNTIL \"\"")


def children() -> list[int]:
    return [int(number) for number in sh("dialer1", f"pgrep -f '^{NAME}'; true").split()]


def started() -> int:
    """How often Asterisk has started the script so far."""
    return int(sh("dialer1", "grep -c 'Launched AGI Script /etc/asterisk/trunks/repair.agi' /var/log/asterisk/messages; true"))


def fail_over(count: int) -> list[calls.Call]:
    """Calls that the first trunk refuses and the second answers: all of them reach the agent."""
    made = calls.place("auto", NUMBER, f"--count {count} --rate 5 --hold 0.5")
    assert [(call.carriers, call.agent) for call in made] == [("ab", True)] * count
    return made
