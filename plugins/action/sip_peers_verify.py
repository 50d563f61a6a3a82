# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets the option C(trunks) to those of the dialer's description when the task has none, and sends what was found
before the run."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.sip_peers_verify import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL, TRUNK_FILES
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Trunk


def expected(trunk: Trunk) -> list[dict[str, Any]]:
    """Return the expected peers of a trunk: the first is dialled, the others are for inbound calls only."""
    first, *others = trunk.peers
    technology = BY_PROTOCOL[trunk.protocol].name
    wanted = {
        "name": first.name,
        "technology": technology,
        "host": trunk.host,
        "peer_host": trunk.host,
        "state": "reachable" if trunk.qualify.enabled else "loaded",
        "registered": trunk.register,
    }
    if trunk.port:
        wanted["port"] = wanted["peer_port"] = trunk.port
    if trunk.username:
        wanted["username"] = trunk.username
    return [wanted] + [
        {"name": peer.name, "technology": technology, "host": peer.host, "peer_host": peer.host, "state": "loaded"}
        for peer in others
    ]


def written(carriers: Mapping[str, Any], files: Sequence[str], server_ip: str) -> set[str]:
    """Return the names of the trunks whose row or file a run has written on one dialer.

    ``carriers`` is the result of vicidial_carriers, ``files`` as asterisk_generation returns them.
    """
    places = (server_ip, EVERY_DIALER)
    rows = [row for row in carriers.get("carriers") or [] if row["kind"] == "trunk" and row["server_ip"] in places]
    return {
        *(row["name"] for row in rows if row["action"] in ("added", "changed")),
        *(path.partition("/")[2].removesuffix(".conf") for path in files if path.startswith(TRUNK_FILES)),
    }


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        options = self.given(options)
        describer = host_vars.Describer(self, task_vars)
        found = describer.found(describer.own, options.pop("read", None))
        carriers, files = options.pop("carriers", None) or {}, options.pop("files", None) or []
        if "trunks" not in options:
            plan = describer.plan(describer.own, {}, {"sip_peers"})
            options["trunks"] = [peer for trunk in plan.trunks if trunk.enabled for peer in expected(trunk)]
        if found and found["asterisk"]["running"]:
            names = {trunk.get("name") if isinstance(trunk, dict) else trunk for trunk in options["trunks"]}
            before = {
                "peers": [peer for peer in found["peers"] if peer["name"] in names],
                "registrations": found["registrations"],
                "written": sorted(written(carriers, files, describer.server_ip(describer.own))),
            }
            options["payload"] = payload.pack({"before": before})
        return self._execute_module(
            module_name="dialer.trunks.sip_peers_verify", module_args=options, task_vars=task_vars
        )
