# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the generation to which each dialer is rolled back, and VICIdial's rows with it. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER

PREVIOUS = "previous"


class CannotRollBack(Exception):
    """A dialer cannot be rolled back. Its text says why."""


def choose(kept: Mapping[str, Any], wanted: int | str, mode: str) -> dict[str, Any]:
    """Return the target of one dialer: ``from``, ``to``, ``why`` (a warning or empty), ``mode``, and ``trunks`` (the
    option of sip_peers_verify).

    ``kept`` is the result of asterisk_generation_info, ``wanted`` a number or ``previous``. Previous is the generation
    that was in force when the newest was written, and only while the newest is in force: otherwise each further
    rollback would go further back, or forth again. Raises CannotRollBack.
    """
    generations = {entry["number"]: entry for entry in kept["generations"]}
    listed = ", ".join(str(number) for number in sorted(generations)) or "none"
    linked = kept["linked"]
    if kept.get("reason"):
        raise CannotRollBack(f"its Asterisk cannot be asked: {kept['reason']}")
    if linked is None:
        raise CannotRollBack(f"no generation of this collection is in force; kept: {listed}")
    why = ""
    if wanted == PREVIOUS:
        newest = max(generations)
        target = linked
        if linked != newest:
            why = (
                f"generation {linked}, older than the newest ({newest}), is already in force: previous does not go "
                "further back. To do that, name a number: -e generation=N"
            )
        else:
            former = generations[newest]["former"]
            older = [number for number in generations if number < newest]
            target = former if former is not None else max(older, default=None)
            if target is None:
                raise CannotRollBack(f"generation {newest} is the first; there is none before it")
    else:
        target = int(wanted)
    if target not in generations:
        raise CannotRollBack(f"there is no generation {target}; kept: {listed}")
    entry = generations[target]
    if entry["damaged"]:
        files = ", ".join(f"{file['path']} ({file['how']})" for file in entry["damaged"])
        raise CannotRollBack(f"generation {target} differs from what was written: {files}")
    if (entry["mode"] or mode) != mode:
        raise CannotRollBack(f"generation {target} was written in {entry['mode']} mode, but dialer_mode is {mode}")
    if mode == "vicidial" and not entry["rows"]:
        raise CannotRollBack(f"generation {target} has no VICIdial rows")
    return {"from": linked, "to": target, "why": why, "mode": mode, "trunks": expected(entry["trunks"])}


def expected(trunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the expected peers of these trunks, as the option C(trunks) of sip_peers_verify."""
    wanted = []
    for trunk in trunks:
        first, *others = trunk["peers"]
        wanted.append(
            {
                "name": first,
                "technology": trunk["technology"],
                "state": ["reachable", "unmonitored"],
                "registered": trunk["registered"],
            }
        )
        wanted += [{"name": name, "technology": trunk["technology"], "state": "loaded"} for name in others]
    return wanted


def batch(
    found: Mapping[str, Mapping[str, Any]], all_dialers: bool
) -> tuple[list[dict[str, Any]], list[tuple[str, str]], list[str]]:
    """Return (carriers, (name, server_ip) of the rows to remove, mistakes) for all dialers of the batch.

    ``found`` maps a dialer to the result of asterisk_generation_rows. ``all_dialers``: whether these are all dialers;
    if not, unchanged rows for every dialer are left out.
    """
    carriers: list[dict[str, Any]] = []
    cluster: dict[str, tuple[str, dict[str, Any]]] = {}
    gone: set[tuple[str, str]] = set()
    mistakes: list[str] = []
    for host, rows in found.items():
        gone |= {(row["name"], row["server_ip"]) for row in rows["gone"]}
        for row in rows["rows"]:
            if row["server_ip"] != EVERY_DIALER:
                carriers.append(row)
            elif all_dialers or row["name"] not in rows["same"]:
                first, same = cluster.setdefault(row["name"], (host, row))
                if same != row:
                    mistakes.append(
                        f"trunk {row['name']!r} is one row for all dialers, and differs between the generations of "
                        f"{first} and {host}: choose generations in which it is equal"
                    )
    for name, server_ip in gone:
        if server_ip == EVERY_DIALER and name in cluster:
            mistakes.append(f"trunk {name!r} is one row for all dialers, which some generations have and others do not")
    carriers += [row for _host, row in cluster.values()]
    there = {(row["name"], row["server_ip"]) for row in carriers}
    return carriers, sorted(gone - there), sorted(set(mistakes))
