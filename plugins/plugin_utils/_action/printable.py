# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the results of tasks safe to print. Pure."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe_lines

_PRINTED = ("msg", "warnings", "diff", "report", "left")  # keys of a result that Ansible prints unchanged


def safe_result(result: dict[str, Any]) -> dict[str, Any]:
    """Return a task's result with control characters escaped in what is printed; other data stays as it is."""
    return {key: _safe(value) if key in _PRINTED else value for key, value in result.items()}


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe_lines(value)
    if isinstance(value, list):
        return [_safe(item) for item in value]
    return {key: _safe(item) for key, item in value.items()} if isinstance(value, dict) else value
