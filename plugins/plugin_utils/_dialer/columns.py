# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints tables for people. Pure."""
from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe

NOTHING = "-"  # in a cell without a value


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for the heads and one for each row, in columns as wide as their widest cell.

    Cells may come from a dialer: their control characters are escaped. The last column may be of any width.
    """
    lines = [[safe(cell) or NOTHING for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, cells)) for cells in zip(*lines)][:-1]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths)), line[-1]]) for line in lines]
