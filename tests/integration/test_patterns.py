# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own matcher against the real Asterisk: which of many overlapping patterns, in contexts that include one another,
answers a number. Asterisk is asked by calls through its dialplan, and by `dialplan show NUMBER@CONTEXT`."""
from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers, route_tests

from support.lab.machines import ONE, asterisk, sh
from support.waiting import wait_until

SCENES, NUMBERS = 6, 100  # 600 numbers, and some more in one context that has all of TRICKY
DIGITS = "0123456789"
# Patterns that overlap in every way that Asterisk orders, and its oddities: sets and ranges, cases, dashes, ends.
TRICKY = [
    "_X.", "_X!", "_!", "_.", "_ZX.", "_NX.", "_0X.", "_0.", "_00.", "_1X", "_1[0-9]", "_[1-3]X", "_[13]X", "_[12]X", "_[2]X", "_2X",
    "_[0-9]X", "_[0-9]!", "_1!", "_1.", "_12!", "_12", "_12.", "_1", "_0", "_12X", "_12Z", "_12N", "_12n", "_12x", "_12z", "_1-2-N", "_12[2-9]",
    "_12[1-9]", "_12[13-57]", "_12[137]", "_1[23]X", "_1[2-4]X", "_1[24]X", "_[1]2X", "12", "1-2", "123", "0123", "_0123", "_012[3]",
    "_[*#]X", "_*X", "_#X", "_+1X.", "_+X", "_[+*]1.", "_[0-9*#+]!", "_91NXXNXXXXXX", "_91NXX[2-9]XXXXXX", "_913125551212",
    "_9131255512XX", "_9.", "_9011.", "_9011!", "_9[01]X.", "_91[2-9]XXNXXXXXX", "_aX", "_AX", "aB", "_a[b-d]", "_1[]2", "_1X-", "_1[-2]X",
    "_55[12]", "_55[13]",
]
FIXED = [
    "913125551212", "913125551213", "91312555121", "9131255512129", "901144207946", "9011", "90111", "9", "0", "00", "000", "0123",
    "012", "12", "1-2", "1-23", "12-", "-12", "123", "124", "120", "121", "1234", "*1", "#1", "*12", "+1", "+12", "+123", "+1312",
    "a1", "A1", "ab", "aB", "AB", "ad", "911", "9911", "91", "1", "11", "2", "22", "-", "1--2", "551", "552",
]


def pattern(dice: random.Random) -> str:
    """An extension of a few places, so that many of them meet in one number."""
    places = [dice.choice([*"0123" * 2, "X", "X", "x", "Z", "N", "n", "z", "[0-4]", "[13]", "[12]", "[1-35]", "[02-4]", "[5-9]", "*", "-"])
              for _place in range(dice.randint(1, 4))]
    text = "".join(places) + dice.choice(["", "", "", ".", "!"])
    if re.fullmatch(r"[0-9*]+", text) and dice.random() < 0.7:
        return text
    return "_" + text


def number(dice: random.Random) -> str:
    return "".join(dice.choice("0012345*" + DIGITS) for _place in range(dice.randint(1, 5))) + dice.choice(["", "", "", "", "-"])


def scene(name: str, dice: random.Random) -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    """(extensions of each context, what each includes, numbers): one context of many, and three behind it."""
    one, two, three, four = (f"{name}-{letter}" for letter in "abcd")
    contexts = {context: [pattern(dice) for _number in range(dice.choice([4, 8, 14]))] for context in (one, two, three, four)}
    for tricky in dice.sample(TRICKY, 40):
        contexts[dice.choice([one, one, two, three, four])].append(tricky)
    includes = {one: [two, three], two: [four], three: [one, four], four: []}
    numbers = dice.sample(FIXED, 30) + [number(dice) for _number in range(NUMBERS - 30)]
    return contexts, includes, numbers


def dialplan(scenes: dict[str, Any]) -> str:
    """The text of all scenes, and an extension that calls every number and notes which extension answered."""
    lines = []
    for contexts, includes, _numbers in scenes.values():
        for context, extensions in contexts.items():
            lines += [f"[{context}]", *(f"include => {other}" for other in includes[context])]
            for place, extension in enumerate(extensions):
                lines += [f"exten => {extension},1,Set(DB(match/${{ARG1}})={context}/{place})", " same => n,Return()"]
    lines += ["[match-all]", "exten => s,1,NoOp()"]
    for name, (_contexts, _includes, numbers) in scenes.items():
        for place, dialled_number in enumerate(numbers):
            entry = f"{name}-a,{dialled_number},1"
            lines.append(f" same => n,ExecIf($[${{DIALPLAN_EXISTS({entry})}}]?Gosub({entry}({name}_{place})))")
    return "\n".join([*lines, " same => n,Set(DB(match/done)=yes)", " same => n,Hangup()", ""])


@pytest.fixture(name="scenes", scope="module")
def loaded_scenes() -> Iterator[dict[str, Any]]:
    """The scenes, loaded on dialer 1 beside what is there."""
    dice = random.Random(3)
    made = {f"match{index}": scene(f"match{index}", dice) for index in range(SCENES)}
    made["match99"] = ({"match99-a": TRICKY[::-1]}, {"match99-a": []}, [*FIXED, *(number(dice) for _number in range(100))])
    sh(ONE, "cp -p /etc/asterisk/extensions.conf /root/extensions.kept;"
            f" printf '%s' {json.dumps(dialplan(made)).replace('$', chr(92) + '$')} | sed 's/\\\\n/\\n/g' > /root/match.conf;"
            " printf '\\n#include /root/match.conf\\n' >> /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'")
    try:
        yield made
    finally:
        sh(ONE, "mv /root/extensions.kept /etc/asterisk/extensions.conf; rm -f /root/match.conf; asterisk -rx 'dialplan reload'; asterisk -rx 'database deltree match'")


def called(scenes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """{SCENE_NUMBER: (context, extension)} as calls through the running dialplan found them."""
    asterisk(ONE, "database deltree match")
    asterisk(ONE, "channel originate Local/s@match-all/n application Wait 30")
    wait_until(lambda: "/match/done" in asterisk(ONE, "database show match"), 30, "the end of the calls")
    found = {}
    for mark, context, place in re.findall(r"/match/(match\d+_\d+)\s*: ([\w-]+)/(\d+)", asterisk(ONE, "database show match")):
        found[mark] = (context, scenes[mark.split("_")[0]][0][context][int(place)])
    return found


def answered(answer: dict[str, Any] | None) -> tuple[str, str] | None:
    return (answer["context"], answer["pattern"]) if answer else None


def test_our_matcher_answers_as_asterisk_does(scenes):
    contexts = dialplan_parsers.dialplan(asterisk(ONE, "dialplan show"))
    for context in contexts:
        context["extensions"].reverse()  # Asterisk lists them in its own order, which would give the answer away
    calls, wrong = called(scenes), []
    for name, (_contexts, _includes, numbers) in scenes.items():
        for place, dialled_number in enumerate(numbers):
            ours = answered(route_tests.predicted(contexts, f"{name}-a", dialled_number))
            real = calls.get(f"{name}_{place}")
            if ours != real:
                wrong.append(f"{dialled_number} in {name}-a: ours {ours}, Asterisk's {real}")
    assert len(calls) > SCENES * NUMBERS / 2, "too few numbers are answered at all to prove anything"
    assert not wrong, "\n".join(wrong)


def test_dialplan_show_lists_the_winner_first(scenes):
    calls, wrong = called(scenes), []
    asked = {f"{name}_{place}": (f"{name}-a", text) for name, (_c, _i, numbers) in scenes.items() for place, text in enumerate(numbers)}
    commands = "\n".join(f"echo '=-= {mark}'; asterisk -rx 'dialplan show {text}@{context}'" for mark, (context, text) in asked.items())
    for part in sh(ONE, commands).split("=-= ")[1:]:
        mark, _newline, text = part.partition("\n")
        shown = answered(route_tests.shown(dialplan_parsers.dialplan(text)))
        if shown != calls.get(mark):
            wrong.append(f"{asked[mark][1]} in {asked[mark][0]}: shown {shown}, called {calls.get(mark)}")
    assert not wrong, "\n".join(wrong)
