# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are rolled back: a run ends when the dialers hold them again; a watchdog, which nobody waits for, says when."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.lab.faults import after_rows, both, left_behind, window
from support.lab.machines import DIALERS, ONE, sh, standin
from support.lab.playbooks import described, finish, site, start
from support.lab.running import peer
from support.waiting import wait_until

DEAD = described(carrier_a={"host": "198.18.10.77"})
SETTINGS = "/etc/standin.conf"
PROVE = "Prove that the running Asterisk holds the rows that were rolled back"


@pytest.fixture
def slow_generator() -> Iterator[None]:
    """As with VICIdial, seconds pass from the reset of the flag until Asterisk has read the files."""
    for dialer in DIALERS:
        sh(dialer, f"cp -p {SETTINGS} {SETTINGS}.kept; echo 'generator_pause = 4' >> {SETTINGS}")
    yield
    for dialer in DIALERS:
        sh(dialer, f"mv {SETTINGS}.kept {SETTINGS}")


def addresses() -> list[str]:
    return [peer(dialer, "carrier_a")["Addr->IP"].split(":")[0] for dialer in DIALERS]


def test_a_run_that_is_rolled_back_ends_when_the_dialers_hold_the_former_rows(restored, slow_generator):
    run = site(extra_vars=DEAD)
    assert addresses() == ["198.18.10.10", "198.18.10.10"], run
    assert run.rc != 0 and set(run.failures) == set(DIALERS)
    for dialer in DIALERS:
        assert "Restored: 2 rows of carriers. VICIdial's generator is writing them into its conf files. The running Asterisk holds" \
               " them again." in " ".join(run.failures[dialer].split()), run
    assert left_behind() == []


def test_a_dialer_that_does_not_take_the_restored_rows_is_told(restored):
    """Here Asterisk does not read what VICIdial writes, since the generator's reload has no screen to be typed into."""
    process = start("--limit", ONE, extra_vars=DEAD)
    wait_until(lambda: peer(ONE, "carrier_a").get("Addr->IP", "").startswith("198.18.10.77"), 60, "the dead address")
    sh(ONE, "screen -S asterisk -X sessionname away")
    try:
        run = finish(process)
    finally:
        sh(ONE, "screen -S away -X sessionname asterisk; asterisk -rx 'sip reload'")
    said = " ".join(run.failures[ONE].split())
    assert run.rc != 0 and "Restored: 1 row of carriers." in said, run
    assert "They are not in force yet. After 60 s: peer carrier_a" in said and "screen" in said, said


def test_what_a_watchdog_has_restored_is_said_to_take_up_to_a_minute(restored):
    within = window("vicidial")
    for dialer in DIALERS:
        standin(dialer, "stop generator")
    try:
        changed = described(carrier_a={"qualify": {"frequency": 31}})   # which after_rows waits for
        both(after_rows)(start(extra_vars={**changed, "dialer_confirm_within": within}))
        wait_until(lambda: left_behind() == [], 3 * within, "the watchdog")
    finally:
        for dialer in DIALERS:
            standin(dialer, "start generator")
    run = site()
    assert run.rc == 0 and "Restored: 2 rows of carriers. They are in force once VICIdial has written its conf files" in run.said, run
    assert "up to a minute; on 198.18.0.11, 198.18.0.12 this shows it: asterisk -rx 'sip show peer carrier_a'." in run.said
