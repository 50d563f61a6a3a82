# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``firewalld_rules``."""

from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description

ARGUMENTS = dict(
    wanted=dict(type='str', choices=['description', 'generation', 'nothing'], default='description'),
    generation=dict(type='int'),
    read=dict(type='str'),
    carriers=dict(type='dict'),
    servers=dict(type='list', elements='str', default=[]),
    prove=dict(type='bool', default=False),
    mode=description.MODE,
    trunks=description.TRUNKS,
    rtp=description.RTP,
    firewall=description.FIREWALL,
)
