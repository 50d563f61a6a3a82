# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SECURITY.md names for each of its promises a test, and every test that it names exists."""

from __future__ import annotations

import re

import pytest

from support.paths import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


@pytest.mark.parametrize("path, name", NAMED)
def test_a_test_that_is_named_exists(path, name):
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in text


def test_each_group_of_promises_names_one():
    promises = PAGE.split("## What holds it", 1)[1].split("\n## ", 1)[0]
    for group in promises.split("\n### ")[1:]:
        assert "`tests/" in group, group.splitlines()[0]
