# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint of a dialer's files, and the way back to it, against programs that fail on demand."""
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint, files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished

from support.unit.checkpoints import RUN, Watchdog
from support.unit.generation_programs import ABSENT, PEER, ROUTE, applied, on_disk, planned, request, settled

REQUEST = {"run": RUN, "within": 30}
NEW = request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"})


@pytest.fixture
def mine(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(files.cli, "process", lambda: (7, 0, 0))
    return checkpoint.Checkpoint("files", str(tmp_path_factory.mktemp("state") / "dialer-trunks"))


def step(mine, etc, programs, wanted):
    """One step of a run that has to confirm."""
    done = planned(etc, programs, wanted)
    with files.armed(mine, REQUEST, Watchdog(), done.change):
        done.apply()
    return done


def restored(mine, done, programs) -> str:
    return files.restore(done.state.store, programs, mine.read())


def test_two_steps_go_back_to_what_was_before_the_first(etc, programs, mine):
    applied(etc, programs, request())
    before = on_disk(etc)
    step(mine, etc, programs, NEW)
    done = step(mine, etc, programs, ABSENT)
    assert mine.read()["number"] == 1 and mine.read()["kept"] == [1]
    assert restored(mine, done, programs) == "Restored and proven: generation 1."
    assert on_disk(etc) == before and settled(etc, programs, request())
    assert programs.peers()[0]["description"] == "[trunks 1] A" and loaded_checks.running_generation(programs.contexts()) == 1


def test_a_first_installation_goes_back_to_nothing(etc, programs, mine):
    before = on_disk(etc)
    done = step(mine, etc, programs, request())
    assert "state without trunks of this collection" in restored(mine, done, programs)
    assert on_disk(etc) == before and programs.peers() == [] and programs.table() == ""


def test_what_has_been_edited_in_the_meantime_stays_but_for_the_line(etc, programs, mine):
    done = step(mine, etc, programs, request())
    edited = (etc / "extensions.conf").read_text() + "exten => 2,1,NoOp(new)\n"
    (etc / "extensions.conf").write_text(edited)
    restored(mine, done, programs)
    assert (etc / "extensions.conf").read_text() == includes.without_line(edited) != edited


def test_a_former_state_that_the_programs_did_not_hold_is_restored_as_it_was_found(etc, programs, mine):
    applied(etc, programs, request())
    programs.state["table"] = ""
    done = step(mine, etc, programs, NEW)
    programs.deaf["sip"] = 1
    assert "generation 1, as it was found" in restored(mine, done, programs)


def test_a_former_state_that_is_not_taken_is_no_success(etc, programs, mine):
    applied(etc, programs, request())
    done = step(mine, etc, programs, NEW)
    programs.deaf["sip"] = 1
    with pytest.raises(Refused) as refused:
        restored(mine, done, programs)
    assert [(one.kind, one.name) for one in refused.value.findings] == [("peer", "carrier_a")]


def test_asterisk_that_is_stopped_reads_the_former_state_when_it_starts(etc, programs, mine, monkeypatch):
    applied(etc, programs, request())
    done = step(mine, etc, programs, NEW)
    monkeypatch.setattr(files.cli, "process", lambda: None)
    assert "Asterisk does not run" in restored(mine, done, programs) and (etc / "trunks").resolve() == Path(etc / "trunks.d/1").resolve()


def test_a_step_that_is_restored_at_once_needs_no_checkpoint_and_one_that_is_not_keeps_it(etc, programs, mine):
    applied(etc, programs, request())
    programs.deaf["sip"] = 1
    with pytest.raises(Unfinished, match="Restored and proven: generation 1") as failed:
        step(mine, etc, programs, NEW)
    assert failed.value.restored is True and mine.read() is None
    programs.reload = lambda _program: (_ for _ in ()).throw(OSError("Asterisk is gone"))
    with pytest.raises(Unfinished, match="Restoring generation 1 failed, too") as failed:
        step(mine, etc, programs, NEW)
    assert failed.value.restored is False and mine.read()["number"] == 1


def test_a_later_step_that_fails_leaves_the_checkpoint_of_the_first(etc, programs, mine):
    applied(etc, programs, request())
    step(mine, etc, programs, NEW)
    programs.deaf["dialplan"] = 1
    with pytest.raises(Unfinished):
        step(mine, etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    assert mine.read()["number"] == 1
