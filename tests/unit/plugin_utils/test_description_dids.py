# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of a number that is called."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import dids


@pytest.mark.parametrize(
    ("did", "forms"),
    [
        ("13125550100", ("13125550100", "+13125550100", "3125550100")),
        ("+13125550100", ("13125550100", "+13125550100", "3125550100")),
        ("3125550100", ("3125550100", "+3125550100", "13125550100", "+13125550100")),
        ("+3125550100", ("3125550100", "+3125550100")),  # a plus and ten digits: another country's
        ("442079460000", ("442079460000", "+442079460000")),
        ("11125550100", ("11125550100", "+11125550100")),  # no area code begins with 1
        ("123", ("123", "+123")),
    ],
)
def test_forms(did, forms):
    assert dids.forms(did) == forms


def test_an_entry_of_its_own_has_its_form():
    assert dids.forms("13125550100", ["13125550100", "+3125550100"]) == ("13125550100", "+13125550100")
