# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of calls share: the path to tests/support, the lab with one dialer, quantiles, how busy the
machine was."""
from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "collections")]

from support.lab.machines import HOME, ONE, asterisk, lab, pace, sh  # noqa: E402 - the path must be set first
from support.lab.playbooks import playbook  # noqa: E402

DIALER = ONE
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
    mv {VICIDIAL_CONF}.bench {VICIDIAL_CONF}; {HOME}/standin start
fi
"""


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed; NaN when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def start_lab() -> None:
    """The lab with one dialer whose generator looks each second."""
    lab("up", "--dialers", "1")
    pace()
    sh(DIALER, _RECOVER)


def provision(**variables: object) -> None:
    """Brings the one dialer to this description."""
    playbook("site.yml", "--limit", DIALER, variables={"dialer_prune": True, **variables})


def remove(**variables: object) -> None:
    """Takes everything of ours off the one dialer again."""
    playbook("playbooks/remove.yml", "--limit", DIALER, variables=variables)


@contextmanager
def plain_asterisk() -> Iterator[None]:
    """The dialer without VICIdial, as dialer_mode asterisk finds it, and as it was once the block has ended."""
    start_lab()
    remove()
    sh(DIALER, f"{HOME}/standin stop; mv {VICIDIAL_CONF} {VICIDIAL_CONF}.bench")
    try:
        yield
    finally:
        remove(dialer_mode="asterisk")
        sh(DIALER, _RECOVER)


@contextmanager
def included(name: str, files: dict[str, str], main: str = MAIN_CONF) -> Iterator[None]:
    """An operator's own files, by their path, loaded while the block runs; the first is included by the main file."""
    first = next(iter(files))
    for path, text in files.items():
        sh(DIALER, f"mkdir -p $(dirname {path}); cat >{path}", stdin=text)
    sh(DIALER, f"echo '#include {first}' >>{main}; asterisk -rx '{name} reload'")
    try:
        yield
    finally:
        sh(DIALER, f"sed -i '\\|^#include {first}$|d' {main}; rm -f {' '.join(files)}")
        asterisk(DIALER, f"{name} reload")


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
