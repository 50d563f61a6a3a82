# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in a description stop the real playbook before anything is touched, all of them named at once.

What counts as a mistake is for the unit tests of the plan; what only a dialer and the database know is here.
"""
from __future__ import annotations

import pytest

from lab_site import (DIALERS, ONE, OTHER, SITE, asterisk, described, differences, everything, play, route, site, sql)


@pytest.fixture(scope="module", autouse=True)
def untouched():
    """Fails the last test when any of these runs has touched anything: each picture of the lab takes seconds."""
    before = everything()
    yield
    assert differences(before, everything()) == []


def refused(*said: str, **extra_vars) -> None:
    """Run site.yml with these variables: it must fail and say all of this."""
    run = site(extra_vars=extra_vars)
    assert run.rc != 0, run
    assert run.changes == []
    for words in said:
        assert words in run.said, f"{words!r} is not in: {run.said}"


def test_all_mistakes_at_once_with_their_paths():
    refused(
        "dialer_trunks[0].prot: unknown", "dialer_trunks[1].port: ", "dialer_routes[0].trunks[0].name: no trunk 'carier_a'",
        "did you mean 'carrier_a'?", "dialer_rtp.start: ",
        **{**described(carrier_a={"prot": "sip"}, carrier_b={"port": 70000}),
           **route(trunks=[{"name": "carier_a"}, {"name": "carrier_b"}]), "dialer_rtp": {"start": 10001, "end": 20000}})


def test_each_dialers_own_mistake_names_that_dialer():
    run = site(extra_vars={"dialer_rtp": "{{ {'start': 10001, 'end': 20000} if inventory_hostname == '" + OTHER
                                         + "' else {'start': 10000, 'end': 20000} }}"})
    assert run.rc != 0
    assert f"(as {OTHER} has it)" in run.said and "dialer_rtp.start" in run.said


def test_names_and_numbers_that_the_database_knows_as_somebody_elses():
    refused(
        f"{DIALERS[ONE]}, route us: carrier FOREIGN1, which is not ours, answers _71NXXNXXXXXX already",
        "campaign NOSUCH: no row of vicidial_campaigns has this campaign_id",
        dialer_routes=[{**SITE["dialer_routes"][0], "dial_prefix": "7", "campaigns": ["NOSUCH"]}])


def test_names_that_the_dialers_have_already():
    others = [{"name": name, "description": "Taken", "host": "198.18.20.20"} for name in ("gs101", "iax103", "doorbell")]
    refused(f"{ONE}: dialer_trunks[2].name: 'gs101' is taken: SIP has a peer that registers named 'gs101', which is not ours",
            f"{OTHER}: dialer_trunks[3].name: 'iax103' is taken: IAX2 has a peer that registers",
            f"{ONE}: dialer_trunks[4].name: 'doorbell' is taken: SIP has a peer at 198.18.0.200",
            dialer_trunks=[*SITE["dialer_trunks"], *others])


def test_a_number_that_a_context_answers_already():
    refused("dialer_routes[0].patterns[0]: no call would reach '_881NXXNXXXXXX', because Asterisk looks up '_881NXXNXXXXXX' of context "
            "'default' first",
            dialer_routes=[{**SITE["dialer_routes"][0], "dial_prefix": "88"}])


def test_what_vicidial_dials_for_itself_is_not_sent_to_a_carrier():
    """Its own extensions come first, which is said once; those that are missing there would be lost to the route."""
    wide = [{**SITE["dialer_routes"][0], "dial_prefix": "", "patterns": ["X."], "campaigns": [], "tests": []}]
    elsewhere = "route 'us': calls to some of its numbers go elsewhere, today and with this route: those to "
    asterisk(ONE, "dialplan remove extension 8368@default")
    try:
        refused(f"{ONE}: dialer_routes[0].patterns[0]: '_X.' would send 8368 (the agent script) to a carrier", dialer_routes=wide)
    finally:
        asterisk(ONE, "dialplan reload")
    run = site("--check", extra_vars={"dialer_routes": [{**wide[0], "dial_prefix": "9"}]})
    assert run.rc == 0, run
    assert f"{ONE}: {elsewhere}_90009., _9118XXXXXXXX, " in run.said, run.said


def test_calls_may_not_arrive_where_they_could_go_out():
    refused("dialer_trunks[1].context: must not be 'default': inbound calls could dial out from there, by the carriers of "
            "vicidial-auto-external; write trunkinbound", **described(carrier_b={"context": "default"}))
    # In the running dialplan alone: a file that is put back leaves its directory's time changed.
    for included, context in (("conferences", "agents"), ("default", "conferences")):
        asterisk(ONE, f"dialplan add include {included} into {context}")
    try:
        refused(f"{ONE}: dialer_trunks[1].context: context 'agents' leads out to carriers ('agents' includes 'conferences', 'conferences' "
                "includes 'default', 'default' includes 'vicidial-auto', 'vicidial-auto' includes 'vicidial-auto-external')",
                **described(carrier_b={"context": "agents"}))
    finally:
        for context in ("agents", "conferences"):
            asterisk(ONE, f"dialplan remove context {context}")


@pytest.mark.parametrize("role", ["carriers", "sip_peers", "dialplan"])
def test_a_role_alone_finds_what_the_dialer_has_already(role):
    """Each refuses the same as site.yml does, before anything is touched."""
    taken = {"name": "gs101", "description": "Taken", "host": "198.18.20.20"}
    run = play(f"- ansible.builtin.import_role: {{name: dialer.trunks.{role}}}", extra_vars={
        "dialer_trunks": [*SITE["dialer_trunks"], taken], "dialer_routes": [{**SITE["dialer_routes"][0], "dial_prefix": "88"}]})
    assert run.rc != 0, run
    assert run.changes == []
    assert "dialer_trunks[2].name: 'gs101' is taken: SIP has a peer that registers named 'gs101'" in run.said
    if role != "sip_peers":
        assert "dialer_routes[0].patterns[0]: no call would reach '_881NXXNXXXXXX'" in run.said


def test_a_dialer_that_says_another_server_ip():
    run = site("-e", '{"dialer_server_ip": "198.18.0.11"}')
    assert run.rc != 0
    assert f"{OTHER}: dialer_server_ip is '198.18.0.11', but the dialer itself says '198.18.0.12'" in run.said


def test_a_dialer_that_the_database_does_not_know():
    """The row of one dialer is away for the time of the run."""
    sql(f"UPDATE servers SET server_ip='198.18.0.99' WHERE server_ip='{DIALERS[OTHER]}'")
    try:
        run = site()
    finally:
        sql(f"UPDATE servers SET server_ip='{DIALERS[OTHER]}' WHERE server_ip='198.18.0.99'")
    assert run.rc != 0
    assert "no row of servers has this server_ip" in run.said and DIALERS[OTHER] in run.said


def test_a_text_longer_than_its_column():
    refused(f"{DIALERS[OTHER]}, trunk carrier_a, registration_string: ", "the column holds 255",
            dialer_firewall={"backend": "none"}, **described(carrier_a={
                "username": "u" * 60, "secret": "s" * 100, "host": "a-carrier-with-a-long-name.example.com", "register": True}))
