# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the descriptions of the play's dialers on the controller, before connecting to any."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunks_plan import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import HIDDEN, is_secret_key, mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import ALL_PARTS


def shown(value: Any) -> Any:
    """Return the plan's values as plain lists and dictionaries, secrets hidden."""
    if isinstance(value, dict):
        return {key: _shown_option(str(key), part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(part) for part in value]
    return value


def _shown_option(key: str, value: Any) -> Any:
    """Return one value of a dictionary, hidden as a whole or, as in ``auth: user:secret@realm``, in part."""
    if is_secret_key(key):
        return HIDDEN if value else value
    if isinstance(value, (list, tuple)):
        return [_shown_option(key, part) for part in value]
    return mask(f"{key}={value}").removeprefix(f"{key}=") if isinstance(value, str) else shown(value)


def summary(plans: Mapping[str, Plan]) -> list[str]:
    """Return the plans of dialers in a few lines. Dialers with the same lines are named together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for host, plan in plans.items():
        alike.setdefault(tuple(_summary(plan)), []).append(host)
    return [line for (first, *others), hosts in alike.items() for line in (f"{', '.join(hosts)}: {first}", *others)]


def _summary(plan: Plan) -> Iterator[str]:
    """Yield the lines of one dialer. The first is its mode."""
    yield f"{plan.mode} mode"
    for trunk in plan.trunks:
        address = trunk.host if trunk.port is None else f"{trunk.host}:{trunk.port}"
        calls = f", at most {trunk.max_calls} calls" if trunk.max_calls else ""
        disabled = "" if trunk.enabled else ", disabled"
        yield f"  trunk {trunk.name}: {BY_PROTOCOL[trunk.protocol].name} to {address}{calls}{disabled}"
    for route in (*plan.routes, *plan.resting):
        prefix = f"prefix {route.dial_prefix}" if route.dial_prefix else "no prefix"
        names = ", ".join(member.name for member in route.trunks)
        disabled = "" if route in plan.routes else ", disabled"
        yield f"  route {route.name}: {prefix}, {' '.join(route.patterns)}: {names} ({route.strategy}){disabled}"
    if plan.inbound:
        yield f"  {len(plan.inbound)} inbound numbers"
    rtp = f"RTP {plan.rtp.start} to {plan.rtp.end}" if plan.rtp else "RTP as it is"
    firewall = plan.firewall.backend if plan.firewall else "none"
    yield f"  {rtp}, firewall {firewall}, prune {'on' if plan.prune else 'off'}"


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        hosts = options["hosts"] or task_vars.get("ansible_play_batch") or [describer.own]
        parts = set(host_vars.meant_by_tags(task_vars, sorted(ALL_PARTS)))
        # Dialers with the same description have the same mistakes, which are reported for the first of them.
        mistaken: dict[tuple[str, ...], str] = {}
        plans: dict[str, Plan] = {}
        notes: list[str] = []
        warnings: list[str] = []
        for host in hosts:
            try:
                plan = describer.plan(host, {}, parts)
            except host_vars.Mistakes as mistakes:
                mistaken.setdefault(tuple(mistakes.errors), host)
                continue
            plans[host] = plan
            notes += [note for note in plan.notes if note not in notes]
            warnings += [warning for warning in plan.warnings if warning not in warnings]
        if mistaken:
            lines = [line for errors, host in mistaken.items() for line in (f"(of {host})", *errors)]
            raise host_vars.Refusal("\n".join(["The description has mistakes; nothing was touched:", *lines]))
        for note in notes:
            self._display.display(f"note: {note}", stderr=True)  # stdout may be that of a JSON callback
        result = {
            "changed": False, "hosts": list(hosts), "summary": summary(plans), "notes": notes, "warnings": warnings
        }
        if options["whole"]:
            result["plan"] = {host: shown(dataclasses.asdict(plan)) for host, plan in plans.items()}
        return result
