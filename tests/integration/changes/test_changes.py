# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A description that changes: trunks and routes changed, renamed, disabled, removed; parts of it, for some dialers."""
from __future__ import annotations

import re

import pytest

from support.lab.machines import DIALERS, ONE, OTHER, asterisk, sh, sql
from support.lab.playbooks import SITE, described, route, site
from support.lab.running import generation, loaded, peer, stamp
from support.lab.state import files, ours, ruleset

ROWS_OF_TRUNKS = "Put the rows of the trunks into VICIdial's database"
ROWS_OF_ROUTES = "Put the rows of the routes into VICIdial's database"
COMMIT = "Commit the files, or verify that they are in force"


def flags() -> dict[str, str]:
    """How often each server has been asked for new files is not kept; whose generated files are new, is."""
    return {dialer: sh(dialer, "stat -c %Y.%s /etc/asterisk/sip-vicidial.conf /etc/asterisk/extensions-vicidial.conf")
            for dialer in DIALERS}


def test_a_new_login_reaches_the_running_asterisk_and_registers(restored):
    before = {dialer: (stamp(dialer, "carrier_a"), stamp(dialer, "carrier_b"), generation(dialer)) for dialer in DIALERS}
    login = {"username": "your_account_1", "secret": "lab-secret-a", "register": True}
    run = site(extra_vars=described(carrier_a=login))
    assert run.rc == 0, run
    # No file of Asterisk's differs, but a generation holds the rows that belong to it.
    assert run.changes == [(ROWS_OF_TRUNKS, ONE), *((COMMIT, dialer) for dialer in DIALERS)]
    assert run.results(COMMIT)[ONE]["files"] == ["rows/trunk-carrier_a.json"]
    for dialer in DIALERS:
        first, second, number = before[dialer]
        assert (stamp(dialer, "carrier_a"), stamp(dialer, "carrier_b"), generation(dialer)) == (first + 1, second, number + 1)
        assert peer(dialer, "carrier_a")["Secret"] == "<Set>"
        assert re.search(r"198\.18\.10\.10:5060\s+\S+\s+your_account\S*\s+\d+\s+Registered", asterisk(dialer, "sip show registry"))
    # Another secret and nothing else.
    other = site("--limit", ONE, extra_vars=described(carrier_a={**login, "secret": "not-the-same", "register": False}))
    assert other.rc == 0, other
    assert stamp(ONE, "carrier_a") == before[ONE][0] + 2
    assert "0 SIP registrations" in asterisk(ONE, "sip show registry")


def test_a_trunk_renamed_comes_new_and_the_old_one_goes_with_prune(restored):
    new = {"dialer_trunks": [{**SITE["dialer_trunks"][0], "name": "carrier_n"}, SITE["dialer_trunks"][1]], "dialer_prune": True,
           **route(trunks=[{"name": "carrier_n"}, {"name": "carrier_b"}])}
    run = site(extra_vars=new)
    assert run.rc == 0, run
    for dialer in DIALERS:
        assert stamp(dialer, "carrier_n") == 1
        assert peer(dialer, "carrier_a") == {}
        assert "trunks_queue=&carrier_n&carrier_b&" in asterisk(dialer, "dialplan show trunks-route-us")
        assert "Dial(SIP/carrier_n/" in asterisk(dialer, "dialplan show 913125551211@default")
    assert ["carrier_a"] not in ours("carrier_name")


@pytest.mark.parametrize("name", ["usa", "aa"])
def test_a_route_renamed_takes_the_numbers_over_with_prune_and_is_refused_without(restored, name):
    """Whichever of the two rows VICIdial's generator writes first."""
    refused = site(extra_vars=route(name=name))
    assert refused.rc != 0 and refused.changes == []
    assert "_91NXXNXXXXXX is also an extension of carrier us-11, which is no longer described" in refused.said
    check = site("--check", extra_vars={**route(name=name), "dialer_prune": True})
    run = site(extra_vars={**route(name=name), "dialer_prune": True})
    assert run.rc == 0, run
    assert run.changes == check.changes
    assert {row[0] for row in ours("carrier_name") if row[0].startswith("route ")} == {f"route {name}"}
    for dialer in DIALERS:
        assert f"Gosub(trunks-route-{name}," in asterisk(dialer, "dialplan show 913125551211@default")
        assert loaded(dialer, f"trunks-route-{name}") and not loaded(dialer, "trunks-route-us")
    assert site(extra_vars={**route(name=name), "dialer_prune": True}).changes == []


def test_a_trunk_renamed_stays_as_well_without_prune(restored):
    new = {"dialer_trunks": [{**SITE["dialer_trunks"][0], "name": "carrier_n"}, SITE["dialer_trunks"][1]],
           **route(trunks=[{"name": "carrier_n"}, {"name": "carrier_b"}])}
    run = site(extra_vars=new)
    assert run.rc == 0, run
    assert {row["name"] for row in run.results(ROWS_OF_TRUNKS)[ONE]["leftovers"]} == {"carrier_a"}
    for dialer in DIALERS:
        assert stamp(dialer, "carrier_n") == 1 and stamp(dialer, "carrier_a") > 0


def test_a_trunk_disabled_keeps_its_row_and_comes_back():
    rows = len(ours())
    less = {**described(carrier_b={"enabled": False}), **route(trunks=[{"name": "carrier_a"}])}
    run = site(extra_vars=less)
    assert run.rc == 0, run
    assert [row for row in ours("carrier_name, active") if row[0] == "carrier_b"] == [["carrier_b", "N"]] * 2
    assert len(ours()) == rows
    assert peer(ONE, "carrier_b") == {} and peer(OTHER, "carrier_b") == {}
    assert site(extra_vars=less).changes == []
    ids = ours("carrier_id, carrier_name")
    assert site().rc == 0
    assert peer(ONE, "carrier_b")["Status"].startswith("OK")
    assert ours("carrier_id, carrier_name") == ids, "a carrier_id is kept once it is given"


def test_a_route_is_disabled_together_with_its_only_trunk(restored):
    """Its row becomes inactive before the peer goes, and both come back."""
    only = {"trunks": [{"name": "carrier_a"}]}
    assert site(extra_vars=route(**only)).rc == 0
    off = described(carrier_a={"enabled": False})
    refused = site(extra_vars={**off, **route(**only)})
    assert refused.rc != 0 and "its only trunk 'carrier_a' is disabled" in refused.said and "disable route 'us', too" in refused.said
    run = site(extra_vars={**off, **route(**only, enabled=False)})
    assert run.rc == 0, run
    assert ["carrier_a", "N"] in ours("carrier_name, active") and ["route us", "N"] in ours("carrier_name, active")
    for dialer in DIALERS:
        assert peer(dialer, "carrier_a") == {} and "Gosub(trunks-route-us" not in asterisk(dialer, "dialplan show vicidial-auto-external")
    assert site(extra_vars={**off, **route(**only, enabled=False)}).changes == []
    back = site(extra_vars=route(**only))
    assert back.rc == 0, back
    for dialer in DIALERS:
        assert peer(dialer, "carrier_a") != {} and "Gosub(trunks-route-us" in asterisk(dialer, "dialplan show vicidial-auto-external")


def test_a_limit_of_the_account_is_divided_over_the_dialers_whichever_of_them_are_in_the_run(restored):
    account = described(carrier_a={"max_calls_per_second_cluster": 5, "max_calls_cluster": 31})
    for dialer, shares in zip(DIALERS, ["trunks_max_calls=16,trunks_max_cps=3", "trunks_max_calls=15,trunks_max_cps=2"]):
        assert site("--limit", dialer, extra_vars=account).rc == 0
        assert shares in asterisk(dialer, "dialplan show trunks-to-us-carrier_a")
    assert site(extra_vars=account).changes == []
    refused = site("--limit", ONE, extra_vars=described(carrier_a={"max_calls_per_second_cluster": 1}))
    assert refused.rc != 0 and "must be at least 2, one call per second for each of the dialers" in refused.said


def test_a_trunk_no_longer_described_stays_without_prune_and_goes_with_it(restored):
    less = {**described(carrier_b=None), **route(trunks=[{"name": "carrier_a"}])}
    run = site(extra_vars=less)
    assert run.rc == 0, run
    assert stamp(ONE, "carrier_b") > 0, "nothing goes away unasked"
    assert {row["name"] for row in run.results(ROWS_OF_TRUNKS)[ONE]["leftovers"]} == {"carrier_b"}
    rows = sorted([carrier_id] for carrier_id, name in ours("carrier_id, carrier_name") if name == "carrier_b")
    pruned = site(extra_vars={**less, "dialer_prune": True})
    assert pruned.rc == 0, pruned
    for dialer in DIALERS:
        assert peer(dialer, "carrier_b") == {}
        assert stamp(dialer, "carrier_a") > 0
    assert ["carrier_b"] not in ours("carrier_name")
    last = "SELECT event_code, record_id, user FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 2"
    assert sorted(sql(last)) == [["ADMIN DELETE CARRIER", carrier_id, "dialer.trunks"] for [carrier_id] in rows]


def test_a_route_removed_with_prune_loses_row_and_context_and_keeps_them_without():
    two = {"dialer_routes": [*SITE["dialer_routes"], {"name": "uk", "dial_prefix": "8", "patterns": ["44XXXXXXXXXX"],
                                                       "trunks": [{"name": "carrier_b"}]}]}
    assert site(extra_vars=two).rc == 0
    assert loaded(ONE, "trunks-route-uk") and loaded(OTHER, "trunks-route-uk")
    left = site()
    assert left.rc == 0, left
    assert loaded(ONE, "trunks-route-uk"), "nothing goes away unasked"
    assert left.results(COMMIT)[ONE]["left_over"] == ["routes/uk.conf"]
    pruned = site(extra_vars={"dialer_prune": True})
    assert pruned.rc == 0, pruned
    for dialer in DIALERS:
        assert not loaded(dialer, "trunks-route-uk")
        assert "trunks-route-uk" not in asterisk(dialer, "dialplan show 8442079460000@default")
        assert loaded(dialer, "trunks-route-us")
    assert ["route uk"] not in ours("carrier_name")


def test_only_the_server_concerned_is_flagged(restored):
    """A trunk that only one dialer has: the other's generator has nothing to do."""
    before = flags()
    sql("UPDATE servers SET rebuild_conf_files='N'")
    own = [*SITE["dialer_trunks"], {"name": "carrier_c", "description": "Only one has it", "host": "198.18.20.20",
                                    "servers": [ONE]}]
    run = site(extra_vars={"dialer_trunks": own})
    assert run.rc == 0, run
    assert run.results(ROWS_OF_TRUNKS)[ONE]["waited"].keys() == {DIALERS[ONE]}
    assert stamp(ONE, "carrier_c") == 1 and stamp(OTHER, "carrier_c") == 0
    after = flags()
    assert after[ONE] != before[ONE] and after[OTHER] == before[OTHER]


def test_limit_leaves_the_other_dialer_and_the_campaigns_alone(restored):
    before = (files(OTHER, times=True), ruleset(OTHER), asterisk(OTHER, "dialplan show"),
              [row for row in ours("*") if DIALERS[OTHER] in row])
    campaigns = sql("SELECT * FROM vicidial_campaigns ORDER BY campaign_id")
    run = site("--limit", ONE, extra_vars={**described(carrier_a={"qualify": {"frequency": 30}}),
                                          **route(campaigns=["OLDCAMP"], max_attempts=1)})
    assert run.rc == 0, run
    assert {host for _task, host in run.changes} == {ONE}
    assert stamp(ONE, "carrier_a") == stamp(OTHER, "carrier_a") + 1
    assert (files(OTHER, times=True), ruleset(OTHER), asterisk(OTHER, "dialplan show"),
            [row for row in ours("*") if DIALERS[OTHER] in row]) == before
    assert sql("SELECT * FROM vicidial_campaigns ORDER BY campaign_id") == campaigns
    assert "the campaigns OLDCAMP are left alone, since this run is for 1 of 2 dialers" in run.said


def test_campaigns_that_opt_in_get_both_prefixes_and_no_other_does():
    columns = "campaign_id, dial_prefix, manual_dial_prefix, three_way_dial_prefix"
    query = f"SELECT {columns} FROM vicidial_campaigns ORDER BY campaign_id"
    assert sql(query) == [["OLDCAMP", "7", "7", "7"], ["TESTCAMP", "9", "9", "9"]]
    try:
        run = site(extra_vars=route(campaigns=["OLDCAMP"]))
        assert run.rc == 0, run
        assert run.changes == [("Set the dial prefixes of the campaigns", ONE)]
        assert sql(query) == [["OLDCAMP", "9", "9", "7"], ["TESTCAMP", "9", "9", "9"]]
        assert site(extra_vars=route(campaigns=["OLDCAMP"])).changes == []
    finally:
        sql("UPDATE vicidial_campaigns SET dial_prefix='7', manual_dial_prefix='7' WHERE campaign_id='OLDCAMP'")


def test_tag_rtp_changes_rtp_only(restored):
    """The description differs in everything; only what the tag names follows."""
    different = {**described(carrier_a={"qualify": {"frequency": 30}}), **route(max_attempts=1),
                 "dialer_rtp": {"start": 12000, "end": 18999}}
    rows, table = ours("*"), ruleset(ONE)
    run = site("--tags", "rtp", extra_vars=different)
    assert run.rc == 0, run
    assert run.changed_tasks == [COMMIT]
    for dialer in DIALERS:
        assert run.results(COMMIT)[dialer]["files"] == ["rtp.conf"]
        shown = asterisk(dialer, "rtp show settings")
        assert re.search(r"Port start:\s+12000\b", shown) and re.search(r"Port end:\s+18999\b", shown)
        assert ">= ${IF($[${DIALPLAN_EXISTS(trunks-repair-ready,s,1)}]?2:1)}" in asterisk(
            dialer, "dialplan show trunks-route-us")
    assert (ours("*"), ruleset(ONE)) == (rows, table)


def test_a_firewall_that_changes_replaces_our_table_in_one_go(restored):
    wanted = {"dialer_firewall": {**SITE["dialer_firewall"], "phones": ["198.18.0.0/25"], "sip_ports": [5060, 5061]}}
    run = site("--tags", "firewall", extra_vars=wanted)
    assert run.rc == 0, run
    assert run.changed_tasks == [COMMIT]
    assert "th dport { 5060, 5061 }" in ruleset(OTHER)
    none = site("--tags", "firewall", extra_vars={"dialer_firewall": {"backend": "none"}})
    assert none.rc == 0, none
    for dialer in DIALERS:
        assert "dialer_trunks" not in ruleset(dialer)
        assert "dialer.trunks" not in sh(dialer, "cat /etc/nftables.conf")
        assert "no telnet" in ruleset(dialer)
