# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to all and back: what --check says, what the run then does, what roles do alone, what remove.yml leaves."""
from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from support.lab.machines import DIALERS, ONE, OTHER, asterisk, sh, sql
from support.lab.playbooks import play, site
from support.lab.running import channels, generation, loaded, no_calls, stamp
from support.lab.state import database, differences, everything, files, operators_text, ours, ruleset
from support.waiting import wait_until

OPERATORS = ("extensions.conf", "extensions-operator.conf", "sip.conf", "sip-operator.conf", "rtp.conf", "iax.conf")
COPY = "COPYOFTRUNK"
OLD_CALL, OUR_CALL = "713125550101", "913125550101"     # by the operator's old carrier, and by our route
COMMIT = "Commit the files, or verify that they are in force"


def foreign_rows() -> list[list[str]]:
    """Every row that is not ours, whole, the copy included."""
    return sql("SELECT * FROM vicidial_server_carriers WHERE carrier_description NOT LIKE '[dialer.trunks %'"
               f" OR carrier_id='{COPY}' ORDER BY carrier_id")


def foreign(dialer: str) -> dict[str, str]:
    """What the running programs and the operator's files hold that is not ours."""
    found = {path: operators_text(dialer, f"/etc/asterisk/{path}") for path in OPERATORS}
    found["nft"] = operators_text(dialer, "/etc/nftables.conf")
    found["table"] = sh(dialer, "nft -s list table inet operator")
    for name in ("oldcarrier", "oldall", "doorbell", "gs101", "gs102"):
        shown = asterisk(dialer, f"sip show peer {name}")
        # What the peer's own registration and probes change.
        found[name] = "\n".join(line for line in shown.splitlines()
                                if not re.match(r"\s+(Expire|Status|Reg. Contact|Addr->IP|Useragent)\s*:", line))
    for context in ("operator-door", "ivr", "operator-outbound", "trunkinbound"):
        # where a step stands in the operator's file may shift by our line
        found[context] = re.sub(r"\[[\w.-]+:\d+\]", "", asterisk(dialer, f"dialplan show {context}"))
    return found


def settle() -> None:
    """Return when VICIdial's generators have taken the rows out of their files and Asterisk has read them."""
    for dialer in DIALERS:
        wait_until(lambda dialer=dialer: "dialer.trunks" not in sh(dialer, "cat /etc/asterisk/*-vicidial.conf")
                   and stamp(dialer, "carrier_b") == 0, 15, "the generator")
        wait_until(lambda dialer=dialer: "trunks-" not in asterisk(dialer, "dialplan show"), 5, "the dialplan")


def states() -> dict[str, str]:
    """The channels of the first dialer: name to state."""
    return {channel.name: channel.state for channel in channels(ONE)}


def call_up(number: str, technology: str) -> None:
    """Place a call on the first dialer, and return when its customer has answered."""
    asterisk(ONE, f"channel originate Local/{number}@default/n application WaitExten 200")
    wait_until(lambda: any(channel.state == "Up" for channel in channels(ONE, f"{technology}-")), 10, f"the call to {number}")


@pytest.fixture(scope="module")
def history():
    """One life of a provisioned lab, each step's Run and pictures; the tests below look at them."""
    seen = SimpleNamespace()
    # As VICIdial's "Copy carrier" does: another carrier_id, the same description, marker and all.
    sql(f"DELETE FROM vicidial_server_carriers WHERE carrier_id='{COPY}';"
        "INSERT INTO vicidial_server_carriers SELECT "
        f"'{COPY}', carrier_name, registration_string, template_id, account_entry, protocol, globals_string,"
        " dialplan_entry, server_ip, 'N', carrier_description, user_group FROM vicidial_server_carriers"
        f" WHERE carrier_name='carrier_a' AND server_ip='{DIALERS[ONE]}' AND carrier_description LIKE '[dialer.trunks %'")
    seen.foreign = [(foreign_rows(), {dialer: foreign(dialer) for dialer in DIALERS})]
    try:
        call_up(OLD_CALL, "SIP/oldcarrier")
        call_up(OUR_CALL, "SIP/carrier_a")
        seen.calls_before = states()
        seen.removed = site(playbook="playbooks/remove.yml")
        settle()
        seen.calls_after = states()
        asterisk(ONE, "channel request hangup all")
        wait_until(lambda: no_calls(ONE), 10, "the end of the calls")
        call_up(OLD_CALL, "SIP/oldcarrier")
        asterisk(ONE, "channel request hangup all")
        seen.rows_after_remove = ours()
        seen.leftovers = [line for dialer in DIALERS for line in sh(
            dialer, "find / -xdev -name '*dialer?trunks*' -not -path '/proc/*' -not -path '/lab/*'").splitlines()]
        seen.pristine = everything()
        seen.removed_again = site(playbook="playbooks/remove.yml")
        seen.check = site("--check", "--diff")
        seen.after_check = everything()
        seen.real = site()
        seen.idempotent = site()
        seen.foreign.append((foreign_rows(), {dialer: foreign(dialer) for dialer in DIALERS}))
        seen.remove_check = site("--check", playbook="playbooks/remove.yml")
        seen.removed_twice = site(playbook="playbooks/remove.yml")
        settle()
        seen.foreign.append((foreign_rows(), {dialer: foreign(dialer) for dialer in DIALERS}))
        seen.pristine_again = everything()
        seen.roles = roles_one_by_one()
        seen.after_roles = site()
        yield seen
    finally:
        sql(f"DELETE FROM vicidial_server_carriers WHERE carrier_id='{COPY}'")
        assert site(extra_vars={"dialer_prune": True}).rc == 0


def roles_one_by_one() -> dict[str, SimpleNamespace]:
    """Each role in a play of its own, on dialers that have nothing of ours; what was there after each."""
    seen = {}
    for role in ("carriers", "sip_peers", "dialplan", "rtp", "firewall", "verify"):
        run = play(f"- ansible.builtin.import_role: {{name: dialer.trunks.{role}}}")
        seen[role] = SimpleNamespace(
            run=run, files=files(ONE), rows=len(ours()), ruleset=ruleset(ONE), route=loaded(ONE, "trunks-route-us"),
            generation=generation(OTHER), peers=stamp(OTHER, "carrier_a"), rtp=asterisk(ONE, "rtp show settings"))
    return seen


def test_remove_leaves_no_trace(history):
    assert history.removed.rc == 0, history.removed
    for dialer in DIALERS:
        found = history.pristine[dialer]
        assert [path for path in found["files"] if "trunks" in path] == []
        assert "dialer_trunks" not in found["ruleset"]
        assert "trunks-" not in found["dialplan"]
    assert history.rows_after_remove == []
    assert history.leftovers == []


def test_calls_go_on_through_a_removal_ours_and_the_operators(history):
    assert sorted(name.split("-")[0] for name in history.calls_before if name.startswith("SIP")) == [
        "SIP/carrier_a", "SIP/oldcarrier"]
    assert history.calls_after == history.calls_before


def test_remove_puts_the_operators_files_back_byte_for_byte(history):
    for dialer in DIALERS:
        for path in ("extensions.conf", "sip.conf", "extensions-operator.conf", "sip-operator.conf"):
            assert history.pristine[dialer]["files"][f"/etc/asterisk/{path}"].split()[0] == sh(
                dialer, f"sha256sum < /lab/dialer/etc/asterisk/{path}").split()[0], path


def test_remove_twice_changes_nothing(history):
    assert history.removed_again.rc == 0, history.removed_again
    assert history.removed_again.changes == []


def test_remove_in_check_mode_says_what_it_would_do(history):
    assert history.remove_check.rc == 0, history.remove_check
    assert history.remove_check.changes == history.removed_twice.changes
    assert len(history.remove_check.changes) == 4


def test_the_second_removal_leaves_what_the_first_did(history):
    for dialer in DIALERS:
        for part in ("ruleset", "dialplan", "rtp"):
            assert history.pristine_again[dialer][part] == history.pristine[dialer][part], part
        first, second = history.pristine[dialer]["files"], history.pristine_again[dialer]["files"]
        # all but the time
        assert {path: facts.rsplit(" ", 1)[0] for path, facts in first.items()} == {
            path: facts.rsplit(" ", 1)[0] for path, facts in second.items()}


def test_check_mode_touches_nothing(history):
    assert history.check.rc == 0, history.check
    assert differences(history.pristine, history.after_check) == []


def test_check_mode_says_task_by_task_what_the_run_then_does(history):
    assert history.real.rc == 0, history.real
    assert history.check.changes == history.real.changes
    assert len(history.check.changes) == 4, "rows of trunks, files on each dialer, rows of routes"


def test_check_mode_names_the_same_rows_and_files_as_the_run(history):
    for task, kind in (("Put the rows of the trunks into VICIdial's database", "trunk"),
                       ("Put the rows of the routes into VICIdial's database", "route")):
        would, did = ([row for row in run.results(task)[ONE]["carriers"] if row["kind"] == kind]
                      for run in (history.check, history.real))
        assert would == did and {row["action"] for row in did} == {"added"}
    for dialer, would in history.check.results(COMMIT).items():
        did = history.real.results(COMMIT)[dialer]
        assert (would["files"], would["lines"]) == (did["files"], did["lines"])


def test_check_mode_lists_what_it_could_not_prove(history):
    for result in history.check.results(COMMIT).values():
        assert any("prove" in line for line in result["deferred"])


def test_diff_shows_files_lines_and_rows(history):
    entries = [entry for result in history.check.results(COMMIT).values()
               for entry in result["diff"]]
    headers = {entry.get("after_header") for entry in entries}
    assert {"/etc/asterisk/extensions.conf", "/etc/asterisk/trunks/routes/us.conf", "/etc/nftables.conf"} <= headers
    assert "carrier_a" in str(history.check.results("Put the rows of the trunks into VICIdial's database"))


def test_the_run_after_is_idempotent(history):
    assert history.idempotent.rc == 0, history.idempotent
    assert history.idempotent.changes == []


def test_foreign_rows_stay_byte_for_byte(history):
    before, after_site, after_remove = [rows for rows, _dialers in history.foreign]
    assert len(before) == 4
    assert before == after_site == after_remove


@pytest.mark.parametrize("dialer", DIALERS)
def test_foreign_peers_dialplan_rules_and_files_stay_byte_for_byte(history, dialer):
    before, after_site, after_remove = [dialers[dialer] for _rows, dialers in history.foreign]
    assert "Dial(SIP/doorbell" in before["operator-outbound"] and "no telnet" in before["table"]
    for part, text in before.items():
        assert after_site[part] == text, part
        assert after_remove[part] == text, part


def test_the_copied_row_is_reported(history):
    assert f"carrier {COPY} on {DIALERS[ONE]} has the marker of another row" in history.real.said


def test_role_carriers_alone_writes_rows_and_no_file(history):
    seen = history.roles["carriers"]
    assert seen.run.rc == 0, seen.run
    assert (seen.rows, seen.generation, seen.peers) == (6, 0, 1)
    assert not [path for path in seen.files if "trunks" in path]


def test_role_sip_peers_alone_writes_nothing_in_vicidial_mode(history):
    seen = history.roles["sip_peers"]
    assert seen.run.rc == 0, seen.run
    assert seen.run.changes == []
    assert not [path for path in seen.files if "trunks" in path]


def test_role_dialplan_alone_loads_the_route(history):
    seen = history.roles["dialplan"]
    assert seen.run.rc == 0, seen.run
    assert seen.route and seen.generation == 1
    assert "dialer_trunks" not in seen.ruleset
    assert "/etc/asterisk/trunks.d/1/rtp.conf" not in seen.files


def test_role_rtp_alone_adds_rtp_to_what_is_there(history):
    seen = history.roles["rtp"]
    assert seen.run.rc == 0, seen.run
    assert seen.run.tasks[-1][1][ONE]["files"] == ["rtp.conf"]
    assert seen.run.tasks[-1][1][ONE]["lines"] == ["/etc/asterisk/rtp.conf"]
    assert re.search(r"Port start:\s+10000", seen.rtp)
    assert seen.route and seen.generation == 2


def test_role_firewall_alone_lets_the_clusters_servers_in(history):
    seen = history.roles["firewall"]
    assert seen.run.rc == 0, seen.run
    assert seen.run.results("dialer.trunks.firewall : Commit the firewall")[OTHER]["files"] == ["nftables.conf"]
    assert "table inet dialer_trunks" in seen.ruleset and "198.18.0.0/24" in seen.ruleset


def test_role_verify_alone_finds_the_trunks_and_changes_nothing(history):
    seen = history.roles["verify"]
    assert seen.run.rc == 0, seen.run
    assert seen.run.changes == []


def test_the_roles_one_by_one_come_to_what_site_does(history):
    run = history.after_roles
    assert run.rc == 0, run
    # Only a whole run knows rows and files together, and keeps the rows with the generation.
    assert {task for task, _host in run.changes} == {COMMIT}
    assert all(path.startswith("rows/") for dialer in DIALERS for path in run.results(COMMIT)[dialer]["files"])


def test_the_database_holds_the_foreign_templates_and_phones_still(history):
    assert "OLD_NAT" in history.pristine["database"]
    assert "gs101" in database()
