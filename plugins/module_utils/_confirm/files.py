# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkpoint of files: what a dialer held before a run's first commit, and the rollback to it."""

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
    """Restore what the record of a checkpoint describes. Returns a sentence about it.

    Raises what C(switch.load) raises: then the files are restored, but not proven to be loaded.
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
        return ('Restored: %s. Asterisk does not run; it reads that when it starts.' % former) + note
    try:
        switch.load(store, dialer, set(record['programs']), number, files, [files] + others)
    except Refused:
        if not record['unproven']:
            raise
        return ('Restored: %s, as it was found: the running programs did not hold all of it.' % former) + note
    return 'Restored and proven: %s.' % former + note


def _came(record, number):
    """Return whether the run has put this generation in force: it has written it, or rolled back to it."""
    return number not in record['kept'] or number == record.get('target')


def _unstamped(files):
    return {path: unstamp(text) for path, text in files.items()}


def _let_in(files, others):
    """Return firewalld's rules that the run has added."""
    before = set(firewalld.lines(files.get(firewalld.RECORD, '')))
    return {rule for other in others for rule in firewalld.lines(other.get(firewalld.RECORD, ''))} - before


def _keep_out(let_in):
    """Remove the rules that the run has added to firewalld. If firewalld does not answer, the rollback continues, and a
    sentence about that is returned, else ''."""
    if not let_in:
        return ''
    try:
        if not cli.running('firewalld'):
            raise firewalld.FirewalldError('it does not run')
        firewalld.take_out(let_in)
    except firewalld.FirewalldError as fault:
        return (' firewalld still has the rules of the change (%s); the next run of site.yml removes them.' % fault)
    return ''


def _former_text(store, path, texts):
    """Return the former text of the operator's file. If it was changed since, return its current text with or without
    this collection's line, as it was before."""
    old, new = texts['old'], texts['new']
    now = safe_files.read_text(path)
    if now == old or now in new:
        return old
    for _file, (target, line, place) in includes.lines(store.place).items():
        if target == path:
            return includes.with_line(now, line, place) if line in old else includes.without_line(now)
    return now


def sweep(store):
    """Remove incomplete files of a killed run."""
    store.sweep()
    for target, _line, _place in includes.LINES.values():
        safe_files.remove(target + '.dialer-trunks.new')


def rollback(checkpoint, why):
    """Roll back to the checkpoint and remove it. Returns a sentence about it. Called under the dialer's lock."""
    record = checkpoint.read()
    if record is None:
        return 'Nothing was left to roll back.'
    what = restore(generations.of_dialer(), Dialer(cli.Cli()), record)
    checkpoint.end(why, what)
    return what


def watch(checkpoint):
    """Return the watchdog of this dialer's files, see C(watchdog)."""
    return Watchdog(checkpoint, lambda why: rollback(checkpoint, why))


def begin(checkpoint, request, watchdog):
    """Begin a step of a run: roll back what a killed run has left, raise Unconfirmed for the change of a running one,
    and extend this run's own checkpoint, if there is one. Returns warnings.

    ``watchdog``: the watchdog, or None for a run without confirmation.
    """
    if not (checkpoint.read() or checkpoint.note()):
        return []
    with checkpoint.lock((request.get('run') or {}).get('who')):
        warnings = checkpoints.settle(checkpoint, request, lambda why: rollback(checkpoint, why))
        if watchdog and checkpoint.read():
            checkpoint.arm(request['run'], request['within'], watchdog)
        return warnings


def clean(checkpoint):
    """Do what a commit leaves to the time when it can no longer be rolled back."""
    store = generations.of_dialer()
    commit.tidy(store)
    if store.linked() is None:  # nothing of this collection stays, not even a note
        checkpoint.forget()


@contextlib.contextmanager
def armed(checkpoint, request, watchdog, change, target=None):
    """Return a context for applying C(change), with a checkpoint of the former state.

    ``watchdog``: as in C(begin); ``target``: the kept generation that the run rolls back to, if it writes none.
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
