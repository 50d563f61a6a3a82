# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not as it should be, as data."""
from __future__ import annotations

import json

from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding, as_results, texts
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished

PEER, TABLE = Finding("peer", "b", "peer b is not loaded"), Finding("firewall", "dialer_trunks", "no table")


def test_a_module_returns_each_once_in_their_order():
    assert json.loads(json.dumps(as_results([PEER, TABLE, PEER]))) == [
        {"kind": "peer", "name": "b", "text": "peer b is not loaded"}, {"kind": "firewall", "name": "dialer_trunks", "text": "no table"}]
    assert texts([PEER, TABLE]) == ["peer b is not loaded", "no table"]


def test_what_was_refused_is_data_and_a_line_each():
    refused = Refused("Asterisk did not take it:", [PEER, TABLE])
    assert refused.findings == [PEER, TABLE]
    assert str(refused).split("\n") == ["Asterisk did not take it:", "  peer b is not loaded", "  no table"]
    assert Refused("nft refused it").findings == [] and Unfinished("x").restored is None
