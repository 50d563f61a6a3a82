# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``asterisk_rollback``."""

from ansible_collections.dialer.trunks.plugins.module_utils._common import payload

ARGUMENTS = dict(
    generation=dict(type='int', required=True),
    kept=dict(type='str'),
    carriers=dict(type='dict'),
    confirm_within=dict(type='int', default=0),
    wait=dict(type='int', default=60),
    **payload.OPTION
)
