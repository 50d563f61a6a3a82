# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has changed and not confirmed yet: a record on the machine that it changed, synced before the change.

A record is a dictionary: C(run) (whose: see plugin_utils/runs), C(began), C(within) (seconds), C(deadline), C(guard)
and C(step) (processes), and what it takes to go back, which is up to the kind. Kinds are C(files) and C(rows).
"""

import contextlib
import io
import json
import os
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store

ROOT = store.STATE  # survives a reboot, and the removal of every generation
MODULES = {'files': 'asterisk_generation', 'rows': 'vicidial_carriers'}  # which confirm and undo them
REMEMBERED = 3600  # seconds for which a run is told that it was undone, after others have been
NOTHING = 'nothing of this run waits here to be confirmed.'
LOCKS = {'files': store.LOCK, 'rows': '/run/dialer-trunks-rows.lock'}


class Undone(Exception):
    """What was to be confirmed has been undone; the text says when and why."""


class Held(Exception):
    """Another run's change waits to be confirmed: the text says whose; ``run`` is that run."""

    def __init__(self, text, run):
        Exception.__init__(self, text)
        self.run = run


def started(text):
    """When a process began, in clock ticks since the boot, which no change of the clock moves; 0 for one that has
    ended. ``text``: its /proc/PID/stat, bytes."""
    fields = text.rpartition(b') ')[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[0] not in (b'Z', b'X') else 0


def process(pid):
    """A process as others can know it again: its number, and when it began (0 when there is none)."""
    try:
        with io.open('/proc/%d/stat' % pid, 'rb') as handle:
            return {'pid': pid, 'started': started(handle.read())}
    except (IOError, OSError):
        return {'pid': pid, 'started': 0}


def lives(one):
    """Whether the process of C(process) still runs. After a reboot its number may be another's."""
    return bool(one and one['started']) and process(one['pid']) == one


def clock(moment):
    """A moment as people read it."""
    return time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(moment))


def who(run):
    """A run in words."""
    return '%s (process %s on that controller)' % (run.get('who') or 'somebody', run.get('pid', 'unknown'))


def of(one, run):
    """Whether a record, or a note, is this run's."""
    return one['run'].get('id') == run.get('id')


class Pending(object):
    """The record of one kind on this machine, and the note about the last one that was undone."""

    def __init__(self, kind, root=ROOT):
        self.root = root
        self.module = MODULES[kind]
        self.lock_file = LOCKS[kind]
        self.path = os.path.join(root, kind + '.json')
        self.undone = os.path.join(root, kind + '-undone.json')

    def lock(self, who=None):
        """What its run, the guard or another run holds while it decides whether a change is kept or undone, see
        C(generations.locked)."""
        return store.locked(self.lock_file, who)

    def read(self):
        """The record, or None."""
        return self._load(self.path)

    def write(self, record):
        """Put the record on disk for good."""
        if not safe_files.exists(self.root):
            os.mkdir(self.root, 0o700)
        try:
            self._put(self.path, record)
        except Exception:
            self._leave()
            raise

    def _put(self, path, value):
        with safe_files.opened(self.root, root_only=True, must=True) as root:
            safe_files.write_at(root, os.path.basename(path), json.dumps(value, sort_keys=True), 0o600)
            os.fsync(root)

    def own(self, run):
        """The record, which is this run's, or None. Under the lock in which the change is made: another run may have
        begun since C(settle) looked (Held), or this run's earlier steps have been undone meanwhile (Undone)."""
        record = self.read()
        if record and not of(record, run):
            raise Held(refused(record, self.module), record['run'])
        self.check(run)
        return record

    def check(self, run):
        """Raises Undone when what this run changed has been undone: then it cannot go on, nor be confirmed."""
        note = self.note()
        if note and of(note, run):
            raise Undone(told(note) + ' Run it again.')

    def arm(self, run, within, guard, **first):
        """The record of this run with a fresh deadline, written: the one that is there, or a new one with ``first``.

        Starts the guard, unless that of an earlier step still watches. Raises Held and Undone, see C(own).
        """
        record = self.own(run) or dict(first, run=run, began=time.time(), guard=None)
        if not lives(record['guard']):
            record['guard'] = guard.identity
        record.update(within=within, deadline=time.time() + within, step=process(os.getpid()))
        self.write(record)
        if record['guard'] == guard.identity:
            guard.arm()
        return record

    def end(self, why=None, done=None):
        """Take the record away; with ``why`` it was undone, and a note says so, and what was ``done``."""
        record = self.read()
        if record is None:
            return
        if why:
            with contextlib.suppress(IOError, OSError):  # a full disk must not keep the record
                self._put(self.undone, dict(run=record['run'], at=time.time(), why=why, done=done))
        os.unlink(self.path)
        with safe_files.opened(self.root, must=True) as root:
            os.fsync(root)
        self._leave()
        # The guard ends by itself when it sees no record, within a second; there is no need to let it look.
        if record['guard'] and record['guard']['pid'] != os.getpid() and lives(record['guard']):
            with contextlib.suppress(OSError):
                os.kill(record['guard']['pid'], 15)

    def note(self):
        """The note about what was undone: dictionary of run, at, why, done; or None."""
        return self._load(self.undone)

    def tell(self, note):
        """Somebody has been told of the note. It stays for a while: its own run may only sleep, and must not go on."""
        self._put(self.undone, dict(note, told=True))

    def forget(self):
        """Take the note away, which somebody has been told."""
        with contextlib.suppress(OSError):
            os.unlink(self.undone)
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
            raise store.Foreign('%s cannot be read as ours: move it away. Nothing was touched.' % path)


def told(note):
    """The sentence about what was undone without anybody there."""
    return 'the change of %s was undone at %s, since it %s. %s' % (
        note['run'].get('who') or 'an earlier run', clock(note['at']), note['why'], note['done'] or '')


def refused(record, module):
    """The sentence for a second run, as long as the first is not confirmed."""
    return ('%s, since %s, is changing what this run would change, and has not confirmed it yet. Unless it does, its '
            'change is undone by itself, about %s. Nothing was touched. To undo it now: ansible -i INVENTORY HOST -m '
            'dialer.trunks.%s -a "state=undone whose=any"'
            % (who(record['run']), clock(record['began']), clock(record['deadline']), module))


def settle(pending, request, undo):
    """Before anything else in a run's step: what another run left. Returns sentences to warn of.

    ``undo(why)`` takes back what the record says and returns the sentence about it. Raises Held where the other run is
    not to be disturbed, and Undone when this run's own earlier steps have been undone, so that it cannot go on.
    """
    warnings, run = [], request.get('run') or {}
    pending.check(run)
    note = pending.note()
    if note and not note.get('told'):
        warnings.append(told(note))
        pending.tell(note)
    elif note and time.time() - note['at'] > REMEMBERED:
        pending.forget()
    record = pending.read()
    if record is None or of(record, run):
        return warnings
    gone = record['run'].get('id') == request.get('gone')
    if lives(record['guard']) and not gone:
        raise Held(refused(record, pending.module), record['run'])
    what = undo('was cut short')
    pending.forget()
    return warnings + ['%s, since %s, was cut short before it confirmed its change; that was undone first. %s'
                       % (who(record['run']), clock(record['began']), what)]


def close(pending, request, state, undo, first=lambda: None, clean=lambda: None):
    """The states confirmed, renewed (it goes on to wait, for as long again) and undone of both modules: (changed,
    message). Raises Undone.

    ``undo(why)`` as above. To confirm, ``first()`` is called while there is a way back, and ``clean()`` when there is
    none any more, maybe twice.
    """
    record, run = pending.read(), request.get('run') or {}
    if record is None or (not of(record, run) and not (state == 'undone' and request.get('any'))):
        if state in ('confirmed', 'renewed'):
            pending.check(run)
            if record is None:
                clean()  # what one that was killed has left to do
        note = pending.note()
        if note and of(note, run):
            pending.forget()
            return False, told(note)
        return False, NOTHING
    if state == 'renewed':
        record['deadline'] = time.time() + record['within']
        pending.write(record)
        return False, 'waits to be confirmed, until %s.' % clock(record['deadline'])
    if state == 'confirmed':
        first()
        pending.end()
        clean()
        return True, 'confirmed.'
    what = undo(request.get('why') or 'was taken back')
    if of(record, run):  # another run has to be told
        pending.forget()
    return True, what
