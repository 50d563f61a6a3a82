# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: the text, read back by a strict parser; the file; and the HTTP server with clients that are slow or odd."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import stat
import threading
import time
import urllib.request

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import metrics
from hypothesis import given
from hypothesis import strategies as st

TRUNK = {"state": "suspended", "asterisk": "reachable", "latency_ms": 23, "calls": 7, "capacity": 20,
         "attempts": {"answered": 5, "busy or no answer": 3, "number": 1, "trunk": 4}, "pdd": [1, 0, 6, 2], "pdd_ms": 12345,
         "suspensions": 2, "talk_s": 321.5, "cost": 1.25}
SNAPSHOT = {
    "version": "1.2.3", "generation": 12, "pdd_bounds_ms": (250, 1000, 30000),
    "trunks": {"carrier_b": {**TRUNK, "state": "in service", "asterisk": "unmonitored", "latency_ms": None, "capacity": None, "cost": None}, "carrier_a": TRUNK},
    "monitor": {"event_age_s": 0.5, "queues": {"webhook": 2, "command": 0}, "lag_s": 0.01, "ami": True, "lost": 0},
}
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"')


def unescaped(value):
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), value)


def parsed(text):
    """{name: {labels in order: value}}; fails on what the format does not allow."""
    assert text.endswith("\n") and "\r" not in re.sub(r'"(?:[^"\\\n]|\\.)*"', "", text)
    found, family, kind, ended = {}, None, None, set()
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            ended.add(family)
            family = line.split(" ")[2]
            assert family not in ended, "the samples of a metric are in one group"
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == family
            kind = line.split(" ")[3]
            assert kind in ("gauge", "counter", "histogram") and (kind != "counter" or family.endswith("_total"))
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            assert name in ([family] if kind != "histogram" else [family + end for end in ("_bucket", "_sum", "_count")])
            key = tuple((name, unescaped(value)) for name, value in LABEL.findall(labels or ""))
            assert key not in found.setdefault(name, {})
            found[name][key] = float(value)
    return found


class TestRender:
    def test_a_trunk(self):
        found = parsed(metrics.render(SNAPSHOT))
        own = {name: {labels[1:]: value for labels, value in samples.items() if ("trunk", "carrier_a") in labels} for name, samples in found.items()}
        assert {name: samples for name, samples in own.items() if samples} == {
            "dialer_trunks_state": {(("state", "in service"),): 0, (("state", "suspended"),): 1, (("state", "in maintenance"),): 0},
            "dialer_trunks_up": {(): 1}, "dialer_trunks_latency_seconds": {(): 0.023},
            "dialer_trunks_calls_in_use": {(): 7}, "dialer_trunks_calls_capacity": {(): 20},
            "dialer_trunks_attempts_total": {(("result", "answered"),): 5, (("result", "busy or no answer"),): 3, (("result", "number"),): 1,
                                             (("result", "trunk"),): 4, (("result", "cancelled"),): 0},
            "dialer_trunks_pdd_seconds_bucket": {(("le", "0.25"),): 1, (("le", "1.0"),): 1, (("le", "30.0"),): 7, (("le", "+Inf"),): 9},
            "dialer_trunks_pdd_seconds_sum": {(): 12.345}, "dialer_trunks_pdd_seconds_count": {(): 9},
            "dialer_trunks_suspensions_total": {(): 2}, "dialer_trunks_talk_seconds_total": {(): 321.5},
            "dialer_trunks_cost_total": {(): 1.25}}

    def test_the_monitor(self):
        found = parsed(metrics.render(SNAPSHOT))
        assert {name: samples for name, samples in found.items() if not any("trunk" in dict(labels) for labels in samples)} == {
            "dialer_trunks_monitor_last_event_age_seconds": {(): 0.5}, "dialer_trunks_monitor_lag_seconds": {(): 0.01},
            "dialer_trunks_monitor_queue_length": {(("queue", "command"),): 0, (("queue", "webhook"),): 2},
            "dialer_trunks_monitor_ami_connected": {(): 1}, "dialer_trunks_monitor_attempts_lost_total": {(): 0},
            "dialer_trunks_generation": {(): 12}, "dialer_trunks_monitor_info": {(("version", "1.2.3"),): 1}}

    def test_head_of_a_metric(self):
        assert "# HELP dialer_trunks_suspensions_total Suspensions by the monitor.\n# TYPE dialer_trunks_suspensions_total counter\n" \
               'dialer_trunks_suspensions_total{trunk="carrier_a"} 2\ndialer_trunks_suspensions_total{trunk="carrier_b"} 2\n' in metrics.render(SNAPSHOT)

    def test_what_is_not_known_is_left_out(self):
        found = parsed(metrics.render(SNAPSHOT))
        for name in ("up", "latency_seconds", "calls_capacity", "cost_total"):
            assert list(found["dialer_trunks_" + name]) == [(("trunk", "carrier_a"),)]
        assert metrics.render({}) == ""
        bare = parsed(metrics.render({"trunks": {"x": {}}, "monitor": {"ami": False}}))
        assert set(bare) == {"dialer_trunks_state", "dialer_trunks_attempts_total", "dialer_trunks_monitor_ami_connected"}
        assert set(bare["dialer_trunks_state"].values()) == {0} and bare["dialer_trunks_monitor_ami_connected"] == {(): 0}

    @pytest.mark.parametrize("asterisk, up", [("reachable", 1), ("lagged", 0), ("unreachable", 0), ("unknown", None), ("unmonitored", None)])
    def test_up(self, asterisk, up):
        found = parsed(metrics.render({"trunks": {"x": {"asterisk": asterisk}}}))
        assert found.get("dialer_trunks_up") == (None if up is None else {(("trunk", "x"),): up})

    @given(st.dictionaries(st.text(max_size=8), st.integers(0, 10**12), max_size=5), st.text(max_size=20))
    def test_any_label_value_is_read_back(self, counts, version):
        found = parsed(metrics.render({"version": version, "trunks": {name: {"suspensions": count} for name, count in counts.items()}}))
        assert found.get("dialer_trunks_suspensions_total", {}) == {(("trunk", name),): count for name, count in counts.items()}
        assert found["dialer_trunks_monitor_info"] == {(("version", version),): 1}

    @given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
    def test_a_histogram_is_cumulative(self, counts):
        found = parsed(metrics.render({"pdd_bounds_ms": (250, 1000, 30000), "trunks": {"x": {"pdd": counts, "pdd_ms": 0}}}))
        buckets = list(found["dialer_trunks_pdd_seconds_bucket"].values())
        assert buckets == sorted(buckets) and buckets[-1] == sum(counts) == found["dialer_trunks_pdd_seconds_count"][(("trunk", "x"),)]

    @given(st.floats(0, 1e12))
    def test_any_time_is_read_back(self, seconds):
        found = parsed(metrics.render({"trunks": {"x": {"talk_s": seconds}}}))
        assert found["dialer_trunks_talk_seconds_total"] == {(("trunk", "x"),): seconds}


class TestWriteFile:
    def test_written_for_everyone_and_replaced(self, tmp_path):
        path = tmp_path / "dialer_trunks.prom"
        before = os.umask(0o077)
        try:
            metrics.write_file(str(path), "old\n" * 1000)
            with open(path) as reader:
                metrics.write_file(str(path), "new \u00e9\n")
                assert reader.read() == "old\n" * 1000
        finally:
            os.umask(before)
        assert path.read_text(encoding="utf-8") == "new \u00e9\n" and stat.S_IMODE(path.stat().st_mode) == 0o644
        assert os.listdir(tmp_path) == [path.name]

    def test_what_a_killed_run_left_and_a_link_are_replaced(self, tmp_path):
        (tmp_path / "x.prom.new").symlink_to(tmp_path / "other")
        (tmp_path / "x.prom").symlink_to(tmp_path / "other")
        metrics.write_file(str(tmp_path / "x.prom"), "new\n")
        assert os.listdir(tmp_path) == ["x.prom"] and not (tmp_path / "x.prom").is_symlink()

    def test_a_failure_keeps_the_old_one(self, tmp_path, monkeypatch):
        path = tmp_path / "x.prom"
        metrics.write_file(str(path), "old\n")
        monkeypatch.setattr(metrics.os, "fchmod", lambda *_arguments: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError):
            metrics.write_file(str(path), "new\n")
        assert path.read_text() == "old\n" and os.listdir(tmp_path) == ["x.prom"]

    def test_no_directory(self, tmp_path):
        with pytest.raises(OSError):
            metrics.write_file(str(tmp_path / "none" / "x.prom"), "x\n")


@pytest.fixture
def server():
    served = metrics.serve(0, lambda: 'x{y="\u00e9"} 1\n')
    yield served
    served.stop()


def asked(server, request, end=True):
    """The server's whole answer to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        answer = b""
        with contextlib.suppress(OSError):      # the server closes without reading all
            client.sendall(request)
            if end:
                client.shutdown(socket.SHUT_WR)
            while data := client.recv(65536):
                answer += data
        return answer


def got(server):
    return asked(server, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", end=False)


class TestServe:
    def test_scraped(self, server):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
            assert answer.read().decode() == 'x{y="\u00e9"} 1\n'

    def test_on_loopback_only(self, server):
        assert server.socket.getsockname() == ("127.0.0.1", server.port)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", server.port), 1)

    @pytest.mark.parametrize("request_line, status", [
        (b"GET / HTTP/1.1", b"404"), (b"GET /metrics/../etc HTTP/1.1", b"404"), (b"POST /metrics HTTP/1.1", b"405"), (b"HEAD /metrics HTTP/1.1", b"405"),
        (b"GET /metrics", b"400"), (b"\xff\0", b"400"), (b"GET /metrics HTTP/2.0", b"400"), (b"GET  /metrics HTTP/1.1", b"400")])
    def test_nothing_else(self, server, request_line, status):
        answer = asked(server, request_line + b"\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 " + status + b" ") and b'x{y' not in answer

    @pytest.mark.parametrize("request_bytes", [b"", b"GET /metrics HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"])
    def test_an_incomplete_or_a_large_request(self, server, request_bytes):
        assert b"x{y" not in asked(server, request_bytes)
        assert b"200 OK" in got(server)

    def test_a_slow_client_does_not_block_others_and_is_ended_in_time(self, server, monkeypatch):
        monkeypatch.setattr(metrics, "_REQUEST_LIMIT", 0.2)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5)) for _number in range(5)]
            assert b"200 OK" in got(server)
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                while time.monotonic() < began + 3:
                    slow[0].sendall(b"G")   # a byte now and then does not give it more time
                    time.sleep(0.02)
            assert time.monotonic() < began + 2
            for client in slow[1:]:
                assert client.recv(100).startswith(b"HTTP/1.1 400 ")

    def test_threads_are_limited(self, server, monkeypatch):
        monkeypatch.setattr(metrics, "_REQUEST_LIMIT", 30)
        before = threading.active_count()
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5)) for _number in range(40)]
            assert got(server) == b""       # the server has seen all 40 by now
            assert threading.active_count() <= before + 16
            for client in clients:
                client.close()
            limit = time.monotonic() + 5
            while b"200 OK" not in got(server):
                assert time.monotonic() < limit

    def test_a_client_that_does_not_read(self, monkeypatch):
        monkeypatch.setattr(metrics, "_REQUEST_LIMIT", 0.2)
        before = threading.active_count()
        large = metrics.serve(0, lambda: "x 1\n" * 5000000)
        try:
            with socket.create_connection(("127.0.0.1", large.port), 5) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
                limit = time.monotonic() + 5
                while threading.active_count() < before + 2 and time.monotonic() < limit:
                    time.sleep(0.005)
                while threading.active_count() > before + 1:
                    assert time.monotonic() < limit
                    time.sleep(0.01)
        finally:
            large.stop()

    def test_a_failure_to_render_is_one_answer(self):
        def render():
            raise RuntimeError("s3cret")
        with contextlib.ExitStack() as stack:
            broken = metrics.serve(0, render)
            stack.callback(broken.stop)
            for _time in range(2):
                assert got(broken).startswith(b"HTTP/1.1 500 ") and b"s3cret" not in got(broken)

    def test_a_port_in_use(self, server):
        with pytest.raises(OSError):
            metrics.serve(server.port, lambda: "")

    def test_stopped(self):
        one = metrics.serve(0, lambda: "")
        began = time.monotonic()
        one.stop()
        assert time.monotonic() - began < 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", one.port), 1)
