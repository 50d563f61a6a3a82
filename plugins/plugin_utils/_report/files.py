# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a report on the controller. Each is replaced in one rename, after all have been written."""
from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._report import page, tables


def texts(model: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return {kind: (name of the file, text)}."""
    stem = f"trunks-{_stamp(model['since'])}-{_stamp(model['until'])}"
    found = {
        "html": (f"{stem}.html", page.written(model)),
        "json": (f"{stem}.json", json.dumps(model, indent=1, ensure_ascii=True) + "\n"),
    }
    found.update({kind: (f"{stem}-{kind}.csv", text) for kind, text in tables.written(model).items()})
    return found


def write(directory: Path, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Write the files. The directory is made if its parent is there. Raises OSError."""
    directory.mkdir(exist_ok=True)
    with contextlib.ExitStack() as leftovers:
        written = []
        for name, text in wanted.values():
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=directory)
            leftovers.callback(Path(temporary).unlink, missing_ok=True)
            with open(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(temporary).chmod(0o666 & ~_umask())
            written.append((temporary, directory / name))
        for temporary, path in written:
            Path(temporary).replace(path)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _stamp(when: float) -> str:
    """Return a day, or a day and time where it is not the begin of one, for a file's name."""
    text = datetime.fromtimestamp(when, timezone.utc).strftime("%Y%m%dT%H%M")
    return text.removesuffix("T0000")
