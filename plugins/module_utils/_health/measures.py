# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of a trunk, and how: ASR, NER, CCR, ACD, PDD and cost. Pure.

Everything is computed from sums, a dictionary with C(attempts), C(answered), C(network_effective), C(completed),
C(talk_s) (seconds), C(talks) (calls with a known talk time), C(priced) (those of them with a known rate), C(cost)
(of these; None if there are none, since an unknown cost is not 0), C(pdd) (attempts per bucket) and C(causes) ({Q.850
cause: attempts that were not answered}). C(counts_for) returns those of one attempt, and C(add) adds sums.

Every attempt counts as a seizure, also one that Asterisk itself refused because the peer was unreachable. (E.411
distinguishes bids from seizures, which have got a circuit.) A trunk that the dialplan passed over is not an attempt.
"""

import bisect

PDD_BUCKETS = (250, 500, 1000, 2000, 3000, 5000, 8000, 12000, 20000, 30000)  # upper bounds in ms; one more is above

_DELIVERED = ('ANSWER', 'BUSY', 'NOANSWER')     # values of DIALSTATUS
_BUSY, _NO_ANSWER, _REJECTED = 17, 19, 21       # Q.850
_DECLINED = 603     # the called person declined; the other SIP response with cause 21 is the carrier's 403


def empty():
    """Return the sums of no attempt."""
    return dict(attempts=0, answered=0, network_effective=0, completed=0, talk_s=0.0, talks=0, priced=0,
                cost=None, pdd=[0] * (len(PDD_BUCKETS) + 1), causes={})


def counts_for(attempt):
    """Return the sums of one attempt: 1 wherever it counts."""
    counts = empty()
    counts['attempts'] = 1
    counts['answered'] = int(attempt['result'] == 'ANSWER')
    counts['network_effective'] = int(_network_effective(attempt))
    counts['completed'] = int(_completed(attempt))
    if attempt['talk_s'] is not None:
        counts['talk_s'], counts['talks'] = float(attempt['talk_s']), 1
        counts['cost'] = cost(attempt['talk_s'], attempt['rate'])
        counts['priced'] = int(counts['cost'] is not None)
    if attempt['pdd_ms'] is not None:
        counts['pdd'][bisect.bisect_left(PDD_BUCKETS, attempt['pdd_ms'])] = 1
    if not counts['answered']:
        counts['causes'][attempt['cause']] = 1
    return counts


def add(sums, more):
    """Add ``more`` to ``sums``, which is changed and returned."""
    for name in ('attempts', 'answered', 'network_effective', 'completed', 'talk_s', 'talks', 'priced'):
        sums[name] += more[name]
    if more['cost'] is not None:
        sums['cost'] = (sums['cost'] or 0.0) + more['cost']
    sums['pdd'] = [one + other for one, other in zip(sums['pdd'], more['pdd'])]
    for cause, count in more['causes'].items():
        sums['causes'][cause] = sums['causes'].get(cause, 0) + count
    return sums


def by_trunk(rows):
    """Return {trunk: sums} of sums that have the keys trunk and route, as C(Store.sums) returns them."""
    found = {}
    for row in rows:
        add(found.setdefault(row['trunk'], empty()), row)
    return found


def asr(sums):
    """Return the answer-seizure ratio, 0 to 1; None without attempts.

    ITU-T E.411 and E.425: seizures that were answered, of all seizures.
    """
    return _ratio(sums['answered'], sums['attempts'])


def ner(sums):
    """Return the network effectiveness ratio, 0 to 1; None without attempts.

    ITU-T E.425: seizures that led to an answer, to user busy, to ringing without an answer, or to a rejection by or
    unavailability of the called terminal, of all seizures. Unlike ASR, it does not depend on what the called persons
    do. Counted are the results ANSWER, BUSY and NOANSWER, the causes 17 and 19 of the number
    (SIP 480 included), and 21 of the called person (SIP 603, not the carrier's 403). A call that the caller cancelled
    counts as rung without an answer if it had rung (a dialer cancels at its dial timeout), else not. Numbers that do
    not exist (1), have changed (22) or are incomplete (28) do not count, since E.425 does not name them.
    """
    return _ratio(sums['network_effective'], sums['attempts'])


def ccr(sums):
    """Return the call completion ratio, 0 to 1; None without attempts.

    As in OpenSIPS' module qrouting: calls with a final response of the gateway other than 5xx and 6xx, of all calls. A
    timeout on this side is not a completed call, a 408 that the gateway sent is. Without a final SIP response (IAX2,
    cancelled calls), a call is completed if it rang or the number failed.
    """
    return _ratio(sums['completed'], sums['attempts'])


def acd(sums):
    """Return the average call duration, the seconds talked per answered call; None without a call whose talk time is
    known.

    From the answer to the hang-up of the trunk's channel, which is what carriers bill. (OpenSIPS' qrouting has the same
    name for the duration from the INVITE.)
    """
    return _ratio(sums['talk_s'], sums['talks'])


def pdd(sums, percent):
    """Return a percentile (0 to 100) of the post-dial delay in ms; None without any.

    The delay is from the INVITE to the first 180 or 183, as in OpenSIPS' qrouting (ITU-T E.721: post-selection delay).
    Attempts without either do not count. The value is interpolated within its bucket as by histogram_quantile of
    Prometheus, so that both show the same; above the last bound it is that bound.
    """
    rank = sum(sums['pdd']) * percent / 100.0
    below, lower = 0, 0
    for upper, count in zip(PDD_BUCKETS, sums['pdd']):
        if count and below + count >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below, lower = below + count, upper
    return PDD_BUCKETS[-1] if sums['pdd'][-1] else None


def cost(talk_s, rate):
    """Return the cost of an answered call, in the currency of ``rate``, which is per minute; None if that is None.

    By the second: a carrier's increments and minimum duration are not known here.
    """
    return None if rate is None else talk_s * rate / 60.0


def _network_effective(attempt):
    if attempt['result'] == 'ANSWER':
        return True
    if attempt['fault'] == 'trunk':     # such as BUSY after a redirection, and NOANSWER without any response
        return False
    if attempt['result'] in _DELIVERED:
        return True
    if attempt['result'] == 'CANCEL':
        return attempt['pdd_ms'] is not None
    if attempt['cause'] == _REJECTED:
        return attempt['fault'] == 'number' and attempt['sip'] in (None, _DECLINED)
    return attempt['fault'] == 'number' and attempt['cause'] in (_BUSY, _NO_ANSWER)


def _completed(attempt):
    if attempt['result'] == 'ANSWER':
        return True
    if attempt['sip'] is not None and attempt['sip'] >= 200:
        return attempt['sip'] < 500
    return attempt['fault'] == 'number' or (
        attempt['fault'] != 'trunk' and (attempt['result'] in _DELIVERED or attempt['pdd_ms'] is not None))


def _ratio(part, whole):
    return part / float(whole) if whole else None
