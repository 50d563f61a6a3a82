# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the log file of the monitor: one line for each change of a trunk's state.

The file is opened for each line, since changes are rare: one that was removed or moved away is begun anew.
"""

import datetime
import os
import stat

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe

_LARGEST = 5 * 1024 * 1024  # bytes
_KEPT = 5                   # rotated files
_MODE = 0o640
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
_LONGEST = 500              # characters of a value


def line(event):
    """Return the line of an event of C(hooks.event), without a line feed. The time is local, with its offset."""
    values = {name: safe(str(value)[:_LONGEST]) for name, value in event.items()}
    values['at'] = iso(event['time'])
    text = '{at} {trunk}: {before} -> {state}; Asterisk: {asterisk}; why: {why}; who: {who}'.format(**values)
    return text if event.get('until') is None else '%s; until: %s' % (text, iso(event['until']))


def iso(seconds):
    """Return seconds since the epoch as local time in ISO 8601 with its offset."""
    there = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return there.astimezone().isoformat(timespec='seconds')


class Journal(object):
    """The log file at an absolute path. At ``largest`` bytes it is renamed to C(.1); ``kept`` such files are kept."""

    def __init__(self, path, largest=_LARGEST, kept=_KEPT):
        self._directory, self._name = os.path.split(path)
        self._largest, self._kept = largest, kept

    def write(self, event):
        """Write the line of an event. Returns whether all of it was written; nothing is raised by the file system."""
        data = line(event).encode('utf-8') + b'\n'
        try:
            with safe_files.opened(self._directory, must=True) as directory:
                found = safe_files.lstat(directory, self._name)
                if found is not None and stat.S_ISREG(found.st_mode) and found.st_size + len(data) > self._largest:
                    self._rotate(directory)
                return self._append(directory, data)
        except (OSError, safe_files.Foreign):
            return False

    def _append(self, directory, data):
        descriptor = os.open(self._name, _FLAGS, _MODE, dir_fd=directory)
        try:
            found = os.fstat(descriptor)
            # A hard link may be to a file that only root may write.
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                return False
            if stat.S_IMODE(found.st_mode) != _MODE:
                os.fchmod(descriptor, _MODE)
            if os.write(descriptor, data) == len(data):
                return True
            os.ftruncate(descriptor, found.st_size)     # the disk is full: no half of a line
            return False
        finally:
            os.close(descriptor)

    def _rotate(self, directory):
        names = [self._name] + ['%s.%d' % (self._name, number) for number in range(1, self._kept + 1)]
        for newer, older in reversed(list(zip(names, names[1:]))):
            if safe_files.lstat(directory, newer) is not None:
                os.rename(newer, older, src_dir_fd=directory, dst_dir_fd=directory)
