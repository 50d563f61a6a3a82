# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in a headless Chromium: its numbers, charts, keyboard, sizes, colours and silence."""
from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import page

from support.paths import ROOT
from support.unit import reports
from support.unit.chromium import Chromium

CHARTED = ("attempts", "asr", "ner", "acd", "pdd_p95")
TRUNKS = 4
CHANGE = "change of the description"
# What a cell shows of a value, written a second time on purpose.
WRITTEN = {
    "attempts": lambda value: f"{value:,}", "answered": lambda value: f"{value:,}", "asr": lambda value: f"{value * 100:.1f} %",
    "ner": lambda value: f"{value * 100:.1f} %", "acd": lambda value: f"{value:,.1f} s", "pdd_p50": lambda value: f"{value:,.0f} ms",
    "pdd_p95": lambda value: f"{value:,.0f} ms", "minutes": lambda value: f"{value:,.1f}", "cost": lambda value: f"{value:,.2f}",
    "share": lambda value: f"{value * 100:.1f} %"}
CELLS = "[...document.querySelectorAll(%s)].map(row => [...row.cells].map(cell => cell.textContent))"


@pytest.fixture(scope="module", name="browser")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module", name="model")
def _model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As the JSON file has it."""
    return json.loads(json.dumps(reports.joined(tmp_path_factory.mktemp("logs"))))


@pytest.fixture(scope="module", name="path")
def _path(tmp_path_factory: pytest.TempPathFactory, model: dict[str, Any]) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page.written(model), encoding="utf-8")
    return path


@pytest.fixture(name="shown")
def _shown(browser: Chromium, path: Path) -> Chromium:
    """The report, opened anew on a desktop."""
    browser.said.clear()
    browser.requests.clear()
    browser.size(1440)
    browser.media("light")
    browser.open(path)
    return browser


def written(row: dict[str, Any], keys: Any = tuple(WRITTEN)[:-1]) -> list[str]:
    return ["–" if row[key] is None else WRITTEN[key](row[key]) for key in keys]


def series(model: dict[str, Any]) -> list[str]:
    """The trunks in the order of their colours."""
    return [row["trunk"] for row in model["trunks"]]


def table(shown: Chromium, name: str) -> list[list[str]]:
    return shown.run(CELLS % json.dumps(f"#{name} tbody tr"))


def test_every_number_of_the_tables_is_that_of_the_json(shown: Chromium, model: dict[str, Any]) -> None:
    assert shown.run("[...document.querySelectorAll('#total dd')].map(one => one.textContent)") == written(model["total"])
    assert model["total"]["attempts"] == 2400
    for name, keys in (("trunks", ["trunk"]), ("routes", ["route"]), ("dialers", ["dialer"]), ("trunks_of_dialers", ["dialer", "trunk"])):
        assert table(shown, f"table-{name.replace('_', '-')}") == [[*(row[key] for key in keys), *written(row)] for row in model[name]], name
    assert table(shown, "table-trunks-of-routes") == [
        [row["route"], row["trunk"], *written(row, ["share"]), *written(row)] for row in model["trunks_of_routes"]]
    assert table(shown, "table-causes") == [
        [str(row["cause"]), row["meaning"], row["fault"], f"{row['attempts']:,}", *written(row, ["share"]),
         *(f"{row['trunks'].get(trunk, 0):,}" for trunk in series(model))] for row in model["causes"]]
    for by in ("trunk", "route", "dialer"):
        rows = model["over_time"][by]
        for key in CHARTED:
            found = table(shown, f"over-time-{key}-{by}")
            assert [row[1:] for row in found] == [
                [*(written({key: row[key][place]}, [key])[0] for row in rows)] for place in range(len(model["steps"]))], (by, key)
    assert [[row[0], row[1], *row[2:4]] for row in table(shown, "out-of-service")] == [
        [one["trunk"], one["kind"], str(one["dialers"]), str(one["times"])] for one in model["out_of_service"]]
    assert len(table(shown, "event-list")) == len(model["events"]) == 10


@pytest.mark.parametrize("by", ["trunk", "route", "dialer"])
def test_the_charts_have_these_numbers_axes_and_legends(shown: Chromium, model: dict[str, Any], by: str) -> None:
    shown.run(f"document.querySelector('input[value={by}]').click()")
    assert shown.run("[...document.querySelectorAll('[data-by]')].filter(one => !one.hidden).every(one => one.dataset.by === %r)" % by)
    for key in CHARTED:
        chart = shown.run(f"""(() => {{ const chart = Chart.getChart('chart-{key}'); return {{
            sets: chart.data.datasets.map(one => [one.label, one.data.map(point => point.y)]),
            looks: chart.data.datasets.map(one => [one.borderColor, String(one.borderDash), String(one.pointStyle)]),
            x: [chart.scales.x.options.title.text, chart.scales.x.ticks.map(one => one.label)],
            y: [chart.scales.y.options.title.text, chart.scales.y.ticks.length, chart.scales.y.width],
            legend: [...document.querySelectorAll('#chart-{key}-legend button')].map(one => one.lastChild.textContent)}}; }})()""")
        factor = 100 if key in ("asr", "ner") else 1
        *lines, (mark, _data) = chart["sets"]
        assert mark == CHANGE
        assert [name for name, _data in lines] == [row[by] for row in model["over_time"][by]]
        for (_name, data), row in zip(lines, model["over_time"][by], strict=True):
            assert data == [None if value is None else pytest.approx(value * factor) for value in row[key]]
        assert chart["legend"] == [name for name, _data in chart["sets"]]
        for look in zip(*chart["looks"][:-1]):
            assert len(set(look)) == len(lines), "each line has a colour, a dash and a mark of its own"
        assert chart["x"][0] == "day (UTC)" and chart["x"][1][0] == "11-24" and len(chart["x"][1]) >= 4
        assert chart["y"][0] == {"asr": "%", "ner": "%", "acd": "s", "pdd_p95": "ms", "attempts": "attempts"}[key]
        assert chart["y"][1] > 2 and chart["y"][2] == 88


def test_the_charts_of_events_routes_and_causes(shown: Chromium, model: dict[str, Any]) -> None:
    read = "Chart.getChart('chart-%s').data"
    events = shown.run(f"(({read % 'events'})).datasets.map(one => [one.label, one.data.map(point => [point.y, point.x])])")
    assert [label for label, _data in events] == ["unreachable", "suspended", "in maintenance", CHANGE]
    for label, data in events[:3]:
        assert data == [[one["trunk"], [one["begin"], one["end"] or model["until"]]] for one in model["events"] if one["kind"] == label]
    assert [point for point, _times in events[3][1]] == ["description"]
    routes = shown.run(f"({read % 'routes'})")
    assert routes["labels"] == ["us", "world", "mx"] and [one["label"] for one in routes["datasets"]] == series(model)
    shares = {(row["route"], row["trunk"]): row["share"] for row in model["trunks_of_routes"]}
    for one in routes["datasets"]:
        assert one["data"] == [pytest.approx(100 * shares.get((route, one["label"]), 0)) for route in routes["labels"]]
    causes = shown.run(f"({read % 'causes'})")
    assert [sum(counts) for counts in zip(*(one["data"] for one in causes["datasets"]))] == [row["attempts"] for row in model["causes"]]
    places = shown.run("""['events', 'attempts', 'asr'].map(name => Chart.getChart('chart-' + name))
        .map(({canvas, scales}) => [canvas.getBoundingClientRect().left + scales.x.left, scales.x.width, scales.x.min, scales.x.max])""")
    assert places[0] == places[1] == places[2], "a moment is at the same place in all charts"


def test_the_keyboard_reads_a_chart_and_hides_a_line(shown: Chromium, model: dict[str, Any]) -> None:
    shown.run("document.getElementById('chart-asr').focus()")
    shown.press("ArrowRight")
    shown.press("ArrowRight")
    told = shown.run("document.getElementById('chart-asr-told').textContent")
    values = {row["trunk"]: row["asr"][1] for row in model["over_time"]["trunk"]}
    assert told == "from 2026-11-25 00:00; " + "; ".join(f"{trunk}: {value * 100:,.1f} %" for trunk, value in values.items())
    assert shown.run("Chart.getChart('chart-asr').tooltip.opacity") == 1
    shown.press("Escape")
    assert shown.run("document.getElementById('chart-asr-told').textContent") == ""
    shown.press("Tab")
    assert shown.run("document.activeElement.lastChild.textContent") == "carrier_a"
    shown.press("Enter")
    assert shown.run("[document.activeElement.getAttribute('aria-pressed'), Chart.getChart('chart-asr').isDatasetVisible(0)]") == ["false", False]
    shown.run("document.getElementById('chart-events').focus()")
    shown.press("ArrowRight")
    assert "carrier_a on dialer1: unreachable" in shown.run("document.getElementById('chart-events-told').textContent")


def test_a_tooltip_under_the_mouse(shown: Chromium) -> None:
    x, y = shown.run("""(() => { const chart = Chart.getChart('chart-attempts'); chart.canvas.scrollIntoView();
        const box = chart.canvas.getBoundingClientRect(), point = chart.getDatasetMeta(0).data[2];
        return [box.left + point.x, box.top + point.y]; })()""")
    shown.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    shown.settle()
    assert shown.run("(({tooltip}) => [tooltip.opacity, tooltip.title[0], tooltip.body.length])(Chart.getChart('chart-attempts'))") == [
        1, "from 2026-11-26 00:00", 4]


@pytest.mark.parametrize(("width", "media"), [(375, ""), (768, ""), (1440, ""), (718, "print")])    # A4 has 718 pixels between its margins
def test_nothing_is_wider_than_the_page(shown: Chromium, width: int, media: str) -> None:
    shown.size(width)
    shown.media("light", media)
    shown.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    shown.settle()
    wider = shown.run("""(() => { const width = document.documentElement.clientWidth;
        return [document.documentElement.scrollWidth - width].concat([...document.querySelectorAll('body *')]
            .filter(one => !one.closest('.scroll table, .skip') && one.getBoundingClientRect().right > width + 0.5)
            .map(one => one.outerHTML.slice(0, 80))); })()""")
    assert wider == [0]
    assert shown.run("[...document.querySelectorAll('canvas')].every(one => one.getBoundingClientRect().width > 250)")


def linear(colour: str) -> list[float]:
    """The linear red, green and blue of #rrggbb, 0 to 1."""
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


# How people see linear red, green and blue: Machado, Oliveira and Fernandes 2009, severity 1.
SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def lab(colour: str, seen: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """The CIE L*a*b* of a colour as somebody sees it."""
    red, green, blue = (min(1.0, max(0.0, sum(one * part for one, part in zip(row, linear(colour))))) for row in seen)
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505, 0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2 defines it."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colours(shown: Chromium) -> dict[str, str]:
    names = ["paper", "panel", "text", "faint", "link", *(f"series-{number}" for number in range(7))]
    return shown.run("Object.fromEntries(%s.map(name => [name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()]))"
                     % json.dumps(names))


def test_dark_and_light_can_be_read_and_the_charts_follow(shown: Chromium) -> None:
    papers = set()
    for scheme in ("light", "dark"):
        shown.media(scheme)
        found = colours(shown)
        papers.add(shown.run("getComputedStyle(document.body).backgroundColor"))
        assert min(contrast(found[name], found[paper]) for name in ("text", "faint", "link") for paper in ("paper", "panel")) >= 4.5
        assert min(contrast(found[f"series-{number}"], found["paper"]) for number in range(7)) >= 2.2
        lines = [found[f"series-{number}"] for number in range(7)]
        for eyes, seen in SEEN.items():
            nearest = min(math.dist(lab(one, seen), lab(other, seen)) for one, other in combinations(lines, 2))
            assert nearest > 16, f"{scheme}, {eyes}: 2.3 is just noticeable, {nearest:.1f} is not enough for thin lines"
        drawn = shown.run("Chart.getChart('chart-asr').data.datasets.map(one => one.borderColor)")
        assert drawn[:-1] == [found[f"series-{number}"] for number in range(TRUNKS)]
        assert shown.run("Chart.getChart('chart-asr').options.color") == found["text"]
    assert papers == {"rgb(255, 255, 255)", "rgb(20, 22, 26)"}
    shown.media("dark", "print")
    assert shown.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_it_asks_for_nothing_and_says_nothing(shown: Chromium, path: Path) -> None:
    shown.run("document.querySelectorAll('input[name=by]').forEach(one => one.click())")
    shown.size(375)
    shown.media("dark")
    assert shown.requests == [path.as_uri()]
    assert shown.said == []
    assert shown.run("fetch('http://127.0.0.1:9/').then(() => 'sent', fault => fault.message)") == "Failed to fetch"
    assert "Content Security Policy" in shown.said[0], "the page could ask for nothing, even if it wanted to"


def test_hostile_texts_are_shown_and_not_run(browser: Chromium, tmp_path: Path) -> None:
    model = reports.hostile(tmp_path)
    path = tmp_path / "hostile.html"
    path.write_text(page.written(model), encoding="utf-8")
    browser.said.clear()
    browser.requests.clear()
    browser.size(375)
    browser.open(path)
    assert browser.run("document.title").startswith("Trunks, 2026-11-28")
    assert browser.run("[document.scripts.length, document.images.length, document.querySelectorAll('b').length]") == [3, 0, 0]
    assert [row[0] for row in table(browser, "table-trunks")] == [row["trunk"] for row in model["trunks"]]
    assert {row["trunk"] for row in model["trunks"]} >= {reports.HOSTILE[0], reports.HOSTILE[2], "{{ 7*7 }}", "\\x1b[2J\\x07"}
    assert browser.run("[...document.querySelectorAll('#chart-asr-legend button')].map(one => one.lastChild.textContent)")[:-1] == [
        row["trunk"] for row in model["over_time"]["trunk"][:7]]
    assert browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert (browser.said, browser.requests) == ([], [path.as_uri()])


def test_a_report_without_a_call(browser: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_text(page.written(reports.joined(tmp_path, count=0)), encoding="utf-8")
    browser.said.clear()
    browser.size(1440)
    browser.open(path)
    assert browser.run("document.querySelector('#total dd').textContent") == "0" and browser.said == []
    assert "dialer9: nothing is known of its calls" in browser.run("document.body.textContent")


@pytest.mark.parametrize(("name", "width", "height", "scheme"), [
    ("report", 1200, 1500, "light"), ("report-dark", 1200, 800, "dark"), ("report-phone", 375, 1200, "light")])
def test_pictures_of_the_page(shown: Chromium, tmp_path: Path, name: str, width: int, height: int, scheme: str) -> None:
    """The documentation has them; UPDATE_GOLDEN=1 writes them anew. Fonts differ between machines, so that they are not compared."""
    shown.size(width)
    shown.media(scheme)
    taken = shown.picture(height)
    assert taken.startswith(b"\x89PNG") and len(taken) > 20000
    assert (ROOT / f"docs/images/{name}.png").is_file() or os.environ.get("UPDATE_GOLDEN")
    if os.environ.get("UPDATE_GOLDEN"):
        (ROOT / f"docs/images/{name}.png").write_bytes(taken)
