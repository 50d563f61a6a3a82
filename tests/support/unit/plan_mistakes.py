# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A description and what can be wrong with it: the entries of tests/unit/plugin_utils/plan_mistakes, and odd characters."""
from __future__ import annotations

import copy
import re

import yaml

from support.paths import ROOT

# An entry that is marked only_the_plan is fine by its shape: no JSON Schema finds it (test_json_schema.py).
DESCRIPTION = {
    "dialer_mode": "vicidial",
    "dialer_trunks": [
        {"name": "carrier_a", "host": "198.18.10.10", "username": "acct", "secret": "s3cr3t-A"},
        {"name": "carrier_b", "host": "198.18.20.20"},
    ],
    "dialer_routes": [{"name": "us", "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}]}],
}
ENTRIES = {
    f"{path.stem}-{number}": entry
    for path in sorted((ROOT / "tests/unit/plugin_utils/plan_mistakes").glob("*.yml"))
    for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))
}
# A field that reaches a conf file, and a value for it with a place for something odd.
FIELDS = {
    "dialer_trunks[0].name": "abc%s",
    "dialer_trunks[0].description": "a%sb",
    "dialer_trunks[0].host": "a%sb",
    "dialer_trunks[0].port": "50%s60",
    "dialer_trunks[0].transport": "udp%s",
    "dialer_trunks[0].username": "a%sb",
    "dialer_trunks[0].secret": "a%sb",
    "dialer_trunks[0].codecs[0]": "ulaw%s",
    "dialer_trunks[0].dtmf_mode": "rfc2833%s",
    "dialer_trunks[0].context": "a%sb",
    "dialer_trunks[0].caller_id": "1%s2",
    "dialer_trunks[0].prefix": "1%s2",
    "dialer_trunks[0].signalling[0]": "198.18.10.10%s",
    "dialer_trunks[0].media[0]": "198.18.10.0/24%s",
    "dialer_trunks[0].dial_options": "T%so",
    "dialer_trunks[0].settings.nat": "a%sb",
    "dialer_trunks[0].settings.remotesecret": "a%sb",
    "dialer_trunks[0].settings.setvar[0]": "a%sb",
    "dialer_trunks[0].settings.aor.support_path": "a%sb",
    "dialer_trunks[0].settings.auth.md5_cred": "a%sb",
    "dialer_trunks[0].settings.identify.srv_lookups[0]": "a%sb",
    "dialer_trunks[0].settings.registration.contact_user": "a%sb",
    "dialer_trunks[0].max_calls": "1%s",
    "dialer_trunks[0].strip": "1%s",
    "dialer_trunks[0].qualify.timeout": "1%s",
    "dialer_routes[0].name": "ab%s",
    "dialer_routes[0].dial_prefix": "9%s",
    "dialer_routes[0].patterns[0]": "1%sX",
    "dialer_routes[0].before_dial[0]": "NoOp(a%sb)",
    "dialer_routes[0].trunks[0].prefix": "1%s2",
    "dialer_routes[0].trunks[0].number": "1%s2",
    "dialer_routes[0].trunks[0].caller_id": "1%s2",
    "dialer_routes[0].trunks[0].dial_options": "T%so",
    "dialer_routes[0].trunks[0].ring_timeout": "20%s",
    "dialer_routes[0].servers[0]": "d1%s",
    "dialer_routes[0].campaigns[0]": "A%s",
    "dialer_routes[0].tests[0].dial": "9%s",
    "dialer_inbound[0].did": "1%s",
    "dialer_inbound[0].goto": "a%s,s,1",
    "dialer_rtp.start": "10000%s",
    "dialer_rtp.rtcp_interval": "5000%s",
    "dialer_firewall.phones[0]": "198.18.0.0/24%s",
    "dialer_firewall.management[0]": "198.18.0.0/24%s",
    "dialer_firewall.sip_ports[0]": "5060%s",
}
ODD = ["\n", "\r", "\r\n[x]\r\n", "\0", "\t", "\x1b", "\x7f", "\x85", "\u2028", ";", "\\", "'", "`", "é", "٣"]
ODD_OUTSIDE_APPLICATIONS = ['"', "${", "$[", "${EXTEN}"]


def changed(change: dict) -> dict:
    """The description with a value put at each path; an index past a list's end appends."""
    description = copy.deepcopy(DESCRIPTION)
    for path, value in change.items():
        steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
        here = description
        for step, following in zip(steps, steps[1:]):
            here = (
                here[step]
                if isinstance(here, list)
                else here.setdefault(step, {} if isinstance(following, str) else [])
            )
        if isinstance(here, list) and steps[-1] == len(here):
            here.append(value)
        else:
            here[steps[-1]] = value
    return description
