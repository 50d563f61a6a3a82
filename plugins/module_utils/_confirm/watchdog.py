# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process outside of the module, of Ansible's connection and of any terminal, which undoes what nobody confirms.

It is forked before anything is opened or changed, and waits on a pipe. When the module ends without having written a
record, killed or not, it ends as well. It needs no systemd, no cron and no file of code: what it will need is loaded
already.
"""

import gc
import os
import signal
import syslog
import time

from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as records

LOOK = 0.5  # seconds between two looks at the record
PATIENCE = 3600  # seconds for which undoing is tried, while Asterisk or the database is away
PAUSE = 20  # seconds between two tries, at most
WHO = 'the undoing of an unconfirmed change'  # what somebody is told who finds the lock taken
_FILES = 4096


class Guard(object):
    """The waiting process. ``pending``: whose record it watches; ``undo(why)`` undoes it and returns a sentence, while
    ``lock()`` is held."""

    def __init__(self, pending, undo, lock):
        ours, self._wake = os.pipe()
        told, tells = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.setsid()
                if os.fork():
                    os._exit(0)
                _watch(pending, undo, lock, ours, tells)
            finally:  # never back into the module's own code
                os._exit(0)
        os.close(ours)
        os.close(tells)
        os.waitpid(child, 0)
        self.identity = records.process(int(os.read(told, 20) or b'0'))
        os.close(told)

    def arm(self):
        """From now on it undoes what the record says when its time is up."""
        os.write(self._wake, b'A')


def _watch(pending, undo, lock, wake, tells):
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # what the module had open is not ours to close
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
    os.read(wake, 1)  # or its end, when the module has been killed: the record tells whether that was after it began
    os.close(wake)
    gc.enable()
    try:
        keep(pending, undo, lock)
    except Exception as fault:
        syslog.syslog(syslog.LOG_ERR, 'dialer.trunks: the guard of unconfirmed changes ended: %s' % fault)


def keep(pending, undo, lock, clock=time.monotonic, sleep=time.sleep):
    """Wait until the record is gone, or its time is up; then undo.

    The time begins anew with each step of the run and stands while one works. It is not the clock's on the wall, which
    somebody may set.
    """
    last, since, until, pause = None, 0, None, LOOK
    while True:
        record = pending.read()
        if record is None or record['guard']['pid'] != os.getpid():
            return
        now = clock()
        if record != last or records.lives(record['step']):
            last, since, until = record, now, None
        if now - since < record['within']:
            sleep(LOOK)
            continue
        until = until or now + PATIENCE
        try:
            with lock():
                if pending.read() != record:  # the run goes on, or has confirmed
                    continue
                what = undo('was not confirmed within %d seconds' % record['within'])
            syslog.syslog(syslog.LOG_WARNING, 'dialer.trunks: the change of %s was not confirmed and is undone: %s'
                          % (records.who(record['run']), what))
            return
        except Exception as fault:
            if pending.read() is None:
                return
            syslog.syslog(syslog.LOG_ERR, 'dialer.trunks: a change that waits is not undone yet: %s' % fault)
            if now > until:
                return  # the record stays: the next run begins with it
            sleep(pause)
            pause = min(pause * 2, PAUSE)
