# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a plain Asterisk, where everything is files. Each leaves the lab as molecule/asterisk describes it."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.lab.asterisk_mode import run_site
from support.lab.machines import ONE


@pytest.fixture
def restored() -> Iterator[None]:
    """Describe the scenario again once the test has ended, whatever it left."""
    yield
    run = run_site(extra_vars={"dialer_prune": True})
    assert run.rc == 0, run


@pytest.fixture(scope="module")
def first_restored() -> Iterator[None]:
    """The same for the first dialer, once all tests of a file have ended."""
    yield
    run = run_site("--limit", ONE, extra_vars={"dialer_prune": True})
    assert run.rc == 0, run
