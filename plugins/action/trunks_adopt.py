# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an existing cluster through the module of the same name, and writes the description of it on the controller."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunks_adopt import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._common import encryption, payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import files as adopt_files, model, parse, write


class ActionModule(base.TrunksAction):
    """See the documentation of the module."""

    arguments = ARGUMENTS

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        if not options["to"]:
            raise host_vars.Refusal("to: name the directory in which the description is to be written")
        where = Path(os.path.abspath(options["to"]))
        _refuse_existing(where)
        describer = host_vars.Describer(self, task_vars)
        files = describer.get(describer.own, "dialer_mode") == "asterisk"
        found = self._read(self.given(options), describer, task_vars, files)
        only = _wanted(options["carriers"])
        unknown = sorted(set(only or ()) - {row["carrier_id"] for row in found.rows})
        if unknown:
            known = write.one_line(", ".join(row["carrier_id"] for row in found.rows)) or "none"
            raise host_vars.Refusal(f"there is no carrier {', '.join(unknown)}; there are {known}. Nothing was written")
        adopted = model.adopt(found, only)
        if files:
            adopt_files.settle(adopted)
        texts = write.files(adopted, adopt_files.HEAD if files else write.HEAD)
        result: dict[str, Any] = {
            "changed": True,
            "files": [str(where / name) for name in texts],
            "trunks": [carrier.name for carrier in adopted.trunks],
            "routes": [route["name"] for route in adopted.routes],
            "left": write.left(adopted),
            "report": write.report(adopted),
        }
        if self._task.diff:
            name = write.DESCRIPTION
            result["diff"] = {"before": "", "after": texts[name], "after_header": str(where / name)}
        if not self._task.check_mode:
            _write(where, texts)
        return result

    def _read(
        self, options: dict[str, Any], describer: host_vars.Describer, task_vars: dict[str, Any], files: bool
    ) -> model.Found:
        """What the module found, opened; in ``files`` of a plain Asterisk, or else in VICIdial's database."""
        key = encryption.new_key()
        send = describer.login(options)
        send.pop("carriers", None)
        password = send.pop("login_password", None)
        send["payload"] = payload.pack(
            {"key": key, "files": files, **({"login_password": password} if password else {})}
        )
        answer = self._execute_module(
            module_name="dialer.trunks.trunks_adopt", module_args=send, task_vars=task_vars
        )
        if answer.get("failed") or "sealed" not in answer:
            raise host_vars.Refusal(str(answer.get("msg", "the database could not be read")))
        read = encryption.unseal(answer["sealed"], key)
        general = {name: [tuple(pair) for pair in pairs] for name, pairs in read["general"].items()}
        if files:
            own = str.__str__(describer.own)
            try:
                found = adopt_files.rows(read["texts"], own)
            except parse.Unreadable as reason:
                raise host_vars.Refusal(f"the peers of {own} cannot be read: {reason}. Nothing was written")
            return model.Found(found, {own: own}, general=general, mode="asterisk")
        dialers = {str.__str__(host): str.__str__(describer.server_ip(host)) for host in describer.dialers}
        return model.Found(
            read["rows"], dialers, read["templates"], general, read["campaigns"], globals=read["globals"],
            elsewhere=read["elsewhere"], states=read["states"],
        )


def _wanted(given: Any) -> list[str] | None:
    """The carrier_ids of the option, a list or a text with commas; None for all."""
    if given is None or given == "":
        return None
    listed = given.split(",") if isinstance(given, str) else given
    return [str(one).strip() for one in listed if str(one).strip()] or None


def _refuse_existing(where: Path) -> None:
    there = [str(where / name) for name in (write.DESCRIPTION, write.VAULT) if (where / name).exists()]
    if there:
        raise host_vars.Refusal(
            f"{' and '.join(there)} {'are' if len(there) > 1 else 'is'} there already. Nothing was written: name "
            "another directory (-e adopt_to=DIR), or move what is there away"
        )
    if where.exists() and not where.is_dir():
        raise host_vars.Refusal(f"{where} is no directory. Nothing was written")


def _write(where: Path, texts: dict[str, str]) -> None:
    """Writes the files, readable for their owner alone; all of them or none."""
    made: list[Path] = []
    try:
        where.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path = where / name
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            made.append(path)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError as problem:
        for path in made:
            path.unlink(missing_ok=True)
        place = problem.filename or where
        raise host_vars.Refusal(f"{place} cannot be written: {problem.strerror}. Nothing was written")
