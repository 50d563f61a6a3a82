# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``test_call``."""

ARGUMENTS = dict(
    number=dict(type='str', required=True),
    route=dict(type='str'),
    context=dict(type='str'),
    timeout=dict(type='int', default=60),
    answer_seconds=dict(type='int', default=2),
    caller_id=dict(type='str', default=''),
)
