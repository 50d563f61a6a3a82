# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of calls share: the lab with one dialer, events, quantiles, how busy the machine was."""
from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "tests/lab"), str(ROOT / "collections")]

import calls  # noqa: E402 - the path must be set first

DIALER = "dialer1"
MAIN_CONF = "/etc/asterisk/extensions.conf"
VICIDIAL_CONF = "/etc/astguiclient.conf"
# What a run that was killed leaves behind.
_RECOVER = rf"""
cd /etc/asterisk
if grep -l '^#include .*-bench' sip.conf extensions.conf; then
    sed -i '/^#include .*-bench/d' sip.conf extensions.conf
    asterisk -rx 'sip reload'; asterisk -rx 'dialplan reload'
fi
if [ -e {VICIDIAL_CONF}.bench ]; then
    mv {VICIDIAL_CONF}.bench {VICIDIAL_CONF}; {calls.HOME}/standin start
fi
"""

# Runs on a dialer: prints the manager's events of these names as lines of JSON, each with the moment of its making.
_WATCH = r"""
import json, socket, sys
names, prefix = sys.argv[1].split(","), sys.argv[2]
link = socket.create_connection(("127.0.0.1", 5038), 5)
stream = link.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
stream.readline()
stream.write("Action: Login\r\nUsername: cron\r\nSecret: 1234\r\nEvents: call,user\r\n\r\n")
stream.flush()
link.settimeout(None)
event = {}
for line in stream:
    line = line.rstrip("\r\n")
    if line:
        name, _, value = line.partition(": ")
        event[name] = value
        continue
    kind = event.get("Event")
    end = event.get("UserEvent") == "WatchEnd"
    if event.get("Message") == "Authentication accepted" or end or (
            kind in names and event.get("Channel", "").startswith(prefix)):
        print(json.dumps(event), flush=True)
    if end:
        break
    event = {}
"""


@contextmanager
def watched(names: Sequence[str], prefix: str) -> Iterator[list[dict[str, str]]]:
    """A list that holds, once the block has ended, the dialer's events of these names on channels that begin so."""
    found: list[dict[str, str]] = []
    watch = subprocess.Popen(
        ["podman", "exec", "-i", f"trunks-{DIALER}", "python3", "-u", "-c", _WATCH, ",".join(names), prefix],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        first = watch.stdout.readline()
        if "accepted" not in first:
            sys.exit(f"the manager of {DIALER} did not let us in: {first}")
        # Read beside the calls: a full pipe would hold the dialer's events back.
        reader = threading.Thread(target=lambda: found.extend(map(json.loads, watch.stdout)))
        reader.start()
        yield found
        calls.sh(DIALER, calls._END)
        reader.join(30)
        found.pop()
    finally:
        watch.terminate()
        watch.communicate()


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed; NaN when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def start_lab() -> None:
    """The lab with one dialer whose generator looks each second."""
    for command in (("up", "--dialers", "1"), ("pace", "1")):
        calls.lab(*command)
    calls.sh(DIALER, _RECOVER)


def provision(**variables: object) -> None:
    """Brings the one dialer to this description."""
    calls.playbook("site.yml", "--limit", f"trunks-{DIALER}", variables={"dialer_prune": True, **variables})


def remove(**variables: object) -> None:
    """Remove everything of this collection from the dialer."""
    calls.playbook("playbooks/remove.yml", "--limit", f"trunks-{DIALER}", variables=variables)


@contextmanager
def plain_asterisk() -> Iterator[None]:
    """The dialer without VICIdial, as dialer_mode asterisk finds it, and as it was once the block has ended."""
    start_lab()
    remove()
    calls.sh(DIALER, f"{calls.HOME}/standin stop; mv {VICIDIAL_CONF} {VICIDIAL_CONF}.bench")
    try:
        yield
    finally:
        remove(dialer_mode="asterisk")
        calls.sh(DIALER, _RECOVER)


@contextmanager
def included(name: str, files: dict[str, str], main: str = MAIN_CONF) -> Iterator[None]:
    """An operator's own files, by their path, loaded while the block runs; the first is included by the main file."""
    first = next(iter(files))
    for path, text in files.items():
        calls.sh(DIALER, f"mkdir -p $(dirname {path}); cat >{path}", stdin=text)
    calls.sh(DIALER, f"echo '#include {first}' >>{main}; asterisk -rx '{name} reload'")
    try:
        yield
    finally:
        calls.sh(DIALER, f"sed -i '\\|^#include {first}$|d' {main}; rm -f {' '.join(files)}")
        calls.cli(DIALER, f"{name} reload")


class Busy:
    """How busy the whole machine was since this was made, as a share of all its processors: others disturb figures."""

    def __init__(self) -> None:
        self.began = self._ticks()

    @staticmethod
    def _ticks() -> tuple[int, int]:
        values = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(values), values[3] + values[4]

    def __str__(self) -> str:
        total, idle = (now - then for now, then in zip(self._ticks(), self.began, strict=True))
        return f"the machine was {100 * (1 - idle / max(total, 1)):.0f} % busy"


def until(moment: float) -> None:
    """Waits for a moment of time.time()."""
    time.sleep(max(0.0, moment - time.time()))


def verdict(sentences: Sequence[tuple[str, bool]]) -> int:
    """Prints the limits and whether they hold; the exit code."""
    for text, holds in sentences:
        print(f"  {'ok  ' if holds else 'OVER'}  {text}")
    return 0 if all(holds for _text, holds in sentences) else 1
