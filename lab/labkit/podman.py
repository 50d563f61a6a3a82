# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman, as this lab calls it."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labkit import keys
from labkit.tools import LAB, LabError, run
from labkit.topology import LABEL, Host, Network

# crun wants to raise limits, which hosts without CAP_SYS_RESOURCE refuse; runc takes them as given.
PODMAN = ("podman", "--runtime", "runc")
STOP_SECONDS = "5"  # common/start ends its service within 4
PIDS = Path("/run/dialer-trunks-lab")  # NAME.pid: a container's first process, for lab/inside


def run_podman(arguments: Sequence[str], check: bool = True, timeout: float = 60,
               stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run podman; LabError with podman's own words when it fails and `check` is set."""
    return run([*PODMAN, *arguments], check=check, timeout=timeout, stdin=stdin)


def lines(arguments: Sequence[str]) -> list[str]:
    """podman's output as lines, without empty ones."""
    return [line for line in run_podman(arguments).stdout.splitlines() if line.strip()]


def limits() -> list[str]:
    """--ulimit options no higher than this process's own hard limits, as podman's defaults may be."""
    options = []
    for name, which in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
        hard = resource.getrlimit(which)[1]
        value = 20000 if hard == resource.RLIM_INFINITY else min(hard, 20000)
        options.append(f"--ulimit={name}={value}:{value}")
    return options


def containers() -> dict[str, dict[str, Any]]:
    """The lab's containers: name -> {state, image, pid, labels}.

    podman goes on calling a container running whose monitor was killed with it (a session's end does that): it counts
    as running only while its first process is there.
    """
    done = run_podman(["ps", "--all", "--filter", f"label={LABEL}", "--format", "json"])
    found = json.loads(done.stdout or "[]") or []
    return {entry["Names"][0]: {"state": "dead" if _is_dead(entry) else entry["State"], "image": entry["Image"],
                                "pid": entry.get("Pid", 0), "labels": entry.get("Labels") or {}} for entry in found}


def _is_dead(entry: dict[str, Any]) -> bool:
    return entry["State"] == "running" and not Path(f"/proc/{entry.get('Pid', 0)}/root").exists()


def networks() -> set[str]:
    """Names of all podman networks."""
    return set(lines(["network", "ls", "--format", "{{.Name}}"]))


def create_network(network: Network) -> None:
    """A bridge without a way out: nothing is routed or masqueraded, and the host need not have an address in it."""
    run_podman(["network", "create", "--internal", "--disable-dns", f"--label={LABEL}=1", f"--subnet={network.subnet}",
                network.name])


def mac(address: str) -> str:
    """A locally administered MAC address made of an IPv4 address."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def recipe(host: Host) -> str:
    """Tells containers apart that were started from other files or another checkout.

    The stand-in is used in place, through /lab, and does not count.
    """
    digest = hashlib.sha256(f"{LAB} {PIDS} {host}".encode() + keys.fingerprint(host))
    for folder in ("common", host.role):
        for path in sorted((LAB / folder).rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(LAB)} {path.stat().st_mode}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def start(host: Host, image: str) -> None:
    """Create and start a container of the lab."""
    PIDS.mkdir(exist_ok=True)
    command = ["run", "--detach", f"--name={host.name}", f"--pidfile={PIDS / host.name}.pid",
               f"--hostname={host.name.removeprefix('trunks-')}",
               f"--label={LABEL}={recipe(host)}", f"--stop-timeout={STOP_SECONDS}",
               "--cap-add=NET_ADMIN,NET_RAW", "--dns=none", f"--volume={LAB}:/lab:ro", *limits()]
    command += [f"--volume={path}:{where}:ro" for path, where in keys.files(host)]
    command += [f"--env={name}={value}" for name, value in host.environment]
    # Fixed MAC addresses: after a restart with a new one, the others would send to the old one for most of a minute.
    command += [f"--network={network.name}:ip={address},mac={mac(address)},interface_name={network.interface}"
                for network, address in host.addresses]
    try:
        run_podman([*command, image, "/lab/common/start", host.role])
    except LabError as error:
        raise LabError(f"{host.name}: {error}") from None


def remove(names: Sequence[str]) -> None:
    """Stop and remove containers at once; those that do not exist are no mistake.

    podman refuses to remove a container that ends by itself meanwhile ("container state improper"); asked again, it
    knows that it has ended.
    """
    if not names:
        return
    for last in (False, False, True):
        done = run_podman(["rm", "--force", "--time", "0", "--volumes", "--ignore", *names], timeout=120, check=last)
        if done.returncode == 0:
            return
        time.sleep(1)


def execute(name: str, command: Sequence[str], stdin: str | None = None, check: bool = True,
            timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command in a container."""
    return run_podman(["exec", *(["--interactive"] if stdin is not None else []), name, *command], check=check,
                      stdin=stdin, timeout=timeout)
