# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of a trunk: a table of attempts that was computed by hand, and what holds for any attempts."""

from __future__ import annotations

import functools

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures
from hypothesis import given
from hypothesis import strategies as st

from support.unit import made_attempts


def attempt(result='ANSWER', sip=200, cause=16, fault='', pdd_ms=None, talk_s=None, **others):
    return made_attempts.attempt(result=result, sip=sip, cause=cause, fault=fault, pdd_ms=pdd_ms, talk_s=talk_s, **others)


def total(attempts):
    return functools.reduce(measures.add, map(measures.counts_for, attempts), measures.empty())


# (attempt, whether the network delivered it: NER, whether the gateway completed it: CCR)
TABLE = [
    (attempt(), True, True),
    (attempt(sip=None), True, True),                                            # IAX2
    (attempt(fault='trunk', sip=500), True, True),                              # answered is answered
    (attempt('BUSY', 486, 17, 'number'), True, True),
    (attempt('BUSY', 600, 17, 'number'), True, False),                          # 6xx
    (attempt('BUSY', None, 17, 'number'), True, True),
    (attempt('BUSY', None, 23, 'trunk'), False, False),                         # redirected
    (attempt('BUSY', 302, 23, 'trunk'), False, True),
    (attempt('NOANSWER', None, 19, pdd_ms=900), True, True),
    (attempt('NOANSWER', 180, 0, pdd_ms=900), True, True),
    (attempt('NOANSWER', None, 18, 'trunk'), False, False),                     # ring_timeout without any response
    (attempt('CONGESTION', 480, 19, 'number'), True, True),
    (attempt('CHANUNAVAIL', 404, 1, 'number'), False, True),
    (attempt('CHANUNAVAIL', 410, 22, 'number'), False, True),
    (attempt('CHANUNAVAIL', 484, 28, 'number'), False, True),
    (attempt('CHANUNAVAIL', 603, 21, 'number'), True, False),
    (attempt('CHANUNAVAIL', None, 21, 'number'), True, True),
    (attempt('CHANUNAVAIL', 403, 21, 'trunk'), False, True),
    (attempt('CHANUNAVAIL', 403, 21, 'number'), False, True),                   # fail_over_on_forbidden: false
    (attempt('CHANUNAVAIL', 408, 18, 'trunk'), False, True),                    # the gateway's own 408
    (attempt('CHANUNAVAIL', None, 18, 'trunk'), False, False),                  # silence
    (attempt('CHANUNAVAIL', None, 20, 'trunk'), False, False),                  # UNREACHABLE
    (attempt('CONGESTION', 503, 34, 'trunk'), False, False),
    (attempt('CONGESTION', 503, 17, 'trunk'), False, False),
    (attempt('CONGESTION', 500, 38, 'trunk', pdd_ms=100), False, False),
    (attempt('CANCEL', None, 0), False, False),
    (attempt('CANCEL', 100, 0), False, False),
    (attempt('CANCEL', 183, 0, pdd_ms=2100), True, True),
    (attempt('CANCEL', None, 19, pdd_ms=2100), True, True),
    (attempt('CANCEL', 487, 0), False, True),
    (attempt('CANCEL', None, 18, 'trunk'), False, False),
]


@pytest.mark.parametrize('one, effective, completed', TABLE)
def test_what_an_attempt_counts_for(one, effective, completed):
    counts = measures.counts_for(one)
    assert (counts['attempts'], counts['network_effective'], counts['completed']) == (1, effective, completed)
    assert counts['answered'] == (one['result'] == 'ANSWER')
    assert counts['causes'] == ({} if counts['answered'] else {one['cause']: 1})


def test_computed_by_hand():
    """Ten attempts: 4 answered (30, 60 and 90 s, one still talking), 2 busy, 1 rang out, 1 declined, 1 unallocated, 1 503.

    ASR 4/10. NER (4 + 2 + 1 + 1)/10. CCR (4 + 2 + 1 + 1 (404))/10. ACD 180/3 = 60 s. Half a minute at 0.02 and one and a half
    at 0.04 cost 0.01 + 0.06; no rate is known for the call of 60 s.
    PDD 200, 400, 450, 700, 900, 950, 1500, 2500: buckets 1, 2, 3, 1, 1. The median is the 4th of 8: the 1st of 3 in
    (500, 1000]: 500 + 500/3. The 90th percentile is rank 7.2: 0.2 of 1 in (2000, 3000]: 2200.
    """
    sums = total([
        attempt(pdd_ms=200, talk_s=30, rate=0.02), attempt(pdd_ms=400, talk_s=60.0), attempt(pdd_ms=450, talk_s=90, rate=0.04),
        attempt(pdd_ms=700, rate=0.02), attempt('BUSY', 486, 17, 'number', pdd_ms=900), attempt('BUSY', 486, 17, 'number'),
        attempt('NOANSWER', None, 19, pdd_ms=950), attempt('CHANUNAVAIL', 603, 21, 'number', pdd_ms=1500),
        attempt('CHANUNAVAIL', 404, 1, 'number', pdd_ms=2500), attempt('CONGESTION', 503, 34, 'trunk')])
    assert sums == {'attempts': 10, 'answered': 4, 'network_effective': 8, 'completed': 8, 'talk_s': 180.0, 'talks': 3,
                    'priced': 2, 'cost': pytest.approx(0.07), 'pdd': [1, 2, 3, 1, 1, 0, 0, 0, 0, 0, 0], 'causes': {17: 2, 19: 1, 21: 1, 1: 1, 34: 1}}
    assert (measures.asr(sums), measures.ner(sums), measures.ccr(sums)) == (0.4, 0.8, 0.8)
    assert measures.acd(sums) == 60
    assert measures.pdd(sums, 50) == pytest.approx(500 + 500 / 3) and measures.pdd(sums, 90) == pytest.approx(2200)


def test_without_attempts():
    nothing = measures.empty()
    assert [measures.asr(nothing), measures.ner(nothing), measures.ccr(nothing), measures.acd(nothing)] == [None] * 4
    assert measures.pdd(nothing, 95) is None
    assert measures.acd(total([attempt()])) is None     # answered, and still talking


def test_a_cost_that_is_not_known_is_not_nothing():
    unknown, free, paid = attempt(talk_s=60), attempt(talk_s=60, rate=0), attempt(talk_s=60, rate=0.5)
    found = [(total(one)['cost'], total(one)['priced']) for one in (
        [], [attempt(rate=0.5)], [unknown], [unknown, free], [paid, unknown], [free, paid, unknown, paid])]
    assert found == [(None, 0), (None, 0), (None, 0), (0, 1), (0.5, 1), (1.0, 3)]


@pytest.mark.parametrize('pdd_ms, bucket', [(0, 0), (250, 0), (251, 1), (30000, 9), (30001, 10), (10**9, 10)])
def test_buckets_have_upper_bounds(pdd_ms, bucket):
    assert measures.counts_for(attempt(pdd_ms=pdd_ms))['pdd'].index(1) == bucket


def test_pdd_above_the_last_bound():
    assert measures.pdd(total([attempt(pdd_ms=99999)]), 50) == 30000


def test_by_trunk():
    one, other = measures.counts_for(attempt(talk_s=5)), measures.counts_for(attempt('BUSY', 486, 17, 'number'))
    rows = [dict(one, trunk='a', route='us'), dict(other, trunk='a', route='mx'), dict(other, trunk='b', route='us')]
    found = measures.by_trunk(rows)
    assert {trunk: (sums['attempts'], sums['answered'], sums['causes']) for trunk, sums in found.items()} == {
        'a': (2, 1, {17: 1}), 'b': (1, 0, {17: 1})}
    assert rows[0]['attempts'] == 1


ATTEMPTS = st.lists(st.builds(
    attempt, st.sampled_from(['ANSWER', 'BUSY', 'NOANSWER', 'CANCEL', 'CONGESTION', 'CHANUNAVAIL']),
    st.none() | st.integers(100, 699), st.integers(0, 127), st.sampled_from(['', 'number', 'trunk']),
    st.none() | st.integers(0, 60000), st.none() | st.integers(0, 9999)), max_size=30)


@given(ATTEMPTS)
def test_what_always_holds(attempts):
    sums = total(attempts)
    assert sums['answered'] <= sums['network_effective'] <= sums['attempts'] == len(attempts)
    assert sums['answered'] <= sums['completed'] <= sums['attempts']
    assert sums['answered'] + sum(sums['causes'].values()) == sums['attempts']
    assert sums == total(reversed(attempts))


@given(st.lists(st.integers(0, 40000), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_in_the_bucket_of_the_true_one(delays, percent):
    found = measures.pdd(total(attempt(pdd_ms=delay) for delay in delays), percent)
    true = sorted(delays)[-(-len(delays) * percent // 100) - 1]
    bounds = [0, *measures.PDD_BUCKETS]
    if true > bounds[-1]:
        assert found == bounds[-1]
    else:
        upper = next(bound for bound in measures.PDD_BUCKETS if true <= bound)
        assert bounds[bounds.index(upper) - 1] <= found <= upper + 1e-6
