# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins the sums of all dialers and writes the report, on the controller."""
from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.module_utils._health import period
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import carrier_log, dialers, files, model


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time()) if options["now"] is None else options["now"]
        try:
            wanted = period.chosen(options, now)
        except period.Wrong as wrong:
            raise host_vars.Refusal(f"{wrong}. Nothing was touched") from None
        if options["sums"] is None:
            return {"changed": False, "now": now}
        describer = host_vars.Describer(self, task_vars)
        answer: dict[str, Any] = {"changed": False}
        # Reading the results of all dialers takes long, so that only the first dialer's task does.
        if describer.own == (task_vars.get("ansible_play_hosts_all") or [describer.own])[0]:
            found = self._joined(describer, options, wanted)
            answer["files"] = self._write(Path(options["directory"]).absolute(), found.model(now))
        if (task_vars.get(options["sums"]) or {}).get("unreachable"):
            answer.update(unreachable=True, msg="nothing is known of its calls")
        return answer

    def _joined(self, describer: host_vars.Describer, options: dict[str, Any], wanted: period.Period) -> model.Joined:
        """Return what the dialers have told, and what VICIdial's carrier log tells of the others."""
        names = [name for name in ("sums", "carrier_log") if options[name] is not None]
        results = describer.results(options, names)
        log = next((one["carrier_log"] for one in results.values() if one.get("carrier_log")), {})
        calls, lacking = {}, ""
        if log.get("failed") or log.get("unreachable"):
            lacking = f"; VICIdial's carrier log was not read: {_message(log)}"
        elif "packed" in log:
            try:
                calls = carrier_log.unpacked(log["packed"], wanted)
                lacking = "; VICIdial's carrier log has no call of it"
            except dialers.Odd as odd:
                lacking = f"; VICIdial's carrier log was not read: {odd}"
        of_hosts = {host: calls[ip] for host in results if (ip := describer.server_ip(host)) in calls}
        return joined({host: one["sums"] for host, one in results.items()}, wanted, of_hosts, lacking)

    def _write(self, directory: Path, found: Mapping[str, Any]) -> dict[str, str]:
        """Write the files, print the page's path, and return the paths."""
        texts = files.texts(found)
        if not self._task.check_mode:
            try:
                files.write(directory, texts)
            except OSError as fault:
                raise host_vars.Refusal(f"directory: {fault.filename or directory}: {fault.strerror}") from None
        paths = {kind: str(directory / name) for kind, (name, _text) in texts.items()}
        known = [one for one in found["sources"] if one["source"] != model.NOTHING]
        self.show(
            f"{safe(paths['html'])}{' would be written' if self._task.check_mode else ''}\n"
            f"{found['total']['attempts']:,} attempts from {model.utc(found['since'])} to {model.utc(found['until'])} "
            f"UTC, of {len(known)} of {len(found['sources'])} dialers; the same as JSON and CSV beside it\n"
        )
        return paths


def joined(
    told: Mapping[str, Mapping[str, Any]], wanted: period.Period, calls: Mapping[str, Mapping[str, Any]], lacking: str
) -> model.Joined:
    """Return the model of a report of this period.

    ``told``: {dialer: its result of trunk_report_info}, ``calls``: {dialer: what the carrier log tells}, which counts
    where a dialer has told no sums, ``lacking``: what to add to the note on a dialer that has neither.
    """
    found = model.Joined(wanted)
    for dialer, result in told.items():
        one, why = None, _message(result)
        if "packed" in result:
            try:
                one = dialers.unpacked(result["packed"], wanted)
                why = one["reason"]
            except dialers.Odd as odd:
                why = str(odd)
        if one is not None and one["log"]:
            found.add(dialer, one)
            continue
        found.add_without_log(dialer, why if dialer in calls else why + lacking, one, calls.get(dialer))
    return found


def _message(result: Mapping[str, Any]) -> str:
    """Return why a dialer has told nothing."""
    if not result:
        return "it was not asked"
    text = safe(" ".join(str(result.get("msg") or "no reason was given").split()))
    return f"it is unreachable: {text}" if result.get("unreachable") else text
