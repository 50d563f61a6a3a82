# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drift.yml: each kind of drift made as it happens, and told; nothing is touched."""
from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from support.lab.machines import DIALERS, ONE, OTHER, asterisk, sh, sql, standin
from support.lab.playbooks import INVENTORY, Run, described, site
from support.lab.running import generation, loaded, peer, stamp
from support.lab.state import differences, everything
from support.paths import ROOT
from support.waiting import wait_until

DRIFT = "playbooks/drift.yml"
SECRET = "Planted-drift-1"


def drift(place: Path, **options: Any) -> tuple[Run, dict[str, Any]]:
    """drift.yml with a report for machines, and that report."""
    path = place / "drift.json"
    variables = {**options.pop("extra_vars", {}), "drift_format": "json", "drift_file": str(path)}
    run = site(playbook=DRIFT, extra_vars=variables, **options)
    assert path.exists(), run
    return run, json.loads(path.read_text(encoding="utf-8"))


def found(report: dict[str, Any], dialer: str) -> set[tuple[str, str]]:
    return {(line["kind"], line["what"]) for line in report["lines"] if line["dialer"] == dialer}


def test_a_dialer_that_is_right_has_no_drift(tmp_path):
    run, report = drift(tmp_path)
    assert run.rc == 0 and (report["drift"], report["unknown"], report["compared"]) == (0, 0, list(DIALERS)), run
    assert "No difference; 2 of 2 dialers were compared." in run.stderr


def test_everything_that_hands_can_change_is_told_and_nothing_is_touched(tmp_path, restored):
    secret = described(carrier_a={"username": "account", "secret": SECRET})
    assert site(extra_vars=secret).rc == 0
    number = generation(ONE)
    standin(ONE, "stop generator")  # as a rebuild would bring back what is taken out of its files below
    try:
        sql(f"UPDATE vicidial_server_carriers SET account_entry=REPLACE(account_entry, '{SECRET}', 'Edited-drift-2') WHERE carrier_id='carrier_a-12'")
        sql("UPDATE vicidial_server_carriers SET active='N' WHERE carrier_id='carrier_b-12'")
        sh(ONE, "echo '; mine' >> /etc/asterisk/trunks/routes/us.conf; echo '[x]' > /etc/asterisk/trunks/routes/mine.conf")
        sh(ONE, "sed -i '/dialer.trunks/d' /etc/asterisk/rtp.conf; nft flush table inet dialer_trunks")
        sh(ONE, "sed -i 's/^\\[carrier_b\\]/[carrier_x]/' /etc/asterisk/sip-vicidial.conf; asterisk -rx 'sip reload'")
        wait_until(lambda: stamp(ONE, "carrier_b") == 0, 10, "the peer to go")
        sh(OTHER, f"ln -sfn trunks.d/{generation(OTHER) - 1} /etc/asterisk/trunks")
        before = everything()
        run, report = drift(tmp_path, extra_vars=secret)
        assert differences(before, everything()) == []
        one, other = found(report, ONE), found(report, OTHER)
        assert run.rc == 2 and report["drift"] >= 8, report
        assert {("edited", "routes/us.conf was edited"), ("edited", "routes/mine.conf was not written by this collection"),
                ("line", "/etc/asterisk/rtp.conf does not have this collection's line in its place"),
                ("not loaded", "the nftables table inet dialer_trunks differs from what was loaded"),
                ("not loaded", "peer carrier_b is not loaded")} <= one, one
        assert any("trunk carrier_a (row carrier_a-12): differs in account_entry" == what for _kind, what in other), other
        assert ("edited", "trunk carrier_b (row carrier_b-12): is inactive, and described as enabled") in other, other
        assert any(kind == "not loaded" and "the running dialplan holds generation" in what for kind, what in other), other
        changed = [line["detail"] for line in report["lines"] if "row carrier_a-12" in line["what"]][0]
        assert changed == ["- secret=(hidden)", "+ secret=(hidden, changed)"]
        printed = run.stdout + run.stderr + json.dumps(report)
        assert SECRET not in printed and "Edited-drift" not in printed
        assert "What it means, and what to do:" in run.stderr and "site.yml restores it" in run.stderr
        assert generation(ONE) == number
    finally:
        sh(OTHER, f"ln -sfn trunks.d/{generation(OTHER)} /etc/asterisk/trunks")
        sh(ONE, "sed -i 's/^\\[carrier_x\\]/[carrier_b]/' /etc/asterisk/sip-vicidial.conf")
        standin(ONE, "start generator")


def test_a_description_that_is_not_applied_is_no_edit_and_a_row_that_was_edited_is_one(tmp_path, restored):
    sql("UPDATE vicidial_server_carriers SET active='N' WHERE carrier_id='carrier_b-12'")
    sql("DELETE FROM vicidial_server_carriers WHERE carrier_id='us-11'")
    path = tmp_path / "drift.md"
    run = site(playbook=DRIFT, extra_vars={**described(carrier_a={"max_calls": 60}), "drift_format": "markdown", "drift_file": str(path),
                                           "drift_fail": False})
    assert run.rc == 0, run
    text = path.read_text(encoding="utf-8")
    for line in (
        f"| {OTHER} | database | edited | trunk carrier_b (row carrier_b-12): is inactive, and described as enabled |",
        f"| {ONE} | database | edited | route us (row us-11): is missing |",
        f"| {ONE} | file | described | routes/us.conf differs from the description |",
    ):
        assert line in text, text
    assert "+ " in text and "```diff" in text and "- **edited**: " in text


def test_fifty_dialers_and_those_that_cannot_be_reached_are_named(tmp_path):
    inventory = yaml.safe_load((ROOT / INVENTORY).read_text(encoding="utf-8"))
    hosts = copy.deepcopy(inventory["all"]["children"]["dialers"]["hosts"])
    away = {f"away{number:02}": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1,
                                 "dialer_mode": "asterisk"} for number in range(1, 51 - len(hosts))}
    inventory["all"]["children"]["dialers"]["hosts"] = {**away, **hosts}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    variables = tmp_path / "group_vars/dialers"
    variables.mkdir(parents=True)
    (variables / "trunks.yml").write_text((ROOT / "inventory/lab/group_vars/dialers/trunks.yml").read_text(encoding="utf-8"), encoding="utf-8")
    run, report = drift(tmp_path, inventory=str(tmp_path / "hosts.yml"))
    assert (report["drift"], report["unknown"]) == (0, len(away)), report
    assert report["unreachable"] == list(away) and report["compared"] == list(hosts)
    assert run.rc == 4 and "away01" in run.stderr and "unreachable: away01, away02" in run.stderr, run


def test_a_carrier_whose_context_swallows_a_route_is_named(tmp_path):
    """VICIdial writes the entries of all carriers one after the other; calls to the prefix find nothing any more."""
    sql("INSERT INTO vicidial_server_carriers SET carrier_id='AAA', carrier_name='x', template_id='--NONE--', account_entry='',"
        f" dialplan_entry='[my-own]\nexten => s,1,NoOp()', server_ip='{DIALERS[ONE]}'; UPDATE servers SET rebuild_conf_files='Y'")
    try:
        wait_until(lambda: loaded(ONE, "my-own") and loaded(OTHER, "my-own") is False, 60, "the row")
        run, report = drift(tmp_path)
        assert run.rc != 0 and "carrier AAA opens the context [my-own] in its dialplan entry" in json.dumps(report), run
        verified = site(playbook="playbooks/verify.yml")
        assert verified.rc != 0 and "route us is in context my-own of VICIdial's dialplan" in verified.said, verified
        run = site()
        assert run.rc != 0 and "carrier AAA opens the context [my-own] in its dialplan entry" in run.said, run
        assert run.changes == []
        sql("UPDATE vicidial_server_carriers SET dialplan_entry=CONCAT(dialplan_entry, '\n[vicidial-auto-external]') WHERE carrier_id='AAA'")
        sql("UPDATE servers SET rebuild_conf_files='Y'")
        wait_until(lambda: "trunks-route-us" in sh(ONE, "asterisk -rx 'dialplan show vicidial-auto-external'"), 60, "the route")
        assert site().changes == []
    finally:
        sql("DELETE FROM vicidial_server_carriers WHERE carrier_id='AAA'; UPDATE servers SET rebuild_conf_files='Y'")
        # The generator writes several files, then reloads.
        wait_until(lambda: not sh(ONE, "grep -l AAA /etc/asterisk/*-vicidial.conf; true") and not loaded(ONE, "my-own")
                   and sql("SELECT COUNT(*) FROM servers WHERE rebuild_conf_files='Y'") == [["0"]], 60, "the row to go")


def edited(dialer: str, name: str, command: str, reload: str) -> None:
    """Edit a file of VICIdial's by hand, as with sed, and have Asterisk read it."""
    sh(dialer, f"sed -i {command!r} /etc/asterisk/{name}; asterisk -rx '{reload}'")


def asked(run: Run, dialer: str, why: str) -> bool:
    """Whether the run says that VICIdial is asked to write a dialer's files again."""
    return f"{DIALERS[dialer]}: {why}: VICIdial is asked to write its conf files again (rebuild_conf_files)" in run.said


def test_a_peer_that_was_pointed_at_another_carrier_is_named_and_put_back(tmp_path, restored):
    """Its stamp stays right; calls would go to the other carrier."""
    edited(ONE, "sip-vicidial.conf", "s/^host=198.18.10.10$/host=198.18.20.20/", "sip reload")
    wait_until(lambda: peer(ONE, "carrier_a").get("Addr->IP") == "198.18.20.20:5060", 10, "the other address")
    why = "peer carrier_a was changed in VICIdial's conf files by hand"
    run, report = drift(tmp_path)
    assert run.rc == 2 and ("generated", why) in found(report, ONE), report
    [told] = [what for kind, what in found(report, ONE) if kind == "not loaded"]
    assert told.startswith("peer carrier_a is loaded with host 198.18.20.20 instead of 198.18.10.10; the last line that sets its host is "
                           "/etc/asterisk/sip-vicidial.conf:") and told.endswith(", written for carrier carrier_a-11"), told
    assert found(report, OTHER) == set()
    verified = site(playbook="playbooks/verify.yml")
    assert verified.rc != 0 and "loaded with host 198.18.20.20 instead of 198.18.10.10" in verified.said, verified
    predicted = site("--check")
    assert asked(predicted, ONE, why) and predicted.changes and peer(ONE, "carrier_a")["Addr->IP"] == "198.18.20.20:5060", predicted
    healed = site()
    assert healed.rc == 0 and asked(healed, ONE, why) and peer(ONE, "carrier_a")["Addr->IP"] == "198.18.10.10:5060", healed
    assert site().changes == [] and drift(tmp_path)[1]["drift"] == 0


def test_a_step_in_an_extension_of_ours_is_named_and_taken_out(tmp_path, restored):
    edited(ONE, "extensions-vicidial.conf", "/n(route),Gosub(trunks-route-us,/i exten => _91NXXNXXXXXX,n,Goto(audio-bridge,s,1)", "dialplan reload")
    wait_until(lambda: "audio-bridge" in asterisk(ONE, "dialplan show vicidial-auto-external"), 10, "the step")
    why = "route us was changed in extensions-vicidial.conf by hand"
    run, report = drift(tmp_path)
    assert run.rc == 2 and ("generated", why) in found(report, ONE), report
    assert any(kind == "not loaded" and what.startswith("route us: its extension _91NXXNXXXXXX has ") and what.endswith("not ours is Goto")
               for kind, what in found(report, ONE)), report
    healed = site()
    assert healed.rc == 0 and asked(healed, ONE, why), healed
    assert "audio-bridge" not in asterisk(ONE, "dialplan show vicidial-auto-external") and site().changes == []


def test_a_route_that_was_taken_out_of_the_generated_file_comes_back(restored):
    edited(ONE, "extensions-vicidial.conf", "s|Gosub(trunks-route-us,.*|Dial(SIP/carrier_b/${EXTEN:1},,To)|", "dialplan reload")
    wait_until(lambda: "Gosub(trunks-route-us," not in asterisk(ONE, "dialplan show vicidial-auto-external"), 10, "the route to go")
    healed = site()
    assert healed.rc == 0 and asked(healed, ONE, "route us is not in extensions-vicidial.conf"), healed
    assert "Gosub(trunks-route-us," in asterisk(ONE, "dialplan show vicidial-auto-external") and site().changes == []


def test_rows_that_were_moved_to_another_server_are_named_and_put_back(tmp_path, restored):
    """As installers and ADMIN_update_server_ip.pl do it."""
    before = sql("SELECT carrier_id, server_ip FROM vicidial_server_carriers WHERE carrier_description LIKE '[dialer.trunks %' ORDER BY 1")
    sql(f"UPDATE vicidial_server_carriers SET server_ip='{DIALERS[ONE]}' WHERE carrier_description LIKE '[dialer.trunks %';"
        " UPDATE servers SET rebuild_conf_files='Y'")
    wait_until(lambda: stamp(OTHER, "carrier_a") == 0, 60, "the rows to go")
    run, report = drift(tmp_path)
    told = f"trunk carrier_a (row carrier_a-12): was moved: its mark names {DIALERS[OTHER]}, and it stands on {DIALERS[ONE]}"
    assert run.rc == 2 and ("edited", told) in found(report, OTHER), report
    healed = site()
    assert healed.rc == 0, healed
    assert sql("SELECT carrier_id, server_ip FROM vicidial_server_carriers WHERE carrier_description LIKE '[dialer.trunks %' ORDER BY 1") == before
    assert stamp(OTHER, "carrier_a") and stamp(ONE, "carrier_a") and site().changes == []
