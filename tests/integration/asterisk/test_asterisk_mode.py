# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain Asterisk, where everything is files, as molecule/asterisk describes it: asked of the running programs."""
from __future__ import annotations

import re

import pytest

from support.lab.asterisk_mode import INVENTORY, SITE, run_site
from support.lab.calls import times_received
from support.lab.machines import DIALERS, ONE, OTHER, asterisk, sh, sql
from support.lab.playbooks import play
from support.lab.running import channels, generation, loaded, no_calls, peer, stamp
from support.lab.state import files, operators_text, ruleset
from support.waiting import wait_until

COMMIT = "Commit the files, or verify that they are in force"
BOTH = pytest.mark.parametrize("dialer", DIALERS)


def call(dialer: str, number: str) -> None:
    """Dial a number from the operator's context; the caller listens for a moment."""
    asterisk(dialer, f"channel originate Local/{number}@office application Wait 3")


@BOTH
def test_peers_are_loaded_from_our_files(dialer):
    number = generation(dialer)
    for name, host in (("carrier_a", "198.18.10.10"), ("carrier_b", "198.18.20.20")):
        found = peer(dialer, name)
        assert found["Addr->IP"] == f"{host}:5060" and found["Status"].startswith("OK (")
        assert 1 <= stamp(dialer, name) <= number
    assert peer(dialer, "carrier_a")["Secret"] == "<Set>"
    assert sh(dialer, "tail -1 /etc/asterisk/sip.conf") == "#tryinclude trunks/sip.conf ; dialer.trunks\n"


@BOTH
def test_the_account_is_registered(dialer):
    wait_until(lambda: re.search(r"198\.18\.10\.10:5060\s+\S+\s+your_account\S*\s+\d+\s+Registered",
                                 asterisk(dialer, "sip show registry")) is not None, 10, "the registration")


@BOTH
def test_contexts_are_loaded_and_nothing_of_vicidial_is(dialer):
    assert loaded(dialer, "trunks-route-us") and loaded(dialer, "trunks-outbound") and loaded(dialer, "trunks-inbound")
    route = asterisk(dialer, "dialplan show trunks-route-us")
    assert "AGI(" not in route and "trunks_call_key" not in route
    assert not loaded(dialer, "trunks-repair-ready")


def test_no_row_is_written():
    assert sql("SELECT COUNT(*) FROM vicidial_server_carriers WHERE carrier_description LIKE '[dialer.trunks %'") == [["0"]]


@BOTH
def test_rtp_and_firewall_are_in_force(dialer):
    shown = asterisk(dialer, "rtp show settings")
    assert re.search(r"Port start:\s+12000\b", shown) and re.search(r"Port end:\s+14999\b", shown)
    assert "198.18.10.10" in ruleset(dialer) and "no telnet" in ruleset(dialer)


def test_a_call_goes_out_by_the_operators_context():
    number = "13125552301"
    a, b = times_received("a", number), times_received("b", number)
    call(ONE, "9" + number)
    wait_until(lambda: times_received("a", number) == a + 1, 5, "the call at carrier a")
    assert times_received("b", number) == b


def test_a_call_that_carrier_a_refuses_goes_out_by_carrier_b():
    number = "13125552309"
    a, b = times_received("a", number), times_received("b", number)
    call(OTHER, "9" + number)
    wait_until(lambda: times_received("b", number) == b + 1, 5, "the call at carrier b")
    assert times_received("a", number) == a + 1


def test_a_busy_number_is_not_dialled_twice():
    number = "13125552302"
    a, b = times_received("a", number), times_received("b", number)
    call(ONE, "9" + number)
    wait_until(lambda: times_received("a", number) == a + 1 and no_calls(ONE), 8, "the call's end")
    assert times_received("b", number) == b


def test_an_inbound_call_arrives_where_its_did_goes():
    # By carrier a: on dialer 1 the operator has a peer of its own at carrier b's address.
    sh("trunks-carrier-a", "asterisk -rx 'channel originate Local/13125550100*1@to-dialer application Wait 4'")
    wait_until(lambda: "ivr" in [found.context for found in channels(ONE, "SIP/carrier_a-")], 5, "the call in ivr")


def test_a_second_run_changes_nothing():
    run = run_site()
    assert run.rc == 0, run
    assert run.changes == []


def test_a_new_setting_reloads_the_peer_and_check_says_so_first(restored):
    trunks = [{**SITE["dialer_trunks"][0], "qualify": {"frequency": 30}}, SITE["dialer_trunks"][1]]
    before = {dialer: (stamp(dialer, "carrier_a"), stamp(dialer, "carrier_b"), generation(dialer)) for dialer in DIALERS}
    check = run_site("--check", extra_vars={"dialer_trunks": trunks})
    assert {dialer: (stamp(dialer, "carrier_a"), stamp(dialer, "carrier_b"), generation(dialer)) for dialer in DIALERS} == before
    run = run_site(extra_vars={"dialer_trunks": trunks})
    assert run.rc == 0, run
    assert run.changes == check.changes == [(COMMIT, ONE), (COMMIT, OTHER)]
    for dialer, (_first, second, number) in before.items():
        assert (stamp(dialer, "carrier_a"), stamp(dialer, "carrier_b"), generation(dialer)) == (number + 1, second, number + 1)
        assert run.results(COMMIT)[dialer]["files"] == ["sip/carrier_a.conf"]


def test_a_trunk_taken_out_stays_until_it_is_pruned(restored):
    less = {"dialer_trunks": SITE["dialer_trunks"][:1], "dialer_routes": [{**SITE["dialer_routes"][0], "trunks": [{"name": "carrier_a"}]}]}
    left = run_site(extra_vars=less)
    assert left.rc == 0, left
    assert left.results(COMMIT)[ONE]["left_over"] == ["sip/carrier_b.conf"]
    assert stamp(ONE, "carrier_b") > 0
    pruned = run_site(extra_vars={**less, "dialer_prune": True})
    assert pruned.rc == 0, pruned
    assert peer(ONE, "carrier_b") == {} and peer(OTHER, "carrier_b") == {}
    assert run_site(extra_vars={**less, "dialer_prune": True}).changes == []


def test_a_peer_that_asterisk_refuses_is_taken_back():
    """The operator's sip.conf has lost our line and gained a file that is missing: no reload brings the new peer."""
    number = generation(ONE)
    sh(ONE, "cp -p /etc/asterisk/sip.conf /root/sip.kept; sed -i 's/^#tryinclude trunks/;&/' /etc/asterisk/sip.conf;"
            " printf '#include missing-peers.conf\\n' >> /etc/asterisk/sip.conf")
    try:
        kept = sh(ONE, "cat /etc/asterisk/sip.conf")
        trunks = [{**SITE["dialer_trunks"][0], "qualify": {"frequency": 30}}, SITE["dialer_trunks"][1]]
        run = run_site("--limit", ONE, extra_vars={"dialer_trunks": trunks})
        assert run.rc != 0
        assert "peer carrier_a is loaded, but in an older version" in run.said
        assert sh(ONE, "cat /etc/asterisk/sip.conf") == kept
        assert generation(ONE) == number
    finally:
        sh(ONE, "mv /root/sip.kept /etc/asterisk/sip.conf; touch /etc/asterisk/sip.conf; asterisk -rx 'sip reload'")
    assert run_site("--limit", ONE).rc == 0


def test_roles_one_by_one_then_site_and_no_trace_after_remove(restored):
    """Last: everything goes, comes role by role, and goes again."""
    before = {dialer: operators_text(dialer, "/etc/asterisk/extensions.conf") for dialer in DIALERS}
    for _round in range(2):
        removed = run_site(playbook="playbooks/remove.yml")
        assert removed.rc == 0, removed
        for dialer in DIALERS:
            assert [path for path in files(dialer) if "trunks" in path] == []
            assert "dialer_trunks" not in ruleset(dialer)
            assert peer(dialer, "carrier_a") == {} and not loaded(dialer, "trunks-outbound")
            assert "0 SIP registrations" in asterisk(dialer, "sip show registry")
            assert sh(dialer, "cat /etc/asterisk/extensions.conf") == before[dialer]
            assert "dialer.trunks" not in sh(dialer, "cat /etc/asterisk/*.conf /etc/nftables.conf")
        assert run_site(playbook="playbooks/remove.yml").changes == []
        if _round == 0:
            for role, part in (("carriers", None), ("sip_peers", "sip/carrier_a.conf"), ("dialplan", "routes/us.conf"),
                               ("rtp", "rtp.conf"), ("firewall", "nftables.conf")):
                alone = play(f"- ansible.builtin.import_role: {{name: dialer.trunks.{role}}}", inventory=INVENTORY)
                assert alone.rc == 0, alone
                written = [hosts[ONE]["files"] for _name, hosts in alone.tasks if "files" in hosts.get(ONE, {})]
                assert part in written[-1] if part else not alone.changes
            whole = run_site()
            assert whole.rc == 0, whole
            assert whole.changes == []
