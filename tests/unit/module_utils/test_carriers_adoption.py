# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that trunks and routes adopt, the dialplans that a route replaces, and the rows that are returned."""
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import (
    admin_log as texts, adoption, checks, model, options)

IP, OTHER, ALL = "198.18.0.11", "198.18.0.12", "0.0.0.0"
ENTRY = "exten => _91NXXNXXXXXX,1,Dial(SIP/north/${EXTEN:1},,To)\r\nexten => _91NXXNXXXXXX,2,Hangup"
ENTERS = "exten => _91NXXNXXXXXX,1,Gosub(trunks-route-us,${EXTEN:1},1(@))"
PEER = "[north]\r\ntype=peer\r\nhost=198.18.30.10\r\nsecret=old-secret"


def row(carrier_id: str = "NORTHTEL", **columns: str) -> dict[str, str]:
    """A row of the operator's, with a peer and a dialplan unless columns say otherwise."""
    return {
        "carrier_id": carrier_id,
        "carrier_name": "Northtel of old",
        "registration_string": "register => n:old-secret@198.18.30.10",
        "template_id": "NAT",
        "account_entry": PEER,
        "protocol": "SIP",
        "globals_string": "OLDWAY = SIP/north",
        "dialplan_entry": ENTRY,
        "server_ip": IP,
        "active": "Y",
        "carrier_description": "Since 2019",
        "user_group": "ADMIN",
        **columns,
    }


def wanted(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    return options.settle({"carriers": list(entries), "campaigns": []})["carriers"]


def trunk(**more: Any) -> dict[str, Any]:
    return {
        "name": "north",
        "server_ip": IP,
        "account_entry": "[north]\ntype=peer\ndescription=[trunks @] North\nhost=198.18.30.10",
        "globals_string": "TRUNKnorth = SIP/north",
        "description": "North",
        "adopt": ["NORTHTEL", "ELSEWHERE"],
        **more,
    }


def route(**more: Any) -> dict[str, Any]:
    return {"name": "us", "server_ip": IP, "kind": "route", "dialplan_entry": ENTERS, "adopt": ["northtel"], **more}


def run(entries: list[dict[str, Any]], rows: list[dict[str, str]], prune: bool = False, all_dialers: bool = True, alone: bool = False):
    """(changes, errors) of one run, put together as sync.Run does; another dialer's row is in the table too unless ``alone``."""
    rows = rows if alone else [*rows, row("ELSEWHERE", server_ip=OTHER)]
    listed = wanted(*entries)
    whole = model.Rows(rows)
    changes = model.compare(listed, whole, {IP, ALL}, prune, adoption.chosen(listed, whole))
    changes += adoption.replaced(listed, rows, changes)
    errors = adoption.check(listed, rows, changes, all_dialers)
    peers = {(one["name"], one["server_ip"]): checks.peers_of(one) for one in listed}
    return changes, errors + checks.check_conflicts(changes, whole, {}, [], peers)[0]


def after(changes: list[Any], rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The table once the changes are written."""
    table = {one["carrier_id"]: one for one in rows}
    for change in changes:
        if change.new:
            table[change.carrier_id] = change.new
        elif change.old:
            del table[change.carrier_id]
    return list(table.values())


def adopted(**more: Any) -> dict[str, str]:
    """The operator's row after a trunk has adopted it."""
    return run([trunk(**more)], [row()])[0][0].new


def test_a_row_becomes_the_trunks_under_its_carrier_id():
    changes, errors = run([trunk()], [row()])
    assert errors == []
    assert [(change.carrier_id, change.action, change.step) for change in changes] == [("NORTHTEL", "changed", "trunks")]
    new = changes[0].new
    assert new["carrier_description"] == f"[dialer.trunks north@{IP} NORTHTEL] [adopted] North"
    assert model.owner(new) == ("managed", "north")
    for column in ("carrier_name", "user_group", "globals_string", "dialplan_entry", "registration_string"):
        assert new[column] == row()[column], column
    assert new["template_id"] == "--NONE--" and "description=[trunks 1] North" in new["account_entry"]


def test_a_second_run_finds_it_unchanged_also_when_adopt_is_gone():
    for entry in (trunk(), trunk(adopt=None)):
        changes, errors = run([entry], [adopted()])
        assert errors == [] and [change.action for change in changes] == ["unchanged"]


def test_the_trunks_own_registration_is_removed_when_it_is_off_and_a_different_one_stays():
    own = "register => n:s@198.18.30.10:5060/n"
    held = {**adopted(), "registration_string": own}
    changes, _errors = run([trunk(own_registration=own)], [held])
    assert changes[0].new["registration_string"] == ""
    held["registration_string"] = "register => n:s@198.18.30.10/did"
    changes, _errors = run([trunk(own_registration=own)], [held])
    assert changes[0].action == "unchanged"


def test_an_inactive_row_gets_the_marker_and_nothing_else():
    old = row(active="N")
    changes, _errors = run([trunk(active=False)], [old])
    assert changes[0].fields == ("carrier_description",)
    assert {**changes[0].new, "carrier_description": ""} == {**old, "carrier_description": ""}


def test_a_route_that_is_not_enabled_changes_no_call():
    changes, errors = run([trunk(), route(active=False)], [row()])
    assert errors == []
    assert [(change.kind, change.action, change.new["active"]) for change in changes] == [
        ("trunk", "changed", "Y"),
        ("route", "added", "N"),
    ]
    assert changes[0].new["dialplan_entry"] == ENTRY


def test_an_enabled_route_empties_the_dialplan_in_the_step_of_its_own_row():
    rows = [row()]
    changes, errors = run([trunk(), route()], rows)
    assert errors == []
    assert [(change.carrier_id, change.action, change.step) for change in changes] == [
        ("NORTHTEL", "changed", "trunks"),
        ("us-11", "added", "routes"),
        ("NORTHTEL", "changed", "routes"),
    ]
    assert changes[0].new["dialplan_entry"] == ENTRY, "calls go by it until the route's row is there"
    assert changes[2].new["dialplan_entry"] == ""
    again, errors = run([trunk(), route()], after(changes, rows))
    assert errors == [] and {change.action for change in again} == {"unchanged"}


def test_what_goes_is_kept_in_the_admin_log_without_its_secrets():
    changes, _errors = run([trunk(), route()], [row()])
    notes = [texts.log_entry(change, "127.0.0.1")[-1] for change in changes]
    assert "carrier_description='Since 2019'" in notes[0] and "secret=(hidden)" in notes[0]
    assert "old-secret" not in "".join(notes)
    assert "dialplan_entry='exten => _91NXXNXXXXXX,1,Dial(SIP/north" in notes[2]
    assert texts.place_of(notes[0]) == IP


def test_a_row_with_nothing_but_a_dialplan_becomes_the_routes():
    old = row(account_entry="", registration_string="")
    entry = route(adopt=["NORTHTEL"])
    changes, errors = run([{**entry, "active": False}], [old])
    assert errors == [] and [(change.action, change.new) for change in changes] == [("unchanged", None)]
    changes, errors = run([entry], [old])
    assert errors == []
    assert [(change.carrier_id, change.step) for change in changes] == [("NORTHTEL", "routes")]
    assert "Gosub(trunks-route-us,${EXTEN:1},1(1))" in changes[0].new["dialplan_entry"]
    assert changes[0].new["carrier_name"] == "Northtel of old"
    again, errors = run([entry], after(changes, [old]))
    assert errors == [] and [change.action for change in again] == ["unchanged"]


def test_a_dialplan_for_every_dialer_is_set_inactive_with_its_row():
    rows = [row(account_entry="", server_ip=ALL)]
    changes, errors = run([route()], rows)
    assert errors == []
    gone = changes[-1]
    assert (gone.carrier_id, gone.step, gone.fields, gone.new["active"]) == ("NORTHTEL", "routes", ("active",), "N")
    assert model.owner(gone.new)[0] == "foreign"
    assert "all dialers have to be in the run" in run([route()], rows, all_dialers=False)[1][0]
    again, errors = run([route()], after(changes, rows))
    assert errors == [] and [change.action for change in again] == ["unchanged"]


def test_a_dialplan_that_answers_more_than_the_routes_do_stays():
    more = ENTRY + "\nexten => _9011.,1,Dial(SIP/north/${EXTEN:1},,To)"
    errors = run([trunk(), route()], [row(dialplan_entry=more)])[1]
    assert len(errors) == 1
    assert "carrier NORTHTEL also has the extension _9011., which no enabled route that adopts it answers" in errors[0]


def test_without_adopt_everything_is_the_error_that_it_was():
    errors = run([trunk(adopt=None), route(adopt=None)], [row()])[1]
    assert [error.split(": ", 1)[1] for error in errors] == [
        "the peer name north is already used by carrier NORTHTEL, which this collection does not manage",
        "_91NXXNXXXXXX overlaps with _91NXXNXXXXXX of carrier NORTHTEL, which this collection does not manage",
    ]


def test_a_kept_dialplan_conflicts_with_a_route_that_does_not_adopt_it():
    errors = run([trunk(), route(adopt=None)], [row()])[1]
    assert errors == [
        f"{IP}, route us: _91NXXNXXXXXX overlaps with _91NXXNXXXXXX of carrier NORTHTEL, which still has the dialplan that it "
        "was adopted with: name it in the route's adopt"
    ]


def test_what_cannot_be_adopted():
    def first(entries, rows):
        return run(entries, rows)[1][0].split(": ", 1)[1]

    assert first([trunk(adopt=["NOSUCH"])], [row()]) == "there is no carrier NOSUCH to adopt"
    assert "no peer north" in first([trunk()], [row(account_entry="[other]\ntype=peer")])
    assert "write servers: cluster" in first([trunk()], [row(server_ip=ALL)])
    assert "one row for each dialer" in first([trunk(adopt=["NORTHTEL", "TWIN"])], [row(), row("TWIN")])
    assert "a trunk has to adopt first" in first([route()], [row()])
    copy = row(carrier_description=f"[dialer.trunks x@{IP} x-11] X")
    assert "has the marker of another row" in first([trunk()], [copy])
    held = {**adopted(), "carrier_id": "NORTHTEL"}
    assert "is already the row of north" in first([trunk(), trunk(name="south", account_entry="[south]")], [held])


def test_an_adopted_row_is_returned_and_never_removed():
    held = adopted()
    changes, errors = run([], [held], prune=True)
    assert errors == []
    assert [(change.action, change.carrier_id) for change in changes] == [("returned", "NORTHTEL")]
    new = changes[0].new
    assert new["carrier_description"] == "North" and model.owner(new)[0] == "foreign"
    assert "description=North" in new["account_entry"]
    assert (new["dialplan_entry"], new["active"]) == (ENTRY, "Y")
    assert run([], [held])[0][0].action == "left", "without prune it stays"


def test_an_adopted_row_is_given_back_inactive_where_its_trunk_gets_rows_elsewhere():
    plain = row(dialplan_entry="")
    for held_on, wanted_on in ((IP, ALL), (ALL, IP)):
        before = {**plain, "server_ip": held_on}
        held = run([trunk(server_ip=held_on)], [before])[0][0].new
        assert model.is_adopted(held)
        changes, errors = run([trunk(server_ip=wanted_on, adopt=None)], [held], alone=True)
        assert errors == []
        assert [(one.carrier_id, one.action, one.step) for one in changes] == [
            (changes[0].carrier_id, "added", "trunks"), ("NORTHTEL", "returned", "trunks")]
        new = changes[1].new
        assert (new["active"], new["globals_string"], model.owner(new)[0]) == ("N", "OLDWAY = SIP/north", "foreign")
        assert "description=North" in new["account_entry"] and "[trunks" not in new["account_entry"]
        again, errors = run([trunk(server_ip=wanted_on, adopt=None)], after(changes, [held]), alone=True)
        assert errors == [] and [one.action for one in again] == ["unchanged"]


def test_a_row_that_is_given_back_inactive_takes_no_dialplan_of_the_operator_s_out_of_use():
    held = adopted()
    changes, errors = run([trunk(server_ip=ALL, adopt=None)], [held], alone=True)
    assert changes[1].action == "returned"
    assert errors == [f"{IP}, route north: carrier NORTHTEL still has the dialplan that it was adopted with, so that other rows "
                      "cannot replace it: let a route adopt it first"]
    asleep = run([trunk(server_ip=ALL, adopt=None)], [{**held, "active": "N"}], alone=True)
    assert asleep[1] == [] and asleep[0][1].action == "returned"
    replaced = run([route()], [row(account_entry="", globals_string="")])[0][0].new
    changes, errors = run([route(server_ip=ALL, adopt=None)], [replaced], alone=True)
    assert errors == [] and [(one.action, one.new["active"]) for one in changes] == [("added", "Y"), ("returned", "N")]


def test_a_removed_route_is_replaced_in_one_step_by_a_route_with_the_same_extension():
    def stored(name: str) -> dict[str, str]:
        (carrier,) = wanted({**route(name=name), "adopt": []})
        return model.stamped(model.row_of(carrier, f"{name}-11"), 1)

    other = ENTERS.replace("_91N", "_92N")
    rows = [stored("us"), {**stored("uk"), "dialplan_entry": other}]
    for entry in (ENTERS, ENTERS.replace("_91N", "_91n")):
        new = {**route(name="usa"), "adopt": [], "dialplan_entry": entry}
        changes = model.compare(wanted(new), model.Rows(rows), {IP}, prune=True)
        adoption.replace_equal_routes(changes)
        assert [(change.name, change.action, change.step, change.replaced) for change in changes] == [
            ("usa", "added", "routes", False), ("uk", "removed", "route_removals", False), ("us", "removed", "routes", True)]


def test_a_route_that_is_taken_out_of_use_warns_that_the_replaced_dialplan_is_not_restored():
    def after(active: bool) -> list[str]:
        (was,) = wanted(route())
        carriers_wanted = wanted(route(active=active))
        rows = [model.stamped(model.row_of(was, "us-11"), 1)]
        return adoption.lost(carriers_wanted, model.compare(carriers_wanted, model.Rows(rows), {IP}))

    assert after(True) == []
    assert len(after(False)) == 1 and "the former dialplan of carrier northtel is not restored" in after(False)[0]


def conflicts(entries: list[dict[str, Any]], rows: list[dict[str, str]]) -> tuple[list[str], list[str]]:
    """(errors, warnings) about the names that other rows have."""
    listed, whole = wanted(*entries), model.Rows(rows)
    changes = model.compare(listed, whole, {IP, ALL}, False, adoption.chosen(listed, whole))
    peers = {(one["name"], one["server_ip"]): checks.peers_of(one) for one in listed}
    return checks.check_conflicts(changes, whole, {}, [], peers, adoption.adopting(listed))


def test_an_adopted_pattern_that_meets_another_row_was_there_before():
    wide = row("WIDE", account_entry="", globals_string="", dialplan_entry="exten => _9X.,1,Macro(lcr)")
    plan = row(account_entry="", globals_string="")
    found = [f"{IP}, route us: _91NXXNXXXXXX overlaps with _9X. of carrier WIDE, as before: of the two, Asterisk uses the more "
             "specific pattern"]
    assert conflicts([route()], [plan, wide]) == ([], found)
    errors, warnings = conflicts([route(adopt=[])], [wide])
    assert warnings == [] and len(errors) == 1 and "_91NXXNXXXXXX overlaps with _9X. of carrier WIDE" in errors[0]
    for same in ("_91NXXNXXXXXX", "_91nxxnxxxxxx", "_91-NXX-N[0-9]XXXXX"):
        equal = {**wide, "dialplan_entry": f"exten => {same},1,Macro(lcr)"}
        assert f"overlaps with {same} of carrier WIDE" in conflicts([route()], [plan, equal])[0][0], "half of each would run"


def test_what_an_adopted_row_had_in_common_with_another_all_along_is_a_warning():
    beside = row("OLD", globals_string="OLDWAY = SIP/old", dialplan_entry="")
    found = [f"{IP}, trunk north: carrier OLD, which is not managed, defines the peer north too, as before: Asterisk reads one "
             "over the other, so set that carrier inactive",
             f"{IP}, trunk north: carrier OLD, which is not managed, sets the global OLDWAY too, as before: Asterisk has the value "
             "of the last of them"]
    assert conflicts([trunk()], [row(), beside]) == ([], found)
    assert conflicts([trunk()], [adopted(), beside]) == ([], found), "and so it stays in later runs"


def test_what_adoption_brings_anew_is_an_error_beside_the_row_that_has_it():
    beside = row("OLD", account_entry="[old]\ntype=peer", globals_string="TRUNKnorth = SIP/old", dialplan_entry="")
    errors, warnings = conflicts([trunk()], [row(globals_string=""), beside])
    assert warnings == [] and len(errors) == 1 and "the global TRUNKnorth is already set by carrier OLD" in errors[0]
    sleeping = row(active="N", globals_string="OLDWAY = SIP/north")
    errors, warnings = conflicts([trunk()], [sleeping, row("OLD", dialplan_entry="")])
    assert warnings == [] and len(errors) == 2, "an inactive row had nothing in use"


def test_a_disabled_carrier_of_every_dialer_without_a_row_in_use_concerns_no_dialer():
    listed = wanted(trunk(server_ip=ALL, active=False, adopt=["SLEEPING"]))
    for active, expected in (("N", 1), ("Y", 0)):
        whole = model.Rows([row("SLEEPING", server_ip=ALL, active=active)])
        found = checks.idle(listed, whole, adoption.chosen(listed, whole))
        assert len(found) == expected
        servers = {place: {"active_asterisk_server": "Y", "generate_vicidial_conf": "Y"} for place in (IP, OTHER)}
        rest = [carrier for carrier in listed if carrier not in found]
        assert bool(checks.check_servers(rest, servers, {IP}, False)[0]) is (active == "Y")
    assert checks.idle(wanted(trunk(server_ip=ALL)), model.Rows([]), {}) == []


OPENS = "[my-own]\nexten => s,1,NoOp()"


@pytest.mark.parametrize(("columns", "opened"), [
    ({}, True), ({"server_ip": ALL}, True), ({"protocol": "IAX2", "carrier_id": "ZZZ"}, True),
    ({"server_ip": OTHER}, False), ({"active": "N"}, False), ({"carrier_id": "ZZZ"}, False), ({"protocol": "EXTERNAL"}, False),
    ({"dialplan_entry": OPENS + "\n[vicidial-auto-external]\nexten => _84X.,1,Hangup()"}, False)])
def test_a_carrier_before_a_route_must_not_leave_a_context_open(columns: dict[str, str], opened: bool):
    before = row(**{"carrier_id": "AAA", "account_entry": "", "globals_string": "", "dialplan_entry": OPENS, **columns})
    errors, _warnings = conflicts([route(adopt=[])], [before])
    assert errors == ([f"{IP}, route us: carrier {before['carrier_id']} opens the context [my-own] in its dialplan entry, and VICIdial "
                       "writes the route after it into that context, where no call finds it: end that entry with a line "
                       "[vicidial-auto-external]"] if opened else [])
