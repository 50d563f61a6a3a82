# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of routes against the loaded dialplan: they pass, or the run fails and what was in force is back."""
from __future__ import annotations

import pytest

from support.lab.machines import ONE, asterisk, changed_file, sh
from support.lab.playbooks import route, site
from support.lab.running import generation, loaded

COMMIT = "Commit the files, or verify that they are in force"
PROVE = "Prove that VICIdial's dialplan leads to the routes"
NUMBER = "913125551212"
TESTS = [{"dial": NUMBER, "reaches": "us"}, {"dial": "9911", "reaches": "none"}]
# The operator adds a line to [default] and does not reload: nobody knows of it before the next reload.
UNRELOADED = "sed -i 's/^\\[default\\]$/&\\nexten => {},1,Hangup()/' /etc/asterisk/extensions.conf"


def run(*arguments, **variables):
    return site("--limit", ONE, *arguments, extra_vars={"dialer_prune": True, **variables})


@pytest.fixture(scope="module", autouse=True)
def described():
    """The lab's own description, before the first of these tests."""
    assert run().rc == 0


@pytest.fixture
def mended():
    """The lab's own description again, after a test that left another."""
    yield
    asterisk(ONE, "dialplan reload")
    assert run().rc == 0


def test_tests_are_asked_of_the_loaded_dialplan():
    check = run("--check", **route(tests=TESTS))
    assert any("route tests: 913125551212, 9911" in line for line in check.results(COMMIT)[ONE]["deferred"])
    made = run(**route(tests=TESTS))
    assert made.rc == 0, made
    assert made.results(COMMIT)[ONE]["tests"] == [
        {"dial": NUMBER, "reaches": "us", "passed": True,
         "found": {"context": "vicidial-auto-external", "pattern": "_91NXXNXXXXXX", "route": "us"}},
        {"dial": "9911", "reaches": None, "passed": True, "found": None},
    ]
    assert made.changes == []


def test_a_wrong_test_is_a_mistake_of_the_description():
    failed = run(**route(tests=[{"dial": NUMBER, "reaches": "none"}]))
    assert failed.rc != 0 and failed.changes == []
    assert "dialer_routes[0].tests[0].reaches: '913125551212' reaches route 'us'" in failed.said


def test_a_pattern_that_comes_with_the_reload_brings_the_old_generation_back(mended):
    number = generation(ONE)
    with changed_file(ONE, "/etc/asterisk/extensions.conf", UNRELOADED.format("_91312555XXXX")):
        failed = run(dialer_rtp={"start": 10000, "end": 19998}, **route(tests=TESTS, max_attempts=1))
    assert failed.rc != 0
    assert ("913125551212 should reach route us, but it matches _91312555XXXX of context default, "
            "which leads to no route of this collection") in failed.said
    assert f"Restored and proven: generation {number}." in failed.said
    assert generation(ONE) == number


def test_a_new_routes_test_fails_before_its_row_is_written(mended):
    number = generation(ONE)
    new = {"name": "world", "dial_prefix": "8", "patterns": ["011."], "trunks": [{"name": "carrier_a"}],
           "tests": [{"dial": "801144", "reaches": "world"}]}
    routes = route()["dialer_routes"] + [new]
    with changed_file(ONE, "/etc/asterisk/extensions.conf", UNRELOADED.format("_8011XX")):
        failed = run(dialer_routes=routes)
    assert failed.rc != 0
    assert "801144 should reach route world, but it matches _8011XX of context default" in failed.said
    assert f"Restored and proven: generation {number}." in failed.said
    assert not loaded(ONE, "trunks-route-world") and "trunks-route-world" not in asterisk(ONE, "dialplan show vicidial-auto-external")


def test_a_route_that_is_left_over_hurts_a_test_and_nothing_is_touched(mended):
    old = {"name": "old", "dial_prefix": "6", "patterns": ["011."], "trunks": [{"name": "carrier_a"}]}
    made = run(dialer_routes=route()["dialer_routes"] + [old])
    assert made.rc == 0, made
    number = generation(ONE)
    left = run(**route(tests=[{"dial": "601144", "reaches": "none"}]), dialer_prune=False)
    assert left.rc != 0
    assert "601144 should reach no route, but it matches _6011. of context vicidial-auto-external, which leads to route old" in left.said
    assert "This step touched nothing" in left.said and generation(ONE) == number
    pruned = run(**route(tests=[{"dial": "601144", "reaches": "none"}]))
    assert pruned.rc == 0, pruned


def test_an_unchanged_dialer_is_asked_as_well(mended):
    assert run(**route(tests=TESTS)).rc == 0
    with changed_file(ONE, "/etc/asterisk/extensions.conf", "sed -i 's/^include => vicidial-auto$/;&/' /etc/asterisk/extensions.conf"):
        sh(ONE, "asterisk -rx 'dialplan reload'")
        failed = run(**route(tests=TESTS))
    assert failed.rc != 0
    assert "913125551212 should reach route us, but no extension matches it in context default" in failed.said
