# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``asterisk_generation``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import PARTS

ARGUMENTS = dict(
    parts=dict(type='list', elements='str', choices=list(PARTS)),
    state=dict(type='str', choices=['present', 'absent', 'confirmed', 'rolled_back', 'proven'], default='present'),
    confirm_within=dict(type='int', default=0),
    force=dict(type='bool', default=False),
    mode=description.MODE,
    trunks=description.TRUNKS,
    routes=description.ROUTES,
    inbound=description.INBOUND,
    rtp=description.RTP,
    firewall=description.FIREWALL,
    health=description.HEALTH,
    prune=description.PRUNE,
    read=dict(type='str'),
    carriers=dict(type='dict'),
    servers=dict(type='list', elements='str', default=[]),
    wait=dict(type='int', default=60),
    **payload.OPTION
)
