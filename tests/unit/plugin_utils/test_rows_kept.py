# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that a generation keeps."""
from __future__ import annotations

import json

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import rows

from support.unit.descriptions import A, B, SECRET, SERVER_IP, described


def test_every_row_has_a_file_and_a_disabled_trunk_only_says_so():
    wanted = plan.build(described({**A, "username": "me", "secret": SECRET}, {**B, "username": "me", "secret": SECRET, "enabled": False}), ["d1"])
    found = rows.kept(rows.desired(wanted, SERVER_IP))
    assert sorted(found) == ["rows/route-us.json", "rows/trunk-carrier_a.json", "rows/trunk-carrier_b.json"]
    first = json.loads(found["rows/trunk-carrier_a.json"])
    assert SECRET in first["account_entry"] and first == rows.desired(wanted, SERVER_IP)[0]
    assert json.loads(found["rows/trunk-carrier_b.json"]) == {
        "name": "carrier_b", "kind": "trunk", "server_ip": SERVER_IP, "active": False,
    }
