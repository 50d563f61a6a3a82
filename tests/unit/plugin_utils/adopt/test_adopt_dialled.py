# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No peer loses its name while something may dial it; globals that only the running Asterisk has."""
from __future__ import annotations

from typing import Any

import pytest

from support.unit.adopt_rows import row
from support.unit.adopting import LOG, adopted, dialled, entry, notes, peer, reasons
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, dialplan_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read

TWO_PEERS = row("PAIR", account_entry=peer("north", 45) + "\n" + peer("south", 46))
CARRIES = entry("_61NXXNXXXXXX", LOG, "Dial(SIP/north/${EXTEN:1},${CAMPDTO},To)", "Hangup()")


@pytest.mark.parametrize(("rows", "found", "why"), [
    ([row("OTHER", dialplan_entry=entry("_7X.", "Dial(SIP/south/${EXTEN:1})"))], {}, "carrier OTHER names it in its dialplan or global"),
    ([row("OTHER", globals_string="BACKUP=SIP/south", active="N")], {}, "carrier OTHER names it in its dialplan or global"),
    ([row("OTHER", dialplan_entry=entry("_7X.", "AGI(lcr.agi,${EXTEN})", "Dial(${LCR}/${EXTEN:1})"))], {},
     "the script of AGI(lcr.agi,${EXTEN}) in carrier OTHER may dial any peer"),
    ([], {"elsewhere": ["South"]}, "the running dialplan, or a dialplan of VICIdial's other tables, dials it"),
    ([], {"elsewhere": None}, "the running dialplan could not be read, and may dial it"),
])
def test_a_second_peer_that_something_may_dial_keeps_its_name(rows: list[Any], found: dict[str, Any], why: str) -> None:
    result = adopted(CARRIES, rows=[TWO_PEERS, *rows], **found)
    assert reasons(result)["PAIR"] == (
        f"its peer [south] beside [north] would lose its name, and {why}: put [south] into a row of its own and run adopt again")
    assert "north" not in [carrier.name for carrier in result.trunks]


@pytest.mark.parametrize("rows", [
    [], [row("OFF", active="N", dialplan_entry=entry("_7X.", "AGI(lcr.agi)"))],
    [row("OURS", carrier_description="[dialer.trunks x@198.18.0.11 OURS] x", dialplan_entry=entry("_7X.", "AGI(repair.agi)"))],
    [row("OLDLOG", dialplan_entry=entry("_7X.", "AGI(call_log.agi,${EXTEN})", "Dial(SIP/acme/${EXTEN:1})", "Hangup"))],
])
def test_a_second_peer_that_nothing_dials_lets_calls_in(rows: list[Any]) -> None:
    result = adopted(CARRIES, rows=[TWO_PEERS, *rows], elsewhere=["north", "gs101"])
    [carrier] = [carrier for carrier in result.trunks if carrier.name == "north"]
    assert carrier.peered.trunk["signalling"] == ["198.18.30.45", "198.18.30.46"]
    assert any("whatever does would find no peer of that name" in note for note in carrier.notes)


def test_a_global_of_the_running_asterisk_is_read_and_said() -> None:
    text = entry("_91NXXNXXXXXX", LOG, "Dial(${TRUNKX}/${EXTEN:1},${CAMPDTO},To)", "Hangup()")
    result = adopted(text, globals={"TRUNKX": "SIP/zenith"})
    assert [one["trunk"] for one in dialled(result, "913125551217")] == ["zenith"]
    assert "${TRUNKX} is SIP/zenith in the running Asterisk, and no carrier sets it; the route stays with that" in notes(result)
    own = adopted(text, rows=[row("GLOB", globals_string="TRUNKX=SIP/acme")], globals={"TRUNKX": "SIP/zenith"})
    assert [one["trunk"] for one in dialled(own, "913125551217")] == ["acme"] and notes(own) == ""


def test_vicidials_own_trunks_are_no_carriers() -> None:
    result = adopted(entry("_91NXXNXXXXXX", LOG, "Dial(${TRUNKloop}/${EXTEN:1},,To)"),
                     globals={"TRUNKloop": "IAX2/ASTloop:zqSecret1@127.0.0.1:40569"})
    assert reasons(result) == {"E1": "_91NXXNXXXXXX dials an address or a login of its own, which no peer has"}


def test_what_a_running_dialplan_dials() -> None:
    text = """[ Context 'default' created by 'pbx_config' ]
  '_7712X.' =>      1. Dial(SIP/zenith/${EXTEN:4},,To)                    [extensions.conf:40]
                    2. Dial(PJSIP/${EXTEN}@east.1,,To)                    [extensions.conf:41]
  '_x' =>           1. Dial(${TRUNKX}/1)                                  [extensions.conf:42]"""
    assert dialplan_parsers.dialled_peers(text) == ["east.1", "zenith"]
    assert dialplan_parsers.global_values("   TRUNKX=SIP/a\n   EMPTY=\n\n    -- 2 variables\n") == {"TRUNKX": "SIP/a", "EMPTY": ""}


class Asterisk(cli.Cli):
    """Answers each command, or is not there."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__()
        self.answers = answers

    def run(self, *commands: str) -> str:
        if not self.answers:
            raise cli.NotRunning("no control socket")
        return "".join(self.answers[command] for command in commands)


def test_an_asterisk_that_cannot_be_asked_is_not_an_empty_dialplan() -> None:
    answers = {"dialplan show globals": "   BEST=SIP/west\n", "dialplan show": " 1. Dial(SIP/zenith/1)"}
    variables, text = adopt_read._running(Asterisk(answers))
    assert variables == {"BEST": "SIP/west"} and dialplan_parsers.dialled_peers(text) == ["west", "zenith"]
    assert adopt_read._running(Asterisk({})) == ({}, None)
