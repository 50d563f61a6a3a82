# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what the metrics show of each trunk since the start of the monitor. Pure."""

import bisect

from ansible_collections.dialer.trunks.plugins.module_utils._health import faults, measures
from ansible_collections.dialer.trunks.plugins.module_utils._health.measures import PDD_BUCKETS

_RESULTS = {'ANSWER': 'answered', 'BUSY': 'busy or no answer', 'NOANSWER': 'busy or no answer', 'CANCEL': 'cancelled'}
_FAULTS = {faults.TRUNK: 'trunk', faults.NUMBER: 'number'}


class Counters(object):
    """Counts per trunk. C(of) returns those of one trunk, in the form of C(metrics.render)."""

    def __init__(self):
        self._trunks = {}

    def of(self, trunk):
        """Return the counts of a trunk: attempts, pdd, pdd_ms, talk_s, cost and suspensions."""
        return self._trunks.setdefault(trunk, dict(
            attempts={}, pdd=[0] * (len(PDD_BUCKETS) + 1), pdd_ms=0, talk_s=0.0, cost=0.0, suspensions=0))

    def attempt(self, attempt):
        """Count an attempt."""
        counts = self.of(attempt['trunk'])
        result = _RESULTS.get(attempt['result']) or _FAULTS[attempt['fault']]
        counts['attempts'][result] = counts['attempts'].get(result, 0) + 1
        if attempt['pdd_ms'] is not None:
            counts['pdd'][bisect.bisect_left(PDD_BUCKETS, attempt['pdd_ms'])] += 1
            counts['pdd_ms'] += attempt['pdd_ms']
        if attempt['talk_s'] is not None:
            self.talked(attempt['trunk'], attempt['talk_s'], attempt['rate'])

    def talked(self, trunk, seconds, rate):
        """Count seconds talked at a rate per minute, None if it is not known."""
        counts = self.of(trunk)
        counts['talk_s'] += seconds
        counts['cost'] += measures.cost(seconds, rate) or 0.0

    def suspended(self, trunk):
        """Count a suspension."""
        self.of(trunk)['suspensions'] += 1
