# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins have in common: a refusal is told in plain words, without a traceback, and what is printed
holds no control characters."""
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import printable, run_identity
from ansible_collections.dialer.trunks.plugins.plugin_utils._action.host_vars import Refusal
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe_lines


class TrunksAction(ActionBase):
    """An action plugin of this collection; ``act`` does its work and may raise Refusal."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        try:
            return {**result, **printable.safe_result(self.act(task_vars or {}))}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": safe_lines(str(refusal))}

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The task's result. Raises Refusal before anything is touched."""
        raise NotImplementedError

    def change(
        self, name: str, options: dict[str, Any], request: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """The result of the module of this name, which gets ``request`` as its payload, and is told whose run it is.

        Where an earlier run of this controller has died and its change waits to be confirmed, the module is called
        again, to undo that first.
        """
        request = {**request, "run": run_identity.this()}
        result: dict[str, Any] = {}
        for _attempt in range(2):
            arguments = {**options, "payload": payload.pack(request)}
            result = self._execute_module(module_name=name, module_args=arguments, task_vars=task_vars)
            held = result.pop("held", None)
            if not held or not run_identity.has_ended(held):
                break
            request["gone"] = held["id"]
        # The arguments hold the description, secrets included: they are nobody's business, at -vvv either.
        result.pop("invocation", None)
        return result

    def reconnect(self) -> None:
        """End the connection that is kept open, so that what follows proves that a new one can be made."""
        if type(self._connection).reset is not ConnectionBase.reset:
            self._connection.reset()
