# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins have in common: a refusal is told in plain words, without a traceback, and what is printed
holds no control characters."""
from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import printable, run_identity
from ansible_collections.dialer.trunks.plugins.plugin_utils._action.host_vars import Refusal
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe_lines


class TrunksAction(ActionBase):
    """An action plugin of this collection; ``act`` does its work and may raise Refusal.

    ``arguments`` is the module's own argument spec, by which the task's options are checked before ``act`` is called.
    """

    arguments: dict[str, Any]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        try:
            return {**result, **printable.safe_result(self.act(self.options(), task_vars or {}))}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": safe_lines(str(refusal))}

    def act(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The task's result. ``options``: see C(options). Raises Refusal before anything is touched."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """The task's options by the module's spec: every one, with its default, or None where it has none.

        Those that describe something are as the task has them, since the plan checks them. The payload is no option of
        a task. Raises Refusal.
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
        """Those of the checked options that the task names."""
        return {name: value for name, value in options.items() if name in self._task.args}

    def change(
        self, name: str, options: dict[str, Any], request: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """The result of the module of this name, which gets ``request`` as its payload, and is told whose run it is.

        Where an earlier run of this controller has died and has not confirmed its change, the module is called again,
        to roll that back first.
        """
        request = {**request, "run": run_identity.this()}
        result: dict[str, Any] = {}
        for _attempt in range(2):
            arguments = {**options, "payload": payload.pack(request)}
            result = self._execute_module(module_name=name, module_args=arguments, task_vars=task_vars)
            other = result.pop("unconfirmed", None)
            if not other or not run_identity.has_ended(other):
                break
            request["gone"] = other["id"]
        # The arguments hold the description, secrets included: they are not to be printed, at -vvv either.
        result.pop("invocation", None)
        return result

    def reconnect(self) -> None:
        """End the connection that is kept open, so that what follows proves that a new one can be made."""
        if type(self._connection).reset is not ConnectionBase.reset:
            self._connection.reset()
