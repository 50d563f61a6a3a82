# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what the health monitors of all dialers know of each trunk, in one table. Pure.

Texts and numbers come from dialers, and may be anything.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.module_utils._health.samples import is_good
from ansible_collections.dialer.trunks.plugins.module_utils._health.trunk_state import (
    IN_MAINTENANCE,
    IN_SERVICE,
    SUSPENDED,
)
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import (
    MOST_LINES,
    NAMED,
    columns,
    counted,
    folded,
    message,
    names,
)

# ACD and cost have no room within 100 columns; C(trunks) has them, for programs.
HEADS = ("dialer", "trunk", "state", "probe", "calls", "ASR", "PDD", "last failure")
PLAIN, GOOD, WARN, BAD = "", "good", "warn", "bad"  # what a line of the text tells
LONGEST_NAME, LONGEST_TEXT = 79, 500  # characters of what a dialer says
MOST = 1e15  # of its numbers
MOST_BAD = 10  # of a long table: with so many dialers, exceptions that are alike become one line, too
_ORDER = (SUSPENDED, IN_MAINTENANCE, parsers.UNREACHABLE, parsers.LAGGED)  # of problems; others follow
_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


@dataclass(frozen=True)
class Line:
    """A trunk of a dialer, or of several. ``state`` is empty without a monitor. Times are seconds since the epoch.
    ``failure``: the SIP response of the last failure, or its cause."""

    dialer: str
    trunk: str
    state: str
    why: str
    since: float | None
    until: float | None
    asterisk: str
    latency_ms: float | None
    calls: float
    capacity: float
    attempts: float
    asr: float | None
    pdd_ms: float | None
    failed: float | None
    failure: str

    @property
    def problem(self) -> str:
        """Return what is not good: its state, else what Asterisk says; empty if both are good."""
        if self.state not in ("", IN_SERVICE):
            return self.state
        return "" if is_good(self.asterisk) else self.asterisk or parsers.UNKNOWN

    @property
    def level(self) -> str:
        """Return GOOD, WARN or BAD."""
        if not self.problem:
            return GOOD
        return BAD if self.problem == SUSPENDED or is_good(self.problem) is False else WARN


@dataclass(frozen=True)
class Status:
    """All trunks, exceptions first: as ``lines``, and as the dialers say (``trunks``).

    ``missing``: {dialer that could not be asked: why}. ``troubles``: {dialer: what is wrong with its monitor}.
    ``without``: dialers without a monitor.
    """

    lines: tuple[Line, ...]
    trunks: tuple[dict[str, Any], ...]
    dialers: tuple[str, ...]
    missing: Mapping[str, str]
    troubles: Mapping[str, Sequence[str]]
    without: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the result as one sentence, without a full stop."""
        total = f"{counted(len(self.lines), 'trunk')} on {counted(len(self.dialers) - len(self.missing), 'dialer')}"
        problems = Counter(line.problem for line in self.lines if line.problem)
        parts = [f"{count} {'is' if count == 1 else 'are'} {problem}" for problem, count in problems.items()]
        if parts:
            text = ", ".join([parts[0].replace(" ", f" of {total} ", 1), *parts[1:]])
        elif self.lines:
            text = f"{total} {'is' if len(self.lines) == 1 else 'are'} good"
        else:
            text = "No trunk is known"
        for what, dialers in (
            ("trouble with the monitor on ", tuple(self.troubles)),
            ("no monitor on ", self.without),
            ("could not be asked: ", tuple(self.missing)),
        ):
            text += f"; {what}{names(dialers, self.dialers)}" if dialers else ""
        return text

    @property
    def level(self) -> str:
        """Return GOOD, WARN or BAD: that of the worst."""
        levels = {line.level for line in self.lines}
        if self.missing or BAD in levels:
            return BAD
        return WARN if self.troubles or WARN in levels else GOOD


def status(dialers: Mapping[str, Mapping[str, Any]]) -> Status:
    """Return the trunks of all dialers. ``dialers`` maps each to its result of trunk_status_info, which is empty if the
    module did not run."""
    found: list[tuple[Line, dict[str, Any]]] = []
    missing: dict[str, str] = {}
    troubles: dict[str, list[str]] = {}
    without = []
    for name, result in dialers.items():
        if "trunks" not in result:
            missing[name] = message(result, "was not asked")
            continue
        found += [(_line(name, trunk), {**trunk, "dialer": name}) for trunk in result["trunks"]]
        monitor = result["monitor"]
        if monitor["trouble"]:
            troubles[name] = [_text(trouble) for trouble in monitor["trouble"]]
        elif not monitor["running"]:
            without.append(name)
    found.sort(key=lambda pair: _rank(pair[0].problem))
    lines, trunks = tuple(line for line, _said in found), tuple(said for _line, said in found)
    return Status(lines, trunks, tuple(dialers), missing, troubles, tuple(without))


def _rank(problem: str) -> int:
    if not problem:
        return len(_ORDER) + 1
    return _ORDER.index(problem) if problem in _ORDER else len(_ORDER)


def _line(dialer: str, found: Mapping[str, Any]) -> Line:
    """Return the line of one of the ``trunks`` that trunk_status_info returns."""
    failure = found["last_failure"] or {}
    cause = failure.get("cause")
    return Line(
        dialer=dialer,
        trunk=_text(found["name"], LONGEST_NAME),
        state=_text(found["state"], LONGEST_NAME),
        why=_text(found["why"]),
        since=_number(found["since"]),
        until=_number(found["until"]),
        asterisk=_text(found["asterisk"], LONGEST_NAME),
        latency_ms=_number(found["latency_ms"]),
        calls=_number(found["calls"]) or 0,
        capacity=_number(found["capacity"]) or 0,
        attempts=_number(found["attempts"]) or 0,
        asr=_number(found["asr"]),
        pdd_ms=_number(found["pdd_ms"]),
        failed=_number(failure.get("time")),
        failure=_text(failure.get("sip") or (f"cause={cause}" if cause else failure.get("result")), LONGEST_NAME),
    )


def _text(value: Any, most: int = LONGEST_TEXT) -> str:
    return safe(" ".join(str(value).split()))[:most] if value is not None else ""


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) < MOST else None


def as_lines(found: Status, now: float) -> list[tuple[str, str]]:
    """Return (what it tells, line) of the text for people, see PLAIN. ``now``: seconds since the epoch."""
    shown = [(found.level, f"{found.summary}."), (PLAIN, "")]
    if found.lines:
        groups = folded(found.lines, lambda line: (line.trunk, line.state, line.asterisk), MOST_BAD)
        lines = [_together(group, found.dialers) for group in groups]
        head, *rows = columns(HEADS, [_cells(line, now) for line in lines])
        shown += [(PLAIN, head), *((line.level, row) for line, row in zip(lines, rows)), (PLAIN, "")]
    for title, remarks in (
        ("Exceptions:", _reasons(found, now)),
        ("Monitors:", _monitors(found)),
        ("Not asked:", [(BAD, text) for text in _by_dialers(found, found.missing.items())]),
    ):
        if remarks:
            shown += [(PLAIN, title), *((level, f"  {text}") for level, text in remarks), (PLAIN, "")]
    return shown[:-1]


def _together(lines: Sequence[Line], dialers: Sequence[str]) -> Line:
    """Return one line for several dialers: calls and attempts are sums, all else but ASR is as where it is worst."""
    last = max(lines, key=lambda line: line.failed or 0)
    attempts = sum(line.attempts for line in lines)
    return replace(
        lines[0],
        dialer=names([line.dialer for line in lines], dialers, noun=""),
        since=_highest(line.since for line in lines),
        latency_ms=_highest(line.latency_ms for line in lines),
        calls=sum(line.calls for line in lines),
        capacity=sum(line.capacity for line in lines) if all(line.capacity for line in lines) else 0,
        attempts=attempts,
        asr=sum((line.asr or 0) * line.attempts for line in lines) / attempts if attempts else None,
        pdd_ms=_highest(line.pdd_ms for line in lines),
        failed=last.failed,
        failure=last.failure,
    )


def _highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _cells(line: Line, now: float) -> tuple[str, ...]:
    state = line.state if line.state != IN_MAINTENANCE else "maintenance"
    since = "" if line.since is None else age(now - line.since)
    latency = "" if line.latency_ms is None else f"{line.latency_ms:.0f} ms"
    attempts = f"{line.attempts:.0f}" if line.attempts < 10000 else f"{line.attempts / 1000:.0f}k"
    return (
        line.dialer,
        line.trunk,
        " ".join(filter(None, (state, since))),
        latency if latency and line.asterisk == parsers.REACHABLE else " ".join(filter(None, (line.asterisk, latency))),
        f"{line.calls:.0f}" + (f"/{line.capacity:.0f}" if line.capacity else ""),
        "" if line.asr is None else f"{line.asr * 100:.0f} % of {attempts}",
        "" if line.pdd_ms is None else f"{line.pdd_ms / 1000:.1f} s",
        "" if line.failed is None else f"{line.failure} {age(now - line.failed)} ago",
    )


def age(seconds: float) -> str:
    """Return a duration as a short text, such as ``3 min``. A negative one, of a clock that differs, is none."""
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"


def _reasons(found: Status, now: float) -> list[tuple[str, str]]:
    """Return (what it tells, text): why trunks are not in service, or not reached. Below a long table, reasons that
    differ only in numbers become one."""
    groups: dict[tuple[str, str], list[tuple[Line, str]]] = {}
    for line in found.lines:
        if line.problem:
            why = _why(line, now)
            kind = re.sub(r"\d+", "", why) if len(found.lines) > MOST_LINES else why
            groups.setdefault((line.trunk, kind), []).append((line, why))
    reasons = []
    for (trunk, _kind), group in groups.items():
        dialers = _which([line.dialer for line, _reason in group], found.dialers)
        (line, why), differ = group[0], len({reason for _line, reason in group}) > 1
        reasons.append((line.level, f"{dialers}: {trunk}: {'such as ' if differ else ''}{why}"))
    return reasons


def _why(line: Line, now: float) -> str:
    """Return why a trunk is not in service, and until when."""
    if line.state in ("", IN_SERVICE):
        return f"Asterisk says {line.problem}"
    why = line.why or "no reason was given"
    if line.state == IN_MAINTENANCE:
        return why + ("; has no end" if line.until is None else f"; ends in {age(line.until - now)}")
    return why + ("" if line.until is None else f"; next trial in {age(line.until - now)}")


def _monitors(found: Status) -> list[tuple[str, str]]:
    pairs = [(dialer, trouble) for dialer, troubles in found.troubles.items() for trouble in troubles]
    without = [(dialer, "no monitor; the table has what Asterisk says") for dialer in found.without]
    with_trunks = {*found.missing, *(line.dialer for line in found.lines)}
    empty = [(dialer, "no trunks") for dialer in found.dialers if dialer not in with_trunks]
    return [
        *((WARN, text) for text in _by_dialers(found, pairs)),
        *((PLAIN, text) for text in _by_dialers(found, [*without, *empty])),
    ]


def _by_dialers(found: Status, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a text for each remark, with the dialers that it is about. ``pairs``: (dialer, remark)."""
    remarks: dict[str, list[str]] = {}
    for dialer, remark in pairs:
        remarks.setdefault(remark, []).append(dialer)
    return [f"{_which(dialers, found.dialers)}: {remark}" for remark, dialers in remarks.items()]


def _which(some: Sequence[str], every: Sequence[str]) -> str:
    """Return dialers as text, which tells of each whether it is meant."""
    others = [dialer for dialer in every if dialer not in some]
    if len(set(some)) > NAMED >= len(others):
        return f"all dialers but {', '.join(others)}" if others else names(some, every)
    return ", ".join(dict.fromkeys(some))
