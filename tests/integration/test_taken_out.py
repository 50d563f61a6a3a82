# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a dialer out: a live one by remove.yml --limit, and one that is no longer in the inventory by dialer_prune."""
from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.lab.machines import DIALERS, ONE, OTHER, sh, sql
from support.lab.playbooks import INVENTORY, Run, site
from support.lab.running import generation, peer
from support.lab.state import differences, everything

GONE = DIALERS[OTHER]
ROWS = ["carrier_a-12", "carrier_b-12", "us-12"]
PRUNE = {"dialer_prune": True}


def rows(server_ip: str) -> list[str]:
    return [row[0] for row in sql("SELECT carrier_id FROM vicidial_server_carriers WHERE carrier_description LIKE '[dialer.trunks%'"
                                  f" AND server_ip='{server_ip}' ORDER BY carrier_id")]


def in_use(yes: bool) -> None:
    """How VICIdial has the other dialer: active, or taken out of use, as an administrator does it."""
    switch = "Y" if yes else "N"
    sql(f"UPDATE servers SET active='{switch}', active_asterisk_server='{switch}' WHERE server_ip='{GONE}'")


@pytest.fixture
def inventories(tmp_path: Path, restored: None) -> Iterator[dict[str, str]]:
    """Two copies of the lab's inventory: without the other dialer, and with it outside of the group dialers."""
    found = {}
    for name in ("without", "elsewhere"):
        place = tmp_path / name
        shutil.copytree(Path(INVENTORY).parent, place)
        hosts = yaml.safe_load((place / "hosts.yml").read_text(encoding="utf-8"))
        out = hosts["all"]["children"]["dialers"]["hosts"].pop(OTHER)
        if name == "elsewhere":
            hosts["all"]["children"]["dialers_of_another_site"] = {"hosts": {OTHER: out}}
        (place / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        found[name] = str(place / "hosts.yml")
    yield found
    in_use(True)


def drift(inventory: str, place: Path) -> tuple[Run, list[dict[str, Any]]]:
    path = place / "drift.json"
    run = site(playbook="playbooks/drift.yml", inventory=inventory, extra_vars={"drift_format": "json", "drift_file": str(path)})
    return run, json.loads(path.read_text(encoding="utf-8"))["lines"]


def test_a_dialer_that_is_not_in_the_inventory_is_drift_and_its_rows_stay_while_vicidial_has_it_active(inventories, tmp_path):
    """It may be a dialer of another inventory, whose rows dialer_prune must not remove."""
    before = everything()
    run, lines = drift(inventories["without"], tmp_path)
    assert run.rc == 2 and [(line["kind"], line["detail"]) for line in lines] == [("no dialer", ROWS)], lines
    assert f"{GONE}, active in VICIdial, has 3 managed rows" in run.stderr and "another inventory" in run.stderr
    pruned = site(inventory=inventories["without"], extra_vars=PRUNE)
    assert pruned.rc == 0 and pruned.changes == [] and rows(GONE) == ROWS, pruned
    assert "carrier_a-12, carrier_b-12, us-12" in pruned.said and "may be a dialer of another inventory" in pruned.said
    assert differences(before, everything()) == []


def test_a_dialer_in_another_group_of_the_inventory_is_no_drift_and_is_not_pruned(inventories, tmp_path):
    in_use(False)
    run, lines = drift(inventories["elsewhere"], tmp_path)
    assert run.rc == 0 and lines == [], run
    pruned = site(inventory=inventories["elsewhere"], extra_vars=PRUNE)
    assert pruned.rc == 0 and pruned.changes == [] and rows(GONE) == ROWS and GONE not in pruned.said, pruned


def test_the_rows_of_a_dead_dialer_are_removed_by_prune_as_check_mode_predicts(inventories, tmp_path):
    in_use(False)
    before = everything()
    stays = site(inventory=inventories["without"])
    assert stays.rc == 0 and stays.changes == [] and "the rows stay, since dialer_prune is off" in stays.said, stays
    check = site("--check", "--diff", inventory=inventories["without"], extra_vars=PRUNE)
    assert check.rc == 0 and check.changed_tasks == ["Remove rows of routes", "Remove or deactivate rows of trunks"], check
    named = [entry["before_header"] for task in check.changed_tasks for entry in check.results(task)[ONE]["diff"]]
    assert [header.split(" (carrier ")[1].rstrip(")") for header in named] == ["us-12", "carrier_a-12", "carrier_b-12"]
    assert "carrier_a-12, carrier_b-12, us-12" in check.said and differences(before, everything()) == []
    number = generation(ONE)

    run = site(inventory=inventories["without"], extra_vars=PRUNE)
    assert run.rc == 0 and run.changed_tasks == check.changed_tasks, run
    assert rows(GONE) == [] and rows(DIALERS[ONE]) == [name.replace("-12", "-11") for name in ROWS]
    assert generation(ONE) == number        # nothing of the other dialers is touched
    logged = sql("SELECT record_id, user, event_notes FROM vicidial_admin_log WHERE event_type='DELETE' ORDER BY admin_log_id DESC LIMIT 3")
    assert sorted(entry[0] for entry in logged) == ROWS and all(f"on {GONE}: removed" in entry[2] for entry in logged), logged
    assert {entry[1] for entry in logged} == {"dialer.trunks"}
    again = site(inventory=inventories["without"], extra_vars=PRUNE)
    assert again.rc == 0 and again.changes == [] and GONE not in again.said, again
    assert drift(inventories["without"], tmp_path)[1] == []


def test_with_limit_the_rows_of_a_dead_dialer_are_neither_reported_nor_removed(inventories):
    in_use(False)
    run = site("--limit", ONE, inventory=INVENTORY, extra_vars=PRUNE)
    assert run.rc == 0 and run.changes == [] and rows(GONE) == ROWS and "no host of the inventory" not in run.said, run


def test_a_live_dialer_is_taken_out_by_remove_with_limit_alone(restored):
    """Only the first dialer of the lab has PyMySQL: it does the database's work, although it is not in the run."""
    assert "PyMySQL" not in sh(OTHER, "ls /usr/lib/python3/dist-packages") and rows(GONE) == ROWS
    number = generation(ONE)
    run = site("--limit", OTHER, playbook="playbooks/remove.yml")
    assert run.rc == 0 and "Failed to import" not in run.said, run
    assert rows(GONE) == [] and peer(OTHER, "carrier_a") == {} and generation(OTHER) == 0
    assert generation(ONE) == number and rows(DIALERS[ONE]) == [name.replace("-12", "-11") for name in ROWS]
    back = site("--limit", OTHER)       # adding it again needs no dialer_db_delegate either
    assert back.rc == 0 and rows(GONE) == ROWS and peer(OTHER, "carrier_a") != {}, back


def test_where_no_dialer_has_pymysql_the_message_names_it_and_the_variable(restored):
    place = "/usr/lib/python3/dist-packages"
    sh(ONE, f"mv {place}/pymysql {place}/pymysql.away")
    try:
        run = site("--limit", OTHER, playbook="playbooks/remove.yml")
        assert run.rc != 0 and rows(GONE) == ROWS, run
        assert "PyMySQL" in run.said and "dialer_db_delegate" in run.said, run
    finally:
        sh(ONE, f"mv {place}/pymysql.away {place}/pymysql")
