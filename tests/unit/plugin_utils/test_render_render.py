# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the templates make of a plan: compared with golden files, and held to the rules that matter on their own.

``UPDATE_GOLDEN=1 pytest tests/unit/plugin_utils/test_render_render.py`` writes the golden files anew.
"""

from __future__ import annotations

import os
import dataclasses
import re
import shutil
from pathlib import Path

import jinja2
import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision, stamp
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render, rows
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes

from support.paths import GOLDEN
from support.unit.descriptions import (
    A, B, DESCRIPTIONS, DIALER, RTP, SECRET, SERVERS, carrier_rows, described, files, planned, rendered)

VERBATIM = ("repair.agi",)  # a file of the repository: a copy would prove nothing


def route_texts() -> list[tuple[str, str, str]]:
    return [(name, path, text) for name in DESCRIPTIONS for path, text in files(name).items() if "routes/" in path]


def section(text: str, name: str) -> str:
    """The lines of a context or peer, up to the next one."""
    return re.split(r"^\[", text.split(f"[{name}]\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def applications(text: str) -> list[str]:
    """The applications of a dialplan in its order, labels and comments left out."""
    return re.findall(r"^(?:exten => [^,]+,\d+|exten => [^,]+,n|[ ]same => n)(?:\([^)]*\))?,(.*)$", text, re.MULTILINE)


def one(name: str, kind: str, of: str) -> dict:
    return next(row for row in carrier_rows(name) if (row["kind"], row["name"]) == (kind, of))


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_golden_files(name):
    wanted = {path: text for path, text in rendered(name).items() if path not in VERBATIM}
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(GOLDEN / name, ignore_errors=True)
        for path, text in wanted.items():
            (GOLDEN / name / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / path).write_text(text, encoding="utf-8")
    have = {
        str(path.relative_to(GOLDEN / name)): path.read_text(encoding="utf-8")
        for path in (GOLDEN / name).rglob("*")
        if path.is_file()
    }
    assert sorted(have) == sorted(wanted)
    for path, text in wanted.items():
        assert text == have[path], path


# --- peers and rows


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_rows_survive_a_save_in_the_admin_pages(name):
    for row in carrier_rows(name):
        for column in ("account_entry", "registration_string", "globals_string"):
            # PJSIP by tcp and tls has no other way to say so; a note says what a save does to it
            assert ";" not in re.sub(r"^(contact|server_uri|outbound_proxy)=sip:[^;]*;(transport=(tcp|tls)|lr)$", "", row[column], flags=re.MULTILINE)
        assert "\\" not in row["dialplan_entry"] and "'" not in row["dialplan_entry"]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_rows_fit_their_columns(name):
    for row in carrier_rows(name):
        assert len(row["registration_string"]) <= 255 and len(row["globals_string"]) <= 255
        assert len(row["carrier_name"]) <= 50
        assert "\n" not in row["registration_string"] + row["globals_string"]


def test_secrets_stand_in_peers_and_registrations_only():
    for name in DESCRIPTIONS:
        for path, text in files(name).items():
            if SECRET in text:
                assert path in ("sip/carrier_a.conf", "sip/sip_tls.conf", "pjsip/pj_udp.conf", "iax/iax.conf")
            assert SECRET not in mask(text)
        for row in carrier_rows(name):
            holding = {column for column, value in row.items() if SECRET in str(value)}
            assert holding <= {"account_entry", "registration_string"}
    assert one("registration", "trunk", "carrier_a")["registration_string"] == (
        f"register => your_account_1:{SECRET}@198.18.10.10/your_account_1"
    )
    assert SECRET in files("asterisk")["sip/carrier_a.conf"]


def test_a_peer_is_the_same_in_both_modes():
    trunk = planned("registration").trunks[0]
    assert render.peer(trunk).strip() == one("registration", "trunk", "carrier_a")["account_entry"]
    assert render.peer(trunk) in files("asterisk")["sip/carrier_a.conf"]


def test_how_each_protocol_is_dialled():
    number = "${FILTER(0-9*#+,${EXTEN:1})}"
    dialled = {trunk.name: render.dial_string(trunk, 1) for trunk in planned("kinds").trunks}
    assert dialled["sip_tls"] == f"SIP/sip_tls/{number}" and dialled["iax"] == f"IAX2/iax/{number}"
    assert dialled["pj_udp"] == f"PJSIP/{number}@pj_udp"


def test_the_row_of_each_protocol():
    held = {row["name"]: (row["protocol"], row["registration_string"]) for row in carrier_rows("kinds") if row["kind"] == "trunk"}
    assert held["sip_tls"] == ("SIP", f"register => tls://a:{SECRET}@198.18.10.10/a")
    assert held["pj_udp"] == ("PJSIP", "") and "type=registration" in one("kinds", "trunk", "pj_udp")["account_entry"]
    assert held["iax"] == ("IAX2", f"register => your_account_1:{SECRET}@198.18.10.10")


def test_a_pjsip_endpoint_is_known_by_address_only():
    for path, text in files("kinds_asterisk").items():
        if path.startswith("pjsip/"):
            assert "\nidentify_by=ip\n" in text and "\ntype=identify\n" in text


def test_no_line_is_put_into_a_file_of_a_driver_that_no_trunk_uses():
    assert {path for path in files("asterisk") if "/" not in path} & {"sip.conf", "pjsip.conf", "iax.conf"} == {"sip.conf"}
    assert {"sip.conf", "pjsip.conf", "iax.conf"} <= set(files("kinds_asterisk"))


def test_iax2_needs_no_rtp_of_the_firewall():
    iax = {"name": "iax", "host": "198.18.30.30", "protocol": "iax2"}
    described_so = described({**A, "media": ["198.18.10.0/24"]}, iax, routes=(), dialer_rtp={}, dialer_firewall={"backend": "nftables", "phones": ["198.18.0.0/24"]})
    sip, rtp = render.firewall_sources(plan.build(described_so, [DIALER]), [])
    assert "198.18.30.30" in sip and rtp == ["198.18.0.0/24", "198.18.10.0/24"]


def test_a_cluster_trunk_is_one_row_for_all_and_its_routes_are_not():
    built = plan.build(described({**A, "servers": "cluster"}, B), [DIALER, "d2"]).for_dialer(DIALER)
    assert {row["name"]: row["server_ip"] for row in rows.desired(built, "198.18.0.11")} == {
        "carrier_a": "0.0.0.0", "carrier_b": "198.18.0.11", "us": "198.18.0.11"}


def test_each_address_of_a_carrier_has_a_peer_and_the_first_alone_is_dialled():
    text = one("gateways", "trunk", "carrier_a")["account_entry"]
    assert re.findall(r"^\[(.*)\]$", text, re.MULTILINE) == ["carrier_a", "carrier_a.2", "carrier_a.3"]
    assert re.findall(r"^host=(.*)$", text, re.MULTILINE) == ["198.18.10.10", "198.18.10.11", "198.18.10.12"]
    assert text.count("description=[trunks @] VoIP Provider A\n") == 3
    assert revision(stamp(text, 4)) == 4 and "@" not in stamp(text, 4)


def test_a_host_that_is_a_name_still_lets_its_addresses_in():
    built = plan.build(described({**A, "host": "sip.example.com", "signalling": ["198.18.10.11", "198.18.10.12"]}, B), [DIALER])
    assert [(peer.name, peer.host) for peer in built.trunks[0].peers] == [
        ("carrier_a", "sip.example.com"),
        ("carrier_a.2", "198.18.10.11"),
        ("carrier_a.3", "198.18.10.12"),
    ]


def test_a_carrier_that_knows_us_by_address_gets_no_login():
    text = one("documented", "trunk", "carrier_b")["account_entry"]
    assert "defaultuser" not in text and "secret" not in text
    assert "insecure=port,invite" in text and "allowguest" not in text


def test_settings_may_have_several_values():
    text = section(one("gateways", "trunk", "carrier_a")["account_entry"], "carrier_a")
    assert "fromdomain=carrier-a.example.com\n" in text
    assert "setvar=one=1\nsetvar=two=2\n" in text


def test_a_disabled_trunk_is_an_inactive_row_and_no_file():
    assert one("several_routes", "trunk", "carrier_c")["active"] is False
    asterisk = {**DESCRIPTIONS["several_routes"], "dialer_mode": "asterisk"}
    built = plan.build(asterisk, [DIALER, "d2"]).for_dialer(DIALER)
    assert sorted(render.peer_files(built)) == ["sip.conf", "sip/carrier_a.conf", "sip/carrier_b.conf"]


def test_a_dialer_gets_its_own_trunks_only():
    assert {row["name"] for row in carrier_rows("several_routes")} == {"carrier_a", "carrier_b", "carrier_c", "us", "world"}
    assert "carrier_d" not in files("several_routes")["routes/world.conf"]


def test_campaigns_that_opted_in():
    assert rows.campaigns(planned("several_routes")) == [
        {"campaign_id": "OUT1", "dial_prefix": "9"},
        {"campaign_id": "OUT2", "dial_prefix": "9"},
    ]


def test_the_longest_wait_of_each_prefix_in_whole_seconds():
    assert rows.longest_waits(planned("documented")) == {"9": 13}


def test_what_the_trunks_of_the_routes_take_at_once():
    assert rows.capacity(planned("documented")) == 200
    assert rows.capacity(planned("unlimited")) is None
    assert rows.capacity(planned("strategies")) == 100 + 50 + 11


def test_a_ring_timeout_ends_the_wait_for_a_trunk_that_does_not_respond():
    plan = planned("by_route")
    desk, = (route for route in plan.routes if route.name == "desk")
    pjsip, iax2 = render.route_trunks(plan, desk)
    assert causes.longest_wait([pjsip, iax2], 2) == pytest.approx(34.0)  # 30 of 32 seconds, and IAX2's 4
    assert causes.longest_wait([dataclasses.replace(pjsip, ring_timeout=6), iax2], 2) == pytest.approx(10.0)


def test_campaigns_of_a_route_without_a_dial_prefix_dial_what_vicidial_takes_for_none():
    assert rows.campaigns(planned("by_route")) == [{"campaign_id": "OUT1", "dial_prefix": "X"}]
    assert set(rows.longest_waits(planned("by_route"))) == {"", "77", "78"}


def test_the_longest_wait_is_the_slowest_trunks_that_may_be_tried():
    gateways, documented = planned("gateways").trunks, planned("documented").trunks
    assert causes.longest_wait(documented, 2) == pytest.approx(12.8)
    assert causes.longest_wait(documented, 1) == pytest.approx(6.4)
    assert causes.longest_wait([*gateways, *documented], 2) == pytest.approx(38.4)


# --- the dialplan


@pytest.mark.parametrize("name,path,text", route_texts(), ids=lambda value: value if len(value) < 40 else "")
def test_every_route_ends_in_its_own_h(name, path, text):
    context = section(text, f"trunks-route-{Path(path).stem}")
    end = context.split("exten => h,1,", 1)[1]
    assert "UserEvent(TrunkAttempt," in end
    assert (render.CALL_LOG_END in end) is (planned(name).mode == "vicidial")


@pytest.mark.parametrize("name,path,text", route_texts(), ids=lambda value: value if len(value) < 40 else "")
def test_no_dial_begins_with_causes_of_another_one(name, path, text):
    steps = applications(text)
    # Straight to a trunk's Dial goes only a call that has made no attempt yet and brings none of an earlier call; for all
    # others trunks_attempt_started has a value only after the step that clears.
    looks = re.findall(r"^exten => _\[0-9#\*\+\]!,1,GotoIf\(\$\[(.*?)\]\?slow_path\)$", text, re.MULTILINE)
    assert text.count("(slow_path),Set(trunks_attempt_started=${trunks_attempt_started:0:1})\n") == text.count(" same => n,Dial(") == len(looks)
    assert looks and len(looks) == text.count("Dial(")
    first = re.compile(r'"\$\{trunks_attempt_started\}\$\{SET\(OUTBOUND_GROUP_ONCE=([\w.-]+@trunks)\)\}(?:\$\{SET\(CALLERID\(num\)=([^)]+)\)\})?"'
                       r' = "\1(.*?)" \| "\$\{trunks_attempt_started:0:1\}" = "0"')
    found = [first.match(look) for look in looks]
    assert all(found) and all((look.group(2) or "") == look.group(3) for look in found)
    assert all('${HANGUPCAUSE_KEYS()}${trunks_attempts}" != ""' in look or look.endswith('"${trunks_attempt_started:0:1}" = "0"') for look in looks)
    assert text.count("(trunks_attempt_started=0${EPOCH}") == 1 and "MSet(trunks_attempt_started=${trunks_attempt_started:1},trunks_attempts=0," in text
    assert steps[steps.index("Set(trunks_attempt_started=${EPOCH})") - 1] == 'ExecIf($["${HANGUPCAUSE_KEYS()}" != ""]?HangupCauseClear())'


def test_nothing_that_a_caller_chooses_is_parsed_as_an_application():
    for _name, _path, text in route_texts():
        steps = applications(text)
        assert [step for step in steps if step.startswith(("ExecIf(", "MSet(")) and "${CALLERID" in step] == []
        for step in steps:
            for asked, filtered in (("${CALLERID(name)}", "${FILTER(A-Za-z0-9 _.@+,${CALLERID(name)})}"),
                                    ("${CALLERID(num)}", "${FILTER(0-9A-Za-z+*#_.,${CALLERID(num)})}")):
                assert step.count(asked) == step.count(filtered)


@pytest.mark.parametrize("name,path,text", route_texts(), ids=lambda value: value if len(value) < 40 else "")
def test_every_goto_has_its_label(name, path, text):
    labels = set(re.findall(r"(?:same => n|,\d+)\(([A-Za-z0-9_-]+)\),", text))
    named = set(re.findall(r"[?:](responding|start_attempt|slow_path|dial|attempt_ended|all_failed|next_trunk|passed_over|over_capacity|end|cause_21|fail_over|published|answered)\b", text))
    assert named <= labels
    contexts = set(re.findall(r"^\[(.+)\]$", text, re.MULTILINE))
    route = route_of(name, path)
    assert {f"trunks-to-{route.name}-{trunk.name}" for trunk in render.route_trunks(planned(name), route)} <= contexts


@pytest.mark.parametrize("name,path,text", route_texts(), ids=lambda value: value if len(value) < 40 else "")
def test_after_a_dial_comes_the_same_step_in_every_dialplan(name, path, text):
    """A call that rings while the dialplan is reloaded goes on with the step after Dial, the third, in the new one."""
    route = route_of(name, path)
    for trunk in render.route_trunks(planned(name), route):
        steps = section(text, f"trunks-to-{route.name}-{trunk.name}").strip().splitlines()
        assert [re.sub(r"(\(\w+\),\w+|,\w+)\(.*", r"\1", step) for step in steps[:7]] == [
            "exten => _[0-9#*+]!,1,GotoIf", " same => n,Dial", " same => n(attempt_ended),MSet", " same => n,Goto",
            " same => n(slow_path),Set", " same => n,Goto", "exten => h,1,GotoIf"]
        assert steps[3].endswith(f"Goto(trunks-route-{route.name},${{EXTEN}},slow_path)")
        assert steps[5] == " same => n,Goto(attempt_ended)"


def route_of(name: str, path: str) -> plan.Route:
    return next(route for route in planned(name).routes if route.name == Path(path).stem)


@pytest.mark.parametrize("name,path,text", route_texts(), ids=lambda value: value if len(value) < 40 else "")
def test_the_lists_of_causes_are_those_of_causes_py(name, path, text):
    assert f'REGEX("{causes.expression(causes.NUMBER_FAILED)}" ${{trunks_cause}})}}?end' in text
    assert f'REGEX("{causes.expression(causes.TRUNK_FAILED)}" ${{trunks_cause}})}}?fail_over' in text
    assert ",trunks_cause=${HANGUPCAUSE})\n" in text and f"trunks_cause={causes.REDIRECTED})" in text
    assert f"Hangup({causes.NO_TRUNK_LEFT})" in text
    assert not re.search(r"Congestion\(|CALLERID\(name\)=", text)


def test_one_attempt_until_the_repair_is_ready():
    text = files("documented")["routes/us.conf"]
    assert "(next_trunk),GotoIf($[${trunks_attempts} >= ${IF($[${DIALPLAN_EXISTS(trunks-repair-ready,s,1)}]?2:1)}]?all_failed)" in text
    assert "[trunks-repair-ready]\n" in files("documented")["repair-ready.conf"]
    assert text.count('${IF($["${trunks_attempt_started:0:1}" != "0" & "${trunks_call_key}" != ""]?b(trunks-repair^s^1(carrier_') == text.count("Dial(") == 2


def test_asterisk_mode_needs_no_repair_and_no_logger():
    text = files("asterisk")["routes/us.conf"]
    assert "repair" not in text
    assert "4577" not in "".join(files("asterisk").values())
    assert "exten => _91NXXNXXXXXX,1,Gosub(trunks-route-us,${FILTER(0-9*#+,${EXTEN:1})},1)\n" in section(text, "trunks-outbound")
    assert not {"repair.agi", "repair.conf", "repair-ready.conf"} & set(files("asterisk"))


def test_numbers_and_caller_ids_come_from_the_originals():
    text = files("rewritten")["routes/uk.conf"]
    assert "Dial(SIP/carrier_a/0044${FILTER(0-9*#+,${EXTEN:1})}," in text
    assert "Dial(SIP/carrier-b/${FILTER(0-9*#+,${EXTEN:3})}," in text
    assert "${SET(CALLERID(num)=+13125550199)}" in text and "n,Set(CALLERID(num)=${trunks_original_caller})\n" in text
    assert text.count("Set(trunks_original_caller=") == 1


def test_what_runs_before_the_first_attempt_runs_once_and_may_set_the_caller_id():
    steps = applications(files("rewritten")["routes/uk.conf"])
    first = steps.index("AGI(dnc.agi,${EXTEN})")
    assert steps[first + 1] == 'Set(CDR(userfield)="uk")'
    kept = steps.index("Set(trunks_original_caller=${FILTER(0-9A-Za-z+*#_.,${CALLERID(num)})})")
    assert first < kept
    assert steps[kept + 1].endswith("${IF($[${SET(trunks_attempt_started=0${EPOCH})} > 0]?1)})")


def test_forbidden_is_each_trunks_own_choice():
    text = files("rewritten")["routes/uk.conf"]
    assert re.findall(r"trunks_on_403=(\w+)[,)]", text) == ["end", "fail_over"]
    assert f'= "{causes.DECLINED_SIP_CODE}"]?end:${{trunks_on_403}})' in text


def test_no_two_trunks_have_a_global_in_common():
    """The name of a trunk may begin with what another one's global has between its beginning and the trunk."""
    text = files("strategies")["routes/turns.conf"]
    names = set(re.findall(r"GLOBAL\((TRUNKS_(?:[^()$]|\$\{\w+\})*\$\{trunks_trunk\})\)", text))
    assert len(names) == 3, names
    made = {(name.replace("${trunks_trunk}", trunk).replace("${trunks_cps_slot}", slot), (name, trunk))
            for name in names for trunk in ("b", "0_b", "1_b") for slot in ("0", "1")}
    assert len(dict(made)) == len(made)


def test_a_limit_of_calls_is_counted_by_group():
    text = files("documented")["routes/us.conf"]
    assert text.count(",trunks_max_calls=100)") == 2 and ":b(trunks-capacity^s^1(carrier_a^100))" in text
    assert "OUTBOUND_GROUP_ONCE=carrier_a@trunks" in text and "${GROUP_COUNT(carrier_a@trunks)} >= 100)]" in text
    assert "trunks-capacity" not in files("unlimited")["routes/us.conf"]


def test_a_large_limit_is_counted_twice_only_near_its_end():
    text = files("firewall_with_media")["routes/us.conf"]
    assert ":${IF($[${GROUP_COUNT(carrier_a@trunks)} >= 400]?b(trunks-capacity^s^1(carrier_a^500)))})})\n" in text
    assert ":b(trunks-capacity^s^1(carrier_b^100)))})\n" in text


def test_a_row_leads_into_the_context_and_goes_out_without_it():
    text = one("rewritten", "route", "uk")["dialplan_entry"]
    first = [line for line in text.split("\n") if "_8101144[2-8]XXXXXXXXX," in line]
    assert first[0].endswith(",1,AGI(agi://127.0.0.1:4577/call_log)")
    assert first[1].endswith("${DIALPLAN_EXISTS(trunks-route-uk,${FILTER(0-9*#+,${EXTEN:2})},1)}]?route)")
    assert first[3].endswith(",n,Dial(SIP/carrier_a/0044${FILTER(0-9*#+,${EXTEN:3})},${CAMPDTO},Toi)")
    assert first[5].endswith(",n(route),Gosub(trunks-route-uk,${FILTER(0-9*#+,${EXTEN:2})},1(@))")
    assert revision(stamp(text, 12)) == 12 and "(@)" not in stamp(text, 12)


def test_an_undefined_name_in_a_template_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render.template("rtp/templates/rtp.conf.j2", rtp={})


# --- RTP and firewall


def test_rtp_is_left_alone_unless_described():
    assert "rtp.conf" not in files("registration")
    assert "strictrtp=no\n" in files("asterisk")["rtp.conf"]


def test_no_firewall_unless_described():
    assert "nftables.conf" not in files("registration")


def test_networks_are_merged():
    assert render.merged(["198.18.0.0/24", "198.18.0.7", "198.18.1.0/24", "198.18.9.9/32", "198.18.9.9"]) == [
        "198.18.0.0/23",
        "198.18.9.9",
    ]


def test_everybody_who_has_to_reach_sip_does():
    sip, rtp = render.firewall_sources(planned("documented"), ["198.18.5.5"])
    assert sip == ["198.18.0.0/24", "198.18.5.5", "198.18.10.10", "198.18.20.20", "203.0.113.7"]
    assert rtp is None  # a carrier that does not say where its media come from


def test_rtp_is_filtered_when_every_carrier_says_where_it_comes_from():
    _sip, rtp = render.firewall_sources(planned("firewall_with_media"), SERVERS)
    assert rtp == ["198.18.0.0/24", "198.18.10.0/24", "198.18.20.0/24", "203.0.113.7"]
    assert "udp dport 10000-20000 ip saddr != @rtp_sources drop" in files("firewall_with_media")["nftables.conf"]


SECURE = {"name": "carrier_t", "host": "198.18.30.30", "transport": "tls"}
LISTENS = [
    {"technology": "SIP", "type": "udp", "port": 5060, "problem": ""},
    {"technology": "SIP", "type": "tcp", "port": 5066, "problem": ""},
    {"technology": "SIP", "type": "tls", "port": None, "problem": ""},
    {"technology": "PJSIP", "type": "udp", "port": 5062, "problem": ""},
    {"technology": "PJSIP", "type": "tls", "port": 5063, "problem": ""},
    {"technology": "PJSIP", "type": "wss", "port": 5068, "problem": ""},
]


def walled(*trunks, backend="nftables", transports=(), **wall) -> tuple[plan.Plan, str]:
    """The plan of these trunks behind a firewall, and the firewall's file."""
    described_so = described(*trunks, routes=(), dialer_rtp=RTP, dialer_firewall={"backend": backend, "phones": ["198.18.0.0/24"], **wall})
    built = plan.build(described_so, [DIALER])
    [text] = render.files(built, "firewall", [], transports).values()
    return built, text


@pytest.mark.parametrize(("trunk", "transports", "ports"), [
    ({}, (), [5060]),
    ({"transport": "tcp"}, (), [5060]),
    ({"transport": "tls"}, (), [5060, 5061]),
    ({"transport": "tls", "protocol": "pjsip"}, (), [5060, 5061]),
    ({"transport": "tls", "enabled": False}, (), [5060]),
    ({"protocol": "iax2"}, LISTENS, [5060]),
    ({}, LISTENS, [5060]),
    ({"transport": "tcp"}, LISTENS, [5060, 5066]),
    ({"transport": "tls"}, LISTENS, [5060, 5061]),  # nothing listens yet: as soon as it does, there
    ({"protocol": "pjsip"}, LISTENS, [5060, 5062]),
    ({"protocol": "pjsip", "transport": "tls"}, LISTENS, [5060, 5063]),
    ({"transport": "tls"}, [{"technology": "SIP", "type": "tls"}], [5060, 5061]),  # as an older dialer_info told it
])
def test_the_ports_of_sip_follow_from_the_trunks_transports(trunk, transports, ports):
    built, text = walled({**SECURE, "transport": "udp", **trunk}, transports=transports)
    assert render.firewall_ports(built, transports) == ports
    listed = ", ".join(map(str, ports))
    assert f"th dport {{ {listed} }} ip saddr != @sip_sources drop" in text
    assert f"meta nfproto ipv6 meta l4proto {{ tcp, udp }} th dport {{ {listed} }} drop" in text


def test_firewalld_lets_the_carrier_in_where_it_calls_by_tls():
    _built, text = walled(SECURE, backend="firewalld")
    for source in ("198.18.0.0/24", "198.18.30.30"):
        for port in (5060, 5061):
            assert f'source address="{source}" port port="{port}" protocol="tcp"' in text
    assert '"5061"' not in walled(A, backend="firewalld")[1]


def test_what_the_firewall_never_touches_stays_so_though_a_transport_listens_there():
    transports = [{"technology": "SIP", "type": "tls", "port": port} for port in (443, 8089, 22)]
    built, text = walled(SECURE, transports=transports)
    assert render.firewall_ports(built, transports) == [5060] and "443" not in text


def test_the_described_ports_keep_their_order_and_stand_once():
    built, _text = walled(SECURE, {**SECURE, "name": "carrier_u"}, sip_ports=[5080, 5061, 5060])
    assert render.firewall_ports(built) == [5080, 5061, 5060]


def test_phones_anywhere_filter_nothing():
    text = files("phones_anywhere")["nftables.conf"]
    assert "drop" not in text.split("chain input")[1] and "policy accept" in text


@pytest.mark.parametrize("name", [name for name in DESCRIPTIONS if "nftables.conf" in files(name)])
def test_a_firewall_is_replaced_as_a_whole_and_names_no_port_of_others(name):
    text = files(name)["nftables.conf"]
    assert text.index("delete table inet dialer_trunks") < text.index("table inet dialer_trunks {")
    assert 'iifname "lo" accept' in text
    assert not re.search(r"\b(22|3306|4569|5038|8089|443)\b", text.split("chain input")[1])


GIVEN = {"name": "xx", "host": "gw.example.com", "username": "u", "secret": SECRET, "register": True}


def lines(**trunk) -> list[str]:
    """The lines of a trunk's peer and registration that name a host or a port."""
    built = plan.build(described({**GIVEN, **trunk}, routes=()), ["d1"]).trunks[0]
    text = f"{render.registration(built)}\n{render.peer(built)}"
    return [line for line in text.splitlines() if re.match("register|host=|port=|contact=|server_uri|client_uri|transport", line)]


@pytest.mark.parametrize(
    ("trunk", "without", "with_port"),
    [
        ({}, ["register => u:S@gw.example.com/u", "host=gw.example.com", "transport=udp"],
         ["register => u:S@gw.example.com:5070/u", "host=gw.example.com", "port=5070", "transport=udp"]),
        ({"transport": "tls"}, ["register => tls://u:S@gw.example.com/u", "host=gw.example.com", "transport=tls"],
         ["register => tls://u:S@gw.example.com:5070/u", "host=gw.example.com", "port=5070", "transport=tls"]),
        ({"protocol": "iax2"}, ["register => u:S@gw.example.com", "host=gw.example.com"],
         ["register => u:S@gw.example.com:5070", "host=gw.example.com", "port=5070"]),
        ({"protocol": "pjsip", "settings": {"transport": "wan"}},
         ["transport=wan", "contact=sip:gw.example.com", "server_uri=sip:gw.example.com", "client_uri=sip:u@gw.example.com", "transport=wan"],
         ["transport=wan", "contact=sip:gw.example.com:5070", "server_uri=sip:gw.example.com:5070",
          "client_uri=sip:u@gw.example.com:5070", "transport=wan"]),
    ],
)
def test_a_port_is_written_only_where_one_is_given(trunk, without, with_port):
    """With one, Asterisk does not ask DNS for SRV records, and its URIs hold it."""
    assert [line.replace(SECRET, "S") for line in lines(**trunk)] == without
    assert [line.replace(SECRET, "S") for line in lines(**trunk, port=5070)] == with_port


def test_a_registration_of_pjsip_does_not_give_up_unless_it_is_said():
    def own(**settings) -> dict[str, str]:
        trunk = {**GIVEN, "protocol": "pjsip", "settings": settings}
        text = render.peer(plan.build(described(trunk, routes=()), ["d1"]).trunks[0]).split("type=registration\n")[1]
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    kept = {"max_retries": "1000000000", "forbidden_retry_interval": "1800", "fatal_retry_interval": "1800"}
    assert kept.items() <= own().items()
    assert own(registration={"Max_Retries": 5, "expiration": 60}).items() >= {**kept, "max_retries": "5", "expiration": "60"}.items()
