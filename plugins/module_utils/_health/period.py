# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The period of a report and its steps. Pure; the same on the controller and on each dialer.

All times are UTC, as the days of the attempt log are.
"""

import calendar
import collections
import time

from ansible_collections.dialer.trunks.plugins.module_utils._health.store import DAY, HOUR, SUMS_DAYS, begin

DEFAULT_DAYS = 7
# Steps are so many that a chart has at most 62 of them.
_HOURS_UP_TO, _DAYS_UP_TO = 2 * DAY, 62 * DAY
_FORMS = ('%Y-%m-%d', '%Y-%m-%d %H:%M', '%Y-%m-%dT%H:%M')

# since, until: seconds since the epoch; until is not included. length: of a step, HOUR, DAY or a week. The first step
# begins at since, the last one may end after until.
Period = collections.namedtuple('Period', 'since until length')


class Wrong(Exception):
    """This is no period of a report. The text says what is wrong and what to give."""


def chosen(options, now):
    """Return the Period of the options C(days), C(from) and C(until), which may be missing or empty.

    ``now``: seconds since the epoch. A period that ends later ends now. Raises Wrong.
    """
    days, first, end = options.get('days'), options.get('from') or '', options.get('until') or ''
    if days is not None and (first or end):
        raise Wrong('days: give either days, or from and until')
    if end and not first:
        raise Wrong('until: from is required with it')
    if not first:
        return _last_days(DEFAULT_DAYS if days is None else days, now)
    since, until = _parsed('from', first), min(_parsed('until', end) if end else now, now)
    if since >= now:
        raise Wrong('from: %s is in the future' % first)
    if since >= until:
        raise Wrong('until: %s is not after from (%s)' % (end, first))
    if until - since > SUMS_DAYS * DAY:
        raise Wrong('from: the period has more than %d days, for which sums are kept' % SUMS_DAYS)
    length = _length(until - since)
    return Period(begin(since, min(length, DAY)), until, length)


def steps(period):
    """Return the begins of the period's steps."""
    return list(range(period.since, period.until, period.length))


def _last_days(days, now):
    """Return the Period of so many days up to this hour, or up to today."""
    if not 1 <= days <= SUMS_DAYS:
        raise Wrong('days: must be 1 to %d, got: %d' % (SUMS_DAYS, days))
    length = _length(days * DAY)
    unit = min(length, DAY)
    return Period(begin(now, unit) + unit - days * DAY, now, length)


def _length(seconds):
    return HOUR if seconds <= _HOURS_UP_TO else DAY if seconds <= _DAYS_UP_TO else 7 * DAY


def _parsed(name, text):
    """Return the time in seconds since the epoch. A date as ``until`` means its end."""
    for form in _FORMS:
        try:
            found = calendar.timegm(time.strptime(text, form))
        except ValueError:
            continue
        return found + DAY if name == 'until' and form == _FORMS[0] else found
    raise Wrong("%s: %s is not a time: give YYYY-MM-DD or 'YYYY-MM-DD HH:MM', in UTC" % (name, text))
