# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker of a trunk: opens when too many attempts fail by the trunk's fault, and closes after good trials.
Pure.

It sees what no probe sees: a carrier that answers OPTIONS and refuses calls, or does not respond to them. Times are
seconds of a clock that is not stepped; only their differences matter.
"""

import collections

CLOSED, OPEN, TRIAL = 'closed', 'open', 'trial'

# Attempts in a row without any response that open it. One may be due to the number, and a second to the same moment of
# packet loss. Each costs a caller a wait (6.4 s with chan_sip), so that it should not take more.
SILENT = 3
SILENT_WITHIN = 600     # seconds within which they ended: rarer ones need not have the same reason

_INEXACT = 1            # seconds: the dialplan measures an attempt in whole ones
_LARGEST = 10 ** 9      # of any number that is restored


class Breaker(object):
    """Opens when of the last ``attempts`` attempts, all within ``window`` seconds, ``failed`` percent failed, or when
    SILENT attempts in a row got no response.

    The latter are counted on their own: the dialplan's cool-down lets one call in 17 s try a trunk that does not
    respond, so that ``attempts`` of them do not come together. They are in a row in the order in which they began. So
    one that began later and got a response ends the row, and the end of an old call says nothing. Those that waited at
    the same time count as one.

    It stays open for ``first`` seconds. Then attempts are a trial: ``trials`` good ones close it, one that fails opens
    it for twice as long as before, ``longest`` seconds at most. After ``longest`` seconds closed, ``first`` applies
    again.

    ``until``: when the present or last opening ends, None while closed. ``counted``: (failed, attempts) that opened it.
    ``silent``: attempts without a response that opened it, 0 if ``counted`` did. ``failed_trials``: attempts in trial
    that failed since then.
    """

    def __init__(self, attempts, window, failed, first=30, longest=600, trials=3):
        self._attempts, self._window, self._failed = attempts, window, failed
        self._first, self._longest, self._trials = first, longest, trials
        self.until = None
        self.counted = (0, 0)
        self.silent = 0
        self.failed_trials = 0
        self._length = first
        self._closed_since = None       # None: it has never been open
        self._good = 0                  # good attempts of the present trial
        self._history = collections.deque(maxlen=attempts)      # (time, failed)
        self._row = []                  # (beginning, end) of attempts in a row without a response
        self._last_responded = float('-inf')    # the latest beginning of an attempt that got a response

    def state(self, now):
        """Return CLOSED, OPEN or TRIAL."""
        if self.until is None:
            return CLOSED
        return OPEN if now < self.until else TRIAL

    def attempt(self, now, failed, responded=None, seconds=0):
        """Count an attempt that has ended after ``seconds``, ``failed`` by the trunk's fault or not. ``responded``:
        whether anything came from the trunk, None if that is not known.

        While open, attempts say nothing new: they began before, or had no other trunk left. No more do those in trial
        that began before it.
        """
        state, began = self.state(now), now - seconds
        if responded:
            self._last_responded = max(self._last_responded, began)
            self._row = [one for one in self._row if one[0] > began]
        if state == CLOSED:
            self._history.append((now, bool(failed)))
            if responded is False:
                self._wait_in_vain(began, now)
            self._judge(now)
        elif state == TRIAL and began < self.until - _INEXACT:
            return
        elif state == TRIAL and failed:
            self.failed_trials += 1
            self._length = min(2 * self._length, self._longest)
            self._open(now)
        elif state == TRIAL:
            self._good += 1
            if self._good >= self._trials:
                self.until = None
                self._closed_since = now
                self._good = 0

    def forget(self):
        """Forget the attempts that were counted while closed. An opening is kept."""
        self._history.clear()
        self._row = []

    def saved(self, now):
        """Return the state as a dictionary for JSON. Attempts counted while closed are left out: how old they are when
        it is restored is not known."""
        return dict(remaining=None if self.until is None else max(0, self.until - now), length=self._length,
                    closed_for=None if self._closed_since is None else now - self._closed_since, good=self._good,
                    counted=list(self.counted), silent=self.silent, failed_trials=self.failed_trials)

    def restore(self, saved, now):
        """Continue from a dictionary of C(saved). One that is not such a dictionary is ignored."""
        if not isinstance(saved, dict):
            return
        remaining, closed_for, length = saved.get('remaining'), saved.get('closed_for'), saved.get('length')
        counted, silent = saved.get('counted'), saved.get('silent')
        good, failed_trials = saved.get('good'), saved.get('failed_trials')
        if not (isinstance(counted, list) and len(counted) == 2
                and all(map(_whole, counted + [silent, good, failed_trials]))
                and _number(length) and all(value is None or _number(value) for value in (remaining, closed_for))):
            return
        # the settings may have changed since
        self._length = min(max(length, self._first), self._longest)
        self._closed_since = None if closed_for is None else now - closed_for
        self.until = None if remaining is None else now + min(remaining, self._longest)
        self._good, self.counted, self.silent, self.failed_trials = good, tuple(counted), silent, failed_trials

    def _wait_in_vain(self, began, now):
        """Add an attempt without a response to the row."""
        self._row = [one for one in self._row if now - one[1] <= SILENT_WITHIN]
        if began > self._last_responded and not (self._row and began < self._row[-1][1]):
            self._row.append((began, now))

    def _judge(self, now):
        counted = self._too_many_failed(now)
        if counted is None and len(self._row) < SILENT:
            return
        if self._closed_since is not None and now - self._closed_since >= self._longest:
            self._length = self._first
        self.counted, self.silent = (counted, 0) if counted else ((0, 0), SILENT)
        self.failed_trials = 0
        self._open(now)

    def _too_many_failed(self, now):
        """Return (failed, attempts) if too many of the last attempts failed, else None."""
        if len(self._history) < self._attempts or now - self._history[0][0] > self._window:
            return None
        failures = sum(failed for _time, failed in self._history)
        return (failures, self._attempts) if 100 * failures >= self._failed * self._attempts else None

    def _open(self, now):
        self.until = now + self._length
        self._good = 0
        self.forget()


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _whole(value):
    return isinstance(value, int) and _number(value)
