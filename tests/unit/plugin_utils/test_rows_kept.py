# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that a generation keeps."""
from __future__ import annotations

import json

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import history
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render, rows

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


@pytest.mark.parametrize("mode", ["vicidial", "asterisk"])
def test_a_rollback_expects_the_peers_that_the_trunks_have(mode):
    """And no other object of PJSIP, which Asterisk would not show as a peer."""
    trunks = [{**A, "protocol": protocol, "name": f"{protocol}_a", "username": "me", "register": True} for protocol in ("sip", "pjsip", "iax2")]
    trunks[0]["signalling"] = ["198.18.10.10", "198.18.10.11"]
    wanted = plan.build({"dialer_mode": mode, "dialer_trunks": trunks}, ["d1"])
    kept = rows.kept(rows.desired(wanted, SERVER_IP)) if mode == "vicidial" else render.peer_files(wanted)
    found = {trunk["name"]: (trunk["peers"], trunk["registered"]) for trunk in history.trunks(kept)}
    assert found == {trunk.name: ([peer.name for peer in trunk.peers], True) for trunk in wanted.trunks}
