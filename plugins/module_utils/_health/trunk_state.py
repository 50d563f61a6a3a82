# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one trunk, decided from its samples, its circuit breaker and the operator's maintenance. Pure.

An operator's maintenance outweighs what the monitor finds. Suspensions by samples and by the breaker are independent:
the trunk is in service when neither holds.
"""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers
from ansible_collections.dialer.trunks.plugins.module_utils._health import breaker, maintenance, samples

IN_SERVICE, SUSPENDED, IN_MAINTENANCE = 'in service', 'suspended', 'in maintenance'
STATES = (IN_SERVICE, SUSPENDED, IN_MAINTENANCE)
BY_OPERATOR, BY_SAMPLES, BY_BREAKER = 'maintenance', 'samples', 'breaker'
_KINDS = (BY_OPERATOR, BY_SAMPLES, BY_BREAKER)

LONGEST_PAUSE = 300     # seconds between two calls; more is a step of the clock, or nothing was watched meanwhile
_JITTER = 5             # seconds that a time may be earlier than the one before without a step of the clock


class TrunkState(object):
    """What is known of a trunk. ``settings``: down_after, up_after, breaker (keywords of Breaker, or None).

    ``now`` is the wall clock, as of the call, not of an event before it; C(decide) must be called at least each
    LONGEST_PAUSE seconds. When the clock is stepped, an opening of the breaker keeps its remaining time, and attempts
    that it has counted are forgotten.
    """

    def __init__(self, name, settings):
        self.name = name
        self._samples = samples.Samples(settings['down_after'], settings['up_after'])
        self._breaker = breaker.Breaker(**settings['breaker']) if settings['breaker'] else None
        self._record = None
        self._bad = parsers.UNREACHABLE     # the last bad state
        self._now = None                    # the last time seen
        self._elapsed = 0.0                 # seconds without the steps of the clock: the breaker's time
        self._state, self._since = IN_SERVICE, None
        self._reported = (IN_SERVICE, ())   # state and kinds of the last C(change)

    def sample(self, now, asterisk_state):
        """Count a sample of the peer's state."""
        self._advance(now)
        good = samples.is_good(asterisk_state)
        if good is False:
            self._bad = asterisk_state
        self._samples.sample(good)

    def attempt(self, now, failed, responded=None, seconds=0):
        """Count an attempt that has ended, see C(breaker.Breaker.attempt).

        In maintenance, and while samples are bad, only calls without another trunk try it. They do not count: else the
        breaker would keep out a trunk for minutes after its return.
        """
        self._advance(now)
        if self._breaker and not self._samples.down and not self._maintained(now):
            self._breaker.attempt(self._elapsed, failed, responded, seconds)

    def maintained(self, record):
        """Take the operator's record of this trunk, or None. Its expiry is observed."""
        self._record = record

    @property
    def reported(self):
        """Return the state of the last C(change)."""
        return self._reported[0]

    def decide(self, now):
        """Return dict(state, why, kinds, since, until, passed_over); the same again unless something has happened.

        ``why``: a sentence without a full stop, empty in service. ``kinds``: a list of BY_OPERATOR, BY_SAMPLES and
        BY_BREAKER. ``since``, ``until``: seconds since the epoch; until is the expiry of a maintenance, or the next
        trial of a suspension by the breaker alone, else None. ``passed_over``: whether calls pass the trunk over; they
        do not in the breaker's trial.
        """
        self._advance(now)
        opened = self._breaker.state(self._elapsed) if self._breaker else breaker.CLOSED
        until = None
        if self._maintained(now):
            state, kinds, passed_over = IN_MAINTENANCE, [BY_OPERATOR], True
            why, until = 'maintenance by %s: %s' % (self._record['who'], self._record['reason']), self._record['until']
        else:
            kinds = [BY_SAMPLES] if self._samples.down else []
            kinds += [BY_BREAKER] if opened != breaker.CLOSED else []
            state = SUSPENDED if kinds else IN_SERVICE
            about = {BY_SAMPLES: self._about_samples, BY_BREAKER: self._about_breaker}
            why = '; '.join(about[kind]() for kind in kinds)
            passed_over = self._samples.down or opened == breaker.OPEN
            if kinds == [BY_BREAKER] and opened == breaker.OPEN:
                until = int(round(now + self._breaker.until - self._elapsed))
        if state != self._state or self._since is None:
            self._state, self._since = state, now
        since = self._record['since'] if state == IN_MAINTENANCE else self._since
        self._since = min(self._since, now)     # the clock was set back
        return dict(state=state, why=why, kinds=kinds, since=min(since, now), until=until, passed_over=passed_over)

    def change(self, now):
        """Return the decision if state or kinds have changed since the last call, else None.

        It begins as in service. Numbers in ``why``, the breaker's trials and another record of maintenance are no
        change.
        """
        decision = self.decide(now)
        found = decision['state'], tuple(decision['kinds'])
        if found == self._reported:
            return None
        self._reported = found
        return decision

    def saved(self):
        """Return the state as a dictionary for JSON. The record of maintenance is left out: it is in its own file."""
        return dict(time=self._now, samples=self._samples.saved(), bad=self._bad,
                    breaker=self._breaker.saved(self._elapsed) if self._breaker else None,
                    state=self._state, since=self._since,
                    reported=[self._reported[0], list(self._reported[1])])

    def restore(self, saved):
        """Continue from a dictionary of C(saved), before any other call. What is odd in it begins anew.

        The time since then counts up to LONGEST_PAUSE. After a longer one, an opening of the breaker has the remaining
        time that it had.
        """
        if not isinstance(saved, dict):
            return
        self._samples.restore(saved.get('samples'))
        if saved.get('bad') in (parsers.UNREACHABLE, parsers.LAGGED):
            self._bad = saved['bad']
        if self._breaker:
            self._breaker.restore(saved.get('breaker'), self._elapsed)
        if maintenance.is_time(saved.get('time')):
            self._now = saved['time']
        if saved.get('state') in STATES and maintenance.is_time(saved.get('since')):
            self._state, self._since = saved['state'], saved['since']
        reported = saved.get('reported')
        if isinstance(reported, list) and len(reported) == 2 and reported[0] in STATES \
                and isinstance(reported[1], list) and all(kind in _KINDS for kind in reported[1]):
            self._reported = reported[0], tuple(reported[1])

    def _advance(self, now):
        passed = 0 if self._now is None else now - self._now
        if 0 < passed <= LONGEST_PAUSE:
            self._elapsed += passed
        elif self._breaker and not -_JITTER <= passed <= 0:
            self._breaker.forget()      # when they were is not known any more
        if self._now is None or not -_JITTER <= passed <= 0:
            self._now = now

    def _maintained(self, now):
        return self._record is not None and maintenance.holds(self._record, now)

    def _about_samples(self):
        count = self._samples.down_after
        return ('1 check was bad: %s' if count == 1 else '%d checks in a row were bad: %%s' % count) % self._bad

    def _about_breaker(self):
        silent = self._breaker.silent
        text = ('%d attempts in a row got no response' % silent if silent
                else '%d of the last %d attempts failed by the trunk' % self._breaker.counted)
        trials = self._breaker.failed_trials
        return text + (', and %d trial%s since' % (trials, '' if trials == 1 else 's') if trials else '')
