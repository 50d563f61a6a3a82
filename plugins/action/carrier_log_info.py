# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds the login of dialer_db, and finds the dialers of which only VICIdial's carrier log tells something."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.carrier_log_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        options = self.given(options)
        name = options.pop("sums", None)
        if name is not None:
            told = describer.results({"sums": name}, ["sums"])
            options["server_ips"] = [
                describer.server_ip(host) for host, one in told.items()
                if not one["sums"].get("log") and describer.mode(host, {}) == "vicidial"
            ]
            if not options["server_ips"]:
                return {"changed": False, "skipped": True, "skip_reason": "all dialers have told their sums"}
        return self._execute_module(
            module_name="dialer.trunks.carrier_log_info", module_args=describer.login(options), task_vars=task_vars
        )
