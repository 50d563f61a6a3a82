# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of VICIdial's carriers, as tests begin with them."""
from __future__ import annotations

ROW = {
    "carrier_name": "",
    "registration_string": "",
    "template_id": "--NONE--",
    "account_entry": "",
    "protocol": "SIP",
    "globals_string": "",
    "dialplan_entry": "",
    "server_ip": "198.18.0.11",
    "active": "Y",
    "carrier_description": "",
    "user_group": "---ALL---",
}
