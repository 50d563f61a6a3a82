# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the module the login of dialer_db, where the task gives none."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils import action, describe


class ActionModule(action.TrunksAction):
    """See the documentation of the module."""

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        options = describe.Describer(self, task_vars).login(self._task.args)
        return self._execute_module(
            module_name="dialer.trunks.vicidial_carriers_info", module_args=options, task_vars=task_vars
        )
