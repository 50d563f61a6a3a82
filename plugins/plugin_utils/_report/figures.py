# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a report: what each is, how it comes from sums, and how it is written. Pure.

Every ratio is that of C(_health.measures); nothing is computed here a second time.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ansible_collections.dialer.trunks.plugins.module_utils._health import measures

UNKNOWN = "–"  # written where a figure is None
_DIGITS = 6  # of a figure in the JSON

Sums = Mapping[str, Any]  # as in measures
Values = dict[str, Any]  # {key of a figure: number or None}


class Figure(NamedTuple):
    """``of``: its value of sums, or None. ``written``: a format of the value, times ``factor``."""

    key: str
    title: str
    unit: str
    of: Callable[[Sums], float | None]
    written: str
    charted: bool
    meaning: str
    factor: int = 1


def _cost(sums: Sums) -> float | None:
    """Return the cost that the dialers have added up; None where it is unknown. The one place that knows its name."""
    found = sums.get("cost")
    return None if found is None else float(found)


FIGURES = (
    Figure("attempts", "Attempts", "", lambda sums: sums["attempts"], "{:,.0f}", True,
           "Calls on a trunk. A call that fails over to another trunk is an attempt on each."),
    Figure("answered", "Answered", "", lambda sums: sums["answered"], "{:,.0f}", False,
           "Attempts that were answered, also by a machine."),
    Figure("asr", "ASR", "%", measures.asr, "{:.1f} %", True,
           "Answer-seizure ratio: attempts that were answered, of all.", 100),
    Figure("ner", "NER", "%", measures.ner, "{:.1f} %", True,
           "Network effectiveness ratio: attempts that the network delivered, of all: answered, busy, rang without an "
           "answer, or rejected by the called person. Unlike ASR, it does not depend on what they do.", 100),
    Figure("acd", "ACD", "s", measures.acd, "{:,.1f} s", True,
           "Average call duration: seconds talked per answered call."),
    Figure("pdd_p50", "PDD, median", "ms", lambda sums: measures.pdd(sums, 50), "{:,.0f} ms", False,
           "Post-dial delay: from the INVITE to the first ringing or progress. Half of the attempts took less."),
    Figure("pdd_p95", "PDD, 95 %", "ms", lambda sums: measures.pdd(sums, 95), "{:,.0f} ms", True,
           "Post-dial delay that 95 of 100 attempts stayed below, interpolated from a histogram; at most 30,000 ms."),
    Figure("minutes", "Minutes", "", lambda sums: sums["talk_s"] / 60, "{:,.1f}", False,
           "Minutes talked. A carrier rounds up each call, so that an invoice has more."),
    Figure("cost", "Cost", "", _cost, "{:,.2f}", True,
           "Cost of the calls, in the currency of the description's prices. Unknown where a trunk has no price."),
)
BY_KEY = {figure.key: figure for figure in FIGURES}


def values(sums: Sums) -> Values:
    """Return all figures of the sums."""
    return {figure.key: _rounded(figure.of(sums)) for figure in FIGURES}


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole, 0 to 1; None of nothing."""
    return round(part / whole, _DIGITS) if whole else None


def text(key: str, value: float | None) -> str:
    """Return a figure as people read it."""
    figure = BY_KEY[key]
    return UNKNOWN if value is None else figure.written.format(value * figure.factor)


def percent(value: float | None) -> str:
    """Return a share as people read it."""
    return UNKNOWN if value is None else f"{value * 100:.1f} %"


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else round(value, _DIGITS)
