# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds who orders the maintenance, and calls the module of the same name."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_maintenance import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, provenance


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        return self._execute_module(
            module_name="dialer.trunks.trunk_maintenance",
            module_args={"who": provenance.who(), **self.given(options)},
            task_vars=task_vars,
        )
