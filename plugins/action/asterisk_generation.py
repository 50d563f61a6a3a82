# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and renders a dialer's files on the controller, and sends them to the module of the same name in one call."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_generation import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL, TRUNK_FILES
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars, provenance
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render, rows
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan

PARTS = ["sip_peers", "dialplan", "rtp", "firewall"]
ROWS = "carriers"  # the part of a generation that holds VICIdial's rows
DESCRIBED = ("mode", "trunks", "routes", "inbound", "rtp", "firewall", "prune")
MEANT_HERE = ("parts", "read", "carriers", "servers", *DESCRIBED)  # the rest goes to the module


def dropped(plan: Plan) -> list[str]:
    """Beginnings of paths that go whether or not anything is pruned: of disabled trunks, and of the protocol that a
    trunk had before."""
    if plan.mode == "vicidial":
        return list(TRUNK_FILES)
    return ["rows/"] + [
        f"{directory}{trunk.name}.conf"
        for trunk in plan.trunks
        for directory in TRUNK_FILES
        if not trunk.enabled or f"{directory}{trunk.name}.conf" != render.trunk_file(trunk)
    ]


def rows_of(carriers: dict[str, Any], active: set[str], server_ip: str) -> dict[str, dict[str, int | None]]:
    """What the running Asterisk must hold of this dialer's rows: name to revision, or to None for what is gone.

    ``carriers`` is the result of vicidial_carriers; a row whose step that call did not do proves nothing yet.
    ``active`` are the names of the trunks and routes that are to be in use.
    """
    rows: dict[str, dict[str, int | None]] = {"trunk": {}, "route": {}}
    steps = carriers.get("steps") or []
    for row in carriers.get("carriers", []):
        kind, base = row["kind"], row["action"]
        if row["server_ip"] not in (server_ip, EVERY_DIALER):
            continue
        if base in ("removed", "deactivated"):
            # A row that another one of the same trunk replaces takes no peer away.
            if f"{kind}_removals" in steps:
                rows[kind].setdefault(row["name"], None)
        elif row["name"] in active and (base == "unchanged" or f"{kind}s" in steps):
            rows[kind][row["name"]] = row["revision"]
    return {"peers": rows["trunk"], "routes": rows["route"]}


def means_rows(plan: Plan, carriers: dict[str, Any], task_vars: dict[str, Any]) -> bool:
    """Whether this commit keeps the rows of the description: not unless the run writes them.

    ``carriers`` is the result of vicidial_carriers. In asterisk mode there are none, and none are to stay.
    """
    written = plan.mode == "asterisk" or "carriers" in carriers
    return written and bool(host_vars.meant_by_tags(task_vars, [ROWS]))


def tests_of(plan: Plan, carriers: dict[str, Any], server_ip: str) -> dict[str, Any]:
    """The route tests for the module, see module_utils/_asterisk/route_tests; empty when there are none.

    In vicidial mode a route is reached by its row, which the run writes after the files.
    """
    cases = {test.dial: test.reaches for route in plan.routes for test in route.tests}
    if not cases:
        return {}
    rows = rows_of(carriers, {route.name for route in plan.routes}, server_ip)["routes"]
    vicidial = plan.mode == "vicidial"
    waiting = [route.name for route in plan.routes if vicidial and rows.get(route.name) is None]
    leaving = [
        row["name"]
        for row in carriers.get("carriers", [])
        if row["kind"] == "route" and row["server_ip"] == server_ip and row["action"] in ("removed", "deactivated")
    ]
    if "route_removals" in (carriers.get("steps") or []):
        leaving = []
    return {
        "mode": plan.mode,
        "cases": sorted(cases.items()),
        "routes": {route.name: list(route.extensions) for route in plan.routes},
        "waiting": waiting,
        "leaving": leaving,
    }


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        options = self.given(options)
        describer = host_vars.Describer(self, task_vars)
        send = {key: value for key, value in options.items() if key not in MEANT_HERE}
        warnings: list[str] = []
        state = options.get("state", "present")
        carriers = options.get("carriers") or {}
        if carriers.get("failed"):
            raise host_vars.Refusal("Nothing was touched: the rows in VICIdial's database come first, and failed")
        if state == "present":
            request, warnings = self._request(options, describer, task_vars)
            send["parts"] = [part for part in request["parts"] if part != ROWS]
        elif state == "absent":
            request = {"rows": rows_of(carriers, set(), describer.server_ip(describer.own))}
        else:
            request = {}
            self.reconnect()
        result = self.change("dialer.trunks.asterisk_generation", send, request, task_vars)
        result["warnings"] = warnings + (result.get("warnings") or [])
        return result

    def _request(
        self, options: dict[str, Any], describer: host_vars.Describer, task_vars: dict[str, Any]
    ) -> tuple[dict[str, Any], list[str]]:
        """What the module commits on this dialer, and what is to be warned about."""
        parts = options.get("parts")
        if parts is None:
            parts = host_vars.meant_by_tags(task_vars, PARTS)
        carriers, server_ip = options.get("carriers") or {}, describer.server_ip(describer.own)
        with_rows = "carriers" in carriers and host_vars.means_trunks(task_vars)
        plan = describer.plan(describer.own, options, {*parts, *([ROWS] if with_rows else [])})
        errors, warnings = describer.conflicts(describer.own, plan, options.get("read"))
        if errors:
            raise host_vars.Refusal("Nothing was touched:\n" + "\n".join(errors))
        active = {trunk.name for trunk in plan.trunks if trunk.enabled} | {route.name for route in plan.routes}
        let_in, doubts = describer.let_in(options, plan) if "firewall" in parts else ([], [])
        try:
            files = {part: render.files(plan, part, let_in, describer.transports(options)) for part in parts}
        except rates.DeckError as problem:  # decks that are right each by itself
            raise host_vars.Refusal(
                f"Nothing was touched: the rate decks of a route are too large: {problem}") from None
        if options.get("parts") is None and means_rows(plan, carriers, task_vars):
            files[ROWS] = rows.kept(rows.desired(plan, server_ip)) if plan.mode == "vicidial" else {}
        request = {
            "parts": list(files),
            "files": files,
            "about": {
                "who": provenance.who(),
                "commit": provenance.commit(task_vars.get("inventory_dir")),
                "mode": plan.mode,
            },
            "base": render.base_files(),
            # As long as a row leads to a context, the context stays.
            "prune": plan.prune and not (carriers.get("pending") or {}).get("route_removals"),
            "drop": dropped(plan),
            "rows": {
                **rows_of(carriers, active, server_ip),
                "technologies": {trunk.name: BY_PROTOCOL[trunk.protocol].name for trunk in plan.trunks},
            },
            "inbound": {
                "contexts": render.inbound_contexts(plan),
                "numbers": [(entry.path, entry.did, entry.numbers) for entry in plan.inbound],
            }
            if "dialplan" in parts and plan.inbound and render.inbound_contexts(plan)
            else {},
            "tests": tests_of(plan, carriers, server_ip) if "dialplan" in parts else {},
        }
        return request, [*plan.warnings, *warnings, *doubts]
