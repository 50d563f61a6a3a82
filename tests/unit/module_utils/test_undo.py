# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: records, whose run they are, and which rows go back."""
from __future__ import annotations

import contextlib
import os
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint, rows, watchdog
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import run_identity

RUN = {"id": "1", "who": "root@controller", "pid": 7}


class Keeper:
    """A guard that is only told about."""

    def __init__(self) -> None:
        self.identity = checkpoint.process(os.getpid())
        self.armed = False

    def arm(self) -> None:
        self.armed = True


@pytest.fixture
def waiting(tmp_path):
    return checkpoint.Pending("rows", str(tmp_path / "state"))


def row(name: str, **columns: str) -> dict[str, str]:
    return {**dict.fromkeys(table.COLUMNS, ""), "carrier_id": name, "server_ip": "198.18.0.11",
            "carrier_description": f"[dialer.trunks {name}@198.18.0.11 {name}]", **columns}


def test_a_record_is_roots_and_goes_without_a_trace(waiting, tmp_path):
    keeper = Keeper()
    waiting.arm(RUN, 30, keeper, entries=[])
    assert keeper.armed
    assert os.stat(waiting.path).st_mode & 0o777 == 0o600 and os.stat(waiting.root).st_mode & 0o777 == 0o700
    assert waiting.read()["entries"] == [] and waiting.read()["within"] == 30
    waiting.end()
    assert list(tmp_path.iterdir()) == []


def test_a_living_run_is_not_disturbed_and_a_dead_one_is_undone(waiting):
    waiting.arm(RUN, 30, Keeper())
    other = {"run": {"id": "2"}}
    with pytest.raises(checkpoint.Held, match=r"root@controller .*Nothing was touched.*state=undone whose=any"):
        checkpoint.settle(waiting, other, lambda why: pytest.fail("undone"))
    assert checkpoint.settle(waiting, {"run": RUN}, lambda why: pytest.fail("undone")) == []

    def undo(why: str) -> str:
        waiting.end(why, "Restored.")
        return "Restored."

    said = checkpoint.settle(waiting, {**other, "gone": "1"}, undo)
    assert said[0].endswith("was cut short before it confirmed its change; that was undone first. Restored.")
    assert waiting.read() is None and waiting.note() is None


def test_confirmed_too_late(waiting):
    waiting.arm(RUN, 30, Keeper())
    waiting.end("was not confirmed within 30 seconds", "Restored: 1 row of carriers.")
    with pytest.raises(checkpoint.Undone, match="was not confirmed within 30 seconds. Restored: 1 row"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None)
    with pytest.raises(checkpoint.Undone, match="was not confirmed within 30 seconds. Restored: 1 row"):
        checkpoint.close(waiting, {"run": RUN}, "renewed", None)
    assert checkpoint.close(waiting, {"run": RUN}, "undone", None)[0] is False
    assert checkpoint.close(waiting, {"run": RUN}, "confirmed", None) == (False, checkpoint.NOTHING)


def test_a_run_that_was_undone_is_told_so_also_after_another_one_was(waiting, monkeypatch):
    """It may only have slept; then it must not think that what it did is in force."""
    waiting.arm(RUN, 30, Keeper())
    waiting.end("was not confirmed within 30 seconds", "Restored.")
    other = {"run": {"id": "2"}}
    assert "was not confirmed within 30 seconds. Restored." in checkpoint.settle(waiting, other, None)[0]
    assert checkpoint.settle(waiting, other, None) == []
    with pytest.raises(checkpoint.Undone, match="was not confirmed within 30 seconds"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None)
    later = time.time() + checkpoint.REMEMBERED + 1
    monkeypatch.setattr(checkpoint.time, "time", lambda: later)
    assert checkpoint.settle(waiting, other, None) == [] and not os.path.exists(waiting.root)


def test_once_confirmed_there_is_no_way_back_whatever_happens_then(waiting):
    """What it takes to go back is cleaned away after the record, and by the next confirmation where one was killed."""
    waiting.arm(RUN, 30, Keeper())
    did = []

    def killed() -> None:
        assert waiting.read() is None
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", None, lambda: did.append(waiting.read()["within"]), killed)
    assert checkpoint.close(waiting, {"run": RUN}, "confirmed", None, clean=lambda: did.append("clean")) == (False, checkpoint.NOTHING)
    assert did == [30, "clean"]


def test_what_waits_can_be_given_more_time(waiting):
    waiting.arm(RUN, 30, Keeper())
    waiting.write({**waiting.read(), "deadline": 1})
    changed, said = checkpoint.close(waiting, {"run": RUN}, "renewed", None)
    assert not changed and said.startswith("waits to be confirmed, until ") and waiting.read()["deadline"] > time.time() + 20
    assert checkpoint.close(waiting, {"run": {"id": "2"}}, "renewed", None) == (False, checkpoint.NOTHING)


ENDED = {"pid": os.getpid(), "started": 1}


def guarded(waiting, moments, meanwhile=contextlib.nullcontext) -> list[str]:
    """What the guard of this record undoes, whose clock shows these moments, a look each."""
    undone: list[str] = []
    times = iter(moments)

    def clock() -> float:
        moment, happens = next(times)
        happens()
        return moment

    watchdog.keep(waiting, lambda why: undone.append(why) or "", meanwhile, clock, lambda seconds: None)
    return undone


def test_the_guard_waits_while_a_step_works_and_then_for_the_time_that_it_has(waiting):
    waiting.arm(RUN, 30, Keeper())      # its step is this process, which lives

    def ends() -> None:
        waiting.write({**waiting.read(), "step": ENDED})

    looks = [(1000, lambda: None), (1050, ends), (1051, lambda: None), (1080.9, lambda: None), (1081, lambda: None)]
    assert guarded(waiting, looks) == ["was not confirmed within 30 seconds"]


def test_the_guard_begins_anew_with_each_step(waiting):
    waiting.arm(RUN, 30, Keeper())
    waiting.write({**waiting.read(), "step": ENDED})

    def next_step() -> None:
        waiting.write({**waiting.read(), "deadline": 1})

    looks = [(1000, lambda: None), (1020, next_step), (1021, lambda: None), (1040, lambda: None), (1050, lambda: None),
             (1051, lambda: None)]
    assert guarded(waiting, looks) == ["was not confirmed within 30 seconds"]


def test_the_guard_undoes_nothing_that_is_confirmed_or_goes_on_while_it_waits_for_the_lock(waiting):
    waiting.arm(RUN, 30, Keeper())
    waiting.write({**waiting.read(), "step": ENDED})
    happens = iter([lambda: waiting.write({**waiting.read(), "deadline": 1}), waiting.end])

    @contextlib.contextmanager
    def lock():
        next(happens)()
        yield

    looks = [(1000, lambda: None), (1030, lambda: None), (1031, lambda: None), (1061, lambda: None)]
    assert guarded(waiting, looks, lock) == []


@pytest.mark.parametrize("old, new, now, back", [
    (row("a", active="Y"), row("a", active="N"), row("a", active="N"), row("a", active="Y")),
    (row("a", active="Y"), row("a", active="N"), row("a", active="Y"), "as it is"),      # not written yet
    (row("a", active="Y"), row("a", active="N"), row("a", active="Z"), "edited"),
    (None, row("a"), row("a"), None),
    (None, row("a"), None, "as it is"),
    (None, row("a"), row("a", active="Z"), "edited"),
    (row("a"), None, None, row("a")),
    (row("a"), None, row("a"), "as it is"),
])
def test_which_rows_go_back(old, new, now, back):
    changes, edited = rows.plan([(old, new)], {"a": now} if now else {})
    if isinstance(back, str):
        assert changes == [] and edited == (["a"] if back == "edited" else [])
    else:
        assert [(change.old, change.new) for change in changes] == [(now, back)] and edited == []


def test_a_row_that_was_written_twice_goes_all_the_way_back():
    first, second, third = (row("a", active=value) for value in "123")
    changes, edited = rows.plan([(first, second), (second, third)], {"a": third})
    assert [change.new for change in changes] == [first] and edited == []


def test_a_run_is_known_again_and_known_to_have_ended():
    mine = run_identity.describe(os.getpid())
    assert mine == run_identity.describe(os.getpid()) and "@" in mine["who"]
    assert not run_identity.has_ended(mine)
    assert run_identity.has_ended({**mine, "began": "Thu Jan 1 00:00:00 1970"})
    assert not run_identity.has_ended({**mine, "place": "another", "began": ""})


def test_a_step_of_the_clock_does_not_make_two_runs_of_one(tmp_path, monkeypatch):
    """ps adds the ticks since the boot to the boot's time by the clock of now: setting the clock moves what it says."""
    ps = tmp_path / "ps"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def seen(clock: str) -> dict:
        ps.write_text(f"#!/bin/sh\necho '{clock}'\n")
        ps.chmod(0o755)
        return run_identity.describe(os.getpid())

    first = seen("Sun Nov 29 19:00:00 2026")
    assert seen("Sun Nov 29 20:00:01 2026") == first
    assert not run_identity.has_ended(first)


def test_a_run_is_its_boot_its_container_its_number_and_its_ticks(tmp_path, monkeypatch):
    monkeypatch.setattr(run_identity, "PROC", tmp_path)
    for path in ("sys/kernel/random", "self/ns", "7"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "self/stat").write_text("")
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")

    def seen(boot: str = "b-1", ticks: int = 500, name: str = "ansible-playbook", state: str = "S") -> dict:
        (tmp_path / "sys/kernel/random/boot_id").write_text(boot + "\n")
        (tmp_path / "7/stat").write_text(f"7 ({name}) {state} " + "0 " * 18 + f"{ticks} 0\n")
        return run_identity.describe(7)

    mine = seen()
    assert mine["began"] == "500" and seen(name="a) S 1 (b") == mine
    assert len({mine["id"], seen("b-2")["id"], seen(ticks=501)["id"]}) == 3
    seen()
    assert not run_identity.has_ended(mine)
    seen(state="Z")
    assert run_identity.has_ended(mine)
    seen(ticks=501)
    assert run_identity.has_ended(mine)  # another process by its number
    seen("b-2")
    assert not run_identity.has_ended(mine)  # another machine, as far as anybody knows


def test_another_system_than_linux_is_asked_by_ps_and_sysctl(tmp_path, monkeypatch):
    monkeypatch.setattr(run_identity, "PROC", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, said in (("ps", "Sun Nov  29 19:00:00 2026"), ("sysctl", "5F0C-1")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (tmp_path / name).chmod(0o755)
    mine = run_identity.describe(os.getpid())
    assert mine["began"] == "Sun Nov 29 19:00:00 2026" and not run_identity.has_ended(mine)
    monkeypatch.setattr(run_identity.socket, "gethostname", lambda: "another-network")
    assert run_identity.describe(os.getpid())["id"] == mine["id"]
    (tmp_path / "ps").unlink()
    (tmp_path / "sysctl").unlink()
    assert run_identity.describe(os.getpid())["began"] == "unknown"


def test_a_directory_of_records_that_others_can_change_is_not_believed(waiting):
    os.mkdir(waiting.root)
    os.chown(waiting.root, 65534, 0)
    for use in waiting.read, waiting.note, lambda: waiting.write({}):
        with pytest.raises(store.Foreign, match="can be changed by others than root"):
            use()


def test_a_step_is_held_to_the_record_of_its_own_run(waiting):
    """Another run may have begun since this one looked; and this one's earlier steps may have been undone meanwhile."""
    assert waiting.own({"id": "2"}) is None
    waiting.arm(RUN, 30, Keeper(), entries=[])
    assert waiting.own(RUN)["entries"] == []
    journal = rows.Journal(waiting, {"run": {"id": "2"}, "within": 30}, Keeper(), {})
    for step in (lambda: waiting.arm({"id": "2"}, 30, Keeper()), journal.extend, lambda: journal.campaigns([])):
        with pytest.raises(checkpoint.Held, match=r"root@controller .*dialer.trunks.vicidial_carriers -a"):
            step()
    assert waiting.read()["run"] == RUN
    waiting.end("was not confirmed within 30 seconds", "Restored.")
    for step in (lambda: waiting.arm(RUN, 30, Keeper()), lambda: checkpoint.settle(waiting, {"run": RUN}, None)):
        with pytest.raises(checkpoint.Undone, match="was not confirmed within 30 seconds. Restored"):
            step()


def test_whoever_undoes_another_run_leaves_it_a_note(waiting):
    waiting.arm(RUN, 30, Keeper())

    def undo(why: str) -> str:
        waiting.end(why, "Restored.")
        return "Restored."

    assert checkpoint.close(waiting, {"run": {"id": "2"}, "any": True, "why": "was stopped"}, "undone", undo) == (True, "Restored.")
    with pytest.raises(checkpoint.Undone, match="was stopped. Restored"):
        checkpoint.close(waiting, {"run": RUN}, "confirmed", undo)
