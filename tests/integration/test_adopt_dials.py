# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route dials what the dialplan dialled that it adopts: 20 numbers of each carrier, in a running Asterisk.

The calls wait in Dial() for a peer that never responds, and ``core show channels`` shows what each one dials.
"""
from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.patterns import winner
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import model
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from support.lab import side_asterisk
from support.lab.machines import ONE, sh
from support.lab.side_asterisk import FIRST, HOME, cli, write
from support.unit.adopting import CORPUS, corpus_rows
from support.waiting import wait_until

WHOLE = sorted(name for name, case in CORPUS.items() if case["becomes"] == "whole")
DIALERS = {"d1": "198.18.0.11"}
CALLER_ID = "7275551212"
SINK = 5996  # a UDP port that takes everything and responds to nothing
CONF = {
    **FIRST,
    "extensions.conf": "[general]\n[globals]\n#include globals.conf\n#include entries.conf\n#include after.conf\n[trunkinbound]\n"
                       "exten => s,1,Hangup()\n" + "".join(
                           f"[call-{when}]\nexten => _X!,1,Set(CALLERID(num)={CALLER_ID})\n same => n,Goto({when},${{EXTEN}},1)\n"
                           for when in ("before", "after")),
    "globals.conf": ";\n", "entries.conf": ";\n", "after.conf": ";\n",
    "sip.conf": "[general]\nbindport=5999\nallowguest=no\ncontext=trunkinbound\n#include rows.conf\n", "rows.conf": ";\n",
}


@pytest.fixture(scope="module", autouse=True)
def beside() -> Iterator[None]:
    sink = f"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', {SINK}))\nwhile True: s.recv(9999)"
    sh(ONE, f"nohup python3 -c \"{sink}\" >/dev/null 2>&1 & echo $! > /tmp/sink.pid")
    try:
        with side_asterisk.running(CONF):
            yield
    finally:
        sh(ONE, "kill $(cat /tmp/sink.pid)")


def numbers(patterns: list[str], chance: random.Random) -> list[str]:
    """20 numbers: most match one of the patterns, the others have a digit changed."""
    classes = {"X": "0123456789", "Z": "123456789", "N": "23456789"}
    found: list[str] = []
    while len(found) < 20:
        pattern = patterns[len(found) % len(patterns)].lstrip("_")
        number = "".join(chance.choice(classes.get(one, one)) for one in re.sub(r"[.!]", "X" * chance.randint(1, 9), pattern))
        if len(found) % 5 == 4:
            place = chance.randrange(len(number))
            number = number[:place] + chance.choice("0123456789") + number[place + 1:]
        found.append(number)
    return found


def load(name: str, text: str) -> None:
    """Write a conf file without what needs more than an Asterisk: scripts and VICIdial's log."""
    write(name, re.sub(r"(?:Dead)?AGI\([^()]*(?:\([^()]*\)[^()]*)*\)", "NoOp()", text))


def calls(when: str) -> dict[str, list[str]]:
    """{number: what core show channels says} of the calls that are in the dialplan; application, its arguments and the caller
    ID number are the fields 5, 6 and 7."""
    found = {}
    for line in cli("core show channels concise").splitlines():
        local = re.match(rf"Local/([0-9]+)@call-{when}-[^!]*;2!", line)
        if local:
            found[local.group(1)] = line.split("!")
    return found


def dialled(when: str, called: list[str]) -> dict[str, tuple[str, str, str, str, str]]:
    """{number: (trunk, number, timeout, options, caller ID)} of the calls that dial."""
    sh(ONE, "; ".join(
        f"asterisk -C {HOME}/etc/asterisk.conf -rx 'channel originate Local/{one}@call-{when} application Wait 30' >/dev/null"
        for one in called))
    wait_until(lambda: all(fields[5] == "Dial" for fields in calls(when).values()), 10, "the calls to dial")
    found = {}
    for number, fields in calls(when).items():
        string, timeout, options = (fields[6] + ",,").split(",")[:3]
        target = string.partition("/")[2]
        peer, sent = target.split("@")[::-1] if "@" in target else target.split("/", 1)
        found[number] = (peer, sent, timeout, "".join(sorted(options.removesuffix("i"))), fields[7])
    cli("channel request hangup all")
    wait_until(lambda: "0 active channels" in cli("core show channels"), 10, "the calls to end")
    return found


@pytest.mark.parametrize("name", WHOLE)
def test_a_route_dials_as_the_adopted_dialplan_did(name: str) -> None:
    rows, variables = corpus_rows(name), CORPUS[name].get("running", {})
    adopted = model.adopt(model.Found(rows, DIALERS, globals=variables))
    enabled = {**adopted.description(), "dialer_routes": [{**route, "enabled": True} for route in adopted.routes]}
    built = plan.build(enabled, list(DIALERS))
    write("rows.conf", "".join(
        f"[{trunk.name}]\ntype=peer\nhost=127.0.0.1\nport={SINK}\ncontext=trunkinbound\n" for trunk in built.trunks))
    load("globals.conf", "".join(f"{key}={value}\n" for key, value in variables.items())
         + "\n".join(row["globals_string"] for row in rows) + "\n")
    load("entries.conf", "[before]\n" + "\n".join(row["dialplan_entry"] for row in rows) + "\n")
    files = render.dialplan_files(built)
    load("after.conf", "".join(text for path, text in files.items() if path.startswith("routes/") or path == "capacity.conf")
         + "[after]\n" + "".join(render.dialplan_entry(built, route) for route in built.routes))
    cli("sip reload")
    cli("dialplan reload")
    patterns = [f"_{route['dial_prefix']}{pattern}" for route in adopted.routes for pattern in route["patterns"]]
    called = numbers(patterns, random.Random(name))
    before = dialled("before", called)
    assert len(before) >= 10 or len(patterns) == 1 and not re.search("[XNZ.!]", patterns[0]), before
    assert dialled("after", called) == before
    assert all(winner(patterns, number) for number in before)
