# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which dialers a run has VICIdial rebuild, although no row of theirs differs."""
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
    found = {"peers": {}, "routes": {}}
    for row in held():
        if row["server_ip"] == place:
            row = {name: text.replace(*edits[name]) if name in edits else text for name, text in row.items()}
            for kind, entries in generated.wanted(row).items():
                found[kind].update(entries)
    return found


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
