# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rollback.yml in VICIdial's mode: rows, files and calls come back as they were."""
from __future__ import annotations

import getpass
import re

from support.lab.calls import auto_dial, times_received
from support.lab.machines import DIALERS, ONE, OTHER, sh, sql
from support.lab.playbooks import SITE, described, play, route, site
from support.lab.running import generation, loaded, stamp
from support.lab.state import differences, everything, ours

BACK = "playbooks/rollback.yml"
OLD, NEW = "Planted-back-1", "Planted-back-2"
ROWS = ("carrier_id, carrier_name, REGEXP_REPLACE(account_entry, '.trunks [0-9]+.', ''),"
        " REGEXP_REPLACE(dialplan_entry, '1.[0-9]+..', ''), active, protocol, globals_string")


def as_described(secret: str, order: tuple[str, str], *more: dict) -> dict:
    first = route(trunks=[{"name": name} for name in order])["dialer_routes"][0]
    return {**described(carrier_a={"username": "account", "secret": secret}), "dialer_routes": [first, *more]}


def test_the_previous_generation_comes_back_with_its_rows_and_a_call_goes_its_way(restored):
    uk = {"name": "uk", "dial_prefix": "7", "patterns": ["44XXXXXXXXXX"], "trunks": [{"name": "carrier_b"}]}
    assert site(extra_vars={**as_described(OLD, ("carrier_a", "carrier_b")), "dialer_prune": True}).rc == 0
    rows, number = ours(ROWS), {dialer: generation(dialer) for dialer in DIALERS}
    assert site(extra_vars=as_described(NEW, ("carrier_b", "carrier_a"), uk)).rc == 0
    revision = stamp(ONE, "carrier_a")
    before = everything()
    check = site("--check", "--diff", playbook=BACK)
    assert check.rc == 0 and differences(before, everything()) == [], check
    run = site("--diff", playbook=BACK)
    assert run.rc == 0, run
    assert run.changes == check.changes != []
    for printed in (check, run):
        assert OLD not in printed.stdout + printed.stderr and NEW not in printed.stdout + printed.stderr
    assert ours(ROWS) == rows and OLD in str(sql("SELECT account_entry FROM vicidial_server_carriers"))
    assert {dialer: generation(dialer) for dialer in DIALERS} == number
    assert stamp(ONE, "carrier_a") == revision + 1  # a row's revision goes up on the way back, too
    assert not any(loaded(dialer, "trunks-route-uk") for dialer in DIALERS)
    a, b = times_received("a", "13125551211"), times_received("b", "13125551211")
    auto_dial(ONE, "13125551211")
    assert (times_received("a", "13125551211"), times_received("b", "13125551211")) == (a + 1, b)
    second = site(playbook=BACK)
    assert second.rc == 0 and second.changes == [] and "does not go further back" in second.said
    # and on to a generation by its number, on one dialer: the other stays
    forth = site("-vvv", "--limit", ONE, "-e", f"generation={number[ONE] + 1}", playbook=BACK)
    assert forth.rc == 0, forth
    assert OLD not in forth.stdout + forth.stderr and NEW not in forth.stdout + forth.stderr
    assert (generation(ONE), generation(OTHER)) == (number[ONE] + 1, number[OTHER])
    assert loaded(ONE, "trunks-route-uk") and not loaded(OTHER, "trunks-route-uk")
    assert [row for row in ours("carrier_id, server_ip") if row[0].startswith("uk")] == [["uk-11", "198.18.0.11"]]


def test_who_cannot_go_back_is_named_before_anything_is_touched(restored):
    number = generation(ONE)
    assert site("--limit", ONE, extra_vars=described(carrier_b={"max_calls": 50})).rc == 0
    sh(ONE, f"echo '; mine' >> /etc/asterisk/trunks.d/{number}/routes/us.conf")
    before = everything()
    lacking = site("-e", "generation=9999", playbook=BACK)
    damaged = site(playbook=BACK)
    assert lacking.rc == damaged.rc == 2 and differences(before, everything()) == []
    for dialer in DIALERS:
        assert f"{dialer}: there is no generation 9999; kept: " in lacking.said
    assert f"{ONE}: generation {number} differs from what was written: routes/us.conf (edited)" in damaged.said
    sh(ONE, f"sed -i '$d' /etc/asterisk/trunks.d/{number}/routes/us.conf")


def test_the_generations_are_listed_with_who_made_them_and_no_secret(restored):
    assert site("--limit", ONE, extra_vars=as_described(OLD, ("carrier_a", "carrier_b"))).rc == 0
    run = play("[{name: List, dialer.trunks.asterisk_generation_info: }]", "--limit", ONE)
    newest, *older = run.results("List")[ONE]["generations"]
    assert newest["in_force"] and newest["number"] == generation(ONE) and not any(entry["in_force"] for entry in older)
    assert newest["who"].startswith(getpass.getuser() + "@") and newest["mode"] == "vicidial" and newest["rows"]
    assert re.fullmatch(r"[0-9a-f]{40}(\+changes)?", newest["commit"] or "0" * 40)
    assert newest["changed"] == ["rows/trunk-carrier_a.json"] and newest["former"] == older[0]["number"]
    assert [trunk["name"] for trunk in newest["trunks"]] == [trunk["name"] for trunk in SITE["dialer_trunks"]]
    assert OLD not in run.stdout + run.stderr
