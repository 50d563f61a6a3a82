# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dialer tells for a report of a period: sums of its attempt log, times out of service, and generations.

No attempt leaves the dialer. What is returned is bounded: the steps of a C(period), 200 trunks and 100 routes (the
others are one named C(OTHER)), and 300 times out of service.
"""

import base64
import datetime
import json
import os
import zlib

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, store, trunk_state

MOST = {'trunk': 200, 'route': 100}     # names that have sums of their own
MOST_TIMES = 300
OTHER = '(other)'
_TRIES = 100
# Kinds of a time out of service. A trunk that Asterisk does not reach is suspended too; it is told apart here.
UNREACHABLE, SUSPENDED, MAINTENANCE = parsers.UNREACHABLE, trunk_state.SUSPENDED, trunk_state.IN_MAINTENANCE


def of_dialer(path, period):
    """Return C(reported) of the attempt log at ``path``, with C(log) and C(reason). Raises as C(store.Store)."""
    told = dict(log=False, reason='it has no attempt log, since it has no health monitor (dialer_health)')
    if os.path.exists(path):
        log = store.Store(path)
        try:
            told = dict(reported(log, *period), log=True, reason='')
        finally:
            log.close()
    return dict(told, period=dict(period._asdict()))


def reported(log, since, until, length):
    """Return what there is to tell of a C(store.Store), see the module trunk_report_info. Raises as its methods do."""
    with log.snapshot():
        places = log.sums(since, until)
        names = {by: _most(places, by) for by in MOST}
        times = out_of_service(log.states(since), log.changes(since, until), since, until)
        return dict(
            since_when=log.oldest(),
            lost=log.lost_count(since, until),
            sums=_renamed(places, names),
            trunks=_renamed(log.sums(since, until, ['trunk'], length), names),
            routes=_renamed(log.sums(since, until, ['route'], length), names),
            times=sorted(times, key=lambda one: one['begin'])[-MOST_TIMES:],
            times_left_out=max(0, len(times) - MOST_TIMES),
            out=_added_up(times, until))


def out_of_service(before, changes, since, until):
    """Return the times in which a trunk was not in service, within ``since`` to ``until``.

    ``before``: the last change of each trunk before that, ``changes``: those since. Each time is a dictionary: trunk,
    kind (UNREACHABLE, SUSPENDED or MAINTENANCE), begin, end (None if it lasts), why, who. Another reason of the same
    kind does not begin another time.
    """
    found, current = [], {}     # current: {trunk: its time that has not ended, or None}
    for change in list(before) + list(changes):
        trunk, kind = change['trunk'], _kind(change)
        running = current.get(trunk)
        if running is not None and running['kind'] == kind:
            continue
        if running is not None:
            running['end'] = change['time']
        current[trunk] = None
        if kind is not None:
            current[trunk] = dict(trunk=trunk, kind=kind, begin=max(change['time'], since), end=None,
                                  why=change['why'], who=change['who'])
            found.append(current[trunk])
    return found


def _kind(change):
    if change['state'] == SUSPENDED and change['asterisk'] == parsers.UNREACHABLE:
        return UNREACHABLE
    return change['state'] if change['state'] in (SUSPENDED, MAINTENANCE) else None


def _added_up(times, until):
    """Return how often and how long each trunk was out, of all times: trunk, kind, times, seconds (to ``until`` where
    it lasts)."""
    found = {}
    for one in times:
        place = one['trunk'], one['kind']
        count, seconds = found.get(place, (0, 0.0))
        end = until if one['end'] is None else one['end']
        found[place] = count + 1, seconds + max(0.0, end - one['begin'])
    return [dict(trunk=trunk, kind=kind, times=count, seconds=seconds)
            for (trunk, kind), (count, seconds) in sorted(found.items())]


def _most(rows, by):
    """Return the names with most attempts that have sums of their own."""
    attempts = {}
    for row in rows:
        attempts[row[by]] = attempts.get(row[by], 0) + row['attempts']
    return set(sorted(attempts, key=lambda name: (-attempts[name], name))[:MOST[by]])


def _renamed(rows, names):
    """Return the rows with the sums of all other names added up under OTHER."""
    found = {}
    for row in rows:
        place = tuple((key, row[key] if key == 'start' or row[key] in names[key] else OTHER)
                      for key in ('start', 'trunk', 'route') if key in row)
        measures.add(found.setdefault(place, measures.empty()), row)
    return [dict(sums, **dict(place)) for place, sums in sorted(found.items())]


def generations(kept, period):
    """Return the kept generations that were written in the period, oldest first: number, time, who, commit, changed.
    ``kept``: a store of generations."""
    found = []
    for number in kept.numbers():
        about = kept.manifest(number)
        when = _epoch(about.get('written'))
        if when is not None and period.since <= when < period.until:
            found.append(dict(number=number, time=when, who=about.get('who'), commit=about.get('commit'),
                              changed=about.get('changed')))
    return found


def _epoch(written):
    """Return the time in a manifest as seconds since the epoch; None if it is not one."""
    try:
        return datetime.datetime.strptime(written, '%Y-%m-%dT%H:%M:%S%z').timestamp()
    except (TypeError, ValueError):
        return None


def pack(found, hidden=None):
    """Return the dictionary as one short text. Ansible handles each value of a result on its own, which takes long.

    ``hidden``: a secret option of the module. Ansible replaces it by asterisks wherever it is in a result, and a short
    password can be in a long text by chance. The text is then made otherwise. Raises ValueError if that cannot be.
    """
    for salt in range(_TRIES):
        plain = json.dumps(dict(found, _salt=salt) if salt else found, sort_keys=True)
        text = base64.b64encode(zlib.compress(plain.encode('utf-8'), 9)).decode('ascii')
        if not hidden or hidden not in text:
            return text
    raise ValueError('the password is too short: it is in every text of this length')


def unpack(text, most):
    """Return the data of C(pack). Raises ValueError if it is no such text, or has more than ``most`` bytes."""
    try:
        worker = zlib.decompressobj()
        plain = worker.decompress(base64.b64decode(text.encode('ascii'), validate=True), most)
        if worker.unconsumed_tail or worker.unused_data or not worker.eof:
            raise ValueError('it is incomplete, or longer than %d bytes' % most)
        return json.loads(plain.decode('utf-8'))
    except (zlib.error, UnicodeError) as fault:
        raise ValueError(str(fault))
