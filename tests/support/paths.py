# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in the repository."""
from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / "collections"
LAB = ROOT / "lab/lab"    # the command
PLUGINS = ROOT / "plugins"
FIXTURES = ROOT / "tests/unit/fixtures"     # recorded output of real programs
GOLDEN = ROOT / "tests/unit/golden"         # what each of support.unit.descriptions renders to
SCHEMA = ROOT / "lab/db/schema.sql"         # VICIdial's tables, of the lab's database and of the tests' own
