# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``sip_peers_verify``."""

from ansible_collections.dialer.trunks.plugins.module_utils._common import payload

ARGUMENTS = dict(
    trunks=dict(type='list', elements='raw'),
    state=dict(type='list', elements='str', default=['reachable'],
               choices=['reachable', 'lagged', 'unreachable', 'unknown', 'unmonitored', 'loaded', 'absent']),
    timeout=dict(type='int', default=30),
    interval=dict(type='float', default=1),
    reloaded=dict(type='bool', default=False),
    read=dict(type='str'),
    carriers=dict(type='dict'),
    files=dict(type='list', elements='str', default=[]),
    **payload.OPTION
)
