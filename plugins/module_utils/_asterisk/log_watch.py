# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what Asterisk logs while its configuration is reloaded, secrets hidden."""

import os
import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import LOG_DIR, AsteriskError, rights
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking


class LogWatch(object):
    """The warnings and errors that Asterisk logs from now on.

    A reload always prints success; what it refused is in the log only. Create the watch before the reload, and call
    C(lines) after it. Without a readable log, there are none.
    """

    LIMIT = 1024 * 1024     # bytes: VICIdial's sample configuration logs every verbose line into this file

    def __init__(self, cli, path=None):
        try:
            self.path = path or cli.log_path()
        except AsteriskError:
            self.path = os.path.join(LOG_DIR, 'messages')
        self._inode, self._position = self._where()

    def _where(self):
        try:
            found = os.stat(self.path)
        except (OSError, TypeError):
            return None, 0
        return found.st_ino, found.st_size

    def lines(self, most=20, settle=0.2):
        """Return at most ``most`` lines (without time and thread) logged as WARNING or ERROR, secrets hidden.

        ``settle``: seconds to wait first, since a separate thread of Asterisk writes the log.
        """
        time.sleep(settle)
        inode, size = self._where()
        if inode is None:
            return []
        # a rotated or emptied log is read from its start
        start = self._position if inode == self._inode and size >= self._position else 0
        try:
            with rights(os.path.dirname(self.path)), open(self.path, 'rb') as handle:
                handle.seek(start)
                text = handle.read(self.LIMIT).decode('utf-8', 'replace')
        except (IOError, OSError):
            return []
        found = []
        for line in text.splitlines():
            match = re.match(r'\[[^\]]*\] (WARNING|ERROR)\[\d+\](?:\[[^\]]*\])?:? ?(.*)$', line)
            message = mask_line('%s %s' % match.groups()) if match else None
            if message and message not in found:
                found.append(message)
        return found[:most]


_USER = re.compile(r'([^\s:@/\'"]+)(:?)')
_VALUE = re.compile(r'((?:secret|passw\w{0,20})[\'"]?\s*(?:=>?|:|to)\s*)\S+', re.IGNORECASE)


def mask_line(line):
    """Return a line of the log with logins (user:secret@host) and values after a secret's key hidden."""
    prefix, colon, message = line.partition('.c: ')
    line = prefix + colon + masking.mask(message)
    words = re.split(r'(\s+)', line)
    return _VALUE.sub(r'\1' + masking.HIDDEN, ''.join(_without_login(word) if '@' in word else word for word in words))


def _without_login(word):
    """Return a word with the secret of user:secret@host hidden."""
    at = word.rindex('@')
    for match in _USER.finditer(word, 0, at):
        if match.group(2) and match.group(1) not in ('sip', 'sips') and match.end() < at:
            return word[:match.end()] + masking.HIDDEN + word[at:]
    return word
