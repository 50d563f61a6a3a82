# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._generation import rows_loaded

PEERS = (
    "register => a:b@c\n\n; VICIDIAL Carrier: A - a\n; [dialer.trunks carrier_a@198.18.0.11 A]\n"
    "[carrier_a]\ntype=peer\ndescription=[trunks 3] A\n\n; VICIDIAL Carrier: B - b\n[carrier_b]\ndescription=[trunks 2] B\n"
    "[foreign]\ntype=peer\n"
)
ENTRIES = "exten => _91X.,n(route),Gosub(trunks-route-us,${EXTEN:1},1(4))\n"


class Dialer:
    """The running Asterisk as the proofs see it: what it holds changes with every look."""

    def __init__(self, *revisions):
        self.revisions = list(revisions)

    def peers(self, technology, _names):
        if technology != "SIP":
            return []
        number = self.revisions.pop(0) if len(self.revisions) > 1 else self.revisions[0]
        return [] if number is None else [{"name": "carrier_a", "description": "[trunks %d] A" % number}]

    def contexts(self):
        return []


def test_only_what_is_asked_for_is_looked_at():
    assert rows_loaded.missing(object(), {"peers": {}, "routes": {}}) == []
    assert rows_loaded.missing(Dialer(2), {"peers": {"carrier_a": 2}}) == []
    assert len(rows_loaded.missing(Dialer(1), {"peers": {"carrier_a": 2}, "routes": {"us": 1}})) == 2


def test_it_waits_until_everything_has_arrived(monkeypatch):
    monkeypatch.setattr(rows_loaded.time, "sleep", lambda _seconds: None)
    assert rows_loaded.wait(Dialer(None, 1, 1, 2), {"peers": {"carrier_a": 2}}, 5) == []


def test_it_says_what_is_missing_when_the_time_is_up():
    assert rows_loaded.wait(Dialer(None), {"peers": {"carrier_a": 2}}, 0) == [Finding("peer", "carrier_a", "peer carrier_a is not loaded")]


def test_what_is_missing_is_told_as_data_too(monkeypatch):
    monkeypatch.setattr(rows_loaded, "where_stuck", lambda _rows, _in_screen: "It is stuck.")
    with pytest.raises(rows_loaded.Missing, match="^After 0 s:\npeer carrier_a is not loaded\nIt is stuck.$") as missing:
        rows_loaded.demand(Dialer(None), {"peers": {"carrier_a": 2}}, 0)
    assert [(one.kind, one.name) for one in missing.value.findings] == [("peer", "carrier_a")]
    assert (missing.value.seconds, missing.value.where) == (0, "It is stuck.")


def test_a_peer_of_another_protocol_proves_nothing():
    rows = {"peers": {"carrier_a": 2}, "technologies": {"carrier_a": "PJSIP"}}
    assert rows_loaded.missing(Dialer(2), rows) == [
        Finding("peer", "carrier_a", "peer carrier_a is still loaded by SIP"), Finding("peer", "carrier_a", "peer carrier_a is not loaded")]
    assert rows_loaded.missing(Dialer(None), rows) == [Finding("peer", "carrier_a", "peer carrier_a is not loaded")]


class Overridden(Dialer):
    """The peers of a row are loaded with its revision, and one of them with another carrier's address."""

    def __init__(self, etc):
        super().__init__(2)
        self.etc, self.asked = etc, []

    def peers(self, technology, names):
        shown = {"technology": technology, "port": 5060, "dynamic": False, "state": "reachable", "description": "[trunks 2] A"}
        return [] if technology != "SIP" else [
            {**shown, "name": name, "address": address} for name, address in
            (("carrier_a", "198.18.20.20"), ("carrier_a.2", "198.18.10.11"), ("carrier_b", "198.18.99.99")) if name in names]

    def details(self, _technology, name):
        self.asked.append(name)
        return {"Context": "trunkinbound"}


def test_a_peer_of_the_right_revision_with_another_address_is_found(tmp_path):
    (tmp_path / "sip.conf").write_text("[carrier_a]\nhost=198.18.10.10\n[carrier_a]\nhost=198.18.20.20\n")
    options = {"carrier_a": {"carrier_a": {"host": "198.18.10.10", "context": "trunkinbound"}, "carrier_a.2": {"host": "198.18.10.11"}}}
    dialer = Overridden(str(tmp_path))
    [found] = rows_loaded.missing(dialer, {"peers": {"carrier_a": 2, "carrier_b": 3}, "options": options})[:1]
    assert found.text == "peer carrier_b is loaded, but in an older version ([trunks 2] A instead of [trunks 3])"
    [found] = rows_loaded.missing(dialer, {"peers": {"carrier_a": 2}, "options": options})
    assert found == Finding("peer", "carrier_a", (
        f"peer carrier_a is loaded with host 198.18.20.20 instead of 198.18.10.10; the last line that sets its host is {tmp_path}/sip.conf:4; "
        f"[carrier_a] is in {tmp_path}/sip.conf:1, {tmp_path}/sip.conf:3"))
    assert dialer.asked == ["carrier_a", "carrier_a.2"] * 2  # once each, and not those that are known to be wrong
    gone = {"carrier_a": {**options["carrier_a"], "carrier_a.3": {"host": "198.18.10.12"}}}
    assert rows_loaded.missing(Overridden(str(tmp_path)), {"peers": {"carrier_a": 2}, "options": gone})[0] == Finding(
        "peer", "carrier_a.3", "peer carrier_a.3 is not loaded")


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "sip-vicidial.conf").write_text(PEERS)
    (tmp_path / "extensions-vicidial.conf").write_text(ENTRIES)
    return str(tmp_path)


@pytest.mark.parametrize("rows", [
    {"peers": {"carrier_a": 4}},
    {"peers": {"carrier_a": 2}},  # which only the other peer has
    {"peers": {"carrier_c": 3}},
    {"peers": {"carrier_a": None}},  # is to be gone
    {"routes": {"us": 5}},
    {"routes": {"uk": 4}},
    {"routes": {"us": None}},
    {"peers": {"carrier_a": 3}, "routes": {"us": 5}},
])
def test_the_generator_did_not_write(rows, etc):
    assert "has not written the rows" in rows_loaded.where_stuck(rows, True, etc)


@pytest.mark.parametrize("rows", [
    {"peers": {"carrier_a": 3, "carrier_b": 2, "gone": None, "foreign": None}, "routes": {"us": 4, "uk": None}},
    {"peers": None},
    {},
])
def test_the_generator_wrote_but_nothing_was_reloaded(rows, etc):
    assert "does not run in one" in rows_loaded.where_stuck(rows, False, etc)
    assert "Asterisk has not read them" in rows_loaded.where_stuck(rows, True, etc)


def test_the_file_and_the_reload_are_those_of_the_protocol(etc, tmp_path):
    rows = {"peers": {"carrier_p": 3}, "technologies": {"carrier_p": "PJSIP"}}
    assert "into pjsip-vicidial.conf and extensions-vicidial.conf" in rows_loaded.where_stuck(rows, True, etc)
    objects = "[carrier_p]\ntype=endpoint\nset_var=TRUNKS_DESCRIPTION=[trunks 3] P\n\n[carrier_p]\ntype=aor\n"
    (tmp_path / "pjsip-vicidial.conf").write_text(objects)
    assert "Type 'pjsip reload' and 'dialplan reload'" in rows_loaded.where_stuck(rows, True, etc)


def test_no_files_at_all(tmp_path):
    assert "crontab" in rows_loaded.where_stuck({"peers": {"carrier_a": 3}}, True, str(tmp_path))
