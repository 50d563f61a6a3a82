# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the managed rules in firewalld with the description, or with the generation in force."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.firewalld_rules import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld as held
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import firewalld
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        wanted, described = options["wanted"], self.given(options)
        describer = host_vars.Describer(self, task_vars)
        state = dict(describer.found(describer.own, options["read"]))
        if not state or options["prove"] or wanted == "generation":
            state.update(self._read(options["generation"], task_vars))
        rules, warnings = [], []
        if wanted == "generation":
            rules = state["firewalld_recorded"]
        elif wanted == "description":
            plan = describer.plan(describer.own, described, {"firewall"})
            transports = describer.transports(options)
            if plan.firewall is not None and plan.firewall.backend == "firewalld":
                errors = firewalld.errors(plan, state)
                if errors:
                    raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(errors))
                warnings = firewalld.warnings(plan, state["firewalld_zones"], transports)
            let_in, doubts = describer.let_in(options, plan)
            warnings += doubts
            rules = held.lines("\n".join(render.files(plan, "firewall", let_in, transports).values()))
        if rules and not firewalld.meant(state["firewalld_zones"]):
            raise host_vars.Refusal(
                "firewalld has no zone for the rules: every zone in use accepts all packets (target ACCEPT). Nothing "
                "was touched")
        add, remove = firewalld.changes(state["firewalld_zones"], rules)
        pending = len(add) + len(remove)
        result = {"changed": False, "add": add, "remove": remove, "pending": pending, "warnings": warnings}
        if options["prove"] and pending:
            lines = [f"  zone {change['zone']} lacks: {change['rule']}" for change in add]
            lines += [f"  zone {change['zone']} still has: {change['rule']}" for change in remove]
            result.update(failed=True, msg="firewalld differs from the wanted rules:\n" + "\n".join(lines))
        return result

    def _read(self, generation: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return what the module of the same name reads on the dialer."""
        arguments = {} if generation is None else {"generation": generation}
        result = self._execute_module(
            module_name="dialer.trunks.firewalld_rules", module_args=arguments, task_vars=task_vars
        )
        if "firewalld" not in result:
            raise host_vars.Refusal(str(result.get("msg") or result.get("module_stderr") or "no result"))
        return {key: value for key, value in result.items() if key.startswith("firewalld")}
