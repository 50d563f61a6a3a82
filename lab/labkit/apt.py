# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's own apt: which mirror it uses, and installing what the lab needs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labkit.tools import LabError, run, say

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# program -> the Debian package that brings it
PROGRAMS = {
    "podman": "podman",
    "runc": "runc",
    "iptables": "iptables",
    "nft": "nftables",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "openssl": "openssl",
    "/usr/lib/podman/netavark": "netavark",
    str(KEYRING): "debian-archive-keyring",
}
# Suites by which Debian's own entries are told from those of third parties.
DEBIAN_SUITES = {"stable", "oldstable", "oldoldstable", "testing", "unstable", "sid",
                 "buster", "bullseye", "bookworm", "trixie", "forky"}


@dataclass(frozen=True)
class Mirrors:
    """Addresses of Debian's archive and of its security archive."""

    main: str
    security: str


def parse_list(text: str) -> list[tuple[str, str]]:
    """(address, suite) of each `deb` line of a one-line-style sources file."""
    found = []
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)", line.strip())
        if match:
            found.append((match.group(1), match.group(2)))
    return found


def parse_deb822(text: str) -> list[tuple[str, str]]:
    """(address, suite) of each enabled `deb` stanza of a .sources file."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += " " + line.strip()
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        found += [(uri, suite) for uri in fields.get("uris", "").split() for suite in fields.get("suites", "").split()]
    return found


def choose(entries: Iterable[tuple[str, str]]) -> Mirrors | None:
    """Debian's mirrors out of all entries; None when there is no Debian entry.

    Without an entry of the security archive it is taken to lie beside the main one, as on Debian's own hosts.
    """
    main = security = ""
    for uri, suite in entries:
        uri = uri.rstrip("/")
        release = suite.split("-")[0].split("/")[0]
        if release not in DEBIAN_SUITES or not uri.startswith(("http://", "https://", "file:", "copy:")):
            continue
        if suite.endswith(("-security", "/updates")):
            security = security or uri
        elif not suite.endswith("-backports"):
            main = main or uri
    if not main:
        return None
    return Mirrors(main, security or re.sub(r"debian$", "debian-security", main))


def mirrors(root: Path = Path("/etc/apt")) -> Mirrors:
    """The mirrors in the machine's apt sources; LabError when Debian's archive is not among them."""
    entries: list[tuple[str, str]] = []
    for path in [root / "sources.list", *sorted((root / "sources.list.d").glob("*"))]:
        if not path.is_file() or path.suffix not in (".list", ".sources"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        entries += parse_deb822(text) if path.suffix == ".sources" else parse_list(text)
    chosen = choose(entries)
    if chosen is None:
        raise LabError(f"no Debian archive in {root}/sources.list or {root}/sources.list.d: "
                       "the lab takes its mirror from there")
    return chosen


def missing() -> list[str]:
    """Debian packages of programs that the lab needs and this machine lacks."""
    return sorted({package for program, package in PROGRAMS.items()
                   if not (Path(program).exists() if program.startswith("/") else shutil.which(program))})


def install_missing() -> None:
    """Install the missing packages; LabError that names them when apt is not there or cannot."""
    packages = missing()
    if not packages:
        return
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise LabError(f"missing: {names}; this machine has no apt-get to install them (the lab needs Debian)")
    say(f"installing {names}")
    env = {"DEBIAN_FRONTEND": "noninteractive", "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = run(command, check=False, timeout=300, env=env)
    if done.returncode != 0:  # old package lists are the usual reason
        run(["apt-get", "update", "-qq"], check=False, timeout=120, env=env)
        done = run(command, check=False, timeout=300, env=env)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        reason = errors[0][2:].strip() if errors else f"apt-get exit {done.returncode}"
        raise LabError(f"cannot install {names}: {reason}")
    still = missing()
    if still:
        raise LabError(f"installed, but still not found: {' '.join(still)}")
