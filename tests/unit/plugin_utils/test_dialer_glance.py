# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All trunks at a glance: failures first, lost dialers among them, and few enough lines to read."""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import glance
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import columns

NOT_RUN: dict[str, Any] = {}
LOST = {"unreachable": True, "msg": "Failed to connect to the host via ssh:\nNo route to host"}
WRONG = {"failed": True, "msg": "generation 7 is not in force as it was written:\nroute us is not in VICIdial's dialplan"}


def trunk(name: str, **differs: Any) -> dict[str, Any]:
    """One of the trunks that sip_peers_verify returns; a good one unless said otherwise."""
    return {"name": name, "state": "reachable", "address": "198.18.10.10", "port": 5060, "latency_ms": 1, "registration": None,
            "ok": True, "detail": "reachable (1 ms) at 198.18.10.10:5060", "reason": "", **differs}


def dead(name: str) -> dict[str, Any]:
    return trunk(name, state="unreachable", latency_ms=None, ok=False, detail="unreachable instead of reachable",
                 reason="no answer to OPTIONS")


def dialer(*trunks: dict[str, Any], **results: Any) -> dict[str, Any]:
    return {"peers": {"trunks": list(trunks)}, "generation": {}, "firewalld": NOT_RUN, **results}


def lines(found: dict[str, Any]) -> list[str]:
    return glance.as_table(glance.glance(found)).split("\n")


def test_failures_come_first_and_their_reasons_last():
    good = trunk("carrier_a", registration="registered")
    assert lines({"dialer1": dialer(good), "dialer2": dialer(good, dead("carrier_b"))}) == [
        "1 of 3 trunks on 2 dialers is bad.",
        "",
        "dialer   trunk      address            state        latency  registration  result",
        "dialer2  carrier_b  198.18.10.10:5060  unreachable  -        -             bad",
        "dialer1  carrier_a  198.18.10.10:5060  reachable    1 ms     registered    good",
        "dialer2  carrier_a  198.18.10.10:5060  reachable    1 ms     registered    good",
        "",
        "What is bad:",
        "  dialer2: carrier_b: unreachable instead of reachable; no answer to OPTIONS",
        "",
    ]


def test_a_dialer_that_is_lost_or_could_not_be_asked_is_in_the_table():
    found = {"dialer1": dialer(trunk("carrier_a")), "dialer2": dialer(peers=LOST),
             "dialer3": dialer(peers={"failed": True, "msg": "Asterisk is not running"}), "dialer4": dialer(peers=NOT_RUN)}
    shown = lines(found)
    assert shown[0] == "1 trunk on 1 dialer is good; not known: dialer2, dialer3, dialer4."
    assert [line.split()[0] for line in shown[3:7]] == ["dialer2", "dialer3", "dialer4", "dialer1"]
    assert [line.split()[-1] for line in shown[3:7]] == ["bad", "bad", "bad", "good"]
    assert "  dialer2: unreachable: Failed to connect to the host via ssh; No route to host" in shown
    assert "  dialer3: Asterisk is not running" in shown and "  dialer4: was not verified" in shown


def test_what_else_was_verified_is_in_the_table_when_it_fails():
    shown = lines({"dialer1": dialer(trunk("carrier_a"), generation=WRONG)})
    assert shown[0] == "1 trunk on 1 dialer is good; another problem on dialer1."
    assert shown[3].split() == ["dialer1", "-", "-", "-", "-", "-", "bad"]
    assert shown[-2] == "  dialer1: generation 7 is not in force as it was written; route us is not in VICIdial's dialplan"


def test_thirty_trunks_of_twenty_dialers_are_a_page():
    names = [f"carrier_with_name_{number:02}" for number in range(30)]
    found = {f"dialer{number:02}.long-name-of-a-site.example.com": dialer(
        *(trunk(name, latency_ms=number + 1) for name in names)) for number in range(20)}
    for number, results in enumerate(found.values()):
        if number % 2:
            results["peers"]["trunks"][7] = dead(names[7])
        results["peers"]["trunks"][9] = dead(names[9])
    shown = lines(found)
    assert shown[0] == "30 of 600 trunks on 20 dialers are bad."
    table = shown[3:shown.index("", 3)]
    assert len(table) == 10 + 1 + 29 and len(shown) < 50
    # bad on all dialers is one line; of ten dialers each has its line, with its name
    assert table[0].startswith("all 20 dialers ") and names[9] in table[0] and table[0].endswith("bad")
    assert [line.split()[0] for line in table[1:11]] == list(found)[1::2]
    assert table[11].startswith("all 20 dialers ") and "  1 to 20 ms  " in table[11]
    half, = [line for line in table[11:] if names[7] in line]
    assert half.startswith("10 of 20 dialers ") and half.endswith("good")
    assert shown[-3].startswith("  all 20 dialers: ") and shown[-2].startswith("  10 of 20 dialers: ")


def test_what_asterisk_shows_moves_no_cursor():
    evil = trunk("a\x1b[2J\nb", address="x\x1b]0;y", ok=False, detail="z\x07", reason="\x1b[31m")
    text = glance.as_table(glance.glance({"dialer1": dialer(evil)}))
    assert text.replace("\n", "").isprintable() and text.count("\n") == 7


def test_an_ipv6_address_is_in_brackets():
    assert "[2001:db8::1]:5060" in lines({"dialer1": dialer(trunk("a", address="2001:db8::1"))})[3]


def test_columns_are_as_wide_as_their_widest_cell():
    assert columns(("a", "b", "c"), [("long", "", "x"), ("", "wide", "y z")]) == [
        "a     b     c", "long  -     x", "-     wide  y z"]
