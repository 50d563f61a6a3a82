# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain Asterisk as Debian installs it, with systemd as process 1, in the network of carrier a."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from support.lab.machines import ONE, execute, sh
from support.lab.playbooks import Run, site
from support.waiting import wait_until

NAME = "trunks-systemd"
PID = f"/run/dialer-trunks-lab/{NAME}.pid"  # for lab/inside
VARIABLES = {
    "ansible_connection": "{{ lookup('ansible.builtin.env', 'LAB_CONNECTION', default='containers.podman.podman') }}",
    "ansible_python_interpreter": "/usr/bin/python3",
    "dialer_mode": "asterisk",
    "dialer_trunks": [{"name": "carrier_a", "host": "198.18.10.10"}],
    "dialer_routes": [{"name": "us", "dial_prefix": "9", "patterns": ["1NXXNXXXXXX"], "trunks": [{"name": "carrier_a"}]}],
    "dialer_health": {"interval": 1},
}
# Debian's examples have extensions that match every number.
PREPARE = ("cd /etc/asterisk; rm extensions.ael extensions.lua; printf '[office]\\ninclude => trunks-outbound\\n' >extensions.conf;"
           " systemctl restart asterisk")


def systemctl(command: str) -> str:
    """What systemctl prints."""
    return sh(NAME, f"systemctl {command}", check=False).strip()


def booted() -> None:
    """Wait until systemd has started everything."""
    wait_until(lambda: systemctl("is-system-running") == "running", 30, "systemd")


@contextmanager
def running() -> Iterator[None]:
    """Start it, and take it away."""
    made = json.loads(execute(["podman", "inspect", ONE]).stdout)[0]
    limits = [f"--ulimit={limit['Name'].removeprefix('RLIMIT_').lower()}={limit['Soft']}:{limit['Hard']}"
              for limit in made["HostConfig"]["Ulimits"]]
    execute(["podman", "--runtime", "runc", "run", "--detach", "--systemd=always", f"--name={NAME}", "--hostname=systemd",
             f"--pidfile={PID}", "--label=dialer.trunks.lab=systemd", "--cap-add=NET_ADMIN,NET_RAW", "--dns=none", *limits,
             "--network=trunks-net-a:ip=198.18.10.90", made["ImageName"], "/lib/systemd/systemd"])
    try:
        booted()
        sh(NAME, PREPARE)
        yield
    finally:
        execute(["podman", "rm", "--force", "--time", "1", NAME])
        Path(PID).unlink(missing_ok=True)


def restart() -> None:
    """What a reboot is to a machine."""
    execute(["podman", "--runtime", "runc", "restart", "--time", "10", NAME])
    booted()


def run(inventory: Path, *arguments: str, **options: Any) -> Run:
    """A playbook on it; ``inventory`` is written."""
    inventory.write_text(yaml.safe_dump({"all": {"children": {"dialers": {"hosts": {NAME: {}}, "vars": VARIABLES}}}}), encoding="utf-8")
    return site(*arguments, inventory=str(inventory), **options)
