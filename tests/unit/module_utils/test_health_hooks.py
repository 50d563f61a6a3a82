# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks: the queues in files, their order, and a webhook or command that fails, hangs or comes back."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import threading
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import deliveries, hooks
from hypothesis import given
from hypothesis import strategies as st

NOW = 1767225600.5


def numbered(number):
    return hooks.event(NOW, "dialer1", "carrier_a", "suspended", "in service", "unreachable", str(number), "monitor", NOW + 600)


def wait_for(condition, seconds=5):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.005)


class Delivery(object):
    """Records the events that it is given; ``behave(number of the attempt, event)`` may raise or wait."""

    name = "test"

    def __init__(self, behave=lambda number, event: None):
        self.attempts, self.done = [], []
        self.over = threading.Event()
        self._behave = behave

    def send(self, descriptor):
        event = json.loads(os.read(descriptor, 65536))
        self.attempts.append(event["why"])
        self._behave(len(self.attempts), event)
        self.done.append(event["why"])

    def stop(self):
        self.over.set()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(hooks, "_FIRST_PAUSE", 0.005)
    monkeypatch.setattr(hooks, "_LONGEST_PAUSE", 0.02)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "queue"


@contextlib.contextmanager
def running(place, delivery, say=lambda text: None, most=10000):
    queue = hooks.Queue(str(place), delivery, say, most)
    queue.start()
    try:
        yield queue
    finally:
        queue.stop()
        queue.join(5)
        assert not queue._thread.is_alive()


class TestEvent:
    def test_as_documented(self):
        assert numbered("3 bad samples") == {
            "version": 1, "time": NOW, "dialer": "dialer1", "trunk": "carrier_a", "state": "suspended", "before": "in service",
            "asterisk": "unreachable", "why": "3 bad samples", "who": "monitor", "until": NOW + 600}
        keys = {word for word in numbered("x") if f"C({word})" in hooks.__doc__}
        assert keys == set(numbered("x"))

    @given(st.text(max_size=1000))
    def test_texts_are_bounded_and_harmless(self, why):
        found = hooks.event(NOW, *[why] * 7)
        assert found["why"].isprintable() and found["why"][:1] == hooks.safe(why)[:1] and len(found["who"]) <= 500
        assert len(json.dumps(found)) < 65536


class TestQueue:
    def test_files_of_root_in_a_directory_of_root(self, place):
        queue = hooks.Queue(str(place), Delivery(), print)
        assert queue.put(numbered(1)) and queue.put(numbered(2))
        names = sorted(os.listdir(place))
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert {stat.S_IMODE((place / name).stat().st_mode) for name in names} == {0o600}
        assert [json.loads((place / name).read_text()) for name in names] == [numbered(1), numbered(2)]

    def test_sent_in_order_and_removed(self, place):
        delivery = Delivery()
        with running(place, delivery) as queue:
            assert [queue.put(numbered(number)) for number in range(100)] == [True] * 100
            wait_for(lambda: queue.counts()["sent"] == 100)
            assert queue.counts() == {"queued": 0, "sent": 100, "failed": 0, "given_up": 0, "error": ""}
        assert delivery.done == [str(number) for number in range(100)] and os.listdir(place) == []

    def test_a_failed_one_is_tried_again_before_the_next(self, place):
        said = []

        def behave(number, event):
            if number in (1, 2, 4):
                raise deliveries.Failed(f"HTTP 50{number}")
        delivery = Delivery(behave)
        with running(place, delivery, said.append) as queue:
            queue.put(numbered("a"))
            queue.put(numbered("b"))
            wait_for(lambda: queue.counts()["sent"] == 2)
            assert queue.counts()["failed"] == 3 and queue.counts()["error"] == ""
        assert delivery.attempts == ["a", "a", "a", "b", "b"] and delivery.done == ["a", "b"]
        assert said == ["test: HTTP 501; it is tried again", "test: HTTP 504; it is tried again"]

    def test_pauses_grow_up_to_a_limit(self, place, monkeypatch):
        monkeypatch.setattr(hooks, "_FIRST_PAUSE", 1)
        monkeypatch.setattr(hooks, "_LONGEST_PAUSE", 5)
        pauses = []

        def behave(number, event):
            if number < 7:
                raise deliveries.Failed("HTTP 500")
        queue = hooks.Queue(str(place), Delivery(behave), lambda text: None)
        wait = queue._changed.wait
        monkeypatch.setattr(queue._changed, "wait", lambda seconds=None: pauses.append(seconds) or (wait() if seconds is None else None))
        monkeypatch.setattr(queue._changed, "wait_for", lambda test, seconds=None: test() or (pauses.append(seconds) if seconds else test() or wait(0.05)))
        queue.put(numbered(1))
        queue.start()
        wait_for(lambda: queue.counts()["sent"])
        queue.stop()
        queue.join(5)
        assert [pause for pause in pauses if pause and pause >= 1] == [1, 2, 4, 5, 5, 5]

    def test_a_rejected_one_is_given_up(self, place):
        said = []

        def behave(number, event):
            if event["why"] == "bad":
                raise deliveries.Rejected("HTTP 400")
        delivery = Delivery(behave)
        with running(place, delivery, said.append) as queue:
            queue.put(numbered("bad"))
            queue.put(numbered("good"))
            wait_for(lambda: queue.counts()["sent"])
            assert queue.counts() == {"queued": 0, "sent": 1, "failed": 0, "given_up": 1, "error": ""}
        assert delivery.attempts == ["bad", "good"] and said == ["test: an event was given up: HTTP 400"]

    def test_one_that_fails_for_a_day_is_given_up_and_a_younger_one_is_not(self, place, monkeypatch):
        now, real = [NOW], time.time
        monkeypatch.setattr(hooks.time, "time", lambda: now[0])
        delivery = Delivery(lambda number, event: (_ for _ in ()).throw(deliveries.Failed("HTTP 500")))
        with running(place, delivery) as queue:
            queue.put(numbered("old"))
            now[0] += 80000
            queue.put(numbered("young"))
            wait_for(lambda: queue.counts()["failed"] > 3)
            assert queue.counts()["given_up"] == 0
            now[0] = NOW + 86401
            wait_for(lambda: delivery.attempts[-1] == "young")
            assert queue.counts()["given_up"] == 1 and queue.counts()["queued"] == 1
        assert len(os.listdir(place)) == 1 and real() > NOW

    def test_the_oldest_of_too_many_is_given_up(self, place):
        queue = hooks.Queue(str(place), Delivery(), print, most=3)
        assert [queue.put(numbered(number)) for number in range(5)] == [True] * 5
        assert queue.counts()["queued"] == 3 and queue.counts()["given_up"] == 2
        assert [json.loads((place / name).read_text())["why"] for name in sorted(os.listdir(place))] == ["2", "3", "4"]

    def test_too_many_while_the_oldest_is_sent(self, place):
        """It was sent, was counted as given up, and takes no other one with it."""
        free = threading.Event()
        delivery = Delivery(lambda number, event: free.wait(5))
        with running(place, delivery, most=2) as queue:
            queue.put(numbered(0))
            wait_for(lambda: delivery.attempts)
            for number in range(1, 4):
                queue.put(numbered(number))
            free.set()
            wait_for(lambda: queue.counts()["queued"] == 0)
        assert delivery.done == ["0", "2", "3"] and queue.counts()["given_up"] == 2

    def test_the_next_run_sends_what_is_left_and_what_is_new_after_it(self, place, monkeypatch):
        """Also when the clock was set back in between, and a write was cut off by kill -9."""
        monkeypatch.setattr(hooks.time, "time", lambda: NOW)
        before = hooks.Queue(str(place), Delivery(), print)
        for number in range(3):
            before.put(numbered(number))
        (place / "000001767225600500-000000004.json.dialer-trunks.new").write_text("{")
        monkeypatch.setattr(hooks.time, "time", lambda: NOW - 3600)
        delivery = Delivery()
        with running(place, delivery) as queue:
            queue.put(numbered(3))
            wait_for(lambda: queue.counts()["sent"] == 4)
        assert delivery.done == ["0", "1", "2", "3"] and os.listdir(place) == []

    def test_a_clock_that_is_set_back_does_not_change_the_order(self, place, monkeypatch):
        before, delivery = hooks.Queue(str(place), Delivery(), print), Delivery()
        for number, now in enumerate((NOW, NOW - 3600, NOW - 3599, NOW + 1)):
            monkeypatch.setattr(hooks.time, "time", lambda now=now: now)
            before.put(numbered(number))
        with running(place, delivery) as queue:
            wait_for(lambda: queue.counts()["sent"] == 4)
        assert delivery.done == ["0", "1", "2", "3"]

    def test_what_stop_interrupts_is_no_failure(self, place):
        said, delivery = [], Delivery()

        def behave(number, event):
            delivery.over.wait(5)
            raise deliveries.Failed("stopped")
        delivery._behave = behave
        with running(place, delivery, said.append) as queue:
            queue.put(numbered(1))
            wait_for(lambda: delivery.attempts)
        assert said == [] and queue.counts() == {"queued": 1, "sent": 0, "failed": 0, "given_up": 0, "error": ""}

    def test_what_was_not_sent_is_kept_by_stop(self, place):
        delivery = Delivery(lambda number, event: (_ for _ in ()).throw(deliveries.Failed("no")))
        with running(place, delivery) as queue:
            queue.put(numbered(1))
            queue.put(numbered(2))
            wait_for(lambda: delivery.attempts)
        assert len(os.listdir(place)) == 2

    def test_a_removed_file_is_passed_over_and_a_removed_directory_is_created_again(self, place):
        free = threading.Event()
        delivery = Delivery(lambda number, event: free.wait(5))
        with running(place, delivery) as queue:
            for number in range(3):
                queue.put(numbered(number))
            wait_for(lambda: delivery.attempts)
            for name in os.listdir(place):
                (place / name).unlink()
            place.rmdir()
            free.set()
            wait_for(lambda: queue.counts()["queued"] == 0)
            assert queue.counts()["given_up"] == 2
            assert queue.put(numbered(9))
            wait_for(lambda: delivery.done == ["0", "9"])

    @pytest.mark.parametrize("fault", [RuntimeError("can't start new thread"), MemoryError(), OSError(errno.EMFILE, "Too many open files")])
    def test_nothing_ends_the_thread(self, place, fault):
        def behave(number, event):
            if number == 1:
                raise fault
        delivery = Delivery(behave)
        with running(place, delivery) as queue:
            queue.put(numbered(1))
            wait_for(lambda: delivery.done == ["1"])
            assert queue.counts()["given_up"] == 0

    def test_a_full_disk_loses_one_and_says_so(self, place, monkeypatch):
        def full(*_arguments, **_named):
            raise OSError(errno.ENOSPC, "No space left on device")
        with running(place, Delivery()) as queue:
            with monkeypatch.context() as patched:
                patched.setattr(hooks.safe_files, "write_at", full)
                assert not queue.put(numbered(1))
            assert queue.counts()["given_up"] == 1 and queue.put(numbered(2))
            wait_for(lambda: queue.counts()["sent"] == 1)

    def test_an_event_that_is_too_large_is_not_stored(self, place):
        queue = hooks.Queue(str(place), Delivery(), print)
        assert not queue.put({**numbered(1), "why": "x" * 70000}) and queue.counts()["given_up"] == 1 and not place.exists()

    @pytest.mark.parametrize("spoil", [
        lambda place: (place.mkdir(), place.chmod(0o777)), lambda place: place.write_text(""), lambda place: place.symlink_to("/nowhere/at/all")])
    def test_a_directory_that_others_can_change_is_not_used(self, place, spoil):
        spoil(place)
        said = []
        with running(place, Delivery(), said.append) as queue:
            assert not queue.put(numbered(1)) and queue.counts()["queued"] == 0
        assert len(said) == 1 and said[0].startswith("test: the queue cannot be read: ")


class TestHooks:
    def test_without_hooks_nothing_is_stored(self, tmp_path):
        none = hooks.Hooks(str(tmp_path))
        none.start()
        assert none.put(numbered(1)) and none.counts() == {}
        none.stop()
        assert os.listdir(tmp_path) == []

    def test_a_queue_that_cannot_store_does_not_keep_the_other_from_it(self, tmp_path):
        (tmp_path / "webhook").write_text("")
        both = hooks.Hooks(str(tmp_path), "http://127.0.0.1:9/", ["/bin/true"])
        assert not both.put(numbered(1))
        assert {name: (one["queued"], one["given_up"]) for name, one in both.counts().items()} == {"webhook": (0, 1), "command": (1, 0)}

    def test_one_that_hangs_does_not_stop_the_other_and_stop_is_in_time(self, tmp_path):
        script, seen = tmp_path / "hook", tmp_path / "seen"
        script.write_text(f"#!/bin/sh\ncat >> {seen}\necho >> {seen}\n")
        script.chmod(0o755)
        both = hooks.Hooks(str(tmp_path / "state"), "http://127.0.0.1:9/secret", [str(script)])
        asked = threading.Event()
        hanging = threading.Event()
        both._queues["webhook"]._delivery.send = lambda descriptor: asked.set() or hanging.wait(60)     # and does not obey stop()
        both.start()
        for number in range(5):
            assert both.put(numbered(number))
        wait_for(lambda: both.counts()["command"]["sent"] == 5)
        assert asked.wait(5) and both.counts()["webhook"]["queued"] == 5
        began = time.monotonic()
        both.stop()
        assert time.monotonic() - began < 2
        assert [json.loads(line)["why"] for line in seen.read_text().splitlines()] == ["0", "1", "2", "3", "4"]
        assert len(os.listdir(tmp_path / "state" / "webhook")) == 5 and os.listdir(tmp_path / "state" / "command") == []
        hanging.set()
        both._queues["webhook"].join(5)
