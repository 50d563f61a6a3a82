# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what the health monitors of all dialers know of each trunk, on the controller."""
from __future__ import annotations

import sys
import time
from typing import Any

from ansible import constants
from ansible.utils.color import stringc

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.status_report import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import status

COLOURS = {status.GOOD: constants.COLOR_OK, status.WARN: constants.COLOR_WARN, status.BAD: constants.COLOR_ERROR}
# Ansible loads this file before it forks, and from ansible-core 2.19 on, a task's own process has no terminal.
ON_TERMINAL = sys.stderr.isatty()


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        results = {host: one["status"] for host, one in describer.results(options, ARGUMENTS).items()}
        answer: dict[str, Any] = {"changed": False}
        if describer.own == next(iter(results)):
            found = status.status(results)
            self._show_lines(status.as_lines(found, time.time()))
            answer.update(summary=found.summary, trunks=list(found.trunks))
        if results[describer.own].get("unreachable"):
            answer.update(unreachable=True, msg="the status of its trunks is not known")
        return answer

    def _show_lines(self, lines: list[tuple[str, str]]) -> None:
        """Print the lines, with colours on a terminal. Ansible itself only asks whether stdout is one."""
        plain = "".join(f"{line}\n" for _level, line in lines)
        if not (ON_TERMINAL or constants.ANSIBLE_FORCE_COLOR):
            self.show(plain)
            return
        coloured = (stringc(line, COLOURS[level]) if level in COLOURS else line for level, line in lines)
        self._display.display("\n" + "\n".join(coloured) + "\n", stderr=True, screen_only=True)
        self._display.display(plain, log_only=True)
