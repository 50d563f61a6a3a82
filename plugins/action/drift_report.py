# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combines the results of the tasks of drift.yml into one report, on the controller."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.drift_report import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import drift

RESULTS = ("read", "kept", "files", "firewalld", "peers")
FORMATS = {
    "table": drift.as_table,
    "json": lambda report: json.dumps(drift.as_data(report), indent=2) + "\n",
    "markdown": drift.as_markdown,
}


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        describer = host_vars.Describer(self, task_vars)
        results = describer.results(options, (*RESULTS, "rows"))
        dialers = {host: {**found, "server_ip": describer.server_ip(host)} for host, found in results.items()}
        report = drift.compare(dialers, next((found["rows"] for found in results.values() if found["rows"]), {}))
        text = FORMATS[options["format"]](report)
        if options["file"]:
            try:
                Path(options["file"]).write_text(text, encoding="utf-8")
            except OSError as fault:
                raise host_vars.Refusal(f"file: {options['file']}: {fault.strerror}") from None
        self.show(drift.as_table(report) if options["file"] else text)
        if options["fail"]:  # without the report, which would be printed again as one long line
            if report.count(drift.DRIFT):
                return {"changed": False, "failed": True, "msg": report.summary}
            if report.count(drift.UNKNOWN):
                return {"changed": False, "unreachable": True, "msg": report.summary}
        return {"changed": False, "report": drift.as_data(report)}
