# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads on the screen of ansible-playbook, with a configuration that has nothing of the checkout's."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support.lab.faults import GENERATIONS, full, roomy
from support.lab.machines import DB, DIALERS, ONE, OTHER, sh
from support.lab.playbooks import Playbook, described, playbook, route, site
from support.lab.running import generation, loaded
from support.paths import ROOT
from support.waiting import wait_until

EXTENSIONS = "/etc/asterisk/extensions.conf"


@pytest.fixture
def own_cfg(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who has installed the collection."""
    (tmp_path / "ansible.cfg").write_text(
        f"[defaults]\ninterpreter_python = auto_silent\ncollections_path = {ROOT}/collections\n", encoding="utf-8")
    return {"ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg")}


def lost_line() -> None:
    sh(ONE, f"sed -i '/dialer.trunks/d' {EXTENSIONS}; asterisk -rx 'dialplan reload'")
    wait_until(lambda: not loaded(ONE, "trunks-route-us"), 5, "the contexts to go")


def as_line(printed: Playbook, text: str) -> bool:
    """Whether the text is a line, perhaps after the host's name, and not a part of a line of JSON."""
    return any(line.strip().removeprefix(f"{ONE}: ") == text for line in printed.output.splitlines())


def test_what_a_module_found_on_a_dialer_is_printed_as_lines(restored, own_cfg):
    number = generation(ONE)
    lost_line()
    printed = playbook("playbooks/verify.yml", check=False, environment=own_cfg)
    assert printed.code == 2
    assert as_line(printed, f"generation {number} is not in force as it was written:"), printed.output
    assert as_line(printed, f"the running dialplan holds no generation of this collection, not generation {number}"), printed.output


def test_what_follows_from_a_lost_include_line_is_one_line_of_the_report(restored, own_cfg):
    lost_line()
    printed = playbook("playbooks/drift.yml", check=False, environment=own_cfg)
    assert printed.code == 2
    assert re.search(rf"{EXTENSIONS} does not have this collection's line in its place; nothing that it includes is loaded: \d\d more, as a "
                     "consequence\n", printed.output), printed.output
    assert "steps are loaded" not in printed.output and f"1 difference on {ONE}, and " in printed.output


def test_a_diff_of_two_dialers_is_shown_once_and_that_of_one_is_whole(own_cfg):
    change = {**described(carrier_a={"qualify": {"frequency": 30}}), **route(max_attempts=1)}
    both = playbook("site.yml", "--check", "--diff", variables=change, environment=own_cfg).output
    for line in ("+  qualifyfreq=30", "--- before: /etc/asterisk/trunks/routes/us.conf"):
        assert both.count(line) == 1, both
    assert re.search(rf"\+\+\+ after: trunk carrier_a on {DIALERS[ONE]} \(carrier \S+\); the same on {DIALERS[OTHER]} ", both), both
    assert len(re.findall(f"^({ONE}: the same changes as on {OTHER}|{OTHER}: the same changes as on {ONE})$", both, flags=re.M)) == 1, both
    alone = playbook("site.yml", "--check", "--diff", "--limit", ONE, variables=change, environment=own_cfg).output
    assert "the same" not in alone and alone.count("+  qualifyfreq=30") == 1, alone
    assert alone.count("--- before: /etc/asterisk/trunks/routes/us.conf") == 1, alone


def test_a_run_that_is_rolled_back_prints_one_error_and_at_the_end_what_was_restored(restored, own_cfg):
    printed = playbook("site.yml", "--limit", ONE, variables=described(carrier_a={"host": "198.18.10.99"}), check=False, environment=own_cfg)
    assert printed.code == 2, printed.output
    assert printed.output.count("fatal: ") == 1, printed.output
    cause, restored_ = re.split("TASK .Say what was rolled back", printed.output)
    assert "carrier_a: unreachable at 198.18.10.99:5060 instead of reachable" in " ".join(cause.split()), printed.output
    told = " ".join(restored_.split())
    assert "The files of this dialer: Restored and proven: generation " in told and "Rows in the database: Restored: " in told, printed.output
    assert "fatal" not in told and "failed=1" in told


def test_drift_with_the_database_down_does_not_say_that_the_description_was_changed(own_cfg):
    subprocess.run(["podman", "pause", DB], check=True, capture_output=True)
    try:
        printed = playbook("playbooks/drift.yml", check=False, environment=own_cfg)
    finally:
        subprocess.run(["podman", "unpause", DB], check=True, capture_output=True)
    assert printed.code == 4, printed.output
    assert "cannot reach database asterisk" in printed.output and "calls that fail over would not reach their agents: " in printed.output
    assert "The description was changed" not in printed.output and "No difference; 2 of 2 dialers were compared" in printed.output


def test_a_full_disk_is_named_with_the_path(restored):
    full(GENERATIONS)()
    try:
        run = site("--limit", ONE, extra_vars=route(max_attempts=1))
    finally:
        roomy(GENERATIONS)()
    assert run.rc == 2, run
    # Not always the next one: a rollback keeps those that came after.
    assert re.search(rf"{GENERATIONS}/[0-9]+(/\S+)?: No space left on device", run.said), run
