# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the lab ready? Every wait is bounded and says what it waited for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from labkit import podman
from labkit.tools import LAB, LabError, wait_for
from labkit.topology import PHONE, Host

BOOT_SECONDS = 90
PHONE_SECONDS = 60


def marker(pid: int, name: str) -> Path:
    """/run/lab/NAME of a container, seen from outside through its first process: no exec, which costs half a second."""
    return Path(f"/proc/{pid}/root/run/lab/{name}")


def booted(names: Sequence[str], seconds: float = BOOT_SECONDS) -> None:
    """Wait until these containers' start scripts are done; LabError with a script's own words if it failed."""
    pids: dict[str, int] = {}

    def all_ready() -> bool:
        if len(pids) < len(names):
            pids.update({name: entry["pid"] for name, entry in podman.containers().items() if name in names})
        waiting = []
        for name in names:
            pid = pids.get(name, 0)
            if not pid or not Path(f"/proc/{pid}").exists():
                raise LabError(f"{name}: does not run; see `podman logs {name}`")
            failed = marker(pid, "failed")
            if failed.exists():
                raise LabError(f"{name}: {failed.read_text(encoding='utf-8').strip()}")
            if not marker(pid, "ready").exists():
                waiting.append(name)
        return not waiting

    wait_for(", ".join(names), all_ready, seconds, pause=0.1)


def answering(addresses: Sequence[str], asker: Host) -> set[str]:
    """Those of `addresses` that answer a SIP OPTIONS from this container; the host has no way into the networks."""
    done = podman.execute(asker.name, ["/lab/common/options", *addresses], check=False)
    return set(done.stdout.split())


def carriers_answer(carriers: Sequence[Host], asker: Host, seconds: float = 20) -> None:
    """Wait until every carrier answers OPTIONS."""
    addresses = [carrier.address for carrier in carriers]
    wait_for(f"{' and '.join(carrier.name for carrier in carriers)} answering OPTIONS",
             lambda: answering(addresses, asker) == set(addresses), seconds)


def registrations() -> int:
    """At how many dialers the phone is registered now."""
    done = podman.execute(PHONE.name, ["asterisk", "-rx", "pjsip show registrations"], check=False)
    return len(re.findall(r"^ *dialer\d+/.*\bRegistered\b", done.stdout, re.MULTILINE))


def has_standin() -> bool:
    """True when the stand-in for VICIdial is there; without it no generator writes the phone's peer."""
    return (LAB / "standin" / "standin").exists()


def phone_registered(count: int) -> None:
    """Wait until the phone is registered at `count` dialers."""
    if has_standin():
        wait_for(f"{PHONE.name} registered at {count} dialers", lambda: registrations() >= count, PHONE_SECONDS)
