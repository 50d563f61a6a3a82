# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks: one run at a time changes a dialer's files, or the rows of a database.

A lock's file exists while the lock is held, and names the holder in JSON. Only root can open it, since any process that
has a file open, even for reading, can lock it.
"""

import contextlib
import errno
import fcntl
import io
import json
import os
import stat
import time

PATIENCE = 3  # seconds to wait for the lock: a run that fails holds it for a moment, too


class Busy(Exception):
    """Another process holds the lock.

    ``path``: the lock. ``who``: user@controller of its run, or None. ``pid`` and ``since``: the process on this
    machine, and when it took the lock, or None. ``rollback``: whether it is a watchdog that rolls a change back.
    """

    def __init__(self, path, holder):
        self.path = path
        self.who = holder.get('who')
        self.pid = holder.get('pid')
        self.since = holder.get('since')
        self.rollback = bool(holder.get('rollback'))
        what = 'a watchdog' if self.rollback else 'another run'
        about = [str(self.who)] if self.who else []
        about += ['process %s' % self.pid, 'since %s' % self.since] if self.pid else []
        text = '%s holds the lock %s (%s)' % (what, path, ', '.join(about) or 'holder unknown')
        if self.rollback:
            text += ' and rolls back a change that was not confirmed'
        Exception.__init__(self, text + '. Wait until it has ended, then run this again.')


@contextlib.contextmanager
def locked(path, who=None, rollback=False, patience=PATIENCE):
    """Return a context that holds the lock. Raises Busy if another process holds it for longer than ``patience``
    (seconds). ``who`` and ``rollback`` are recorded for the exception of other processes."""
    with _open_locked(path, patience) as holder:
        try:
            holder.seek(0)
            holder.truncate()
            holder.write(json.dumps(dict(who=who or 'a module that was called by itself', pid=os.getpid(),
                                         rollback=rollback, since=time.strftime('%Y-%m-%d %H:%M:%S')), sort_keys=True))
            holder.flush()
            yield
        finally:
            _unlink(path)


def _open_locked(path, patience):
    """Return the open and locked file. Raises Busy if another process holds it. A file that another user may have open
    is replaced by a new one."""
    until = time.time() + patience
    while True:
        holder, mine = _open(path)
        while not _take(holder):
            if time.time() > until:
                with holder:
                    raise Busy(path, _read(holder))
            time.sleep(0.05)
        if not mine:
            _unlink(path)
        # The last holder may have removed the file just now: then a lock on it has no effect.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(holder.fileno()), os.stat(path, follow_symlinks=False)):
                return holder
        holder.close()


def _open(path):
    """Return (the file, whether only root can have opened it). A missing file is created."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        except OSError as fault:
            if fault.errno not in (errno.ELOOP, errno.ENXIO):
                raise
            os.unlink(path)  # a link or a FIFO, which this collection does not create
            continue
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink <= 1:
            os.fchmod(descriptor, 0o600)
            return io.open(descriptor, 'r+', encoding='utf-8'), not found.st_mode & 0o077
        os.close(descriptor)
        os.unlink(path)


def _take(holder):
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        return False
    return True


def _read(holder):
    """Return what the holder has recorded; empty if that cannot be read."""
    try:
        holder.seek(0)
        found = json.loads(holder.read() or '{}')
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unlink(path):
    with contextlib.suppress(OSError):
        os.unlink(path)
