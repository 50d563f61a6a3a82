# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus and a real node_exporter on loopback, with directories of their own.

The programs come from the Debian packages prometheus and prometheus-node-exporter, which tools/setup installs. Their
services are not used.
"""
from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def program(name: str) -> str:
    """The path of a program that tools/setup has installed."""
    found = shutil.which(name)
    assert found, f"{name} is missing: run tools/setup"
    return found


def promtool(*arguments: object, stdin: IO[str] | None = None) -> str:
    """Run promtool; returns what it prints, and fails with it."""
    done = subprocess.run([program("promtool"), *map(str, arguments)], stdin=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running(*command: object, log: Path) -> Iterator[None]:
    """A program while the block runs; the log gets what it prints."""
    with log.open("w") as output, subprocess.Popen(list(map(str, command)), stdout=output, stderr=output) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def node_exporter(textfiles: Path, log: Path) -> Iterator[int]:
    """A node_exporter with nothing but the textfile collector; yields its port."""
    port = free_port()
    with running(program("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
                 "--collector.textfile", f"--collector.textfile.directory={textfiles}", log=log):
        yield port


@contextmanager
def prometheus(configuration: Path, data: Path, log: Path) -> Iterator[str]:
    """A Prometheus with this configuration and this data; yields its URL. It is not waited for."""
    port = free_port()
    with running(program("prometheus"), f"--config.file={configuration}", f"--storage.tsdb.path={data}",
                 f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", log=log):
        yield f"http://127.0.0.1:{port}"
