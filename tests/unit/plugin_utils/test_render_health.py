# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor's orders and its user of AMI, as they are rendered of a description."""
from __future__ import annotations

import json
import re

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout, monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import AMI_USER, MONITOR
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import health

from support.paths import PLUGINS
from support.unit.descriptions import A, B, DIALER, US, described

C = {"name": "carrier.c", "host": "198.18.10.12", "protocol": "pjsip", "max_calls": 5}
OFF = {"name": "carrier_off", "host": "198.18.10.13", "enabled": False}
SETTINGS = {
    "interval": 5, "breaker": {"failed": 80}, "numbers": "none", "metrics_file": "/var/lib/node_exporter/trunks.prom",
    "webhook": "https://hooks.example.com/T0/planted", "command": "/usr/local/bin/told"}
LINE = 8191     # characters of a line that Asterisk reads


def rendered(*trunks, routes=(US,), read_file=None, **settings):
    given = described(*(trunks or (A, B, C, OFF)), routes=routes, dialer_health=settings)
    built = plan.build(given, [DIALER], read_file=read_file or (lambda path: "")).for_dialer(DIALER)
    return health.files(built)


def orders(**settings):
    return json.loads(rendered(**settings)[MONITOR])


@pytest.mark.parametrize("others", [{}, {"dialer_health": None}, {"dialer_health": {"enabled": False, "interval": 5}}])
def test_nothing_without_a_monitor(others):
    built = plan.build(described(A, B, **others), [DIALER]).for_dialer(DIALER)
    assert health.files(built) == {}


class TestOrders:
    def test_as_described(self):
        found = orders(**SETTINGS)
        assert found.pop("causes")["rejected"] == 21
        assert found == {
            "version": 1, "program": monitor.digest(), "interval": 5, "down_after": 3, "up_after": 5,
            "breaker": {"attempts": 20, "window": 60, "failed": 80}, "numbers": "none", "keep_days": 90, "keep_mb": 500,
            "metrics_file": "/var/lib/node_exporter/trunks.prom", "metrics_port": 0,
            "webhook": "https://hooks.example.com/T0/planted", "command": "/usr/local/bin/told",
            "trunks": {
                "carrier_a": {"technology": "SIP", "max_calls": 100, "cost_per_minute": 0.02, "rates": None},
                "carrier_b": {"technology": "SIP", "max_calls": 100, "cost_per_minute": 0.025, "rates": None},
                "carrier.c": {"technology": "PJSIP", "max_calls": 5, "cost_per_minute": None, "rates": None}},
            "routes": {"us": {"trunks": ["carrier_a", "carrier_b"], "dial_prefix": "9"}}}
        assert orders()["breaker"] is None

    def test_every_key_that_the_monitor_reads(self):
        """``digest`` is added by the monitor itself."""
        text = "".join(path.read_text(encoding="utf-8") for path in sorted((PLUGINS / "module_utils/_health").glob("*.py")))
        read = set(re.findall(r"orders\['(\w+)'\]", text))
        read.update(re.findall(r"'(\w+)'", " ".join(re.findall(r"^_KEYS = \(.*\)$|for key in \('down_after'.*\)}$", text, re.MULTILINE))))
        assert {"interval", "down_after", "breaker", "webhook", "numbers", "trunks", "metrics_file"} <= read
        assert read - set(orders()) == {"digest"}

    def test_a_line_for_each_trunk_and_route(self):
        lines = rendered()[MONITOR].splitlines()
        for name in ("carrier_a", "carrier_b", "carrier.c", "us"):
            assert sum(line.startswith(f'  "{name}": {{') for line in lines) == 1
        assert "carrier_off" not in rendered()[MONITOR] and rendered()[MONITOR].endswith("\n}\n")

    def test_the_same_description_is_the_same_text(self):
        assert rendered(A, B, **SETTINGS) == rendered(B, A, **SETTINGS)

    def test_rate_decks_are_files_that_trunks_share(self):
        decks = {"a.csv": "1,0.5\n44,0.25\n", "same.csv": "prefix,rate\n44,0.250\n1,0.5\n", "c.csv": "1,0.75\n"}
        trunks = [{**A, "rates": "a.csv"}, {**B, "rates": "same.csv"}, {**C, "rates": "c.csv"}, {**OFF, "rates": "c.csv"}]
        found = rendered(*trunks, read_file=decks.__getitem__)
        named = {name: trunk["rates"] for name, trunk in json.loads(found[MONITOR])["trunks"].items()}
        assert named["carrier_a"] == named["carrier_b"] != named["carrier.c"]
        assert set(found) == {MONITOR, AMI_USER, *named.values()} and {layout.part_of(path) for path in found} == {"health"}
        assert found[named["carrier_a"]] == rates.ranges(decks["a.csv"]) and found[named["carrier.c"]] == rates.ranges(decks["c.csv"])
        decks["c.csv"] = "1,0.8\n"
        assert json.loads(rendered(*trunks, read_file=decks.__getitem__)[MONITOR])["trunks"]["carrier.c"]["rates"] != named["carrier.c"]

    def test_without_trunks(self):
        off = {"name": "carrier_off", "host": "198.18.10.13", "enabled": False}
        found = rendered(off, routes=())
        assert json.loads(found[MONITOR])["trunks"] == json.loads(found[MONITOR])["routes"] == {}


class TestAmiUser:
    def test_it_reads_and_nothing_else_and_from_here_only(self):
        sections = re.findall(r"^\[(\w+)\]\n([^\[]*(?:\n[^\[].*)*)", rendered()[AMI_USER], re.MULTILINE)
        assert [name for name, _text in sections] == [monitor.USER]
        lines = [line for line in rendered()[AMI_USER].splitlines() if not line.startswith((";", "["))]
        found = dict(line.split("=", 1) for line in lines if not line.startswith("eventfilter="))
        assert found == {"secret": monitor.SECRET, "deny": "0.0.0.0/0.0.0.0", "permit": "127.0.0.1/255.255.255.255",
                         "read": "system,call,user", "write": ""}
        wanted = {AMI_USER: rendered()[AMI_USER]}
        monitor.with_secret(wanted, {})
        assert len(monitor.secret_of(wanted[AMI_USER])) == 48 and monitor.SECRET not in wanted[AMI_USER]

    @pytest.mark.parametrize("text, passes", [
        ("Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: TrunkAttempt\r\n", True),
        ("Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Other\r\n", False),
        ("Event: Hangup\r\nPrivilege: call,all\r\nChannel: SIP/carrier_a-0000002a\r\n", True),
        ("Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/carrier.c-0000002a\r\n", True),
        ("Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/carrierxc-0000002a\r\n", False),
        ("Event: Hangup\r\nPrivilege: call,all\r\nChannel: SIP/carrier_ab-0000002a\r\n", False),
        ("Event: Hangup\r\nPrivilege: call,all\r\nChannel: SIP/8001-0000002a\r\n", False),
        ("Event: PeerStatus\r\nPrivilege: system,all\r\nPeer: SIP/carrier_b\r\nPeerStatus: Lagged\r\n", True),
        ("Event: PeerStatus\r\nPrivilege: system,all\r\nPeer: SIP/carrier_bc\r\nPeerStatus: Lagged\r\n", False),
        ("Event: ContactStatus\r\nPrivilege: system,all\r\nURI: sip:x\r\nEndpointName: carrier.c\r\n", True),
        ("Event: ContactStatus\r\nPrivilege: system,all\r\nURI: sip:x\r\nEndpointName: 8001\r\n", False),
        ("Event: FullyBooted\r\nPrivilege: system,all\r\n", True),
        ("Event: Newchannel\r\nPrivilege: call,all\r\nChannel: SIP/carrier_a-0000002a\r\n", False),
    ])
    def test_only_events_that_it_needs_reach_it(self, text, passes):
        # [[:space:]] is POSIX's; . matches a line feed there
        filters = [line[len("eventfilter="):].replace("[[:space:]]", r"\s")
                   for line in rendered()[AMI_USER].splitlines() if line.startswith("eventfilter=")]
        assert any(re.search(one, text, re.DOTALL) for one in filters) == passes

    def test_a_line_is_one_that_asterisk_reads(self):
        trunks = [{"name": f"carrier-with-a-name-of-thirty-{number:03d}", "host": "198.18.10.10"} for number in range(500)]
        for count in (1, 150, 200, 500):
            found = rendered(*trunks[:count], routes=())[AMI_USER]
            assert max(map(len, found.splitlines())) < LINE
            assert (trunks[0]["name"] in found) == (count < 200)
            filters = [line for line in found.splitlines() if line.startswith("eventfilter=^Event: Hangup")]
            assert re.search(filters[0].partition("=")[2], f"Event: Hangup Channel: SIP/{trunks[count - 1]['name']}-0000002a")
