# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report as text: what it allows, what is escaped, and the library as its makers published it."""
from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import files, page

from support.unit import reports

# Chart.js 4.6.1, dist/chart.umd.min.js and LICENSE.md of its package on npm.
LIBRARY = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
VERSION = "Chart.js v4.6.1"


@pytest.fixture(scope="module", name="model")
def _model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return reports.joined(tmp_path_factory.mktemp("logs"), count=1, days=2)


@pytest.fixture(scope="module", name="hostile")
def _hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return reports.hostile(tmp_path_factory.mktemp("logs"))


class Read(HTMLParser):
    """The elements of a page with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inner: dict[str, list[str]] = {"script": [], "style": []}
        self._raw = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in self.inner else ""
        if self._raw:
            self.inner[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.inner[self._raw][-1] += data


def test_the_library_is_as_published_and_keeps_its_licence() -> None:
    found = (page.ASSETS / page.LIBRARY).read_bytes()
    assert hashlib.sha256(found).hexdigest() == LIBRARY and VERSION.encode() in found[:200]
    licence = (page.ASSETS / "chart.LICENSE.md").read_text(encoding="utf-8")
    assert licence.startswith("The MIT License (MIT)") and "Chart.js Contributors" in licence


def test_the_licence_and_the_version_are_in_the_page(model: dict[str, Any]) -> None:
    text = page.written(model)
    assert VERSION in text and "Permission is hereby granted, free of charge" in text


def test_the_policy_allows_the_page_s_own_scripts_and_nothing_else(model: dict[str, Any]) -> None:
    found = Read(page.written(model))
    [policy] = [one["content"] for tag, one in found.elements if one.get("http-equiv") == "Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules.keys() == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert len(rules["script-src"]) == 2 and len(rules["style-src"]) == 1
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", one) for one in rules["script-src"] + rules["style-src"])
    assert rules["script-src"] == [page._digest(text) for text in found.inner["script"][1:]]
    assert rules["style-src"] == [page._digest(text) for text in found.inner["style"]]


def test_nothing_in_it_refers_to_another_place(model: dict[str, Any]) -> None:
    text = page.written(model)
    found = Read(text)
    assert not [tag for tag, _attributes in found.elements if tag in ("link", "img", "iframe", "object", "embed", "form", "base")]
    links = [value for _tag, attributes in found.elements for name, value in attributes.items() if name in ("href", "src", "action")]
    assert links and all(link.startswith("#") for link in links)
    ids = {attributes.get("id") for _tag, attributes in found.elements}
    assert {link[1:] for link in links} <= ids
    assert "sourceMappingURL" not in text and not [name for _tag, one in found.elements for name in one if name.startswith("on")]


def test_its_data_is_that_of_the_json(model: dict[str, Any]) -> None:
    found = Read(page.written(model))
    data = json.loads(found.inner["script"][0])
    assert data["steps"] == model["steps"]
    for by in ("trunk", "route", "dialer"):
        for one, row in zip(data["over_time"][by], model["over_time"][by], strict=True):
            assert one == {"name": row[by], **{key: row[key] for key in ("attempts", "asr", "ner", "acd", "pdd_p95")}}


def test_a_figure_that_nobody_knows_has_no_chart(model: dict[str, Any]) -> None:
    assert 'id="chart-cost"' not in page.written(model)
    known = json.loads(json.dumps(model))
    known["total"]["cost"] = 7.5
    assert 'id="chart-cost"' in page.written(known) and '<dd data-figure="cost">7.50</dd>' in page.written(known)


def test_hostile_texts_are_escaped(model: dict[str, Any], hostile: dict[str, Any]) -> None:
    good, bad = Read(page.written(model)), Read(page.written(hostile))
    assert len(bad.inner["script"]) == len(good.inner["script"]) == 3
    assert {tag for tag, _attributes in bad.elements} <= {tag for tag, _attributes in good.elements}
    assert {name for _tag, one in bad.elements for name in one} <= {name for _tag, one in good.elements for name in one}
    data = bad.inner["script"][0]
    assert not set(data) & set("<>&") and data.isascii() and json.loads(data)["over_time"]["route"][0]["name"] == reports.HOSTILE[0]


def test_a_big_cluster_has_a_bounded_page(tmp_path: Path) -> None:
    routes = {f"r{number}": [f"t{number}", f"t{number + 1}"] for number in range(30)}
    model = reports.joined(tmp_path, days=62, count=1, routes=routes)
    model["events"] *= 500
    data = page._shown(model)
    assert len(data["over_time"]["trunk"]) == 7 and data["left_out"] == {"trunk": 24, "route": 23, "dialer": 0} and len(data["events"]) == 300
    text = page.written(model)
    assert "24 more are in the table of the period" in text and "300 events, the last of 2000" in text and len(text) < 1_500_000


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (90061, "25 h 01 min")])
def test_a_duration(seconds: float, text: str) -> None:
    assert page.duration(seconds) == text


def test_the_files_are_named_by_the_period_and_replaced(model: dict[str, Any], tmp_path: Path) -> None:
    texts = files.texts(model)
    stem = "trunks-20261128T1500-20261130T1425"
    assert {kind: name for kind, (name, _text) in texts.items()} == {
        "html": f"{stem}.html", "json": f"{stem}.json", "figures": f"{stem}-figures.csv", "causes": f"{stem}-causes.csv", "events": f"{stem}-events.csv"}
    assert json.loads(texts["json"][1]) == json.loads(json.dumps(model))
    directory = tmp_path / "reports"
    other = tmp_path / "other"
    other.write_text("mine")
    for _again in range(2):
        files.write(directory, texts)
        assert sorted(path.name for path in directory.iterdir()) == sorted(name for name, _text in texts.values())
        (directory / f"{stem}.html").unlink()
        (directory / f"{stem}.html").symlink_to(other)
    files.write(directory, texts)
    assert not (directory / f"{stem}.html").is_symlink() and other.read_text() == "mine"
    with pytest.raises(OSError):
        files.write(tmp_path / "no" / "such", texts)
