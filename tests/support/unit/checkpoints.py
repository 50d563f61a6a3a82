# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run, and a watchdog that is only told about."""
from __future__ import annotations

import os

from ansible_collections.dialer.trunks.plugins.module_utils._common import processes

RUN = {"id": "1", "who": "root@controller", "pid": 7}


class Watchdog:
    """A watchdog that is only told about."""

    def __init__(self) -> None:
        self.identity = processes.process(os.getpid())
        self.armed = False

    def arm(self) -> None:
        self.armed = True
