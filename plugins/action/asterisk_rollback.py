# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Determines which rows the running Asterisk must hold before it is rolled back, and calls the module."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_rollback import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._action.generation_request import rows_of


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        options = self.given(options)
        carriers, kept = options.pop("carriers", None) or {}, options.pop("kept", None)
        if carriers.get("failed"):
            raise host_vars.Refusal("Nothing was touched: writing the rows to VICIdial's database failed before")
        request: dict[str, Any] = {}
        if "carriers" in carriers:
            describer = host_vars.Describer(self, task_vars)
            found = (describer.variables(describer.own).get(kept) or {}).get("generations") or []
            entry = next((one for one in found if one["number"] == options["generation"]), None)
            if entry is None:
                raise host_vars.Refusal(
                    "kept: must name a result of asterisk_generation_info with this generation. Nothing was touched")
            active = {trunk["name"] for trunk in entry["trunks"]} | set(entry["routes"])
            rows = rows_of(carriers, active, describer.server_ip(describer.own))
            technologies = {trunk["name"]: trunk["technology"] for trunk in entry["trunks"]}
            request["rows"] = {**rows, "technologies": technologies}
        return self.change("dialer.trunks.asterisk_rollback", options, request, task_vars)
