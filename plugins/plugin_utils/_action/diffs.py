# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shortens the diffs that --diff prints: what is the same for several dialers is shown once, with their names.

Programs get whole diffs: a JSON callback, and a task that has ``diff`` itself, as those of drift.yml.
"""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants

from ansible_collections.dialer.trunks.plugins.module_utils._common import revision

FOR_PROGRAMS = ("json", "jsonl")
OWN = ("carrier_id: ", "server_ip: ")  # lines of a row that differ on each dialer


def wanted(task: Any, callback: str) -> bool:
    """Return whether the diff of the task is for people. ``callback``: the name of Ansible's stdout callback."""
    return callback.rpartition(".")[2] not in FOR_PROGRAMS and "diff" not in (task.get_ds() or {})


def same_rows(diff: list[dict[str, Any]] | dict[str, Any]) -> list[dict[str, Any]]:
    """Return the diff of rows with one entry for rows that differ in the dialer's own values alone.

    Its headers name all of them. ``diff``: as a task may return it, one entry or several.
    """
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for number, entry in enumerate([diff] if isinstance(diff, dict) else diff):
        key = _without_place(entry) if entry.get("server_ip") else (str(number),)
        found.setdefault(key, []).append(entry)
    return [_together(entries) for entries in found.values()]


def _without_place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a row's change: its kind and name, and both texts without stamps and the dialer's own values."""
    mark = f"@{entry['server_ip']} {entry['carrier_id']}] "
    return (
        entry["after_header"].partition(" on ")[0],
        *(
            "\n".join(
                line.replace(mark, "] ", 1) if line.startswith("carrier_description: ") else line
                for line in revision.unstamp(entry[side]).split("\n")
                if not line.startswith(OWN)
            )
            for side in ("before", "after")
        ),
    )


def _together(entries: list[dict[str, Any]]) -> dict[str, Any]:
    first, *others = entries
    if not others:
        return first
    header = f"{first['after_header']}; the same {', '.join(_place(entry) for entry in others)}"
    return {**first, "before_header": header, "after_header": header}


def _place(entry: Mapping[str, Any]) -> str:
    return "on " + str(entry["after_header"]).partition(" on ")[2]


def as_on(diff: list[dict[str, Any]], task: str, host: str) -> list[dict[str, Any]]:
    """Return the diff of a host; a line with the name of another host whose diff of this task is the same and was taken
    first in this run.

    The hosts' tasks run in processes of their own, at the same time. They meet in the run's temporary directory.
    """
    text = json.dumps([task, diff], sort_keys=True)
    place = Path(constants.DEFAULT_LOCAL_TMP) / f"dialer-trunks-diff-{hashlib.sha256(text.encode()).hexdigest()}"
    try:
        first = _first(place, host)
    except OSError:  # full, missing, or a file system without links: the change was made, and has to be shown
        return diff
    if first == host:
        return diff
    return [{"header": "the same", "prepared": f"{host}: the same changes as on {first}\n\n"}]


def _first(place: Path, host: str) -> str:
    """Return the host that was the first to ask for this place. Raises OSError."""
    handle, own = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(host)
        os.link(own, place)  # with its content, so that nobody reads half of it
    except FileExistsError:
        return place.read_text(encoding="utf-8")
    finally:
        os.unlink(own)
    return host
