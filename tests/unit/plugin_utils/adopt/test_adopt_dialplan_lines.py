# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialplan entries as the running Asterisk shows them. tests/integration/test_adopt_reads.py loads these."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse
from support.unit.dialplan_entries import ENTRIES, REFUSED, steps


@pytest.mark.parametrize("name", ENTRIES)
def test_steps_are_those_of_asterisk(name: str) -> None:
    assert steps(parse.loaded(ENTRIES[name].text)) == ENTRIES[name].shown


@pytest.mark.parametrize("name", [name for name in ENTRIES if ENTRIES[name].why])
def test_an_entry_with_priorities_that_no_call_gets_to_is_left(name: str) -> None:
    with pytest.raises(parse.Unreadable) as reason:
        parse.extensions(ENTRIES[name].text)
    assert str(reason.value) == ENTRIES[name].why


@pytest.mark.parametrize("name", [name for name in ENTRIES if not ENTRIES[name].why])
def test_a_whole_entry_is_read_with_notes_about_lines_that_asterisk_passes_over(name: str) -> None:
    assert [note for one in parse.extensions(ENTRIES[name].text) for note in one.notes] == ENTRIES[name].notes


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_no_plain_entry_is_left_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(parse.Unreadable) as reason:
        parse.extensions(text)
    assert str(reason.value) == why
