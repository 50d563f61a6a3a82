# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds the login of dialer_db to a task without one, and skips dialers without VICIdial."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.vicidial_carriers_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        options = self.given(options)
        mode = {"mode": options.pop("mode")} if "mode" in options else {}
        hosts = task_vars.get("ansible_play_batch") or [describer.own]
        if all(describer.mode(host, mode) != "vicidial" for host in hosts):
            return {"changed": False, "skipped": True, "skip_reason": "no dialer of this run is in vicidial mode"}
        options = describer.login(options)
        return self._execute_module(
            module_name="dialer.trunks.vicidial_carriers_info", module_args=options, task_vars=task_vars
        )
