# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in: the phone, the other dialer and the carriers do, a stranger does not. Packets are really sent."""

from __future__ import annotations


import pytest

from support.lab import calls
from support.lab.firewall import DIALER, chan_sip_takes_calls_by_tls, connects, firewall, heard_on_rtp_port, options
from support.lab.machines import HOME, ONE, asterisk, execute, pace, sh, sql
from support.lab.playbooks import CARRIER_A, CARRIER_B, described, play, provision, site
from support.lab.running import forget_silence
from support.paths import ROOT
from support.waiting import came_true


def rules(dialer: str, table: str) -> str:
    """A table as nft lists it, without counters' values; empty when it is not loaded."""
    return sh(dialer, f"nft -s list table inet {table} 2>/dev/null", check=False)


@pytest.fixture(scope="module", autouse=True)
def provisioned():
    """The lab as its inventory describes it, before and after."""
    pace()
    provision()
    forget_silence()
    yield
    provision()


def test_the_agents_phone_is_registered_and_reaches_its_conference():
    assert came_true(lambda: " OK (" in "".join(
        line for line in asterisk("dialer1", "sip show peers").splitlines() if line.startswith("gs101/")), 15)
    asterisk("phone", "channel originate PJSIP/8600051@dialer1 application Wait 4")
    assert came_true(lambda: "SIP/gs101-" in asterisk("dialer1", "core show channels concise"), 4)
    assert came_true(lambda: "SIP/gs101-" not in asterisk("dialer1", "core show channels concise"), 8)


def test_the_other_dialer_gets_in():
    assert options("dialer2", DIALER["lab"]).startswith("SIP/2.0 ")


@pytest.mark.parametrize("carrier", ["a", "b"])
def test_the_carriers_get_in(carrier):
    channel = f"SIP/{dict(a='carrier_a', b='carrier_b')[carrier]}-"
    asterisk(f"carrier-{carrier}", "channel originate Local/13125550100*1@to-dialer application Wait 3")
    peer_calls = came_true(
        lambda: any(name in asterisk("dialer1", "core show channels concise") for name in (channel, "SIP/old")), 4)
    assert peer_calls, f"no call of carrier {carrier} arrived"


def test_a_stranger_gets_no_answer_but_only_on_sip():
    assert options("stranger", DIALER["a"]) == ""
    assert "1 received" in sh("stranger", f"ping -c 1 -W 2 {DIALER['a']}")
    # Asterisk's manager listens on 127.0.0.1 only: it refuses, which is an answer; a filter would leave the caller waiting.
    assert "Connection refused" in sh("stranger", f"timeout 3 bash -c '</dev/tcp/{DIALER['a']}/5038' 2>&1; true")


def test_without_media_addresses_rtp_is_not_filtered():
    assert heard_on_rtp_port("stranger", "carrier-a") == ["stranger", "carrier-a"]


def test_calls_go_out_and_the_rules_stand_after_a_restart():
    before = rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")
    assert all(before)
    execute(["podman", "restart", "trunks-dialer1"])
    assert came_true(lambda: "carrier_b" in "".join(
        line for line in sh("dialer1", "asterisk -rx 'sip show peers'", check=False).splitlines() if " OK (" in line
    ), 40)
    assert (rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")) == before
    assert options("stranger", DIALER["a"]) == ""
    assert came_true(lambda: sh("dialer1", f"{HOME}/standin status", check=False).count("runs") == 3, 20)
    answered, failed_over = calls.place("auto", "13125551001,13125551009", "--hold 0.5")
    assert (answered.carriers, answered.agent, failed_over.carriers, failed_over.agent) == ("a", True, "ab", True)
    assert provision().recap["changed"] == 0


def test_every_trunk_with_media_addresses_filters_rtp():
    media = {"media": ["198.18.10.10"]}, {"media": ["198.18.20.0/24"]}
    provision(dialer_trunks=[{**CARRIER_A, **media[0]}, {**CARRIER_B, **media[1]}])
    assert heard_on_rtp_port("stranger", "carrier-a", "dialer2") == ["carrier-a", "dialer2"]
    [call] = calls.place("auto", "13125551019", "--hold 0.5")
    assert (call.carriers, call.agent) == ("ab", True)


def test_phones_from_anywhere_let_everybody_speak_sip():
    operators = rules("dialer1", "operator")
    provision(dialer_firewall=firewall(phones="anywhere"))
    assert options("stranger", DIALER["a"]).startswith("SIP/2.0 ")
    assert rules("dialer1", "operator") == operators


def test_the_firewall_alone_needs_no_trunks():
    run = site("--check", "--tags", "firewall", extra_vars={"dialer_trunks": None, "dialer_routes": None, "dialer_inbound": None})
    assert run.rc == 0, run
    # On dialer 1 the operator's own carriers may have the same addresses, which stay let in then.
    commit = "Commit the files, or verify that they are in force"
    assert (commit, "trunks-dialer2") in run.changes and {task for task, _dialer in run.changes} == {commit}


def test_the_role_asks_the_database_that_is_described():
    run = play("- ansible.builtin.include_role: {name: dialer.trunks.firewall}", "--check",
               extra_vars={"dialer_db": {"host": "127.0.0.1", "port": 1, "user": "u", "password": "hush-9281"}})
    assert run.rc != 0 and "cannot reach database asterisk at 127.0.0.1:1 as user u" in run.said
    assert "hush-9281" not in run.stdout + run.stderr


# Rows of the table servers that no dialer has, as whoever may write there could put them.
ROWS = {"every": "0.0.0.0/0", "empty": "", "named": "dialer9", "bits": "10.1.1.1/8", "half": "128.0.0.0/1", "escape": "\x1b[2J"}


@pytest.fixture
def rows_that_are_no_dialers():
    """Those rows are there, and the lab is as its inventory describes it."""
    provision()
    values = ", ".join(f"('{name}', '{name}', '{server_ip}', 'N', 'N', 'N')" for name, server_ip in ROWS.items())
    sql(f"INSERT INTO servers (server_id, server_description, server_ip, active, active_asterisk_server, generate_vicidial_conf) VALUES {values}")
    yield
    names = ", ".join(f"'{name}'" for name in ROWS)
    sql(f"DELETE FROM servers WHERE server_id IN ({names})")


def test_no_row_of_the_database_opens_the_firewall(rows_that_are_no_dialers):
    operators = rules("dialer1", "operator")
    run = site()
    assert run.rc == 0 and run.changes == [], run
    for server_ip in ROWS.values():
        assert f"VICIdial's table servers has a row with server_ip {server_ip!r}, which is not the address of one host" in run.said
    assert "\x1b" not in run.stdout + run.stderr
    assert options("stranger", DIALER["a"]) == "" and options("dialer2", DIALER["lab"]).startswith("SIP/2.0 ")
    alone = play("- ansible.builtin.import_role: {name: dialer.trunks.firewall}")
    assert alone.rc == 0 and "server_ip '0.0.0.0/0'" in alone.said, alone
    assert options("stranger", DIALER["a"]) == ""
    assert rules("dialer1", "operator") == operators


@pytest.mark.parametrize("port", [5061, 5071])
def test_with_a_trunk_over_tls_only_who_is_described_reaches_its_port(port):
    provision()
    try:
        with chan_sip_takes_calls_by_tls(port):
            assert connects("stranger", DIALER["a"], port), "it does not listen, or something else filters"
            run = site("--limit", ONE, extra_vars=described(carrier_a={"transport": "tls"}))
            assert run.rc == 0, run
            assert f"5060, {port} }} ip saddr != @sip_sources drop" in rules("dialer1", "dialer_trunks")
            assert not connects("stranger", DIALER["a"], port)
            assert connects("carrier-a", DIALER["a"], port) and connects("dialer2", DIALER["lab"], port)
            assert connects("dialer1", "127.0.0.1", port)
            [call] = calls.place("auto", "13125551001", "--hold 0.5")
            assert (call.carriers, call.agent) == ("a", True)
            drift = site("--limit", ONE, playbook="playbooks/drift.yml", extra_vars=described(carrier_a={"transport": "tls"}))
            assert drift.rc == 0, drift
            provision()
            assert connects("stranger", DIALER["a"], port), "without such a trunk it is the operator's"
    finally:
        provision()


def test_a_port_of_chan_sip_that_no_trunk_uses_is_told():
    with chan_sip_takes_calls_by_tls(5061):
        run = site("--limit", ONE)
    assert run.rc == 0 and run.changes == [], run
    assert "chan_sip accepts calls on port 5061 (tls) from any address: add 5061 to dialer_firewall.sip_ports" in run.said


def test_backend_none_takes_our_table_and_nothing_else_away():
    operators = rules("dialer1", "operator")
    own_lines = [line for line in sh("dialer1", "cat /etc/nftables.conf").splitlines() if "dialer.trunks" not in line]
    assert rules("dialer1", "dialer_trunks") and "telnet" in operators
    provision(dialer_firewall={"backend": "none"})
    assert options("stranger", DIALER["a"]).startswith("SIP/2.0 ")
    assert (rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")) == ("", operators)
    assert sh("dialer1", "cat /etc/nftables.conf").splitlines() == own_lines
    assert own_lines == (ROOT / "lab/dialer/etc/nftables.conf").read_text(encoding="utf-8").splitlines()
