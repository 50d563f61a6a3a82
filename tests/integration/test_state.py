# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running programs hold once site.yml has passed, as inventory/lab describes it."""
from __future__ import annotations

import re

import pytest

from support.lab.machines import DIALERS, ONE, asterisk, changed_file, sh, sql
from support.lab.playbooks import site
from support.lab.running import loaded, peer, stamp
from support.lab.state import differences, everything, files, ours

BOTH = pytest.mark.parametrize("dialer", DIALERS)


@BOTH
def test_peers_are_loaded_and_reachable(dialer):
    for name, host in (("carrier_a", "198.18.10.10"), ("carrier_b", "198.18.20.20")):
        found = peer(dialer, name)
        assert found["Addr->IP"] == f"{host}:5060"
        assert found["Status"].startswith("OK (")
        assert found["Description"] == f"[trunks {stamp(dialer, name)}] VoIP Provider {name[-1].upper()}"
        assert found["Context"] == "trunkinbound"
        assert found["Codecs"] == "(ulaw|alaw)"


@BOTH
def test_peers_bear_the_revision_of_their_rows(dialer):
    rows = ours("carrier_name, server_ip, account_entry")
    stamps = {name: int(re.search(r"\[trunks (\d+)\]", entry).group(1)) for name, server_ip, entry in rows
              if server_ip == DIALERS[dialer] and entry}
    assert stamps == {name: stamp(dialer, name) for name in ("carrier_a", "carrier_b")}


@BOTH
def test_globals_name_the_trunks(dialer):
    shown = asterisk(dialer, "dialplan show globals")
    assert "TRUNKcarrier_a=SIP/carrier_a" in shown
    assert "TRUNKcarrier_b=SIP/carrier_b" in shown


@BOTH
def test_a_number_leads_from_default_into_the_route(dialer):
    answer = asterisk(dialer, "dialplan show 913125551211@default")
    assert "vicidial-auto-external" in answer
    assert "Gosub(trunks-route-us,${FILTER(0-9*#+,${EXTEN:1})},1(" in answer
    assert "DIALPLAN_EXISTS(trunks-route-us,${FILTER(0-9*#+,${EXTEN:1})},1)" in answer
    assert "Dial(SIP/carrier_a/${FILTER(0-9*#+,${EXTEN:1})},${CAMPDTO},Toi)" in answer


@BOTH
def test_contexts_are_loaded(dialer):
    for context in ("trunks-route-us", "trunks-generation", "trunks-repair", "trunks-repair-ready"):
        assert loaded(dialer, context), context
    route = asterisk(dialer, "dialplan show trunks-route-us")
    assert "trunks_queue=&carrier_a&carrier_b&" in route
    assert "'h' =>" in route
    assert not loaded(dialer, "trunks-outbound"), "in vicidial mode calls come by the rows"


@BOTH
def test_generation_in_force_is_the_one_on_disk(dialer):
    linked = sh(dialer, "readlink /etc/asterisk/trunks").strip()
    assert re.fullmatch(r"trunks\.d/\d+", linked)
    assert f"'{linked.split('/')[1]}' =>" in asterisk(dialer, "dialplan show trunks-generation")


def test_rows_are_marked_and_their_ids_unique():
    rows = ours("carrier_id, server_ip, active, carrier_description, user_group, protocol")
    assert len(rows) == 6, "two trunks and a route on each of two dialers"
    for carrier_id, server_ip, active, description, group, protocol in rows:
        assert 2 <= len(carrier_id) <= 15 and " " not in carrier_id
        assert re.match(rf"\[dialer\.trunks \w+@{re.escape(server_ip)} {re.escape(carrier_id)}\]", description)
        assert (active, group, protocol) == ("Y", "---ALL---", "SIP")
    assert sql("SELECT COUNT(*), COUNT(DISTINCT LOWER(carrier_id)) FROM vicidial_server_carriers")[0] in (
        [str(number), str(number)] for number in range(6, 1000))


def test_the_admin_log_tells_of_every_row():
    for carrier_id, in ours():
        entries = sql("SELECT user, event_section, event_type, event_code FROM vicidial_admin_log"
                      f" WHERE record_id='{carrier_id}' AND event_type='ADD' ORDER BY admin_log_id DESC LIMIT 1")
        assert entries == [["dialer.trunks", "CARRIERS", "ADD", "ADMIN ADD CARRIER"]]


@BOTH
def test_rtp_settings_are_in_force(dialer):
    shown = asterisk(dialer, "rtp show settings")
    assert re.search(r"Port start:\s+10000\b", shown)
    assert re.search(r"Port end:\s+20000\b", shown)
    assert re.search(r"Strict RTP:\s+Yes", shown)


@BOTH
def test_firewall_table_is_loaded_beside_the_operators(dialer):
    table = sh(dialer, "nft list table inet dialer_trunks")
    assert "policy accept" in table
    assert re.search(r"th dport \{ 5060 \} ip saddr != @sip_sources drop", table)
    for address in ("198.18.0.0/24", "198.18.10.10", "198.18.20.20"):
        assert address in table
    assert "no telnet" in sh(dialer, "nft list table inet operator")


@BOTH
def test_each_operators_file_has_one_marked_line(dialer):
    for path, place in (("/etc/asterisk/extensions.conf", "first"), ("/etc/asterisk/rtp.conf", "second"),
                        ("/etc/nftables.conf", "last")):
        lines = sh(dialer, f"cat {path}").splitlines()
        marked = [number for number, line in enumerate(lines) if re.search(r"[;#] dialer\.trunks$", line)]
        assert marked == [{"first": 0, "second": 1, "last": len(lines) - 1}[place]], path
    assert "dialer.trunks" not in sh(dialer, "cat /etc/asterisk/sip.conf"), "in vicidial mode the peers are rows"


@BOTH
def test_files_of_ours_are_for_asterisk_and_root_only(dialer):
    found = [(path, fact) for path, fact in files(dialer).items() if path.startswith("/etc/asterisk/trunks.d")]
    assert len(found) > 5
    for path, fact in found:
        assert re.search(r" (6[04]0|7[05]0) root ", fact), f"{path}: {fact}"


def test_a_second_run_changes_nothing():
    before = everything()
    run = site()
    assert run.rc == 0, run
    assert run.changes == []
    assert differences(before, everything()) == []


def test_a_run_that_is_right_already_takes_one_task_for_all_and_two_for_each():
    """What touches the dialers, that is: the speed of a run is the number of its remote tasks."""
    run = site()
    remote = [(name, len(hosts)) for name, hosts in run.tasks
              if not all(result.get("skipped") for result in hosts.values()) and name not in (
                  "Check the description", "End here when the rows are right and nothing was changed")]
    assert remote == [("Read the dialer", 2), ("Put the rows of the trunks into VICIdial's database", 1),
                      ("Commit the files, or verify that they are in force", 2)]


def test_verify_says_what_it_found_and_changes_nothing():
    run = site(playbook="playbooks/verify.yml")
    assert run.rc == 0, run
    assert run.changes == []
    for dialer in DIALERS:
        found = run.results("dialer.trunks.verify : Verify that the running Asterisk holds and reaches every trunk")[dialer]
        assert "carrier_a" in str(found) and "carrier_b" in str(found)


def test_a_file_that_begins_with_a_byte_order_mark_is_still_read():
    """Asterisk takes nothing of a dialplan in which something stands before the mark."""
    path = "/etc/asterisk/extensions.conf"
    make = (f"{{ printf '\\357\\273\\277'; grep -v -e '^;' -e 'dialer\\.trunks' {path}.kept; "
            f"printf '\\n[bom-test]\\nexten => 1,1,NoOp()\\n'; }} >{path}")
    with changed_file(ONE, path, make):
        run = site("--limit", ONE, "--skip-tags", "verify")
        assert run.rc == 0, run
        assert sh(ONE, f"head -1 {path}").strip() == "\ufeff#tryinclude trunks/extensions.conf ; dialer.trunks"
        assert loaded(ONE, "bom-test") and loaded(ONE, "trunks-route-us")
    asterisk(ONE, "dialplan reload")
    assert not loaded(ONE, "bom-test") and loaded(ONE, "trunks-route-us")
