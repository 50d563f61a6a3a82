# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``vicidial_carriers_info``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection

ARGUMENTS = dict(
    connection.OPTIONS,
    server_ips=dict(type='list', elements='str'),
    names=dict(type='list', elements='str'),
    mode=description.MODE,
)
