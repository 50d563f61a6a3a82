# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``vicidial_carriers``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.model import STEPS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.options import CAMPAIGN, CARRIER
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection

ARGUMENTS = dict(
    connection.OPTIONS,
    carriers=dict(type='list', elements='dict', options=CARRIER, default=[]),
    campaigns=dict(type='list', elements='dict', options=CAMPAIGN, default=[]),
    server_ips=dict(type='list', elements='str'),
    prune=description.PRUNE,
    steps=dict(type='list', elements='str', choices=list(STEPS), default=list(STEPS)),
    rebuild=dict(type='list', elements='str', default=[]),
    wait=dict(type='int', default=180),
    confirm_within=dict(type='int', default=0),
    force=dict(type='bool', default=False),
    state=dict(type='str', choices=['present', 'absent', 'confirmed', 'extended', 'rolled_back'], default='present'),
    mode=description.MODE,
    trunks=description.TRUNKS,
    routes=description.ROUTES,
    read=dict(type='str'),
    generated=dict(type='str'),
    rolled_back=dict(type='str'),
    kept=dict(type='str'),
    hosts=dict(type='list', elements='str'),
    **payload.OPTION
)
