# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is really full: a tmpfs of some KB in a mount namespace of its own, so that nothing of it is left."""
from __future__ import annotations

import ctypes
import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

_NEW_NAMESPACE, _RECURSIVE, _PRIVATE = 0x00020000, 0x4000, 0x40000     # CLONE_NEWNS, MS_REC, MS_PRIVATE
_LIBC = ctypes.CDLL(None, use_errno=True)


def on_small_disk(place: Path, kb: int, body: Callable[[], None]) -> None:
    """Run ``body`` in a child process for which ``place`` is a disk of so many KB. Fails if it raises; needs root."""
    place.mkdir(mode=0o700, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            _call("unshare", _NEW_NAMESPACE)
            _call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
            _call("mount", b"none", bytes(place), b"tmpfs", 0, b"mode=0700,size=%dk" % kb)
            body()
            code = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0, "see the traceback in the captured output"


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def fill(path: Path) -> None:
    """Take what is left of the disk with this file."""
    with path.open("wb", buffering=0) as target:
        try:
            while True:
                target.write(b"x" * 4096)
        except OSError as fault:
            assert fault.errno == errno.ENOSPC, fault
