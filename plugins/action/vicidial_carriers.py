# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the descriptions of all dialers of the play's batch into carrier rows, and sends them to the module in one call."""
from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.dialer.trunks.plugins.module_utils import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils import describe, rows

LOGIN = {"host": "login_host", "port": "login_port", "user": "login_user", "password": "login_password", "name": "login_db"}
DESCRIBED = ("mode", "trunks", "routes", "prune", "read", "db")


class ActionModule(ActionBase):
    """See the documentation of the module."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        options = dict(self._task.args)
        warnings: list[str] = []
        if "carriers" not in options:
            options, warnings = self._described(options, task_vars)
        secret = {key: options.pop(key) for key in ("carriers", "login_password") if key in options}
        options["payload"] = payload.pack(secret)
        result = self._execute_module(
            module_name="dialer.trunks.vicidial_carriers", module_args=options, task_vars=task_vars
        )
        result.pop("invocation", None)
        result["warnings"] = warnings + (result.get("warnings") or [])
        return result

    def _described(self, options: dict[str, Any], task_vars: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The module's options for the descriptions of all dialers in the batch, and what is to be warned about."""
        describer = describe.Describer(self, task_vars)
        if not describe.meant_by_tags(task_vars, ["carriers"]):
            options["steps"] = []  # only read, for those who need the servers' addresses or the rows' revisions
        hosts = task_vars.get("ansible_play_batch") or [describer.own]
        send = {key: value for key, value in options.items() if key not in DESCRIBED}
        carriers: list[dict[str, Any]] = []
        campaigns: dict[str, dict[str, str]] = {}
        errors: list[str] = []
        warnings: list[str] = []
        plans = []
        for host in hosts:
            plan = describer.plan(host, options, {"carriers"})
            if plan.mode != "vicidial":
                continue
            plans.append(plan)
            found, doubts = describer.conflicts(host, plan, options.get("read"))
            errors += [f"{host}: {error}" for error in found]
            warnings += [f"{host}: {doubt}" for doubt in doubts]
            carriers += rows.desired(plan, describer.server_ip(host))
            campaigns.update((campaign["campaign_id"], campaign) for campaign in rows.campaigns(plan))
        if errors:
            raise AnsibleActionFail("Nothing was touched:\n" + "\n".join(errors))
        send["carriers"] = carriers
        send["campaigns"] = list(campaigns.values())
        send["server_ips"] = [describer.server_ip(host) for host in hosts]
        send["prune"] = any(plan.prune for plan in plans)
        database = next((plan.db for plan in plans if plan.db), None)
        for key, option in LOGIN.items():
            value = getattr(database, key, None) if database else None
            if value and option not in send:
                send[option] = value
        return send, warnings
