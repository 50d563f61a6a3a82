# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the monitors know of all trunks: exceptions first, a screen for two dialers and for fifty."""
from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import status
from hypothesis import given, strategies as st

NOW = 1796026440.0
AMI = "it is not connected to AMI: Connection refused"
MAINTENANCE = "maintenance by ann@desk: the carrier moves its gateway"
LOST = {"unreachable": True, "msg": "Failed to connect to the host via ssh:\nNo route to host"}
COLUMNS = 100   # of a screen


def failure(ago: float, **differs: Any) -> dict[str, Any]:
    return {"time": NOW - ago, "route": "us", "result": "CONGESTION", "sip": 503, "cause": 34, **differs}


def trunk(name: str, **differs: Any) -> dict[str, Any]:
    """One of the trunks that trunk_status_info returns; a good one unless said otherwise."""
    return {"name": name, "state": "in service", "why": "", "since": NOW - 3 * 3600, "until": None, "asterisk": "reachable",
            "address": "198.18.10.10", "latency_ms": 1, "calls": 12, "capacity": 100, "attempts": 240, "asr": 0.42, "ner": 0.6,
            "pdd_ms": 1350.0, "last_failure": None, **differs}


def suspended(name: str, **differs: Any) -> dict[str, Any]:
    return trunk(name, **{"state": "suspended", "why": "12 of the last 20 attempts failed by the trunk", "since": NOW - 190,
                          "until": NOW + 20, "calls": 0, "last_failure": failure(250), **differs})


def maintained(name: str, **differs: Any) -> dict[str, Any]:
    return trunk(name, **{"state": "in maintenance", "why": MAINTENANCE, "since": NOW - 59 * 60, "until": NOW + 7200, **differs})


def unwatched(name: str, **differs: Any) -> dict[str, Any]:
    return trunk(name, **{"state": None, "since": None, "capacity": None, "attempts": 0, "asr": None, "ner": None, "pdd_ms": None, **differs})


def dialer(*trunks: dict[str, Any], trouble: tuple[str, ...] = (), monitor: bool = True) -> dict[str, Any]:
    about = {"wanted": monitor, "running": monitor, "since": NOW - 9 if monitor else None, "trouble": list(trouble)}
    return {"monitor": about, "trunks": list(trunks)}


def told(found: dict[str, Any]) -> list[tuple[str, str]]:
    return status.as_lines(status.status(found), NOW)


def lines(found: dict[str, Any]) -> list[str]:
    return [line for _level, line in told(found)]


def table(found: dict[str, Any]) -> list[str]:
    """The printed table, without its heads."""
    shown = [*lines(found), ""]
    return shown[3:shown.index("", 2)]


def cells(row: str) -> list[str]:
    return re.split("  +", row)


def test_two_dialers() -> None:
    found = {"dialer1": dialer(trunk("carrier_a"), maintained("carrier_b", latency_ms=14, last_failure=failure(3599))),
             "dialer2": dialer(trunk("carrier_a", last_failure=failure(250)), suspended("carrier_b"), trouble=(AMI,))}
    assert told(found) == [
        ("bad", "1 of 4 trunks on 2 dialers is suspended, 1 is in maintenance; trouble with the monitor on dialer2."),
        ("", ""),
        ("", "dialer   trunk      state               probe  calls   ASR          PDD    last failure"),
        ("bad", "dialer2  carrier_b  suspended 3 min     1 ms   0/100   42 % of 240  1.4 s  503 4 min ago"),
        ("warn", "dialer1  carrier_b  maintenance 59 min  14 ms  12/100  42 % of 240  1.4 s  503 59 min ago"),
        ("good", "dialer1  carrier_a  in service 3 h      1 ms   12/100  42 % of 240  1.4 s  -"),
        ("good", "dialer2  carrier_a  in service 3 h      1 ms   12/100  42 % of 240  1.4 s  503 4 min ago"),
        ("", ""),
        ("", "Exceptions:"),
        ("bad", "  dialer2: carrier_b: 12 of the last 20 attempts failed by the trunk; next trial in 20 s"),
        ("warn", f"  dialer1: carrier_b: {MAINTENANCE}; ends in 2 h"),
        ("", ""),
        ("", "Monitors:"),
        ("warn", f"  dialer2: {AMI}"),
    ]


def test_two_dialers_with_long_values_fit_on_a_screen() -> None:
    long = {"calls": 100, "asr": 1.0, "attempts": 9999, "last_failure": failure(3599)}
    found = {"dialer1": dialer(maintained("carrier_a", **long), trunk("carrier_b", asterisk="unreachable", latency_ms=None, **long)),
             "dialer2": dialer(suspended("carrier_a", **long), trunk("carrier_b", **long))}
    assert max(map(len, table(found))) <= COLUMNS


def test_all_good_is_said_in_a_sentence() -> None:
    assert told({"dialer1": dialer(trunk("a")), "dialer2": dialer(trunk("a"))})[0] == ("good", "2 trunks on 2 dialers are good.")
    assert told({"dialer1": dialer(trunk("a", asterisk="unmonitored", latency_ms=None))})[0] == ("good", "1 trunk on 1 dialer is good.")
    assert len(told({"dialer1": dialer(trunk("a"))})) == 4


def test_what_calls_do_not_reach_comes_first() -> None:
    good, dead = trunk("a"), trunk("b", asterisk="unreachable", latency_ms=None)
    others = [trunk("c", asterisk="lagged", latency_ms=2100), trunk("d", asterisk="unknown"), maintained("e"), suspended("f")]
    found = {"dialer1": dialer(good, dead, *others)}
    assert [cells(row)[1] for row in table(found)] == ["f", "e", "b", "c", "d", "a"]
    assert [level for level, _line in told(found)[3:9]] == ["bad", "warn", "bad", "bad", "warn", "good"]
    assert lines(found)[0] == ("1 of 6 trunks on 1 dialer is suspended, 1 is in maintenance, 1 is unreachable, 1 is lagged, 1 is unknown.")
    assert "  dialer1: b: Asterisk says unreachable" in lines(found) and cells(table(found)[3])[3] == "lagged 2100 ms"
    assert [one["name"] for one in status.status(found).trunks] == ["f", "e", "b", "c", "d", "a"]


def test_without_any_monitor_the_table_has_what_asterisk_says() -> None:
    dead = unwatched("carrier_b", asterisk="unreachable", latency_ms=None, address=None, calls=0)
    found = {"dialer1": dialer(unwatched("carrier_a"), dead, monitor=False), "dialer2": dialer(unwatched("carrier_a"), monitor=False)}
    assert told(found) == [
        ("bad", "1 of 3 trunks on 2 dialers is unreachable; no monitor on dialer1, dialer2."),
        ("", ""),
        ("", "dialer   trunk      state  probe        calls  ASR  PDD  last failure"),
        ("bad", "dialer1  carrier_b  -      unreachable  0      -    -    -"),
        ("good", "dialer1  carrier_a  -      1 ms         12     -    -    -"),
        ("good", "dialer2  carrier_a  -      1 ms         12     -    -    -"),
        ("", ""),
        ("", "Exceptions:"),
        ("bad", "  dialer1: carrier_b: Asterisk says unreachable"),
        ("", ""),
        ("", "Monitors:"),
        ("", "  dialer1, dialer2: no monitor; the table has what Asterisk says"),
    ]


def test_a_monitor_that_does_not_run_is_trouble_and_not_the_lack_of_one() -> None:
    found = dialer(unwatched("a"), trouble=("the health monitor does not run",), monitor=False)
    found["monitor"]["wanted"] = True
    shown = told({"dialer1": found})
    assert shown[0] == ("warn", "1 trunk on 1 dialer is good; trouble with the monitor on dialer1.")
    assert shown[-1] == ("warn", "  dialer1: the health monitor does not run")


def test_dialers_that_could_not_be_asked_are_named() -> None:
    found = {"dialer1": dialer(trunk("a")), "dialer2": LOST, "dialer3": {"failed": True, "msg": "Asterisk is not running"}, "dialer4": {}}
    shown = told(found)
    assert shown[0] == ("bad", "1 trunk on 1 dialer is good; could not be asked: dialer2, dialer3, dialer4.")
    assert shown[-4:] == [
        ("", "Not asked:"), ("bad", "  dialer2: unreachable: Failed to connect to the host via ssh; No route to host"),
        ("bad", "  dialer3: Asterisk is not running"), ("bad", "  dialer4: was not asked")]
    assert told({"dialer2": LOST})[0] == ("bad", "No trunk is known; could not be asked: dialer2.")


def test_a_dialer_without_trunks_is_named() -> None:
    found = {"dialer1": dialer(trunk("a")), "dialer2": dialer()}
    assert told(found)[0] == ("good", "1 trunk on 2 dialers is good.") and told(found)[-1] == ("", "  dialer2: no trunks")


def fifty() -> dict[str, Any]:
    """Fifty dialers with three trunks, each with numbers of its own."""
    return {f"dialer{number:02}": dialer(*(
        trunk(f"carrier_{letter}", latency_ms=number + 3, calls=number, since=NOW - 4000 * number, attempts=900 + number,
              pdd_ms=1000.0 + number, last_failure=failure(300 * number)) for letter in "abc")) for number in range(1, 51)}


def change(found: dict[str, Any], number: int, letter: str, by: Any, **differs: Any) -> None:
    index = "abc".index(letter)
    trunks = found[f"dialer{number:02}"]["trunks"]
    trunks[index] = by(trunks[index]["name"], **{"latency_ms": number, **differs})


def test_fifty_dialers_are_a_summary_of_a_screen() -> None:
    found = fifty()
    for number in (7, 31):
        change(found, number, "b", suspended, why=f"{number} of the last 40 attempts failed by the trunk", until=NOW + number)
    for number in range(1, 51):
        change(found, number, "c", maintained, since=NOW - 1500 - number)
    change(found, 12, "a", trunk, asterisk="unreachable", latency_ms=None)
    found["dialer20"]["monitor"]["trouble"] = [AMI]
    found["dialer44"], found["dialer45"] = LOST, {"failed": True, "msg": "Asterisk is not running"}
    shown = lines(found)
    assert shown[0] == ("2 of 144 trunks on 48 dialers are suspended, 48 are in maintenance, 1 is unreachable; "
                        "trouble with the monitor on dialer20; could not be asked: dialer44, dialer45.")
    rows = table(found)
    assert [cells(row)[:3] for row in rows] == [
        ["dialer07", "carrier_b", "suspended 3 min"], ["dialer31", "carrier_b", "suspended 3 min"],
        ["48 of 50", "carrier_c", "maintenance 25 min"], ["dialer12", "carrier_a", "in service 3 h"],
        ["47 of 50", "carrier_a", "in service 1 h"], ["46 of 50", "carrier_b", "in service 1 h"]]
    assert max(map(len, rows)) <= COLUMNS and len(shown) < 25
    assert shown[shown.index("Exceptions:") + 1:][:3] == [
        "  dialer07, dialer31: carrier_b: such as 7 of the last 40 attempts failed by the trunk; next trial in 7 s",
        f"  all dialers but dialer44, dialer45: carrier_c: {MAINTENANCE}; ends in 2 h",
        "  dialer12: carrier_a: Asterisk says unreachable"]


def test_a_line_for_fifty_dialers_has_sums_and_the_worst() -> None:
    found = fifty()
    found["dialer50"]["trunks"][0].update(attempts=54775, asr=1.0)     # the others have 45325 - 50 ... of which 42 %
    first = cells(table(found)[0])
    assert first[0] == "all 50" and first[2:5] == ["in service 1 h", "53 ms", "1275/5000"]
    answered = sum(900 + number for number in range(1, 50)) * 0.42 + 54775
    whole = sum(900 + number for number in range(1, 50)) + 54775
    assert first[5:] == [f"{100 * answered / whole:.0f} % of {whole // 1000}k", "1.1 s", "503 5 min ago"] and whole == 100100
    found["dialer03"]["trunks"][0]["capacity"] = 0
    assert cells(table(found)[0])[4] == "1275"


def test_many_exceptions_that_are_alike_are_one_line_and_the_dialers_are_named_below() -> None:
    found = fifty()
    for number in range(1, 10):
        change(found, number, "a", suspended)
    assert [cells(row)[0] for row in table(found)] == [*(f"dialer{number:02}" for number in range(1, 10)), "all 50", "all 50", "41 of 50"]
    change(found, 10, "a", suspended)
    assert [cells(row)[0] for row in table(found)] == ["10 of 50", "all 50", "all 50", "40 of 50"]
    names = ", ".join(f"dialer{number:02}" for number in range(1, 11))
    assert f"  {names}: carrier_a: 12 of the last 20 attempts failed by the trunk; next trial in 20 s" in lines(found)


def test_fifty_dialers_without_a_monitor_are_a_few_lines() -> None:
    found = {name: dialer(*(unwatched(one["name"]) for one in result["trunks"]), monitor=False) for name, result in fifty().items()}
    shown = lines(found)
    assert shown[0] == "150 trunks on 50 dialers are good; no monitor on all 50 dialers." and len(shown) == 9
    assert shown[-1] == "  all 50 dialers: no monitor; the table has what Asterisk says"


def test_what_a_dialer_says_moves_no_cursor() -> None:
    evil = suspended("a\x1b[2J\nb", why="x\r\x1b]0;y\n\nz", asterisk="\x07", last_failure=failure(1, sip=None, cause=None, result="\x1b[31m"))
    found = {"dialer1": dialer(evil, trouble=("\x1b[H\nbad",)), "dialer2": {"failed": True, "msg": "\x1b[2J"}}
    shown = lines(found)
    assert all(line.isprintable() for line in shown) and r"  dialer1: a\x1b[2J b: x \x1b]0;y z; next trial in 20 s" in shown
    assert len(table(found)) == 1 and len(shown) == 13


@pytest.mark.parametrize("odd", [
    "\x1b[2J", True, float("nan"), float("inf"), 10 ** 400, -1e300, {"a": 1}, ["x"], None, "9" * 10000])
def test_a_value_of_another_kind_is_left_out(odd: Any) -> None:
    keys = ("since", "until", "latency_ms", "calls", "capacity", "attempts", "asr", "pdd_ms")
    found = {"dialer1": dialer(trunk("a", **dict.fromkeys(keys, odd), last_failure=failure(0, time=odd)))}
    assert table(found) == ["dialer1  a      in service  reachable  0      -    -    -"]


@given(name=st.text(), why=st.text(), state=st.text(min_size=1), asterisk=st.text(), number=st.floats() | st.integers())
def test_any_text_and_number_is_a_line_of_its_own(name: str, why: str, state: str, asterisk: str, number: float) -> None:
    one = trunk(name, why=why, state=state, asterisk=asterisk, last_failure=failure(0, time=number, sip=name),
                **dict.fromkeys(("since", "until", "latency_ms", "calls", "capacity", "attempts", "asr", "pdd_ms"), number))
    found = {"dialer1": dialer(one, trunk("good"))}
    assert len(table(found)) == 2 and all(line.isprintable() for line in lines(found))


def test_long_texts_are_cut() -> None:
    found = {"dialer1": dialer(suspended("n" * 1000, why="w" * 10000), trouble=("t" * 10000,))}
    assert max(map(len, lines(found))) < 700


@pytest.mark.parametrize(("last", "shown"), [
    (failure(250), "503 4 min ago"), (failure(250, sip=None), "cause=34 4 min ago"), (failure(250, sip=None, cause=0), "CONGESTION 4 min ago"),
    (failure(-5), "503 0 s ago"), (None, "-")])
def test_the_last_failure(last: dict[str, Any] | None, shown: str) -> None:
    assert cells(table({"dialer1": dialer(trunk("a", last_failure=last))})[0])[-1] == shown


@pytest.mark.parametrize(("seconds", "shown"), [
    (-3600, "0 s"), (0.9, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86399, "23 h"), (86400, "1 d"), (8640000, "100 d")])
def test_an_age_is_short(seconds: float, shown: str) -> None:
    assert status.age(seconds) == shown


@pytest.mark.parametrize(("one", "shown"), [
    (maintained("a", until=None), f"{MAINTENANCE}; has no end"), (maintained("a", why=""), "no reason was given; ends in 2 h"),
    (suspended("a", why="3 checks in a row were bad: unreachable", until=None), "3 checks in a row were bad: unreachable")])
def test_until_when_a_trunk_is_out(one: dict[str, Any], shown: str) -> None:
    assert lines({"dialer1": dialer(one)})[-1] == f"  dialer1: a: {shown}"


def test_reasons_that_differ_in_numbers_are_each_told_where_there_is_room() -> None:
    found = {f"dialer{number}": dialer(suspended("a", why=f"{number} of the last 20 attempts failed by the trunk")) for number in (1, 2)}
    assert [line.split(": ")[2].split(" ")[0] for line in lines(found)[-2:]] == ["1", "2"]


def test_programs_get_what_the_dialers_say() -> None:
    found = status.status({"dialer1": dialer(trunk("a")), "dialer2": dialer(suspended("a"))})
    assert found.trunks == ({**suspended("a"), "dialer": "dialer2"}, {**trunk("a"), "dialer": "dialer1"})
