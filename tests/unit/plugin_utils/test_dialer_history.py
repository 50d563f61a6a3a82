# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who changed what, and when: a line for each generation of each dialer."""
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import history

from support.unit.descriptions import DESCRIPTIONS, rendered

COMMIT = "ef053438855e7d3f765397c2e7016ee2142f381c"


def generation(number: int, **differs: Any) -> dict[str, Any]:
    """One generation of asterisk_generation_info."""
    return {"number": number, "written": "2026-11-25T21:29:29+0000", "who": "ann@desk", "commit": COMMIT, "mode": "vicidial",
            "changed": ["routes/us.conf", "rows/route-us.json"], "in_force": False, "linked": False, "damaged": [], **differs}


def kept(*generations: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"generations": list(generations), "running": 7, "reason": "", **others}


def test_each_generation_is_a_line_with_who_when_what_and_whether_it_is_in_force():
    newest = generation(7, in_force=True, linked=True, commit=COMMIT + "+changes", changed=["rows/trunk-carrier_a.json", "rtp.conf"])
    assert history.as_table({"dialer1": kept(newest, generation(6, commit=None, who=None)), "dialer2": kept(generation(3))}).split("\n") == [
        "dialer   generation  written                   by        commit              in force  what changed",
        "dialer1  7           2026-11-25 21:29:29+0000  ann@desk  ef05343885+changes  yes       trunk carrier_a, RTP",
        "dialer1  6           2026-11-25 21:29:29+0000  -         -                   -         route us",
        "dialer2  3           2026-11-25 21:29:29+0000  ann@desk  ef05343885          -         route us",
        "",
    ]


def test_what_could_not_be_asked_or_is_not_in_force_is_said():
    shown = history.as_table({
        "dialer1": {"unreachable": True, "msg": "no route\nto host"}, "dialer2": {"failed": True, "msg": "needs root"}, "dialer3": {},
        "dialer4": kept(), "dialer5": kept(generation(7, linked=True), running=6),
        "dialer6": kept(generation(7, linked=True), running=None, reason="Asterisk is not running"),
    })
    assert shown.endswith("\n\ndialer1: unreachable: no route to host\ndialer2: needs root\ndialer3: was not asked\n"
                          "dialer4: has no generation: site.yml has not run for it yet\ndialer6: Asterisk is not running\n")
    five, six = shown.split("\n")[1:3]
    assert "  no, running is 6  " in five and "  Asterisk not asked  " in six


def test_a_file_that_was_edited_since_is_named():
    damaged = [{"path": "routes/us.conf", "how": "edited"}]
    assert "route us; since then routes/us.conf edited\n" in history.as_table({"d": kept(generation(1, damaged=damaged))})


@pytest.mark.parametrize("name", sorted(DESCRIPTIONS))
def test_every_file_has_its_words(name: str):
    paths = [path.replace(".txt", ".json") for path in rendered(name)]
    words = {history.what_changed([path]) for path in paths}
    for row in DESCRIPTIONS[name]["dialer_trunks"]:
        assert f"trunk {row['name']}" in words or row.get("enabled") is False or row.get("servers")
    for row in DESCRIPTIONS[name]["dialer_routes"]:
        assert f"route {row['name']}" in words or row.get("enabled") is False or row.get("servers")
    assert all(word.split(" ")[0] in ("trunk", "route", "rates", "dialplan", "RTP", "firewall", "list") for word in words)


def test_the_decks_of_the_monitor_have_theirs():
    assert history.what_changed(["decks/0123abcd.csv", "decks/4567abcd.csv"]) == "rate decks"


def test_many_changes_are_counted():
    text = history.what_changed([f"rows/trunk-c{number:02}.json" for number in range(12)] + ["repair.conf"])
    assert text.startswith("trunk c00, ") and text.endswith(", trunk c07 and 5 more")
    assert history.what_changed(None) == "not recorded"
