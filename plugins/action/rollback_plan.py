# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses, for all dialers at once, the generation to which each is rolled back; names every dialer without one."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.rollback_plan import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import rollback


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        wanted = options["generation"].strip()
        if wanted != rollback.PREVIOUS and not wanted.isdigit():
            raise host_vars.Refusal(f"generation: must be the number of a kept generation, or previous, not {wanted!r}")
        describer = host_vars.Describer(self, task_vars)
        targets, errors, warnings = {}, [], []
        for host in task_vars.get("ansible_play_batch") or [describer.own]:
            mode = describer.get(host, "dialer_mode") or "vicidial"
            try:
                targets[host] = rollback.choose(describer.variables(host)[options["kept"]], wanted, mode)
            except rollback.CannotRollBack as reason:
                errors.append(f"{host}: {reason}")
                continue
            if targets[host]["why"]:
                warnings.append(f"{host}: {targets[host]['why']}")
        if errors:
            raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(errors))
        return {"changed": False, "targets": targets, "warnings": warnings}
