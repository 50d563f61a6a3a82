# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out how many attempts ended while the monitor was not connected to AMI.

The global variable of the attempts' serial numbers is read after each login, and now and then without a connection.
Events are on their way for a moment: those up to the number that was read after a login are all here when AMI answers
the first ping, which is sent PING seconds later. Without a connection, a number is compared after as long.
"""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli as asterisk
from ansible_collections.dialer.trunks.plugins.module_utils._common import processes
from ansible_collections.dialer.trunks.plugins.module_utils._health import ami, serials
from ansible_collections.dialer.trunks.plugins.module_utils._health.events import PING

_TEXT = '%d attempts ended while the monitor was not connected to AMI, and are missing in the attempt log'


class Missed(object):
    """``cli``: Asterisk's command line. ``remark(text)`` logs a sentence."""

    def __init__(self, cli, remark):
        self._cli, self._remark = cli, remark
        self._serials = serials.Serials()
        self._logins, self._look_at = 0, 0
        self._missed = self._unsaid = 0

    def restore(self, saved):
        """Continue from the text that C(take) has returned."""
        self._serials.restore(saved)
        self._look_at = time.monotonic() + PING

    def look(self, connection):
        """Read the variable when it is time. To be called whenever ``connection`` (C(events.Events)) was read, before
        what it returned is given to C(message)."""
        if connection.logins != self._logins:
            self._logins = connection.logins
            if not self._read():
                self._serials.forget()      # what comes now cannot be told from what came before
        elif time.monotonic() >= self._look_at and (connection.since is None or not self._serials.known):
            self._add(self._serials.settle())
            self._read()

    def message(self, message):
        """Take a message of AMI."""
        serial = serials.number(ami.serial(message) or '')
        if serial is not None:
            self._serials.seen(serial)
        elif ami.is_pong(message):
            self._add(self._serials.settle())
            if self._unsaid:
                self._remark(_TEXT % self._unsaid)
                self._unsaid = 0

    def take(self):
        """Return (attempts that are missing since the last call, the numbers that are known as text)."""
        missed, self._missed = self._missed, 0
        return missed, self._serials.saved()

    def _add(self, missing):
        self._missed += missing
        self._unsaid += missing

    def _read(self):
        """Read the variable. Returns whether it could be read."""
        self._look_at = time.monotonic() + PING
        process = _process()
        try:
            serial = serials.parse_globals(self._cli.run('dialplan show globals'))
        except asterisk.AsteriskError:
            return False
        if serial is None or process != _process():
            return False
        self._add(self._serials.read(serial, process))
        return True


def _process():
    """Return what identifies the running Asterisk; None if that is not known."""
    found = asterisk.process()
    process = processes.process(found[0]) if found else None
    return '%(pid)d:%(started)d' % process if process and process['started'] else None
