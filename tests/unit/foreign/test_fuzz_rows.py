# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever rows hold: they are compared, checked, described and written down without an exception, and read back."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns, route_tests
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import admin_log, adoption, checks, model
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import files, model as adopt_model, parse, registrations, write
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import conflicts, drift
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import rows
from hypothesis import given
from hypothesis import strategies as st

from support.unit.northtel import CAMPAIGNS, ENTRY, FILES, KINDS, ROW, read_back
from support.unit.texts import few, only, spoilt, texts

WORDS = (
    "[north]\n", "[east](north)\n", "[north](!)\n", "type=peer\n", "\ntype=", "host=198.18.30.50\n", "\nsecret=", "\nallow=ulaw", "\n",
    "\nport=", "\nqualify=", "\nqualifyfreq=", "\ncall-limit=", "\nqualify_frequency=", "\nqualify_timeout=", "\ncontact=sip:",
    "\nmatch=", "\nregister => ", "\nqualifyfreqok=", "\nauth=", "\npermit=", "endpoint", "aor", "wizard", "registration", "auth",
)  # fmt: skip
STEPS = ("exten => ", "same => ", "exten=>_91X.", "_9X.", ",1,", ",n,", ",n(label),", "Dial(SIP/north/${EXTEN:1},,To)", "Set(", "Hangup()",
         "\n", "AGI(agi://127.0.0.1:4577/call_log)", "CALLERID(num)=1", "GotoIf(", "[context]\n", "_9[1-3]X!", "hint")
IDS = st.sampled_from(["NORTH", "EAST", "N\u00d6RTH", "", " ", "{{7*7}}"]) | texts(size=3)
SERVERS = st.sampled_from(["198.18.0.11", "198.18.0.12", "0.0.0.0", "", "dialer9", "10.1.1.1/8"]) | texts(size=2)


@st.composite
def foreign_rows(draw: Any) -> dict[str, str]:
    """A row, most of it as an administrator writes it, some of it anything."""
    kind = draw(st.sampled_from(list(KINDS.values())))
    row = {**ROW, "carrier_id": draw(IDS), **kind}
    anything = {
        "account_entry": spoilt(row["account_entry"], *WORDS) | texts(*WORDS),
        "dialplan_entry": spoilt(row["dialplan_entry"] or ENTRY, *STEPS) | texts(*STEPS),
        "registration_string": spoilt(row["registration_string"], "register => ", ":", "@", "/"),
        "globals_string": texts("NORTH", " = ", "SIP/north", "\n"),
        "carrier_description": texts("[dialer.trunks north@198.18.0.11 NORTH]", "[dialer.trunks ", " [adopted]", "x"),
        "carrier_name": texts(),
        "template_id": st.sampled_from(["tpl", "--NONE--", "", "gone"]),
        "protocol": st.sampled_from(["SIP", "PJSIP", "PJSIP_WIZ", "IAX2", "Zap", "EXTERNAL", ""]),
        "server_ip": SERVERS,
        "active": st.sampled_from(["Y", "N", ""]),
    }
    for column in draw(st.sets(st.sampled_from(sorted(anything)), min_size=1, max_size=3)):
        row[column] = draw(anything[column])
    return row


TEMPLATES = texts(*WORDS) | st.just("username=acct\nsecret=s3cret")
GENERAL = st.lists(st.tuples(st.sampled_from(["nat", "context", "allow", "qualify"]), texts(size=2)), max_size=3)
PREFIXES = st.sampled_from(["9", "91", "", "X", "\u00b2"]) | texts(size=2)


@few(500)
@given(st.lists(foreign_rows(), min_size=1, max_size=3), TEMPLATES, GENERAL, st.lists(st.tuples(IDS, PREFIXES, PREFIXES), max_size=2))
def test_adopting(found: list[dict[str, str]], template: str, general: list, prefixes: list) -> None:
    campaigns = [{"campaign_id": name, "dial_prefix": first, "manual_dial_prefix": second} for name, first, second in prefixes]
    read = adopt_model.Found(found, {"d1": "198.18.0.11", "d2": "198.18.0.12"}, {"tpl": template},
                             {"sip": general, "iax2": general}, campaigns or CAMPAIGNS)
    adopted = adopt_model.adopt(read)
    if adopted.trunks:
        plan.build(adopted.description(), ["d1", "d2"])
    texts_written = write.files(adopted)
    assert read_back(texts_written) == adopted.description()
    for line in [*write.report(adopted), *"".join(texts_written.values()).split("\n")]:
        assert line.isprintable()


@few(150)
@given(st.fixed_dictionaries({name: spoilt(text, *WORDS) | texts(*WORDS) for name, text in FILES.items()}))
def test_adopting_files(found: dict[str, str]) -> None:
    adopted = adopt_model.adopt(adopt_model.Found(files.rows(found, "d1"), {"d1": "d1"}))
    files.settle(adopted)
    assert read_back(write.files(adopted, files.HEAD)) == adopted.description()


@few(300)
@given(texts(*STEPS), texts(*WORDS), texts("register => ", "u", ":", "s", "@", "h", "/e", "~", "5060"))
def test_entries_are_taken_apart(dialplan: str, entry: str, line: str) -> None:
    only(parse.extensions, dialplan, ours=(parse.Unreadable,))
    only(parse.sections, entry, ours=(parse.Unreadable,))
    registrations.registration(line)
    parse.assignments(entry)


DESCRIPTION = {
    "dialer_trunks": [{"name": "north", "host": "198.18.10.10", "adopt": ["NORTH"]}, {"name": "west", "host": "198.18.10.11"}],
    "dialer_routes": [{"name": "us", "trunks": [{"name": "north"}, {"name": "west"}], "adopt": ["NORTH", "EAST"]}],
}
WANTED = rows.desired(plan.build(DESCRIPTION, ["d1"]).for_dialer("d1"), "198.18.0.11")
LIMITS = {column: checks.limit_of("text", "utf8_general_ci") for column in model.COLUMNS}


@few(400)
@given(st.lists(foreign_rows(), min_size=1, max_size=4), st.booleans(), texts(size=3), texts(size=3))
def test_our_rows_beside_foreign_ones(found: list[dict[str, str]], prune: bool, phone: str, login: str) -> None:
    """Nothing of a row that is not ours changes, but what a trunk or route names to be adopted."""
    found = list({row["carrier_id"].lower(): row for row in found}.values())
    table = model.Rows(found)
    adopted = adoption.chosen(WANTED, table)
    changes = model.compare(WANTED, table, {"198.18.0.11"}, prune, adopted)
    changes += adoption.replaced(WANTED, found, changes)
    adoption.replace_equal_routes(changes)
    adoption.lost(WANTED, changes)
    adoption.check(WANTED, found, changes, True)
    servers = {"198.18.0.11": {"server_id": "d1", "active_asterisk_server": "Y", "generate_vicidial_conf": "Y"}}
    peers = {(one["name"], one["server_ip"]): checks.peers_of(one) for one in WANTED}
    checks.check_conflicts(changes, table, servers, [(phone, login, "198.18.0.11")], peers)
    checks.check_values(changes, LIMITS)
    checks.check_places(WANTED, table, {"198.18.0.11"})
    named = {"north", "east"}
    for change in changes:
        assert change.old is None or change.old["carrier_id"].lower() in named or model.owner(change.old)[0] == "managed"
        if change.action in ("added", "changed", "deactivated", "removed", "returned"):
            admin_log.diff(change)
            admin_log.place_of(admin_log.log_entry(change, "198.18.0.1")[-1])
    added = [change.carrier_id.lower() for change in changes if change.action == "added"]
    assert len({*added, *(row["carrier_id"].lower() for row in found)}) == len(added) + len(found)


PATTERNS = texts("_", "X", "N", "Z", "[", "]", "1-3", ".", "!", "9", "/", "-", "_91NXXNXXXXXX", "_9[2-\u0663]", "[\x00-\U0001f600]")


@few(400)
@given(PATTERNS, PATTERNS, texts("9", "1", "0", "-", "+", "#", "a"))
def test_patterns(left: str, right: str, number: str) -> None:
    only(patterns.parse, left)
    for function in (patterns.overlaps, patterns.matches):
        only(function, left, right)
    patterns.rank(left)
    assert patterns.winner([left, right], number) in (left, right, None)


CONTEXT = st.fixed_dictionaries({
    "name": st.sampled_from(["default", "vicidial-auto", "vicidial-auto-external", "trunks-outbound"]) | texts(size=2),
    "registrar": st.just("pbx_config"), "includes": st.lists(st.sampled_from(["default", "vicidial-auto-external"]) | texts(size=2), max_size=2),
    "switches": st.just([]),
    "extensions": st.lists(st.fixed_dictionaries({
        "exten": PATTERNS, "caller_id": st.none() | texts(size=1), "priorities": st.just(1), "hint": st.none(),
        "steps": st.lists(st.tuples(st.integers(1, 3), st.none(), texts("Gosub(trunks-route-us,", "Dial(", "NoOp("), st.just("pbx")), max_size=2),
    }), max_size=3),
})  # fmt: skip


@few(200)
@given(st.lists(CONTEXT, max_size=4), texts("9", "1", size=5))
def test_dialplans(contexts: list[dict[str, Any]], number: str) -> None:
    route_tests.predicted(contexts, "default", number)
    route_tests.shown(contexts)
    tests = {"mode": "vicidial", "cases": [(number, "us")], "waiting": [], "leaving": [], "routes": {"us": ["_91NXXNXXXXXX"]}}
    route_tests.bound_to_fail(tests, contexts, ["us"])
    route_tests.shadows({"contexts": ["default"], "numbers": [("dialer_inbound[0]", number, [number])]}, contexts)


DIALERS_FOUND = st.fixed_dictionaries({
    "peers": st.lists(st.fixed_dictionaries({
        "name": st.sampled_from(["north", "NORTH", "north.2"]) | texts(size=2), "host": texts(size=2), "managed": st.booleans(),
        "technology": st.sampled_from(["SIP", "PJSIP", "IAX2"]), "dynamic": st.booleans()}), max_size=3),
    "globals": st.lists(st.sampled_from(["TRUNKnorth"]) | texts(size=2), max_size=3),
    "patterns": st.lists(st.fixed_dictionaries({
        "context": st.sampled_from(["default", "vicidial-auto-external", "trunks-outbound"]) | texts(size=2), "pattern": PATTERNS,
        "managed": st.booleans()}), max_size=3),
    "contexts": st.lists(texts(size=2), max_size=2),
    "server_ip": st.none() | texts(size=2),
    "asterisk": st.fixed_dictionaries({"running": st.booleans(), "version": texts("16", ".", "9" * 30), "in_screen": st.booleans(),
                                       "reason": texts(size=2)}),
})  # fmt: skip


@few(300)
@given(DIALERS_FOUND)
def test_what_a_dialer_has_already(facts: dict[str, Any]) -> None:
    state = {"vicidial": True, "generation": {"running": None, "linked": None}, "firewalld": False, "nft": True, **facts}
    conflicts.against_dialer(plan.build(DESCRIPTION, ["d1"]).for_dialer("d1"), state, "198.18.0.11")


@few(150)
@given(st.lists(st.tuples(texts(), texts(), st.sampled_from(["added", "changed", "left", "returned", "deactivated"])), max_size=3), texts())
def test_drift(found: list[tuple[str, str, str]], reason: str) -> None:
    carriers_found = [{"name": name, "kind": "trunk", "server_ip": "198.18.0.1", "carrier_id": carrier_id, "action": action, "fields": ["active"]}
                      for name, carrier_id, action in found]
    generation = {"number": 3, "linked": True, "damaged": [{"path": reason, "how": "edited"}]}
    dialer = {"server_ip": "198.18.0.1", "read": {"dialer": {"asterisk": {"running": not reason, "reason": reason}}},
              "kept": {"generations": [generation]}, "peers": {"trunks": []},
              "files": {"files": [reason], "lines": [], "left_over": [reason], "unproven": [{"kind": reason, "name": reason, "text": reason}]}}
    drift.as_table(drift.compare({"d1": dialer}, {"carriers": carriers_found}))
