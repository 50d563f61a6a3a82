# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the watchdog rolls a change back."""
from __future__ import annotations

import contextlib
import os

from ansible_collections.dialer.trunks.plugins.module_utils._confirm import watchdog

from support.unit.checkpoints import RUN, Watchdog

ENDED = {"pid": os.getpid(), "started": 1}


def watched(waiting, moments, meanwhile=contextlib.nullcontext) -> list[str]:
    """Why the watchdog of this checkpoint rolls it back, whose clock shows these moments, a look each."""
    reasons: list[str] = []
    locks: list[tuple] = []

    def lock(who: str, rollback: bool):
        locks.append((who, rollback))
        return meanwhile()

    waiting.lock = lock
    times = iter(moments)

    def clock() -> float:
        moment, happens = next(times)
        happens()
        return moment

    watchdog.keep_watch(waiting, lambda why: reasons.append(why) or "", clock, lambda seconds: None)
    assert set(locks) == {(RUN["who"], True)}  # whom it holds up is told
    return reasons


def test_the_watchdog_waits_while_a_step_works_and_then_for_the_time_that_it_has(waiting):
    waiting.arm(RUN, 30, Watchdog())      # its step is this process, which lives

    def ends() -> None:
        waiting.write({**waiting.read(), "step": ENDED})

    looks = [(1000, lambda: None), (1050, ends), (1051, lambda: None), (1080.9, lambda: None), (1081, lambda: None)]
    assert watched(waiting, looks) == ["was not confirmed within 30 seconds"]


def test_the_watchdog_begins_anew_with_each_step(waiting):
    waiting.arm(RUN, 30, Watchdog())
    waiting.write({**waiting.read(), "step": ENDED})

    def next_step() -> None:
        waiting.write({**waiting.read(), "deadline": 1})

    looks = [(1000, lambda: None), (1020, next_step), (1021, lambda: None), (1040, lambda: None), (1050, lambda: None),
             (1051, lambda: None)]
    assert watched(waiting, looks) == ["was not confirmed within 30 seconds"]


def test_the_watchdog_rolls_nothing_back_that_is_confirmed_or_goes_on_while_it_waits_for_the_lock(waiting):
    waiting.arm(RUN, 30, Watchdog())
    waiting.write({**waiting.read(), "step": ENDED})
    happens = iter([lambda: waiting.write({**waiting.read(), "deadline": 1}), waiting.end])

    @contextlib.contextmanager
    def lock():
        next(happens)()
        yield

    looks = [(1000, lambda: None), (1030, lambda: None), (1031, lambda: None), (1061, lambda: None)]
    assert watched(waiting, looks, lock) == []
