# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads how a dialplan entry writes "the number": EXTEN, parts of it, FILTER around it, digits before it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

_SENT = re.compile(
    r"(?P<before>[^$]*)\$\{EXTEN(?::(?P<from>-?[0-9]{1,3}))?(?::(?P<count>-?[0-9]{0,3}))?\}(?P<behind>.*)"
)
_FILTERED = re.compile(r"(?P<before>[^$]*)\$\{FILTER\((?P<allowed>[^,()]*),(?P<inside>.*)\)\}")
_ALL_DIGITS = ("0-9", "0123456789")
_EXTEN_IN_STEP = re.compile(r"\$\{EXTEN(?::(?P<from>-?[0-9]{1,3}))?(?P<more>:[^{}]*)?\}")
_ANY_EXTEN = re.compile(r"\$\{EXTEN\b")


@dataclass(frozen=True)
class Number:
    """The number that a Dial sends: ``cut`` digits are taken off EXTEN's front, and ``prefix`` is put before the rest.
    With ``fixed``, that is sent on every call."""

    cut: int = 0
    prefix: str = ""
    fixed: str = ""
    note: str = field(default="", compare=False)  # how a route's number differs


def length(extension: str) -> int | None:
    """Return how many digits every number of the extension has; None where the pattern ends in a wildcard."""
    try:
        symbols = patterns.parse(extension)
    except ValueError:
        return None
    return None if any(isinstance(symbol, str) for symbol in symbols) else len(symbols)


def literal(extension: str) -> str:
    """Return the digits that every number of the extension begins with; never all digits of an exact number."""
    found = re.match(r"_?([0-9]*)", extension)
    digits = found.group(1) if found else ""
    return digits[:-1] if digits and len(digits) == len(extension.lstrip("_")) else digits


def covers(wide: str, narrow: str) -> bool:
    """Return whether ``wide`` matches every number of ``narrow``; False if Asterisk cannot match one of them."""
    try:
        return patterns.covers(wide, narrow)
    except ValueError:
        return False


def sent(extension: str, text: str) -> Number:
    """Return what a Dial sends as the number. Raises Refused where a route cannot express it."""
    if not text:
        raise Refused("{extension} dials a peer without a number", extension=extension)
    note = ""
    filtered = _FILTERED.fullmatch(text)
    if filtered:
        allowed, inside = filtered.group("allowed"), filtered.group("inside")
        if not any(digits in allowed for digits in _ALL_DIGITS):
            raise Refused("{extension} filters digits out of the number, which a route does not",
                          extension=extension)
        if length(extension) is None and not {"*", "#"} <= set(allowed):
            note = "* and # were taken out of the number; a route passes them on"
        text = filtered.group("before") + inside
    if "$" not in text:
        if extension.endswith(text) and not extension.startswith("_"):
            return Number(len(extension) - len(text), note=note)
        return Number(fixed=text, note=note)
    match = _SENT.fullmatch(text)
    if match is None:
        raise Refused("{extension} sends a number that strip and prefix of a trunk cannot express: a part of EXTEN, "
                      "after digits, is what they can", extension=extension)
    if match.group("behind"):
        raise Refused("{extension} puts something behind the number, and a trunk can put digits before it only",
                      extension=extension)
    cut = _cut(extension, int(match.group("from") or 0), match.group("count"))
    return Number(cut, match.group("before"), note=note)


def _cut(extension: str, start: int, count: str | None) -> int:
    """Return how many digits ``${EXTEN:start:count}`` cuts off the front. Raises Refused where it cuts the end too, or
    where the front depends on the number's length."""
    digits = length(extension)
    if start < 0:
        if digits is None:
            raise Refused("{extension} sends the last {count} digits of numbers of any length",
                          extension=extension, count=-start)
        start = max(digits + start, 0)
    if count and (int(count) < 0 or digits is None or start + int(count) < digits):
        raise Refused("{extension} cuts digits off the number's end, and a trunk can cut off its front only",
                      extension=extension)
    return start


def without_prefix(application: str, prefix: str) -> str:
    """Return the application for a place where EXTEN does not have the dial prefix. Raises Refused."""

    def refused() -> Refused:
        return Refused("{application} takes digits out of the middle of the number",
                       application=application.partition("(")[0])

    def rewritten(match: re.Match[str]) -> str:
        start, more = int(match["from"] or 0), match["more"] or ""
        if start < 0:
            return match[0]
        if more and start < len(prefix):
            raise refused()
        rest = start - len(prefix)
        return f"${{EXTEN:{rest}{more}}}" if rest > 0 or more else prefix[start:] + "${EXTEN}"

    if not prefix:
        return application
    if len(_EXTEN_IN_STEP.findall(application)) != len(_ANY_EXTEN.findall(application)):
        raise refused()  # as ${EXTEN:${LEN}} does
    return _EXTEN_IN_STEP.sub(rewritten, application)
