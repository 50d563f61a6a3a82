# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a database that hold templates: what adopting them writes runs nothing on the controller, and reads as it was.

Each text of an attack is put into every column of every kind of row, and behind every line and every value of those
columns that hold several. What is written is then loaded as Ansible loads an inventory's variables, and templated.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import files as adopt_files, model, write
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

from support.unit.northtel import CAMPAIGNS, ENTRY, FILES, KINDS, PEER, ROW, read_back

ATTACKS = {
    "expression": "{{lookup(\"pipe\",\"echo RAN\")}}",
    "statement": "{%set x=1%}RAN{%if x%}RAN{%endif%}",
    "comment and end marks": "{#gone#}%}}}",
    "header": "#jinja2:variable_start_string:'((',variable_end_string:'))'",
    "header and lines": "#jinja2:variable_start_string:'[['\n[[7*7}}",
    "tag and anchor": "!vault &a *a <<: *a",
    "comment of YAML": " # {{7*7}}",
    "document": "\n---\ndialer_mode: RAN\n",
    "list": "\n- {name: RAN}\ndialer_prune: true\n",
    "other line ends": "\u2028dialer_prune: true\x85dialer_mode: RAN\x0b\x0c\x1c{{7*7}}",
    "quotes": "'\"{{7*7}}\"'",
    "controls": "\x1b[2J\x07{{7*7}}\x00",
}
DIALERS = {"d1": "198.18.0.11"}


def with_attack(text: str, attack: str) -> Iterator[str]:
    """The attack alone, before the text, behind each line of it, and in the place of each word."""
    yield attack
    yield attack + text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        places = [line[: mark.start()] + attack + line[mark.end():] for mark in re.finditer(r"[A-Za-z0-9_.:@-]+", line)]
        for place in (line + attack, *places):
            yield "\n".join([*lines[:number], place, *lines[number + 1:]])


def databases(attack: str) -> Iterator[model.Found]:
    """Everything that adopting reads of VICIdial, with the attack in one place of it."""
    general = {"sip": [("nat", "no"), ("context", "trunkinbound")], "iax2": []}
    templates = {"tpl": "username=acct\nsecret=s3cret\nfromuser=x"}
    for name, kind in KINDS.items():
        row = {**ROW, "carrier_id": "NORTH", **kind}
        for column in row if name == "sip" else kind:
            for text in with_attack(row[column], attack):
                other = {**ROW, "carrier_id": "EAST", "account_entry": KINDS["sip"]["account_entry"].replace("north", "east")}
                yield model.Found([{**row, column: text}, other], DIALERS, templates, general, CAMPAIGNS)
        for column in CAMPAIGNS[0]:
            campaigns = [{**CAMPAIGNS[0], column: attack}, {**CAMPAIGNS[1], column: "9" + attack}]
            yield model.Found([row], DIALERS, templates, general, campaigns)
        for pairs in ([("nat", attack)], [(attack, "no")], [("context", attack)], [("allow", attack)]):
            yield model.Found([row], DIALERS, templates, {"sip": pairs, "iax2": pairs}, CAMPAIGNS)
        if row["template_id"] == "tpl":
            for text in with_attack(templates["tpl"], attack):
                yield model.Found([row], DIALERS, {"tpl": text}, general, CAMPAIGNS)


def asterisks(attack: str) -> Iterator[model.Found]:
    """The same for the files of a plain Asterisk."""
    for name in FILES:
        for text in with_attack(FILES[name], attack):
            yield model.Found(adopt_files.rows({**FILES, name: text}, "d1"), {"d1": "d1"})


@pytest.mark.parametrize("files", [False, True], ids=["database", "files"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_is_written_reads_as_it_was_and_runs_nothing(attack: str, files: bool) -> None:
    seen: set[str] = set()
    for found in asterisks(attack) if files else databases(attack):
        adopted = model.adopt(found)
        texts = write.files(adopted, adopt_files.HEAD if files else write.HEAD)
        whole = "".join(texts.values())
        if whole in seen:
            continue
        seen.add(whole)
        assert all(character.isprintable() or character == "\n" for character in whole)
        assert read_back(texts) == adopted.description()
        for line in write.report(adopted):
            assert all(character.isprintable() for character in line)
    assert len(seen) > 20


def written(**row: str) -> str:
    found = model.Found([{**ROW, "carrier_id": "NORTH", **KINDS["sip"], **row}], DIALERS)
    return "".join(write.files(model.adopt(found)).values())


@pytest.mark.parametrize("attack", ["{{7*7}}", "{%if(1)%}RAN{%endif%}", "{#gone#}"])
def test_such_a_text_does_reach_the_description(attack: str) -> None:
    """The test above would pass where every row is refused."""
    for text in (
        written(dialplan_entry=ENTRY.replace("Set(X=Y)", f"Set(X={attack})")),
        written(account_entry=f"[north]\n{PEER}\nsubscribecontext={attack}"),
        written(account_entry=f"[north]\n{PEER}".replace("s3cret", attack)),
        written(carrier_description=attack),
        written(carrier_id=attack[:15]),
    ):
        assert "!unsafe" in text and text.replace("'{{ vault_north_secret }}'", "").count("{") > 0
    assert "!unsafe '#jinja2:x'" in written(account_entry=f"[north]\n{PEER}".replace("s3cret", "#jinja2:x"))


@pytest.mark.parametrize("name", ["{{7*7}}", "A B", "", "\u0663", "x" * 9])
def test_a_campaign_that_no_description_can_name_is_told_and_left_out(name: str) -> None:
    campaigns = [{"campaign_id": name, "dial_prefix": "9", "manual_dial_prefix": "9"}]
    adopted = model.adopt(model.Found([{**ROW, "carrier_id": "NORTH", **KINDS["sip"]}], DIALERS, campaigns=campaigns))
    plan.build(adopted.description(), list(DIALERS))
    assert "campaigns" not in adopted.routes[0] and "cannot name" in adopted.route_notes[adopted.routes[0]["name"]][-1]


def test_only_what_could_be_a_template_is_tagged_and_our_references_are_none() -> None:
    text = written()
    assert "!unsafe" not in text and text.count("'{{ vault_north_secret }}'") == 1
