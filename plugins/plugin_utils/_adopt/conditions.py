# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides conditions of a dialplan entry on the result of Dial, for each result that lets the dialplan go on. Pure."""

from __future__ import annotations

import re

OF_THE_TRUNK = ("CHANUNAVAIL", "CONGESTION")  # results by which a route goes on to its next trunk
STATUSES = (*OF_THE_TRUNK, "BUSY", "NOANSWER")
_COMPARED = re.compile(r'"?\$\{DIALSTATUS\}"?\s*(?P<operator>==?|!=)\s*"?(?P<value>[A-Z]+)"?')


def parts(arguments: str) -> tuple[str, str, str]:
    """Return (condition, what follows when it is true, what follows when it is false) of a GotoIf or ExecIf."""
    condition, rest = _split(arguments, "?")
    then, otherwise = _split(rest, ":")
    return condition.strip(), then.strip(), otherwise.strip()


def _split(text: str, mark: str) -> tuple[str, str]:
    """Return what is before and behind the first mark outside of brackets."""
    depth = 0
    for at, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == mark and depth <= 0:
            return text[:at], text[at + 1 :]
    return text, ""


def about_result(condition: str) -> bool:
    """Return whether a condition asks for nothing but the result of the last Dial."""
    names = set(re.findall(r"\$\{([A-Za-z_]+)", condition))
    functions = {name for name in names if name in ("REGEX", "TOUPPER", "ISNULL")}
    return bool(names - functions) and names - functions <= {"DIALSTATUS", "HANGUPCAUSE"}


def decide(condition: str, status: str) -> bool | None:
    """Return whether the condition holds where DIALSTATUS has this value; None where this cannot be told.

    Comparisons of DIALSTATUS with a word, joined by ``|`` and ``&``, are decided.
    """
    inside = re.fullmatch(r"\$\[(.*)\]", condition)
    if inside is None:
        return None
    any_true = False
    for alternative in inside.group(1).split("|"):
        all_true = True
        for text in alternative.split("&"):
            match = _COMPARED.fullmatch(text.strip())
            if match is None:
                return None
            all_true = all_true and (match.group("value") == status) == (match.group("operator") != "!=")
        any_true = any_true or all_true
    return any_true
