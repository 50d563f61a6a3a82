# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of the action plugins. A refusal is reported without a traceback, an error of several lines as lines,
a diff of several dialers once, and what is printed has no control characters."""
from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import diffs, error_lines, printable, run_identity
from ansible_collections.dialer.trunks.plugins.plugin_utils._action.host_vars import Refusal
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe_lines


class TrunksAction(ActionBase):
    """An action plugin of this collection. ``act`` does its work and may raise Refusal.

    ``arguments`` is the module's own argument spec, with which the task's options are checked before ``act``.
    """

    arguments: dict[str, Any]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        try:
            result = {**result, **printable.safe_result(self.act(self.options(), task_vars or {}))}
        except Refusal as refusal:
            result = {**result, "failed": True, "msg": safe_lines(str(refusal))}
        host = str((task_vars or {}).get("inventory_hostname"))
        if result.get("diff") and result.get("changed") and diffs.wanted(self._task, constants.DEFAULT_STDOUT_CALLBACK):
            result["diff"] = diffs.as_on(diffs.same_rows(result["diff"]), self._task.name, host)
        lines = error_lines.of(result, host)
        if lines and error_lines.wanted(self._task):
            self._display.display("\n" + lines, stderr=True)  # not to stdout, which may be that of a JSON callback
        return result

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the task's result. ``options``: see C(options). Raises Refusal before anything is changed."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Return all options of the module's spec with their values, defaults, or None.

        Options that replace variables of the description are as the task has them, since the plan checks them. The
        payload is not an option of a task. Raises Refusal.
        """
        spec = {
            name: {"type": "raw"} if description.is_described(rule) else rule
            for name, rule in self.arguments.items()
            if name not in payload.OPTION
        }
        try:
            _checked, options = self.validate_argument_spec(argument_spec=spec)
        except AnsibleActionFail as mistake:
            raise Refusal(f"{mistake.message}. Nothing was touched") from None
        return options

    def given(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the checked options that the task sets."""
        return {name: value for name, value in options.items() if name in self._task.args}

    def change(
        self, name: str, options: dict[str, Any], request: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """Call the module with ``request`` and the identity of this run as its payload, and return its result. What the
        request has of the run (``run``) is added to the identity.

        If an earlier run of this controller was killed before it confirmed its change, the module is called again, to
        roll that back first.
        """
        request = {**request, "run": {**request.get("run", {}), **run_identity.this()}}
        result: dict[str, Any] = {}
        for _attempt in range(2):
            arguments = {**options, "payload": payload.pack(request)}
            result = self._execute_module(module_name=name, module_args=arguments, task_vars=task_vars)
            other = result.pop("unconfirmed", None)
            if not other or not run_identity.has_ended(other):
                break
            request["gone"] = other["id"]
        # The arguments hold the description with its secrets, which must not be printed, even with -vvv.
        result.pop("invocation", None)
        return result

    def show(self, text: str) -> None:
        """Print a text of several lines: not to stdout, where it would break the output of a JSON callback."""
        self._display.display("\n" + text, stderr=True)

    def reconnect(self) -> None:
        """Close the persistent connection, so that the next task proves that a new one can be made."""
        if type(self._connection).reset is not ConnectionBase.reset:
            self._connection.reset()
