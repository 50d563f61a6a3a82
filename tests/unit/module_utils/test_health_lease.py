# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease in the running Asterisk: what is set, renewed and released, and what never becomes a command."""

from __future__ import annotations

import re

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import lease
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.5
START = 1_800_000_000
KNOWN = {"a", "b", "carrier_c-1.x"}
SET = "dialplan set global TRUNKS_COOL_DOWN_"
SHOWN = """\
   TRUNKS_COOL_DOWN_a=1800000055
   TRUNKS_TURN_us=4
   TRUNKS_COOL_DOWN_carrier_c-1.x=
   TRUNKcarrier_a=SIP/login:secret@host
   XTRUNKS_COOL_DOWN_b=1
   TRUNKS_COOL_DOWN_b=abc def=1

    -- 6 variable(s)
"""


def ahead(seconds):
    return str(START + seconds)


def one(passed_over, value):
    """The second that trunk a's variable is set to, relative to START; None without a command."""
    found = lease.commands({"a"} if passed_over else set(), {} if value is None else {"a": value}, NOW, {"a"})
    assert len(found) <= 1
    return int(re.fullmatch(re.escape(SET) + r"a ([0-9]+)", found[0]).group(1)) - START if found else None


class TestParse:
    def test_only_the_cool_downs(self):
        assert lease.parse_globals(SHOWN) == {"a": "1800000055", "carrier_c-1.x": "", "b": "abc def=1"}

    def test_bounded(self):
        found = lease.parse_globals("".join(f"   TRUNKS_COOL_DOWN_t{number}={'9' * 5000}\n" for number in range(3000)))
        assert len(found) == 1000 and set(found.values()) == {"9" * 32}
        assert lease.parse_globals(f"   TRUNKS_COOL_DOWN_{'x' * 80}=1\n") == {}

    @pytest.mark.parametrize("text", ["", "No such command 'dialplan show globals'", "   TRUNKS_COOL_DOWN_=1\n",
                                      "   TRUNKS_COOL_DOWN_a;b=1\n", "   TRUNKS_COOL_DOWN_a b=1\n", "   X=TRUNKS_COOL_DOWN_a=1\n"])
    def test_nothing_of_other_text(self, text):
        assert lease.parse_globals(text) == {}


class TestPassedOver:
    @pytest.mark.parametrize("value", [None, "", "0", ahead(-100), ahead(7), ahead(10), ahead(29), ahead(30)])
    def test_set_or_renewed(self, value):
        assert one(True, value) == 55

    @pytest.mark.parametrize("value", [ahead(31), ahead(45), ahead(55), ahead(56)])
    def test_left_as_it_is(self, value):
        assert one(True, value) is None

    @pytest.mark.parametrize("value", [ahead(3600), ahead(10 ** 9), "9" * 32, "x", "-5", "1e9", "\u0661\u0662", " 1800000050", "1800000050\r"])
    def test_odd_values_are_replaced(self, value):
        assert one(True, value) == 55

    def test_a_response_of_a_last_resort_does_not_end_it(self):
        """The dialplan empties the variable if the attempt began at most its cool-down before the end."""
        most_between_calls = lease.RENEW - lease.OURS
        assert lease.RENEW - most_between_calls > causes.COOL_DOWN
        assert lease.OURS > causes.COOL_DOWN > causes.COOL_DOWN_TRIAL

    def test_gone_within_a_minute(self):
        assert lease.LEASE < 60


class TestReleased:
    @pytest.mark.parametrize("value", [ahead(18), ahead(30), ahead(55), ahead(3600), "9" * 32, "x", "-5"])
    def test_a_lease_or_an_odd_value(self, value):
        assert one(False, value) == -1

    @pytest.mark.parametrize("value", [None, "", "0", ahead(-1), ahead(0), ahead(7), ahead(10), ahead(11), ahead(17)])
    def test_not_what_the_dialplan_sets(self, value):
        assert one(False, value) is None


class TestCommands:
    def test_sorted_and_whole(self):
        held = {"a": ahead(40), "b": ahead(55), "carrier_c-1.x": ""}
        assert lease.commands({"a", "carrier_c-1.x"}, held, NOW, KNOWN) == [
            f"{SET}b {START - 1}", f"{SET}carrier_c-1.x {START + 55}"]

    def test_the_clock_was_set_back(self):
        assert lease.commands({"a"}, {"a": ahead(55), "b": ahead(10)}, NOW - 3600, KNOWN) == [
            f"{SET}a {START - 3600 + 55}", f"{SET}b {START - 3600 - 1}"]

    @pytest.mark.parametrize("name", ["other", "", "a b", "a\ncore stop now", "a;b", "x" * 80])
    def test_no_other_name(self, name):
        assert lease.commands({name}, {name: "x"}, NOW, KNOWN) == []
        if name != "other":
            assert lease.commands({name}, {name: "x"}, NOW, {name}) == []

    @given(st.sets(st.sampled_from(["a", "b", "other", "a\nb"])),
           st.dictionaries(st.sampled_from(["a", "b", "other", "a\nb"]), st.text(max_size=12) | st.integers(-4000, 4000).map(ahead)))
    def test_afterwards_there_is_nothing_left_to_do(self, passed_over, held):
        found = lease.commands(passed_over, held, NOW, KNOWN)
        for command in found:
            name, value = re.fullmatch(re.escape(SET) + r"(a|b) ([0-9]{10})", command).groups()
            held = {**held, name: value}
        assert lease.commands(passed_over, held, NOW, KNOWN) == []
        for name in ("a", "b"):
            assert (int(held.get(name) or 0) - NOW > lease.OURS) == (name in passed_over)
