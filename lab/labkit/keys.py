# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own certificate authority, and certificates for SIP by TLS. Made once, kept with the images."""

from __future__ import annotations

import shutil
from pathlib import Path

from labkit.tools import CACHE, LabError, run
from labkit.topology import CARRIER_A, CARRIER_B, Host

KEYS = CACHE / "keys"
DAYS = "3650"
SUBJECT = "/O=dialer.trunks lab"


def owner(host: Host) -> str:
    """What a container's key is called: carrier-a, carrier-b, or dialer, which all dialers share."""
    return "dialer" if host.role == "dialer" else host.name.removeprefix("trunks-")


def ensure() -> None:
    """Make the authority and the certificates unless they are there. They come whole or not at all."""
    if KEYS.exists():
        return
    new = KEYS.with_name("keys.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    make(new)
    new.rename(KEYS)


def make(folder: Path) -> None:
    """ca.key and ca.crt, then NAME.key and NAME.crt.

    A carrier's certificate vouches for its address, by which dialers call it.
    """
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", f"{SUBJECT}/CN=Lab CA",
         "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.crt")])
    names = {owner(host): (host.address, f"IP:{host.address},DNS:{owner(host)}") for host in (CARRIER_A, CARRIER_B)}
    names["dialer"] = ("dialer", "DNS:dialer")
    for name, (common_name, alternatives) in names.items():
        path = folder / name
        extension = path.with_suffix(".ext")
        extension.write_text(f"subjectAltName={alternatives}\n", encoding="utf-8")
        run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"{SUBJECT}/CN={common_name}",
             "-keyout", f"{path}.key", "-out", f"{path}.csr"])
        run(["openssl", "x509", "-req", "-in", f"{path}.csr", "-days", DAYS, "-CA", str(folder / "ca.crt"),
             "-CAkey", str(folder / "ca.key"), "-CAcreateserial", "-extfile", str(extension), "-out", f"{path}.crt"])


def files(host: Host) -> tuple[tuple[Path, str], ...]:
    """(file, what this container sees it as): the authority's certificate and its own."""
    if host.role not in ("dialer", "carrier"):
        return ()
    own = [(KEYS / f"{owner(host)}.{end}", f"/run/keys/{host.role}.{end}") for end in ("crt", "key")]
    return ((KEYS / "ca.crt", "/run/keys/ca.crt"), *own)


def fingerprint(host: Host) -> bytes:
    """Tells another authority's keys apart; empty where the container has none."""
    try:
        return b"".join(path.read_bytes() for path, _where in files(host))
    except OSError as error:
        raise LabError(f"{KEYS}: {error.strerror}; `lab/lab down --images` and `up` make them anew") from None


def remove() -> None:
    """Take the keys away."""
    shutil.rmtree(KEYS, ignore_errors=True)
    shutil.rmtree(KEYS.with_name("keys.new"), ignore_errors=True)
