# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combines what the role verify has found on all dialers into one table, on the controller."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.verify_report import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import glance


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        results = describer.results(options, ARGUMENTS)
        found = glance.glance(results)
        answer: dict[str, Any] = {"changed": False, "summary": found.summary}
        if describer.own == next(iter(results)):
            self.show(glance.as_table(found))
            answer["trunks"] = glance.as_data(found)
        if results[describer.own]["peers"].get("unreachable"):
            return {"changed": False, "unreachable": True, "msg": found.summary}
        return answer
