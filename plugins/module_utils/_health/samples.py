# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a trunk is down by what Asterisk's own probes say of it. Pure.

One bad sample suspends nothing, and one good sample ends no suspension: both need a number of samples in a row.
"""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers

# Dial refuses a peer that is lagged like one that is unreachable. An unmonitored peer is dialled in any case.
_GOOD = {parsers.REACHABLE: True, parsers.UNMONITORED: True, parsers.LAGGED: False, parsers.UNREACHABLE: False}


def is_good(asterisk_state):
    """Return whether a state of a peer is good: True, False, or None if it says nothing.

    Unknown says nothing: after a reload it stands for "not probed yet", and chan_sip dials such a peer.
    """
    return _GOOD.get(asterisk_state)


class Samples(object):
    """Counts samples in a row. ``down``: whether the trunk is down; it begins as up.

    ``down_after``: bad samples in a row that take it down, ``up_after``: good ones that bring it up again.
    """

    def __init__(self, down_after, up_after):
        self.down = False
        self.down_after = down_after
        self._up_after = up_after
        self._against = 0       # samples in a row that contradict ``down``

    def sample(self, good):
        """Count a sample: True, False, or None, which changes nothing and interrupts no row."""
        if good is None:
            return
        if good != self.down:
            self._against = 0
            return
        self._against += 1
        if self._against >= (self._up_after if self.down else self.down_after):
            self.down = not self.down
            self._against = 0

    def saved(self):
        """Return the state as a dictionary for JSON."""
        return dict(down=self.down, against=self._against)

    def restore(self, saved):
        """Continue from a dictionary of C(saved). One that is not such a dictionary is ignored."""
        if not isinstance(saved, dict):
            return
        down, against = saved.get('down'), saved.get('against')
        if isinstance(down, bool) and isinstance(against, int) and against >= 0:
            self.down, self._against = down, against
