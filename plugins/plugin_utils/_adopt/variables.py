# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Knows which variables of a dialplan entry have a value that adopting can read, and which a step sets at call time.

Pure. A variable that a step may set is never taken for the global of that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Step, split_arguments
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_NUMBER = re.compile(r"[0-9*#+]*(?:\$\{(?:EXTEN(?::-?[0-9]+){0,2}|FILTER\([^,()]*,\$\{EXTEN(?::-?[0-9]+){0,2}\}\))\})?")
# Applications that set no variable but one that reports their own success.
_SETS_NOTHING = (
    "noop", "verbose", "log", "dumpchan", "answer", "wait", "ringing", "progress", "proceeding", "sipaddheader",
    "sipremoveheader", "playback", "playtones", "stopplaytones", "setcallerpres", "monitor", "mixmonitor",
    "stopmixmonitor", "stopmonitor", "userevent", "system", "trysystem", "setamaflags", "nocdr", "resetcdr",
    "setmusiconhold", "startmusiconhold", "stopmusiconhold", "senddtmf",
)
# Functions that may be written and set no variable.
_PROPERTIES = (
    "CALLERID", "CALLERPRES", "CDR", "CHANNEL", "CONNECTEDLINE", "DB", "GROUP", "JITTERBUFFER", "PJSIP_HEADER",
    "PJSIP_MEDIA_OFFER", "REDIRECTING", "SIP_HEADER", "TIMEOUT", "VOLUME", "DENOISE", "AGC",
)


class Variables:
    """The variables of one extension as a call finds them, step by step."""

    def __init__(self, extension: str, known: Mapping[str, str]) -> None:
        self._extension = extension
        self._globals = known
        self.used: set[str] = set()  # the globals that were read
        self._set: dict[str, tuple[str, str]] = {}  # name: (value, the step that set it)
        self._anything = ""  # the first step that may set any variable

    def ran(self, step: Step) -> None:
        """Take into account what a step before the Dial may set."""
        name, text = step.application.lower(), f"{step.application}({step.arguments})"
        if name in ("set", "mset"):
            for assignment in [step.arguments] if name == "set" else split_arguments(step.arguments):
                self._assigned(assignment, text)
        elif name not in _SETS_NOTHING or "SET(" in step.arguments:
            self._anything = self._anything or text

    def _assigned(self, assignment: str, text: str) -> None:
        target, _equals, value = assignment.partition("=")
        target = target.strip().lstrip("_")
        wrapped = re.fullmatch(r"([A-Z_]+)\((.*)\)", target)
        if wrapped and wrapped.group(1) == "GLOBAL":
            target, wrapped = wrapped.group(2).strip(), None
        if wrapped and wrapped.group(1) in _PROPERTIES and "SET(" not in value:
            return
        if wrapped or "SET(" in value or not re.fullmatch(r"[A-Za-z0-9_]+", target):
            self._anything = self._anything or text
        else:
            self._set[target] = (value.strip().strip('"'), text)

    def resolved(self, text: str) -> str:
        """Return the text with its variables replaced. Raises Refused where one has no value that is known here.

        A number that a Set made of EXTEN counts as known; a trunk that a Set chose does not.
        """

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == "EXTEN":
                return match[0]
            made, step = self._set.get(name, ("", ""))
            if step and not self._anything and _NUMBER.fullmatch(made):
                return made
            if step or self._anything:
                raise Refused(
                    "{extension} dials by {variable}, which its step {step} may set at call time: where it is always "
                    "the same, write its value into Dial and run adopt again",
                    extension=self._extension, variable=match[0], step=mask(step or self._anything),
                )
            if name not in self._globals:
                raise Refused("{extension} dials by {variable}, a global that neither a carrier sets nor the running "
                              "Asterisk has", extension=self._extension, variable=match[0])
            self.used.add(name)
            return self._globals[name]

        return _VARIABLE.sub(value, text)
