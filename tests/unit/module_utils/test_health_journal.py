# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of state changes: its lines, its rotation, and what it does not write to."""

from __future__ import annotations

import errno
import os
import stat
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import journal
from hypothesis import given
from hypothesis import strategies as st

EVENT = {"version": 1, "time": 1767225600.7, "dialer": "dialer1", "trunk": "carrier_a", "state": "suspended", "before": "in service",
         "asterisk": "unreachable", "why": "3 bad samples in a row", "who": "monitor", "until": None}
LINE = "2026-01-01T01:00:00+01:00 carrier_a: in service -> suspended; Asterisk: unreachable; why: 3 bad samples in a row; who: monitor"


@pytest.fixture(autouse=True)
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "monitor.log"


class TestLine:
    def test_of_a_suspension(self):
        assert journal.line(EVENT) == LINE

    def test_of_maintenance_with_an_end_in_summer(self):
        event = {**EVENT, "state": "in maintenance", "who": "anna@deploy", "until": 1782864000.0}
        assert journal.line(event) == LINE.replace("-> suspended", "-> in maintenance").replace("monitor", "anna@deploy") + "; until: 2026-07-01T02:00:00+02:00"

    @given(st.text(), st.text())
    def test_control_characters_never_get_in(self, why, who):
        line = journal.line({**EVENT, "why": why, "who": who})
        assert line.isprintable() and line.startswith(LINE[:LINE.index("3 bad")])
        line.encode("utf-8")

    def test_a_long_text_is_cut(self):
        assert len(journal.line({**EVENT, "why": "x" * 100000})) < 700


class TestWrite:
    def test_a_line_for_each_event(self, path):
        log = journal.Journal(str(path))
        assert log.write(EVENT) and log.write({**EVENT, "why": "forged\n2026-01-01 carrier_b: x"})
        assert path.read_text() == LINE + "\n" + LINE.replace("3 bad samples in a row", r"forged\n2026-01-01 carrier_b: x") + "\n"

    def test_the_mode_does_not_depend_on_the_umask(self, path):
        before = os.umask(0o077)
        try:
            assert journal.Journal(str(path)).write(EVENT)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_rotated_at_its_size_and_five_are_kept(self, path):
        log = journal.Journal(str(path), largest=3 * (len(LINE) + 4))
        for number in range(100, 124):
            assert log.write({**EVENT, "trunk": f"carrier_a{number}"})
        names = ["monitor.log", *(f"monitor.log.{number}" for number in range(1, 6))]
        assert sorted(os.listdir(path.parent)) == names
        found = [[int(line.split("carrier_a")[1][:3]) for line in (path.parent / name).read_text().splitlines()] for name in names]
        assert found == [[121, 122, 123], [118, 119, 120], [115, 116, 117], [112, 113, 114], [109, 110, 111], [106, 107, 108]]

    def test_the_size_is_5_mb_and_the_rotated_file_keeps_its_mode(self, path):
        path.write_bytes(b"x" * (5 * 1024 * 1024 - len(LINE) - 1))
        assert journal.Journal(str(path)).write(EVENT) and os.listdir(path.parent) == ["monitor.log"]
        assert journal.Journal(str(path)).write(EVENT)
        assert path.read_text() == LINE + "\n" and (path.parent / "monitor.log.1").stat().st_size == 5 * 1024 * 1024
        assert stat.S_IMODE((path.parent / "monitor.log.1").stat().st_mode) == 0o640

    def test_a_symbolic_link_is_refused(self, path, tmp_path):
        (tmp_path / "other").write_text("kept")
        path.symlink_to(tmp_path / "other")
        assert not journal.Journal(str(path)).write(EVENT)
        assert (tmp_path / "other").read_text() == "kept" and path.is_symlink()

    def test_a_hard_link_is_refused(self, path, tmp_path):
        (tmp_path / "other").write_text("kept")
        os.link(tmp_path / "other", path)
        assert not journal.Journal(str(path)).write(EVENT) and (tmp_path / "other").read_text() == "kept"

    @pytest.mark.parametrize("create", [os.mkfifo, os.mkdir, lambda path: os.symlink("nowhere", path)])
    def test_what_is_not_a_file_is_refused_at_once(self, path, create):
        create(path)
        assert not journal.Journal(str(path), largest=1).write(EVENT)
        assert os.listdir(path.parent) == ["monitor.log"]

    def test_a_fifo_with_a_reader_is_refused(self, path):
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert not journal.Journal(str(path)).write(EVENT) and os.read(reader, 100) == b""
        finally:
            os.close(reader)

    def test_a_removed_directory_and_one_that_is_back(self, tmp_path):
        log = journal.Journal(str(tmp_path / "log" / "monitor.log"))
        assert not log.write(EVENT)
        (tmp_path / "log").mkdir()
        assert log.write(EVENT)

    def test_a_full_disk_leaves_no_half_of_a_line(self, path, monkeypatch):
        log, write = journal.Journal(str(path)), os.write
        assert log.write(EVENT)
        with monkeypatch.context() as patched:
            patched.setattr(journal.os, "write", lambda descriptor, data: write(descriptor, data[:20]))
            assert not log.write(EVENT)
            patched.setattr(journal.os, "write", lambda *_arguments: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
            assert not log.write(EVENT)
        assert log.write(EVENT) and path.read_text() == 2 * (LINE + "\n")

    def test_no_descriptor_stays_open(self, path):
        before = len(os.listdir("/proc/self/fd"))
        for _time in range(10):
            journal.Journal(str(path)).write(EVENT)
            journal.Journal(str(path.parent / "none" / "x")).write(EVENT)
        assert len(os.listdir("/proc/self/fd")) == before
