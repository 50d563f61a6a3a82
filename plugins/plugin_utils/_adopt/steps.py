# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what a step of a dialplan entry is: a message, VICIdial's call_log, an end, a jump, a caller ID. Pure."""

from __future__ import annotations

import re

from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import conditions
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Step, split_arguments

_CALL_LOG = re.compile(r"(?P<server>agi://[^/]+/)?call_log(?:\.agi)?(?P<more>(?:--|,).*)?")
_CALLER = re.compile(r"CALLERID\((?:num|number)\)\s*=\s*\"?(?P<number>\+?[0-9]{1,20})\"?", re.IGNORECASE)
ENDS = ("hangup", "congestion", "busy")
JUMPS = ("gotoif", "gotoiftime", "execiftime", "macro", "macroif", "gosubif", "return", "stackpop", "while",
         "endwhile", "switch")
_DIAL_TOO = ("retrydial", "page", "followme")
_SEES_ITS_PLACE = ("agi", "eagi", "deadagi", "gosub")  # scripts and subroutines are told the extension
_PLACE = re.compile(r"\$\{(CONTEXT|PRIORITY|MACRO_[A-Z]+)\b")


def is_talk(step: Step) -> bool:
    """Return whether the step only writes a message: no function in it that could do something."""
    return step.application.lower() in ("noop", "verbose", "log", "dumpchan") and not re.search(
        r"\$\{(?!CALLERID\()[A-Z_]+\(", step.arguments
    )


def call_log(step: Step) -> re.Match[str] | None:
    """Return a match where the step runs VICIdial's call_log."""
    return _CALL_LOG.fullmatch(step.arguments) if step.application.lower() == "agi" else None


def leads_away(step: Step) -> bool:
    """Return whether a step before the Dial may lead the call to steps that a route does not have."""
    name = step.application.lower()
    if name == "gosub":
        return len(split_arguments(step.arguments.partition("(")[0])) < 3
    run = {"execif": conditions.parts(step.arguments)[1:], "exec": (step.arguments,), "tryexec": (step.arguments,)}
    applications = [part.partition("(")[0].strip().lower() for part in run.get(name, ())]
    return name in _DIAL_TOO or any(one in ("dial", "goto", *_DIAL_TOO, *ENDS, *JUMPS) for one in applications)


def sees_its_place(step: Step) -> bool:
    """Return whether the step is told where in the dialplan it is, or asks for it."""
    return step.application.lower() in _SEES_ITS_PLACE or bool(_PLACE.search(step.arguments))


def text(step: Step) -> str:
    """Return the step as a dialplan line has it."""
    return f"{step.application}({step.arguments})" if step.arguments else step.application


def forced_caller(step: Step) -> str:
    """Return the caller id number that a Set gives every call; an empty string for any other step."""
    match = _CALLER.fullmatch(step.arguments) if step.application.lower() == "set" else None
    return match.group("number") if match else ""
