# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the files that a description names, from the directories of the inventory and the playbook only.

Messages about a file quote its lines, and a user who may change a description may not be allowed to read every file of
the controller. Therefore files elsewhere, also through links, are not opened.
"""
from __future__ import annotations

from collections.abc import Sequence
from errno import EACCES, EINVAL, ENOENT
from pathlib import Path


def read(path: str, places: Sequence[Path]) -> str:
    """Return the text of the first such file in the places and in their directories ``files``.

    ``path`` is relative to a place, or absolute. Raises OSError with a ``strerror`` that says why, as a clause, without
    quoting the file.
    """
    outside = False
    try:
        bounds = [place.resolve() for place in places]
        for place in (*places, *(place / "files" for place in places)):
            real = (place / path).resolve()
            if not any(real.is_relative_to(bound) for bound in bounds):
                outside = True
            elif real.is_file():
                return _text(real)
    except RuntimeError:  # a loop of links, before Python 3.13
        raise OSError(EINVAL, "its links form a loop") from None
    names = list(map(str, places)) or ["the directories of the inventory and the playbook, which are not known here"]
    if outside:
        also = "and it is outside, or a link leads there"
        raise PermissionError(EACCES, f"only files in {' and '.join(names)} are read, {also}")
    raise FileNotFoundError(ENOENT, f"there is no such file in {' nor '.join(names)}")


def _text(real: Path) -> str:
    try:
        return real.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise OSError(EINVAL, f"line {line} is not UTF-8 text") from None
