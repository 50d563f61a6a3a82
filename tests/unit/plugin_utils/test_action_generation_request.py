# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What asterisk_generation is asked to commit."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import generation_request, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

from support.unit.descriptions import A, B, SERVER_IP, described, planned


def test_files_of_peers_go_with_vicidial_mode_and_with_disabled_trunks():
    assert generation_request.dropped(planned("documented")) == ["sip/", "pjsip/", "iax/"]
    asterisk = plan.build(described(A, {**B, "enabled": False}, routes=(), dialer_mode="asterisk"), ["d1"])
    # and those of the protocol that a trunk had before
    assert generation_request.dropped(asterisk) == [
        "rows/", "pjsip/carrier_a.conf", "iax/carrier_a.conf", "sip/carrier_b.conf", "pjsip/carrier_b.conf", "iax/carrier_b.conf",
    ]


@pytest.mark.parametrize(
    "mode,carriers,tags,meant",
    [
        ("vicidial", {"carriers": [], "steps": []}, ["all"], True),
        ("vicidial", {"carriers": []}, ["carriers"], True),
        ("vicidial", {"carriers": []}, ["rtp"], False),  # read for their revisions only
        ("vicidial", {"skipped": True}, ["all"], False),
        ("vicidial", {}, ["all"], False),
        ("asterisk", {}, ["all"], True),  # to have none
    ],
)
def test_a_generation_keeps_rows_only_of_a_run_that_writes_them(mode, carriers, tags, meant):
    wanted = plan.build(described(A, routes=(), dialer_mode=mode), ["d1"])
    assert generation_request.means_rows(
        wanted, carriers, bool(host_vars.meant_by_tags({"ansible_run_tags": tags}, ["carriers"]))) is meant


def row(name: str, kind: str = "trunk", action: str = "unchanged", revision: int = 3, server_ip: str = SERVER_IP) -> dict:
    return {"name": name, "kind": kind, "action": action, "revision": revision, "server_ip": server_ip}


def proven(steps: list[str], *found: dict) -> dict:
    wanted = planned("several_routes")
    active = {trunk.name for trunk in wanted.trunks if trunk.enabled} | {route.name for route in wanted.routes}
    return generation_request.rows_of({"steps": steps, "carriers": list(found)}, active, SERVER_IP)


def test_rows_that_are_as_they_should_be_are_proven_whatever_the_step():
    assert proven([], row("carrier_a"), row("us", "route", revision=5)) == {"peers": {"carrier_a": 3}, "routes": {"us": 5}}


def test_rows_are_proven_once_their_step_is_done():
    changed = (row("carrier_a", action="changed"), row("us", "route", "added"))
    assert proven(["trunks"], *changed) == {"peers": {"carrier_a": 3}, "routes": {}}
    assert proven(["trunks", "routes"], *changed) == {"peers": {"carrier_a": 3}, "routes": {"us": 3}}


def test_rows_that_went_are_proven_gone_once_their_step_is_done():
    gone = (row("old", action="removed"), row("older", action="deactivated"), row("uk", "route", "removed"))
    assert proven(["trunks", "routes"], *gone) == {"peers": {}, "routes": {}}
    assert proven(["trunk_removals"], *gone) == {"peers": {"old": None, "older": None}, "routes": {}}
    assert proven(["route_removals"], *gone) == {"peers": {}, "routes": {"uk": None}}


def test_a_row_for_every_dialer_is_proven_on_each_and_takes_no_peer_away_that_it_replaces():
    found = (row("carrier_a", server_ip="0.0.0.0"), row("carrier_a", action="removed"), row("old", action="removed", server_ip="0.0.0.0"))
    assert proven(["trunks", "trunk_removals"], *found)["peers"] == {"carrier_a": 3, "old": None}
    assert proven(["trunks", "trunk_removals"], *reversed(found))["peers"] == {"carrier_a": 3, "old": None}


def test_rows_of_others_and_of_disabled_trunks_prove_nothing():
    assert proven(["trunks"], row("carrier_a", server_ip="198.18.0.12"), row("carrier_c"), row("undescribed")) == {
        "peers": {},
        "routes": {},
    }


def asked(name: str, parts: list[str], with_rows: bool = False, **carriers) -> dict:
    return generation_request.request(planned(name), parts, SERVER_IP, carriers=carriers, with_rows=with_rows, let_in=[], transports=[])


def test_only_the_parts_that_are_meant_are_rendered_and_tested():
    meant = asked("documented", ["rtp"])
    assert meant["parts"] == ["rtp"] == list(meant["files"]) and meant["tests"] == {} == meant["inbound"]
    assert set(meant["base"]) == {"extensions.conf"}
    assert any(path.startswith("routes/") for path in asked("documented", ["dialplan"])["files"]["dialplan"])


def test_rows_are_a_part_of_their_own():
    meant = asked("documented", ["rtp"], with_rows=True)
    assert meant["parts"] == ["rtp", "carriers"] and "rows/trunk-carrier_a.json" in meant["files"]["carriers"]
    assert asked("asterisk", ["rtp"], with_rows=True)["files"]["carriers"] == {}


def test_a_context_stays_as_long_as_a_row_leads_to_it():
    wanted = plan.build(described(A, B, dialer_prune=True), ["d1"])
    for waiting, prune in ((1, False), (0, True)):
        found = generation_request.request(wanted, [], SERVER_IP, carriers={"pending": {"route_removals": waiting}},
                                           with_rows=False, let_in=[], transports=[])
        assert found["prune"] is prune


def test_what_has_to_be_loaded_of_the_rows_is_told_with_its_technology():
    rows = {"steps": ["trunks"], "carriers": [row("carrier_a", action="changed")]}
    found = asked("documented", [], **rows)["rows"]
    assert found["peers"] == {"carrier_a": 3} and found["technologies"]["carrier_a"] == "SIP"
