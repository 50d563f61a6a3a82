# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kept generation says of itself, and whether it is whole."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import history, store as generations

PEER = "[carrier_a]\ntype=peer\ndescription=[trunks @] A\nsecret=PLANTED\n\n[carrier_a.2]\ntype=peer\ndescription=[trunks @] A\n"
FILES = {
    "extensions.conf": "base\n", "routes/us.conf": "[trunks-route-us]\n",
    "sip/carrier_a.conf": "register => me:PLANTED@198.18.10.10\n" + PEER,
    "rows/trunk-carrier_b.json": json.dumps({
        "name": "carrier_b", "kind": "trunk", "server_ip": "198.18.0.11", "active": True, "protocol": "SIP",
        "registration_string": "", "account_entry": "[carrier_b]\ndescription=[trunks @] B\nsecret=PLANTED"}),
    "rows/trunk-off.json": json.dumps({"name": "off", "kind": "trunk", "server_ip": "198.18.0.11", "active": False}),
}


@pytest.fixture
def store(tmp_path):
    found = generations.Store(str(tmp_path), os.getegid())
    found.switch(found.write(FILES, {}, {"who": "ann@desk", "commit": None, "mode": "vicidial", "rows": True}))
    return found


def test_a_generation_is_listed_without_a_secret(store):
    store.switch(store.write({**FILES, "rtp.conf": "rtpstart=1\n"}, store.files(1)))
    newest, first = history.described(store, 2)
    assert "PLANTED" not in json.dumps([newest, first])
    assert (newest["number"], newest["in_force"], newest["changed"], newest["former"]) == (2, True, ["rtp.conf"], 1)
    assert (first["who"], first["rows"], first["in_force"], first["linked"]) == ("ann@desk", True, False, False)
    assert first["trunks"] == [
        {"name": "carrier_b", "technology": "SIP", "peers": ["carrier_b"], "registered": False},
        {"name": "carrier_a", "technology": "SIP", "peers": ["carrier_a", "carrier_a.2"], "registered": True},
    ]
    assert first["routes"] == ["us"] and first["damaged"] == []


def test_a_link_that_asterisk_has_not_followed_is_not_in_force(store):
    assert [entry["in_force"] for entry in history.described(store, 4)] == [False]
    assert [entry["linked"] for entry in history.described(store, None)] == [True]


def test_what_the_running_asterisk_must_hold_of_the_rows():
    route = {"name": "us", "kind": "route", "server_ip": "198.18.0.11", "active": True, "protocol": "SIP",
             "dialplan_entry": "exten => _91X.,1,AGI(log)\nexten => _91X.,n,Gosub(trunks-route-us,${EXTEN:1},1(@))"}
    resting = {"name": "eu", "kind": "route", "server_ip": "198.18.0.11", "active": False}
    files = {**FILES, "rows/route-us.json": json.dumps(route), "rows/route-eu.json": json.dumps(resting)}
    found = history.expected(files)
    assert found["peers"] == {"carrier_b": 0} and found["technologies"] == {"carrier_b": "SIP"} and found["routes"] == {"us": 0}
    assert found["steps"] == {"us": {"_91X.": ["AGI(log)", "Gosub(trunks-route-us,${EXTEN:1},1(@))"]}}
    assert "PLANTED" not in json.dumps(found)


def test_what_is_not_as_it_was_written(store):
    top = Path(store.path(1))
    assert history.damage(store, 1) == []
    (top / "routes/us.conf").write_text("edited")
    (top / "routes/mine.conf").write_text("added")
    (top / "extensions.conf").unlink()
    (top / "generation.conf").write_text("exten => 9")
    assert history.damage(store, 1) == [
        ("extensions.conf", "missing"), ("generation.conf", "edited"), ("routes/mine.conf", "added"), ("routes/us.conf", "edited"),
    ]
    (top / "rows/trunk-carrier_b.json").write_text("{ broken")
    assert history.described(store, 1)[0]["trunks"] == []  # and no traceback
    (top / "manifest.json").write_text("{")
    assert history.damage(store, 1) == [("manifest.json", "missing")]


def test_a_manifest_of_a_version_without_checksums_tells_names_only(store):
    path = Path(store.path(1)) / "manifest.json"
    path.write_text(json.dumps({"number": 1, "files": sorted(FILES)}))
    assert history.damage(store, 1) == []
    (Path(store.path(1)) / "routes/us.conf").unlink()
    assert history.damage(store, 1) == [("routes/us.conf", "missing")]
    assert history.described(store, 1)[0]["rows"] is False
