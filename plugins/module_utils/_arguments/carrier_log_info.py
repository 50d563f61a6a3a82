# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``carrier_log_info``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report_info import PERIOD
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection

ARGUMENTS = dict(
    connection.OPTIONS,
    server_ips=dict(type='list', elements='str'),
    sums=dict(type='str'),
    **PERIOD
)
