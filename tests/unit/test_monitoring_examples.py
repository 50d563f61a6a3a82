# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/monitoring: a real Prometheus reads the configuration, the rules and the metrics, and has data for every query."""
from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.module_utils._health import metrics

from support import prometheus
from support.paths import ROOT
from support.unit import monitored_hours
from support.unit.toolbox import tool
from support.waiting import wait_until

EXAMPLES = ROOT / "examples/monitoring"
DASHBOARD = json.loads((EXAMPLES / "grafana.json").read_text(encoding="utf-8"))
RULES = [rule for group in yaml.safe_load((EXAMPLES / "alerts.yml").read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
RULE_TESTS = sorted(EXAMPLES.glob("alerts_*test.yml"))
PLOT = tool("plot-dashboard")
VALUES = PLOT.variables(DASHBOARD)
SELECTOR = re.compile(r"\b(?:dialer_trunks_\w+|node_\w+|up)\b(?:\{[^}]*\})?")


class Loaded(NamedTuple):
    """A Prometheus with the history and what it scrapes."""

    url: str
    began: float
    period: Any

    def value(self, expression: str, minute: float) -> dict[str, float]:
        """What an expression has given after these minutes of the history, by trunk or dialer."""
        found = PLOT.api(self.url, "query", query=expression, time=self.began + 60 * minute)["result"]
        return {" ".join(one["metric"].values()): float(one["value"][1]) for one in found}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("prometheus")
    began = monitored_hours.began()
    (folder / "history").write_text(monitored_hours.history(began), encoding="utf-8")
    prometheus.promtool("tsdb", "create-blocks-from", "openmetrics", folder / "history", folder / "data")
    textfiles = folder / "textfiles"
    textfiles.mkdir()
    metrics.write_file(str(textfiles / "dialer_trunks.prom"), monitored_hours.live())
    with ExitStack() as stack:
        server = metrics.serve(0, monitored_hours.live)
        stack.callback(server.stop)
        node = stack.enter_context(prometheus.node_exporter(textfiles, folder / "node.log"))
        (folder / "prometheus.yml").write_text(configuration({"node": node, "dialer-trunks": server.port}), encoding="utf-8")
        url = stack.enter_context(prometheus.prometheus(folder / "prometheus.yml", folder / "data", folder / "prometheus.log"))
        wait_until(lambda: both_scraped(url), 10, f"scrapes; {(folder / 'prometheus.log').read_text()}")
        end = PLOT.api(url, "query", query="time()")["result"][0]
        yield Loaded(url, began, PLOT.Period(end - monitored_hours.HOURS * 3600, end, monitored_hours.STEP))


def configuration(ports: dict[str, int]) -> str:
    """The example, with these ports of this machine and a scrape each second."""
    found = yaml.safe_load((EXAMPLES / "prometheus.yml").read_text(encoding="utf-8"))
    found["global"].update(scrape_interval="1s", evaluation_interval="1s")
    found["rule_files"] = [str(EXAMPLES / name) for name in found["rule_files"]]
    for job in found["scrape_configs"]:
        job["static_configs"][0]["targets"] = [f"127.0.0.1:{ports[job['job_name']]}"]
    return yaml.safe_dump(found)


def both_scraped(url: str) -> bool:
    try:
        found = PLOT.api(url, "query", query="up == 1 and on (job) count by (job) (dialer_trunks_state)")["result"]
    except PLOT.Failed:
        return False    # it has not begun
    return {one["metric"]["job"] for one in found} == {"node", "dialer-trunks"}


def problems(loaded: Loaded, dashboard: dict[str, Any]) -> list[str]:
    return PLOT.problems(dashboard, loaded.url, loaded.period)


class TestRules:
    def test_promtool_finds_no_mistake(self):
        assert f"SUCCESS: {len(RULES)} rules found" in prometheus.promtool("check", "rules", EXAMPLES / "alerts.yml")
        prometheus.promtool("check", "config", EXAMPLES / "prometheus.yml")

    def test_promtool_finds_the_alerts_that_are_expected(self):
        assert "SUCCESS" in prometheus.promtool("test", "rules", *RULE_TESTS)

    def test_each_alert_is_expected_at_some_time(self):
        tests = [test for path in RULE_TESTS for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
        fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
        assert fired == {rule["alert"] for rule in RULES}

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
    def test_what_a_rule_reads_exists(self, loaded, rule):
        """Metrics with these labels, while nothing was wrong as well: the rule could fire."""
        read = SELECTOR.findall(re.sub(r"\bby \([^)]*\)", "", rule["expr"]))
        assert read
        for selector in read:
            assert loaded.value(f"count_over_time({selector}[{monitored_hours.HOURS + 1}h])", 60 * monitored_hours.HOURS + 2), selector

    def test_the_server_evaluates_them(self, loaded):
        wait_until(lambda: {rule["health"] for group in PLOT.api(loaded.url, "rules")["groups"] for rule in group["rules"]} == {"ok"},
                   5, "all rules evaluated")


class TestDashboard:
    def test_every_query_has_data(self, loaded):
        assert len(list(PLOT.expressions(DASHBOARD))) > 20
        assert problems(loaded, DASHBOARD) == []

    @pytest.mark.parametrize("right, wrong, where", [
        ("dialer_trunks_pdd_seconds_bucket", "dialer_trunks_pdd_bucket", "PDD"), ("dialer_trunks_up", "dialer_trunks_reachable", "Unreachable or lagged"),
        ('result=\\"answered\\"', 'result=\\"answer\\"', "ASR"), ("sum by (result)", "sum by result", "Attempts by result")])
    def test_a_mistake_in_a_query_is_found(self, loaded, right, wrong, where):
        mistaken = json.dumps(DASHBOARD).replace(right, wrong)
        assert mistaken != json.dumps(DASHBOARD)
        assert any(problem.startswith(f"{where}: ") for problem in problems(loaded, json.loads(mistaken)))

    def test_its_variables_find_the_dialers_and_the_trunks(self, loaded):
        queries = {one["name"]: one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"}
        found = {name: PLOT.choices(loaded.url, text, VALUES, loaded.period) for name, text in queries.items()}
        assert found == {"dialer": ["127.0.0.1", "d1", "d2", "dialer1"], "trunk": ["carrier_a", "carrier_b"]}
        assert PLOT.choices(loaded.url, queries["trunk"], {"dialer": "nosuch"}, loaded.period) == []

    @pytest.mark.parametrize("title, minute, expected", [
        ("Trunks, all dialers together", 30, {"carrier_a": 1, "carrier_b": 1}), ("Trunks, all dialers together", 75, {"carrier_a": 0.5, "carrier_b": 1}),
        ("Trunks, all dialers together", 135, {"carrier_a": 0, "carrier_b": 1}),
        ("Trunks out of service", 135, {"suspended": 2, "in maintenance": 0}), ("Trunks out of service", 175, {"suspended": 0, "in maintenance": 1}),
        ("Unreachable or lagged", 75, {"": 1}), ("Suspensions", 239, {"carrier_a": 3, "carrier_b": 0}), ("Attempts lost", 239, {"d1": 5, "d2": 0}),
        ("ASR", 50, {"carrier_a": 1 / 3, "carrier_b": 1 / 3}), ("Failed by the trunk", 148, {"carrier_a": 1, "carrier_b": 0}),
        ("Attempts by result", 50, {"answered": 8, "busy or no answer": 8, "number": 4, "cancelled": 4, "trunk": 0}),
        ("PDD", 50, {"carrier_a": 1.5, "carrier_b": 1.5}), ("Connected to AMI", 102, {"d1": 0, "d2": 1}),
        ("Calls in use and capacity", 50, {"carrier_a": 14, "carrier_b": 14})])
    def test_what_a_panel_shows(self, loaded, title, minute, expected):
        """Its first query after these minutes of the history, with the two dialers of the history chosen."""
        panel, = [panel for panel in PLOT.charts(DASHBOARD) if panel["title"] == title]
        text = PLOT.filled(panel["targets"][0]["expr"], {**VALUES, "dialer": "d1|d2"}, loaded.period)
        assert loaded.value(text, minute) == {key: pytest.approx(value, rel=0.03) for key, value in expected.items()}

    def test_by_dialer_only_what_was_out_is_shown(self, loaded):
        panel, = [panel for panel in PLOT.charts(DASHBOARD) if panel["title"] == "Out of service, by dialer"]
        found = {series.legend: {value for _when, value in series.points} for series in PLOT.ask(loaded.url, panel["targets"][0], VALUES, loaded.period)}
        assert found == {"d1 carrier_a": {0, 2}, "d2 carrier_a": {0, 2}, "d2 carrier_b": {0, 1}}

    def test_each_panel_says_what_it_shows(self):
        for panel in PLOT.charts(DASHBOARD):
            assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"], panel
            assert all(target["legendFormat"] for target in panel["targets"]), panel
            assert panel["type"] in ("stat", "bargauge") or panel["options"]["legend"]["showLegend"], panel

    def test_it_can_be_imported_anywhere(self):
        """No id and no data source of another Grafana; panels that do not overlap."""
        text = json.dumps({**DASHBOARD, "templating": {**DASHBOARD["templating"], "list": DASHBOARD["templating"]["list"][1:]}})
        assert "id" not in DASHBOARD and DASHBOARD["templating"]["list"][0]["type"] == "datasource"
        assert set(re.findall(r'"uid": "([^"]*)"', text)) == {"dialer-trunks", "${datasource}"}
        taken: set[tuple[int, int]] = set()
        for panel in DASHBOARD["panels"]:
            grid = panel["gridPos"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            assert not taken & cells and max(x for x, _y in cells) < 24, panel["title"]
            taken |= cells
        assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])

    def test_it_can_be_drawn(self, loaded):
        picture = ElementTree.fromstring(PLOT.drawn(DASHBOARD, loaded.url, loaded.period, "x"))
        texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
        assert {panel["title"] for panel in DASHBOARD["panels"]} < texts and "No data" not in texts

    def test_drawn_without_data(self, loaded):
        none = copy.deepcopy(DASHBOARD)
        for _panel, target in PLOT.expressions(none):
            target["expr"] = "nosuch"
        assert "All trunks were in service throughout" in PLOT.drawn(none, loaded.url, loaded.period, "x")


class TestDocumentation:
    def test_the_table_of_metrics_is_what_the_monitor_prints(self):
        page = (ROOT / "docs/health.md").read_text(encoding="utf-8")
        documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in re.findall(r"^\| `(dialer_trunks_\w+)` \| (.*?) \|", page, re.MULTILINE)}
        printed: dict[str, set[str]] = {}
        for line in monitored_hours.live().splitlines():
            if line.startswith("# TYPE "):
                family = line.split()[2]
                printed[family] = set()
            elif not line.startswith("#"):
                printed[family] |= set(re.findall(r'(\w+)="', line))
        assert documented == printed

    def test_promtool_finds_no_fault_in_what_the_monitor_prints(self, tmp_path: Path):
        (tmp_path / "metrics").write_text(monitored_hours.live(), encoding="utf-8")
        with (tmp_path / "metrics").open() as text:
            prometheus.promtool("check", "metrics", stdin=text)

    def test_queries_on_the_page_have_data(self, loaded):
        page = (ROOT / "docs/health.md").read_text(encoding="utf-8")
        queries = [line for block in re.findall(r"```promql\n(.*?)```", page, re.DOTALL) for line in block.splitlines() if not line.startswith("#")]
        assert len(queries) >= 2
        for query in queries:
            assert loaded.value(query, 100), query
