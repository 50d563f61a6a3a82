# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in: the phone, the other dialer and the carriers do, a stranger does not. Packets are really sent."""

from __future__ import annotations

import contextlib
import json

import pytest

import calls as lab
from lab_site import ONE, changed_file, described, play, site

DIALER = {"lab": "198.18.0.11", "a": "198.18.10.111"}  # dialer 1 in the lab's own network and in carrier a's
RTP_PORT = 19998

# Sends OPTIONS to an address from a port of its own, three times at most, and prints the answer's first line or nothing.
_OPTIONS = """
import socket, sys
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect((sys.argv[1], 5060))
own = "%s:%d" % link.getsockname()
link.settimeout(0.7)
for number in range(3):
  try:
    link.send(("OPTIONS sip:test@{0} SIP/2.0\\r\\nVia: SIP/2.0/UDP {1};branch=z9hG4bK{2}\\r\\nMax-Forwards: 70\\r\\n"
        "From: <sip:test@{1}>;tag=t\\r\\nTo: <sip:test@{0}>\\r\\nCall-ID: {2}@{1}\\r\\nCSeq: 1 OPTIONS\\r\\n"
        "Contact: <sip:test@{1}>\\r\\nContent-Length: 0\\r\\n\\r\\n").format(sys.argv[1], own, number).encode())
    print(link.recv(4000).decode().splitlines()[0])
    break
  except OSError:  # nothing came, or word that nobody may
    pass
"""

# Listens on the RTP port for 6 s, or until `end` comes, and prints who sent what, as JSON.
_LISTEN = f"""
import json, socket, time
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind(("0.0.0.0", {RTP_PORT}))
link.settimeout(6)
heard = []
try:
    while "end" not in heard:
        heard.append(link.recvfrom(100)[0].decode())
except socket.timeout:
    pass
print(json.dumps(heard))
"""


def options(machine: str, address: str) -> str:
    """The first line of what the dialer at this address answers to OPTIONS; empty when it does not."""
    return lab.sh(machine, f"python3 - {address}", stdin=_OPTIONS).strip()


def heard_on_rtp_port(*machines: str) -> list[str]:
    """Those of the machines whose packet to a port of the RTP range arrived at dialer 1."""
    listen = lab.begin(["podman", "exec", "-i", "trunks-dialer1", "python3", "-c", _LISTEN])
    assert lab.wait_until(lambda: f":{RTP_PORT} " in lab.sh("dialer1", "ss -lun"), 5)
    for machine in machines:
        address = DIALER["lab"] if machine == "dialer2" else DIALER["a"]
        lab.sh(machine, f"echo -n {machine} >/dev/udp/{address}/{RTP_PORT}")
    lab.sh("dialer1", f"echo -n end >/dev/udp/127.0.0.1/{RTP_PORT}")
    return [name for name in json.loads(listen.communicate(timeout=20)[0]) if name != "end"]


def rules(dialer: str, table: str) -> str:
    """A table as nft lists it, without counters' values; empty when it is not loaded."""
    return lab.sh(dialer, f"nft -s list table inet {table} 2>/dev/null", check=False)


def firewall(**changes: object) -> dict:
    """dialer_firewall of the lab, with these keys instead."""
    return {"backend": "nftables", "phones": ["198.18.0.0/24"], "management": ["198.18.0.0/24"], **changes}


@pytest.fixture(scope="module", autouse=True)
def provisioned():
    """The lab as its inventory describes it, before and after."""
    lab.lab("pace", str(lab.PACE))
    lab.provision()
    lab.forget_silence()
    yield
    lab.provision()


def test_the_agents_phone_is_registered_and_reaches_its_conference():
    assert lab.wait_until(lambda: " OK (" in "".join(
        line for line in lab.cli("dialer1", "sip show peers").splitlines() if line.startswith("gs101/")), 15)
    lab.cli("phone", "channel originate PJSIP/8600051@dialer1 application Wait 4")
    assert lab.wait_until(lambda: "SIP/gs101-" in lab.cli("dialer1", "core show channels concise"), 4)
    assert lab.wait_until(lambda: "SIP/gs101-" not in lab.cli("dialer1", "core show channels concise"), 8)


def test_the_other_dialer_gets_in():
    assert options("dialer2", DIALER["lab"]).startswith("SIP/2.0 ")


@pytest.mark.parametrize("carrier", ["a", "b"])
def test_the_carriers_get_in(carrier):
    channel = f"SIP/{dict(a='carrier_a', b='carrier_b')[carrier]}-"
    lab.cli(f"carrier-{carrier}", "channel originate Local/13125550100*1@to-dialer application Wait 3")
    peer_calls = lab.wait_until(
        lambda: any(name in lab.cli("dialer1", "core show channels concise") for name in (channel, "SIP/old")), 4)
    assert peer_calls, f"no call of carrier {carrier} arrived"


def test_a_stranger_gets_no_answer_but_only_on_sip():
    assert options("stranger", DIALER["a"]) == ""
    assert "1 received" in lab.sh("stranger", f"ping -c 1 -W 2 {DIALER['a']}")
    # Asterisk's manager listens on 127.0.0.1 only: it refuses, which is an answer; a filter would leave the caller waiting.
    assert "Connection refused" in lab.sh("stranger", f"timeout 3 bash -c '</dev/tcp/{DIALER['a']}/5038' 2>&1; true")


def test_without_media_addresses_rtp_is_not_filtered():
    assert heard_on_rtp_port("stranger", "carrier-a") == ["stranger", "carrier-a"]


def test_calls_go_out_and_the_rules_stand_after_a_restart():
    before = rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")
    assert all(before)
    lab.execute(["podman", "restart", "trunks-dialer1"])
    assert lab.wait_until(lambda: "carrier_b" in "".join(
        line for line in lab.sh("dialer1", "asterisk -rx 'sip show peers'", check=False).splitlines() if " OK (" in line
    ), 40)
    assert (rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")) == before
    assert options("stranger", DIALER["a"]) == ""
    assert lab.wait_until(lambda: lab.sh("dialer1", f"{lab.HOME}/standin status", check=False).count("runs") == 3, 20)
    answered, failed_over = lab.place("auto", "13125551001,13125551009", "--hold 0.5")
    assert (answered.carriers, answered.agent, failed_over.carriers, failed_over.agent) == ("a", True, "ab", True)
    assert lab.provision().recap["changed"] == 0


def test_every_trunk_with_media_addresses_filters_rtp():
    media = {"media": ["198.18.10.10"]}, {"media": ["198.18.20.0/24"]}
    lab.provision(dialer_trunks=[{**lab.CARRIER_A, **media[0]}, {**lab.CARRIER_B, **media[1]}])
    assert heard_on_rtp_port("stranger", "carrier-a", "dialer2") == ["carrier-a", "dialer2"]
    [call] = lab.place("auto", "13125551019", "--hold 0.5")
    assert (call.carriers, call.agent) == ("ab", True)


def test_phones_from_anywhere_let_everybody_speak_sip():
    operators = rules("dialer1", "operator")
    lab.provision(dialer_firewall=firewall(phones="anywhere"))
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
    lab.provision()
    values = ", ".join(f"('{name}', '{name}', '{server_ip}', 'N', 'N', 'N')" for name, server_ip in ROWS.items())
    lab.sql(f"INSERT INTO servers (server_id, server_description, server_ip, active, active_asterisk_server, generate_vicidial_conf) VALUES {values}")
    yield
    names = ", ".join(f"'{name}'" for name in ROWS)
    lab.sql(f"DELETE FROM servers WHERE server_id IN ({names})")


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


# What an operator puts under [general] so that carriers reach chan_sip over TLS.
TLS_LINES = "\\n".join(f"tls{line}" for line in (
    "enable=yes", "bindaddr=0.0.0.0:{port}", "certfile=/etc/asterisk/keys/dialer.crt", "privatekey=/etc/asterisk/keys/dialer.key",
    "cafile=/etc/asterisk/keys/ca.crt"))


def connects(machine: str, address: str, port: int) -> bool:
    """Whether the machine gets a TCP connection to this port within 3 s."""
    return "through" in lab.sh(machine, f"timeout 3 bash -c '</dev/tcp/{address}/{port} && echo through' 2>&1; true")


@contextlib.contextmanager
def chan_sip_takes_calls_by_tls(port: int):
    """chan_sip of dialer 1 listens on this port over TLS; nothing of ours knows of it yet."""
    change = f"sed -i 's#^\\[general\\]#&\\n{TLS_LINES.format(port=port)}#' /etc/asterisk/sip.conf"
    with changed_file(ONE, "/etc/asterisk/sip.conf", change):
        lab.cli("dialer1", "sip reload")
        assert lab.wait_until(lambda: f":{port} " in lab.sh("dialer1", "ss -ltn"), 10)
        yield
    lab.sh("dialer1", "touch /etc/asterisk/sip.conf")
    lab.cli("dialer1", "sip reload")


@pytest.mark.parametrize("port", [5061, 5071])
def test_with_a_trunk_over_tls_only_who_is_described_reaches_its_port(port):
    lab.provision()
    try:
        with chan_sip_takes_calls_by_tls(port):
            assert connects("stranger", DIALER["a"], port), "it does not listen, or something else filters"
            run = site("--limit", ONE, extra_vars=described(carrier_a={"transport": "tls"}))
            assert run.rc == 0, run
            assert f"5060, {port} }} ip saddr != @sip_sources drop" in rules("dialer1", "dialer_trunks")
            assert not connects("stranger", DIALER["a"], port)
            assert connects("carrier-a", DIALER["a"], port) and connects("dialer2", DIALER["lab"], port)
            assert connects("dialer1", "127.0.0.1", port)
            [call] = lab.place("auto", "13125551001", "--hold 0.5")
            assert (call.carriers, call.agent) == ("a", True)
            drift = site("--limit", ONE, playbook="playbooks/drift.yml", extra_vars=described(carrier_a={"transport": "tls"}))
            assert drift.rc == 0, drift
            lab.provision()
            assert connects("stranger", DIALER["a"], port), "without such a trunk it is the operator's"
    finally:
        lab.provision()


def test_a_port_of_chan_sip_that_no_trunk_uses_is_told():
    with chan_sip_takes_calls_by_tls(5061):
        run = site("--limit", ONE)
    assert run.rc == 0 and run.changes == [], run
    assert "chan_sip accepts calls on port 5061 (tls) from any address: add 5061 to dialer_firewall.sip_ports" in run.said


def test_backend_none_takes_our_table_and_nothing_else_away():
    operators = rules("dialer1", "operator")
    own_lines = [line for line in lab.sh("dialer1", "cat /etc/nftables.conf").splitlines() if "dialer.trunks" not in line]
    assert rules("dialer1", "dialer_trunks") and "telnet" in operators
    lab.provision(dialer_firewall={"backend": "none"})
    assert options("stranger", DIALER["a"]).startswith("SIP/2.0 ")
    assert (rules("dialer1", "dialer_trunks"), rules("dialer1", "operator")) == ("", operators)
    assert lab.sh("dialer1", "cat /etc/nftables.conf").splitlines() == own_lines
    assert own_lines == (lab.ROOT / "lab/dialer/etc/nftables.conf").read_text(encoding="utf-8").splitlines()
