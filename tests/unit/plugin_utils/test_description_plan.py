# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan makes of a description without mistakes: defaults, types, dialers, notes and warnings."""

from __future__ import annotations

import dataclasses

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import rows

DOCUMENTED = yaml.safe_load(
    """
dialer_trunks:
  - name: carrier_a
    description: VoIP Provider A
    protocol: sip
    host: 198.18.10.10
    port: 5060
    transport: udp
    username: your_account_1
    secret: an old secret is no secret
    register: false
    codecs: [ulaw, alaw]
    dtmf_mode: rfc2833
    context: trunkinbound
    qualify: {enabled: true, frequency: 60, timeout: 2000}
    max_calls: 100
    cost_per_minute: 0.020
    caller_id: ""
    strip: 0
    prefix: ""
    signalling: [198.18.10.10]
    media: []
    dial_options: To
    fail_over_on_forbidden: true
    servers: all
    enabled: true
    settings: {}
  - {name: carrier_b, description: VoIP Provider B, host: 198.18.20.20, max_calls: 100, cost_per_minute: 0.025}
dialer_routes:
  - name: us
    dial_prefix: "9"
    patterns: [1NXXNXXXXXX]
    strategy: weighted
    trunks:
      - {name: carrier_a, weight: 70}
      - {name: carrier_b, weight: 30}
    max_attempts: 2
    before_dial: []
    campaigns: []
    tests:
      - {dial: "913125551212", reaches: us}
      - {dial: "9911", reaches: none}
dialer_inbound:
  - {did: "13125550100", goto: "ivr,s,1"}
dialer_rtp: {start: 10000, end: 20000, strict: true, rtcp_interval: 5000}
dialer_firewall:
  {backend: nftables, sip_ports: [5060], phones: [198.18.0.0/24], management: [198.18.0.0/24]}
dialer_health: {interval: 10, down_after: 3, up_after: 5}
dialer_db: {host: 198.18.0.5, name: asterisk, user: cron, password: some password}
dialer_prune: false
""".replace("an old secret is no secret", "an-old-secret")
)


def documented(**changes) -> dict:
    """The documented example with strategy priority, and variables changed."""
    route = {**DOCUMENTED["dialer_routes"][0], "strategy": "priority"}
    return {**DOCUMENTED, "dialer_routes": [route], **changes}


SHORT = {
    "dialer_trunks": [{"name": "carrier_b", "host": "198.18.20.20"}],
    "dialer_routes": [{"name": "us", "trunks": [{"name": "carrier_b"}]}],
}


def test_the_documented_example_is_right():
    built = plan.build(DOCUMENTED, ["d1"])
    assert [(member.name, member.weight) for member in built.routes[0].trunks] == [("carrier_a", 70), ("carrier_b", 30)]


def shares(dialers, limit="max_calls", cluster=11, **more):
    """The calls, or calls per second, that each dialer may have of carrier_b."""
    trunk = {"name": "carrier_b", "host": "198.18.20.20", f"{limit}_cluster": cluster, **more}
    spare = {"name": "carrier_a", "host": "198.18.10.10"}
    routes = [{"name": "us", "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}]}]
    built = plan.build({"dialer_trunks": [spare, trunk], "dialer_routes": routes}, ["d1", "d2", "d3"])
    return [getattr(built.for_dialer(name).trunk("carrier_b"), limit) for name in dialers]


@pytest.mark.parametrize("limit", ["max_calls", "max_calls_per_second"])
def test_a_limit_for_the_cluster_is_divided_over_the_dialers_that_have_the_trunk(limit):
    assert shares(["d1", "d2", "d3"], limit) == [4, 4, 3]
    assert shares(["d1", "d2", "d3"], limit, **{limit: 3}) == [3, 3, 3]
    assert shares(["d1", "d3"], limit, servers=["d1", "d3"]) == [6, 5]
    assert shares(["d1", "d2", "d3"], limit, cluster=3) == [1, 1, 1]
    assert shares(["d1", "d2", "d3"], limit, cluster=0, **{limit: 7}) == [7, 7, 7]


def test_the_two_limits_for_the_cluster_are_divided_each_by_itself():
    assert shares(["d1", "d2", "d3"], max_calls_per_second_cluster=5) == [4, 4, 3]
    assert shares(["d1", "d2", "d3"], "max_calls_per_second", cluster=5, max_calls_cluster=100) == [2, 2, 1]


def test_a_share_is_at_most_what_a_dialer_can_count_in_a_second():
    assert shares(["d1", "d2", "d3"], "max_calls_per_second", cluster=900) == [200, 200, 200]


DECK = "prefix,rate\n1,0.01\n1312,0.002\n"


def with_deck(text, **more):
    trunks = [{"name": "carrier_b", "host": "198.18.20.20", "rates": "decks/b.csv"}]
    return plan.build({**SHORT, "dialer_trunks": trunks, **more}, ["d1"], read_file={"decks/b.csv": text}.__getitem__)


def test_a_rate_deck_is_read_with_the_description():
    routes = [{**SHORT["dialer_routes"][0], "strategy": "least_cost"}]
    assert with_deck(DECK, dialer_routes=routes).trunks[0].rates == DECK


def test_every_bad_line_of_a_rate_deck_is_named():
    with pytest.raises(plan.PlanError) as refused:
        with_deck(DECK + "x,1\n1,2\n7\n44,-1\n")
    assert refused.value.errors == [
        "dialer_trunks[0].rates: decks/b.csv: line 4: the prefix must be 1 to 15 digits, not 'x'",
        "dialer_trunks[0].rates: decks/b.csv: line 5: prefix 1 is already in line 2",
        "dialer_trunks[0].rates: decks/b.csv: line 6: prefix 7 has no rate",
        "dialer_trunks[0].rates: decks/b.csv: line 7: the rate must be a number of at least 0, not '-1'",
    ]


def test_what_is_left_out_is_what_is_documented():
    built = plan.build(documented(), ["d1"])
    first, second = built.trunks
    told_apart = {"name", "description", "host", "username", "secret", "max_calls", "cost_per_minute", "signalling", "path", "port"}
    for field in dataclasses.fields(plan.Trunk):
        if field.name not in told_apart:
            assert getattr(first, field.name) == getattr(second, field.name), field.name
    assert (first.port, second.port, second.expected_port) == (5060, None, 5060)
    assert second.signalling == ("198.18.20.20",)
    assert (second.username, second.secret, second.cost_per_minute) == ("", "", 0.025)


def test_the_shortest_description():
    built = plan.build(SHORT, ["d1"])
    assert built.mode == "vicidial"
    assert built.routes == (
        plan.Route(
            name="us",
            enabled=True,
            adopt=(),
            dial_prefix="9",
            patterns=("1NXXNXXXXXX",),
            strategy="priority",
            trunks=(plan.Member("carrier_b", None),),
            fail_over_causes=(),
            max_attempts=1,
            before_dial=(),
            servers="all",
            campaigns=(),
            tests=(),
        ),
    )
    assert built.routes[0].extensions == ("_91NXXNXXXXXX",)
    trunk = built.trunks[0]
    assert (trunk.description, trunk.max_calls, trunk.cost_per_minute) == ("", 0, None)
    assert trunk.qualify == plan.Qualify(enabled=True, frequency=60, timeout=2000)
    assert (built.rtp, built.firewall, built.db, built.prune, built.inbound) == (None, None, None, False, ())
    assert built.health is None
    assert (built.notes, built.warnings) == ((), ())


def test_the_whole_example_as_a_structure():
    built = plan.build(documented(dialer_mode="asterisk"), ["d1"])
    assert built.rtp == plan.Rtp(10000, 20000, True, 5000)
    assert built.firewall == plan.Firewall("nftables", (5060,), ("198.18.0.0/24",), ("198.18.0.0/24",))
    assert built.inbound == (
        plan.Inbound("13125550100", plan.Goto("ivr", "s", "1"), ("13125550100", "+13125550100", "3125550100")),
    )
    assert built.db == plan.Db("198.18.0.5", None, "asterisk", "cron", "some password")
    assert built.routes[0].tests == (plan.RouteTest("913125551212", "us"), plan.RouteTest("9911", None))
    assert built.trunk("carrier_a").secret == "an-old-secret"
    with pytest.raises(KeyError):
        built.trunk("carrier_c")


def test_a_monitor_is_there_only_where_it_is_described():
    built = {name: plan.build({**SHORT, "dialer_health": value}, ["d1"]).health for name, value in {
        "empty": {}, "off": {"enabled": False, "interval": 5}, "unset": None, "breaker": {"breaker": {"failed": 80}}}.items()}
    assert built["empty"] == plan.Health(
        interval=10, down_after=3, up_after=5, breaker=None, numbers="prefix", keep_days=90, keep_mb=500,
        metrics_file="", metrics_port=0, webhook="", command="")
    assert (built["off"], built["unset"]) == (None, None)
    assert built["breaker"].breaker == plan.Breaker(attempts=20, window=60, failed=80)


def test_what_is_not_used_is_said():
    assert plan.build(documented(), ["d1"]).notes == (
        "dialer_inbound is not used in vicidial mode, where DIDs belong to VICIdial.",
        "The weights of route 'us' are not used by strategy 'priority'.",
    )
    routes = [
        {
            **documented()["dialer_routes"][0],
            "trunks": [{"name": "carrier_a"}],
            "max_attempts": 1,
            "tests": [],
            "campaigns": ["TEST"],
        }
    ]
    assert plan.build(
        documented(dialer_mode="asterisk", dialer_routes=routes, dialer_rtp=None, dialer_health=None), ["d1"]
    ).notes == (
        "The campaigns of dialer_routes are not used in asterisk mode.",
        "dialer_db is not used in asterisk mode.",
        "dialer_rtp is unset, so the firewall does not filter RTP.",
        "Trunk 'carrier_b' is in no route.",
    )


def test_inbound_belongs_to_vicidial_in_vicidial_mode():
    assert plan.build(documented(), ["d1"]).inbound == ()


def test_trunks_that_call_in_from_one_place_get_a_warning():
    one, other = (
        SHORT["dialer_trunks"][0],
        {"name": "carrier_c", "host": "198.18.30.30", "signalling": ["198.18.20.20"]},
    )
    built = plan.build({**SHORT, "dialer_trunks": [one, other]}, ["d1", "d2"])
    assert built.warnings == (
        "Trunks 'carrier_b' and 'carrier_c' share 198.18.20.20:5060: "
        "Asterisk takes an inbound call from there for either of them.",
    )
    for apart in ({"port": 5070}, {"enabled": False}):
        assert not plan.build({**SHORT, "dialer_trunks": [one, {**other, **apart}]}, ["d1", "d2"]).warnings


def test_many_trunks_that_call_in_from_one_place_are_one_warning():
    trunks = [{"name": f"trunk_{number}", "host": "198.18.20.20"} for number in range(3)]
    apart = {"name": "elsewhere", "host": "198.18.20.20", "servers": ["d2"]}
    built = plan.build({**SHORT, "dialer_trunks": [{**one, "servers": ["d1"]} for one in trunks] + [apart], "dialer_routes": []}, ["d1", "d2"])
    assert built.warnings == (
        "Trunks 'trunk_0', 'trunk_1' and 'trunk_2' share 198.18.20.20:5060: "
        "Asterisk takes an inbound call from there for any of them.",
    )


def test_what_the_default_context_leads_to_is_known_of_vicidial_alone():
    trunk = {**SHORT["dialer_trunks"][0], "context": "default"}
    assert plan.build({**SHORT, "dialer_mode": "asterisk", "dialer_trunks": [trunk]}, ["d1"]).warnings == ()


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("port", "5070", 5070),
        ("max_calls", "100", 100),
        ("strip", "3", 3),
        ("cost_per_minute", "0.02", 0.02),
        ("cost_per_minute", 1, 1.0),
        ("enabled", "yes", True),
        ("enabled", "True", True),
        ("register", "no", False),
        ("register", "false", False),
        ("media", None, ()),
        ("host", "sip.example.com", "sip.example.com"),
        (
            "settings",
            {"nat": "no", "rtptimeout": 60, "videosupport": False, "setvar": ["a=1", 2]},
            {"nat": "no", "rtptimeout": "60", "videosupport": "no", "setvar": ("a=1", "2")},
        ),
        ("caller_id", "+13125550100", "+13125550100"),
        ("prefix", "1234#", "1234#"),
        ("dial_options", "", ""),
        ("dial_options", "ToL(1000:500)U(ctx^s^1)", "ToL(1000:500)U(ctx^s^1)"),
        ("servers", ["d1"], ("d1",)),
        ("signalling", ["198.18.20.20", "198.18.20.21"], ("198.18.20.20", "198.18.20.21")),
        ("signalling", [], ("198.18.20.20",)),
    ],
)
def test_a_value_is_kept_in_its_own_type(key, given, kept):
    trunk = plan.build({**SHORT, "dialer_trunks": [{**SHORT["dialer_trunks"][0], key: given}]}, ["d1"]).trunks[0]
    assert getattr(trunk, key) == kept
    assert type(getattr(trunk, key)) is type(kept)


def test_the_options_of_vicidials_own_subroutine_are_free_in_asterisk_mode():
    trunk = {**SHORT["dialer_trunks"][0], "dial_options": "b(sub^s^1)G(a^s^1)"}
    assert plan.build({**SHORT, "dialer_mode": "asterisk", "dialer_trunks": [trunk]}, ["d1"]).trunks[0].dial_options


def test_a_plan_for_one_dialer():
    description = {
        "dialer_trunks": [
            {"name": "carrier_a", "host": "198.18.10.10", "servers": ["d1"]},
            {"name": "carrier_b", "host": "198.18.20.20"},
            {"name": "carrier_c", "host": "198.18.30.30", "enabled": False},
        ],
        "dialer_routes": [
            {"name": "us", "trunks": [{"name": name} for name in ("carrier_c", "carrier_a", "carrier_b")]}
        ],
    }
    built = plan.build(description, ["d1", "d2"])
    assert built.routes[0].max_attempts == 3
    first, second = built.for_dialer("d1"), built.for_dialer("d2")
    assert [trunk.name for trunk in first.trunks] == ["carrier_a", "carrier_b", "carrier_c"]
    assert [member.name for member in first.routes[0].trunks] == ["carrier_a", "carrier_b"]
    assert first.routes[0].max_attempts == 2
    assert [trunk.name for trunk in second.trunks] == ["carrier_b", "carrier_c"]
    assert [member.name for member in second.routes[0].trunks] == ["carrier_b"]
    assert second.routes[0].max_attempts == 1


def test_a_route_sets_number_and_options_of_its_trunks():
    trunk = {"name": "carrier_a", "host": "198.18.10.10", "strip": 1, "prefix": "00", "caller_id": "13125550100", "dial_options": "T"}
    members = [{}, {"strip": 0, "prefix": "", "caller_id": "", "dial_options": ""},
               {"prefix": "+", "dial_options": "ToU(sub^s^1)", "ring_timeout": "30"}, {"number": "5550100"}]
    routes = [{"name": f"r{number}", "dial_prefix": str(number), "trunks": [{"name": "carrier_a", **member}]}
              for number, member in enumerate(members)]
    built = plan.build({"dialer_trunks": [trunk], "dialer_routes": routes}, ["d1"])
    keys = ("strip", "prefix", "number", "caller_id", "dial_options", "ring_timeout")
    assert [[getattr(built.trunks[0].on_route(route.trunks[0]), key) for key in keys] for route in built.routes] == [
        [1, "00", "", "13125550100", "T", 0],
        [0, "", "", "", "", 0],
        [1, "+", "", "13125550100", "ToU(sub^s^1)", 30],
        [0, "", "5550100", "13125550100", "T", 0],
    ]


def on_dialers(**more) -> plan.Plan:
    trunks = [{"name": "carrier_a", "host": "198.18.10.10", "servers": ["d1"]}, {"name": "carrier_b", "host": "198.18.20.20", "servers": ["d2"]}]
    routes = [{"name": "us", "trunks": [{"name": "carrier_a"}], **more},
              {"name": "uk", "dial_prefix": "8", "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}]},
              {"name": "rest", "dial_prefix": "7", "trunks": [{"name": "carrier_b"}], "enabled": False}]
    return plan.build({"dialer_trunks": trunks, "dialer_routes": routes}, ["d1", "d2", "d3"])


def test_a_dialer_without_trunks_of_a_route_does_without_it_and_that_is_said():
    built = on_dialers()
    assert {name: [route.name for route in built.for_dialer(name).routes] for name in built.dialers} == {
        "d1": ["us", "uk"], "d2": ["uk"], "d3": []}
    assert [len(built.for_dialer(name).resting) for name in built.dialers] == [0, 1, 0]
    assert [warning.split(":")[0] for warning in built.warnings] == [
        "Route 'us' is not on d2, d3, which have none of its trunks (see their servers)",
        "Route 'uk' is not on d3, which has none of its trunks (see their servers)"]


def test_a_route_that_names_its_dialers_is_on_those_and_nothing_is_said():
    built = on_dialers(servers=["d1"])
    assert [warning.split("'")[1] for warning in built.warnings] == ["uk"]
    everywhere = plan.build({**SHORT, "dialer_routes": [{**SHORT["dialer_routes"][0], "servers": ["d2"]}]}, ["d1", "d2"])
    assert [len(everywhere.for_dialer(name).routes) for name in ("d1", "d2")] == [0, 1]
    assert everywhere.warnings == ()


def test_variables_of_others_are_not_looked_at():
    assert plan.build(
        {
            **SHORT,
            "ansible_host": object(),
            "sip_peers_trunks": 1,
            "dialer_server_ip": "198.18.0.11",
            "dialer_db_delegate": "d1",
            "dialer_rollout": None,
            "dialer_mode": None,
        },
        ["d1"],
    )


class Vaulted:
    """Stands for ansible-core's own objects, which are strings to nobody but str()."""

    def __str__(self) -> str:
        return "from-the-vault"


Vaulted.__name__ = "AnsibleVaultEncryptedUnicode"


class Unsafe(str):
    """Stands for ansible-core's subclasses of str."""


def test_ansibles_own_types_become_pythons():
    trunk = {
        Unsafe("name"): Unsafe("carrier_b"),
        "host": Unsafe("198.18.20.20"),
        "username": "u",
        "secret": Vaulted(),
        "codecs": (Unsafe("ulaw"),),
    }
    built = plan.build({**SHORT, "dialer_trunks": [trunk]}, ["d1"]).trunks[0]
    assert type(built.name) is str
    assert built.secret == "from-the-vault"
    assert built.codecs == ("ulaw",)


def test_a_backend_none_is_no_firewall():
    assert plan.build({**SHORT, "dialer_firewall": {"backend": "none"}}, ["d1"]).firewall is None
    assert plan.build({**SHORT, "dialer_firewall": {}}, ["d1"]).firewall is None


def test_a_route_that_is_not_enabled_rests_with_its_trunks():
    resting = {**documented()["dialer_routes"][0], "name": "rest", "dial_prefix": "8", "enabled": False, "campaigns": []}
    whole = plan.build({**documented(), "dialer_routes": [*documented()["dialer_routes"], resting]}, ["d1"])
    assert [route.name for route in whole.routes] == ["us"]
    one = whole.for_dialer("d1")
    assert [(route.name, len(route.trunks)) for route in one.resting] == [("rest", 2)]


def test_a_disabled_route_may_have_disabled_trunks_only_and_its_row_is_described_as_inactive():
    """Otherwise its row would be left as it was, active, and its calls would find no peer."""
    off = [{"name": "carrier_b", "host": "198.18.20.20", "enabled": False}]
    route = {"name": "us", "trunks": [{"name": "carrier_b"}], "enabled": False}
    one = plan.build({"dialer_trunks": off, "dialer_routes": [route]}, ["d1"]).for_dialer("d1")
    assert [(row["kind"], row["name"], row["active"]) for row in rows.desired(one, "198.18.0.11")] == [
        ("trunk", "carrier_b", False), ("route", "us", False)]


def test_a_disabled_route_with_one_enabled_trunk_has_that_one_only():
    trunks = [{"name": "carrier_a", "host": "198.18.10.10", "enabled": False}, {"name": "carrier_b", "host": "198.18.20.20"}]
    route = {"name": "us", "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}], "enabled": False}
    one = plan.build({"dialer_trunks": trunks, "dialer_routes": [route]}, ["d1"]).for_dialer("d1")
    assert [member.name for member in one.resting[0].trunks] == ["carrier_b"]
