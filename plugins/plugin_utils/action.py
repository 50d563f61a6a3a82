# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins have in common: a refusal is told in plain words, without a traceback."""
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.dialer.trunks.plugins.plugin_utils.describe import Refusal


class TrunksAction(ActionBase):
    """An action plugin of this collection; ``act`` does its work and may raise Refusal."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        try:
            return {**result, **self.act(task_vars or {})}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": str(refusal)}

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The task's result. Raises Refusal before anything is touched."""
        raise NotImplementedError
