# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls the module of the same name. In check mode, predicts what would become of the call: what the module has found
on the dialer, with the strategy of the description."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.test_call import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import preview
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        result = self._execute_module(
            module_name="dialer.trunks.test_call", module_args=self.given(options), task_vars=task_vars
        )
        if "held" not in result:  # a call was placed, or could not be
            return result
        describer = host_vars.Describer(self, task_vars)
        doubts: list[str] = []
        plan = None
        try:
            plan = describer.plan(describer.own, {}, {"dialplan"})
        except host_vars.Mistakes as mistakes:
            doubts.append(str(mistakes))
        found = {key: result.pop(key) for key in ("match", "held", "checksum")} | {"route": result["route"]}
        if plan and _is_other(plan, found):
            doubts.append(
                f"{describer.own}: route {found['route']} is described differently from what is in force: run site.yml"
            )
        seen = preview.preview(plan, found)
        self.show(preview.as_lines(describer.own, options["number"], options["caller_id"], found, seen))
        message = preview.sentence(options["number"], found, seen)
        warnings = [*(result.get("warnings") or []), *doubts]
        return {**result, **seen, "match": found["match"], "msg": message, "warnings": warnings}


def _is_other(plan: Plan, found: dict[str, Any]) -> bool:
    """Return whether the route's file in force is known, and not the one that the description makes."""
    route = next((route for route in plan.routes if route.name == found["route"]), None)
    if route is None or found["checksum"] is None:
        return False
    return bool(found["checksum"] != store.checksum(render.route_files(plan, route)[f"routes/{route.name}.conf"]))
