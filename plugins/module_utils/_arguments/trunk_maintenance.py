# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``trunk_maintenance``."""

ARGUMENTS = dict(
    trunk=dict(type='str', required=True),
    state=dict(type='str', required=True, choices=['on', 'off']),
    reason=dict(type='str', default=''),
    hours=dict(type='str', default='8'),
    wait=dict(type='int', default=0),
    who=dict(type='str'),
)
