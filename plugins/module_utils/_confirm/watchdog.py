# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watchdog: a process independent of the module, Ansible's connection and any terminal, which rolls back an
unconfirmed change.

It is forked before anything is opened or changed, and waits on a pipe. If the module ends without a checkpoint, killed
or not, the watchdog ends, too. It needs no systemd, no cron and no file of code: all code is already loaded.
"""

import gc
import os
import signal
import syslog
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import processes
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints

INTERVAL = 0.5  # seconds between two checks of the checkpoint
PATIENCE = 3600  # seconds for which the rollback is retried, while Asterisk or the database does not respond
PAUSE = 20  # maximum seconds between two tries
_FILES = 4096


class Watchdog(object):
    """The waiting process. ``rollback(why)`` rolls back to ``checkpoint``, under its lock, and returns a sentence."""

    def __init__(self, checkpoint, rollback):
        wake, self._wake = os.pipe()
        told, tells = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.setsid()
                if os.fork():
                    os._exit(0)
                _watch(checkpoint, rollback, wake, tells)
            finally:  # never back into the module's own code
                os._exit(0)
        os.close(wake)
        os.close(tells)
        os.waitpid(child, 0)
        self.identity = processes.process(int(os.read(told, 20) or b'0'))
        os.close(told)

    def arm(self):
        """Start watching: after the deadline, the watchdog rolls back to the checkpoint."""
        os.write(self._wake, b'A')


def _watch(checkpoint, rollback, wake, tells):
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # this process must not close what the module had opened
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    for number in range(3, _FILES):
        if number not in (wake, tells):
            try:
                os.close(number)
            except OSError:
                pass
    os.chdir('/')
    os.umask(0o077)
    os.write(tells, str(os.getpid()).encode('ascii'))
    os.close(tells)
    os.read(wake, 1)  # or its end, if the module was killed: then the checkpoint tells whether it has changed anything
    os.close(wake)
    gc.enable()
    try:
        keep_watch(checkpoint, rollback)
    except Exception as fault:
        syslog.syslog(syslog.LOG_ERR, 'dialer.trunks: the watchdog of an unconfirmed change ended: %s' % fault)


def keep_watch(checkpoint, rollback, clock=time.monotonic, sleep=time.sleep):
    """Wait until the checkpoint is removed, or its time has passed; then roll back.

    The time begins again with each step of the run, and does not run during a step. It is independent of the clock,
    which an administrator may set.
    """
    last, since, until, pause = None, 0, None, INTERVAL
    while True:
        record = checkpoint.read()
        if record is None or record['watchdog']['pid'] != os.getpid():
            return
        now = clock()
        if record != last or processes.running(record['step']):
            last, since, until = record, now, None
        if now - since < record['within']:
            sleep(INTERVAL)
            continue
        until = until or now + PATIENCE
        try:
            with checkpoint.lock(record['run'].get('who'), rollback=True):
                if checkpoint.read() != record:  # the run continues, or has confirmed
                    continue
                what = rollback('was not confirmed within %d seconds' % record['within'])
            syslog.syslog(syslog.LOG_WARNING, 'dialer.trunks: the change of %s was not confirmed and is rolled back: %s'
                          % (checkpoints.who(record['run']), what))
            return
        except Exception as fault:
            if checkpoint.read() is None:
                return
            syslog.syslog(syslog.LOG_ERR, 'dialer.trunks: an unconfirmed change is not rolled back yet: %s' % fault)
            if now > until:
                return  # the checkpoint stays: the next run rolls back to it
            sleep(pause)
            pause = min(pause * 2, PAUSE)
