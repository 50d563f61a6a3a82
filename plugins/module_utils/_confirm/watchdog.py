# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process outside of the module, of Ansible's connection and of any terminal, which rolls back what is not confirmed.

It is forked before anything is opened or changed, and waits on a pipe. When the module ends without having written a
checkpoint, killed or not, it ends as well. It needs no systemd, no cron and no file of code: what it will need is
loaded already.
"""

import gc
import os
import signal
import syslog
import time

from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints

LOOK = 0.5  # seconds between two looks at the checkpoint
PATIENCE = 3600  # seconds for which rolling back is tried, while Asterisk or the database is away
PAUSE = 20  # seconds between two tries, at most
_FILES = 4096


class Watchdog(object):
    """The waiting process. ``checkpoint``: what it watches; ``rollback(why)`` rolls that back and returns a sentence,
    while the checkpoint's lock is held."""

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
        self.identity = checkpoints.process(int(os.read(told, 20) or b'0'))
        os.close(told)

    def arm(self):
        """From now on it rolls back what the checkpoint says when its time is up."""
        os.write(self._wake, b'A')


def _watch(checkpoint, rollback, wake, tells):
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # what the module had open is not for this process to close
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
    os.read(wake, 1)  # or its end, when the module was killed: the checkpoint tells whether that was after it began
    os.close(wake)
    gc.enable()
    try:
        keep_watch(checkpoint, rollback)
    except Exception as fault:
        syslog.syslog(syslog.LOG_ERR, 'dialer.trunks: the watchdog of an unconfirmed change ended: %s' % fault)


def keep_watch(checkpoint, rollback, clock=time.monotonic, sleep=time.sleep):
    """Wait until the checkpoint is gone, or its time is up; then roll back.

    The time begins anew with each step of the run and stands while one works. It is not the time of day, which an
    administrator may set.
    """
    last, since, until, pause = None, 0, None, LOOK
    while True:
        record = checkpoint.read()
        if record is None or record['watchdog']['pid'] != os.getpid():
            return
        now = clock()
        if record != last or checkpoints.running(record['step']):
            last, since, until = record, now, None
        if now - since < record['within']:
            sleep(LOOK)
            continue
        until = until or now + PATIENCE
        try:
            with checkpoint.lock(record['run'].get('who'), rollback=True):
                if checkpoint.read() != record:  # the run goes on, or has confirmed
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
                return  # the checkpoint stays: the next run begins with it
            sleep(pause)
            pause = min(pause * 2, PAUSE)
