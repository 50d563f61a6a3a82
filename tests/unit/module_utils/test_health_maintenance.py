# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of trunks in maintenance: what is read from it, what is refused, and when an entry ends."""

from __future__ import annotations

import json
import string

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import maintenance
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0
RECORD = {"reason": "carrier's works", "who": "anna", "since": NOW, "until": NOW + 8 * 3600}
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
TIME = st.integers(1, 10 ** 10) | st.floats(1, 1e10)
RECORDS = st.dictionaries(
    st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=79),
    st.fixed_dictionaries({"reason": TEXT, "who": TEXT, "since": TIME, "until": st.none() | TIME}), max_size=5)


def file(**trunks):
    return json.dumps({"version": 1, "trunks": trunks})


def refused(text):
    with pytest.raises(maintenance.Invalid) as caught:
        maintenance.read(text)
    assert str(caught.value).isprintable()
    return str(caught.value)


class TestRead:
    def test_records(self):
        assert maintenance.read(file(carrier_a=RECORD)) == {"carrier_a": RECORD}
        assert maintenance.read(file()) == {}

    @given(RECORDS)
    def test_what_was_written(self, records):
        text = maintenance.write(records)
        assert text.isascii() and text.endswith("}\n")
        assert maintenance.read(text) == records

    @pytest.mark.parametrize("text", [
        "", "{", "null", "[]", "1", '"x"', "{}", '{"version": 1}', '{"trunks": {}}', '{"version": 2, "trunks": {}}',
        '{"version": true, "trunks": {}}', '{"version": "1", "trunks": {}}', '{"version": 1, "trunks": []}',
        '{"version": 1, "trunks": null}', '{"version": 1, "trunks": {}, "more": 1}', "[" * 200_000, "\0", "9" * 10_000])
    def test_other_files_are_refused(self, text):
        refused(text)

    def test_size_is_bounded(self):
        assert "longer than" in refused(file() + " " * (1 << 20))
        assert "more than 1000 trunks" in refused(file(**{f"t{number}": RECORD for number in range(1001)}))
        assert len(maintenance.read(file(**{f"t{number}": RECORD for number in range(1000)}))) == 1000

    @pytest.mark.parametrize("key, value", [
        ("reason", ""), ("reason", "  "), ("reason", None), ("reason", 7), ("reason", "x" * 201), ("reason", "a\nb"),
        ("reason", "\x1b[31mred"), ("reason", "\u202ereversed"), ("reason", "\ud800"), ("who", ""), ("who", "an\0na"), ("who", []),
        ("who", "x" * 201), ("since", None), ("since", "2026-10-14"), ("since", 0), ("since", -5), ("since", True),
        ("since", 1e12), ("since", 10 ** 400), ("since", float("nan")), ("since", float("inf")), ("until", 0), ("until", ""),
        ("until", False), ("until", float("nan")), ("until", 1e12), ("until", [NOW])])
    def test_an_odd_entry_is_named_with_its_key(self, key, value):
        message = refused(file(good=RECORD, carrier_b={**RECORD, key: value}))
        assert "carrier_b" in message and key in message and "good" not in message

    @pytest.mark.parametrize("name", ["", "x" * 80, "carrier a", "a/b", "a\nb", "\x1b[2J", "träger", "../etc"])
    def test_an_odd_name_is_shown_escaped_and_cut(self, name):
        message = refused(file(**{name: RECORD}))
        assert repr(name)[:60] in message and len(message) < 200

    @pytest.mark.parametrize("record", [None, [], "on", {}, {**RECORD, "more": 1}, {key: RECORD[key] for key in ("reason", "who", "since")}])
    def test_an_odd_record_is_named(self, record):
        assert "carrier_b" in refused(file(carrier_b=record))

    def test_many_odd_entries_are_counted(self):
        message = refused(file(**{f"t{number}": None for number in range(900)}))
        assert "t0" in message and message.endswith("; 895 more") and len(message) < 1000

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["version", "trunks", "carrier_a", *RECORD]) | st.text(), inner)))
    def test_any_json_is_read_or_refused(self, content):
        try:
            found = maintenance.read(json.dumps(content))
        except maintenance.Invalid as error:
            assert str(error).isprintable()
        else:
            assert found == content["trunks"]


class TestActive:
    @pytest.mark.parametrize("until, now, holds", [
        (NOW + 60, NOW, True), (NOW + 60, NOW + 59.9, True), (NOW + 60, NOW + 60, False), (NOW + 60, NOW + 3600, False),
        (NOW + 60, NOW - 3600, True), (None, NOW, True), (None, NOW + 1e9, True), (None, NOW - 3600, True)])
    def test_until_the_wall_clock_says_so(self, until, now, holds):
        record = {**RECORD, "until": until}
        assert maintenance.holds(record, now) is holds
        assert maintenance.active({"a": record, "b": {**RECORD, "until": None}}, now) == {
            **({"a": record} if holds else {}), "b": {**RECORD, "until": None}}


class TestSet:
    def test_on(self):
        before = {"carrier_b": RECORD}
        after = maintenance.set_on(before, "carrier_a", "new range", "ben", NOW, 0.5)
        assert after == {"carrier_b": RECORD, "carrier_a": {"reason": "new range", "who": "ben", "since": NOW, "until": NOW + 1800}}
        assert before == {"carrier_b": RECORD}

    def test_on_without_expiry_replaces(self):
        after = maintenance.set_on({"carrier_a": RECORD}, "carrier_a", "sold", "ben", NOW + 9, None)
        assert after == {"carrier_a": {"reason": "sold", "who": "ben", "since": NOW + 9, "until": None}}

    @pytest.mark.parametrize("hours", [0, -1, True, "8", 24 * 366 + 1, float("nan"), float("inf")])
    def test_odd_hours_are_refused(self, hours):
        with pytest.raises(maintenance.Invalid, match="hours"):
            maintenance.set_on({}, "carrier_a", "works", "anna", NOW, hours)

    @pytest.mark.parametrize("trunk, reason, who", [
        ("carrier a", "works", "anna"), ("", "works", "anna"), (7, "works", "anna"), ("a", "", "anna"), ("a", "works", "\x07"),
        ("a", "w\r\nx", "anna"), ("a", None, "anna"), ("a", "works", "x" * 201)])
    def test_what_could_not_be_read_again_is_refused(self, trunk, reason, who):
        with pytest.raises(maintenance.Invalid):
            maintenance.set_on({}, trunk, reason, who, NOW, 8)
        with pytest.raises(maintenance.Invalid):
            maintenance.write({trunk: {"reason": reason, "who": who, "since": NOW, "until": None}})
