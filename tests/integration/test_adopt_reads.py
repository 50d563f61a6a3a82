# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adopt reads rows as Asterisk does: dialplan lines against ``dialplan show``, peers against ``sip show peer``, before and
after adoption."""
from __future__ import annotations

import itertools
import re

import pytest

from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import generated
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from support.lab import side_asterisk
from support.lab.side_asterisk import FIRST
from support.unit.adopt_rows import adopt, peer, row
from support.unit.dialplan_entries import ENTRIES, Steps
from support.waiting import wait_until

CONF = {**FIRST, "extensions.conf": "[general]\n[globals]\n#include entries.conf\n[trunkinbound]\nexten => s,1,Hangup()\n",
        "entries.conf": "[empty]\n",
        "sip.conf": "[general]\nbindport=5999\nallowguest=no\ncontext=trunkinbound\n#include rows.conf\n", "rows.conf": ";\n"}

NUMBERS = itertools.count(1)
_STEP = re.compile(r"^(?:  '(?P<extension>[^']+)' =>|     \[(?P<label>[^\]]+)\]|) +(?P<priority>[0-9]+)\. (?P<call>.*?) +\[[^\]]+\]$")


@pytest.fixture(scope="module", autouse=True)
def beside():
    with side_asterisk.running(CONF):
        yield


def shown(context: str) -> Steps:
    """The extensions of a context that Asterisk has."""
    result: Steps = {}
    label = extension = ""
    for line in side_asterisk.cli(f"dialplan show {context}").splitlines():
        match = _STEP.match(line.rstrip())
        if match:
            extension = match["extension"] or extension
            result.setdefault(extension, []).append((int(match["priority"]), match["label"] or label, match["call"]))
    return result


def test_dialplan_lines_are_read_as_asterisk_loads_them() -> None:
    side_asterisk.write("entries.conf", "".join(f"[{name}]\n{entry.text}\n" for name, entry in ENTRIES.items()))
    side_asterisk.cli("dialplan reload")
    wait_until(lambda: bool(shown(list(ENTRIES)[-1])), 10, "the dialplan")
    assert {name: shown(name) for name in ENTRIES} == {name: entry.shown for name, entry in ENTRIES.items()}


def peer_shown(name: str) -> dict[str, str]:
    """What Asterisk says of a peer, but its description and what only its state is."""
    lines = side_asterisk.cli(f'sip show peer "{name}"').splitlines()
    pairs = [line.partition(" : ") for line in lines if " : " in line]
    # Without video, which needs videosupport=yes, Asterisk has no use for the h263 of its defaults.
    return {key.strip("* "): value.strip().replace("|h263", "") for key, _colon, value in pairs
            if key.strip("* ") not in ("Description", "Status", "Reg. Contact", "Useragent")}


def load(*rows: dict[str, str]) -> None:
    """What the generator writes of the rows, loaded."""
    texts = [generated.text_of(one, {}) for one in generated.in_order(rows) if one["active"] == "Y"]
    last = f"end-of-rows-{next(NUMBERS)}"
    side_asterisk.write("rows.conf", "\n".join(texts) + f"\n[{last}]\ntype=peer\nhost=198.18.10.99\n")
    side_asterisk.cli("sip reload")
    wait_until(lambda: "198.18.10.99" in side_asterisk.cli(f"sip show peer {last}"), 10, "the peers")


MORE = "username=acct\nsecret=zqS\nfromuser=acct\n"
ROWS = {
    "a_plain_peer": ([row("A", peer("acme", more=MORE))], ["acme"]),
    "hardly_an_option": ([row("A", "[acme]\ntype=peer\nhost=198.18.10.10\n")], ["acme"]),
    "a_later_row_s_first_lines": ([row("A", peer("acme")), row("B", "host=198.18.20.20\nfromuser=b\n")], ["acme"]),
    "two_rows_with_one_peer": (
        [row("A", peer("acme", more=MORE + "sendrpid=pai\n")), row("B", "[acme]\ntype=peer\nhost=198.18.20.20\nallow=gsm\n")],
        ["acme"]),
    "a_template_of_another_row": (
        [row("A", "[common](!)\nfromuser=t\nqualify=no\n" + peer("first")), row("B", "[acme](common)\ntype=peer\nhost=198.18.10.11\n")],
        ["acme", "first"]),
    "a_section_added_to": ([row("A", peer("acme") + "[acme](+)\nfromuser=plus\n")], ["acme"]),
    "two_sections_of_one_name_in_a_row": ([row("A", peer("acme", more=MORE) + "[acme]\ntype=peer\nhost=198.18.20.20\n")], ["acme"]),
    "a_parenthesis_behind_a_blank": ([row("A", "[none](!)\nfromuser=t\n[acme] (none)\ntype=peer\nhost=198.18.10.10\n")], ["acme"]),
    "comments": ([row("A", ";------;\n" + peer("acme", more=";-- fromuser=a\n--;\nfromuser=b ; c\nfromdomain=d;--e--;\n"))], ["acme"]),
    "a_secret_without_a_name": ([row("A", peer("acme", more="secret=zqS\n"))], []),
    "lines_that_are_no_options": ([row("A", peer("acme", more="Account Entry:\nold host=1\nregister => u:p@198.18.10.1\n"))], ["acme"]),
    **{f"insecure_{number}": ([row("A", peer("acme", more=f"insecure={value}\n"))], ["acme"])
       for number, value in enumerate(("very", "yes", "port , invite", "PORT", "invite", "no", "false", "port,other"))},
    **{f"nat_{number}": ([row("A", peer("acme", more=f"nat={value}\n"))], ["acme"])
       for number, value in enumerate(("never", "no", "yes", "true", "route", "comedia, force_rport", "auto_comedia", "force_rport"))},
    **{f"nat_alone_{number}": ([row("A", f"[acme]\ntype=peer\nhost=198.18.10.10\nnat={value}\n")], ["acme"])
       for number, value in enumerate(("never", "true", "comedia, force_rport", "comedia", "auto_comedia,auto_force_rport",
                                       "no\nnat=comedia", "yes\nnat=auto_comedia\nnat=no"))},
    **{f"qualify_{number}": ([row("A", peer("acme", more=f"qualify={value}\n"))], ["acme"])
       for number, value in enumerate(("on", "no", "true", "0", "3000", "YES", "1000ms"))},
    **{f"directmedia_{number}": ([row("A", peer("acme", more=f"{value}\n"))], ["acme"])
       for number, value in enumerate(("directmedia=update", "canreinvite=nonat", "directmedia=on", "canreinvite=0",
                                       "directmedia=nonat, update"))},
    **{f"various_{number}": ([row("A", peer("acme", more=f"{value}\n"))], ["acme"])
       for number, value in enumerate(("allow = alaw , gsm", "dtmfmode=INFO", "dtmfmode=odd", "transport=TCP",
                                       "qualifyfreq=30", "sendrpid=pai", "trustrpid=yes", "call-limit=5"))},
    "odd_values": ([row("A", "[acme]\ntype=friend\nhost=198.18.10.10\nnat=never\ninsecure=port , invite\ncanreinvite=no\nqualify=on\n"
                        "dtmfmode=auto\nallow=!all,alaw\n")], ["acme"]),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_peer_is_what_it_was(name: str) -> None:
    rows, peers = ROWS[name]
    load(*rows)
    before = {one: peer_shown(one) for one in peers}
    adopted = adopt(*rows, general={"sip": [("context", "trunkinbound")]})
    assert adopted.trunks, adopted.left
    after = {one["carrier_id"]: one for one in rows}
    for carrier in adopted.trunks:
        [trunk] = plan.build({"dialer_trunks": [carrier.peered.trunk]}, ["d1"]).trunks
        for taken in carrier.rows:
            after[taken["carrier_id"]] = {**taken, "account_entry": render.peer(trunk), "template_id": "--NONE--"}
    load(*after.values())
    now = {one: peer_shown(one) for one in peers}
    assert [(key, value, now[one][key]) for one in peers for key, value in before[one].items() if now[one][key] != value] == []
    assert all(len(shown_peer) > 30 for shown_peer in before.values())
