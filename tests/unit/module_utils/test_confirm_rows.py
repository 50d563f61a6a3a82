# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows go back, and what is said of when they are in force."""
from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import restored, rows


def row(name: str, **columns: str) -> dict[str, str]:
    return {**dict.fromkeys(table.COLUMNS, ""), "carrier_id": name, "server_ip": "198.18.0.11",
            "carrier_description": f"[dialer.trunks {name}@198.18.0.11 {name}]", **columns}


@pytest.mark.parametrize("old, new, now, back", [
    (row("a", active="Y"), row("a", active="N"), row("a", active="N"), row("a", active="Y")),
    (row("a", active="Y"), row("a", active="N"), row("a", active="Y"), "as it is"),      # not written yet
    (row("a", active="Y"), row("a", active="N"), row("a", active="Z"), "edited"),
    (None, row("a"), row("a"), None),
    (None, row("a"), None, "as it is"),
    (None, row("a"), row("a", active="Z"), "edited"),
    (row("a"), None, None, row("a")),
    (row("a"), None, row("a"), "as it is"),
    (row("a", server_ip="198.18.0.12"), row("a"), row("a"), row("a", server_ip="198.18.0.12")),  # was moved, and put back
])
def test_which_rows_go_back(old, new, now, back):
    changes, edited = rows.plan([(old, new)], {"a": now} if now else {})
    if isinstance(back, str):
        assert changes == [] and edited == (["a"] if back == "edited" else [])
    else:
        assert [(change.old, change.new) for change in changes] == [(now, back)] and edited == []


def test_a_row_that_was_written_twice_goes_all_the_way_back():
    first, second, third = (row("a", active=value) for value in "123")
    changes, edited = rows.plan([(first, second), (second, third)], {"a": third})
    assert [change.new for change in changes] == [first] and edited == []


TRUNK = row("carrier_a", active="Y", protocol="SIP", account_entry="[carrier_a]\ndescription=[trunks 4] A\n")
ROUTE = row("us", active="Y", protocol="SIP", dialplan_entry="exten => _91X.,n,Gosub(trunks-route-us,${EXTEN:1},1(7))\n")


def restored_from(*pairs):
    changes, _edited = rows.plan(list(pairs), {new["carrier_id"]: new for _old, new in pairs if new})
    return restored.of(changes)


def test_what_a_dialer_must_hold_of_restored_rows():
    edited = dict(TRUNK, account_entry="[carrier_a]\ndescription=[trunks 5] A\nhost=dead\n")
    assert restored_from((TRUNK, edited), (ROUTE, None)) == [
        {"name": "carrier_a", "kind": "trunk", "server_ip": "198.18.0.11", "technology": "SIP", "revision": 4},
        {"name": "us", "kind": "route", "server_ip": "198.18.0.11", "technology": "SIP", "revision": 7}]


def test_a_row_that_is_removed_again_or_inactive_must_not_be_held():
    assert [one["revision"] for one in restored_from((None, TRUNK))] == [None]
    assert [one["revision"] for one in restored_from((dict(TRUNK, active="N"), TRUNK))] == [None]


def test_nothing_is_expected_of_a_row_that_is_the_operators_again():
    assert restored_from((dict(TRUNK, carrier_description="mine"), TRUNK)) == []


@pytest.mark.parametrize("entry, command", [
    (dict(TRUNK, protocol="SIP"), "'sip show peer carrier_a'"), (dict(TRUNK, protocol="IAX2"), "'iax2 show peer carrier_a'"),
    (dict(TRUNK, protocol="PJSIP"), "'pjsip show endpoint carrier_a'"), (ROUTE, "'dialplan show vicidial-auto-external'"),
    (dict(TRUNK, carrier_description="[dialer.trunks x';reboot;'@198.18.0.11 carrier_a]"), "'dialplan show vicidial-auto-external'")])
def test_where_nobody_waits_the_sentence_says_when_it_is_in_force_and_how_to_see_it(entry, command):
    """A name that would end the quotes of a shell is not in the command."""
    said = restored.soon(restored_from((entry, dict(entry, active="N"))), ["198.18.0.11"])
    assert "up to a minute" in said and "198.18.0.11" in said and f"asterisk -rx {command}." in said
    assert restored.soon([], []) == ""


class Store:
    """A database in which the generators of these servers do not come."""

    def __init__(self, absent=()):
        self.absent, self.waited = list(absent), []

    def wait(self, _cursor, servers, limit):
        self.waited.append(limit)
        return {}, self.absent


@pytest.mark.parametrize("wait, absent, says", [
    (180, [], "generator is writing them into its conf files."),
    (180, ["198.18.0.11"], "generator has not run for them within 180 s on 198.18.0.11."),
    (0, [], "takes up to a minute; on 198.18.0.11 this shows it: asterisk -rx 'sip show peer carrier_a'.")])
def test_restored_is_not_said_alone_while_it_is_not_in_force(monkeypatch, tmp_path, wait, absent, says):
    store, ends = Store(absent), []
    what = restored.of([table.Change("carrier_a", "198.18.0.11", "trunk", "changed", None, TRUNK, TRUNK)])
    monkeypatch.setattr(rows.store, "wait", store.wait)
    monkeypatch.setattr(rows, "_connected", lambda _login: contextlib.nullcontext(SimpleNamespace(cursor=lambda: None)))
    monkeypatch.setattr(rows, "_write_back", lambda *_given: ("Restored: 1 row of carriers.", ["198.18.0.11"], what))
    record = {"run": {}, "login": {"database": "asterisk"}, "entries": [(TRUNK, None)], "campaigns": []}
    checkpoint, done = SimpleNamespace(read=lambda: record, end=lambda why, said: ends.append(said)), []
    said = rows.rollback(checkpoint, "failed", wait=wait, done=done)
    assert said.startswith("Restored: 1 row of carriers. ") and said.endswith(says) and ends == [said] and done == what
    assert store.waited == ([wait] if wait else [])
