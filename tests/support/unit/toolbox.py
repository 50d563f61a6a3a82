# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of tools/, for the tests of them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from functools import cache
from types import ModuleType

from support.paths import ROOT


@cache
def tool(file: str) -> ModuleType:
    """A program of tools/ as a module."""
    loader = importlib.machinery.SourceFileLoader(file.replace("-", "_"), str(ROOT / "tools" / file))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
