# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes carrier rows of the descriptions of all dialers of the play's batch, and calls the module with them."""
from __future__ import annotations

import dataclasses
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.vicidial_carriers import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.model import STEPS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.options import PAYLOAD
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars, provenance
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import rollback
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import rows

DESCRIBED = ("state", "mode", "trunks", "routes", "prune", "read", "generated", "rolled_back", "kept", "hosts")


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        warnings: list[str] = []
        steps, options = options["steps"], self.given(options)
        describer = host_vars.Describer(self, task_vars)
        closing = options.get("state") in ("confirmed", "extended", "rolled_back")
        if closing:
            options, warnings = self._closing(options, task_vars), []
            self.reconnect()
        elif "kept" in options:
            kept = self._kept(options, describer, task_vars)
            if kept is None:
                return {"changed": False, "skipped": True, "skip_reason": "no dialer of this run is in vicidial mode"}
            options = kept
        elif "carriers" not in options:
            hosts = [
                host
                for host in options.get("hosts") or task_vars.get("ansible_play_batch") or [describer.own]
                if describer.mode(host, options) == "vicidial"
            ]
            if not hosts:
                return {"changed": False, "skipped": True, "skip_reason": "no dialer of this run is in vicidial mode"}
            # If a dialer's Asterisk is stopped, nothing can be proven there: the rows of this dialer are left alone.
            running = [host for host in hosts if describer.runs(host, options.get("read"))]
            if not running:
                raise host_vars.Refusal(f"Asterisk does not run on any of {', '.join(hosts)}: nothing was touched")
            options, warnings = self._described(options, describer, running, task_vars)
            steps = options.get("steps", steps)
        elif "server_ips" in options:
            everywhere = {describer.server_ip(host) for host in describer.dialers}
            options["all_dialers"] = bool(everywhere) and everywhere <= set(options["server_ips"])
        request = {key: options.pop(key) for key in PAYLOAD if key in options}
        if not closing and not self._task.check_mode:  # for the entries of the admin log
            request["run"] = {"commit": provenance.commit(task_vars.get("inventory_dir"))}
        result = self.change("dialer.trunks.vicidial_carriers", options, request, task_vars)
        if not closing:
            result["steps"] = steps
            result["place"] = self._task.delegate_to or task_vars["inventory_hostname"]
        result["warnings"] = warnings + (result.get("warnings") or [])
        return result

    def _closing(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the module's options for the end of a run, in which the rows of failed dialers are rolled back.

        Failed are the dialers that have left the play, since they failed or were lost, and those with an outcome in the
        variable that C(rolled_back) names, since a rescue has brought them back into the play.
        """
        describer = host_vars.Describer(self, task_vars)
        send = {key: value for key, value in options.items() if key not in DESCRIBED}
        send["state"] = options["state"]
        batch = set(task_vars.get("ansible_play_batch", [describer.own]))
        failed = set(task_vars.get("ansible_play_hosts_all") or []) - set(task_vars.get("ansible_play_hosts") or [])
        name = options.get("rolled_back")
        failed |= {host for host in batch if name and "outcome" in (describer.variables(host).get(name) or {})}
        if not batch - failed:
            send["state"] = "rolled_back"
        send["failed_servers"] = [describer.server_ip(host) for host in sorted(failed)]
        return send

    def _described(
        self, options: dict[str, Any], describer: host_vars.Describer, hosts: list[str], task_vars: dict[str, Any]
    ) -> tuple[dict[str, Any], list[str]]:
        """Return (the module's options for the descriptions of these dialers, warnings)."""
        send = {key: value for key, value in options.items() if key not in DESCRIBED}
        if not host_vars.meant_by_tags(task_vars, ["carriers"]):
            send["steps"] = []  # only read, for tasks that need the servers' addresses or the rows' revisions
        send["server_ips"] = [describer.server_ip(host) for host in hosts]
        send["all_dialers"] = set(hosts) >= set(describer.dialers)
        if options.get("state") == "absent":
            send.update(carriers=[], prune=True)
            doubts = add_known(send, describer, task_vars, prune=True)
            return describer.login(send), [*self._orphans(describer, send), *doubts]
        carriers: list[dict[str, Any]] = []
        cluster: dict[str, tuple[str, dict[str, Any]]] = {}  # trunk: the first host that describes it, its row
        campaigns: dict[str, dict[str, str]] = {}
        errors: list[str] = []
        warnings: list[str] = []
        # If the tags of the run need the servers' addresses only, trunks need not be described.
        parts = {"carriers"} if host_vars.means_trunks(task_vars) else {"firewall"}
        plans = {host: describer.plan(host, options, parts) for host in hosts}
        for host, plan in plans.items():
            found, doubts = describer.conflicts(host, plan, options.get("read"))
            errors += [f"{host}: {error}" for error in found]
            warnings += [f"{host}: {doubt}" for doubt in doubts]
            for row in rows.desired(plan, describer.server_ip(host)):
                if row["server_ip"] != EVERY_DIALER:
                    carriers.append(row)
                    continue
                first, same = cluster.setdefault(row["name"], (host, row))
                if same != row:
                    errors.append(
                        f"{host}: trunk {row['name']!r} is one row for all dialers (servers: cluster), but {first} "
                        "describes it differently: describe it once, for the whole group"
                    )
            campaigns.update((campaign["campaign_id"], campaign) for campaign in rows.campaigns(plan))
        if errors:
            raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(errors))
        # The campaigns are set in the last batch; before that, they are only compared.
        play = set(task_vars.get("ansible_play_hosts_all") or hosts)
        if "campaigns" not in send.get("steps", STEPS) and play >= set(describer.dialers):
            pass
        elif campaigns and not send["all_dialers"]:
            warnings.append(
                f"the dial prefixes of the campaigns {', '.join(sorted(campaigns))} are left alone, since this run is "
                f"for {len(hosts)} of {len(describer.dialers)} dialers"
            )
            campaigns = {}
        name = options.get("generated") or options.get("read")
        files = {describer.server_ip(host): describer.found(host, name).get("generated") for host in hosts}
        send["generated_files"] = {server_ip: held for server_ip, held in files.items() if held}
        carriers += [row for _host, row in cluster.values()]
        send.update(carriers=carriers, campaigns=list(campaigns.values()))
        capacities = {describer.server_ip(host): rows.capacity(plan) for host, plan in plans.items()}
        send["capacity"] = {server_ip: calls for server_ip, calls in capacities.items() if calls is not None}
        waits: dict[str, int] = {}
        for plan in plans.values():
            for prefix, seconds in rows.longest_waits(plan).items():
                waits[prefix] = max(seconds, waits.get(prefix, 0))
        send["longest_waits"] = waits
        pruned = [describer.server_ip(host) for host, plan in plans.items() if plan.prune]
        send.update(prune=bool(pruned), prune_servers=pruned if len(pruned) < len(plans) else [])
        warnings += add_known(send, describer, task_vars, prune=len(pruned) == len(plans))
        database = next((plan.db for plan in plans.values() if plan.db), None)
        return host_vars.login(send, dataclasses.asdict(database) if database else {}), warnings

    def _kept(
        self, options: dict[str, Any], describer: host_vars.Describer, task_vars: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return the module's options for the rows of kept generations; None if no dialer of the batch has any."""
        hosts = task_vars.get("ansible_play_batch") or [describer.own]
        found = {host: describer.variables(host).get(options["kept"]) or {} for host in hosts}
        found = {host: result for host, result in found.items() if "rows" in result}
        if not found:
            return None
        all_dialers = set(found) >= set(describer.dialers)
        carriers, gone, mistakes = rollback.batch(found, all_dialers)
        if mistakes:
            raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(mistakes))
        send = {key: value for key, value in options.items() if key not in DESCRIBED}
        send.update(carriers=carriers, removals=gone, all_dialers=all_dialers)
        here = {describer.server_ip(host) for host in found}
        here |= {row["server_ip"] for row in carriers if row["server_ip"] != EVERY_DIALER}
        send["server_ips"] = sorted(here)
        return describer.login(send)

    @staticmethod
    def _orphans(describer: host_vars.Describer, send: dict[str, Any]) -> list[str]:
        """Return warnings about campaigns that dial the prefix of a removed route."""
        if "route_removals" not in send.get("steps", STEPS):
            return []
        return [
            f"campaign {campaign} still dials the prefix of route {route.get('name')}, which is removed: give it "
            "another dial_prefix and manual_dial_prefix"
            for route in describer.get(describer.own, "dialer_routes") or []
            if isinstance(route, dict)
            for campaign in route.get("campaigns") or []
        ]


def add_known(
    send: dict[str, Any], describer: host_vars.Describer, task_vars: dict[str, Any], prune: bool
) -> list[str]:
    """Add to the module's options what it needs to find rows of servers that are no host of the inventory.

    Only in a play for all dialers, whatever its batches. Returns warnings.
    """
    play = set(task_vars.get("ansible_play_hosts_all") or [])
    if not describer.dialers or not play >= set(describer.dialers):
        return []
    try:
        send.update(known_servers=describer.addresses(), prune_unlisted=prune)
    except AnsibleError as problem:  # a variable of a host that is no dialer cannot be templated
        return [f"rows of servers that are not in the inventory are not searched for: {problem}"]
    return []
