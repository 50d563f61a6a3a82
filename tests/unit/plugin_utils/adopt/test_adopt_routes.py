# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that existing entries become: numbers, prefixes, what a route sets for its trunks, and where it is."""
from __future__ import annotations

from typing import Any

import pytest
import yaml

from support.unit.adopt_rows import row
from support.unit.adopting import LOG, TWO, adopted, dialled, entry, notes, peer, reasons
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import write
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

US, CALL = "_91NXXNXXXXXX", "913125551217"


def plain(extension: str, dial: str) -> str:
    return entry(extension, LOG, dial, "Hangup()")


def enabled(result: Any, dialers: Any = ("d1",)) -> plan.Plan:
    """Return the plan of the adopted description with its routes enabled."""
    description = result.description()
    return plan.build({**description, "dialer_routes": [{**one, "enabled": True} for one in description["dialer_routes"]]}, list(dialers))


@pytest.mark.parametrize(("extension", "number", "call", "sent"), [
    (US, "${EXTEN:1}", CALL, "13125551217"),
    (US, "+${EXTEN:1}", CALL, "+13125551217"),
    (US, "${FILTER(0-9,${EXTEN:1})}", CALL, "13125551217"),
    (US, "1${FILTER(0123456789,${EXTEN:2})}", CALL, "13125551217"),
    (US, "${EXTEN:-10}", CALL, "3125551217"),
    (US, "${EXTEN:-11}", CALL, "13125551217"),
    (US, "${EXTEN:1:11}", CALL, "13125551217"),
    (US, "${EXTEN:1:}", CALL, "13125551217"),
    (US, "${EXTEN:0}", CALL, CALL),
    (US, "2424${EXTEN:1}", CALL, "242413125551217"),
    (US, "011${EXTEN:2}", CALL, "0113125551217"),
    (US, "5550100", CALL, "5550100"),
    (US, "acct5-${EXTEN:1}", CALL, "acct5-13125551217"),
    ("_NXXNXXXXXX", "1${EXTEN}", "3125551217", "13125551217"),
    ("_1NXXNXXXXXX", "${EXTEN}", "13125551217", "13125551217"),
    ("_X.", "${EXTEN}", "3125551217", "3125551217"),
    ("_ZXXXXXX.", "9${EXTEN:1}", "49891234567", "99891234567"),
    ("_+1NXXNXXXXXX", "${EXTEN:1}", "+13125551217", "13125551217"),
    ("_9011.", "${EXTEN:1}", "9011498912345", "011498912345"),
    ("6911", "${EXTEN:1}", "6911", "911"),
    ("6911", "911", "6911", "911"),
])
def test_the_carrier_receives_the_same_number(extension: str, number: str, call: str, sent: str) -> None:
    result = adopted(plain(extension, f"Dial(SIP/acme/{number},${{CAMPDTO}},To)"))
    assert reasons(result) == {} and notes(result) == ""
    assert [(one["trunk"], one["number"]) for one in dialled(result, call)] == [("acme", sent)]
    enabled(result)


def test_a_number_that_a_set_made_is_known() -> None:
    result = adopted(entry(US, LOG, "Set(NUM=1${EXTEN:2})", "Dial(SIP/acme/${NUM},${CAMPDTO},To)", "Hangup()"))
    assert dialled(result, CALL)[0]["number"] == "13125551217"
    assert result.routes[0]["before_dial"] == ["Set(NUM=1${EXTEN})"]


@pytest.mark.parametrize(("extension", "number", "why"), [
    ("_9X.", "${EXTEN:-10}", "_9X. sends the last 10 digits of numbers of any length"),
    (US, "${EXTEN:1:3}", "_91NXXNXXXXXX cuts digits off the number's end, and a trunk can cut off its front only"),
    ("_9X.", "${EXTEN:1:11}", "_9X. cuts digits off the number's end, and a trunk can cut off its front only"),
    (US, "${EXTEN:1}#", "_91NXXNXXXXXX puts something behind the number, and a trunk can put digits before it only"),
    (US, "${FILTER(1-5,${EXTEN:1})}", "_91NXXNXXXXXX filters digits out of the number, which a route does not"),
    (US, "${EXTEN:${CUT}}", "_91NXXNXXXXXX dials by ${CUT}, a global that neither a carrier sets nor the running Asterisk has"),
])
def test_numbers_that_no_trunk_sends(extension: str, number: str, why: str) -> None:
    result = adopted(plain(extension, f"Dial(SIP/acme/{number},,To)"))
    assert reasons(result) == {"E1": why} and result.routes == []


def test_a_filter_that_takes_more_than_digits_out_of_an_open_number_is_said() -> None:
    assert "* and # were taken out of the number; a route passes them on" in notes(
        adopted(plain("_9X.", "Dial(SIP/acme/${FILTER(0-9,${EXTEN:1})},,To)")))


def test_one_trunk_in_several_manners_is_set_per_route() -> None:
    result = adopted(
        plain(US, "Dial(SIP/acme/2424${EXTEN:1},,To)"), plain("_81NXXNXXXXXX", "Dial(SIP/acme/2424${EXTEN:1},,To)"),
        entry("_71NXXNXXXXXX", LOG, "Set(CALLERID(num)=13125550100)", "Dial(SIP/acme/1717${EXTEN:2},30,tTo)", "Hangup()"),
        campaigns=[("SEVEN", "7", "7")])
    assert reasons(result) == {}
    assert result.trunks[0].peered.trunk["prefix"] == "2424"
    assert [route["trunks"] for route in result.routes] == [[{"name": "acme"}], [{"name": "acme"}], [
        {"name": "acme", "strip": 1, "prefix": "1717", "dial_options": "tTo", "caller_id": "13125550100", "ring_timeout": 30}]]
    assert "name: acme" in write.files(result)["trunks.yml"]
    enabled(result)


def test_a_fixed_number_leaves_the_trunk_as_it_is() -> None:
    result = adopted(plain("_98XXX", "Dial(SIP/acme/5550100,,To)"), plain(US, "Dial(SIP/acme/7${EXTEN:1},,To)"))
    assert [route["trunks"] for route in result.routes] == [[{"name": "acme", "number": "5550100"}], [{"name": "acme"}]]
    assert result.trunks[0].peered.trunk["prefix"] == "7"
    enabled(result)


def test_a_trunk_twice_in_one_extension_with_two_numbers_is_left() -> None:
    result = adopted(entry(US, LOG, "Dial(SIP/acme/${EXTEN:1},,To)", "Dial(SIP/acme/7${EXTEN:1},,To)", "Hangup()"))
    assert reasons(result) == {"E1": "_91NXXNXXXXXX dials trunk acme twice and in different ways, and a route tries each trunk once"}


@pytest.mark.parametrize(("dial", "why"), [
    ("Dial(SIP/acme/${EXTEN:1},,ToG(mine^s^1))", "_91NXXNXXXXXX: the options of its Dial must not hold G in vicidial mode"),
    ("Dial(SIP/acme/${EXTEN:1},,ToU(sub^${X}))", "_91NXXNXXXXXX: the options of its Dial must not hold '${'"),
    ("Dial(SIP/acme/${EXTEN:1},2,To)", "_91NXXNXXXXXX: the seconds that its Dial waits for an answer must be a whole number from 5 to 600"),
    ("Dial(SIP/acme/a b${EXTEN:1},,To)", "_91NXXNXXXXXX: what its Dial puts before the number must"),
    ("Dial(SIP/acme/${EXTEN:1},soon,To)", "_91NXXNXXXXXX waits soon for an answer, which is no number of seconds"),
])
def test_one_refused_option_leaves_its_own_entry_alone(dial: str, why: str) -> None:
    """The entry before it and the entry behind it, of the same trunk, become routes as if it were not there."""
    alone = adopted(plain("_71NXXNXXXXXX", "Dial(SIP/acme/${EXTEN:1},,tTo)"), "", plain("_81NXXNXXXXXX", "Dial(SIP/acme/${EXTEN:1},,tTo)"))
    result = adopted(plain("_71NXXNXXXXXX", "Dial(SIP/acme/${EXTEN:1},,tTo)"), plain(US, dial),
                     plain("_81NXXNXXXXXX", "Dial(SIP/acme/${EXTEN:1},,tTo)"))
    assert list(reasons(result)) == ["E2"] and reasons(result)["E2"].startswith(why)
    assert "dial_options:" not in reasons(result)["E2"] and "dialer_" not in reasons(result)["E2"]
    assert result.description() == alone.description()


@pytest.mark.parametrize("options", ["ToU(answered^1)", "Tob(headers^s^1)"])
def test_an_option_with_a_subroutine_is_kept(options: str) -> None:
    result = adopted(plain(US, f"Dial(SIP/acme/${{EXTEN:1}},,{options})"))
    assert dialled(result, CALL)[0]["options"] == options
    enabled(result)


def test_steps_and_patterns_are_refused_by_their_own_lines() -> None:
    result = adopted(entry(US, LOG, "Set(CALLERID(name)=Acme)", "Dial(SIP/acme/${EXTEN:1},,To)", "Hangup()"),
                     plain("_81NXX[A-F]XXXXXX", "Dial(SIP/acme/${EXTEN:1},,To)"))
    assert reasons(result)["E1"].startswith("_91NXXNXXXXXX: its step Set(CALLERID(name)=Acme) must not change the caller")
    assert "_81NXX[A-F]XXXXXX" in reasons(result)["E2"]


def test_failover_without_qualify_names_the_peer() -> None:
    quiet = row("QUIET", account_entry=peer("quiet", 43).replace("qualify=yes", "qualify=no"))
    result = adopted(entry(US, LOG, "Dial(SIP/acme/${EXTEN:1},,To)", "Dial(SIP/quiet/${EXTEN:1},,To)", "Hangup()"), rows=[quiet])
    assert reasons(result)["E1"].startswith("_91NXXNXXXXXX goes on to another trunk, and peer quiet has no qualify")
    assert reasons(adopted(plain(US, "Dial(SIP/quiet/${EXTEN:1},,To)"), rows=[quiet])) == {}


def test_of_two_patterns_that_do_the_same_the_wider_one_is_enough() -> None:
    both = plain("_91800NXXXXXX", "Dial(SIP/acme/${EXTEN:1},,To)") + "\n" + plain(US, "Dial(SIP/acme/${EXTEN:1},,To)")
    result = adopted(both)
    assert [route["patterns"] for route in result.routes] == [["1NXXNXXXXXX"]]
    assert f"{US}: does the same with the numbers of _91800NXXXXXX, which is left out" in notes(result)


@pytest.mark.parametrize("apart", [False, True])
def test_overlapping_patterns_that_do_not_do_the_same_are_left_with_both_named(apart: bool) -> None:
    texts = [plain(US, "Dial(SIP/acme/${EXTEN:1},,To)"), plain("_91800NXXXXXX", "Dial(SIP/zenith/${EXTEN:1},,To)")]
    result = adopted(*texts) if apart else adopted("\n".join(texts))
    [why] = reasons(result).values()
    assert "_91800NXXXXXX" in why and US in why and "match the same numbers, of which Asterisk takes the more specific" in why
    assert len(result.routes) == apart


@pytest.mark.parametrize("same", [US, US.lower()])
def test_an_entry_beside_a_row_that_stays_with_the_same_extension_is_left(same: str) -> None:
    """The route could never be enabled: Asterisk would run steps of both."""
    stays = row("STAYS", dialplan_entry=entry(same, LOG, "Macro(lcr)"))
    result = adopted(plain(US, "Dial(SIP/acme/${EXTEN:1},,To)"), rows=[stays])
    assert reasons(result)["E1"] == "carrier STAYS answers _91NXXNXXXXXX on the same dialer too: set one of them inactive"
    assert "runs Macro before it dials" in reasons(result)["STAYS"]
    assert reasons(adopted(plain(US, "Dial(SIP/acme/${EXTEN:1},,To)"), rows=[{**stays, "active": "N"}])).keys() <= {"STAYS"}


def test_campaigns_without_a_prefix_opt_into_routes_without_one() -> None:
    result = adopted(plain("_1NXXNXXXXXX", "Dial(SIP/acme/${EXTEN},,To)"), plain(US, "Dial(SIP/acme/${EXTEN:1},,To)"),
                     campaigns=[("NONE", "X", "x"), ("BLANK", "", ""), ("NINE", "9", "9")])
    assert {route["dial_prefix"]: route.get("campaigns") for route in result.routes} == {"": ["NONE"], "9": ["NINE"]}
    assert result.routes[0]["name"] == "noprefix"


def test_names_of_routes_differ() -> None:
    result = adopted(*(plain(f"_{prefix}NXXNXXXXXX", f"Dial(SIP/acme/${{EXTEN:{len(prefix)}}},,To)")
                       for prefix in ("900111", "900112", "2")),
                     entry("_8NXXNXXXXXX", LOG, "Dial(SIP/acme/${EXTEN:1},,To)", "Hangup()"))
    names = [route["name"] for route in result.routes]
    assert len(set(names)) == 4
    enabled(result)


def test_a_carrier_of_some_dialers_gives_a_route_of_those() -> None:
    held = [row("FAR", account_entry=peer("far", 45), server_ip="198.18.0.12",
                dialplan_entry=plain(US, "Dial(SIP/far/${EXTEN:1},,To)"))]
    result = adopted(rows=held, dialers=TWO)
    assert reasons(result) == {}
    assert result.routes[0]["servers"] == ["d2"]
    assert [route.name for route in enabled(result, TWO).for_dialer("d2").routes] == ["out_9"]
    assert enabled(result, TWO).for_dialer("d1").routes == ()


def test_dialers_that_dial_in_another_order_have_routes_of_their_own() -> None:
    def two(first: str, second: str) -> str:
        return entry(US, LOG, f"Dial(SIP/{first}/${{EXTEN:1}},,To)", f"Dial(SIP/{second}/${{EXTEN:1}},,To)", "Hangup()")

    carriers = [row(name.upper() + str(number), account_entry=peer(name, 50 + (name == "east")), server_ip=address)
                for number, address in enumerate(TWO.values(), start=1) for name in ("east", "west")]
    plans = [row("P1", dialplan_entry=two("east", "west")), row("P2", server_ip="198.18.0.12", dialplan_entry=two("west", "east"))]
    result = adopted(rows=[*carriers, *plans], dialers=TWO)
    assert reasons(result) == {}
    assert [(route["servers"], [member["name"] for member in route["trunks"]]) for route in result.routes] == [
        (["d1"], ["east", "west"]), (["d2"], ["west", "east"])]
    enabled(result, TWO)
    plans[1]["dialplan_entry"] = plans[0]["dialplan_entry"]
    assert len(adopted(rows=[*carriers, *plans], dialers=TWO).routes) == 1


def test_what_is_written_is_what_was_decided() -> None:
    result = adopted(plain("_NXXNXXXXXX", "Dial(SIP/acme/+1${EXTEN},45,To)"))
    described = yaml.safe_load(write.files(result)["trunks.yml"])
    assert described["dialer_routes"] == [{
        "name": "noprefix", "enabled": False, "adopt": ["E1"], "dial_prefix": "", "patterns": ["NXXNXXXXXX"],
        "trunks": [{"name": "acme", "ring_timeout": 45}]}]
    assert described["dialer_trunks"][0]["prefix"] == "+1"


def test_rows_of_two_dialers_that_cannot_be_one_route_do_not_spoil_each_other() -> None:
    """One route of both dialers would fail over, for which the second peer lacks qualify."""
    held = [row("EAST", account_entry=peer("east", 50), server_ip="198.18.0.11", dialplan_entry=plain(US, "Dial(SIP/east/${EXTEN:1},,To)")),
            row("WEST", account_entry=peer("west", 51).replace("qualify=yes", "qualify=no"), server_ip="198.18.0.12",
                dialplan_entry=plain(US, "Dial(SIP/west/${EXTEN:1},,To)"))]
    result = adopted(rows=held, dialers=TWO)
    assert [route["servers"] for route in result.routes] == [["d1"]] and list(reasons(result)) == ["WEST"]
    enabled(result, TWO)
    held[1]["account_entry"] = peer("west", 51)
    result = adopted(rows=held, dialers=TWO)
    assert [(route.get("servers"), [member["name"] for member in route["trunks"]]) for route in result.routes] == [(None, ["east", "west"])]
