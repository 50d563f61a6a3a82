# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the whole on the lab. Each begins with two dialers as inventory/lab describes them, and leaves them so."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.lab.playbooks import site


@pytest.fixture
def restored() -> Iterator[None]:
    """Describes the lab again once the test has ended, whatever it left."""
    yield
    run = site(extra_vars={"dialer_prune": True})
    assert run.rc == 0, run
