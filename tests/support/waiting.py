# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a state instead of a time."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def came_true(condition: Callable[[], Any], seconds: float, every: float = 0.2) -> bool:
    """Return whether the condition came true within the seconds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(every)
    return True


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> None:
    """Return as soon as the condition holds; fail when it still does not after three times the seconds that it should take:
    several labs share the machine."""
    assert came_true(condition, 3 * seconds), f"not within {3 * seconds} s: {what}"
