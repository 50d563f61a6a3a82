# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``trunk_report_info``, and those of a period."""

PERIOD = {
    'days': dict(type='int'),
    'from': dict(type='str'),
    'until': dict(type='str'),
    'now': dict(type='int'),
}
ARGUMENTS = dict(PERIOD, packed=dict(type='bool', default=False))
