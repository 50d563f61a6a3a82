# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""trunk_report joins what trunk_report_info has told of each dialer, from module to files."""
from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.text.converters import to_bytes
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.dialer.trunks.plugins.action import trunk_report
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import call_log
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._health import period, places, reported
from ansible_collections.dialer.trunks.plugins.modules import trunk_report_info
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import host_vars

from support.unit import reports

ASKED = {"days": 2, "now": reports.NOW}


@pytest.fixture(name="ask")
def _ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the module on a dialer with this attempt log, and returns its result."""
    def ask(log: Path, **options: Any) -> dict[str, Any]:
        monkeypatch.setattr(places, "ATTEMPTS", str(log))
        monkeypatch.setattr(generations, "of_dialer", lambda: generations.Store(str(tmp_path / "etc")))
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", to_bytes(json.dumps({"ANSIBLE_MODULE_ARGS": {**ASKED, **options}})))
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            trunk_report_info.main()
        return json.loads(capsys.readouterr().out)

    (tmp_path / "etc").mkdir()
    return ask


@pytest.fixture(name="logs")
def _logs(tmp_path: Path) -> list[Path]:
    wanted = period.chosen({"days": 2}, reports.NOW)
    for number in range(2):
        reports.told(tmp_path / f"{number}.db", wanted, number, count=500)
    return [tmp_path / "0.db", tmp_path / "1.db"]


def act(host: str, results: dict[str, Any], check_mode: bool = False, log: dict[str, Any] | None = None, **options: Any) -> tuple[dict[str, Any], list[str]]:
    """The action plugin's result on a dialer of the play, and what it prints."""
    shown: list[str] = []
    plugin = trunk_report.ActionModule.__new__(trunk_report.ActionModule)
    plugin._task, plugin._templar = SimpleNamespace(args={}, check_mode=check_mode), Templar(loader=DataLoader())
    plugin._display = SimpleNamespace(display=lambda text, **_how: shown.append(text))
    of_hosts = {name: {"inventory_hostname": name, "told": result, **({"log": log} if log else {})} for name, result in results.items()}
    task_vars = {**of_hosts[host], "ansible_play_hosts_all": list(of_hosts), "hostvars": SimpleNamespace(raw_get=of_hosts.__getitem__)}
    given = {**dict.fromkeys(ARGUMENTS), "sums": "told", "carrier_log": "log" if log else None, **ASKED, **options}
    return plugin.act(given, task_vars), shown


def test_from_the_attempt_logs_to_the_files(ask: Any, logs: list[Path], tmp_path: Path) -> None:
    results = {"d1": ask(logs[0], packed=True), "d2": ask(logs[1], packed=True), "d3": ask(tmp_path / "none.db", packed=True),
               "d4": {"unreachable": True, "msg": "no\nroute"}, "d5": {"failed": True, "msg": "the log is damaged"}, "d6": {},
               "d7": {"packed": "eJx="}}
    assert all(not result["changed"] for name, result in results.items() if name < "d4") and len(results["d1"]["packed"]) < 20000
    result, [shown] = act("d1", results, directory=str(tmp_path / "reports"))
    assert result["changed"] is False and result["files"].keys() == {"html", "json", "figures", "causes", "events"}
    assert shown.startswith(f"\n{result['files']['html']}\n1,000 attempts from 2026-11-28 15:00 to 2026-11-30 14:25 UTC, of 2 of 7 dialers;")
    model = json.loads(Path(result["files"]["json"]).read_text(encoding="utf-8"))
    assert [(row["dialer"], row["attempts"]) for row in model["dialers"]] == [("d1", 500), ("d2", 500)]
    nothing = ": nothing is known of its calls: "
    assert [note.partition(nothing)[2] for note in model["notes"] if nothing in note] == [
        "it has no attempt log, since it has no health monitor (dialer_health)", "it is unreachable: no route", "the log is damaged",
        "it was not asked", next(note.partition(nothing)[2] for note in model["notes"] if "d7: " in note)]
    assert any(note.startswith(f"d7{nothing}it answered what cannot be read") for note in model["notes"])
    result, shown = act("d4", results)
    assert result["unreachable"] is True and not shown and "files" not in result


def test_what_the_carrier_log_tells_counts_where_there_are_no_sums(ask: Any, logs: list[Path], tmp_path: Path) -> None:
    since = period.chosen(ASKED, reports.NOW).since
    packed = reported.pack({"period": {"since": since, "until": reports.NOW, "length": 3600}, "columns": call_log.COLUMNS, "groups": [
        ["d1", 0, "ANSWER", 16, 200, 1000, 9, 9], ["d2", 1, "ANSWER", 16, 200, 6, 120, 4], ["d2", 1, "BUSY", 17, 486, 2, 0, 0],
        ["d3", 1, "BUSY", 17, 486, 1, 0, 0]]})
    results = {"d1": ask(logs[0], packed=True), "d2": ask(tmp_path / "none.db", packed=True), "d3": {"unreachable": True, "msg": "no route"}}
    result, _shown = act("d1", results, log={"packed": packed}, directory=str(tmp_path / "reports"))
    model = json.loads(Path(result["files"]["json"]).read_text(encoding="utf-8"))
    assert [(row["dialer"], row["attempts"], row["answered"], row["acd"]) for row in model["dialers"] if row["dialer"] != "d1"] == [
        ("d2", 8, 6, 30.0), ("d3", 1, 0, None)]
    assert model["dialers"][0]["attempts"] == 500
    assert {"trunk": "(unknown)", "attempts": 9}.items() <= model["trunks"][-1].items()
    assert [(one["dialer"], one["source"]) for one in model["sources"]] == [("d1", "attempt log"), ("d2", "carrier log"), ("d3", "carrier log")]
    [d2] = [note for note in model["notes"] if note.startswith("d2: ")]
    assert d2.startswith("d2: it has no attempt log") and "the last attempt of each call only: no trunk, no route, no PDD" in d2
    result, _shown = act("d1", results, log={"failed": True, "msg": "no database"}, directory=str(tmp_path / "reports"))
    model = json.loads(Path(result["files"]["json"]).read_text(encoding="utf-8"))
    assert model["notes"][-1].endswith("it is unreachable: no route; VICIdial's carrier log was not read: no database")
    result, _shown = act("d1", results, log={"packed": "eJx="}, directory=str(tmp_path / "reports"))
    model = json.loads(Path(result["files"]["json"]).read_text(encoding="utf-8"))
    assert "log was not read: it cannot be read: ValueError" in model["notes"][-1]


def test_nothing_is_written_in_check_mode(ask: Any, logs: list[Path], tmp_path: Path) -> None:
    result, [shown] = act("d1", {"d1": ask(logs[0], packed=True)}, check_mode=True, directory=str(tmp_path / "reports"))
    assert "html would be written\n500 attempts" in shown and not (tmp_path / "reports").exists()


def test_a_directory_that_cannot_be_written_is_named(ask: Any, logs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(host_vars.Refusal, match="^directory: .*file"):
        act("d1", {"d1": ask(logs[0], packed=True)}, directory=str(tmp_path / "file"))


def test_without_sums_the_period_is_checked(tmp_path: Path) -> None:
    assert act("d1", {"d1": {}}, sums=None) == ({"changed": False, "now": reports.NOW}, [])
    with pytest.raises(host_vars.Refusal, match="^days: must be 1 to 400, got: 999. Nothing was touched$"):
        act("d1", {"d1": {}}, sums=None, days=999)


def test_the_module_has_plain_data_as_documented(ask: Any, logs: list[Path]) -> None:
    found = ask(logs[1])
    assert found["log"] is True and found["lost"] == 1 and sum(row["attempts"] for row in found["sums"]) == 500
    assert found["period"]["length"] == 3600 and {row["trunk"] for row in found["trunks"]} == {"carrier_a", "carrier_b", "carrier_c", "carrier_d"}
    assert ask(logs[0], days=999) == {**ask(logs[0], days=999), "failed": True, "msg": "days: must be 1 to 400, got: 999"}


def test_a_damaged_log_is_told_and_left_alone(ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "attempts.db"
    path.write_bytes(b"no database" * 1000)
    found = ask(path)
    assert found["failed"] is True and "is damaged" in found["msg"] and path.read_bytes() == b"no database" * 1000
