# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: what is needed to roll back a run's change, on the machine that it changes, synced before the change.

A checkpoint is a dictionary: C(run) (see plugin_utils/_action/run_identity), C(began), C(within) (seconds),
C(deadline), C(watchdog) and C(step) (processes), and what its kind needs for the rollback. Kinds are C(files) and
C(rows). When a change has been rolled back, a note replaces it and says of which run, when and why.
"""

import contextlib
import json
import os
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, processes, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout, store

ROOT = layout.STATE  # survives a reboot, and the removal of every generation
MODULES = {'files': 'asterisk_generation', 'rows': 'vicidial_carriers'}  # the modules that confirm and roll them back
REMEMBERED = 3600  # seconds for which a note is kept for its own run, after other runs have shown it
NOTHING = 'unchanged; this run has nothing to confirm or to roll back here.'
LOCKS = {'files': store.LOCK, 'rows': '/run/dialer-trunks-rows.lock'}


class RolledBack(Exception):
    """The change that was to be confirmed has been rolled back. ``note``: dictionary of run, at, why, done."""

    def __init__(self, note):
        Exception.__init__(self, told(note) + ' Run it again.')
        self.note = note


class Unconfirmed(Exception):
    """Another run's change is not confirmed yet. ``run``: that run; ``began`` and ``deadline``: seconds since 1970."""

    def __init__(self, record, module):
        self.run = record['run']
        self.began = record['began']
        self.deadline = record['deadline']
        Exception.__init__(self, (
            '%s, since %s, is changing what this run would change, and has not confirmed it yet. Unless it does, its '
            'change is rolled back about %s. Nothing was touched. To roll it back now: ansible -i INVENTORY '
            'HOST -m dialer.trunks.%s -a "state=rolled_back force=true"'
            % (who(self.run), clock(self.began), clock(self.deadline), module)))


def clock(moment):
    """Return a time as text in local time."""
    return time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(moment))


def who(run):
    """Return a run as text."""
    return '%s (process %s on that controller)' % (run.get('who') or 'an unknown user', run.get('pid', 'unknown'))


def of(one, run):
    """Return whether a checkpoint, or a note, belongs to this run."""
    return one['run'].get('id') == run.get('id')


class Checkpoint(object):
    """The checkpoint of one kind on this machine, and the note about the last one that was rolled back."""

    def __init__(self, kind, root=ROOT):
        self.root = root
        self.module = MODULES[kind]
        self.lock_file = LOCKS[kind]
        self.path = os.path.join(root, kind + '-checkpoint.json')
        self.note_path = os.path.join(root, kind + '-rolled-back.json')

    def lock(self, who=None, rollback=False):
        """Return the lock under which a change is confirmed or rolled back, by its run, the watchdog or another run,
        see C(locks.locked)."""
        return locks.locked(self.lock_file, who, rollback)

    def read(self):
        """Return the checkpoint, or None."""
        return self._load(self.path)

    def write(self, record):
        """Write the checkpoint and sync it to the disk."""
        if not safe_files.exists(self.root):
            os.mkdir(self.root, 0o700)
        try:
            self._put(self.path, record)
        except Exception:
            self._leave()
            raise

    def _put(self, path, value):
        with safe_files.opened(self.root, root_only=True, must=True) as root:
            safe_files.write_at(
                root, os.path.basename(path), json.dumps(value, sort_keys=True), 0o600, path=path)
            with safe_files.naming(path):
                os.fsync(root)

    def own(self, run):
        """Return this run's checkpoint, or None. Called under the lock of the change. Raises Unconfirmed if another run
        has begun since C(settle), and RolledBack if this run's earlier steps have been rolled back since."""
        record = self.read()
        if record and not of(record, run):
            raise Unconfirmed(record, self.module)
        self.check(run)
        return record

    def check(self, run):
        """Raise RolledBack if this run's change was rolled back: then the run can neither continue nor confirm it."""
        note = self.note()
        if note and of(note, run):
            raise RolledBack(note)

    def arm(self, run, within, watchdog, **first):
        """Write this run's checkpoint with a new deadline and return it: the existing one, or a new one with the values
        ``first``.

        Starts the watchdog, unless that of an earlier step is still running. Raises as C(own).
        """
        record = self.own(run) or dict(first, run=run, began=time.time(), watchdog=None)
        if not processes.running(record['watchdog']):
            record['watchdog'] = watchdog.identity
        record.update(within=within, deadline=time.time() + within, step=processes.process(os.getpid()))
        self.write(record)
        if record['watchdog'] == watchdog.identity:
            watchdog.arm()
        return record

    def end(self, why=None, done=None):
        """Remove the checkpoint. With ``why``, it was rolled back, and a note is written with that and what was
        ``done``."""
        record = self.read()
        if record is None:
            return
        if why:
            with contextlib.suppress(IOError, OSError):  # a full disk must not keep the checkpoint
                self._put(self.note_path, dict(run=record['run'], at=time.time(), why=why, done=done))
        os.unlink(self.path)
        with safe_files.opened(self.root, must=True) as root:
            os.fsync(root)
        self._leave()
        # Without a checkpoint, the watchdog would end within a second. It is stopped at once.
        if record['watchdog'] and record['watchdog']['pid'] != os.getpid() and processes.running(record['watchdog']):
            with contextlib.suppress(OSError):
                os.kill(record['watchdog']['pid'], 15)

    def note(self):
        """Return the note about the last rollback, a dictionary of run, at, why, done; or None."""
        return self._load(self.note_path)

    def tell(self, note):
        """Record that another run has shown the note. It is kept for a while: its own run may be suspended only, and
        must not continue."""
        self._put(self.note_path, dict(note, told=True))

    def forget(self):
        """Remove the note after its own run has shown it."""
        with contextlib.suppress(OSError):
            os.unlink(self.note_path)
        self._leave()

    def _leave(self):
        with contextlib.suppress(OSError):
            os.rmdir(self.root)

    def _load(self, path):
        with safe_files.opened(self.root, root_only=True) as root:
            name = os.path.basename(path)
            if root is None or safe_files.lstat(root, name) is None:
                return None
            text = safe_files.read_at(root, name, path)
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise store.Foreign('%s is damaged, or not of this collection: move it away. Nothing was touched.' % path)


def told(note):
    """Return the sentence about a rollback of the watchdog or another run."""
    return 'the change of %s was rolled back at %s, since it %s. %s' % (
        note['run'].get('who') or 'an earlier run', clock(note['at']), note['why'], note['done'] or '')


def settle(checkpoint, request, rollback):
    """Roll back what an interrupted run has left, before a step of this run. Returns warnings.

    ``request`` has ``run``, and in ``gone`` the id of a run that is known to have ended. ``rollback(why)`` rolls back
    to the checkpoint and returns a sentence about it. Raises Unconfirmed if the other run may still be running, and
    RolledBack if this run's own earlier steps have been rolled back, so that it cannot continue.
    """
    warnings, run = [], request.get('run') or {}
    checkpoint.check(run)
    note = checkpoint.note()
    if note and not note.get('told'):
        warnings.append(told(note))
        checkpoint.tell(note)
    elif note and time.time() - note['at'] > REMEMBERED:
        checkpoint.forget()
    record = checkpoint.read()
    if record is None or of(record, run):
        return warnings
    gone = record['run'].get('id') == request.get('gone')
    if processes.running(record['watchdog']) and not gone:
        raise Unconfirmed(record, checkpoint.module)
    what = rollback('was cut short')
    checkpoint.forget()
    return warnings + ['%s, since %s, was cut short before it confirmed its change; that was rolled back first. %s'
                       % (who(record['run']), clock(record['began']), what)]


def close(checkpoint, request, state, rollback, first=lambda: None, clean=lambda: None):
    """Do the states confirmed, extended (a new deadline) and rolled_back of both modules. Returns (changed, message).
    Raises RolledBack.

    ``request`` and ``rollback(why)``: as in C(settle); with ``force``, another run's change is rolled back, too. For
    confirmed, ``first()`` is called while the checkpoint exists, and ``clean()`` after it is removed, maybe twice.
    """
    record, run = checkpoint.read(), request.get('run') or {}
    if record is None or (not of(record, run) and not (state == 'rolled_back' and request.get('force'))):
        if state in ('confirmed', 'extended'):
            checkpoint.check(run)
            if record is None:
                clean()  # what a killed module has left to do
        note = checkpoint.note()
        if note and of(note, run):
            checkpoint.forget()
            return False, told(note)
        return False, NOTHING
    if state == 'extended':
        record['deadline'] = time.time() + record['within']
        checkpoint.write(record)
        return False, 'extended: it must be confirmed before %s.' % clock(record['deadline'])
    if state == 'confirmed':
        first()
        checkpoint.end()
        clean()
        return True, 'confirmed.'
    what = rollback(request.get('why') or 'was rolled back on request')
    if of(record, run):  # another run must get the note
        checkpoint.forget()
    return True, what
