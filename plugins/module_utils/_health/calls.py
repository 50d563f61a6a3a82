# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes attempts and talk times of the events that Asterisk sends. Pure.

The route of a call that VICIdial's dialler made ends when the agent gets it, which publishes the attempt; the trunk's
channel hangs up when the customer does. On other calls the trunk's channel hangs up first. Both events have the call's
linkedid. The talk time is from the answer to that hang-up.
"""

from collections import OrderedDict

from ansible_collections.dialer.trunks.plugins.module_utils._health import ami, faults

PREFIX = 6          # digits of a called number that are kept
# Calls: those whose trunk has not hung up yet, and hang-ups whose attempt is not published yet. No dialer has more at
# once; both together take 9 MB.
REMEMBERED = 10000


class Calls(object):
    """Collects, once it follows orders. ``attempts`` and ``ended`` are what is to be stored, and are taken with
    C(take); ``odd``: events with our name that were not ours."""

    def __init__(self):
        self.orders, self.generation, self._rate = None, None, None
        self.attempts, self.ended, self.odd = [], [], 0
        self._talking = OrderedDict()   # {(trunk, linkedid): (key, when it was answered, rate)}
        self._hung_up = OrderedDict()   # {(trunk, linkedid): when}

    def follow(self, orders, generation, rate):
        """Follow the orders of this generation from now on. Calls in progress are still known, at the rate that they
        began with. ``rate(trunk, number)``: what a minute costs, None if it is not known."""
        self.orders, self.generation, self._rate = orders, generation, rate

    def message(self, message, now):
        """Take a message of AMI. Returns the attempt in it, or None: as it is stored, with C(responded), see
        C(faults.responded), and C(seconds), of the attempt or None."""
        if ami.is_attempt(message):
            return self._attempt(ami.attempt(message, now, self.orders['trunks'], self.orders['routes']), now)
        channel = ami.hangup(message)
        if channel in self._talking:
            key, answered, rate = self._talking.pop(channel)
            self.ended.append((key, channel[0], max(now - answered, 0.0), rate))
        elif channel:
            _remember(self._hung_up, channel, now)
        return None

    def _attempt(self, attempt, now):
        if attempt is None:
            self.odd += 1
            return None
        number, answer = self._called(attempt), attempt['result'] == 'ANSWER'
        judged_by = (attempt, self.orders['causes'], self.orders['trunks'][attempt['trunk']]['technology'],
                     attempt['seconds'])
        attempt.update(fault=faults.of(*judged_by), responded=faults.responded(*judged_by),
                       prefix={'full': number, 'none': ''}.get(self.orders['numbers'], number[:PREFIX]),
                       rate=self._rate(attempt['trunk'], number) if answer else None, generation=self.generation)
        call, answered = (attempt['trunk'], attempt.pop('linkedid')), now - attempt.pop('since_answer_s')
        hung_up = self._hung_up.pop(call, None)
        if answer and hung_up is not None and hung_up >= answered:
            attempt['talk_s'] = hung_up - answered
        elif answer:
            _remember(self._talking, call, (attempt['key'], answered, attempt['rate']))
        self.attempts.append(attempt)
        return attempt

    def _called(self, attempt):
        """Return the called number without the route's dial prefix."""
        before = self.orders['routes'][attempt['route']]['dial_prefix']
        return attempt['prefix'][len(before):] if attempt['prefix'].startswith(before) else attempt['prefix']

    def take(self):
        """Return (attempts, talk times) since the last call."""
        found = self.attempts, self.ended
        self.attempts, self.ended = [], []
        return found


def _remember(calls, call, what):
    calls[call] = what
    while len(calls) > REMEMBERED:
        calls.popitem(last=False)
