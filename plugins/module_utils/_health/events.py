# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor's connection to Asterisk's manager interface (AMI), which it makes anew whenever that is lost."""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError
from ansible_collections.dialer.trunks.plugins.module_utils._health import ami

TIMEOUT = 5     # seconds for the connection, the login, and the answer to a ping
PAUSE = 2       # seconds between two tries to connect
PING = 20       # seconds between two pings
EVERY_ADDRESS = ('0.0.0.0', '::')


class Events(object):
    """``cli``: Asterisk's command line, which knows where AMI listens. ``since``: when the present connection was made,
    seconds since the epoch, None without one. ``logins``: how often it has logged in. ``trouble``: why there is no
    connection, or empty. ``dropped``: messages that were too long."""

    def __init__(self, cli):
        self._cli = cli
        self._login = None
        self._client = None
        self._retry = self._ping = 0
        self._dropped = self.logins = 0
        self.since, self.trouble = None, 'not connected yet'

    @property
    def dropped(self):
        return self._dropped + (self._client.messages.dropped if self._client else 0)

    def log_in_as(self, user, secret):
        """Use this login from now on."""
        if self._login != (user, secret):
            self.close()
            self._login = user, secret
            self._retry = 0

    def read(self, seconds):
        """Return the messages that arrive within this time, as soon as there is one."""
        if self._client is None and not self._connect():
            time.sleep(seconds)
            return []
        try:
            if time.monotonic() >= self._ping:
                self._client.ping()
                self._ping = time.monotonic() + PING
            return self._client.read(seconds)
        except (OSError, IOError) as fault:
            self._lost(fault)
            return []

    def _connect(self):
        if time.monotonic() < self._retry:
            return False
        self._retry = time.monotonic() + PAUSE
        try:
            there = self._cli.read(parsers.manager_settings, 'manager show settings')
            if not there['enabled']:
                self.trouble = 'the manager interface is off (enabled=no in manager.conf)'
                return False
            address = '127.0.0.1' if there['address'] in EVERY_ADDRESS else there['address']
            client = ami.Client(address, there['port'], *self._login, timeout=TIMEOUT)
            client.connect()
        except (AsteriskError, ami.Refused, OSError, IOError, ValueError) as fault:
            self._lost(fault)
            # From now on: one that hangs has taken TIMEOUT or more, in which nothing else was done.
            self._retry = time.monotonic() + PAUSE
            return False
        self._client, self.since, self.trouble = client, time.time(), ''
        self.logins += 1
        self._ping = time.monotonic() + PING
        return True

    def _lost(self, fault):
        self.close()
        self.trouble = str(fault)

    def close(self):
        """Close the connection."""
        if self._client is not None:
            self._dropped += self._client.messages.dropped
            self._client.close()
        self._client, self.since = None, None
