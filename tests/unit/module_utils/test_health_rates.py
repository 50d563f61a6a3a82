# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a minute to a number costs, found in files as the controller writes them."""

from __future__ import annotations

import contextlib
import os
import random
import tracemalloc

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health.rates import Deck, Rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates as described
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PREFIXES = st.text("0189", min_size=1, max_size=5)


@pytest.fixture
def opened(tmp_path):
    """Opens a file with this text."""
    def open_text(text):
        (tmp_path / "deck.csv").write_text(text)
        return os.open(tmp_path / "deck.csv", os.O_RDONLY)
    return open_text


def trunk(flat=None, deck=None):
    return {"technology": "SIP", "max_calls": 0, "cost_per_minute": flat, "rates": deck}


class TestDeck:
    def test_the_longest_prefix_decides(self, opened):
        with contextlib.closing(Deck(opened(described.ranges("1,0.02\n1312,0.0049\n131299,0.5\n44,0\n9,7.25\n")))) as deck:
            found = {number: deck.rate(number) for number in (
                "13125551212", "1312", "131", "1", "13129", "131298", "131299", "1312999", "1313", "2", "4", "44", "449", "45", "999", "", "0")}
        assert found == {
            "13125551212": 0.0049, "1312": 0.0049, "131": 0.02, "1": 0.02, "13129": 0.0049, "131298": 0.0049, "131299": 0.5, "1312999": 0.5,
            "1313": 0.02, "2": None, "4": None, "44": 0, "449": 0, "45": None, "999": 7.25, "": None, "0": None}

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.dictionaries(PREFIXES, st.sampled_from([0, 0.0049, 1e-9, 123456.789, 1 / 3]), min_size=1), st.lists(PREFIXES | st.text("0123456789", max_size=18)))
    def test_every_number_has_the_rate_that_the_deck_says(self, opened, deck, numbers):
        """As the controller finds it in the deck itself, by which it predicts the order of least_cost."""
        text = described.ranges("".join(f"{prefix},{rate!r}\n" for prefix, rate in deck.items()))
        with contextlib.closing(Deck(opened(text))) as there:
            for number in [*numbers, *deck, *(prefix[:-1] for prefix in deck), *(f"{prefix}9" for prefix in deck)]:
                assert there.rate(number) == described.rate(deck, None, number), (number, text)

    def test_fifty_thousand_prefixes_take_no_memory_and_few_reads(self, opened, monkeypatch):
        chance = random.Random(1)
        deck = {str(prefix): chance.randrange(300) / 10000 for prefix in chance.sample(range(1_200_000, 2_000_000), 50_000)}
        path = opened(described.ranges("".join(f"{prefix},{rate}\n" for prefix, rate in deck.items())))
        reads, real = [], os.pread
        numbers = [str(number) for number in chance.sample(range(12_000_000_000, 20_000_000_000), 500)]
        tracemalloc.start()
        decks = [Deck(os.dup(path)) for _trunk in range(50)]
        found = [decks[0].rate(number) for number in numbers]
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        monkeypatch.setattr(os, "pread", lambda *arguments: reads.append(1) or real(*arguments))
        assert found == [decks[0].rate(number) for number in numbers] == [deck.get(number[:7]) for number in numbers]
        assert len(reads) <= 18 * len(numbers) and taken < 200_000
        assert found.count(None) < len(numbers)
        for one in decks:
            one.close()
        os.close(path)

    @pytest.mark.parametrize("text", ["", "1", "x" * 5000, "\n", "no comma\n"])
    def test_a_file_that_is_no_deck_is_refused_and_closed(self, opened, text):
        descriptor = opened(text)
        with pytest.raises(ValueError):
            Deck(descriptor)
        with pytest.raises(OSError):
            os.fstat(descriptor)


class TestRates:
    @pytest.fixture
    def follow(self, opened):
        """Rates of these trunks; the deck ``d`` has 1312 only."""
        found = Rates()

        def following(**trunks):
            found.follow(trunks, lambda path: opened({"d": described.ranges("1312,0.0049\n"), "odd": "1312,x\n"}[path]))
            return found
        yield following
        found.close()

    def test_the_deck_decides_and_the_flat_rate_is_for_other_numbers(self, follow):
        found = follow(a=trunk(0.5, "d"), b=trunk(None, "d"), c=trunk(0.25), free=trunk(0), none=trunk())
        assert {name: (found.of(name, "13125551212"), found.of(name, "4420")) for name in ("a", "b", "c", "free", "none")} == {
            "a": (0.0049, 0.5), "b": (0.0049, None), "c": (0.25, 0.25), "free": (0, 0), "none": (None, None)}
        assert {name: found.has(name) for name in ("a", "b", "c", "free", "none", "gone")} == {
            "a": True, "b": True, "c": True, "free": True, "none": False, "gone": False}
        assert found.trouble == ""

    def test_trunks_with_the_same_deck_share_a_file_and_the_next_orders_close_it(self, follow):
        before = len(os.listdir("/proc/self/fd"))
        for _generation in range(20):
            follow(a=trunk(None, "d"), b=trunk(None, "d"))
            assert len(os.listdir("/proc/self/fd")) == before + 1
        assert follow(a=trunk()).of("a", "1312") is None and len(os.listdir("/proc/self/fd")) == before

    def test_a_deck_that_is_damaged_leaves_the_cost_unknown(self, follow):
        found = follow(a=trunk(0.5, "odd"))
        assert found.of("a", "13125551212") is None and "'x'" in found.trouble
        assert follow(a=trunk(0.5, "d")).trouble == ""

    def test_one_that_is_missing_is_told_and_the_others_are_used(self, opened):
        def open_file(path):
            if path == "gone":
                raise FileNotFoundError(2, "No such file or directory", path)
            return opened(described.ranges("1,0.5\n"))
        found = Rates()
        found.follow({"a": trunk(9, "gone"), "b": trunk(9, "d")}, open_file)
        assert (found.of("a", "1"), found.of("b", "1"), found.has("a")) == (None, 0.5, True) and "'gone'" in found.trouble
        found.close()
