# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions behind the golden files, each with what it is there to show, and what they render to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render, rows

DIALER = "d1"
SERVER_IP = "198.18.0.11"
SERVERS = ("198.18.0.11", "198.18.0.12")
SECRET = "Gr8-secret_of-a"

A = {
    "name": "carrier_a",
    "description": "VoIP Provider A",
    "host": "198.18.10.10",
    "max_calls": 100,
    "cost_per_minute": 0.02,
}
B = {
    "name": "carrier_b",
    "description": "VoIP Provider B",
    "host": "198.18.20.20",
    "max_calls": 100,
    "cost_per_minute": 0.025,
}
US = {
    "name": "us",
    "dial_prefix": "9",
    "patterns": ["1NXXNXXXXXX"],
    "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}],
}
FIREWALL = {
    "backend": "nftables",
    "sip_ports": [5060, 5080],
    "phones": ["198.18.0.0/24"],
    "management": ["198.18.0.0/25", "203.0.113.7"],
}
RTP = {"start": 10000, "end": 20000, "strict": True, "rtcp_interval": 5000}


def described(*trunks: dict[str, Any], routes: tuple[dict[str, Any], ...] = (US,), **others: Any) -> dict[str, Any]:
    return {"dialer_trunks": list(trunks), "dialer_routes": list(routes), **others}


def _in_turn(name: str, prefix: str, weights: tuple[int, ...] = (), **others: Any) -> dict[str, Any]:
    members = [{"name": f"carrier_{letter}"} for letter in "abc"]
    weighted = [{**member, "weight": weight} for member, weight in zip(members, weights)]
    return {"name": name, "dial_prefix": prefix, "trunks": weighted or members, **others}


DESCRIPTIONS: dict[str, dict[str, Any]] = {
    # the example of the documentation, with a login and all that is filtered and set
    "documented": described(
        {**A, "username": "your_account_1", "secret": SECRET}, B, dialer_rtp=RTP, dialer_firewall=FIREWALL
    ),
    "asterisk": described(
        {**A, "username": "your_account_1", "secret": SECRET, "register": True},
        {**B, "context": "from-carrier-b"},
        dialer_mode="asterisk",
        dialer_inbound=[
            {"did": "13125550100", "goto": "ivr,s,1"},
            {"did": "+442079460000", "goto": "sales,100,start"},
        ],
        dialer_rtp={**RTP, "strict": False},
    ),
    "registration": described(
        {**A, "username": "your_account_1", "secret": SECRET, "register": True},
        {**B, "username": "account-b", "secret": "b.Secret"},
    ),
    # several gateways, options of the protocol's own, no qualify (the route has one trunk)
    "gateways": described(
        {
            **A,
            "signalling": ["198.18.10.10", "198.18.10.11", "198.18.10.12"],
            "codecs": ["g729", "ulaw"],
            "dtmf_mode": "info",
            "qualify": {"enabled": False},
            "settings": {"fromdomain": "carrier-a.example.com", "setvar": ["one=1", "two=2"]},
        },
        routes=({**US, "trunks": [{"name": "carrier_a"}]},),
    ),
    # the number and the caller id rewritten, a step before the first attempt, dial options, 403 is the number's
    "rewritten": described(
        {**A, "strip": 1, "prefix": "0044", "caller_id": "+13125550199", "fail_over_on_forbidden": False},
        {**B, "name": "carrier-b", "strip": 3, "dial_options": "ToL(3600000:60000)", "max_calls": 0},
        routes=(
            {
                "name": "uk",
                "dial_prefix": "81",
                "patterns": ["01144[2-8]XXXXXXXXX", "44X."],
                "trunks": [{"name": "carrier_a"}, {"name": "carrier-b"}],
                "before_dial": ["AGI(dnc.agi,${EXTEN})", 'Set(CDR(userfield)="uk")'],
            },
        ),
    ),
    # two routes, attempts limited to one, a trunk that is switched off, one that is on another dialer
    "several_routes": described(
        A,
        B,
        {"name": "carrier_c", "host": "sip.example.com", "enabled": False},
        {"name": "carrier_d", "host": "198.18.40.40", "servers": ["d2"]},
        routes=(
            {**US, "max_attempts": 1, "campaigns": ["OUT1", "OUT2"]},
            {
                "name": "world",
                "dial_prefix": "9",
                "patterns": ["011X."],
                "trunks": [{"name": "carrier_b"}, {"name": "carrier_a"}, {"name": "carrier_d"}],
            },
        ),
    ),
    # no limit of calls anywhere
    "unlimited": described({**A, "max_calls": 0}, {**B, "max_calls": 0}),
    # one route a strategy; a limit of calls a second; causes of the route's and of a trunk's own
    "strategies": described(
        A,
        {**B, "max_calls": 50, "max_calls_per_second": 5},
        {
            "name": "carrier_c",
            "host": "198.18.10.12",
            "max_calls_cluster": 21,
            "max_calls_per_second_cluster": 7,
            "cost_per_minute": 0.01,
            "fail_over_causes": [34, 38],
        },
        routes=(
            _in_turn("turns", "1", strategy="round_robin"),
            _in_turn("weights", "2", weights=(70, 0, 30), strategy="weighted", max_attempts=2),
            _in_turn("shares", "3", strategy="least_used", fail_over_causes=[18, 34]),
            _in_turn("costs", "4", strategy="least_cost"),
        ),
    ),
    # every protocol and transport; a name for a host
    "kinds": described(
        {"name": "sip_tcp", "host": "198.18.10.10", "transport": "tcp"},
        {"name": "sip_tls", "host": "198.18.10.10", "transport": "tls", "srtp": "required", "username": "a", "secret": SECRET, "register": True},
        {
            "name": "pj_udp",
            "description": "VoIP Provider A",
            "host": "198.18.10.10",
            "protocol": "pjsip",
            "username": "your_account_1",
            "secret": SECRET,
            "register": True,
            "signalling": ["198.18.10.10", "198.18.10.11"],
            "settings": {"from_domain": "carrier-a.example.com", "direct_media": True},
        },
        {"name": "pj_tls", "host": "localhost", "protocol": "pjsip", "transport": "tls", "srtp": "required", "dtmf_mode": "auto"},
        {"name": "iax", "host": "198.18.10.10", "protocol": "iax2", "username": "your_account_1", "secret": SECRET, "register": True,
         "signalling": ["198.18.10.10", "198.18.10.11"], "settings": {"encryption": "aes128"}},
        {"name": "iax_name", "host": "localhost", "protocol": "iax2", "qualify": {"enabled": False}},
        routes=(
            {**US, "trunks": [{"name": "sip_tcp"}, {"name": "pj_udp"}, {"name": "iax"}]},
            {**US, "name": "tls", "dial_prefix": "8", "trunks": [{"name": "pj_tls"}]},
        ),
    ),
    # a PJSIP trunk in the words of VICIdial's own example, one that only says what each object may say, names as carriers have them
    "pjsip_objects": described(
        {
            "name": "7carrier.east",
            "host": "198.18.10.17",
            "max_calls": 10,
            "protocol": "pjsip",
            "port": 5097,
            "dtmf_mode": "none",
            "qualify": {"frequency": 15},
            "username": "testcarrier",
            "secret": SECRET,
            "register": True,
            "settings": {
                "transport": "transport-udp",
                "aor": {"maximum_expiration": 3600, "minimum_expiration": 60, "default_expiration": 120},
                "registration": {"retry_interval": 60, "max_retries": 10000, "expiration": 600},
            },
        },
        {
            "name": "carrier-of-the-longest-name-that-there-can-be.0050",
            "host": "sip.example.com",
            "protocol": "pjsip",
            "transport": "tcp",
            "max_calls": 20,
            "username": "u",
            "secret": SECRET,
            "register": True,
            "settings": {
                "Outbound_Proxy": "sip:proxy.example.com;lr",
                "force_rport": False,
                "aor": {"outbound_proxy": "sip:proxy.example.com;lr", "support_path": True},
                "auth": {"auth_type": "md5", "md5_cred": "0123456789abcdef", "realm": "example.com"},
                "registration": {"contact_user": "s", "line": True, "endpoint": "x", "fatal_retry_interval": 60},
                "identify": {"srv_lookups": False},
            },
        },
        routes=(
            {**US, "strategy": "least_used", "trunks": [
                {"name": "7carrier.east"}, {"name": "carrier-of-the-longest-name-that-there-can-be.0050"}]},
        ),
    ),
    "firewall_with_media": described(
        {**A, "media": ["198.18.10.0/24"], "max_calls": 500},
        {**B, "media": ["198.18.20.0/25", "198.18.20.128/25"]},
        dialer_rtp=RTP,
        dialer_firewall=FIREWALL,
    ),
    # numbers and options of the route's; routes for whole numbers; a limit of ringing; a fixed number
    "by_route": described(
        {**A, "strip": 1, "prefix": "0044", "caller_id": "13125550199", "max_calls": 0},
        {**B, "max_calls": 0, "fail_over_causes": [18, 34]},
        {"name": "iax", "host": "198.18.10.10", "protocol": "iax2"},
        {"name": "pj", "host": "198.18.10.10", "protocol": "pjsip"},
        {"name": "narrow", "host": "198.18.10.11", "max_calls": 2},
        routes=(
            {
                **US,
                "dial_prefix": "",
                "trunks": [
                    {"name": "carrier_a", "strip": 0, "prefix": "2424", "caller_id": "", "dial_options": "ToU(heard^s^1)"},
                    {"name": "carrier_b", "prefix": "+", "caller_id": "13125550100", "ring_timeout": 20},
                ],
                "campaigns": ["OUT1"],
            },
            {
                **US,
                "name": "cli",
                "dial_prefix": "77",
                "trunks": [
                    {"name": "carrier_a", "prefix": "acct-1_", "dial_options": "Tb(headers^s^1)oU(heard^s^1)"},
                    {"name": "narrow", "dial_options": "b(headers^s^add)"},
                ],
            },
            {
                **US,
                "name": "desk",
                "dial_prefix": "78",
                "patterns": ["1NX"],
                "trunks": [{"name": "pj", "number": "5550100", "ring_timeout": 30}, {"name": "iax", "number": "support"}],
            },
            {**US, "name": "world", "dial_prefix": "", "patterns": ["4X."], "trunks": [{"name": "pj", "prefix": "+"}], "servers": ["d1"]},
            {**US, "name": "away", "dial_prefix": "", "patterns": ["4X."], "trunks": [{"name": "pj"}], "servers": ["d2"]},
        ),
    ),
    "phones_anywhere": described(A, B, dialer_rtp=RTP, dialer_firewall={"backend": "nftables", "phones": "anywhere"}),
}
DESCRIPTIONS["by_route_asterisk"] = {**DESCRIPTIONS["by_route"], "dialer_mode": "asterisk"}
DESCRIPTIONS["kinds_asterisk"] = {**DESCRIPTIONS["kinds"], "dialer_mode": "asterisk"}


@lru_cache(maxsize=None)
def planned(name: str) -> plan.Plan:
    """The plan of a description, as it concerns the first dialer."""
    return plan.build(DESCRIPTIONS[name], [DIALER, "d2"]).for_dialer(DIALER)


@lru_cache(maxsize=None)
def files(name: str) -> dict[str, str]:
    """Every file of a generation: path in it to text."""
    wanted = dict(render.base_files())
    for part in ("sip_peers", "dialplan", "rtp", "firewall"):
        wanted.update(render.files(planned(name), part, SERVERS))
    return wanted


@lru_cache(maxsize=None)
def carrier_rows(name: str) -> list[dict[str, Any]]:
    """The carrier rows, in vicidial mode; none in asterisk mode."""
    return rows.desired(planned(name), SERVER_IP) if planned(name).mode == "vicidial" else []


def row_text(row: dict[str, Any]) -> str:
    """A row for a person's eyes: one line a column, longer texts below."""
    short = [f"{key}: {value}" for key, value in row.items() if not key.endswith("_entry")]
    long = [f"--- {key}\n{value}" for key, value in row.items() if key.endswith("_entry") and value]
    return "\n".join(short + long) + "\n"


@lru_cache(maxsize=None)
def rendered(name: str) -> dict[str, str]:
    """Everything that a description renders to: files, and rows as ``rows/KIND-NAME.txt``."""
    everything = dict(files(name))
    everything.update((f"rows/{row['kind']}-{row['name']}.txt", row_text(row)) for row in carrier_rows(name))
    return everything
