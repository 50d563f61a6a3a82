# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import (
    admin_log as texts, checks, info, model, options)
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking

IP, OTHER = "198.18.0.11", "198.18.0.12"


def settled(**entry) -> dict:
    """A wanted carrier as the module sees it."""
    entry = {"name": "carrier_a", "server_ip": IP, **entry}
    return options.settle({"carriers": [entry], "campaigns": []})["carriers"][0]


def trunk(name: str = "carrier_a", secret: str = "one", **more) -> dict:
    return settled(name=name, account_entry=f"[{name}]\ntype=peer\ndescription=[trunks @] A\nsecret={secret}\n", **more)


def route(name: str = "us", pattern: str = "_91NXXNXXXXXX", **more) -> dict:
    entry = f"exten => {pattern},1,Gosub(trunks-route-{name},${{EXTEN:1}},1(@))"
    return settled(name=name, kind="route", dialplan_entry=entry, **more)


def stored(carrier: dict, number: int = 1, carrier_id: str = "carrier_a-11", **more) -> dict:
    """The row that a wanted carrier has in the table."""
    return {**model.stamped(model.row_of(carrier, carrier_id), number), **more}


def foreign(**more) -> dict:
    row = dict.fromkeys(model.COLUMNS, "")
    return {**row, "carrier_id": "OLD", "server_ip": IP, "active": "Y", "protocol": "SIP", **more}


def compare(wanted, rows, batch=(IP,), prune=False):
    return model.compare(wanted, model.Rows(rows), set(batch), prune)


def conflicts(wanted, rows, phones=(), servers=None):
    peers = {(one["name"], one["server_ip"]): checks.peers_of(one) for one in wanted}
    servers = servers or {IP: {"server_id": "DIALER1"}, OTHER: {"server_id": "DIALER2"}}
    return checks.check_conflicts(compare(wanted, rows), model.Rows(rows), servers, phones, peers)


class TestOwner:
    def test_marker_server_and_id_make_a_row_managed(self):
        assert model.owner(stored(trunk())) == ("managed", "carrier_a")

    def test_a_copy_of_the_admin_page_is_not(self):
        assert model.owner({**stored(trunk()), "carrier_id": "copied"}) == ("copy", "carrier_a")
        assert model.owner({**stored(trunk()), "carrier_id": "copied", "server_ip": OTHER})[0] == "copy"

    def test_a_row_that_was_put_on_another_server_is_still_known(self):
        """No copy has its carrier_id, which is unique over all servers."""
        assert model.owner({**stored(trunk()), "server_ip": OTHER}) == ("moved", "carrier_a")

    @pytest.mark.parametrize("text", ["", None, "VoIP [dialer.trunks a@198.18.0.11 x]", "[dialer.trunks]"])
    def test_others_are_foreign(self, text):
        assert model.owner(foreign(carrier_description=text)) == ("foreign", None)


class TestCompare:
    def test_a_new_row_has_revision_one(self):
        (change,) = compare([trunk(description="VoIP A")], [])
        assert (change.action, change.step, change.revision) == ("added", "trunks", 1)
        assert change.new["carrier_description"] == "[dialer.trunks carrier_a@198.18.0.11 carrier_a-11] VoIP A"
        assert "[trunks 1]" in change.new["account_entry"]

    def test_the_same_text_keeps_its_stamp(self):
        (change,) = compare([trunk()], [stored(trunk(), 41)])
        assert (change.action, change.step, change.revision, change.fields) == ("unchanged", None, 41, ())

    def test_a_change_goes_one_up(self):
        (change,) = compare([trunk(secret="two")], [stored(trunk(), 41)])
        assert (change.action, change.revision, change.fields) == ("changed", 42, ("account_entry",))
        assert model.written(change).keys() == {"account_entry"}

    def test_crlf_null_and_trailing_blanks_are_no_change(self):
        row = stored(trunk(), 3)
        row["account_entry"] = row["account_entry"].replace("\n", "  \r\n") + "\r\n"
        row["dialplan_entry"] = row["registration_string"] = None
        assert compare([trunk()], [row])[0].action == "unchanged"

    def test_a_leading_blank_is_a_change(self):
        row = stored(trunk(), 3)
        row["account_entry"] = row["account_entry"].replace("type", " type")
        assert compare([trunk()], [row])[0].action == "changed"

    def test_a_row_switched_off_by_hand_is_switched_on(self):
        (change,) = compare([trunk()], [stored(trunk(), active="N")])
        assert change.fields == ("active",) and change.new["active"] == "Y"

    def test_disabled_is_an_inactive_row_that_keeps_its_text(self):
        old = stored(trunk(), 5)
        (change,) = compare([trunk(secret="two", active=False)], [old])
        assert (change.action, change.step, change.revision) == ("deactivated", "trunk_removals", 5)
        assert model.written(change) == {"active": "N"}
        assert compare([trunk(active=False)], [change.new])[0].action == "unchanged"

    def test_disabled_without_a_row_makes_none(self):
        (change,) = compare([trunk(active=False)], [])
        assert change.action == "unchanged" and change.result()["carrier_id"] is None

    def test_leftovers_stay_or_go_and_only_in_the_batch(self):
        rows = [stored(trunk()), stored(route(), carrier_id="us-11"),
                stored(trunk(server_ip=OTHER), carrier_id="carrier_a-12"), foreign()]
        assert [(one.carrier_id, one.action) for one in compare([], rows)] == [
            ("carrier_a-11", "left"), ("us-11", "left")]
        assert [(one.carrier_id, one.step) for one in compare([], rows, prune=True)] == [
            ("carrier_a-11", "trunk_removals"), ("us-11", "route_removals")]

    def test_leftovers_go_where_they_are_to_go_only(self):
        rows = [stored(trunk()), stored(trunk(server_ip=OTHER), carrier_id="carrier_a-12"),
                stored(trunk("cluster", server_ip="0.0.0.0"), carrier_id="cluster")]
        both = (IP, OTHER, "0.0.0.0")
        assert [one.action for one in compare([], rows, both, {OTHER})] == ["left", "removed", "left"]
        carried = json.dumps({"prune_servers": [OTHER]})
        assert options.settle({"prune": True, "payload": carried, "server_ips": [IP, OTHER]})["prune"] == {OTHER}
        assert options.settle({"prune": False, "payload": carried, "server_ips": [IP]})["prune"] is False

    def test_order_of_the_input_does_not_matter(self):
        wanted = [trunk("a_very_long_name_of_%d" % number) for number in range(5)] + [route()]
        one = [(change.name, change.carrier_id) for change in compare(wanted, [])]
        assert one == [(change.name, change.carrier_id) for change in compare(wanted[::-1], [])]
        assert len({carrier_id.lower() for name, carrier_id in one}) == 6

    def test_servers_concerned(self):
        changes = compare([trunk()], [])
        assert model.servers_of(changes, [IP, OTHER]) == [IP]
        assert model.servers_of(changes, [OTHER]) == []
        assert model.servers_of(compare([trunk(server_ip="0.0.0.0")], []), [OTHER, IP]) == [IP, OTHER]


class TestMoved:
    """UPDATE vicidial_server_carriers SET server_ip=…, as installers and ADMIN_update_server_ip.pl do it."""

    def test_a_moved_row_is_put_back_and_both_servers_are_flagged(self):
        rows = [stored(trunk(), 3, server_ip=OTHER), stored(route(), 2, "us-11", server_ip=OTHER)]
        changes = compare([trunk(), route()], rows)
        assert [(change.action, change.step, change.fields) for change in changes] == [
            ("changed", "trunks", ("server_ip",)), ("changed", "routes", ("server_ip",))]
        assert changes[0].new == stored(trunk(), 4) and model.written(changes[0])["server_ip"] == IP
        assert changes[0].result()["moved"] == {"marked": IP, "stands": OTHER}
        assert model.servers_of(changes, [IP, OTHER, "198.18.0.13"]) == [IP, OTHER]
        assert checks.moved(model.Rows(rows), changes) == [] and checks.copies(model.Rows(rows)) == []

    def test_what_was_edited_besides_comes_back_as_well(self):
        change, = compare([trunk()], [stored(trunk(secret="two"), 3, server_ip=OTHER)])
        assert change.fields == ("server_ip", "account_entry") and change.new == stored(trunk(), 4)

    def test_it_conflicts_with_nothing_of_its_own(self):
        rows = [stored(trunk(), 3, server_ip=OTHER), stored(trunk(server_ip=OTHER), 1, "carrier_a-12")]
        wanted = [trunk(), trunk(server_ip=OTHER)]
        changes = model.compare(wanted, model.Rows(rows), {IP, OTHER})
        peers = {(one["name"], one["server_ip"]): checks.peers_of(one) for one in wanted}
        assert checks.check_conflicts(changes, model.Rows(rows), {}, [], peers) == ([], [])
        assert sorted(change.action for change in changes) == ["changed", "unchanged"]

    def test_in_a_run_without_its_dialer_it_is_named_and_stays(self):
        rows = [stored(trunk(server_ip=OTHER), 3, "carrier_a-12", server_ip=IP)]
        errors, _warnings = conflicts([trunk()], rows)
        assert errors == [f"{IP}, trunk carrier_a: the peer name carrier_a is already used by carrier carrier_a-12, which was moved here from "
                          f"{OTHER}: a run of site.yml for that dialer puts it back"]
        assert [change.action for change in compare([], rows)] == []
        assert "carrier carrier_a-12 bears the mark of carrier_a on 198.18.0.12 and stands on 198.18.0.11 now: it was moved" in checks.moved(
            model.Rows(rows), [])[0]

    def test_the_rows_of_a_dialer_that_got_another_address_get_its_mark(self):
        """In `servers` as well, so that nobody has the old address any more."""
        rows = model.Rows([stored(trunk(), 3, server_ip=OTHER)])
        change, = model.compare([trunk(server_ip=OTHER)], rows, {OTHER}, servers={OTHER: {}})
        assert change.fields == ("carrier_description",) and change.carrier_id == "carrier_a-11"
        assert model.owner(change.new) == ("managed", "carrier_a")
        assert change.result()["moved"] == {"marked": IP, "stands": OTHER}
        change, = model.compare([trunk(server_ip=OTHER)], rows, {OTHER}, servers={IP: {}, OTHER: {}})
        assert change.action == "added"     # that dialer is still there, and its run puts its row back

    def test_a_disabled_trunk_is_put_back_disabled(self):
        change, = compare([trunk(active=False)], [stored(trunk(), 3, server_ip=OTHER)])
        assert (change.new["active"], change.new["server_ip"], change.fields) == ("N", IP, ("server_ip", "active"))

    def test_an_adopted_row_stays_adopted(self):
        row = {**model.stamped(model.row_of(trunk(), "OLD", True), 3), "server_ip": OTHER, "globals_string": "T = SIP/x"}
        change, = compare([trunk()], [row])
        assert model.is_adopted(change.new) and change.new["globals_string"] == "T = SIP/x" and change.carrier_id == "OLD"

    def test_a_row_that_has_a_successor_is_not_put_beside_it(self):
        rows = [stored(trunk(), 3, server_ip=OTHER), stored(trunk(), 1, "carrier_a-0-11")]
        assert [change.action for change in compare([trunk()], rows)] == ["unchanged"]
        assert len(checks.moved(model.Rows(rows), [])) == 1


class TestAllocate:
    @pytest.mark.parametrize(("name", "server_ip", "taken", "expected"), [
        ("carrier_a", IP, set(), "carrier_a-11"),
        ("carrier_a", IP, {"carrier_a-11"}, "carrier_a-0-11"),
        ("carrier_a", "0.0.0.0", set(), "carrier_a"),
        ("carrier_a", "0.0.0.0", {"carrier_a"}, "carrier_a-all"),
        ("abcdefghijklmnopqrst", IP, set(), "abcdefghijkl-11"),
        ("x", "10.0.0.254", set(), "x-254"),
    ])
    def test_readable_names(self, name, server_ip, taken, expected):
        assert model.allocate(name, server_ip, taken) == expected

    def test_never_too_long_nor_twice_whatever_is_taken(self):
        taken = set()
        for number in range(300):
            name, place = ("abcdefghijklmnopqrst", f"10.0.{number % 7}.{number % 5}") if number < 40 else (
                f"abcdefghijklmnopq{number}", IP)
            one = model.allocate(name, place, taken)
            assert 2 <= len(one) <= 15 and one.lower() not in taken
            taken.add(one.lower())


class TestValues:
    LIMITS = {name: checks.limit_of("varchar(255)", "latin1_swedish_ci") for name in model.COLUMNS}

    @pytest.mark.parametrize(("sql_type", "collation", "value", "why"), [
        ("varchar(5)", "latin1_swedish_ci", "abcde", ""),
        ("varchar(5)", "latin1_swedish_ci", "abcdef", "6 characters, the column holds 5"),
        ("varchar(5)", "latin1_swedish_ci", "\u00e9", ""),
        ("varchar(5)", "latin1_swedish_ci", "a\u2603", "at position 2"),
        ("varchar(5)", "utf8_general_ci", "\U0001f600", "a character outside"),
        ("varchar(5)", "utf8mb4_general_ci", "\U0001f600", ""),
        ("text", "utf8_unicode_ci", "\u00e9" * 32767, ""),
        ("text", "utf8_unicode_ci", "\u00e9" * 32768, "65536 bytes, the column holds 65535"),
        ("text", "latin1_swedish_ci", "\u00e9" * 65535, ""),
        ("enum('SIP','IAX2')", "latin1_swedish_ci", "PJSIP", "PJSIP is not one of"),
    ])
    def test_fits(self, sql_type, collation, value, why):
        assert why in checks.fits(value, checks.limit_of(sql_type, collation))
        assert bool(why) == bool(checks.fits(value, checks.limit_of(sql_type, collation)))

    def test_every_error_names_server_trunk_and_field_and_no_value(self):
        changes = compare([trunk(carrier_name="hush" * 90, globals_string="A = 1\nB = 2")], [])
        assert checks.check_values(changes, self.LIMITS) == [
            "198.18.0.11, trunk carrier_a, carrier_name: 360 characters, the column holds 255",
            "198.18.0.11, trunk carrier_a, globals_string: more than one line"]

    def test_a_column_that_the_table_lacks(self):
        limits = {name: limit for name, limit in self.LIMITS.items() if name != "user_group"}
        assert checks.check_values(compare([trunk()], []), limits) == [
            "the table vicidial_server_carriers has no column user_group"]


class TestParsing:
    def test_peers(self):
        text = "[a]\ntype=peer\n[b](tpl)\n [c](!)\n;[d]\nx=[e]\r\n[f]\r\n"
        assert checks.peers_of({"account_entry": text}) == ["a", "b", "f"]
        assert checks.peers_of({"account_entry": None}) == []

    def test_extensions(self):
        text = ("exten => _91NXXNXXXXXX,1,AGI(x)\r\nexten => _91NXXNXXXXXX,n,Hangup\r\n"
                "exten=>911,1,Dial(a)\nsame => n,Hangup\n"
                "exten = _8X./3125550100,1,NoOp\nexten => h,1,NoOp\n;exten => 5,1,NoOp\n[other]\nexten => 6,1,NoOp\n")
        assert checks.extensions_of({"dialplan_entry": text}) == ["_91NXXNXXXXXX", "911", "_8X."]

    def test_globals(self):
        assert checks.globals_of({"globals_string": "TRUNKA = SIP/a"}) == ["TRUNKA"]
        assert checks.globals_of({"globals_string": None}) == []


class TestConflicts:
    def test_none(self):
        rows = [foreign(account_entry="[other]", dialplan_entry="exten => _8X.,1,Hangup")]
        assert conflicts([trunk(), route()], rows) == ([], [])

    @pytest.mark.parametrize("place", [IP, "0.0.0.0"])
    def test_a_peer_of_a_foreign_row(self, place):
        errors, _ = conflicts([trunk()], [foreign(server_ip=place, account_entry="[Carrier_A]")])
        assert errors == [
            "198.18.0.11, trunk carrier_a: the peer name carrier_a is already used by carrier OLD, which this collection "
            "does not manage"]

    @pytest.mark.parametrize("more", [{"active": "N"}, {"server_ip": OTHER}, {"protocol": "EXTERNAL"}])
    def test_a_row_that_is_not_on_this_dialer_is_none(self, more):
        assert conflicts([trunk()], [foreign(account_entry="[carrier_a]", **more)]) == ([], [])

    def test_a_pattern_of_a_foreign_row(self):
        rows = [foreign(dialplan_entry="exten => _9XXXXXXXXXXX,1,Dial(a)\nexten => _8.,1,Dial(a)\n"
                                       "exten => _9[,1,Broken")]
        errors, _ = conflicts([route()], rows)
        assert errors == ["198.18.0.11, route us: _91NXXNXXXXXX overlaps with _9XXXXXXXXXXX of carrier OLD, which this "
                          "collection does not manage"]

    def test_a_leftover_that_overlaps_with_a_route_is_a_warning_and_one_that_equals_it_an_error(self):
        errors, warnings = conflicts([route("usa", "_9[12]NXXNXXXXXX")], [stored(route(), carrier_id="us-11")])
        assert errors == [] and "of carrier us-11, which is no longer described" in warnings[0]
        errors, warnings = conflicts([route("usa")], [stored(route(), carrier_id="us-11")])
        assert warnings == [] and len(errors) == 1
        assert "_91NXXNXXXXXX is also an extension of carrier us-11, which is no longer described" in errors[0]
        assert "dialer_prune" in errors[0]

    def test_globals(self):
        wanted = [trunk("one", globals_string="OLD-TRUNK = SIP/one"), trunk("two", globals_string="TRUNKDIALER1 = x"),
                  trunk("six", globals_string="TRUNKloop = x")]
        errors, _ = conflicts(wanted, [foreign(globals_string="OLD-TRUNK=SIP/old")])
        assert len(errors) == 3 and "the global OLD-TRUNK is already set by carrier" in errors[0]

    def test_phones_and_vicidials_own_peers(self):
        wanted = [trunk("cc100"), trunk("login9"), trunk("ASTplay"), trunk("dialer2")]
        errors, _ = conflicts(wanted, [], [("CC100", "x", IP), ("e", "login9", IP), ("dialer2", "", "198.18.0.99")])
        assert len(errors) == 4
        assert any("cc100 is the extension of a phone" in one for one in errors)
        assert any("login9 is the login of a phone" in one for one in errors)
        assert any("dialer2 is the name of the IAX peer that VICIdial makes" in one for one in errors)

    def test_servers(self):
        row = {"active_asterisk_server": "Y", "generate_vicidial_conf": "Y"}
        servers = {IP: row, OTHER: dict(row, generate_vicidial_conf="N")}
        assert checks.check_servers([trunk()], servers, {IP}, False) == ([], [])
        wanted = [trunk(server_ip=OTHER), trunk("x", server_ip="10.0.0.1")]
        errors, warnings = checks.check_servers(wanted, servers, {IP}, False)
        assert len(errors) == 2 and "no row of servers" in errors[0] and "generate_vicidial_conf is not Y" in errors[1]
        assert checks.check_servers([], servers, {OTHER}, False)[1]
        cluster = [trunk(server_ip="0.0.0.0")]
        assert checks.check_servers(cluster, servers, {IP}, True)[0]
        assert checks.check_servers(cluster, servers, {IP, OTHER}, False)[0]
        assert checks.check_servers(cluster, servers, {IP, OTHER}, True)[0] == []

    def test_what_a_terminal_would_obey_is_escaped(self):
        row = {"active_asterisk_server": "Y", "generate_vicidial_conf": "Y"}
        servers = {IP: row, "\x1b[2J": row, "": row}
        for wanted in ([trunk("x", server_ip="10.0.0.1")], [trunk(server_ip="0.0.0.0")]):
            [error] = checks.check_servers(wanted, servers, {IP}, True)[0]
            assert r"'\x1b[2J'" in error and "''" in error and error.isprintable()


class TestCluster:
    ALL = "0.0.0.0"

    def test_one_row_for_all_replaces_the_rows_of_each_in_one_step(self):
        found = compare([trunk(server_ip=self.ALL)], [stored(trunk())], (IP, self.ALL))
        assert [(one.server_ip, one.action, one.step) for one in found] == [(self.ALL, "added", "trunks"), (IP, "removed", "trunks")]

    def test_and_the_other_way_about(self):
        rows = [stored(trunk(server_ip=self.ALL), carrier_id="carrier_a")]
        found = compare([trunk()], rows, (IP, self.ALL))
        assert [(one.server_ip, one.action, one.step) for one in found] == [(IP, "added", "trunks"), (self.ALL, "removed", "trunks")]

    def test_which_takes_a_run_for_all(self):
        rows = model.Rows([stored(trunk(server_ip=self.ALL), carrier_id="carrier_a")])
        assert "only a run for all dialers" in checks.check_places([trunk()], rows, {IP})[0]
        assert checks.check_places([trunk()], rows, {IP, self.ALL}) == []
        assert checks.check_places([trunk(server_ip=self.ALL), trunk("other")], rows, {IP}) == []

    def test_objects_of_one_name_are_one_peer(self):
        assert checks.peers_of({"account_entry": "[a]\ntype=endpoint\n\n[trunks-a]\ntype=identify\n\n[a]\ntype=aor\n"}) == ["a", "trunks-a"]


class TestCampaigns:
    FOUND = {"testcamp": {"campaign_id": "TESTCAMP", "dial_prefix": "9", "manual_dial_prefix": None}}

    def test_only_what_differs(self):
        assert model.compare_campaigns([{"campaign_id": "testcamp", "dial_prefix": "9"}], self.FOUND) == [
            ("TESTCAMP", {"manual_dial_prefix": ("", "9")})]
        assert model.compare_campaigns(
            [{"campaign_id": "TESTCAMP", "dial_prefix": "9", "manual_dial_prefix": ""}], self.FOUND) == []

    def test_no_prefix(self):
        wanted = [{"campaign_id": "TESTCAMP", "dial_prefix": "X"}]
        assert model.compare_campaigns(wanted, self.FOUND) == [
            ("TESTCAMP", {"dial_prefix": ("9", "X"), "manual_dial_prefix": ("", "X")})]
        # VICIdial takes an x anywhere for none
        found = {"testcamp": {"campaign_id": "TESTCAMP", "dial_prefix": "9x", "manual_dial_prefix": "x"}}
        assert model.compare_campaigns(wanted, found) == []

    @pytest.mark.parametrize(("prefix", "warned"), [("X", 1), ("x9", 1), ("", 0), (None, 0), ("9", 0)])
    def test_a_campaign_without_prefix_that_hangs_up_too_early(self, prefix, warned):
        found = {"c": {"campaign_id": "C", "dial_prefix": prefix, "dial_timeout": 26}}
        assert len(checks.timeouts([], found, {"": 32, "9": 7})) == warned

    def test_mistakes(self):
        wanted = [{"campaign_id": "NO", "dial_prefix": "9"}, {"campaign_id": "TESTCAMP", "dial_prefix": "9"},
                  {"campaign_id": "testcamp", "dial_prefix": "8"}]
        errors = checks.check_campaigns(wanted, self.FOUND, {})
        assert errors == ["campaign NO: no row of vicidial_campaigns has this campaign_id",
                          "campaign testcamp: in two routes, with the dial prefixes 9 and 8"]


class TestTexts:
    def test_the_admin_log_hides_secrets_and_says_what_changed(self):
        (change,) = compare([trunk(secret="new-secret", registration_string="register => u:new-secret@h")],
                            [stored(trunk(secret="old-secret"), 2)])
        entry = dict(zip(texts.LOG_COLUMNS, texts.log_entry(change, "198.18.0.11"), strict=True))
        assert entry["event_section"] == "CARRIERS" and entry["event_code"] == "ADMIN MODIFY CARRIER"
        assert entry["event_type"] == "MODIFY" and entry["record_id"] == "carrier_a-11" and len(entry["user"]) <= 20
        assert "secret=(hidden, changed)" in entry["event_sql"]
        assert "WHERE carrier_id='carrier_a-11'" in entry["event_sql"]
        assert "new-secret" not in str(entry) and "old-secret" not in str(entry)
        assert texts.place_of(entry["event_notes"]) == IP
        sentence, state = entry["event_notes"].split("\n")
        assert sentence == f"trunk carrier_a on {IP}: changed registration_string, account_entry"
        assert json.loads(state) == {"kind": "trunk", "name": "carrier_a", "server_ip": IP, "action": "changed",
                                     "fields": ["registration_string", "account_entry"]}

    def test_the_admin_log_says_who_made_a_change_and_from_which_commit(self):
        """The user stays that of the collection, by which the next run finds its entries."""
        (change,) = compare([trunk(secret="new-secret")], [stored(trunk(secret="old-secret"), 2)])
        run = {"id": "1", "who": "ann@desk", "commit": "ef053438855e7d3f765397c2e7016ee2142f381c+changes"}
        entry = dict(zip(texts.LOG_COLUMNS, texts.log_entry(change, "", run=run), strict=True))
        assert entry["user"] == "dialer.trunks begun"
        sentence, state = entry["event_notes"].split("\n")
        assert sentence == f"trunk carrier_a on {IP}: changed account_entry, by ann@desk, commit ef05343885+changes"
        assert (json.loads(state)["who"], json.loads(state)["commit"]) == (run["who"], run["commit"])
        campaign = texts.campaign_entry("TESTCAMP", {"dial_prefix": ("8", "9")}, "", run)[-1]
        assert campaign.startswith("dial_prefix was '8', by ann@desk, commit ef05343885+changes\n{")
        hostile = texts.log_entry(change, "", run={"who": "a\n{\x1b"})[-1]
        assert texts.place_of(hostile) == IP and hostile.count("\n") == 1 and "\x1b" not in hostile
        assert texts.by({"who": "ann@desk", "commit": None}) == (", by ann@desk", {"who": "ann@desk"})

    def test_the_next_run_reads_fields_of_the_notes_and_no_words(self):
        (change,) = compare([trunk(name="x", server_ip=OTHER)], [])
        change.name = f"on {IP}: "
        notes = texts.log_entry(change, "")[-1]
        assert texts.place_of(notes) == texts.place_of(texts.add_to(notes, f" (on {IP}: late)")) == OTHER
        assert texts.add_to(notes, " (late)").startswith(notes.split("\n")[0] + " (late)\n{")
        campaign = texts.campaign_entry("TESTCAMP", {"dial_prefix": (f" on {IP}: ", "9")}, "")[-1]
        assert texts.place_of(campaign) is None
        run = {"id": "1", "who": "a is to confirm its change within 7 s"}
        assert texts.waiting(texts.waiting_entry(run, 300, "")[-1]) == (run["who"], 300)

    def test_notes_that_an_earlier_release_wrote_are_read(self):
        assert texts.place_of(f"trunk carrier_a on {IP}: changed account_entry") == IP
        assert texts.place_of("dial_prefix was '8'") is texts.place_of(None) is None
        assert texts.waiting("root@deploy is to confirm its change within 300 s after its last step") == ("root@deploy", 300)
        assert texts.waiting("") == ("an unknown user", 0)
        assert texts.add_to("trunk carrier_a", " (late)") == "trunk carrier_a (late)"

    @pytest.mark.parametrize("state", ["{", "{}", "[]", "7", '{"server_ip": 7, "who": [], "within": "x"}', "{" * 100000, '{"a":' * 100000])
    def test_whatever_stands_in_notes_is_only_data(self, state):
        assert texts.place_of("\n" + state) is None and texts.waiting("\n" + state) == ("an unknown user", 0)

    def test_added_and_removed(self):
        (change,) = compare([trunk()], [])
        assert texts.log_entry(change, "")[3] == "ADD" and "secret=(hidden)" in texts.statement(change)
        (change,) = compare([], [stored(trunk())], prune=True)
        assert texts.statement(change) == "DELETE FROM vicidial_server_carriers WHERE carrier_id='carrier_a-11'"

    def test_diff_hides_both_sides(self):
        (change,) = compare([trunk(secret="new-secret")], [stored(trunk(secret="old-secret"), 2)])
        shown = texts.diff(change)
        assert "secret=(hidden)" in shown["before"] and "secret=(hidden, changed)" in shown["after"]
        assert "new-secret" not in json.dumps(shown) and "old-secret" not in json.dumps(shown)
        assert "description=[trunks 3] A" in shown["after"] and "carrier_a on 198.18.0.11" in shown["after_header"]
        assert shown["carrier_id"] == "carrier_a-11"

    @pytest.mark.parametrize(("old", "new"), [
        ("[a]\nsecret=one\nhost=h", "[a]\nsecret=two\nhost=h\n"), ("secret=one\nhost=h", "host=x\nsecret=one"),
        ("", "secret=one\nx"), (None, ""), ("a\nsecret=one\nsecret=two", "b\nsecret=one\nsecret=three"),
        ("x", "register => u:pw@h\nsecret=s"),
    ])
    def test_the_short_way_of_hiding_is_the_long_one(self, old, new):
        assert texts.hidden(old, new, {}) == masking.mask_pair(old, new)[1]

    def test_a_registration_without_its_word_is_hidden_in_log_and_diff(self):
        wanted = trunk(registration_string="me:new-hush now@198.18.20.20")
        (change,) = compare([wanted], [stored(trunk(registration_string="me:old-hush then@198.18.20.20"), 2)])
        for shown in (texts.log_entry(change, ""), texts.diff(change), texts.former(change)):
            assert "hush" not in str(shown) and "me:(hidden" in str(shown)
        assert "registration_string: me:(hidden, changed)@198.18.20.20" in texts.diff(change)["after"]
        (added,) = compare([wanted], [])
        assert "hush" not in str(texts.log_entry(added, ""))

    def test_sql_for_reading(self):
        assert texts.quoted("it's\n\\") == "'it\\'s\\n\\\\'" and texts.quoted(None) == "NULL"

    def test_campaigns(self):
        differ = {"dial_prefix": ("8", "9")}
        assert texts.campaign_entry("C", differ, "")[5:] == (
            "ADMIN MODIFY CAMPAIGN DETAIL", "UPDATE vicidial_campaigns SET dial_prefix='9' WHERE campaign_id='C'",
            "dial_prefix was '8'\n" + '{"action": "changed", "campaign_id": "C", "fields": ["dial_prefix"]}')
        assert texts.place_of(texts.campaign_entry("C", differ, "")[7]) is None
        assert texts.campaign_diff("C", differ)["after"] == "dial_prefix: 9\n"


class TestInput:
    def test_the_payload_counts_before_the_plain_options(self):
        carried = json.dumps({"carriers": [{"name": "b", "server_ip": IP}], "login_password": "p"})
        result = options.settle({"payload": carried, "carriers": [{"name": "a", "server_ip": OTHER}],
                                       "login_password": "q", "wait": 5})
        assert [one["name"] for one in result["carriers"]] == ["b"] and result["login_password"] == "p"
        assert result["server_ips"] == [IP] and result["campaigns"] == [] and result["carriers"][0]["active"] is True

    def test_every_mistake_with_its_path(self):
        carried = {"carriers": [{"name": "a b", "server_ip": 9, "kind": "peer", "actve": True, "active": "yes",
                                 "account_entry": ["hush"]}, "x", {}],
                   "campaigns": [{"campaign_id": "C", "dial_prefix": 9}], "steps": []}
        with pytest.raises(options.InputError) as caught:
            options.settle({"payload": json.dumps(carried)})
        text = str(caught.value)
        for part in ("payload.steps", "carriers[0].name: must have letters", "carriers[0].server_ip: must be a string",
                     "carriers[0].kind: must be one of trunk, route, not peer", "carriers[0].actve: no such key",
                     "carriers[0].active: must be true", "carriers[0].account_entry: must be a string",
                     "carriers[1]: must be a dictionary", "carriers[2].name: is required",
                     "campaigns[0].dial_prefix: must be a string"):
            assert part in text
        assert "hush" not in text

    @pytest.mark.parametrize(("params", "message"), [
        ({"payload": "{"}, "payload: is set"), ({"payload": "[1]"}, "payload: is set"), ({"wait": -1}, "wait: "),
        ({"carriers": [{"name": "a", "server_ip": IP}] * 2}, "is there twice"),
        ({"carriers": [{"name": "a", "server_ip": IP}], "server_ips": [OTHER]}, "server_ips: must contain 198.18.0.11"),
    ])
    def test_other_mistakes(self, params, message):
        with pytest.raises(options.InputError) as caught:
            options.settle(params)
        assert message in str(caught.value)


def test_the_report_hides_secrets_and_tells_who_owns_a_row():
    hidden = foreign(carrier_name="password: hush", carrier_description="portal me:hush@example.com",
                     registration_string="me:hush hush@198.18.20.20/me", globals_string="CRM_TOKEN = hush",
                     dialplan_entry="exten => _7X.,1,MYSQL(Connect c h u hush db)\nexten => _7X.,2,Dial(u:hush@h/${EXTEN})")
    assert "hush" not in json.dumps(info.described(hidden))
    shown = info.described(stored(trunk(secret="hush"), 4))
    assert shown["owner"] == "managed" and shown["revision"] == 4 and shown["active"] is True
    assert shown["peers"] == ["carrier_a"]
    assert "hush" not in json.dumps(shown)
    rows = [stored(trunk()), foreign(), foreign(carrier_id="ALL", server_ip="0.0.0.0")]
    assert [row["carrier_id"] for row in info.chosen(rows, [OTHER])] == ["ALL"]
    assert [row["carrier_id"] for row in info.chosen(rows, None, ["carrier_a"])] == ["carrier_a-11"]


def test_a_server_that_dials_more_than_its_trunks_take_is_warned_about():
    servers = {"198.18.0.11": {"max_vicidial_trunks": 96}, "198.18.0.12": {"max_vicidial_trunks": "40"}}
    found = checks.capacities({"198.18.0.11": 60, "198.18.0.12": 60, "198.18.0.13": 1}, servers)
    assert found == ["198.18.0.11: max_vicidial_trunks is 96, but max_calls of the trunks in its routes adds up to 60: calls "
                     "beyond that end as congestion"]


def test_a_campaign_that_hangs_up_before_the_last_trunk_is_warned_about():
    found = {name.lower(): {"campaign_id": name, "dial_prefix": prefix, "dial_timeout": timeout} for name, prefix, timeout in (
        ("ONE", "7", 26), ("TWO", "9", 60), ("DIALS", "9", 26), ("BLANK", "", 26), ("LEAVES", "9", 26))}
    wanted = [{"campaign_id": "one", "dial_prefix": "9"}, {"campaign_id": "TWO", "dial_prefix": "9"},
              {"campaign_id": "LEAVES", "dial_prefix": "8"}]
    warnings = checks.timeouts(wanted, found, {"9": 32, "8": 13})
    assert [warning.split(":")[0] for warning in warnings] == ["campaign BLANK", "campaign DIALS", "campaign ONE"]
    assert "its dial_timeout of 26 s ends a call" in warnings[0] and "which takes 32 s" in warnings[0]
