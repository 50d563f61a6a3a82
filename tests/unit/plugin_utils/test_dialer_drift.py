# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drift report, from what the modules return."""
from __future__ import annotations

import json

from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import drift

RIGHT = {"running": True, "reason": ""}


def seen(number: int = 1, damaged=(), trunks=(), asterisk=None, **files) -> dict:
    generation = {"number": 3, "linked": True, "damaged": [{"path": path, "how": how} for path, how in damaged]}
    return {
        "server_ip": f"198.18.0.{number}",
        "read": {"dialer": {"asterisk": asterisk or RIGHT}},
        "kept": {"generations": [generation]},
        "files": {"files": [], "lines": [], "left_over": [], "unproven": [], **files},
        "peers": {"trunks": list(trunks)},
    }


def row(action: str, name: str = "carrier_a", fields=(), server_ip: str = "198.18.0.1") -> dict:
    return {"name": name, "kind": "trunk", "server_ip": server_ip, "carrier_id": f"{name}-1", "action": action, "fields": list(fields)}


def kinds(report: drift.Report) -> list[tuple[str, str, str]]:
    return [(line.dialer, line.where, line.kind) for line in report.lines]


def test_nothing_differs():
    report = drift.compare({"d1": seen(), "d2": seen(2)}, {"carriers": [row("unchanged")]})
    assert report.lines == [] and report.summary == "No difference; 2 of 2 dialers were compared"
    assert drift.as_table(report) == report.summary + ".\n"


def test_what_somebody_named_a_carrier_is_printed_without_control_characters():
    hostile = "X\x1b[2J\r\n\u202eZ"
    rows = {"carriers": [{**row("changed", hostile, ["account_entry"]), "carrier_id": hostile}], "warnings": [hostile], "diff": [
        {"carrier_id": hostile, "before": "a\x1b\n", "after": "b\x07\n"}]}
    report = drift.compare({"d1": seen()}, rows)
    table, page = drift.as_table(report), drift.as_markdown(report)
    for text in (table, page, "\n".join(str(line) for line in report.lines)):
        assert text.replace("\n", "").isprintable()
    assert table.count("X\\x1b[2J\\r\\n\\u202eZ") == 3 and "- a\\x1b" in table


def test_a_firewall_in_a_home_of_roots_own_is_shown_as_well():
    entry = {"after_header": "/var/lib/dialer-trunks/trunks/nftables.conf", "file": "nftables.conf", "before": "a\n", "after": "b\n"}
    report = drift.compare({"d1": seen(files=["nftables.conf"], diff=[entry])}, {"carriers": []})
    assert report.lines[0].what.startswith("nftables.conf") and "+b" in [line.replace(" ", "") for line in report.lines[0].detail]


def test_rules_that_firewalld_lacks_or_still_has_are_told_zone_by_zone():
    changes = {"add": [{"zone": "public", "rule": "rule a"}, {"zone": "public", "rule": "rule b"}],
               "remove": [{"zone": "dmz", "rule": "rule c"}]}
    dialers = {"d1": {**seen(), "firewalld": changes}, "d2": {**seen(2), "firewalld": {"skipped": True}},
               "d3": {**seen(3), "firewalld": {"msg": "no answer"}}}
    report = drift.compare(dialers, {"carriers": []})
    assert [(line.dialer, line.kind, line.what, line.detail) for line in report.lines] == [
        ("d1", "not loaded", "firewalld's zone public lacks rules", ["+ rule a", "+ rule b"]),
        ("d1", "not loaded", "firewalld's zone dmz has managed rules that are not wanted", ["- rule c"]),
        ("d3", "failed", "no answer", []),
    ]


def test_an_edited_row_is_told_from_a_changed_description():
    rows = {"carriers": [row("changed", "carrier_a", ["account_entry"]), row("changed", "carrier_b", ["active"]),
                         row("added", "carrier_c"), row("left", "carrier_d"), row("deactivated", server_ip="198.18.0.9")]}
    report = drift.compare({"d1": seen(files=["rows/trunk-carrier_a.json"])}, rows)
    assert [(line.dialer, line.kind, line.what.split(": ")[1]) for line in report.lines if line.dialer == "d1"] == [
        ("d1", "described", "differs in account_entry"),
        ("d1", "edited", "is inactive, and described as enabled"),
        ("d1", "edited", "is missing"),
        ("d1", "left over", "is not described"),
    ]
    assert report.lines[0].dialer == "database" and report.count(drift.NOTE) == 1


def test_rows_of_a_dialer_that_is_away_are_compared_all_the_same():
    away = {"server_ip": "198.18.0.1", "read": {"unreachable": True, "msg": "no\nroute"}, "kept": {}, "files": {}, "peers": {}}
    report = drift.compare({"d1": away, "d2": seen(2)}, {"carriers": [row("changed", fields=["active"])]})
    assert kinds(report) == [("d1", "dialer", "unreachable"), ("d1", "database", "differs")]
    assert (report.compared, report.unreachable, report.lines[0].what) == (["d2"], ["d1"], "no route")
    assert "1 of 2 dialers were compared, unreachable: d1; 1 not known" in report.summary


def test_every_action_of_a_row_has_its_words():
    """As carriers.Change has them, but for those that differ in nothing."""
    for action in ("added", "changed", "deactivated", "removed", "left", "returned"):
        report = drift.compare({"d1": seen(), "d2": seen(2)}, {"carriers": [row(action, fields=["dialplan_entry"])]})
        assert [line.kind for line in report.lines], action


def test_a_row_that_was_put_on_another_server_is_told_as_moved():
    moved = {**row("changed", fields=["server_ip"]), "moved": {"marked": "198.18.0.1", "stands": "198.18.0.2"}}
    other = {**row("changed", "b", ["carrier_description"]), "moved": {"marked": "198.18.0.9", "stands": "198.18.0.1"}}
    report = drift.compare({"d1": seen(files=["rows/trunk-b.json"]), "d2": seen(2)}, {"carriers": [moved, other]})
    assert [(line.dialer, line.kind, line.what) for line in report.lines] == [
        ("d1", "edited", "trunk carrier_a (row carrier_a-1): was moved: its mark names 198.18.0.1, and it stands on 198.18.0.2"),
        ("d1", "described", "trunk b (row b-1): was moved: its mark names 198.18.0.9, and it stands on 198.18.0.1")]


def test_rows_of_a_dialer_that_is_no_longer_in_the_inventory_are_drift_and_told_once():
    gone = [row("left", "carrier_a", server_ip="198.18.0.3"), row("removed", "us", server_ip="198.18.0.3")]
    server = {"server_ip": "198.18.0.3", "vicidial": "active", "carriers": ["carrier_a-3", "us-3"], "text": "198.18.0.3: gone"}
    report = drift.compare({"d1": seen()}, {"carriers": gone, "unlisted": [server], "warnings": ["198.18.0.3: gone", "other"]})
    assert kinds(report) == [("database", "database", "no dialer"), ("database", "database", "remark")]
    assert report.lines[0].level == drift.DRIFT and report.lines[0].detail == ["carrier_a-3", "us-3"]
    assert report.lines[0].what == "198.18.0.3, active in VICIdial, has 2 managed rows"


def test_a_generated_file_that_differs_from_its_rows_is_told_once():
    text = "198.18.0.1: route us was changed in extensions-vicidial.conf by hand: VICIdial is asked"
    rows = {"carriers": [], "rebuilt": [{"server_ip": "198.18.0.1", "text": text, "why": ["route us was changed"]}], "warnings": [text, "x"]}
    report = drift.compare({"d1": seen()}, rows)
    assert [(line.dialer, line.where, line.kind, line.level, line.what) for line in report.lines] == [
        ("database", "database", "remark", "note", "x"), ("d1", "conf files", "generated", "drift", "route us was changed")]
    assert "site.yml has it write them again" in drift.as_table(report)


def test_a_peer_at_another_address_is_drift_and_told_once():
    trunk = {"name": "carrier_a", "ok": False, "found": True, "elsewhere": True, "detail": "loaded with host 198.18.20.20", "reason": "a line says so"}
    finding = {"kind": "peer", "name": "carrier_a", "text": "peer carrier_a is loaded with host 198.18.20.20"}
    [line] = drift.compare({"d1": seen(trunks=[trunk])}, {"carriers": []}).lines
    assert (line.kind, line.level, line.what) == ("not loaded", "drift", "carrier_a: loaded with host 198.18.20.20; a line says so")
    [line] = drift.compare({"d1": seen(trunks=[trunk], unproven=[finding])}, {"carriers": []}).lines
    assert line.what == finding["text"]


def test_files_lines_and_what_is_not_loaded():
    trunks = [{"name": "carrier_b", "ok": False, "found": False, "detail": "not loaded", "reason": ""},
              {"name": "carrier_c", "ok": False, "found": True, "detail": "unreachable", "reason": "no answer"}]
    report = drift.compare({"d1": seen(
        damaged=[("routes/us.conf", "edited"), ("routes/x.conf", "added"), ("rows/route-us.json", "missing")], trunks=trunks,
        files=["routes/us.conf", "rtp.conf", "routes/x.conf"], lines=["/etc/asterisk/sip.conf"],
        unproven=[{"kind": "peer", "name": "carrier_b", "text": "it is away"}, {"kind": "firewall", "name": "dialer_trunks", "text": "no table"},
                  {"kind": "route", "name": "us", "text": "the peer of generation 3 with RTP"}])}, {"skipped": True})
    assert kinds(report) == [
        ("d1", "file", "edited"), ("d1", "file", "edited"), ("d1", "file", "edited"), ("d1", "file", "described"),
        ("d1", "include line", "line"), ("d1", "peer", "not loaded"), ("d1", "firewall", "not loaded"), ("d1", "dialplan", "not loaded"),
        ("d1", "peer", "state"),
    ]


def test_what_could_not_be_compared_is_not_known():
    broken = {**seen(), "files": {"msg": "no\nmemory"}}
    stopped = seen(2, asterisk={"running": False, "reason": "it does not run"})
    report = drift.compare({"d1": broken, "d2": stopped}, {"msg": "no database"})
    assert kinds(report) == [("database", "database", "failed"), ("d1", "dialer", "failed"), ("d2", "asterisk", "stopped")]
    assert (report.count(drift.UNKNOWN), report.count(drift.DRIFT)) == (2, 1)


def test_a_diff_shows_what_differs_without_stamps_and_every_form_shows_it():
    header = "whatever people read"
    diff = {"carrier_id": "carrier_a-1", "before_header": header, "after_header": header, "before": "description=[trunks 1] A\nsecret=(hidden)\nport=1\n",
            "after": "description=[trunks 2] A\nsecret=(hidden, changed)\nport=1\n"}
    report = drift.compare({"d1": seen()}, {"carriers": [row("changed", fields=["account_entry"])], "diff": [diff]})
    lines = ["- secret=(hidden)", "+ secret=(hidden, changed)"]
    assert report.lines[0].detail == lines
    assert json.loads(json.dumps(drift.as_data(report)))["lines"][0]["detail"] == lines
    for text in (drift.as_table(report), drift.as_markdown(report)):
        assert all(line in text for line in lines) and drift.KINDS["edited"][1] in text
    assert drift._cell("a | b\nc") == "a \\| b c"


def loaded_nothing(*findings: tuple[str, str], running=None, lines=("/etc/asterisk/extensions.conf",), trunks=()) -> dict:
    """A dialer whose operator's files have lost lines, with what is not loaded there."""
    dialer = seen(lines=list(lines), trunks=trunks,
                  unproven=[{"kind": kind, "name": name, "text": f"{kind} {name} is away"} for kind, name in findings])
    dialer["kept"]["running"] = running
    dialer["kept"]["generations"][0]["trunks"] = [{"name": "carrier_a", "technology": "SIP", "peers": ["carrier_a", "carrier_a.2"]}]
    return dialer


def test_what_follows_from_a_lost_include_line_is_told_with_that_line_and_whole_in_json():
    contexts = [("dialplan", f"context{number}") for number in range(26)]
    report = drift.compare({"d1": loaded_nothing(("generation", "3"), *contexts, ("route", "us"))}, {"carriers": []})
    assert [(line.kind, line.what) for line in report.shown] == [
        ("line", "/etc/asterisk/extensions.conf does not have this collection's line in its place; nothing that it includes is loaded: "
                 "27 more, as a consequence"),
        ("not loaded", "route us is away")]
    assert report.summary == "2 differences on d1, and 27 more as a consequence; 1 of 1 dialers were compared"
    for text in (drift.as_table(report), drift.as_markdown(report)):
        assert text.count("context") == 0 and text.count("27 more, as a consequence") == 1
    data = drift.as_data(report)
    assert data["drift"] == len(data["lines"]) == 29
    assert sum(line["cause"] == "/etc/asterisk/extensions.conf" for line in data["lines"]) == 27


def test_the_lost_line_of_each_file_explains_what_it_includes_and_no_more():
    away = [{"name": "carrier_a", "ok": False, "found": False, "detail": "not loaded", "reason": ""},
            {"name": "carrier_a.2", "ok": False, "found": True, "detail": "older", "reason": ""}]
    findings = [("generation", "3"), ("dialplan", "x"), ("rtp", "rtpstart"), ("peer", "carrier_a"), ("peer", "carrier_a.2"), ("firewall", "t")]

    def causes(*names: str, running=None) -> dict[str, str]:
        lost = tuple(f"/etc/asterisk/{name}" for name in names)
        report = drift.compare({"d1": loaded_nothing(*findings, running=running, lines=lost, trunks=away)}, {"carriers": []})
        return {line.what.split()[1]: line.cause.rpartition("/")[2] for line in report.lines if line.cause}

    assert causes() == {}
    assert causes("extensions.conf") == {"3": "extensions.conf", "x": "extensions.conf"}
    assert causes("extensions.conf", running=3) == {}, "something of it is loaded: there is another reason"
    assert causes("rtp.conf") == {"rtpstart": "rtp.conf"}
    assert causes("sip.conf") == {"carrier_a": "sip.conf"}, "a peer that is loaded in an older version is not away for that"
    assert causes("pjsip.conf") == {}


def test_a_database_that_is_down_is_no_change_of_the_description():
    entry = {"file": "repair-ready.conf", "before": "[trunks-repair-ready]\n", "after": ""}
    dialer = seen(files=["repair-ready.conf", "nftables.conf"], diff=[entry], unready="no connection to the database")
    report = drift.compare({"d1": dialer}, {"msg": "no database"})
    assert [(line.dialer, line.kind, line.what) for line in report.lines] == [
        ("database", "failed", "no database"),
        ("d1", "failed", "nftables.conf cannot be compared: it lists VICIdial's servers, which are in the database"),
        ("d1", "failover", "calls that fail over would not reach their agents: no connection to the database")]
    assert (report.count(drift.DRIFT), report.count(drift.UNKNOWN)) == (0, 2)
    assert "was changed" not in drift.as_table(report)


def test_what_is_really_changed_is_told_while_the_database_is_down():
    dialer = seen(files=["repair-ready.conf", "nftables.conf", "routes/us.conf"], unready="no connection",
                  damaged=[("nftables.conf", "edited"), ("repair-ready.conf", "edited")])
    report = drift.compare({"d1": dialer}, {"msg": "no database"})
    assert [line.what for line in report.lines if line.level == "drift"] == [
        "nftables.conf was edited", "repair-ready.conf was edited", "routes/us.conf differs from the description"]
    plain = seen(files=["nftables.conf"])
    plain["kept"]["generations"][0]["mode"] = "asterisk"
    assert drift.compare({"d1": plain}, {"msg": "no database"}).count(drift.DRIFT) == 1, "it has no rows"
