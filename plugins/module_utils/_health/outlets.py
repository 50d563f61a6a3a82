# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells others of changes and of numbers: the log file, the hooks, and the metrics."""

import contextlib
import os
import stat

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import (
    deliveries, hooks, journal, metrics, places)

_KEYS = ('webhook', 'command', 'metrics_port')


class Outlets(object):
    """The outlets that the orders name. ``say``: takes a sentence about a trouble. ``trouble``: why an outlet does not
    work, or empty. ``unwritten``: changes that are not in the log file, or not in the queue of a hook."""

    def __init__(self, say):
        self._say = say
        self._journal = journal.Journal(places.LOG)
        self._given, self._hooks, self._server = None, None, None
        self._metrics_file, self._metrics = '', ''
        self.unwritten, self.trouble = 0, ''

    def follow(self, orders):
        """Follow these orders from now on."""
        if self._metrics_file != orders['metrics_file']:
            self._remove_file()
            self._metrics_file = orders['metrics_file']
        given = [orders[key] for key in _KEYS]
        if given == self._given:
            return
        self.stop()
        self._given, self.trouble = given, ''
        webhook = command = None
        with self._noted('webhook'):
            if orders['webhook']:
                deliveries.Webhook(orders['webhook'])
                webhook = orders['webhook']
        with self._noted('command'):
            if orders['command']:
                check_command(orders['command'])
                command = [orders['command']]
        if webhook or command:
            self._hooks = hooks.Hooks(places.HOOKS, webhook, command, self._say)
            self._hooks.start()
        with self._noted('metrics_port'):
            if orders['metrics_port']:
                self._server = metrics.serve(orders['metrics_port'], lambda: self._metrics)

    @contextlib.contextmanager
    def _noted(self, key):
        """Note why the outlet of this key does not work. The others do."""
        try:
            yield
        except (ValueError, IOError, OSError, safe_files.Foreign) as fault:
            text = '%s: %s' % (key, fault)
            self.trouble = '; '.join(filter(None, (self.trouble, text)))
            self._say(text)

    def _remove_file(self):
        """Remove the file with the metrics: nobody is to be shown what is not so any more."""
        with self._noted('metrics_file'):
            if self._metrics_file:
                safe_files.remove(self._metrics_file)

    def tell(self, event):
        """Tell of a change of state, see C(hooks.event)."""
        told = self._journal.write(event)
        if self._hooks is not None:
            told = self._hooks.put(event) and told
        self.unwritten += not told

    def queues(self):
        """Return what C(hooks.Hooks.counts) returns."""
        return self._hooks.counts() if self._hooks is not None else {}

    def publish(self, snapshot):
        """Publish the metrics of a snapshot, see C(metrics.render)."""
        if self._metrics_file or self._server is not None:
            self._metrics = metrics.render(snapshot)
        if self._metrics_file:
            try:
                metrics.write_file(self._metrics_file, self._metrics)
            except (IOError, OSError, safe_files.Foreign) as fault:
                self._say('%s: %s' % (self._metrics_file, fault))

    def end(self):
        """Stop for good: also remove the file with the metrics."""
        self.stop()
        self._remove_file()

    def stop(self):
        """Stop the hooks and the server of the metrics. What is queued stays for the next start."""
        if self._hooks is not None:
            self._hooks.stop()
        if self._server is not None:
            self._server.stop()
        self._hooks, self._server = None, None


def check_command(path):
    """Raise Foreign unless only root can change the program that the monitor runs as root."""
    with safe_files.opened(os.path.dirname(path), root_only=True, must=True) as directory:
        found = safe_files.lstat(directory, os.path.basename(path))
        if found is None or not stat.S_ISREG(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
            raise safe_files.Foreign('%s is not run: it must be a file of root that no other user can write to' % path)
