# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a commit of files tells besides what it has changed."""
from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import report


@pytest.mark.parametrize("rows, changes, tests, words", [
    ({}, False, None, []),
    ({"peers": {"b": 1, "a": 2}, "routes": {"us": 3}}, False, None, [["a, b, us"]]),
    ({}, True, {"cases": [("911", None), ("9131", "us")]}, [["reload"], ["911, 9131"]]),
])
def test_check_mode_lists_the_waits_and_proofs_that_it_leaves_out(rows, changes, tests, words) -> None:
    told = report.skipped_in_check_mode(rows, changes, tests)
    assert len(told) == len(words) and all(word in line for line, wanted in zip(told, words) for word in wanted)


@pytest.mark.parametrize("number, rows, words, never", [
    (None, {}, ["no generation"], ["rows of"]),
    (7, {"routes": {"us": 3, "gone": None}}, ["generation 7", "rows of route us"], ["gone"]),
])
def test_what_stays_in_force_names_the_generation_and_the_routes_whose_rows_are_there(number, rows, words, never) -> None:
    told = report.in_force(SimpleNamespace(number=number), rows)
    assert all(word in told for word in words) and not any(word in told for word in never)


def test_a_managed_peer_out_of_reach_is_told_and_no_other() -> None:
    def peer(name: str, state: str, description: str | None = "[trunks 3] A") -> dict:
        return {"name": name, "state": state, "description": description}

    seen = [peer("down", "unreachable"), peer("slow", "lagged"), peer("good", "reachable"), peer("new", "unknown"),
            peer("phone", "unreachable", None), peer("theirs", "unreachable", "A")]
    told = report.out_of_reach(seen)
    assert [line.split()[1:4] for line in told] == [["down", "is", "unreachable:"], ["slow", "is", "lagged:"]]
