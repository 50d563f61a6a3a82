# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what a minute to a number costs on each trunk: by the trunk's rate deck, else its C(cost_per_minute).

A deck of 50,000 prefixes would take 6 MB as a dictionary. It stays on the disk, in lines that the controller has
sorted (C(ranges) in C(_description/rates.py)); a search reads 18 of them.
"""

import os

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files

_LONGEST = 200  # bytes in which the first line ends


class Rates(object):
    """The rates of the trunks that it follows. ``trouble``: which deck cannot be read and why, or empty."""

    def __init__(self):
        self._flat, self._decks = {}, {}
        self.trouble = ''

    def follow(self, trunks, open_file):
        """Use the rates of these orders from now on. ``open_file(path)`` returns a descriptor of a deck."""
        self.close()
        self.trouble = ''
        self._flat = {name: trunk['cost_per_minute'] for name, trunk in trunks.items()}
        opened = {path: self._opened(path, open_file)
                  for path in sorted({trunk['rates'] for trunk in trunks.values() if trunk['rates']})}
        self._decks = {name: opened[trunk['rates']] for name, trunk in trunks.items() if trunk['rates']}

    def _opened(self, path, open_file):
        try:
            return Deck(open_file(path))
        except (ValueError, IOError, OSError, safe_files.Foreign) as fault:
            self._failed(fault)
            return None

    def _failed(self, fault):
        self.trouble = 'a rate deck cannot be read, so that costs are not known: %s' % fault

    def has(self, trunk):
        """Return whether the trunk has a rate, at least for some numbers."""
        return trunk in self._decks or self._flat.get(trunk) is not None

    def of(self, trunk, number):
        """Return what a minute to a number costs, without the route's dial prefix; None if that is not known.

        A deck that cannot be read leaves it unknown: the flat rate is for numbers that are not in the deck."""
        if trunk not in self._decks:
            return self._flat.get(trunk)
        if self._decks[trunk] is None:
            return None
        try:
            found = self._decks[trunk].rate(number)
        except (ValueError, IOError, OSError) as fault:
            self._failed(fault)
            return None
        return self._flat.get(trunk) if found is None else found

    def close(self):
        """Close the decks."""
        for deck in set(self._decks.values()) - {None}:
            deck.close()
        self._decks = {}


class Deck(object):
    """A rate deck in an open file, which it closes. Raises ValueError if the file is no deck."""

    def __init__(self, descriptor):
        self._file = descriptor
        try:
            head = os.pread(descriptor, _LONGEST, 0)
            self._digits, self._line = head.index(b','), head.index(b'\n') + 1
            self._lines = os.fstat(descriptor).st_size // self._line
        except Exception:
            self.close()
            raise

    def rate(self, number):
        """Return the rate of the number's longest prefix in the deck; None without one. Raises OSError, ValueError."""
        wanted = number.encode('ascii')[:self._digits].ljust(self._digits)
        first, end = 0, self._lines     # the line that has the number is one of these
        while end - first > 1:
            middle = (first + end) // 2
            if os.pread(self._file, self._digits, middle * self._line) <= wanted:
                first = middle
            else:
                end = middle
        rate = os.pread(self._file, self._line, first * self._line)[self._digits + 1:].strip()
        return float(rate) if rate else None

    def close(self):
        """Close the file."""
        os.close(self._file)
