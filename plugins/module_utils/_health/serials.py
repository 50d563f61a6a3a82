# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the attempts that no event has told of, from their serial numbers. Pure.

The dialplan numbers the attempts of a dialer in a global variable, one after the other as they end, and each event has
its attempt's number. Numbers up to the variable's value that came with no event are missing.

The count is a lower bound. Two channels that end in the same instant can get the same number, and the variable can go
back by some: numbers that come again are no gap. An event with a number that the dialplan has not given yet hides at
most a gap: what counts is the variable.
"""

import bisect
import json

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines, dialplan_parsers

VARIABLE = 'TRUNKS_SERIAL'  # the global variable, as in roles/dialplan
LARGEST = 10 ** 12 - 1      # a larger number is none of the dialplan's: 300 years at 100 attempts a second
_MOST = 100                 # ranges that are kept


def parse_globals(text):
    """Return the variable's value in C(dialplan show globals), 0 before the first attempt; None for an odd one."""
    return number(dialplan_parsers.global_values(text).get(VARIABLE) or '0')


def number(text):
    """Return the serial number in a text; None without one."""
    found = conf_lines.number(text)
    return found if found is not None and found <= LARGEST else None


class Serials(object):
    """The serial numbers that are accounted for, by an event or as missing. It begins without any, and counts nothing
    before the first C(read)."""

    def __init__(self):
        self._ranges = None     # [[first, last], ...], ascending, with a gap between two; the first one begins with 0
        self._asterisk = None   # whose numbers they are
        self._read = None       # the variable's value up to which C(settle) counts

    @property
    def known(self):
        """Return whether any number is accounted for."""
        return self._ranges is not None

    def seen(self, serial):
        """Take the number of an event."""
        if self._ranges is None:
            return
        place = bisect.bisect_right(self._ranges, [serial, LARGEST])
        before = self._ranges[place - 1]
        if serial <= before[1]:
            return
        if serial > before[1] + 1:
            before = [serial, serial]
            self._ranges.insert(place, before)
            place += 1
        before[1] = serial
        if place < len(self._ranges) and self._ranges[place][0] == serial + 1:
            before[1] = self._ranges.pop(place)[1]
        if len(self._ranges) > _MOST:   # the oldest gap is given up
            self._ranges[0][1] = self._ranges.pop(1)[1]

    def read(self, serial, asterisk):
        """Take the variable's value, as of now. ``asterisk`` identifies the process that has it; None if not known. All
        events that were sent before this value was read, and are not lost, must be given to C(seen) before C(settle).

        Returns how many attempts of a former Asterisk are missing, whose events cannot come any more.
        """
        missing = 0
        if self._ranges is None:
            self._ranges = [[0, serial]]
        elif self._asterisk and asterisk and asterisk != self._asterisk:
            missing = self.settle()
            self._ranges = [[0, 0]]     # which has begun with 1
        else:
            # What is above was not given by the dialplan, or will be given again, and is no gap until then.
            self._ranges = [[first, min(last, serial)] for first, last in self._ranges if first <= serial]
        self._asterisk = asterisk or self._asterisk
        self._read = serial
        return missing

    def settle(self):
        """Return how many numbers up to the last value read are missing. Each is counted once."""
        if self._read is None:
            return 0
        read, self._read = self._read, None
        known = sum(min(last, read) - first + 1 for first, last in self._ranges if first <= read)
        above = [[max(first, read + 1), last] for first, last in self._ranges if last > read]
        self._ranges = [[0, read]] + above
        if above and above[0][0] == read + 1:
            self._ranges[:2] = [[0, above[0][1]]]
        return read + 1 - known

    def forget(self):
        """Begin anew: what has come since the last C(settle) is not known."""
        self._ranges = self._asterisk = self._read = None

    def saved(self):
        """Return the numbers as text; empty without any."""
        if self._ranges is None:
            return ''
        return json.dumps(dict(ranges=self._ranges, asterisk=self._asterisk, read=self._read), sort_keys=True)

    def restore(self, text):
        """Continue from the text of C(saved). What is odd in it begins anew."""
        self.forget()
        try:
            saved = json.loads(text)
            if _are_ranges(saved['ranges']) and isinstance(saved['asterisk'], (str, type(None))) \
                    and (saved['read'] is None or _is_serial(saved['read'])):
                self._ranges, self._asterisk, self._read = saved['ranges'], saved['asterisk'], saved['read']
        except (ValueError, TypeError, KeyError):
            pass


def _are_ranges(found):
    return (isinstance(found, list) and bool(found) and found[0][:1] == [0]
            and all(len(one) == 2 and all(map(_is_serial, one)) and one[0] <= one[1] for one in found)
            and all(one[1] < other[0] for one, other in zip(found, found[1:])))


def _is_serial(found):
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= LARGEST
