# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a generation in force and proves it, or restores the former state and proves that."""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.log_watch import LogWatch
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_DIRECTORY
from ansible_collections.dialer.trunks.plugins.module_utils._common import findings, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor, proof
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import LISTING

# `sip reload` returns before chan_sip has read its files; a peer was seen within a second. The monitor looks once a
# second which generation is in force. Seconds.
RELOAD_LIMIT = 10
SLOW = frozenset(BY_DIRECTORY) | {'monitor'}


def link(store, number):
    """Point the link to a generation, with access rights for Asterisk and new file times; None removes the link."""
    if number is not None:
        store.set_access(number)
    store.switch(number)
    if number is not None:
        store.touch(number)


def write_lines(texts):
    """Write the operator's files, {path: text}; a file with an empty text is removed."""
    for target, text in sorted(texts.items()):
        if text == safe_files.read_text(target):
            continue
        if text:
            safe_files.write_text(target, text)
        else:
            safe_files.remove(target)


def load(store, dialer, programs, number, files, others):
    """Reload these programs with generation ``number`` and prove that they hold it, see C(proof.after_reload). Raises
    Refused."""
    if 'nft' in programs:
        dialer.load_table(store.place('nftables.conf'))
    # A generation with an unchanged firewall has no listing of its own yet.
    if number is not None and 'nftables.conf' in files:
        if 'nft' in programs or not store.read(number, LISTING):
            store.put(number, LISTING, dialer.table())
    for program in sorted(programs - {'nft', 'monitor'}):
        dialer.reload(program)
    if 'monitor' in programs:
        monitor.put_in_force(files)
    limit = time.time() + RELOAD_LIMIT
    missing = proof.after_reload(dialer, programs, number, files, others)
    while missing and programs & SLOW and time.time() < limit:
        time.sleep(0.3)
        missing = proof.after_reload(dialer, programs, number, files, others)
    if missing:
        raise Refused('Asterisk did not load the new configuration:', missing)


def all_or_nothing(change, number, written, test=lambda: None):
    """Put generation ``number`` in force and prove it, or restore the state before C(change). Raises Unfinished.

    ``written``: whether the generation was written for this change, and is removed if the change fails. ``test()``:
    further checks, which raise Refused.
    """
    store, dialer, programs = change.state.store, change.state.dialer, change.programs()
    log = LogWatch(dialer.cli)
    try:
        write_lines({path: new for path, (_old, new) in change.lines.items()})
        link(store, number)
        load(store, dialer, programs, number, store.files(number), [change.state.files, change.wanted])
        test()
    except Exception as fault:  # after any exception, the former state must be restored
        logged = log.lines()
        restored, text = _restore(change, programs, number if written else None)
        lines = [str(fault)] + ['Asterisk logged: ' + line for line in logged[-5:]] + [text]
        raise Unfinished('\n'.join(lines), restored)


def _restore(change, programs, failed):
    """Restore the former state. Returns (whether that succeeded, a sentence). ``failed``: the generation to remove, or
    None."""
    state = change.state
    former = proof.called(state.number)
    try:
        link(state.store, state.number)
        if failed not in (None, state.number):  # on a full disk, this makes space for the rest
            state.store.discard(failed)
        write_lines({path: old for path, (old, _new) in change.lines.items()})
        load(state.store, state.dialer, programs, state.number, state.files, [state.files, change.wanted])
    except Exception as fault:  # any exception becomes part of the message
        if isinstance(fault, Refused) and state.unproven:
            return True, ('Restored: %s, as it was found. The running programs did not hold all of it before either:%s'
                          % (former, ''.join('\n  ' + text for text in findings.texts(state.unproven))))
        return False, ('Restoring %s failed, too: %s\nThe files of the former state are restored; check Asterisk\'s '
                       'log, then run this again.' % (former, fault))
    return True, 'Restored and proven: %s.' % former
