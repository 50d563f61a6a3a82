# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing carrier taken over on the lab: described, adopted in place, put behind a route, and handed back."""
from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.lab.calls import auto_dial, times_received
from support.lab.machines import DIALERS, ONE, asterisk, sql
from support.lab.playbooks import SITE, site
from support.lab.running import loaded, peer, stamp
from support.lab.state import database, ours
from support.waiting import wait_until

ROWS_OF_TRUNKS = "Put the rows of the trunks into VICIdial's database"
ROWS_OF_ROUTES = "Put the rows of the routes into VICIdial's database"
COMMIT = "Commit the files, or verify that they are in force"
WRITE = "Write the description of the existing carriers"
SECRET = "s3cret-of-Adopted"
COLUMNS = ("carrier_id, carrier_name, registration_string, template_id, account_entry, protocol, globals_string, dialplan_entry,"
           " server_ip, active, carrier_description, user_group")
PEER = ("[adopted_a]\\r\\ntype=peer\\r\\nhost=198.18.10.10\\r\\nusername=acct5550100\\r\\nsecret=" + SECRET + "\\r\\n"
        "insecure=port,invite\\r\\ndisallow=all\\r\\nallow=ulaw\\r\\ncontext=trunkinbound\\r\\nfromuser=acct5550100")
SECOND = "[adopted_b]\\ntype=peer\\nhost=198.18.20.20\\ninsecure=port,invite\\ncontext=trunkinbound"
DIALPLAN = ("exten => _81NXXNXXXXXX,1,AGI(agi://127.0.0.1:4577/call_log)\\r\\n"
            "exten => _81NXXNXXXXXX,2,Dial(${OLDWAY}/${EXTEN:1},${CAMPDTO},To)\\r\\n"
            "exten => _81NXXNXXXXXX,3,Dial(SIP/adopted_b/${EXTEN:1},${CAMPDTO},To)\\r\\n"
            "exten => _81NXXNXXXXXX,4,Hangup()")
PLAIN = ("exten => _821NXXNXXXXXX,1,AGI(agi://127.0.0.1:4577/call_log)\\nsame => n,Dial(SIP/${EXTEN:2}@adopted_b,,To)\\n"
         "same => n,Hangup()")
NUMBER = "13125551211"


def as_site(*places: str) -> None:
    """Asks the generators for new files and waits until they have come."""
    sql("UPDATE servers SET rebuild_conf_files='Y'")
    wait_until(lambda: sql("SELECT COUNT(*) FROM servers WHERE rebuild_conf_files='Y'") == [["0"]], 30, "the generators")


@pytest.fixture(scope="module")
def old_rows() -> Iterator[None]:
    """The operator's carriers on each dialer: one with peer, template, registration-free login and failover, one with
    a peer alone, one with a dialplan alone."""
    rows = []
    for number, server_ip in enumerate(DIALERS.values(), start=1):
        rows += [
            f"('OLDA{number}', 'Old carrier A', '', 'OLD_NAT', '{PEER}', 'SIP', 'OLDWAY = SIP/adopted_a', '{DIALPLAN}', '{server_ip}', 'Y',"
            " 'Carrier A, account 5550100', 'ADMIN')",
            f"('OLDB{number}', 'Old carrier B', '', '--NONE--', '{SECOND}', 'SIP', '', '', '{server_ip}', 'Y', NULL, '---ALL---')",
            f"('OLDPLAN{number}', 'Old plan', '', '--NONE--', '', 'SIP', '', '{PLAIN}', '{server_ip}', 'Y', 'The plain way', '---ALL---')",
        ]
    sql(f"INSERT INTO vicidial_server_carriers ({COLUMNS}) VALUES {', '.join(rows)}")
    try:
        as_site()
        wait_until(lambda: all(peer(dialer, "adopted_a") and peer(dialer, "adopted_b") for dialer in DIALERS), 30, "the old peers")
        yield
    finally:
        sql("DELETE FROM vicidial_server_carriers WHERE carrier_id LIKE 'OLDA_' OR carrier_id LIKE 'OLDB_' OR carrier_id LIKE 'OLDPLAN_'")
        assert site(extra_vars={"dialer_prune": True}).rc == 0
        as_site()
        wait_until(lambda: not any(peer(dialer, "adopted_a") for dialer in DIALERS), 30, "the old peers are gone")


@pytest.fixture(scope="module")
def written(old_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that adopt.yml has written for these carriers."""
    where = tmp_path_factory.mktemp("adopted") / "site"
    before = database()
    wanted = {"adopt_to": str(where), "adopt": "OLDA1,OLDA2,OLDB1,OLDB2,OLDPLAN1,OLDPLAN2"}
    tried = site("--check", "--diff", playbook="playbooks/adopt.yml", extra_vars=wanted)
    assert tried.rc == 0 and not where.exists(), tried
    assert "name: adopted_a" in tried.stdout and SECRET not in tried.stdout + tried.stderr
    run = site("-vvv", playbook="playbooks/adopt.yml", extra_vars=wanted)
    assert run.rc == 0, run
    assert SECRET not in run.stdout + run.stderr
    assert database() == before, "nothing is written to the database"
    again = site(playbook="playbooks/adopt.yml", extra_vars=wanted)
    assert again.rc != 0 and "trunks.yml and" in again.said and "already exist. Nothing was written" in again.said
    return where


def description(where: Path, **routes: Any) -> dict[str, Any]:
    """The lab's description with the adopted one beside it; ``routes``: options for all of its routes."""
    own = yaml.safe_load((where / "trunks.yml").read_text(encoding="utf-8"))
    vault = yaml.safe_load((where / "vault.yml").read_text(encoding="utf-8"))
    return {
        **vault,
        "dialer_trunks": [*SITE["dialer_trunks"], *own["dialer_trunks"]],
        "dialer_routes": [*SITE["dialer_routes"], *({**route, **routes} for route in own["dialer_routes"])],
    }


def answered(prefix: str, carrier: str) -> bool:
    """Whether a call with this dial prefix reaches the agent, by this carrier."""
    before = times_received(carrier, NUMBER)
    call = auto_dial(ONE, NUMBER, "--prefix", prefix)
    assert times_received(carrier, NUMBER) == before + 1, call
    return bool(call["agent"]) and call["carrier_log"]["dialstatus"] == "ANSWER"


def old(columns: str, where: str = "LIKE 'OLD%'") -> list[list[str]]:
    return sql(f"SELECT {columns} FROM vicidial_server_carriers WHERE carrier_id {where} ORDER BY carrier_id")


def row_diffs(run: Any, task: str) -> dict[str, list[str]]:
    """{carrier_id: the lines that differ} of a task's diff."""
    found = {}
    for one in run.results(task)[ONE]["diff"]:
        carrier_id = re.search(r"carrier (\S+)\)", one["after_header"])[1]
        before, after = one["before"].splitlines(), one["after"].splitlines()
        found[carrier_id] = [f"-{line}" for line in before if line not in after] + [f"+{line}" for line in after if line not in before]
    return found


def test_what_is_written(written: Path) -> None:
    own = yaml.safe_load((written / "trunks.yml").read_text(encoding="utf-8"))
    assert own == {
        "dialer_trunks": [
            {"name": "adopted_a", "adopt": ["OLDA1", "OLDA2"], "description": "Carrier A, account 5550100", "host": "198.18.10.10",
             "username": "acct5550100", "secret": "{{ vault_adopted_a_secret }}", "codecs": ["ulaw"], "settings": {"fromuser": "acct5550100"}},
            # What sip.conf says for all peers holds for this one: codecs, qualify, NAT.
            {"name": "adopted_b", "adopt": ["OLDB1", "OLDB2"], "description": "Old carrier B", "host": "198.18.20.20",
             "codecs": ["ulaw", "gsm"]},
        ],
        "dialer_routes": [
            {"name": "out_8", "enabled": False, "adopt": ["OLDA1", "OLDA2"], "dial_prefix": "8", "patterns": ["1NXXNXXXXXX"],
             "trunks": [{"name": "adopted_a"}, {"name": "adopted_b"}]},
            {"name": "out_82", "enabled": False, "adopt": ["OLDPLAN1", "OLDPLAN2"], "dial_prefix": "82", "patterns": ["1NXXNXXXXXX"],
             "trunks": [{"name": "adopted_b"}]},
        ],
    }
    for name in ("trunks.yml", "vault.yml"):
        assert stat.S_IMODE((written / name).stat().st_mode) == 0o600
    assert yaml.safe_load((written / "vault.yml").read_text(encoding="utf-8")) == {"vault_adopted_a_secret": SECRET}


def test_the_first_run_changes_the_marker_and_our_own_words_alone(written: Path) -> None:
    seen = site("--check", "--diff", extra_vars=description(written))
    assert seen.rc == 0, seen
    assert seen.changed_tasks == [ROWS_OF_TRUNKS, COMMIT, ROWS_OF_ROUTES]
    added = seen.results(ROWS_OF_ROUTES)[ONE]["diff"]
    assert [(one["before"], "active: N" in one["after"]) for one in added] == [("", True)] * 2, "the rows that adoption adds wait"
    ours_to_say = re.compile(
        r"[-+](carrier_description:.*|template_id: .*|globals_string:( TRUNKadopted_b = SIP/adopted_b)?|account_entry:|  (description=\[trunks 1\] .*|port=5060|defaultuser=.*|username=.*"
        r"|qualify=2000|qualifyfreq=60|dtmfmode=rfc2833|nat=force_rport,comedia|directmedia=no|transport=udp|disallow=all|allow=(ulaw|ulaw,gsm)))")
    diffs = row_diffs(seen, ROWS_OF_TRUNKS)
    assert diffs.keys() == {"OLDA1", "OLDA2", "OLDB1", "OLDB2"}
    for carrier_id, lines in diffs.items():
        assert [line for line in lines if not ours_to_say.fullmatch(line)] == [], carrier_id
    assert SECRET not in seen.stdout


def test_it_is_adopted_in_place_and_calls_go_on(written: Path) -> None:
    kept = "carrier_id, carrier_name, IF(carrier_id LIKE 'OLDB_', '', globals_string), dialplan_entry, server_ip, active, user_group"
    before = old(kept)
    assert answered("8", "a")
    run = site(extra_vars=description(written))
    assert run.rc == 0, run
    assert old(kept) == before
    marks = dict(old("carrier_id, carrier_description"))
    assert marks["OLDA1"] == "[dialer.trunks adopted_a@198.18.0.11 OLDA1] [adopted] Carrier A, account 5550100"
    assert marks["OLDPLAN1"] == "The plain way", "a dialplan alone stays its maker's until its route is enabled"
    for dialer in DIALERS:
        assert stamp(dialer, "adopted_a") == stamp(dialer, "adopted_b") == 1
        assert not loaded(dialer, "trunks-route-out_8")
    waiting = sql("SELECT carrier_name, active FROM vicidial_server_carriers WHERE carrier_name LIKE 'route out%'")
    assert waiting == [["route out_8", "N"]] * 2, "a row that adoption adds waits, inactive"
    assert answered("8", "a")
    notes = sql("SELECT event_notes FROM vicidial_admin_log WHERE record_id='OLDA1' AND user='dialer.trunks' ORDER BY admin_log_id DESC LIMIT 1")
    assert "fromuser=acct5550100" in notes[0][0] and SECRET not in notes[0][0], "what it was can be read in the admin log"
    again = site(extra_vars=description(written))
    assert again.rc == 0 and again.changes == [], again


def test_a_route_that_meets_a_kept_dialplan_without_adopting_it_is_refused(written: Path) -> None:
    before = database()
    run = site(extra_vars=description(written, enabled=True, adopt=[]))
    assert run.rc != 0
    assert "overlaps with _81NXXNXXXXXX of carrier OLDA1, which still has the dialplan that it was adopted with" in run.said
    assert "overlaps with _821NXXNXXXXXX of carrier OLDPLAN1, which this collection does not manage" in run.said
    assert database() == before


def test_an_enabled_route_takes_the_place_of_the_dialplans(written: Path) -> None:
    enabled = description(written, enabled=True)
    seen = site("--check", "--diff", extra_vars=enabled)
    assert seen.rc == 0, seen
    assert "-  exten => _81NXXNXXXXXX,4,Hangup()" in row_diffs(seen, ROWS_OF_ROUTES)["OLDA1"]
    run = site(extra_vars=enabled)
    assert run.rc == 0, run
    rows = {row[0]: row[1:] for row in old("carrier_id, active, dialplan_entry, carrier_description")}
    assert rows["OLDA1"][:2] == ["Y", ""]
    assert "Gosub(trunks-route-out_82" in rows["OLDPLAN1"][1]
    assert rows["OLDPLAN1"][2].startswith("[dialer.trunks out_82@198.18.0.11 OLDPLAN1] [adopted] ")
    for dialer in DIALERS:
        assert re.search(r"Gosub\(trunks-route-out_8,\$\{FILTER\(0-9\*#\+,\$\{EXTEN:1\}\)\},1\(\d+\)\)", asterisk(dialer, f"dialplan show 8{NUMBER}@default"))
    assert answered("8", "a") and answered("82", "b")
    again = site(extra_vars=enabled)
    assert again.rc == 0 and again.changes == [], again


def test_an_adopted_row_is_handed_back_and_never_deleted(written: Path) -> None:
    run = site(extra_vars={"dialer_prune": True})
    assert run.rc == 0, run
    rows = {row[0]: row[1:] for row in old("carrier_id, active, carrier_description, account_entry")}
    assert sorted(rows) == ["OLDA1", "OLDA2", "OLDB1", "OLDB2", "OLDPLAN1", "OLDPLAN2"]
    assert rows["OLDA1"][:2] == ["Y", "Carrier A, account 5550100"]
    assert "description=Carrier A" in rows["OLDA1"][2] and f"secret={SECRET}" in rows["OLDA1"][2]
    assert not any("OLD" in carrier_id for [carrier_id] in ours())
    wait_until(lambda: stamp(ONE, "adopted_a") == 0 and peer(ONE, "adopted_a"), 30, "the peer is its maker's again")
    assert not sql("SELECT carrier_id FROM vicidial_server_carriers WHERE carrier_name LIKE 'route out%'")
