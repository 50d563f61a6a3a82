# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which generation a dialer goes back to, and which rows that takes."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import options
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.modules import asterisk_generation_rows
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import rollback


def entry(number: int, former: int | None, **changes) -> dict:
    trunk = {"name": "carrier_a", "technology": "SIP", "peers": ["carrier_a", "carrier_a.2"], "registered": False}
    return {"number": number, "former": former, "mode": "vicidial", "rows": True, "damaged": [], "trunks": [trunk], **changes}


def kept(linked: int | None, *entries: dict) -> dict:
    return {"linked": linked, "reason": "", "generations": list(entries)}


def target(found: dict, wanted: int | str = "previous", mode: str = "vicidial") -> int:
    return rollback.choose(found, wanted, mode)["to"]


def test_previous_is_what_was_in_force_before_the_newest():
    assert target(kept(7, entry(7, 6), entry(6, 5))) == 6
    assert target(kept(8, entry(8, 5), entry(7, 6), entry(5, 4))) == 5  # 8 came after a roll-back to 5
    assert target(kept(7, entry(7, None), entry(6, None))) == 6  # of a version that did not say


def test_previous_goes_back_once_and_says_so():
    found = rollback.choose(kept(6, entry(7, 6), entry(6, 5), entry(5, 4)), "previous", "vicidial")
    assert (found["from"], found["to"]) == (6, 6) and "does not go further back" in found["why"]
    assert target(kept(6, entry(7, 6), entry(6, 5), entry(5, 4)), "5") == 5


def test_the_generations_trunks_are_what_is_verified():
    assert rollback.choose(kept(7, entry(7, 6), entry(6, 5)), 6, "vicidial")["trunks"] == [
        {"name": "carrier_a", "technology": "SIP", "state": ["reachable", "unmonitored"], "registered": False},
        {"name": "carrier_a.2", "technology": "SIP", "state": "loaded"},
    ]


@pytest.mark.parametrize(
    "found,wanted,mode,said",
    [
        (kept(7, entry(7, 6)), 3, "vicidial", "no generation 3; kept: 7"),
        (kept(7, entry(7, 6)), "previous", "vicidial", "no generation 6; kept: 7"),
        (kept(1, entry(1, None)), "previous", "vicidial", "is the first"),
        (kept(None), "previous", "vicidial", "no generation of this collection is in force; kept: none"),
        (kept(7, entry(7, 6), entry(6, 5, rows=False)), 6, "vicidial", "has no VICIdial rows"),
        (kept(7, entry(7, 6), entry(6, 5, mode="asterisk")), 6, "vicidial", "was written in asterisk mode"),
        (kept(7, entry(7, 6), entry(6, 5, damaged=[{"path": "routes/us.conf", "how": "edited"}])), 6, "vicidial",
         "differs from what was written: routes/us.conf (edited)"),
        ({**kept(7, entry(7, 6), entry(6, 5)), "reason": "it does not run"}, 6, "vicidial", "cannot be asked: it does not run"),
    ],
)
def test_who_cannot_go_back_says_why(found, wanted, mode, said):
    with pytest.raises(rollback.CannotRollBack) as refused:
        rollback.choose(found, wanted, mode)
    assert said in str(refused.value)


def test_asterisk_mode_needs_no_rows():
    assert target(kept(7, entry(7, 6), entry(6, 5, rows=False, mode="asterisk")), mode="asterisk") == 6


def row(name: str, server_ip: str, **more) -> dict:
    return {"name": name, "kind": "trunk", "server_ip": server_ip, "active": True, **more}


def test_rows_of_other_generations_go_and_the_same_cluster_row_is_nobodys():
    old = {"rows/trunk-a.json": row("a", "1.1.1.1"), "rows/trunk-c.json": row("c", "0.0.0.0")}
    new = {**old, "rows/trunk-b.json": row("b", "1.1.1.1")}
    found = asterisk_generation_rows.compare(old, new, [old, new])
    assert found == {"rows": list(old.values()), "same": ["c"], "gone": [{"name": "b", "server_ip": "1.1.1.1"}]}
    # A run that was cut short after the switch finds the same again.
    assert asterisk_generation_rows.compare(old, old, [old, new])["gone"] == found["gone"]
    carriers, gone, mistakes = rollback.batch({"d1": found}, False)
    assert ([one["name"] for one in carriers], gone, mistakes) == (["a"], [("b", "1.1.1.1")], [])
    assert [one["name"] for one in rollback.batch({"d1": found}, True)[0]] == ["a", "c"]


def test_generations_that_disagree_about_a_cluster_row_are_refused():
    first = {"rows": [row("c", "0.0.0.0", account_entry="old")], "same": [], "gone": []}
    second = {"rows": [row("c", "0.0.0.0", account_entry="new")], "same": [], "gone": []}
    third = {"rows": [], "same": [], "gone": [{"name": "c", "server_ip": "0.0.0.0"}]}
    assert "differs between the generations of d1 and d2" in rollback.batch({"d1": first, "d2": second}, True)[2][0]
    assert "some generations have" in rollback.batch({"d1": first, "d2": third}, True)[2][0]


def test_removals_say_which_leftovers_go():
    def settled(removals, **given):
        return options.settle({**given, "payload": payload.pack({"removals": removals})})

    assert settled([("b", "1.1.1.1")], server_ips=["1.1.1.1"], prune=False)["prune"] == {("b", "1.1.1.1")}
    assert settled([("b", "1.1.1.1")], server_ips=[], prune=True)["prune"] is True
    with pytest.raises(options.InputError, match="pairs of name and server_ip"):
        settled(["b@1.1.1.1"], server_ips=[])
