# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files' checkpoint: what a dialer held before a run's first commit, and how to roll back to it."""

import contextlib

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints
from ansible_collections.dialer.trunks.plugins.module_utils._confirm.watchdog import Watchdog
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    commit, firewalld, includes, proof, store as generations, switch)
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import Dialer
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished


def restore(store, dialer, record):
    """Put in force what the record of a checkpoint says; the sentence about it.

    Raises what C(switch.load) raises; then the files are back and the proof is missing.
    """
    number = record['number']
    files = store.files(number)
    lines = {path: _former_text(store, path, texts) for path, texts in record['lines'].items()}
    others = [_unstamped(store.files(other)) for other in store.numbers() if _came(record, other)]
    former = proof.called(number)
    switch.link(store, number)
    note = _keep_out(_let_in(files, others))
    for other in store.numbers():
        if other not in record['kept']:
            store.discard(other)
    sweep(store)
    switch.write_lines(lines)
    if cli.process() is None:
        dialer.load_table(store.place('nftables.conf'))
        return ('Restored: %s. Asterisk does not run; it will read that when it starts.' % former) + note
    try:
        switch.load(store, dialer, set(record['programs']), number, files, [files] + others)
    except Refused:
        if not record['unproven']:
            raise
        return ('Restored: %s, as it was found, which the running programs did not hold all of.' % former) + note
    return 'Restored and proven: %s.' % former + note


def _came(record, number):
    """Whether the run has put this generation in force: written for it, or brought back."""
    return number not in record['kept'] or number == record.get('target')


def _unstamped(files):
    return {path: unstamp(text) for path, text in files.items()}


def _let_in(files, others):
    """firewalld's rules that the run has added."""
    before = set(firewalld.lines(files.get(firewalld.RECORD, '')))
    return {rule for other in others for rule in firewalld.lines(other.get(firewalld.RECORD, ''))} - before


def _keep_out(let_in):
    """Take out of firewalld whom the run has let in. What else there is to roll back does not wait for a firewalld that
    does not answer: then a sentence about it."""
    if not let_in:
        return ''
    try:
        if not cli.running('firewalld'):
            raise firewalld.FirewalldError('it does not run')
        firewalld.take_out(let_in)
    except firewalld.FirewalldError as fault:
        return (' firewalld still lets in whom the change let in (%s); the next run of site.yml takes that out.'
                % fault)
    return ''


def _former_text(store, path, texts):
    """The operator's file as it is to be: as it was, or, where others have changed it since, with or without this
    collection's line as it had that."""
    old, new = texts['old'], texts['new']
    now = safe_files.read_text(path)
    if now == old or now in new:
        return old
    for _file, (target, line, place) in includes.lines(store.place).items():
        if target == path:
            return includes.with_line(now, line, place) if line in old else includes.without_line(now)
    return now


def sweep(store):
    """Remove what a killed run left half written."""
    store.sweep()
    for target, _line, _place in includes.LINES.values():
        safe_files.remove(target + '.dialer-trunks.new')


def rollback(checkpoint, why):
    """Roll back to the checkpoint, which goes with that; the sentence about it. Under the dialer's lock."""
    record = checkpoint.read()
    if record is None:
        return 'Nothing was left to roll back.'
    what = restore(generations.of_dialer(), Dialer(cli.Cli()), record)
    checkpoint.end(why, what)
    return what


def watch(checkpoint):
    """The watchdog of this dialer's files, see C(watchdog)."""
    return Watchdog(checkpoint, lambda why: rollback(checkpoint, why))


def begin(checkpoint, request, watchdog):
    """The first thing in each step of a run: what a dead run left is rolled back, a running one is not disturbed
    (Unconfirmed), and this run's own change, if there is one, gets more time. Returns sentences to warn of.

    ``watchdog``: the watchdog, or None for a run that need not be confirmed.
    """
    if not (checkpoint.read() or checkpoint.note()):
        return []
    with checkpoint.lock((request.get('run') or {}).get('who')):
        warnings = checkpoints.settle(checkpoint, request, lambda why: rollback(checkpoint, why))
        if watchdog and checkpoint.read():
            checkpoint.arm(request['run'], request['within'], watchdog)
        return warnings


def clean(checkpoint):
    """What a commit leaves to the moment when there is no way back any more."""
    store = generations.of_dialer()
    commit.tidy(store)
    if store.linked() is None:  # nothing of this collection stays, not even a note
        checkpoint.forget()


@contextlib.contextmanager
def armed(checkpoint, request, watchdog, change, target=None):
    """Around what applies C(change): a checkpoint of the former state for as long as the run may go back to it.

    ``watchdog`` as in C(begin); ``target``: the generation that comes back, where none is written.
    """
    record = checkpoint.own(request.get('run') or {})
    state = change.state
    if watchdog is None:
        yield
        commit.tidy(state.store)
        return
    mine = record is None
    first = dict(number=state.number, kept=state.store.numbers(), target=target, lines={}, programs=[],
                 unproven=bool(state.unproven))
    record = record or first
    for path, (old, new) in change.lines.items():
        record['lines'].setdefault(path, dict(old=old, new=[]))['new'].append(new)
    record['programs'] = sorted(set(record['programs']) | change.programs())
    if not mine:
        checkpoint.write(record)
    checkpoint.arm(request['run'], request['within'], watchdog, **(record if mine else {}))
    try:
        yield
    except Exception as fault:
        if mine and not (isinstance(fault, Unfinished) and fault.restored is False):
            sweep(state.store)
            checkpoint.end()
        raise
