# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows go back."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import rows


def row(name: str, **columns: str) -> dict[str, str]:
    return {**dict.fromkeys(table.COLUMNS, ""), "carrier_id": name, "server_ip": "198.18.0.11",
            "carrier_description": f"[dialer.trunks {name}@198.18.0.11 {name}]", **columns}


@pytest.mark.parametrize("old, new, now, back", [
    (row("a", active="Y"), row("a", active="N"), row("a", active="N"), row("a", active="Y")),
    (row("a", active="Y"), row("a", active="N"), row("a", active="Y"), "as it is"),      # not written yet
    (row("a", active="Y"), row("a", active="N"), row("a", active="Z"), "edited"),
    (None, row("a"), row("a"), None),
    (None, row("a"), None, "as it is"),
    (None, row("a"), row("a", active="Z"), "edited"),
    (row("a"), None, None, row("a")),
    (row("a"), None, row("a"), "as it is"),
    (row("a", server_ip="198.18.0.12"), row("a"), row("a"), row("a", server_ip="198.18.0.12")),  # was moved, and put back
])
def test_which_rows_go_back(old, new, now, back):
    changes, edited = rows.plan([(old, new)], {"a": now} if now else {})
    if isinstance(back, str):
        assert changes == [] and edited == (["a"] if back == "edited" else [])
    else:
        assert [(change.old, change.new) for change in changes] == [(now, back)] and edited == []


def test_a_row_that_was_written_twice_goes_all_the_way_back():
    first, second, third = (row("a", active=value) for value in "123")
    changes, edited = rows.plan([(first, second), (second, third)], {"a": third})
    assert [change.new for change in changes] == [first] and edited == []
