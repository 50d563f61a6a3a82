# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a key is declared: the class Field, which texts are refused, and the fields that several mappings share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = object()  # the default of a key that has none

# What a conf file, a dialplan line or a save in VICIdial's admin pages would not take as it stands. Control characters,
# line ends among them, are refused everywhere besides.
# ';' begins a comment, and the admin pages take it out; '\' and "'" go when a dialplan is saved there, '"' when a
# description is; '${' and '$[' are expanded wherever a dialplan reads them; '`' is a command to a shell.
CONF_UNSAFE = (";", "\\", "'", '"', "${", "$[", "`")
DIALPLAN_UNSAFE = (";", "\\", "'", "`")  # for applications, which live on variables, expressions and quotes

MARKS = ("[trunks ", "[dialer.trunks")  # how we know our own peers and rows: nobody else may write them

NAME = r"[A-Za-z][A-Za-z0-9_-]{1,19}"
CONTEXT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,78}"


@dataclass(frozen=True)
class Field:
    """One key: its kind, its default, what it may hold, and what it means.

    kind: string, digits, integer, number, boolean, choice, list, mapping, settings, address, host or network; the last
    three are strings too. batch, a number or a percentage of hosts as Ansible's serial takes it, is for OTHERS only.
    ``choices`` are allowed besides the kind ('all' or a list), and instead of it where kind is
    'choice'. ``pattern`` must match the whole string, and ``allowed`` says in words what that comes to.
    """

    kind: str
    description: str
    default: Any = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    allowed: str = ""
    forbidden: tuple[str, ...] = CONF_UNSAFE
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = True  # no item twice
    item: Field | None = None
    keys: Mapping[str, Field] = field(default_factory=dict)
    secret: bool = False  # never quoted in a message
    login: bool = False  # not quoted where it looks like user:secret
    blanks: bool = False  # may hold blanks (never at its ends)
    empty: bool = True  # may be an empty string


def port(description: str, default: Any = None) -> Field:
    return Field("integer", description, default, minimum=1, maximum=65535)


# The number is answered, rings or is busy (Q.850): no fail_over_causes may name these.
NEVER_GO_ON: tuple[int, ...] = (16, 17)


def fail_over_causes(whose: str) -> Field:
    return Field(
        "list",
        f"The hangup causes after which a call of {whose} goes on to the next trunk; default: as docs/routing.md says.",
        (),
        item=Field("integer", "A hangup cause (Q.850).", minimum=1, maximum=127),
    )


NUMBER = Field(
    "digits", "A number.", "", pattern=r"\+?[0-9]{1,20}", allowed="1 to 20 digits, with or without a + in front"
)

CARRIERS = Field(
    "string", "A carrier_id.", pattern=r"\S{1,15}", empty=False, allowed="the carrier_id of a row", forbidden=()
)
