# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a rate deck holds: it is read as it is, line by line, or refused with a DeckError."""
from __future__ import annotations

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates
from hypothesis import given
from hypothesis import strategies as st

from support.unit.texts import few, only, spoilt, texts

DECK = "prefix,rate\n1,0.010\n1312,0.008\n44,0.02\n"


@few(400)
@given(texts("1312", ",", "0.01", "\n", '"', "prefix", ";", "'", '",', "\n\n") | spoilt(DECK, '"', ",", "\n", ";"))
def test_a_deck_is_read_or_refused(text: str) -> None:
    found = only(rates.read, text, ours=(rates.DeckError,))
    if found:
        rates.table(("north", "south"), [found, None], (None, 0.01))


@few(100)
@given(st.dictionaries(st.from_regex(r"[1-9][0-9]{0,8}", fullmatch=True), st.integers(0, 99999), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_each_line_is_the_prefix_that_it_is(deck: dict[str, int], end: str) -> None:
    text = end.join(f'"{prefix}",{rate / 10000:.4f}' for prefix, rate in deck.items())
    found = rates.read(text)
    assert {prefix: round(found[prefix] * 10000) for prefix in found} == deck


def test_a_quote_that_does_not_close_takes_no_line_with_it() -> None:
    for text in ('1,0.01\n"44,0.02\n33,0.03\n', "1,0.01\n44,0.02\n\"" + "x" * 200000 + "\n"):
        assert only(rates.read, text, ours=(rates.DeckError,)) is None
