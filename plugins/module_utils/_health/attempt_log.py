# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps attempts in the store, and goes on when that is full or damaged."""

import sqlite3
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import store

WAITING = 10000     # attempts that wait for a disk that is full; more are counted as lost
RETRY = 10          # seconds until a store that failed is tried again
EXPIRY = 20         # seconds between two looks for attempts that have expired; each deletes 10,000 at most

_FAULTS = (store.Full, store.Damaged, store.Refused, safe_files.Foreign, IOError, OSError)


class AttemptLog(object):
    """The attempt log at C(path). ``trouble``: why nothing is stored at present, or empty. ``waiting``: attempts that
    are not stored yet. ``lost``: attempts of which only the number is stored, or will be; ``missed``: those of them of
    which no event has told."""

    def __init__(self, path):
        self._path = path
        self._store = None
        self._attempts, self._talks, self._changes = [], [], []
        self._retry = self._expiry = 0
        self.lost, self.missed, self._lost_stored = 0, 0, 0
        self._serials = self._serials_stored = ''
        self.trouble = ''
        self.note = ''      # what became of a damaged file

    @property
    def waiting(self):
        return len(self._attempts)

    def serials(self):
        """Return which serial numbers are known with what is stored, see C(serials.Serials); empty if none are."""
        found = []
        self._try(lambda: found.append(self._store.serials()))
        self._serials, self._serials_stored = ''.join(found), found[0] if found else None
        return self._serials

    def add(self, attempts, talks, missed=0, serials=''):
        """Store attempts and talk times, with those that wait, how many more attempts were missed, and which serial
        numbers are known with all of these."""
        self._attempts += attempts
        self._talks += talks
        self.missed += missed
        self.lost += missed
        self._serials = serials
        if len(self._attempts) > WAITING:
            self.lost += len(self._attempts) - WAITING
            del self._attempts[:-WAITING]
            del self._talks[:-WAITING]
        if self._attempts or self._talks or self._changes or self._news():
            self._try(self._write)

    def changed(self, *change):
        """Store a change of state, see C(store.Store.changed), with those that wait."""
        self._changes = (self._changes + [change])[-WAITING:]
        self._try(self._write)

    def expire(self, days, megabytes):
        """Delete what is too old or too much, a part at a time."""
        if time.monotonic() >= self._expiry:
            self._expiry = time.monotonic() + EXPIRY
            self._try(lambda: self._store.expire(time.time(), days, megabytes))

    def _news(self):
        return self.lost > self._lost_stored or self._serials != self._serials_stored

    def _write(self):
        while self._changes:
            self._store.changed(*self._changes[0])
            del self._changes[0]
        if self._attempts or self._serials != self._serials_stored:
            try:
                self._store.add(self._attempts, self._serials)
                self._serials_stored = self._serials
            except (sqlite3.Error, UnicodeError, OverflowError):    # an odd value; a second try would end the same way
                self.lost += len(self._attempts)
            self._attempts = []
        if self._talks:
            self._store.talked(self._talks)
            self._talks = []
        if self.lost > self._lost_stored:
            self._store.lost(self.lost - self._lost_stored, time.time())
            self._lost_stored = self.lost

    def _try(self, action, damaged=None):
        if self.trouble and time.monotonic() < self._retry and damaged is None:
            return
        try:
            if self._store is None:
                self._store, note = store.open_store(self._path, time.time(), damaged)
                self.note = note or self.note
            action()
            self.trouble = ''
        except _FAULTS as fault:
            self.close()
            if isinstance(fault, store.Damaged) and damaged is None:
                self._try(action, fault)
            else:
                self.trouble, self._retry = str(fault), time.monotonic() + RETRY

    def close(self):
        """Close the store, which the next call opens again."""
        kept, self._store, self._serials_stored = self._store, None, None
        if kept is not None:
            try:
                kept.close()
            except _FAULTS:
                pass
