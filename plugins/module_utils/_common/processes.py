# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifies a process of this machine, so that another one that gets its id later is not taken for it."""

import io


def started(text):
    """Return when a process began, in clock ticks since the boot, which do not depend on the clock; 0 if it has ended.
    ``text``: its /proc/PID/stat as bytes."""
    fields = text.rpartition(b') ')[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[0] not in (b'Z', b'X') else 0


def process(pid):
    """Return the identity of a process: its id, and when it began (0 if it does not exist)."""
    try:
        with io.open('/proc/%d/stat' % pid, 'rb') as handle:
            return {'pid': pid, 'started': started(handle.read())}
    except (IOError, OSError):
        return {'pid': pid, 'started': 0}


def running(one):
    """Return whether the process of C(process) is still running. After a reboot, another process may have its id."""
    return bool(one and one['started']) and process(one['pid']) == one
