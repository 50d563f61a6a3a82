# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the generations that dialers keep, a line for each: who changed what, and when. Pure."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import of_path
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe, short_commit
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import columns

HEADS = ("dialer", "generation", "written", "by", "commit", "in force", "what changed")
MOST_CHANGES = 8  # that a line names

# The files of a generation that belong to no single trunk or route; the rest are parts of the dialplan.
_WHAT = {
    "rtp.conf": "RTP",
    "nftables.conf": "firewall",
    "firewalld.rules": "firewall",
    "health.json": "monitor",
    "manager.conf": "monitor",
}


def as_table(dialers: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the generations of all dialers, the newest of each first. ``dialers`` maps each to its result of
    asterisk_generation_info, which is empty if the module did not run."""
    rows: list[tuple[str, ...]] = []
    remarks = []
    for name, kept in dialers.items():
        if "generations" not in kept:
            remarks.append(f"{name}: {_message(kept)}")
            continue
        rows += [_row(name, generation, kept) for generation in kept["generations"]]
        if not kept["generations"]:
            remarks.append(f"{name}: has no generation: site.yml has not run for it yet")
        if kept.get("reason"):
            remarks.append(f"{name}: {safe(kept['reason'])}")
    shown = [*columns(HEADS, rows), ""] if rows else []
    return "\n".join([*shown, *remarks]).rstrip() + "\n"


def _message(kept: Mapping[str, Any]) -> str:
    if not kept:
        return "was not asked"
    text = safe(" ".join(str(kept.get("msg") or "no reason was given").split()))
    return f"unreachable: {text}" if kept.get("unreachable") else text


def _row(dialer: str, generation: Mapping[str, Any], kept: Mapping[str, Any]) -> tuple[str, ...]:
    in_force = "yes" if generation["in_force"] else ""
    if generation["linked"] and not generation["in_force"]:
        in_force = "Asterisk not asked" if kept.get("reason") else f"no, running is {kept['running'] or 'none'}"
    return (
        dialer,
        str(generation["number"]),
        (generation["written"] or "").replace("T", " "),
        generation["who"] or "",
        short_commit(generation["commit"] or ""),
        in_force,
        what_changed(generation["changed"]) + _damage(generation["damaged"]),
    )


def what_changed(paths: Sequence[str] | None) -> str:
    """Return the changed files of a generation in words."""
    if paths is None:
        return "not recorded"
    found = list(dict.fromkeys(map(_what, sorted(paths, key=_order))))
    more = len(found) - MOST_CHANGES
    return ", ".join(found[:MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")


def _order(path: str) -> tuple[bool, bool]:
    what = _what(path)
    return not what.startswith("trunk "), not what.startswith("route ")


def _what(path: str) -> str:
    """Return what a file belongs to: ``rows/trunk-carrier_a.json`` and ``sip/carrier_a.conf`` to trunk carrier_a."""
    directory, slash, name = path.partition("/")
    name = name.rpartition(".")[0] or name
    if directory == "rows":
        return name.replace("-", " ", 1)
    if of_path(path):
        return f"trunk {name}" if slash else "list of trunks"
    if directory == "routes":
        return f"route {name}"
    if directory == "rates":
        return f"rates of route {name.partition('.')[0]}"
    if directory == "decks":
        return "rate decks"
    return _WHAT.get(path, "dialplan")


def _damage(damaged: Sequence[Mapping[str, str]]) -> str:
    return "; since then " + ", ".join(f"{one['path']} {one['how']}" for one in damaged) if damaged else ""
