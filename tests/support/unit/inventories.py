# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory holds, as each ansible-core has it."""
from __future__ import annotations

from typing import Any

try:
    from ansible.template import trust_as_template
except ImportError:     # ansible-core 2.18 and earlier, which template any text
    trust_as_template = str


def trusted(value: Any) -> Any:
    """The value as Ansible reads it from an inventory: from ansible-core 2.19 on, only such text is templated."""
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value
