# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of ``drift_report``."""

ARGUMENTS = dict(
    read=dict(type='str'),
    kept=dict(type='str'),
    files=dict(type='str'),
    firewalld=dict(type='str'),
    peers=dict(type='str'),
    rows=dict(type='str'),
    format=dict(type='str', choices=['table', 'json', 'markdown'], default='table'),
    file=dict(type='path'),
    fail=dict(type='bool', default=True),
)
