# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vicidial_carriers and vicidial_carriers_info against a real MariaDB (where: see vicidial_db.py)."""
from __future__ import annotations

import copy
import json
import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import rows as confirm_rows

from support.lab.vicidial_db import (
    BATCH, DATABASE, OLD, PASSWORD, REGISTER, USER, Generator, connect, everything, place, route, trunk)

NEW = "new-Planted-2"


def foreign(db) -> list[dict]:
    return db.rows("SELECT * FROM vicidial_server_carriers WHERE carrier_id IN ('OLDTRUNK', 'carrier_z-11')")


def actions(result: dict) -> dict[str, str]:
    return {row["carrier_id"]: row["action"] for row in result["carriers"]}


def secret_free(result: dict, db) -> None:
    """No planted secret in what was printed, nor in the admin log."""
    text = result["printed"] + json.dumps(db.log(), default=str)
    for secret in [OLD, NEW, "foreign-Planted-7"] + ([PASSWORD] if len(PASSWORD) > 4 else []):
        assert secret not in text


def test_rows_are_written_once(db):
    before = foreign(db)
    result = db.apply(carriers=everything(), server_ips=BATCH, diff=True)
    assert not result["failed"], result
    assert actions(result) == {"carrier_a-11": "added", "us-11": "added", "carrier_a-12": "added", "us-12": "added"}
    assert result["changed"] and result["pending"] == dict.fromkeys(result["pending"], 0)
    assert result["servers"] == ["198.18.0.11", "198.18.0.12", "198.18.0.13"]
    row = db.carriers()["carrier_a-11"]
    assert row["carrier_description"] == "[dialer.trunks carrier_a@198.18.0.11 carrier_a-11] VoIP Provider A"
    assert "description=[trunks 1] A" in row["account_entry"] and f"secret={OLD}" in row["account_entry"]
    assert row["registration_string"] == REGISTER % OLD
    assert "${EXTEN:1},1(1))" in db.carriers()["us-12"]["dialplan_entry"]
    assert db.flags() == {"198.18.0.11": "Y", "198.18.0.12": "Y", "198.18.0.13": "N"}
    assert foreign(db) == before
    secret_free(result, db)

    log = db.log()
    assert [(row["user"], row["event_section"], row["event_type"], row["event_code"]) for row in log] == [
        ("dialer.trunks", "CARRIERS", "ADD", "ADMIN ADD CARRIER")] * 4
    assert {row["record_id"] for row in log} == set(actions(result))

    stored = db.carriers()
    again = db.apply(carriers=everything(), server_ips=BATCH, diff=True)
    assert not again["changed"] and again["diff"] == [] and set(actions(again).values()) == {"unchanged"}
    assert db.carriers() == stored and len(db.log()) == 4


def test_check_mode_tells_and_touches_nothing(db):
    before, flags = db.carriers(), db.flags()
    campaigns = [{"campaign_id": "TESTCAMP", "dial_prefix": "9"}]
    checked = db.apply(carriers=everything(), server_ips=BATCH, campaigns=campaigns, check=True, diff=True, wait=180)
    assert checked["changed"] and db.carriers() == before and db.flags() == flags and db.log() == []
    real = db.apply(carriers=everything(), server_ips=BATCH, campaigns=campaigns, diff=True)
    for key in ("carriers", "pending", "diff", "changed", "campaigns", "leftovers"):
        assert checked[key] == real[key]
    secret_free(checked, db)


def test_steps_do_their_own_and_say_what_is_left(db):
    campaigns = [{"campaign_id": "testcamp", "dial_prefix": "9"}]
    common = dict(carriers=everything(), campaigns=campaigns, server_ips=BATCH)
    first = db.apply(steps=["trunks"], **common)
    assert first["pending"] == {"trunks": 0, "routes": 2, "route_removals": 0, "trunk_removals": 0, "campaigns": 1}
    assert set(db.carriers()) >= {"carrier_a-11", "carrier_a-12"} and "us-11" not in db.carriers()
    second = db.apply(steps=["routes"], **common)
    assert second["changed"] and second["pending"]["routes"] == 0
    third = db.apply(steps=["campaigns"], **common)
    assert third["campaigns"] == [{"campaign_id": "TESTCAMP", "fields": ["dial_prefix", "manual_dial_prefix"]}]
    row = db.rows("SELECT * FROM vicidial_campaigns")[0]
    assert (row["dial_prefix"], row["manual_dial_prefix"], row["three_way_dial_prefix"]) == ("9", "9", "7")
    assert not db.apply(**common)["changed"]


def test_campaigns_that_hang_up_too_early_are_warned_about_whether_they_are_named_or_not(db):
    db.run("UPDATE vicidial_campaigns SET dial_timeout=26")
    for name, active, prefix in (("DIALS", "Y", "9"), ("BLANK", "Y", ""), ("OFF", "N", "9"), ("OTHER", "Y", "7"), ("NONE", "Y", "x")):
        db.run("INSERT INTO vicidial_campaigns (campaign_id, active, dial_prefix, dial_timeout) VALUES (%s, %s, %s, 26)",
               name, active, prefix)
    result = db.apply(carriers=everything(), server_ips=BATCH, longest_waits={"9": 32, "": 40}, steps=[],
                      campaigns=[{"campaign_id": "testcamp", "dial_prefix": "9"}])
    warned = [warning.split(":")[0] for warning in result["warnings"] if "dial_timeout" in warning]
    assert warned == ["campaign BLANK", "campaign DIALS", "campaign NONE", "campaign TESTCAMP"]
    result = db.apply(carriers=everything(), server_ips=BATCH, campaigns=[{"campaign_id": name, "dial_prefix": "X"} for name in ("NONE", "DIALS")])
    assert result["campaigns"] == [{"campaign_id": "NONE", "fields": ["manual_dial_prefix"]},
                                   {"campaign_id": "DIALS", "fields": ["dial_prefix", "manual_dial_prefix"]}]


def test_a_changed_secret_goes_up_one_revision_and_stays_hidden(db):
    db.apply(carriers=everything(), server_ips=BATCH)
    db.run("UPDATE servers SET rebuild_conf_files='N'")
    wanted = everything()
    wanted[0] = trunk(secret=NEW)
    result = db.apply(carriers=wanted, server_ips=BATCH, diff=True)
    changed = [row for row in result["carriers"] if row["action"] == "changed"]
    assert [(row["carrier_id"], row["revision"], row["fields"]) for row in changed] == [
        ("carrier_a-11", 2, ["registration_string", "account_entry"])]
    assert "description=[trunks 2] A" in db.carriers()["carrier_a-11"]["account_entry"]
    assert db.flags() == {"198.18.0.11": "Y", "198.18.0.12": "N", "198.18.0.13": "N"}
    assert len(result["diff"]) == 1 and "secret=(hidden, changed)" in result["diff"][0]["after"]
    secret_free(result, db)
    assert "(hidden, changed)" in db.log()[-1]["event_sql"]


def test_rows_that_wait_to_be_confirmed_elsewhere_are_not_built_upon(db):
    """The journal is on another dialer: this one knows of it by the database alone."""
    other = {"id": "0123456789abcdef", "who": "root@elsewhere"}
    with connect() as connection:
        tables.mark_waiting(connection.cursor(), other, 300, "198.18.0.12")
    told = "root@elsewhere has written rows from 198.18.0.12 and has not confirmed them yet"
    refused = db.apply(carriers=everything(), server_ips=BATCH)
    assert refused["failed"] and told in refused["msg"] and "carrier_a-11" not in db.carriers()
    assert any(told in warning for warning in db.apply(carriers=everything(), server_ips=BATCH, check=True)["warnings"])
    # The clocks of the database's time zone are put forward by an hour, or back: that is no age.
    for jump in (3600, -3600):
        db.run("UPDATE vicidial_admin_log SET event_date = NOW() - INTERVAL %s SECOND WHERE user='dialer.trunks waits'", jump)
        refused = db.apply(carriers=everything(), server_ips=BATCH)
        assert refused["failed"] and re.search(told + ".* within (360|35[0-9]) s", refused["msg"])
    db.run("UPDATE vicidial_admin_log SET event_sql = event_sql - 361 WHERE user='dialer.trunks waits'")
    done = db.apply(carriers=everything(), server_ips=BATCH)
    assert not done["failed"] and any("neither confirmed nor rolled back in time" in warning for warning in done["warnings"])
    # And whoever comes late to roll them back finds that they are not theirs any more.
    before = db.carriers()
    entries = [(None, row) for row in before.values() if row["carrier_id"] == "carrier_a-11"]
    with connect() as connection:
        said, _servers, _rows = confirm_rows._write_back(connection.cursor(), other, DATABASE, entries, [], "was not confirmed")
        assert said.startswith("No row was rolled back") and db.carriers() == before
        tables.mark_waiting(connection.cursor(), other, 300, "198.18.0.12")
        said, servers, rows = confirm_rows._write_back(connection.cursor(), other, DATABASE, entries, [], "was not confirmed")
        assert (said, servers) == ("Restored: 1 row of carriers.", ["198.18.0.11"])
        assert rows == [{"name": "carrier_a", "kind": "trunk", "server_ip": "198.18.0.11", "technology": "SIP", "revision": None}]
        assert "carrier_a-11" not in db.carriers() and not tables.is_waiting(connection.cursor(), other)


def test_line_ends_of_the_admin_pages_are_no_change(db):
    db.apply(carriers=everything(), server_ips=BATCH)
    db.run(r"UPDATE vicidial_server_carriers SET account_entry=REPLACE(account_entry, '\n', '\r\n'), "
           r"dialplan_entry=CONCAT(REPLACE(dialplan_entry, '\n', ' \r\n'), '\r\n')")
    assert not db.apply(carriers=everything(), server_ips=BATCH)["changed"]


def test_disabled_stays_as_an_inactive_row_and_leftovers_go_only_with_prune(db):
    db.apply(carriers=everything(), server_ips=BATCH)
    off = [trunk(active=False), trunk(server_ip="198.18.0.12"), route(server_ip="198.18.0.12")]
    result = db.apply(carriers=off, server_ips=BATCH, diff=True)
    assert actions(result)["carrier_a-11"] == "deactivated" and actions(result)["us-11"] == "left"
    assert db.carriers()["carrier_a-11"]["active"] == "N" and db.carriers()["us-11"]["active"] == "Y"
    assert [row["carrier_id"] for row in result["leftovers"]] == ["us-11"]
    assert not db.apply(carriers=off, server_ips=BATCH)["changed"]

    limited = db.apply(carriers=[], server_ips=["198.18.0.12"], prune=True, steps=["route_removals"])
    assert actions(limited) == {"us-12": "removed", "carrier_a-12": "removed"}
    assert limited["pending"]["trunk_removals"] == 1 and "us-12" not in db.carriers()
    before = foreign(db)
    gone = db.apply(carriers=[], server_ips=BATCH, prune=True)
    assert gone["changed"] and foreign(db) == before and len(db.carriers()) == 2
    assert not db.apply(carriers=[], server_ips=BATCH, prune=True)["changed"]
    assert [row["event_code"] for row in db.log()].count("ADMIN DELETE CARRIER") == 4

    back = db.apply(carriers=[trunk()], server_ips=BATCH)
    assert actions(back) == {"carrier_a-11": "added"}


def test_it_waits_for_the_generator(db):
    with Generator(BATCH) as generator:
        result = db.apply(carriers=everything(), server_ips=BATCH, wait=20)
    assert not result["failed"] and set(result["waited"]) == set(BATCH)
    assert ("198.18.0.11", {"OLDTRUNK", "carrier_a-11"}) in generator.seen
    assert generator.seen[-1][1] >= {"us-11"} or generator.seen[-1][1] >= {"us-12"}
    assert {row["user"] for row in db.log()} == {"dialer.trunks"}


def test_no_generator_fails_plainly_and_the_next_run_goes_on(db):
    with Generator(["198.18.0.12"]):
        result = db.apply(carriers=everything(), server_ips=BATCH, wait=1, steps=["trunks"])
        assert result["failed"] and result["absent"] == ["198.18.0.11"]
        assert "ADMIN_keepalive_ALL.pl" in result["msg"] and "trunks: 2" in result["msg"]
        assert {row["record_id"]: row["user"] for row in db.log()} == {
            "carrier_a-11": "dialer.trunks asked", "carrier_a-12": "dialer.trunks"}
        again = db.apply(carriers=everything(), server_ips=BATCH, wait=1, steps=["trunks"])
        assert again["failed"] and not again["changed"] and again["absent"] == ["198.18.0.11"]
    with Generator(BATCH):
        healed = db.apply(carriers=everything(), server_ips=BATCH, wait=20, steps=["trunks"])
    assert not healed["failed"] and not healed["changed"]
    assert any("cut short" in line for line in healed["warnings"])
    assert {row["user"] for row in db.log()} == {"dialer.trunks"}
    assert not [line for line in db.apply(carriers=everything(), server_ips=BATCH, steps=["trunks"])["warnings"]
                if "cut short" in line]


def test_notes_of_the_log_keep_their_state_behind_a_remark(db):
    with Generator(["198.18.0.12"]):
        db.apply(carriers=everything(), server_ips=BATCH, wait=1, steps=["trunks"])
    with Generator(BATCH):
        db.apply(carriers=everything(), server_ips=BATCH, wait=20, steps=["trunks"])
    notes = {row["record_id"]: row["event_notes"].split("\n") for row in db.log()}
    assert notes["carrier_a-11"][0].endswith("(the run was cut short, or the generator ran late)")
    assert not notes["carrier_a-12"][0].endswith(")")
    assert [json.loads(lines[1])["server_ip"] for _record, lines in sorted(notes.items())] == BATCH


def test_what_an_earlier_release_has_left_in_the_log_is_gone_on_with(db):
    """Its notes had no state: the server and the time to confirm stood in the sentence."""
    db.apply(carriers=everything(), server_ips=BATCH, steps=["trunks"])
    db.run("UPDATE vicidial_admin_log SET user='dialer.trunks begun', event_notes=SUBSTRING_INDEX(event_notes, '\\n', 1)")
    with Generator(["198.18.0.12"]):
        result = db.apply(carriers=everything(), server_ips=BATCH, wait=1, steps=["trunks"])
    assert result["failed"] and {row["record_id"]: row["user"] for row in db.log()} == {
        "carrier_a-11": "dialer.trunks asked", "carrier_a-12": "dialer.trunks"}
    db.run("INSERT INTO vicidial_admin_log SET event_date=NOW(), user='dialer.trunks waits', ip_address='198.18.0.12', "
           "record_id='0123456789abcdef', event_sql=UNIX_TIMESTAMP(), "
           "event_notes='root@elsewhere is to confirm its change within 300 s after its last step'")
    refused = db.apply(carriers=everything(), server_ips=BATCH)
    assert refused["failed"] and "root@elsewhere has written rows from 198.18.0.12" in refused["msg"]
    assert re.search("within (360|35[0-9]) s", refused["msg"])


def test_a_run_killed_between_row_and_flag_heals(db):
    db.apply(carriers=[trunk()], server_ips=BATCH)
    # What such a run leaves: the row and its entry, but no flag.
    db.run("UPDATE servers SET rebuild_conf_files='N'")
    db.run("UPDATE vicidial_admin_log SET user='dialer.trunks begun'")
    checked = db.apply(carriers=[trunk()], server_ips=BATCH, check=True)
    assert checked["changed"] and db.flags()["198.18.0.11"] == "N"
    result = db.apply(carriers=[trunk()], server_ips=BATCH)
    assert result["changed"] and db.flags() == {"198.18.0.11": "Y", "198.18.0.12": "N", "198.18.0.13": "N"}
    assert not db.apply(carriers=[trunk()], server_ips=BATCH)["changed"]


def test_rebuild_flags_a_dialer_whose_asterisk_lags(db):
    db.apply(carriers=[trunk()], server_ips=BATCH)
    db.run("UPDATE servers SET rebuild_conf_files='N'")
    result = db.apply(carriers=[trunk()], server_ips=BATCH, rebuild=["198.18.0.11"])
    assert result["changed"] and db.flags()["198.18.0.11"] == "Y" and db.flags()["198.18.0.12"] == "N"


def test_every_mistake_at_once_before_anything_is_written(db):
    before = db.carriers()
    wanted = [
        trunk("cc100"), trunk("OLDpeer"), trunk("ASTloop"), trunk("ghost", "198.18.0.99"), trunk("lost", "198.18.0.13"),
        trunk("long", registration_string="register => u:%s@h/%s" % (OLD, "x" * 255)),
        trunk("wide", account_entry="[wide]\nsecret=%s\n%s" % (OLD, "; filler\n" * 8000)),
        trunk("name", carrier_name="n" * 51), trunk("snow", description="snowman \u2603"),
        trunk("glob", globals_string="OLDTRUNK = SIP/glob"), trunk("tpl", template_id="NOSUCH"),
        route("all", pattern="_8[01]."), route("ok"),
    ]
    result = db.apply(carriers=wanted, server_ips=BATCH + ["198.18.0.99", "198.18.0.13"],
                      campaigns=[{"campaign_id": "NOCAMP", "dial_prefix": "9"}])
    assert result["failed"] and not result.get("changed") and db.carriers() == before and db.log() == []
    text = result["msg"]
    for part in ("trunk cc100: cc100 is the extension of a phone",
                 "the peer name OLDpeer is already used by carrier OLDTRUNK, which this collection does not manage",
                 "ASTloop is the name of VICIdial's own IAX peer", "198.18.0.99 (trunk ghost): no row of servers",
                 "198.18.0.13 (trunk lost): generate_vicidial_conf is not Y", "trunk long, registration_string: ",
                 "the column holds 255", "trunk wide, account_entry: ", "the column holds 65535",
                 "trunk name, carrier_name: 51 characters, the column holds 50",
                 "trunk snow, carrier_description: a character", "the global OLDTRUNK is already set by carrier OLDTRUNK",
                 "trunk tpl, template_id: ", "_8[01]. overlaps with _81NXXNXXXXXX of carrier OLDTRUNK",
                 "campaign NOCAMP: no row"):
        assert part in text, (part, text)
    assert "route ok:" not in text and len(result["errors"]) == 13, result["errors"]
    secret_free(result, db)


def test_what_the_column_knows_is_kept(db):
    result = db.apply(carriers=[trunk(description="Fournisseur été")], server_ips=BATCH)
    assert not result["failed"]
    db.apply(carriers=[trunk(description="Fournisseur hiver"), trunk("b", account_entry="[b]")], server_ips=BATCH)
    changed = [trunk(description="Prestataire é"), trunk("b", account_entry="[b]\n;ü\n")]
    assert not db.apply(carriers=changed, server_ips=BATCH)["failed"]
    assert not db.apply(carriers=changed, server_ips=BATCH)["changed"]
    assert db.carriers()["carrier_a-11"]["carrier_description"].endswith("Prestataire é")


def test_a_copy_is_foreign_and_reported(db):
    db.apply(carriers=[trunk()], server_ips=BATCH)
    result = db.apply(carriers=[], server_ips=BATCH, prune=True)
    assert "carrier_z-11" in db.carriers() and any("carrier_z-11" in line for line in result["warnings"])


def test_identifiers_are_kept_and_unique_without_regard_to_case(db):
    db.run("UPDATE vicidial_server_carriers SET carrier_id='CARRIER_A-11' WHERE carrier_id='OLDTRUNK'")
    wanted = [trunk(), trunk("a_very_long_name_of_1"), trunk("a_very_long_name_of_2")]
    first = db.apply(carriers=wanted, server_ips=BATCH)
    ids = [row["carrier_id"] for row in first["carriers"]]
    assert len(ids) == 3 and all(2 <= len(one) <= 15 for one in ids) and "carrier_a-11" not in ids
    db.run("DELETE FROM vicidial_server_carriers WHERE carrier_id='CARRIER_A-11'")
    again = db.apply(carriers=wanted, server_ips=BATCH)
    assert [row["carrier_id"] for row in again["carriers"]] == ids and not again["changed"]


def test_cluster_rows_need_every_dialer(db):
    wanted = [trunk(server_ip="0.0.0.0")]
    assert "missing: 198.18.0.12, 198.18.0.13" in db.apply(
        carriers=wanted, server_ips=["198.18.0.11"], all_dialers=True)["msg"]
    db.run("UPDATE servers SET active_asterisk_server='N' WHERE server_ip='198.18.0.13'")
    result = db.apply(carriers=wanted, server_ips=BATCH, all_dialers=True)
    assert actions(result) == {"carrier_a": "added"}
    assert db.flags() == {"198.18.0.11": "Y", "198.18.0.12": "Y", "198.18.0.13": "N"}
    assert actions(db.apply(carriers=[], server_ips=BATCH, prune=True)) == {}
    assert actions(db.apply(carriers=[], server_ips=BATCH, prune=True, all_dialers=True)) == {"carrier_a": "removed"}


def test_plain_options_work_and_show_no_secret(db):
    plain = copy.deepcopy(everything())
    result = db.module("vicidial_carriers", diff=True, carriers=plain, server_ips=BATCH, wait=0)
    assert result["changed"] and not result["failed"]
    secret_free(result, db)


def test_an_unreachable_database_is_one_line(db):
    result = db.apply(carriers=[], login_host="127.0.0.1", login_port=1, login_password=NEW, connect_timeout=2)
    assert result["failed"] and "127.0.0.1:1" in result["msg"] and "\n" not in result["msg"]
    refused = db.apply(carriers=[], login_user="nobody_here", login_password=NEW)
    assert "login refused" in refused["msg"] or "no such database" in refused["msg"]
    secret_free(result, db)
    secret_free(refused, db)


def test_the_login_comes_from_the_dialers_own_file(db, tmp_path):
    where = place()
    path = tmp_path / "astguiclient.conf"
    path.write_text(f"VARserver_ip => 198.18.0.11\nVARDB_server => {where.get('host', '')}\n"
                    f"VARDB_database => {DATABASE}\nVARDB_user => {USER}\nVARDB_pass => {PASSWORD}\n"
                    f"VARDB_port => {where.get('port', '')}\n")
    nothing = dict.fromkeys(("login_host", "login_port", "login_user", "login_password", "login_db"))
    result = db.module("vicidial_carriers_info", config_file=str(path), login_unix_socket=where.get("unix_socket"),
                       **nothing)
    assert not result["failed"] and len(result["carriers"]) == 2


def test_two_runs_at_a_time_do_not_meet(db):
    with db.connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 1)", (f"dialer.trunks {DATABASE}",))
        assert cursor.fetchone() == (1,)
        started = time.time()
        checked = db.apply(carriers=everything(), server_ips=BATCH, check=True)
        assert checked["changed"] and time.time() - started < 10
        cursor.execute("SELECT RELEASE_LOCK(%s)", (f"dialer.trunks {DATABASE}",))


def test_info_tells_who_owns_a_row_and_hides_secrets(db):
    db.apply(carriers=everything(), server_ips=BATCH)
    result = db.module("vicidial_carriers_info")
    rows = {row["carrier_id"]: row for row in result["carriers"]}
    assert {name: row["owner"] for name, row in rows.items()} == {
        "OLDTRUNK": "foreign", "carrier_z-11": "copy", "carrier_a-11": "managed", "carrier_a-12": "managed",
        "us-11": "managed", "us-12": "managed"}
    assert rows["OLDTRUNK"]["peers"] == ["oldpeer"] and rows["OLDTRUNK"]["extensions"] == ["_81NXXNXXXXXX"]
    assert rows["us-11"]["kind"] == "route" and rows["us-11"]["revision"] == 1
    assert [row["carrier_id"] for row in db.module("vicidial_carriers_info", names=["us"], server_ips=["198.18.0.12"])[
        "carriers"]] == ["us-12"]
    assert result["servers"][0] == {
        "server_id": "DIALER11", "server_ip": "198.18.0.11", "active": True, "active_asterisk_server": True,
        "generate_vicidial_conf": True, "rebuild_conf_files": True, "max_vicidial_trunks": 23}
    secret_free(result, db)
