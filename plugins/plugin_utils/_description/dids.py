# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which carriers send a called number.

A number with and without a plus is one number. So are a North American number's ten digits and the same with the
country code 1 in front; no other country code can be recognised from the digits alone. A form that has an entry of its
own belongs to that entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TEN_DIGITS = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")


def digits(did: str) -> str:
    """Return the number without its plus."""
    return did.removeprefix("+")


def other_length(did: str) -> str | None:
    """Return a North American number with the country code added or removed; None for any other number."""
    number = digits(did)
    if number.startswith("1") and _TEN_DIGITS.fullmatch(number[1:]):
        return number[1:]
    if not did.startswith("+") and _TEN_DIGITS.fullmatch(number):
        return "1" + number
    return None


def forms(did: str, given: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the extensions that answer this number, its own first. ``given`` are all numbers that have an entry."""
    number, other = digits(did), other_length(did)
    found = [number, "+" + number]
    if other and other not in {digits(one) for one in given}:
        # ten digits behind a plus would be another country's number
        found += [other, "+" + other] if len(other) > len(number) else [other]
    return tuple(found)
