# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What firewalld's zones are to hold: which zones, which rules, and what differs from what firewall-cmd said."""
from __future__ import annotations


import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld as held
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import firewalld
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.paths import FIXTURES
from support.unit.descriptions import A, B, FIREWALL, RTP, SERVERS, described

SAID = (FIXTURES / "firewalld/list_all_zones.txt").read_text(encoding="utf-8")
MARK = 'log prefix="dialer.trunks" level="debug" limit value="2/d" accept'


def rules(*trunks: dict, rtp: dict | None = RTP, **firewall: object) -> list[str]:
    """The rules of a description, each without what they all have."""
    wanted = described(*trunks, dialer_rtp=rtp, dialer_firewall={**FIREWALL, "sip_ports": [5060], "backend": "firewalld", **firewall})
    text = render.files(plan.build(wanted, ["d1", "d2"]).for_dialer("d1"), "firewall", SERVERS)["firewalld.rules"]
    found = held.lines(text)
    assert all(held.is_managed(rule) and rule.startswith('rule family="ipv4" ') and rule.endswith(MARK) for rule in found)
    return [rule.removeprefix('rule family="ipv4" ').removesuffix(" " + MARK) for rule in found]


def sip(*sources: str) -> list[str]:
    return [f'source address="{source}" port port="5060" protocol="{protocol}"' for source in sources for protocol in ("udp", "tcp")]


def test_sip_is_let_in_from_who_is_described_and_rtp_from_anywhere() -> None:
    assert rules(A, B) == [*sip("198.18.0.0/24", "198.18.10.10", "198.18.20.20", "203.0.113.7"), 'port port="10000-20000" protocol="udp"']


def test_media_networks_limit_rtp() -> None:
    sources = ("198.18.0.0/24", "198.18.10.0/25", "198.18.20.20", "203.0.113.7")
    found = rules({**A, "media": ["198.18.10.0/25"]}, {**B, "media": ["198.18.20.20"]})
    assert found[8:] == [f'source address="{source}" port port="10000-20000" protocol="udp"' for source in sources]


def test_without_rtp_settings_no_rtp_is_let_in_and_phones_from_anywhere_let_everybody_in() -> None:
    assert rules(A, B, rtp=None, phones="anywhere") == ['port port="5060" protocol="udp"', 'port port="5060" protocol="tcp"']


def test_what_firewall_cmd_says_is_read() -> None:
    zones = held.parse(SAID)
    assert list(zones) == ["block", "dmz", "drop", "public", "trusted"]
    assert zones["dmz"] == {"target": "default", "interfaces": ["netb0"], "sources": [], "services": ["ssh"], "ports": [], "rules": []}
    assert zones["public"]["ports"] == ["5060/udp", "8000-8100/tcp"] and zones["drop"]["sources"] == ["203.0.113.0/24"]
    assert [held.is_managed(rule) for rule in zones["public"]["rules"]] == [False, True]


def state(rules: list[str], permanent: list[str] | None = None) -> list[dict]:
    """The zones with these rules in zone public."""
    running, saved = held.parse(SAID), held.parse(SAID)
    running["public"]["rules"], saved["public"]["rules"] = rules, rules if permanent is None else permanent
    return held.zones("public", running, saved)


def test_the_zones_are_those_that_packets_meet_and_that_keep_somebody_out() -> None:
    assert [zone["name"] for zone in firewalld.meant(state([]))] == ["dmz", "public"]


@pytest.mark.parametrize(("running", "permanent", "add", "remove"), [
    ([], [], ["new"], []),
    (["new"], ["new"], [], []),
    (["new"], [], ["new"], []),
    ([], ["new"], ["new"], []),
    (["new", "old"], ["new"], [], ["old"]),
    (["new"], ["new", "old"], [], ["old"]),
])
def test_a_rule_counts_when_it_runs_and_is_saved(running: list[str], permanent: list[str], add: list[str], remove: list[str]) -> None:
    named = {name: f'rule family="ipv4" source address="{address}" {MARK}' for name, address in (("new", "198.18.10.10"), ("old", "198.18.1.1"))}
    operators = 'rule family="ipv4" source address="198.18.9.9" accept'
    zones = [zone for zone in state([operators, *map(named.get, running)], [operators, *map(named.get, permanent)]) if zone["name"] == "public"]
    found = firewalld.changes(zones, [named["new"]])
    assert found == tuple([{"zone": "public", "rule": named[name]} for name in names] for names in (add, remove))


def test_what_is_rolled_back_goes_from_the_running_firewalld_and_from_what_it_saved() -> None:
    mine, kept = [f'rule family="ipv4" source address="198.18.{net}.10" {MARK}' for net in (10, 20)]
    operators = 'rule family="ipv4" source address="198.18.10.10" accept'
    listed = {"--list-all-zones": [operators, mine, kept], "--permanent --list-all-zones": [operators, mine]}
    asked = []

    def run_command(command: list[str]) -> tuple[int, str, str]:
        assert command[:3] == ["timeout", "60", "firewall-cmd"]
        asked.append(" ".join(command[3:]))
        held_rules = "".join(f"\t{rule}\n" for rule in listed.get(asked[-1], []))
        return 0, "public\n" if "default" in asked[-1] else f"public (active)\n  target: default\n  rich rules: \n{held_rules}", ""

    assert held.take_out({mine}, run_command) == 2
    assert asked[3:] == [f"--zone public --remove-rich-rule {mine}", f"--permanent --zone public --remove-rich-rule {mine}"]


def test_a_zone_that_lets_everybody_in_is_told() -> None:
    built = plan.build(described(A, B, dialer_firewall={**FIREWALL, "backend": "firewalld"}), ["d1", "d2"])
    assert [text.split(": ")[0] for text in firewalld.warnings(built, state([]))] == [
        "firewalld's zone public accepts SIP from any address by 5060/udp"]


def test_a_zone_that_lets_everybody_in_by_tls_is_told_where_a_trunk_uses_it() -> None:
    zones = [{**zone, "ports": ["5061/tcp"]} for zone in state([]) if zone["name"] == "public"]
    for trunk, told in ((A, 0), ({**A, "transport": "tls"}, 1)):
        wall = {**FIREWALL, "sip_ports": [5060], "backend": "firewalld"}
        built = plan.build(described(trunk, routes=(), dialer_firewall=wall), ["d1", "d2"])
        assert len(firewalld.warnings(built, zones)) == told


@pytest.mark.parametrize(("found", "said"), [
    ({"firewalld": False}, "firewalld does not run on this dialer"),
    ({"firewalld": True, "firewalld_problem": "firewall-cmd: no"}, "firewalld runs but cannot be asked: firewall-cmd: no"),
])
def test_a_dialer_without_it_is_an_error(found: dict, said: str) -> None:
    built = plan.build(described(A, B, dialer_firewall={**FIREWALL, "backend": "firewalld"}), ["d1", "d2"])
    assert said in firewalld.errors(built, found)[0]
    assert not firewalld.errors(built, {"firewalld": True, "firewalld_problem": ""})


def test_a_firewalld_that_cannot_be_asked_is_a_problem_with_its_own_words() -> None:
    with pytest.raises(held.FirewalldError, match="--get-default-zone: FirewallD is not running"):
        held.read(lambda command: (252, "", "FirewallD is not running\n"))
    with pytest.raises(held.FirewalldError, match="no answer within 60 seconds"):
        held.read(lambda command: (124, "", ""))
