# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the model of a report as one HTML file that loads nothing. Pure, but for the files of ``assets``.

Everything in the model may come from other machines: it gets into the page as escaped text (autoescape of Jinja), and
as JSON in a block that is not run. The page's own scripts and style are named by their digests in its
Content-Security-Policy, which forbids everything else.
"""
from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from ansible_collections.dialer.trunks.plugins.plugin_utils._report import figures
from ansible_collections.dialer.trunks.plugins.plugin_utils._report.model import BY, GENERATION, NOTHING, utc

ASSETS = Path(__file__).parent / "assets"
LIBRARY = "chart.umd.min.js"  # Chart.js, as its package on npm has it; see tests/unit/plugin_utils/test_report_page.py
MOST_SERIES = 7  # in a chart, which has as many colours; the tables of the period have all
MOST_EVENTS = 300  # in the page
MOST_CAUSES = 10  # in the chart
_WHAT = {GENERATION: "change of the description"}


def written(model: Mapping[str, Any]) -> str:
    """Return the page."""
    scripts = [_asset(LIBRARY), _asset("report.js")]
    style = _asset("report.css")
    data = _shown(model)
    return _template().render(
        model=model, figures=figures.FIGURES, charted=_charted(model), by=BY, data=data, json=_json(data), utc=utc,
        title=title(model), text=figures.text, percent=figures.percent, unknown=figures.UNKNOWN, nothing=NOTHING,
        scripts=scripts, style=style, policy=_policy(scripts, style), licence=_asset("chart.LICENSE.md"),
        event_kind=lambda kind: _WHAT.get(kind, kind), duration=duration, most_events=MOST_EVENTS,
    )


def title(model: Mapping[str, Any]) -> str:
    """Return the period in words."""
    return f"Trunks, {utc(model['since'])} to {utc(model['until'])} UTC"


def duration(seconds: float) -> str:
    """Return a duration in hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _shown(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the model the charts show, and the tables beside them."""
    charted = [figure.key for figure in _charted(model)]
    over_time = {
        by: [{"name": row[by], **{key: row[key] for key in charted}} for row in model["over_time"][by][:MOST_SERIES]]
        for by in BY
    }
    return {
        "since": model["since"], "until": model["until"], "length": model["length"], "steps": model["steps"],
        "over_time": over_time, "left_out": {by: len(model["over_time"][by]) - len(over_time[by]) for by in BY},
        "figures": {figure.key: {"title": figure.title, "unit": figure.unit, "factor": figure.factor}
                    for figure in _charted(model)},
        "trunks_of_routes": [{key: row[key] for key in ("route", "trunk", "attempts", "share")}
                             for row in model["trunks_of_routes"]],
        "causes": [{key: row[key] for key in ("cause", "meaning", "fault", "attempts")}
                   for row in model["causes"][:MOST_CAUSES]],
        "events": [{key: event[key] for key in ("kind", "begin", "end", "dialer", "trunk", "who", "commit", "why")
                    if key in event} for event in model["events"][-MOST_EVENTS:]],
    }


def _charted(model: Mapping[str, Any]) -> list[figures.Figure]:
    """Return the figures that have a chart, without those that are unknown everywhere."""
    return [figure for figure in figures.FIGURES if figure.charted and model["total"][figure.key] is not None]


def _json(data: Any) -> str:
    """Return the data as JSON that no HTML parser takes for an end tag or a comment."""
    text = json.dumps(data, separators=(",", ":"))  # ASCII only, so that U+2028 is an escape as well
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(scripts: list[str], style: str) -> str:
    """Return the Content-Security-Policy: these scripts and this style, nothing from anywhere, no requests."""
    allowed = " ".join(map(_digest, scripts))
    return (f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; "
            "base-uri 'none'; form-action 'none'")


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@functools.cache
def _asset(name: str) -> str:
    """Return the text of a file of ``assets``, without the reference to a source map, which a browser would fetch."""
    lines = (ASSETS / name).read_text(encoding="utf-8").split("\n")
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL="))


@functools.cache
def _template() -> jinja2.Template:
    """Return the page's template. What it writes is escaped unless it is marked as safe."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(ASSETS))
    return environment.get_template("report.html.j2")
