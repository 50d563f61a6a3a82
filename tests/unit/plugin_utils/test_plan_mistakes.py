# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake of ``plan_mistakes/`` with the exact sentences; characters, secrets, and the order of sentences."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan

# An entry that is marked only_the_plan is fine by its shape: no JSON Schema finds it (test_json_schema.py).
DESCRIPTION = {
    "dialer_mode": "vicidial",
    "dialer_trunks": [
        {"name": "carrier_a", "host": "198.18.10.10", "username": "acct", "secret": "s3cr3t-A"},
        {"name": "carrier_b", "host": "198.18.20.20"},
    ],
    "dialer_routes": [{"name": "us", "trunks": [{"name": "carrier_a"}, {"name": "carrier_b"}]}],
}
DIALERS = ["d1", "d2"]
MISTAKES = [
    (entry["change"], entry["errors"])
    for path in sorted((Path(__file__).parent / "plan_mistakes").glob("*.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]


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


def mistakes(description: dict, **options) -> list[str]:
    """The sentences that the description earns; an empty list when it is all right."""
    try:
        plan.build(description, DIALERS, **options)
    except plan.PlanError as refused:
        assert str(refused) == "\n".join(refused.errors)
        return refused.errors
    return []


@pytest.mark.parametrize(("change", "errors"), MISTAKES)
def test_a_mistake_gets_its_sentence(change, errors):
    assert mistakes(changed(change)) == errors


def test_the_description_itself_has_no_mistake():
    assert not mistakes(DESCRIPTION)


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


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        (path, odd)
        for path in FIELDS
        for odd in (ODD if path.endswith("before_dial[0]") else ODD + ODD_OUTSIDE_APPLICATIONS)
    ],
)
def test_no_field_takes_what_a_conf_file_cannot_hold(path, odd):
    change = {"dialer_firewall": {"backend": "nftables", "phones": "anywhere"}} if "firewall" in path else {}
    change["dialer_inbound"] = [{"did": "1", "goto": "a,s,1"}]
    change["dialer_routes[0].tests"] = [{"dial": "9", "reaches": "none"}]
    if ".phones" in path:
        change["dialer_firewall"]["phones"] = ["198.18.0.0/24"]
    change[path] = FIELDS[path] % odd
    found = mistakes(changed(change))
    assert any(sentence.startswith(path) for sentence in found), found
    assert all(sentence.isprintable() for sentence in found)


@pytest.mark.parametrize(
    "application",
    ['AGI(agi://127.0.0.1:4577/dnc,${EXTEN},"a b")', "Set(x=$[${y} + 1])", "NoOp", 'ExecIf($["${x}" = ""]?Hangup(21))'],
)
def test_applications_may_use_variables_expressions_and_quotes(application):
    assert not mistakes(changed({"dialer_routes[0].before_dial": [application, application]}))


PLANTED = "Hunter2"
# Where a secret might land, rightly or by mistake.
PLACES = [
    {"secret": f"{PLANTED};"},
    {"secret": f"{PLANTED}\n"},
    {"secret": [PLANTED]},
    {"secret": {PLANTED: PLANTED}},
    {"secret": PLANTED, "username": ""},
    {"secret": f"{PLANTED}:x", "register": True},
    {"secert": PLANTED},
    {"secret": f"{PLANTED}{'x' * 200}"},
    {"password": PLANTED},
    {"username": f"acct:{PLANTED}"},
    {"username": f"acct:{PLANTED};"},
    {"host": f"acct:{PLANTED}@198.18.10.10"},
    {"register": f"acct:{PLANTED}@198.18.10.10"},
    {"settings": {"secret": PLANTED}},
    {"settings": {"remotesecret": f"{PLANTED};"}},
    {"settings": {"md5secret": [f"{PLANTED};"]}},
    {"settings": {"auth": f"acct:{PLANTED};@realm"}},
    {"settings": {"register": f"acct:{PLANTED}@h"}},
    {"settings": {f"acct:{PLANTED}@h": "x"}},
    {"settings": {"setvar": f"API_TOKEN={PLANTED};"}},
    {"settings": PLANTED},
    {"settings": {"x": f"acct:{PLANTED}@h;"}},
    {f"acct:{PLANTED}@h": "x"},
]
# … and where one that is known from its own place is repeated.
REPEATED = [
    {key: f"{PLANTED};"}
    for key in (
        "name",
        "host",
        "description",
        "context",
        "dial_options",
        "caller_id",
        "port",
        "codecs",
        "protocol",
        "enabled",
        "cost_per_minute",
        "servers",
        "qualify",
    )
]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_in_no_sentence(place):
    found = mistakes(
        changed(
            {f"dialer_trunks[0].{key}": value for key, value in place.items()}
            if all(re.fullmatch(r"\w+", key) for key in place)
            else {"dialer_trunks[0]": {"name": "carrier_a", "host": "198.18.10.10", **place}}
        )
    )
    assert found
    assert PLANTED not in "\n".join(found)


@pytest.mark.parametrize("place", REPEATED)
def test_a_secret_that_is_known_is_in_no_other_sentence_either(place):
    found = mistakes(
        changed(
            {
                "dialer_trunks[1].username": "u",
                "dialer_trunks[1].secret": PLANTED,
                **{f"dialer_trunks[0].{key}": value for key, value in place.items()},
            }
        )
    )
    assert found
    assert PLANTED not in "\n".join(found)


@pytest.mark.parametrize("step", [f"Set(X_TOKEN={PLANTED});", f"MYSQL(Connect c h u {PLANTED} db);",
                                  f"Set(R=${{CURL(https://e.example/?key={PLANTED})}};"])
def test_a_secret_in_a_step_of_the_dialplan_is_in_no_sentence(step):
    found = mistakes(changed({"dialer_routes[0].before_dial": [step]}))
    assert found
    assert PLANTED not in "\n".join(found)


@pytest.mark.parametrize("password", [{"password": [PLANTED]}, {"passwort": PLANTED}, PLANTED, [PLANTED]])
def test_the_database_password_is_in_no_sentence(password):
    found = mistakes(changed({"dialer_db": password}))
    assert found
    assert PLANTED not in "\n".join(found)


def test_a_plan_does_not_show_its_secrets():
    built = plan.build(changed({"dialer_db": {"password": PLANTED}}), DIALERS)
    assert PLANTED not in repr(built)
    assert "s3cr3t-A" not in repr(built)


def test_all_mistakes_come_at_once_and_in_the_order_of_the_document():
    description = {
        "dialer_routes": [{"trunks": [{"name": "carier_a"}], "name": "us", "strategy": "least_coast"}],
        "dialer_nonsense": 1,
        "dialer_trunks": [
            {"port": 0, "host": "a b", "name": "carrier_a", "frobnicate": 1},
            {"name": "carrier_a", "description": "x;y"},
        ],
        "dialer_mode": "vicidal",
    }
    assert [sentence.split(":")[0] for sentence in mistakes(description)] == [
        "dialer_routes[0].trunks[0].name",
        "dialer_routes[0].strategy",
        "dialer_nonsense",
        "dialer_trunks[0].port",
        "dialer_trunks[0].host",
        "dialer_trunks[0].frobnicate",
        "dialer_trunks[1].name",
        "dialer_trunks[1].description",
        "dialer_trunks[1].host",
        "dialer_mode",
    ]


@pytest.mark.parametrize("parts", [{"rtp"}, {"firewall"}, {"rtp", "firewall"}])
@pytest.mark.parametrize("trunks", [{}, {"dialer_trunks": None}, {"dialer_trunks": []}])
def test_rtp_and_firewall_alone_need_no_trunks(parts, trunks):
    assert not mistakes({"dialer_rtp": {"start": 10000}, **trunks}, parts=parts)


@pytest.mark.parametrize("parts", [plan.ALL_PARTS, {"carriers"}, {"sip_peers"}, {"dialplan"}, {"dialplan", "rtp"}])
@pytest.mark.parametrize("trunks", [{}, {"dialer_trunks": None}, {"dialer_trunks": []}])
def test_the_other_parts_need_trunks(parts, trunks):
    assert mistakes(trunks, parts=parts) == ["dialer_trunks: must describe at least one trunk"]


def test_a_part_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no such part: voicemail"):
        plan.build(DESCRIPTION, DIALERS, parts={"voicemail"})
