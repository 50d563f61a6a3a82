# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the stand-in's own tests. Rows of theirs have carrier ids ZY* and ZZ*, and dial prefixes 55 to 59."""

from __future__ import annotations

import pytest

from support.lab.machines import HOME
from support.lab.standin_dialer import CARRIER_A, CARRIER_B, Dialer, carrier, own_rows, peer, plain_route
from support.waiting import came_true


@pytest.fixture(scope="session")
def dialer() -> Dialer:
    """The dialer under test; its services run."""
    try:
        machine = Dialer()
    except (AssertionError, OSError) as error:
        pytest.fail(f"the lab is not up: {error}")
    machine.sh(f"{HOME}/standin start")
    return machine


@pytest.fixture
def rows(dialer):
    """A function that inserts carrier rows for one test."""
    with own_rows(dialer) as insert:
        yield insert


@pytest.fixture(scope="module")
def routes(dialer):
    """Two peers and two routes, loaded and reachable: 58 dials the first carrier, 59 the first and then the second.
    By PJSIP where the dialer's Asterisk has no chan_sip."""
    tech = dialer.tech
    one, two = plain_route("58", "zya", tech=tech), plain_route("59", "zya", "zyb", tech=tech)
    dialer.sql(
        "DELETE FROM vicidial_server_carriers WHERE carrier_id LIKE 'ZY%'"
        + ";"
        + carrier("ZYA", one, peer("zya", CARRIER_A, tech), protocol=tech, server_ip=dialer.ip)
        + carrier("ZYB", two, peer("zyb", CARRIER_B, tech), protocol=tech, server_ip=dialer.ip)
    )
    dialer.flag()
    dialer.generate()
    show = "pjsip show contacts" if tech == "PJSIP" else "sip show peers"
    usable = " Avail " if tech == "PJSIP" else " OK ("

    def reachable() -> bool:
        lines = [line for line in dialer.cli(show).splitlines() if usable in line]
        return all(any(name in line for line in lines) for name in ("zya", "zyb"))

    assert came_true(reachable, 15)
    yield dialer
    dialer.sql("DELETE FROM vicidial_server_carriers WHERE carrier_id LIKE 'ZY%'")
    dialer.flag()
    dialer.generate()
