# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which generation each dialer goes back to, and what VICIdial's rows have to be then. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER

PREVIOUS = "previous"


class CannotGoBack(Exception):
    """Why a dialer cannot go back, for people."""


def choose(kept: Mapping[str, Any], wanted: int | str, mode: str) -> dict[str, Any]:
    """Where one dialer goes: ``from``, ``to``, ``why`` (a sentence, empty when there is nothing to say), ``mode``,
    ``trunks`` (as sip_peers_verify takes them).

    ``kept`` is the result of asterisk_generation_info, ``wanted`` a number or ``previous``. Previous is the generation
    that was in force before the newest was written, and only while that newest is in force: once an older one is, a
    second roll-back would otherwise go further back each time, or forth again. Raises CannotGoBack.
    """
    generations = {entry["number"]: entry for entry in kept["generations"]}
    listed = ", ".join(str(number) for number in sorted(generations)) or "none"
    linked = kept["linked"]
    if kept.get("reason"):
        raise CannotGoBack(f"its Asterisk cannot be asked: {kept['reason']}")
    if linked is None:
        raise CannotGoBack(f"no generation of this collection is in force; kept: {listed}")
    why = ""
    if wanted == PREVIOUS:
        newest = max(generations)
        target = linked
        if linked != newest:
            why = (
                f"generation {linked} is in force already, older than the newest ({newest}): previous does not go "
                "further back. Name a number for that: -e generation=N"
            )
        else:
            former = generations[newest]["former"]
            older = [number for number in generations if number < newest]
            target = former if former is not None else max(older, default=None)
            if target is None:
                raise CannotGoBack(f"generation {newest} is the first; there is none before it")
    else:
        target = int(wanted)
    if target not in generations:
        raise CannotGoBack(f"there is no generation {target}; kept: {listed}")
    entry = generations[target]
    if entry["damaged"]:
        files = ", ".join(f"{file['path']} ({file['how']})" for file in entry["damaged"])
        raise CannotGoBack(f"generation {target} is not as it was written: {files}")
    if (entry["mode"] or mode) != mode:
        raise CannotGoBack(f"generation {target} was made in {entry['mode']} mode, and dialer_mode is {mode}")
    if mode == "vicidial" and not entry["rows"]:
        raise CannotGoBack(f"generation {target} does not know what VICIdial's rows were with it")
    return {"from": linked, "to": target, "why": why, "mode": mode, "trunks": expected(entry["trunks"])}


def expected(trunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the running Asterisk should say of the peers of these trunks, as sip_peers_verify takes it."""
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
    found: Mapping[str, Mapping[str, Any]], everybody: bool
) -> tuple[list[dict[str, Any]], list[tuple[str, str]], list[str]]:
    """(carriers, name and server_ip of the rows that go, mistakes) for all dialers in one call.

    ``found`` maps a dialer to the result of asterisk_generation_rows. ``everybody``: whether all dialers are here. A
    row for every dialer that stays as it is concerns no dialer, and may be left out when some are not.
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
            elif everybody or row["name"] not in rows["same"]:
                first, same = cluster.setdefault(row["name"], (host, row))
                if same != row:
                    mistakes.append(
                        f"trunk {row['name']!r} is one row for all dialers, and the generations of {first} and {host} "
                        "hold it otherwise: choose numbers that agree"
                    )
    for name, server_ip in gone:
        if server_ip == EVERY_DIALER and name in cluster:
            mistakes.append(f"trunk {name!r} is one row for all dialers, which some generations have and others do not")
    carriers += [row for _host, row in cluster.values()]
    there = {(row["name"], row["server_ip"]) for row in carriers}
    return carriers, sorted(gone - there), sorted(set(mistakes))
