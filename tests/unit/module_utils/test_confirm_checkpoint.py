# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints, and whose run they are."""
from __future__ import annotations

import os
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint, rows
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store

from support.unit.checkpoints import RUN, Watchdog


def test_a_running_run_is_not_disturbed_and_a_dead_one_is_rolled_back(waiting):
    waiting.arm(RUN, 30, Watchdog())
    other = {"run": {"id": "2"}}
    with pytest.raises(checkpoint.Unconfirmed, match=r"root@controller .*Nothing was touched.*state=rolled_back force=true"):
        checkpoint.settle(waiting, other, lambda why: pytest.fail("rolled_back"))
    assert checkpoint.settle(waiting, {"run": RUN}, lambda why: pytest.fail("rolled_back")) == []

    def rollback(why: str) -> str:
        waiting.end(why, "Restored.")
        return "Restored."

    said = checkpoint.settle(waiting, {**other, "gone": "1"}, rollback)
    assert said[0].endswith("was cut short before it confirmed its change; that was rolled back first. Restored.")
    assert waiting.read() is None and waiting.note() is None


def test_confirmed_too_late(waiting):
    waiting.arm(RUN, 30, Watchdog())
    waiting.end("was not confirmed within 30 seconds", "Restored: 1 row of carriers.")
    with pytest.raises(checkpoint.RolledBack, match="was not confirmed within 30 seconds. Restored: 1 row"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None)
    with pytest.raises(checkpoint.RolledBack, match="was not confirmed within 30 seconds. Restored: 1 row"):
        checkpoint.close(waiting, {"run": RUN}, "extended", None)
    assert checkpoint.close(waiting, {"run": RUN}, "rolled_back", None)[0] is False
    assert checkpoint.close(waiting, {"run": RUN}, "confirmed", None) == (False, checkpoint.NOTHING)


def test_a_run_that_was_rolled_back_is_told_so_also_after_another_one_was(waiting, monkeypatch):
    """It may only have been stopped; then it must not think that what it did is in force."""
    waiting.arm(RUN, 30, Watchdog())
    waiting.end("was not confirmed within 30 seconds", "Restored.")
    other = {"run": {"id": "2"}}
    assert "was not confirmed within 30 seconds. Restored." in checkpoint.settle(waiting, other, None)[0]
    assert checkpoint.settle(waiting, other, None) == []
    with pytest.raises(checkpoint.RolledBack, match="was not confirmed within 30 seconds"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None)
    later = time.time() + checkpoint.REMEMBERED + 1
    monkeypatch.setattr(checkpoint.time, "time", lambda: later)
    assert checkpoint.settle(waiting, other, None) == [] and not os.path.exists(waiting.root)


def test_once_confirmed_there_is_no_way_back_whatever_happens_then(waiting):
    """What it takes to go back is cleaned away after the record, and by the next confirmation where one was killed."""
    waiting.arm(RUN, 30, Watchdog())
    did = []

    def killed() -> None:
        assert waiting.read() is None
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None, lambda: did.append(waiting.read()["within"]), killed)
    assert checkpoint.close(waiting, {"run": RUN}, "confirmed", None, clean=lambda: did.append("clean")) == (False, checkpoint.NOTHING)
    assert did == [30, "clean"]


def test_the_time_to_confirm_can_be_extended(waiting):
    waiting.arm(RUN, 30, Watchdog())
    waiting.write({**waiting.read(), "deadline": 1})
    changed, said = checkpoint.close(waiting, {"run": RUN}, "extended", None)
    assert not changed and said.startswith("extended: it must be confirmed before ") and waiting.read()["deadline"] > time.time() + 20
    assert checkpoint.close(waiting, {"run": {"id": "2"}}, "extended", None) == (False, checkpoint.NOTHING)


def test_a_directory_of_checkpoints_that_others_can_change_is_not_believed(waiting):
    os.mkdir(waiting.root)
    os.chown(waiting.root, 65534, 0)
    for use in waiting.read, waiting.note, lambda: waiting.write({}):
        with pytest.raises(store.Foreign, match="can be changed by others than root"):
            use()


def test_a_step_is_held_to_the_checkpoint_of_its_own_run(waiting):
    """Another run may have begun since this one looked; and this one's earlier steps may have been rolled back meanwhile."""
    assert waiting.own({"id": "2"}) is None
    waiting.arm(RUN, 30, Watchdog(), entries=[])
    assert waiting.own(RUN)["entries"] == []
    journal = rows.Journal(waiting, {"run": {"id": "2"}, "within": 30}, Watchdog(), {})
    for step in (lambda: waiting.arm({"id": "2"}, 30, Watchdog()), journal.extend, lambda: journal.campaigns([])):
        with pytest.raises(checkpoint.Unconfirmed, match=r"root@controller .*dialer.trunks.vicidial_carriers -a"):
            step()
    assert waiting.read()["run"] == RUN
    waiting.end("was not confirmed within 30 seconds", "Restored.")
    for step in (lambda: waiting.arm(RUN, 30, Watchdog()), lambda: checkpoint.settle(waiting, {"run": RUN}, None)):
        with pytest.raises(checkpoint.RolledBack, match="was not confirmed within 30 seconds. Restored"):
            step()


def test_whoever_rolls_another_run_back_leaves_it_a_note(waiting):
    waiting.arm(RUN, 30, Watchdog())

    def rollback(why: str) -> str:
        waiting.end(why, "Restored.")
        return "Restored."

    assert checkpoint.close(waiting, {"run": {"id": "2"}, "force": True, "why": "was stopped"}, "rolled_back", rollback) == (True, "Restored.")
    with pytest.raises(checkpoint.RolledBack, match="was stopped. Restored"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", rollback)
