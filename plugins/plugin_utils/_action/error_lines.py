# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows an error of several lines as lines, where Ansible would print one line of JSON with ``\\n`` in it.

From ansible-core 2.19 on, Ansible prints the lines itself, before the line of JSON. Here older ones are made to do so.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.release import __version__

AS_CORE = (2, 19)  # the ansible-core that prints an error's lines itself


def of(result: Mapping[str, Any], host: str) -> str:
    """Return the failed result's message as indented lines under the host's name; empty if it has one line only.

    ``result`` is safe to print, see C(printable).
    """
    first, *others = str(result.get("msg") or "").split("\n")
    if not result.get("failed") or not others:
        return ""
    return "\n".join([f"{host}: {first}", *(f"  {line}" for line in others)])


def wanted(task: Any) -> bool:
    """Return whether Ansible does not print an error of the task, or prints it as JSON only."""
    swallowed = False in (task.failed_when or []) or task.no_log  # failed_when: false, as drift.yml has it
    return not swallowed and not _by_ansible()


def _by_ansible() -> bool:
    """Return whether this ansible-core, with the output that is configured, prints the lines of an error."""
    if tuple(int(part) for part in __version__.split(".")[:2]) >= AS_CORE:
        return True
    callback = constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")
    if callback.rpartition(".")[2] == "yaml":
        return True
    for name in (callback, callback.rpartition(".")[2]):
        try:
            return bool(constants.config.get_config_value("result_format", None, "callback", name) == "yaml")
        except AnsibleError:  # that callback has no such option
            continue
    return False
