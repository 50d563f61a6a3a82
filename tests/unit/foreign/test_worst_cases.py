# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that is four times as long takes four times the steps. Steps are counted, lines of Python and calls of functions,
so that a busy machine changes nothing; what an expression does within one is in test_expressions.py."""
from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    conf_files, dialplan_parsers, generated, parsers, patterns, pjsip_parsers)
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read, checks, model
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking
from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import (
    files, flows, model as adopt_model, numbers, parse, peers, registrations, routes)

from support.unit.northtel import ROW
from support.unit.texts import only

SIZE = 1500
# What is repeated to make a worst case; {} is a number of five digits.
UNITS = [
    " ", "\t", "\n", " \n", "a", "9", "=", "=>", "[", "]", "(", ")", ",", ";", ";--", "--;", "\\;", "@", ":", "a:", "a@", "u:s@h ", "/", "?",
    "~", "|", "${", "${EXTEN:", "${EXTEN:1}", "'", '"', "#include a", "[a]\n", "[n{}]\nhost=1\n", "[n{}](n00000)\nx=1\n", "[n{}](!)\n", "a=1\n",
    "a{}=1\n", "secret=", "passw", "SIP/a:", "SIP/a:b@c ", "exten => ", "exten => _9X,1,", "exten => _91{},1,NoOp()\n", "same => n,",
    "exten => _9{},1,Dial(SIP/north/${{EXTEN}})\n", "exten => _9[1-3],1,Hangup()\nsame => n,Hangup()\n", "register => ", "Set(", "[0-9]",
    "[dialer.trunks ", "[trunks 1] ", "Gosub(trunks-route-us,", "' => ", "' (CID match '", "1. ", "hint: ",
    "/a:", "/${a,", "/a:b@", "-p", " -p", "-u a:", "MYSQL(Connect ", "Set(token", "token=", '"token":', "identified by ",
    "disa(authenticate(", "key ", "?auth=", "setvar=", "register => a:", 'cookie="',
]  # fmt: skip


def repeated(unit: str, size: int) -> str:
    """The unit as often as makes about that many characters."""
    return "".join(unit.format(f"{number:05}") if "{}" in unit else unit for number in range(size // len(unit)))


def steps(function: Callable, *arguments: Any) -> int:
    """How many lines of Python and calls the function takes; a refusal ends it."""
    counted = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Callable:
        nonlocal counted
        counted += event in ("line", "call")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        only(function, *arguments, ours=(ValueError, parse.Unreadable, peers.Refused))
    finally:
        sys.settrace(before)
    return counted


def rows_of_a_dialer(text: str) -> None:
    row = {**ROW, "carrier_id": "NORTH", **dict.fromkeys(("account_entry", "dialplan_entry", "globals_string", "carrier_description"), text)}
    used = checks.InUse([row])
    list(used.overlapping("198.18.0.11", "_91NXXNXXXXXX"))
    for reader in (checks.peers_of, checks.globals_of, model.owner, model.is_adopted, model.revision):
        reader(row)
    generated.wanted([row])
    model.differing(row, {**row, "account_entry": ""})


def adopted(column: str, **others: str) -> Callable:
    def adopt(text: str) -> None:
        row = {**ROW, "carrier_id": "NORTH", "account_entry": "[north]\ntype=peer\nhost=198.18.30.50\nallow=ulaw", **others, column: text}
        adopt_model.adopt(adopt_model.Found([row], {"d1": "198.18.0.11"}, {"tpl": text if column == "template_id" else ""}))

    return adopt


def behind(head: str, function: Callable, end: str = "") -> Callable:
    return lambda text: function(head + text + end)


def general(text: str) -> None:
    reader = conf_files.Reader("/nonexistent")
    reader.text("/nonexistent/sip.conf", text)
    adopt_read.general(reader.lines)


SIP_PEERS = "Name/username  Host  Dyn Forcerport Comedia ACL Port Status Description\n"
FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "rows": rows_of_a_dialer,
    "normal": model.normal,
    "adopt account_entry": adopted("account_entry"),
    "adopt account_entry, more": lambda text: adopted("account_entry")("[north]\ntype=peer\nhost=198.18.30.50\nx=" + text),
    "adopt IAX2": adopted("account_entry", protocol="IAX2"),
    "adopt PJSIP": adopted("account_entry", protocol="PJSIP"),
    "adopt dialplan_entry": adopted("dialplan_entry"),
    "adopt globals_string": adopted("globals_string", dialplan_entry="exten => _9X,1,Dial(SIP/north/${EXTEN})"),
    "adopt registration_string": adopted("registration_string"),
    "adopt description": adopted("carrier_description"),
    "sections": parse.sections,
    "extensions": parse.extensions,
    "extension's step": behind("exten => _9X,1,Dial(", parse.extensions),
    "arguments": parse.split_arguments,
    "registration": registrations.registration,
    "without the prefix": lambda text: numbers.without_prefix(text, "9"),
    "mask": masking.mask,
    "mask register": behind("register => ", masking.mask),
    "general": behind("[general]\n", general),
    "astguiclient": astguiclient.parse,
    "pattern": behind("_", patterns.parse),
    "sip peers": behind(SIP_PEERS, parsers.sip_peers, "\n0 sip peers [Monitored: 0 online, 0 offline Unmonitored: 0 online, 0 offline]"),
    "sip peer": behind("  * Name       : a\n  ", parsers.sip_peer),
    "dialplan": behind("[ Context 'a' created by 'b' ]\n  '", dialplan_parsers.dialplan, "\n-= 1 extension (1 priority) in 1 context. =-"),
    "pjsip endpoints": behind(" Endpoint:  ", pjsip_parsers.endpoints),
    "pjsip registrations": behind(" ", pjsip_parsers.registrations),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_four_times_the_text_takes_four_times_the_steps(name: str) -> None:
    for unit in UNITS:
        short, long = (steps(FUNCTIONS[name], repeated(unit, size)) for size in (SIZE, 4 * SIZE))
        assert long <= 4.6 * short + 500, (unit, short, long)


def test_a_whole_column_is_no_exception() -> None:
    for unit in UNITS:
        text = repeated(unit, 65535)
        for function in ("rows", "normal", "sections", "extensions", "mask", "registration", "arguments"):
            only(FUNCTIONS[function], text, ours=(ValueError, parse.Unreadable))


def test_templates_of_templates_are_left_alone() -> None:
    """Each doubles the options of the one before it: thirty lines would make a billion."""
    entry = "[t0](!)\nx=1\n" + "".join(f"[t{number}](!,t{number - 1},t{number - 1})\n" for number in range(1, 41))
    row = {**ROW, "carrier_id": "NORTH", "account_entry": entry + "[north](t40)\ntype=peer\nhost=198.18.30.50\n"}
    result = adopt_model.adopt(adopt_model.Found([row], {"d1": "198.18.0.11"}))
    assert not result.trunks and "options with its templates" in result.left[0][3]
    with pytest.raises(parse.Unreadable):
        files.rows({"sip": row["account_entry"]}, "d1")


def test_the_dial_prefixes_of_many_trunks_are_not_tried_in_all_combinations() -> None:
    """Each of forty trunks has ten; the last two extensions dial one trunk in two ways."""
    dials = [f"exten => _1234567890{number:02d}X.,1,Dial(SIP/t{number}/${{EXTEN}})" for number in range(40)]
    dials += ["exten => _55X.,1,Dial(SIP/t0/77${EXTEN:1},,o)", "exten => _66X.,1,Dial(SIP/t0/88${EXTEN},,T)"]
    found = flows.read("\n".join(dials), lambda _technology, name, _host: name, {})
    assert len(routes.answers(found, [])) == 42
    assert steps(lambda: [routes.answers([flow], []) for flow in found]) < 100_000
    answers = routes.answers(found[:40], ["12345678"])
    assert len({call.trunk for answer in answers for call in answer.calls}) == 40
    assert {answer.dial_prefix for answer in answers} == {"12345678"}


def test_a_set_of_a_pattern_is_no_million_of_characters() -> None:
    assert max(len(one) for one in patterns.parse("_[!-\U0010ffff]" + "[\x00-\U0010ffff]" * 1000)) <= 256
