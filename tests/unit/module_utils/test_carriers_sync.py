# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which dialers a run has VICIdial rebuild, although no row of theirs differs; rows of dialers that were taken out."""
from __future__ import annotations

import copy

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import generated
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model, options, sync, tables

IP, OTHER = "198.18.0.11", "198.18.0.12"
TRUNK = {"name": "carrier_a", "server_ip": IP, "account_entry": "[carrier_a]\ntype=peer\ndescription=[trunks @] A\nhost=198.18.10.10\n"}
ROUTE = {"name": "us", "kind": "route", "server_ip": IP,
         "dialplan_entry": "exten => _91X.,1,AGI(x)\nexten => _91X.,n,Gosub(trunks-route-us,${EXTEN:1},1(@))\n"}
WANTED = [{**one, "server_ip": place} for one in (TRUNK, ROUTE) for place in (IP, OTHER)]


def server(**changes):
    return {"server_id": "D", "active": "Y", "active_asterisk_server": "Y", "generate_vicidial_conf": "Y", "rebuild_conf_files": "N",
            "max_vicidial_trunks": 96, **changes}


def run(files, wanted=WANTED, rows=None, servers=None, **given):
    """What a run does first, up to the flags, in check mode: nothing is written."""
    settled = options.settle({"carriers": copy.deepcopy(wanted), "campaigns": [], "server_ips": [IP, OTHER], "steps": list(model.STEPS),
                              "prune": False, "rebuild": [], "payload": None, **given, "generated_files": files})
    one = sync.Run(settled, check_mode=True)
    one.state = tables.State()
    one.state.servers = servers or {IP: server(), OTHER: server(server_id="E")}
    one.state.rows = held() if rows is None else rows
    one.state.limits = {column: {"chars": None, "bytes": None, "choices": None, "charset": None} for column in model.COLUMNS}
    one._compare()
    one.stale = one._find_stale() if settled["steps"] else {}
    return one, one._resume()[0]


def held():
    settled = options.settle({"carriers": copy.deepcopy(WANTED), "campaigns": []})["carriers"]
    return [model.stamped(model.row_of(one, f"{one['name']}-{one['server_ip'][-2:]}"), 3) for one in settled]


def files(place=IP, **edits):
    """What the generated files of a dialer hold, with texts replaced in them."""
    return generated.wanted([{name: text.replace(*edits[name]) if name in edits else text for name, text in row.items()}
                             for row in held() if row["server_ip"] == place])


def test_nothing_is_asked_where_the_files_hold_the_rows():
    one, waiting = run({IP: files(), OTHER: files(OTHER)})
    assert waiting == [] and not one.changed and one.warnings == [] and one.result()["rebuilt"] == []


@pytest.mark.parametrize("edit,says", [
    ({"dialplan_entry": ("Gosub", "Goto")}, "route us is not in extensions-vicidial.conf"),
    ({"dialplan_entry": ("AGI(x)", "NoOp()")}, "route us was changed in extensions-vicidial.conf by hand"),
    ({"account_entry": ("198.18.10.10", "198.18.99.99")}, "peer carrier_a was changed in VICIdial's conf files by hand"),
])
def test_a_dialer_whose_file_was_edited_is_flagged_and_said(edit, says):
    one, waiting = run({IP: files(**edit), OTHER: files(OTHER)})
    assert waiting == [IP] and one.changed  # which check mode predicts
    assert one.warnings == [f"{IP}: {says}: VICIdial is asked to write its conf files again (rebuild_conf_files), which takes up to a minute"]
    assert one.result()["rebuilt"] == [{"server_ip": IP, "why": [says], "text": one.warnings[0]}]


def test_a_flag_that_is_up_is_waited_for():
    one, waiting = run({IP: files(account_entry=("198.18.10.10", "198.18.99.99"))}, servers={
        IP: server(rebuild_conf_files="Y"), OTHER: server(server_id="E")})
    assert waiting == [IP] and not one.changed


def test_it_is_not_asked_twice_nor_where_it_cannot_be_done():
    broken = {IP: {"peers": {}, "routes": {}}, OTHER: files(OTHER)}
    changed = [{**WANTED[0], "account_entry": WANTED[0]["account_entry"] + "qualify=no\n"}] + WANTED[1:]
    assert run(broken, changed)[1] == []    # the step of the trunks flags it
    assert run(broken, changed, steps=["routes"])[1] == [IP]
    assert run(broken, steps=[])[1] == []   # only reads
    assert run(broken)[1] == [IP]
    idle = {IP: server(generate_vicidial_conf="N"), OTHER: server(server_id="E")}
    assert run(broken, [one for one in WANTED if one["server_ip"] == OTHER], servers=idle)[1] == []


def test_a_row_for_every_dialer_is_expected_on_each():
    everywhere = [{**row, "server_ip": model.EVERY_DIALER} if row["carrier_id"] == "carrier_a-11" else row
                  for row in held() if row["carrier_id"] != "carrier_a-12"]
    everywhere[0]["carrier_description"] = model.marker("carrier_a", model.EVERY_DIALER, "carrier_a-11")
    wanted = [{**TRUNK, "server_ip": model.EVERY_DIALER}] + [one for one in WANTED if one["name"] == "us"]
    one, waiting = run({IP: files(), OTHER: {**files(OTHER), "peers": {}}}, wanted, everywhere, all_dialers=True, payload='{"all_dialers": true}')
    assert waiting == [OTHER] and "peer carrier_a is not in" in one.warnings[0]


# Rows of a server that is no host of the inventory: {how VICIdial has it: its row of servers}.
GONE = "198.18.0.13"
OUT = {"active": server(server_id="F"), "inactive": server(server_id="F", active="N", active_asterisk_server="N"), "absent": None}


def taken_out(how, **given):
    """A run with rows of a dialer that was taken out of the inventory. Returns it and {carrier_id: action} of these rows."""
    servers = {IP: server(), OTHER: server(server_id="E"), **({GONE: OUT[how]} if OUT[how] else {})}
    one, _waiting = run({}, rows=held() + left(), servers=servers, known_servers=[IP, OTHER, "router"], **given)
    return one, {change.carrier_id: change.action for change in one.changes if change.server_ip == GONE}


def left(place=GONE):
    wanted = [{**carrier, "server_ip": place} for carrier in (TRUNK, ROUTE)]
    settled = options.settle({"carriers": wanted, "campaigns": []})["carriers"]
    return [model.stamped(model.row_of(carrier, f"{carrier['name']}-13"), 2) for carrier in settled]


@pytest.mark.parametrize("how, says", [("active", "another inventory"), ("inactive", "dialer_prune is off"), ("absent", "dialer_prune is off")])
def test_rows_of_a_dialer_that_was_taken_out_are_reported_and_stay(how, says):
    one, actions = taken_out(how)
    assert actions == {"carrier_a-13": "left", "us-13": "left"} and not any(one.result()["pending"].values())
    server = one.result()["unlisted"][0]
    assert (server["server_ip"], server["vicidial"], server["carriers"]) == (GONE, how, ["carrier_a-13", "us-13"])
    assert one.warnings == [server["text"]] and "carrier_a-13, us-13" in server["text"] and says in server["text"]


@pytest.mark.parametrize("how, action", [("active", "left"), ("inactive", "removed"), ("absent", "removed")])
def test_prune_removes_rows_of_a_dialer_that_was_taken_out_unless_vicidial_has_it_active(how, action):
    one, actions = taken_out(how, prune_unlisted=True)
    assert actions == {"carrier_a-13": action, "us-13": action}
    named = "the rows are removed" if action == "removed" else "another inventory"
    assert named in one.result()["unlisted"][0]["text"]
    assert {change.action for change in one.changes if change.server_ip != GONE} == {"unchanged"}


def test_the_call_that_removes_the_last_of_such_rows_does_not_name_them_again():
    for steps, warned in ((["trunks"], 1), (["route_removals"], 1), (["trunk_removals"], 0)):
        assert len(taken_out("absent", prune_unlisted=True, steps=steps)[0].warnings) == warned


def test_a_server_with_one_of_its_two_switches_on_is_active():
    for switch in ("active", "active_asterisk_server"):
        servers = {IP: server(), OTHER: server(server_id="E"), GONE: dict(OUT["inactive"], **{switch: "Y"})}
        one, _waiting = run({}, rows=held() + left(), servers=servers, known_servers=[IP, OTHER], prune_unlisted=True)
        assert {change.action for change in one.changes if change.server_ip == GONE} == {"left"}


def test_a_server_that_is_a_host_of_any_group_of_the_inventory_is_left_alone():
    servers = {IP: server(), OTHER: server(server_id="E"), GONE: OUT["inactive"]}
    one, _waiting = run({}, rows=held() + left(), servers=servers, known_servers=[IP, OTHER, GONE], prune_unlisted=True)
    assert one.result()["unlisted"] == [] and one.warnings == [] and len(one.changes) == len(held())


def test_a_run_for_some_dialers_does_not_search_for_rows_of_servers_outside_of_the_inventory():
    one, _waiting = run({}, rows=held() + left(), prune=True)
    assert one.result()["unlisted"] == [] and one.warnings == [] and len(one.changes) == len(held())


def test_an_adopted_row_of_a_dialer_that_was_taken_out_is_returned_and_a_row_for_every_dialer_stays():
    adopted = [dict(row, carrier_description=row["carrier_description"].replace("]", "] [adopted]", 1)) for row in left()]
    every = [dict(left()[0], carrier_id="north", server_ip="0.0.0.0", carrier_description="[dialer.trunks north@0.0.0.0 north] N")]
    one, _waiting = run({}, rows=held() + adopted + every, known_servers=[IP, OTHER], prune_unlisted=True)
    assert {change.action for change in one.changes if change.server_ip == GONE} == {"returned"}
    assert [server["server_ip"] for server in one.result()["unlisted"]] == [GONE]


def test_what_an_interrupted_removal_of_such_rows_has_left_in_the_admin_log_is_finished():
    settled = {"known_servers": [IP, OTHER], "prune_unlisted": True}
    for servers, finished in (({IP: server(), OTHER: server(server_id="E")}, [7]),
                              ({IP: server(), OTHER: server(server_id="E"), GONE: OUT["active"]}, [])):
        one, _waiting = run({}, servers=servers, **settled)
        one.state.begun = [(7, GONE, False)]
        assert one._resume()[1] == finished
