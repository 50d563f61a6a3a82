# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: a Debian root file system by mmdebstrap, imported into podman under a name that tells its recipe."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from labkit import apt, podman
from labkit.tools import CACHE, LabError, run, say

# What a VICIdial dialer has (Asterisk, screen, cron, Perl with DBI and the modules of VICIdial's scripts), python3 for
# Ansible; firewalld with its bus and an SSH server, as VICIbox has them (nobody starts them unasked); tcpdump and ping
# to look around.
COMMON = ("asterisk", "screen", "cron", "nftables", "perl", "libdbi-perl", "libdbd-mysql-perl", "libnet-telnet-perl",
          "libnet-server-perl", "libasterisk-agi-perl", "python3", "python3-pymysql", "iproute2", "procps",
          "firewalld", "dbus", "openssh-server", "tcpdump", "iputils-ping")
# kind -> (Debian's suite, packages). "dialer" (Asterisk 16.28, the last with chan_sip in Debian) serves dialers,
# carriers, phone and stranger; sip-tester is the carriers'. "dialer22" has PJSIP and IAX2 only.
RECIPES = {
    "dialer": ("bullseye", (*COMMON, "mariadb-client-core-10.5", "sip-tester")),
    "dialer22": ("forky", (*COMMON, "mariadb-client-core")),
    "db": ("bullseye", ("mariadb-server", "iproute2", "procps")),
}
# Nobody reads manuals in there; unpacking without them and without fsync is faster.
OPTIONS = ("--variant=apt", f"--keyring={apt.KEYRING}", "--dpkgopt=force-unsafe-io",
           "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
           "--dpkgopt=path-exclude=/usr/share/locale/*", "--aptopt=Acquire::Check-Valid-Until \"false\"")
FREE_BYTES = 3 * 1024 ** 3  # the root file systems as files and as images, with room to work


def name(kind: str) -> str:
    """The image's name, e.g. localhost/trunks-lab-dialer:0123456789ab; another recipe gives another name."""
    suite, packages = RECIPES[kind]
    recipe = "\n".join((suite, *OPTIONS, *packages))
    return f"localhost/trunks-lab-{kind}:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def present(kind: str) -> list[str]:
    """Names of the images of this kind that podman has, of whatever recipe."""
    return podman.lines(["images", "--format", "{{.Repository}}:{{.Tag}}", f"localhost/trunks-lab-{kind}"])


def proxy_options() -> list[str]:
    """mmdebstrap ignores the machine's apt.conf: hand it the proxies that are set there."""
    options = []
    for scheme in ("http", "https"):
        done = run(["apt-config", "dump", "--format", "%v%n", f"Acquire::{scheme}::Proxy"], check=False)
        if done.returncode == 0 and done.stdout.strip():
            options.append(f"--aptopt=Acquire::{scheme}::Proxy \"{done.stdout.strip().splitlines()[0]}\"")
    return options


def build(kind: str, mirrors: apt.Mirrors) -> None:
    """Build one image; some 30 s, most of it unpacking."""
    tar = CACHE / f"{kind}.tar"
    suite, packages = RECIPES[kind]
    sources = [f"deb {mirrors.main} {suite} main"]
    if suite != "forky":  # a suite that is not released yet has its security fixes in the main archive
        sources.append(f"deb {mirrors.security} {suite}-security main")
    try:
        run(["mmdebstrap", "--quiet", *OPTIONS, *proxy_options(), f"--include={','.join(packages)}", suite, str(tar),
             *sources], timeout=900, env={"TMPDIR": str(CACHE)})
        podman.run_podman(["import", "--quiet", str(tar), name(kind)], timeout=120)
    finally:
        tar.unlink(missing_ok=True)
    for old in present(kind):
        if old != name(kind):
            podman.run_podman(["rmi", old], check=False)  # one in use stays; `down` and the next build take it


def ensure(kinds: Iterable[str]) -> None:
    """Build those of these images that are not there, side by side."""
    wanted = [kind for kind in sorted(set(kinds)) if name(kind) not in present(kind)]
    if not wanted:
        return
    mirrors = apt.mirrors()
    CACHE.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(CACHE).free < FREE_BYTES:
        raise LabError(f"{CACHE}: less than {FREE_BYTES // 1024 ** 3} GiB free; building the images needs that much")
    say(f"building images from {mirrors.main}: {', '.join(wanted)} (about a minute)")
    began = time.monotonic()
    failures: list[str] = []

    def work(kind: str) -> None:
        try:
            build(kind, mirrors)
        except LabError as error:
            failures.append(f"image {kind}: {error}")

    threads = [threading.Thread(target=work, args=(kind,)) for kind in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise LabError("; ".join(failures))
    say(f"images built in {time.monotonic() - began:.0f} s")


def clean_cache(path: Path = CACHE) -> None:
    """Remove what an interrupted build left behind."""
    for left in [*path.glob("*.tar"), *path.glob("mmdebstrap.*")]:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
