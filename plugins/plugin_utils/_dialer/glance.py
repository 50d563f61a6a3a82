# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the trunks of all dialers in one table, from the results of the role ``verify``. Pure.

A result is what a module has returned on a dialer; it is empty where the module did not run.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import (
    columns,
    counted,
    folded,
    message,
    names,
)

HEADS = ("dialer", "trunk", "address", "state", "latency", "registration", "result")
NOT_RUN = "was not verified"


@dataclass(frozen=True)
class Line:
    """What was found of one trunk of a dialer, or, without ``trunk``, of the dialer itself. ``problem``: what is bad in
    words, else empty."""

    dialer: str
    trunk: str = ""
    address: str = ""
    state: str = ""
    latency_ms: int | None = None
    registration: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Glance:
    """All lines, failures first, and the dialers of which no trunk is known (``missing``)."""

    lines: tuple[Line, ...]
    dialers: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the result as one sentence, without a full stop."""
        trunks = [line for line in self.lines if line.trunk]
        bad = [line for line in trunks if line.problem]
        asked = len(self.dialers) - len(self.missing)
        count = f"{counted(len(trunks), 'trunk')} on {counted(asked, 'dialer')}"
        verb = "is" if len(bad or trunks) == 1 else "are"
        text = f"{len(bad)} of {count} {verb} bad" if bad else f"{count} {verb} good"
        others = dict.fromkeys(line.dialer for line in self.lines if not line.trunk and line.dialer not in self.missing)
        text += f"; another problem on {', '.join(others)}" if others else ""
        return text + (f"; not known: {', '.join(self.missing)}" if self.missing else "")


def glance(dialers: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Glance:
    """Return all trunks at a glance. ``dialers`` maps each to its results ``peers`` (sip_peers_verify), ``generation``
    (asterisk_generation_info) and ``firewalld`` (firewalld_rules)."""
    lines: list[Line] = []
    missing = []
    for name, results in dialers.items():
        if "trunks" not in results["peers"]:
            missing.append(name)
            lines.append(Line(name, problem=message(results["peers"], NOT_RUN)))
            continue
        lines += [_trunk(name, found) for found in results["peers"]["trunks"]]
        for result in (results["generation"], results["firewalld"]):
            if result.get("failed") or result.get("unreachable"):
                lines.append(Line(name, problem=message(result, NOT_RUN)))
    lines.sort(key=lambda line: not line.problem)
    return Glance(tuple(lines), tuple(dialers), tuple(missing))


def _trunk(dialer: str, found: Mapping[str, Any]) -> Line:
    """Return the line of one of the ``trunks`` that sip_peers_verify returns. What Asterisk shows may be anything."""
    address = str(found["address"] or "")
    if found["port"]:
        address = f"[{address}]:{found['port']}" if ":" in address else f"{address}:{found['port']}"
    problem = "; ".join(filter(None, (found["detail"], found["reason"])))
    return Line(
        dialer=dialer,
        trunk=safe(found["name"]),
        address=safe(address),
        state=found["state"] or "not loaded",
        latency_ms=found["latency_ms"],
        registration=(found["registration"] or "").replace("_", " "),
        problem="" if found["ok"] else safe(problem),
    )


def as_data(found: Glance) -> list[dict[str, Any]]:
    """Return all lines for programs."""
    return [asdict(line) for line in found.lines]


def as_table(found: Glance) -> str:
    """Return all lines for people, and at the end the reason of each that is bad."""
    shown = [f"{found.summary}.", ""]
    if found.lines:
        shown += [*columns(HEADS, list(map(_cells, _folded(found)))), ""]
    reasons: dict[str, list[str]] = {}
    for line in found.lines:
        if line.problem:
            reasons.setdefault(": ".join(filter(None, (line.trunk, line.problem))), []).append(line.dialer)
    if reasons:
        shown.append("What is bad:")
        shown += [f"  {names(dialers, found.dialers)}: {reason}" for reason, dialers in reasons.items()]
    return "\n".join(shown).rstrip() + "\n"


def _folded(found: Glance) -> list[tuple[Line, str]]:
    """Return the lines to print, each with its latency. Of many, those that differ only in dialer and latency become
    one: bad ones if they are the same on all dialers."""
    groups = folded(found.lines, lambda line: replace(line, dialer="", latency_ms=None), len(found.dialers))
    return [
        (replace(lines[0], dialer=names([line.dialer for line in lines], found.dialers)), _latency(lines))
        for lines in groups
    ]


def _latency(lines: Iterable[Line]) -> str:
    found = sorted(line.latency_ms for line in lines if line.latency_ms is not None)
    if not found:
        return ""
    return f"{found[0]} ms" if found[0] == found[-1] else f"{found[0]} to {found[-1]} ms"


def _cells(shown: tuple[Line, str]) -> tuple[str, ...]:
    line, latency = shown
    result = "bad" if line.problem else "good"
    return line.dialer, line.trunk, line.address, line.state, latency, line.registration, result
