# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files' way back: what a dialer held before a run's first commit, and how to get there again."""

import contextlib

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import watchdog
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    commit, firewalld, includes, store as generations)
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as records
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp


class Return(commit.Commit):
    """Back to a record's state; ``current`` and ``wanted`` are what the proofs of a commit look at."""

    def __init__(self, store, dialer, record):
        self.store = store
        self.dialer = dialer
        self.record = record
        self.number = record['number']
        self.current = store.files(self.number)
        self.wanted = {}
        for number in store.numbers():
            if number not in record['kept'] or number == record.get('target'):
                self.wanted.update((path, unstamp(text)) for path, text in store.files(number).items())
        was, came = [set(firewalld.lines(files.get(firewalld.RECORD, ''))) for files in (self.current, self.wanted)]
        self.let_in = came - was
        self.lines = {path: (self._former_text(path, texts), '') for path, texts in record['lines'].items()}
        self.unproven = record['unproven']

    def go(self):
        """Do it; the sentence about it. Raises what a commit raises; then the files are back and the proof is not."""
        self._put_in_force(self.number)
        note = self._keep_out()
        for number in self.store.numbers():
            if number not in self.record['kept']:
                self.store.discard(number)
        sweep(self.store)
        self._write_lines(new=False)
        if cli.process() is None:
            self.dialer.load_table(self.store.place('nftables.conf'))
            return ('Restored: %s. Asterisk does not run; it will read that when it starts.' % self._former()) + note
        try:
            self._reload(set(self.record['programs']), self.number, self.current)
        except commit.Refused:
            if not self.unproven:
                raise
            return ('Restored: %s, as it was found, which the running programs did not hold all of.'
                    % self._former()) + note
        return 'Restored and proven: %s.' % self._former() + note

    def _keep_out(self):
        """Take out of firewalld whom the run has let in. What else there is to undo does not wait for a firewalld that
        does not answer: then a sentence about it."""
        if not self.let_in:
            return ''
        try:
            if not cli.running('firewalld'):
                raise firewalld.FirewalldError('it does not run')
            firewalld.take_out(self.let_in)
        except firewalld.FirewalldError as fault:
            return (' firewalld still lets in whom the change let in (%s); the next run of site.yml takes that out.'
                    % fault)
        return ''

    def _former_text(self, path, texts):
        """The operator's file as it is to be: as it was, or, where somebody else has changed it since, with or without
        our line as it had that."""
        old, mine = texts['old'], texts['new']
        now = safe_files.read_text(path)
        if now == old or now in mine:
            return old
        for _file, (target, line, place) in includes.lines(self.store.place).items():
            if target == path:
                return includes.with_line(now, line, place) if line in old else includes.without_line(now)
        return now


def sweep(store):
    """Remove what a killed run left half written."""
    store.sweep()
    for target, _line, _place in includes.LINES.values():
        safe_files.remove(target + '.dialer-trunks.new')


def undo(pending, why):
    """Take back what the record says, and the record with it; the sentence about it. Under the dialer's lock."""
    record = pending.read()
    if record is None:
        return 'Nothing was left to undo.'
    what = Return(generations.of_dialer(), commit.Dialer(cli.Cli()), record).go()
    pending.end(why, what)
    return what


def watch(pending):
    """The guard of this dialer's files, see C(guard)."""
    return watchdog.Guard(pending, lambda why: undo(pending, why), lambda: pending.lock(watchdog.WHO))


def begin(pending, request, keeper):
    """The first thing in each step of a run: what a dead run left is undone, a living one is not disturbed (Held), and
    this run's own change, if there is one, gets more time. Returns sentences to warn of."""
    if not (pending.read() or pending.note()):
        return []
    with pending.lock((request.get('run') or {}).get('who')):
        warnings = records.settle(pending, request, lambda why: undo(pending, why))
        if keeper and pending.read():
            pending.arm(request['run'], request['within'], keeper)
        return warnings


def clean(pending):
    """What a commit leaves to the moment when there is no way back any more."""
    store = generations.of_dialer()
    commit.tidy(store)
    if store.linked() is None:  # nothing of ours stays, not even what somebody may want to know
        pending.forget()


@contextlib.contextmanager
def armed(pending, request, keeper, wanted):
    """Around C(Commit.apply): a record of the former state for as long as the run may go back to it."""
    record = pending.own(request.get('run') or {})
    if keeper is None:
        yield
        commit.tidy(wanted.store)
        return
    mine = record is None
    first = dict(number=wanted.number, kept=wanted.store.numbers(), target=wanted.target, lines={}, programs=[],
                 unproven=wanted.unproven)
    record = record or first
    for path, (old, new) in wanted.lines.items():
        kept = record['lines'].setdefault(path, dict(old=old, new=[]))
        kept['new'].append(new)
    record['programs'] = sorted(set(record['programs']) | wanted._programs())
    if not mine:
        pending.write(record)
    pending.arm(request['run'], request['within'], keeper, **(record if mine else {}))
    try:
        yield
    except Exception:
        if mine and wanted.restored is not False:
            sweep(wanted.store)
            pending.end()
        raise
