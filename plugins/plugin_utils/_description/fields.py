# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declares what a key is: the class Field, the texts that are refused, and the fields that several mappings share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = object()  # as a default: the key must be given

# Texts that a conf file, a dialplan line or a save in VICIdial's admin pages would change. Control characters,
# including line ends, are refused everywhere as well.
# ';' begins a comment, and the admin pages remove it; they remove '\' and "'" from a dialplan, and '"' from a
# description; '${' and '$[' are expanded wherever a dialplan reads them; '`' is a command to a shell.
CONF_UNSAFE = (";", "\\", "'", '"', "${", "$[", "`")
DIALPLAN_UNSAFE = (";", "\\", "'", "`")  # for applications, which need variables, expressions and quotes

# They mark the peers and rows that this collection manages, so no text of a description may contain them.
MARKS = ("[trunks ", "[dialer.trunks")

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{1,49}"
CONTEXT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,78}"
MOST_PER_SECOND = 200  # calls that one dialer may start on a trunk: the dialplan has a global variable for each


@dataclass(frozen=True)
class Field:
    """One key: its kind, its default, what it may hold, and what it means.

    ``kind`` is one of string, digits, integer, number, boolean, choice, list, mapping, settings, address, host and
    network; values of the last three are strings too. The kind batch (a number or a percentage of hosts, as Ansible's
    serial has it) is for OTHERS only. ``choices`` are allowed in addition to the kind ('all' or a list); with kind
    'choice' nothing else is allowed. ``pattern`` must match the whole string; ``allowed`` says the same in words.
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
    blanks: bool = False  # may contain blanks, but not begin or end with one
    empty: bool = True  # may be an empty string


def port(description: str, default: Any = None) -> Field:
    """Return the field of a port number."""
    return Field("integer", description, default, minimum=1, maximum=65535)


# Normal clearing and busy (Q.850): the number was reached, so fail_over_causes must not name them.
NEVER_GO_ON: tuple[int, ...] = (16, 17)


def fail_over_causes(whose: str) -> Field:
    """Return the field of a list of hangup causes; ``whose`` names what they apply to."""
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
