# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and renders a dialer's files on the controller, and calls the module of the same name with them."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_generation import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import PARTS, ROWS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import (
    base, generation_request, host_vars, provenance)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates

SENT = ("state", "wait", "confirm_within", "force")


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        options = self.given(options)
        describer = host_vars.Describer(self, task_vars)
        send = {key: options[key] for key in SENT if key in options}
        warnings: list[str] = []
        state = options.get("state", "present")
        carriers = options.get("carriers") or {}
        if carriers.get("failed"):
            raise host_vars.Refusal("Nothing was touched: writing the rows to VICIdial's database failed before")
        if state == "present":
            request, warnings = self._request(options, describer, task_vars)
            send["parts"] = [part for part in request["parts"] if part != ROWS]
        elif state == "proven":
            rows = generation_request.restored(carriers, describer.server_ip(describer.own))
            if not (rows["peers"] or rows["routes"]):
                return {"changed": False, "skipped": True, "skip_reason": "no row of this dialer was rolled back"}
            request = {"rows": rows}
        elif state == "absent":
            request = {"rows": generation_request.rows_of(carriers, set(), describer.server_ip(describer.own))}
        else:
            request = {}
            self.reconnect()
        result = self.change("dialer.trunks.asterisk_generation", send, request, task_vars)
        result["warnings"] = warnings + (result.get("warnings") or [])
        return result

    def _request(
        self, options: dict[str, Any], describer: host_vars.Describer, task_vars: dict[str, Any]
    ) -> tuple[dict[str, Any], list[str]]:
        """Return (what the module commits on this dialer, warnings)."""
        parts = options.get("parts")
        if parts is None:
            parts = host_vars.meant_by_tags(task_vars, list(PARTS))
        carriers = options.get("carriers") or {}
        with_rows = "carriers" in carriers and host_vars.means_trunks(task_vars)
        plan = describer.plan(describer.own, options, {*parts, *([ROWS] if with_rows else [])})
        errors, warnings = describer.conflicts(describer.own, plan, options.get("read"))
        if errors:
            raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(errors))
        let_in, doubts = describer.let_in(options, plan) if "firewall" in parts else ([], [])
        by_tags = options.get("parts") is None and bool(host_vars.meant_by_tags(task_vars, [ROWS]))
        try:
            request = generation_request.request(
                plan,
                parts,
                describer.server_ip(describer.own),
                carriers=carriers,
                with_rows=generation_request.means_rows(plan, carriers, by_tags),
                let_in=let_in,
                transports=describer.transports(options),
            )
        except rates.DeckError as problem:  # decks that are valid each, but too large together
            raise host_vars.Refusal(
                f"Nothing was touched: the rate decks of a route are too large: {problem}") from None
        commit = provenance.commit(task_vars.get("inventory_dir"))
        request["about"] = {"who": provenance.who(), "commit": commit, "mode": plan.mode}
        return request, [*plan.warnings, *warnings, *doubts]
