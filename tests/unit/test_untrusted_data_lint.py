# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/lint-dialplan finds what a caller or a carrier could have run, and nothing in what we render."""

from __future__ import annotations

import pytest

from support.unit.descriptions import DESCRIPTIONS, carrier_rows, files
from support.unit.toolbox import tool

lint = tool("lint-dialplan")
IN_A_ROUTE = "trunks-route-us"


def found(step: str, context: str = IN_A_ROUTE) -> list[str]:
    return [wrong for _line, wrong in lint.findings(f" same => n,{step}", context)]


# Each ran a command, dialled another host or was obeyed once.
@pytest.mark.parametrize("step", [
    "Set(_trunks_call_key=${CALLERID(name)})",
    'ExecIf($["${x}" != ""]?AGI(agi://127.0.0.1/repair,${CALLERID(name)}))',
    'Dial(SIP/a/${EXTEN},,To${IF($["${CALLERID(name)}" != ""]?b(x^s^1)})',
    "Log(WARNING,no trunk took it: ${CALLERID(name)})",
    "Set(trunks_original_caller=${CALLERID(num)})",
    'GotoIf($["${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech):4:3}" = "603"]?done)',
    'GotoIf(${REGEX("^SIP" ${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)})}?done)',
    "AGI(agi://127.0.0.1:4577/call_log-----${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)})",
    "Gosub(trunks-test,${SIP_HEADER(X-Number)},1)",
    "Set(trunks_queue=${CUT(SOMETHING,&,1)})",
    "NoOp(${CONNECTEDLINE(name)} ${CHANNEL(peername)} ${RDNIS} ${DNID})",
])
def test_data_of_a_call_is_found(step):
    assert found(step)


@pytest.mark.parametrize("step", [
    "Gosub(trunks-route-us,${EXTEN:1},1(@))",
    "GotoIf($[${DIALPLAN_EXISTS(trunks-route-us,${EXTEN:1},1)}]?route)",
    "Dial(SIP/carrier_a/${EXTEN:1},${CAMPDTO},To)",
])
def test_a_number_is_filtered_on_the_way_in(step):
    assert found(step, "vicidial-auto-external")


@pytest.mark.parametrize("step", [
    "ExecIf($[1]?Dial(SIP/a/${FILTER(0-9*#+,${EXTEN})}))",
    "ExecIf($[1]?AGI(repair.agi,${trunks_call_key}))",
    "ExecIf($[1]?UserEvent(A,Key: ${FILTER(A-Za-z0-9,${CALLERID(name)})}))",
])
def test_an_exec_if_holds_nothing_from_outside_even_when_it_is_filtered(step):
    assert [wrong for wrong in found(step) if wrong.endswith("ExecIf, which runs what it holds")]


@pytest.mark.parametrize("step", [
    "Set(x=${FILTER(A-Za-z,0-9,${CALLERID(name)})})",       # the comma ends what is allowed
    "Set(x=${FILTER(A-Z\\(\\),${CALLERID(name)})})",
    'Set(x=${FILTER(A-Z",${CALLERID(name)})})',
    "Set(x=${FILTER(0-9,$[${CALLERID(name)}])})",           # evaluated before it is filtered
    "Set(x=${FILTER(0-9,${CALLERID(name)}${CALLERID(num)})})",
])
def test_a_filter_that_does_not_clean_is_found(step):
    assert found(step)


@pytest.mark.parametrize("step", [
    "Set(trunks_queue=${trunks_trunk}${STRREPLACE(trunks_queue,&${trunks_trunk}&,&)})",
    "Set(_trunks_call_key=${FILTER(A-Za-z0-9 _.@+,${CALLERID(name)})})",
    'GotoIf($[${LEN(${CALLERID(name)})} > 0]?named)',
    "Goto(trunks-to-us-a,${EXTEN},1)",
])
def test_what_is_filtered_or_known_is_not(step):
    assert not found(step)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_nothing_in_what_is_rendered(name):
    texts = [text for path, text in files(name).items() if path.endswith(".conf") and path not in lint.OTHER_FILES]
    texts += ["[vicidial-auto-external]\n" + row["dialplan_entry"] for row in carrier_rows(name)]
    assert [wrong for text in texts for wrong in lint.findings(text)] == []


def test_every_template_of_a_dialplan_is_read():
    read = {str(path.relative_to(lint.ROOT)) for path in lint.texts()}
    for template in (lint.ROOT / "roles").rglob("*.j2"):
        if "exten =>" in template.read_text(encoding="utf-8") or "same =>" in template.read_text(encoding="utf-8"):
            assert str(template.relative_to(lint.ROOT)) in read
