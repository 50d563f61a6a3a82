# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of carriers as clusters have them: how many come over whole, and what each call gets then."""
from __future__ import annotations

from collections import Counter

import pytest

from support.unit.adopt_rows import row
from support.unit.adopting import CORPUS, LOG, ONE, corpus_rows, dialled, entry, notes, peer, reasons
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import model, write
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

def adopt(name: str) -> model.Adopted:
    return model.adopt(model.Found(corpus_rows(name), ONE, globals=CORPUS[name].get("running", {})))


@pytest.mark.parametrize("name", CORPUS)
def test_what_becomes_of_it(name: str) -> None:
    case, result = CORPUS[name], adopt(name)
    kinds = write.counts(result)
    wanted = {"whole": "whole", "trunk": "trunk only", "left": "left alone"}[case["becomes"]]
    assert kinds[wanted] >= 1 and (wanted == "whole") == (not result.left), reasons(result)
    assert case.get("why", "") in "\n".join(reasons(result).values())
    assert case.get("note", "") in notes(result)
    assert "p4ss" not in "\n".join(write.report(result))
    for call, attempts in case.get("calls", {}).items():
        assert [f"{one['trunk']} {one['number']}" for one in dialled(result, call)] == attempts
    if result.trunks:
        routes = [{**route, "enabled": True} for route in result.routes]
        assert len(plan.build({**result.description(), "dialer_routes": routes}, list(ONE)).routes) == len(routes)


def test_how_many_come_over() -> None:
    assert Counter(case["becomes"] for case in CORPUS.values()) == {"whole": 20, "trunk": 10, "left": 3}


def test_the_report_ends_with_a_sum() -> None:
    rows = [row("ACME", account_entry=peer("acme", 41))]
    for number, name in enumerate(("backup", "other", "third"), start=1):
        rows.append(row(f"JUMP{number}", dialplan_entry=entry(f"_{number}1NXXNXXXXXX", LOG, "Dial(SIP/acme/${EXTEN:1})", f"Goto({name},s,1)")))
    rows.append(row("GOOD", dialplan_entry=entry("_91NXXNXXXXXX", LOG, "Dial(SIP/acme/${EXTEN:1},,To)", "Hangup()")))
    rows.append(row("HALF", account_entry=peer("half", 42), dialplan_entry=entry("_8X.", "Dial(${X}/${EXTEN:1})")))
    result = model.adopt(model.Found(rows, ONE))
    assert write.counts(result) == {"whole": 2, "trunk only": 1, "left alone": 3}
    assert write.report(result)[-3:] == [
        "of 6 rows, 2 are described as a whole, 1 without their dialplan, and 3 are left alone",
        "reason 1, of 3: _11NXXNXXXXXX goes to backup after it has dialled, which a route does not",
        "reason 2, of 1: _8X. dials by ${X}, a global that neither a carrier sets nor the running Asterisk has",
    ]
    assert write.report(model.adopt(model.Found([], ONE))) == []
