# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real calls through the provisioned lab: who is tried, who answers, what VICIdial makes of it.

Dialer 1 has its own channel table, dialer 2 is made to use the common one (docs/vicidial.md 1.4), so that both repairs are tested.
The last digit of a number says what the carriers do with it; see lab/README.md.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

import calls as lab

NUMBER = "1312555{}"
HELD = 10  # seconds for which a trunk that was silent is passed over


class Outcome(NamedTuple):
    """What is to become of a call. ``carriers`` are those that receive it (a silent one drops the INVITE unseen)."""

    carriers: str
    agent: bool
    logged: tuple[str, int, int] | None  # DIALSTATUS, cause and SIP code in vicidial_carrier_log
    status: str  # the lead's
    attempts: tuple[tuple[str, str, str], ...]  # trunk, DIALSTATUS and cause of each UserEvent


ANSWERED = ("ANSWER", 16, 200)
A_503, B_503 = ("carrier_a", "CONGESTION", "34"), ("carrier_b", "CONGESTION", "34")
# What chan_sip calls silence varies (docs/vicidial.md 2.2); its cause does not.
A_SILENT, B_SILENT = ("carrier_a", "failed", "18"), ("carrier_b", "failed", "18")
A_ANSWERS, B_ANSWERS = ("carrier_a", "ANSWER", "16"), ("carrier_b", "ANSWER", "16")

# By the last digit. Auto-dial: the lead of an answered call is PU, picked up.
OUTCOMES = {
    "1": Outcome("a", True, ANSWERED, "PU", (A_ANSWERS,)),
    "2": Outcome("a", False, ("BUSY", 17, 486), "AB", (("carrier_a", "BUSY", "17"),)),
    "3": Outcome("ab", False, ("CONGESTION", 42, 503), "NEW", (A_503, B_503)),
    "4": Outcome("a", False, ("CHANUNAVAIL", 1, 404), "ADC", (("carrier_a", "CHANUNAVAIL", "1"),)),
    "5": Outcome("ab", False, ("CONGESTION", 42, 403), "NEW",
                 (("carrier_a", "CHANUNAVAIL", "21"), ("carrier_b", "CHANUNAVAIL", "21"))),
    "6": Outcome("a", False, ("CANCEL", 0, 180), "NEW", (("carrier_a", "CANCEL", "0"),)),
    "7": Outcome("", False, ("CONGESTION", 42, 0), "NEW", (A_SILENT, B_SILENT)),
    "8": Outcome("b", True, ANSWERED, "PU", (A_SILENT, B_ANSWERS)),
    "9": Outcome("ab", True, ANSWERED, "PU", (A_503, B_ANSWERS)),
}
# An agent's call: the lead stays with the agent, and it is the route's own Dial that gives up on an unanswered call.
MANUAL = {
    **OUTCOMES,
    **{digit: OUTCOMES[digit]._replace(status="NEW") for digit in "189"},
    "6": Outcome("a", False, ("NOANSWER", 16, 180), "NEW", (("carrier_a", "NOANSWER", "0"),)),
}
BATCHES = (("auto", "dialer1"), ("auto", "dialer2"), ("manual", "dialer1"))


def share_table(dialer: str) -> None:
    """Takes the dialer's own channel table and the right to make it, as on systems where VICIdial shares one table."""
    lab.sh(dialer, f"{lab.HOME}/standin stop channels")
    lab.sql(f"REVOKE CREATE ON asterisk.* FROM 'custom'@'198.18.0.%'; DROP TABLE IF EXISTS {own_table(dialer)}")
    lab.sh(dialer, f"{lab.HOME}/standin start channels")
    log = "/var/log/astguiclient/channels.log"
    assert lab.wait_until(lambda: lab.sh(dialer, f"tail -1 {log}").endswith("writing cid_channels_recent\n"), 5)


def own_table(dialer: str) -> str:
    return "cid_channels_recent_" + "".join(part.zfill(3) for part in lab.SERVER_IP[dialer].split("."))


def give_table_back(dialer: str) -> None:
    lab.sql("GRANT CREATE ON asterisk.* TO 'custom'@'198.18.0.%'")
    lab.sh(dialer, f"{lab.HOME}/standin restart channels")
    assert lab.wait_until(lambda: lab.sql(f"SHOW TABLES LIKE '{own_table(dialer)}'"), 5)


@pytest.fixture(scope="module", autouse=True)
def provisioned():
    """The lab as its inventory describes it, dialer 2 with the common channel table."""
    lab.lab("pace", str(lab.PACE))
    lab.provision()
    share_table("dialer2")
    lab.forget_silence()
    yield
    give_table_back("dialer2")
    lab.forget_silence()


@pytest.fixture(scope="module")
def batches(provisioned):
    """Each kind of call in each batch, all at once: {(mode, dialer, digit): (call, UserEvents of its attempts)}.

    All are placed before the first silence has lasted long enough to hold a trunk.
    """
    numbers = [NUMBER.format(f"01{place}{digit}") for place, digit in enumerate(OUTCOMES)]

    def batch(place: tuple[str, str]) -> list[lab.Call]:
        mode, dialer = place
        return lab.place(mode, numbers, "--rate 4 --hold 1 --dial-timeout 20", dialer=dialer)

    # VICIdial's log has the unique id as its key, over all dialers, and two that were started together count alike: keep
    # the second one's numbers away from the first one's, or a row that is due is taken for one that is there.
    lab.sh("dialer2", "for n in $(seq 150); do asterisk -rx 'channel originate Local/h@nowhere application NoOp'; done")
    with lab.events("dialer1") as first, lab.events("dialer2") as second, ThreadPoolExecutor(3) as pool:
        placed = dict(zip(BATCHES, pool.map(batch, BATCHES)))
    lab.forget_silence()
    published = defaultdict(list)
    for event in first + second:
        published[event["Key"]].append(event)
    return {
        (mode, dialer, call.number[-1]): (call, published[call.key])
        for (mode, dialer), made in placed.items() for call in made
    }


def result_of(event: dict[str, str]) -> str:
    """The event's DIALSTATUS, or failed for a silent trunk."""
    silent = event["Cause"] == "18" and event["Result"] in ("CHANUNAVAIL", "CONGESTION")
    return "failed" if silent else event["Result"]


def cause_of(result: str, cause: int) -> int:
    """The cause; of a cancelled call 0, as Asterisk 16 has it, where 20 has 19."""
    return 0 if (result, cause) == ("CANCEL", 19) else cause


@pytest.mark.parametrize("digit", OUTCOMES)
@pytest.mark.parametrize(("mode", "dialer"), BATCHES)
def test_call(batches, mode, dialer, digit):
    call, published = batches[mode, dialer, digit]
    wanted = (MANUAL if mode == "manual" else OUTCOMES)[digit]
    attempts = tuple((event["Trunk"], result_of(event), str(cause_of(event["Result"], int(event["Cause"]))))
                     for event in published)
    result, cause, sip = call.logged
    assert (call.carriers, call.agent, (result, cause_of(result, cause), sip), call.status, attempts) == wanted
    assert [(event["Route"], event["Attempt"]) for event in published] == [
        ("us", str(number)) for number in range(1, len(published) + 1)
    ]
    for event in published:
        silent = event["Cause"] == "18"
        assert int(event["Seconds"]) in ((6, 7) if silent else (25, 26) if event["Result"] == "NOANSWER" else
                                         (19, 20, 21) if event["Result"] == "CANCEL" else (0, 1, 2, 3)), event
    assert {attempt.number for attempt in call.attempts} <= {call.number}


def test_each_call_has_one_row_in_the_log(batches):
    keys = [call.key for call, _published in batches.values()]
    assert lab.log_rows(keys) == dict.fromkeys(keys, 1) and len(keys) == len(OUTCOMES) * len(BATCHES)


def test_caller_id_reaches_both_carriers(batches):
    [call] = lab.place("auto", NUMBER.format("0209"), "--hold 1 --caller-id 13125550777")
    assert call.agent
    assert [(one.carrier, one.number, one.caller) for one in call.attempts] == [
        ("a", call.number, "13125550777"), ("b", call.number, "13125550777")]


def test_a_silent_trunk_is_passed_over_and_tried_again():
    lab.forget_silence("dialer1")
    [silent] = lab.place("auto", NUMBER.format("0308"), "--hold 0.5")
    held_since = silent.attempts[0].time  # the second carrier got the call the moment the first was given up
    [next_one] = lab.place("auto", NUMBER.format("0311"), "--hold 0.5")
    assert silent.carriers == "b" and silent.agent and silent.delay > 6
    assert next_one.attempts[0].time < held_since + HELD, "too late to see the hold"
    assert (next_one.carriers, next_one.agent, next_one.delay < 3) == ("b", True, True)
    time.sleep(max(0.0, held_since + HELD + 1 - time.time()))
    [later] = lab.place("auto", NUMBER.format("0321"), "--hold 0.5")
    assert (later.carriers, later.agent) == ("a", True)


def test_the_last_usable_trunk_is_never_passed_over():
    until = int(time.time()) + 60
    for trunk in ("carrier_a", "carrier_b"):
        lab.cli("dialer1", f"dialplan set global TRUNKS_COOL_DOWN_{trunk} {until}")
    both_held = lab.place("auto", [NUMBER.format("0401"), NUMBER.format("0419")], "--hold 0.5")
    lab.forget_silence("dialer1")
    assert [(call.carriers, call.agent) for call in both_held] == [("a", True), ("ab", True)]


def test_a_silent_attempt_is_noted_when_the_caller_gives_up_first():
    lab.forget_silence("dialer1")
    with lab.events("dialer1") as published:
        [call] = lab.place("auto", NUMBER.format("0508"), "--hold 0.5 --dial-timeout 5")
    held = "TRUNKS_COOL_DOWN_carrier_a=1" in lab.cli("dialer1", "dialplan show globals")
    lab.forget_silence("dialer1")
    assert held
    assert (call.agent, call.status) == (False, "NEW")
    assert [(event["Trunk"], event["Result"]) for event in published] == [("carrier_a", "CANCEL")]


def test_a_caller_who_gives_up_while_it_rings_has_heard_a_word():
    lab.forget_silence("dialer1")
    [call] = lab.place("auto", NUMBER.format("0516"), "--hold 0.5 --dial-timeout 5")
    assert (call.carriers, call.agent) == ("a", False)
    assert "TRUNKS_COOL_DOWN_carrier_a=1" not in lab.cli("dialer1", "dialplan show globals")


# The refused attempt's channel must get into the table for the fault to show, which is a matter of luck: of 40 calls
# without the repair some 20 are lost (docs/vicidial.md 1.4).
@pytest.mark.parametrize(
    ("digit", "count", "dialer"), [("9", 100, "dialer1"), ("9", 40, "dialer2"), ("1", 20, "dialer1")],
    ids=["failed over", "failed over, common channel table", "not failed over"])
def test_every_answered_call_reaches_the_agent(capsys, digit, count, dialer):
    made = lab.place("auto", NUMBER.format("060" + digit), f"--count {count} --rate 5 --hold 0.5", dialer=dialer)
    delays = sorted(call.delay for call in made if call.agent)
    with capsys.disabled():
        print(f"\n{len(delays)} of {count} calls at the agent script, seconds from the originate: "
              f"p50 {statistics.median(delays):.2f}, p99 {delays[round(len(delays) * 0.99) - 1]:.2f} ", end="")
    assert {call.carriers for call in made} == {OUTCOMES[digit].carriers}
    assert sum(call.agent for call in made) == count


class TestOtherDescription:
    """Trunks and routes of other kinds, beside the lab's own."""

    @pytest.fixture(scope="class", autouse=True)
    @staticmethod
    def described():
        """Adds trunks and routes to the lab's; its own carriers are watched more often, to see an outage sooner."""
        often = {"frequency": 2, "timeout": 500}
        lab.provision(
            dialer_trunks=[
                {**lab.CARRIER_A, "qualify": often},
                {**lab.CARRIER_B, "qualify": often},
                {"name": "rewriting", "host": "198.18.10.10", "strip": 1, "prefix": "0011",
                 "caller_id": "13125557777", "fail_over_on_forbidden": False},
                {"name": "narrow", "host": "198.18.10.10", "max_calls": 1},
            ],
            dialer_routes=[
                lab.ROUTE,
                {"name": "rewritten", "dial_prefix": "83", "patterns": ["1NXXNXXXXXX"],
                 "trunks": [{"name": "rewriting"}, {"name": "carrier_b"}]},
                {"name": "narrow_first", "dial_prefix": "84", "patterns": ["1NXXNXXXXXX"],
                 "before_dial": ["Set(before=${EXTEN})", "UserEvent(BeforeDial,Number: ${before})"],
                 "trunks": [{"name": "narrow"}, {"name": "carrier_b"}]},
                {"name": "by_route", "dial_prefix": "85", "patterns": ["1NXXNXXXXXX"], "trunks": [
                    {"name": "rewriting", "strip": 0, "prefix": "2424", "caller_id": "", "ring_timeout": 5},
                    {"name": "carrier_b", "prefix": "+", "caller_id": "13125558888"}]},
                {"name": "subroutine", "dial_prefix": "87", "patterns": ["1NXXNXXXXXX"], "trunks": [
                    {"name": name, "dial_options": "Tob(headers^s^1)"} for name in ("narrow", "carrier_b")]},
                {"name": "desk", "dial_prefix": "86", "patterns": ["1NX"], "trunks": [{"name": "rewriting", "number": "2125550731x1"}]},
                {"name": "here", "dial_prefix": "80", "servers": ["trunks-dialer1"], "trunks": [{"name": "carrier_a"}]},
                {"name": "there", "dial_prefix": "80", "servers": ["trunks-dialer2"], "trunks": [{"name": "carrier_b", "prefix": "99"}]},
                {"name": "whole", "dial_prefix": "", "patterns": ["1NXXNXXXXXX", "44X."], "trunks": [{"name": "carrier_b"}],
                 "campaigns": ["OLDCAMP"], "tests": [{"dial": "13125550741", "reaches": "whole"}, {"dial": "8600051", "reaches": "none"}]},
            ],
        )
        yield
        lab.sql("UPDATE vicidial_campaigns SET dial_prefix='7', manual_dial_prefix='7' WHERE campaign_id='OLDCAMP'")
        lab.provision()

    @staticmethod
    def test_the_same_trunk_has_another_number_and_caller_id_on_another_route():
        [call] = lab.place("auto", NUMBER.format("0719"), "--prefix 85 --hold 0.5 --caller-id 13125550777")
        assert [(one.carrier, one.number, one.caller) for one in call.attempts] == [
            ("a", "2424" + call.number, "13125550777"), ("b", "+" + call.number, "13125558888")]
        assert call.agent

    @staticmethod
    def test_a_route_may_dial_a_fixed_number():
        [call] = lab.place("auto", "120", "--prefix 86 --hold 0.5")
        assert [(one.carrier, one.number, one.caller) for one in call.attempts] == [("a", "2125550731x1", "13125557777")]
        assert call.agent

    @staticmethod
    @pytest.mark.parametrize("mode", ["auto", "manual"])
    def test_calls_without_a_dial_prefix(mode):
        assert lab.sql("SELECT dial_prefix, manual_dial_prefix FROM vicidial_campaigns WHERE campaign_id='OLDCAMP'") == [["X", "X"]]
        made = lab.place(mode, [NUMBER.format("0741"), "442079460001"], "--prefix X --hold 0.5")
        assert [(call.carriers, call.agent, call.attempts[0].number) for call in made] == [
            ("b", True, NUMBER.format("0741")), ("b", True, "442079460001")]

    @staticmethod
    @pytest.mark.parametrize(("dialer", "carrier", "prefix"), [("dialer1", "a", ""), ("dialer2", "b", "99")])
    def test_a_number_has_another_route_on_another_dialer(dialer, carrier, prefix):
        [call] = lab.place("auto", NUMBER.format("0781"), "--prefix 80 --hold 0.5", dialer=dialer)
        assert [(one.carrier, one.number) for one in call.attempts] == [(carrier, prefix + call.number)]
        assert call.agent

    @staticmethod
    def test_the_operators_subroutine_runs_beside_the_routes_own():
        """Beside the count of the first trunk and the repair of the second one."""
        for step in ("1,Set(GLOBAL(HEADERS_OF)=${GLOBAL(HEADERS_OF)}${CHANNEL(peername)}+)", "2,Return()"):
            lab.cli("dialer1", f"dialplan add extension s,{step} into headers")
        try:
            [call] = lab.place("auto", NUMBER.format("0729"), "--prefix 87 --hold 0.5")
            assert "HEADERS_OF=narrow+carrier_b+\n" in lab.cli("dialer1", "dialplan show globals")
        finally:
            lab.cli("dialer1", "dialplan remove context headers")
            lab.cli("dialer1", 'dialplan set global HEADERS_OF ""')
        assert (call.carriers, call.agent) == ("ab", True)

    @staticmethod
    def test_a_ring_timeout_ends_an_attempt_and_no_other_trunk_rings_that_customer_again():
        with lab.events("dialer1") as published:
            [rung] = lab.place("auto", NUMBER.format("0716"), "--prefix 85 --hold 0.5")
        assert (rung.carriers, rung.agent, rung.logged[0], rung.status) == ("a", False, "NOANSWER", "NEW")
        assert [(event["Result"], event["Seconds"] in ("5", "6")) for event in published] == [("NOANSWER", True)]

    @staticmethod
    def test_a_trunk_that_does_not_respond_within_the_ring_timeout_has_failed():
        lab.forget_silence("dialer1")
        with lab.events("dialer1") as published:
            [silent] = lab.place("auto", NUMBER.format("0718"), "--prefix 85 --hold 0.5")
        cool_down = "TRUNKS_COOL_DOWN_rewriting=1" in lab.cli("dialer1", "dialplan show globals")
        lab.forget_silence("dialer1")
        assert (silent.carriers, silent.agent, cool_down) == ("b", True, True)
        assert [(event["Trunk"], event["Result"], event["Cause"]) for event in published] == [
            ("rewriting", "CONGESTION", "18"), ("carrier_b", "ANSWER", "16")]
        assert int(published[0]["Seconds"]) in (5, 6)

    @staticmethod
    def test_the_second_attempt_has_the_original_number_and_caller_id():
        [call] = lab.place("auto", NUMBER.format("0709"), "--prefix 83 --hold 0.5 --caller-id 13125550777")
        assert [(one.carrier, one.number, one.caller) for one in call.attempts] == [
            ("a", "0011" + call.number[1:], "13125557777"), ("b", call.number, "13125550777")]
        assert call.agent

    @staticmethod
    @pytest.mark.parametrize("mode", ["auto", "manual"])
    def test_forbidden_may_be_the_numbers_failure(mode):
        [call] = lab.place(mode, NUMBER.format("0715"), "--prefix 83 --hold 0.5")
        assert (call.carriers, call.agent, call.status) == ("a", False, "NEW")
        assert call.logged[1:] == (21, 403)

    @staticmethod
    @pytest.mark.parametrize("mode", ["auto", "manual"])
    def test_a_full_trunk_overflows_and_before_dial_runs(mode):
        numbers = [NUMBER.format(f"07{place}1") for place in (2, 3, 4)]
        with lab.events("dialer1", "BeforeDial") as before:
            made = lab.place(mode, numbers, "--prefix 84 --hold 2 --rate 4")
        assert all(call.agent for call in made)
        assert [call.carriers for call in made] == ["a", "b", "b"]
        assert [event["Number"] for event in before] == numbers

    @staticmethod
    @pytest.mark.parametrize("_again", [1, 2])
    def test_a_full_trunk_is_free_again_after_its_call(_again):
        [call] = lab.place("auto", NUMBER.format("0751"), "--prefix 84 --hold 0.5")
        assert (call.carriers, call.agent) == ("a", True)

    @staticmethod
    def test_both_down():
        """Unreachable carriers cost no time, the lead stays callable, and the log says why."""
        lab.sh("dialer1", "nft -f -", stdin="table inet outage { chain output { type filter hook output priority 0;"
                                            " ip daddr { 198.18.10.10, 198.18.20.20 } udp dport 5060 drop; }; }\n")
        try:
            assert lab.wait_until(
                lambda: sum("UNREACHABLE" in line for line in lab.cli("dialer1", "sip show peers").splitlines()
                            if line.startswith("carrier_")) == 2, 12)
            began = time.monotonic()
            made = [lab.place(mode, NUMBER.format("0761"))[0] for mode in ("auto", "manual")]
            assert time.monotonic() - began < 12
        finally:
            lab.sh("dialer1", "nft delete table inet outage")
        for call in made:
            assert (call.carriers, call.agent, call.status, call.logged) == ("", False, "NEW", ("CONGESTION", 42, 0))
            said = lab.sh("dialer1", f"grep -h 'WARNING.*dialer.trunks.*{call.key}' /var/log/asterisk/messages")
            assert f"route us: no trunk took {call.number} after 2 of at most 2 attempts" in said
            assert "carrier_a CHANUNAVAIL cause 20, carrier_b CHANUNAVAIL cause 20, " in said


class TestRepairNotReady:
    """Dialer 2 without any channel table: its customers would be lost after a failover, so there is none."""

    @pytest.fixture(scope="class", autouse=True)
    @staticmethod
    def without_tables():
        lab.sh("dialer2", f"{lab.HOME}/standin stop channels")
        lab.sql("RENAME TABLE cid_channels_recent TO cid_channels_kept")
        yield
        if lab.sql("SHOW TABLES LIKE 'cid\\_channels\\_kept'"):  # the test failed half way
            lab.sql("RENAME TABLE cid_channels_kept TO cid_channels_recent")
            share_table("dialer2")
            lab.provision()

    @staticmethod
    def test_one_attempt_and_a_warning_until_it_is_mended():
        run = lab.provision()
        said = " ".join(run.output.split())
        assert "make one attempt per call, without failover" in said
        assert f"the database has neither {own_table('dialer2')} nor cid_channels_recent" in said
        [refused] = lab.place("auto", NUMBER.format("0809"), dialer="dialer2")
        [answered] = lab.place("auto", NUMBER.format("0819"), "--hold 0.5", dialer="dialer1")
        assert (refused.carriers, refused.agent, refused.status, refused.logged) == (
            "a", False, "NEW", ("CONGESTION", 42, 503))
        assert (answered.carriers, answered.agent) == ("ab", True)
        lab.sql("RENAME TABLE cid_channels_kept TO cid_channels_recent")
        share_table("dialer2")
        assert "one attempt" not in lab.provision().output
        [mended] = lab.place("auto", NUMBER.format("0829"), "--hold 0.5", dialer="dialer2")
        assert (mended.carriers, mended.agent) == ("ab", True)
