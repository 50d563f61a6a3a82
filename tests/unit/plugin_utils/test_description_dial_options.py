# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dial's options without the operator's b(), and its place."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.dial_options import split_subroutine


@pytest.mark.parametrize(("options", "rest", "place"), [
    ("To", "To", ""),
    ("", "", ""),
    ("b(headers^s^1)", "", "headers,s,1"),
    ("Tob(headers^s^add)U(heard^s^1)", "ToU(heard^s^1)", "headers,s,add"),
    ("U(b^s^1)b(headers^s^1)r()", "U(b^s^1)r()", "headers,s,1"),
    ("T()o", "T()o", ""),
])
def test_the_operators_subroutine_is_taken_out_of_the_options(options, rest, place):
    assert split_subroutine(options) == (rest, place)
