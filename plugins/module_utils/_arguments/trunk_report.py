# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``trunk_report``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report_info import PERIOD

ARGUMENTS = dict(
    PERIOD,
    sums=dict(type='str'),
    carrier_log=dict(type='str'),
    directory=dict(type='path', default='reports'),
)
