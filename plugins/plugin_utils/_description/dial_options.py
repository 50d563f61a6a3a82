# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of Dial: which of them a route can keep beside its own, and the operator's subroutine b(). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID

_OPTION = re.compile(r"([A-Za-z])(?:\(([^()]*)\))?")
# Without its context, b() means a place in the context of the Dial, which is the route's.
_PLACE = re.compile(r"[A-Za-z0-9_.-]+\^[A-Za-z0-9_.*#+-]+\^[A-Za-z0-9_-]+")


def check(path: Path, options: Any, trunk: Mapping[str, Any], vicidial: bool, findings: Findings) -> None:
    """Refuse options that would replace or break the route's own. ``options`` are the trunk's or a route's for it."""
    limits = (trunk["max_calls"], trunk["max_calls_cluster"])
    if not isinstance(options, str):
        return
    here, given = (*path, "dial_options"), _OPTION.findall(options)
    if vicidial and "G" in dict(given):
        findings.add(
            here,
            f"must not hold G in vicidial mode, as {findings.show(options)} does: it would take the answered call away "
            "from VICIdial",
        )
    places = [place for letter, place in given if letter == "b"]
    if not places or not (vicidial or (INVALID not in limits and any(limits))):
        return
    if len(places) > 1 or not _PLACE.fullmatch(places[0]):
        findings.add(
            here,
            f"must hold one b() that names context, extension and priority, such as b(headers^s^1), not "
            f"{findings.show(options)}: the route runs it in a subroutine of its own",
        )


def split_subroutine(options: str) -> tuple[str, str]:
    """Return (the options without b(), the place of b() as Gosub() takes it; empty without one)."""
    place = next((argument for letter, argument in _OPTION.findall(options) if letter == "b"), "")
    return options.replace(f"b({place})", "", 1) if place else options, place.replace("^", ",")
