# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the files that a description names, from the directories of the inventory and the playbook alone.

A message about a file quotes its lines, and whoever may change a description need not be allowed to read every file of
the controller: what lies elsewhere, or is linked from there to elsewhere, is not opened.
"""
from __future__ import annotations

from collections.abc import Sequence
from errno import EACCES, EINVAL, ENOENT
from pathlib import Path


def read(path: str, places: Sequence[Path]) -> str:
    """The text of the file, looked for in each place and in its directory ``files``, the first one that is there.

    ``path`` is relative to a place, or absolute. Raises OSError, whose ``strerror`` says why, in the middle of a
    sentence, without any of what the file holds.
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
    except RuntimeError:  # links that lead to one another, before Python 3.13
        raise OSError(EINVAL, "its links lead to one another") from None
    names = list(map(str, places)) or ["the directories of the inventory and the playbook, which are not known here"]
    if outside:
        also = "and it lies outside, or a link leads there"
        raise PermissionError(EACCES, f"only files in {' and '.join(names)} are read, {also}")
    raise FileNotFoundError(ENOENT, f"there is no such file in {' nor '.join(names)}")


def _text(real: Path) -> str:
    try:
        return real.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise OSError(EINVAL, f"line {line} is no UTF-8 text") from None
