# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's file of trunks in maintenance: its text, and what is in force of it. Pure.

JSON: C({"version": 1, "trunks": {NAME: {"reason", "who", "since", "until"}}}). Times are seconds since the epoch; until
is null without an expiry. An expiry is a time of the wall clock: if the clock is set, it comes earlier or later.
"""

import json
import re

VERSION = 1
LONGEST_TEXT = 200          # characters of a reason, of a who
LONGEST_FILE = 1 << 20      # characters
MOST_TRUNKS = 1000
MOST_HOURS = 24 * 366
_LATEST = 10 ** 11          # seconds since the epoch: no time of a calendar in use is later
_NAME = re.compile(r'[A-Za-z0-9_.-]{1,79}')
_KEYS = {'reason', 'who', 'since', 'until'}
_NAMED = 5                  # entries that an error names


class Invalid(ValueError):
    """The file, or what is to be written into it, is not valid. The message says what and where, on one line."""


def read(text):
    """Return the records of a file: {trunk: dict(reason, who, since, until)}. Raises Invalid."""
    if len(text) > LONGEST_FILE:
        raise Invalid('the file is longer than %d characters' % LONGEST_FILE)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid('the file is not JSON')
    if not isinstance(content, dict) or set(content) != {'version', 'trunks'}:
        raise Invalid('the file must have the keys version and trunks, and no other')
    if content['version'] != VERSION or isinstance(content['version'], bool):
        raise Invalid('the version of the file is not %d' % VERSION)
    _check(content['trunks'])
    return content['trunks']


def write(records):
    """Return the text of the file. Raises Invalid for records that C(read) would refuse."""
    _check(records)
    return json.dumps(dict(version=VERSION, trunks=records), indent=2, sort_keys=True) + '\n'


def holds(record, now):
    """Return whether a record is in force."""
    return record['until'] is None or now < record['until']


def active(records, now):
    """Return the records that are in force, as a new dictionary."""
    return {trunk: record for trunk, record in records.items() if holds(record, now)}


def set_on(records, trunk, reason, who, now, hours):
    """Return the records with this trunk in maintenance, for ``hours`` or, with None, without an expiry. A record that
    it has is replaced. Raises Invalid."""
    if hours is not None and not (_number(hours) and 0 < hours <= MOST_HOURS):
        raise Invalid('hours must be a number greater than 0 and at most %d' % MOST_HOURS)
    record = dict(reason=reason, who=who, since=now, until=None if hours is None else now + hours * 3600)
    changed = dict(records)
    changed[trunk] = record
    _check(changed)
    return changed


def is_time(value):
    """Return whether a value from a file is a time in seconds since the epoch."""
    return _number(value) and 0 < value < _LATEST


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check(records):
    """Raise Invalid unless these are the records of a file."""
    if not isinstance(records, dict):
        raise Invalid('trunks must be a mapping of names')
    if len(records) > MOST_TRUNKS:
        raise Invalid('more than %d trunks' % MOST_TRUNKS)
    wrong = []
    for name in sorted(records, key=repr):
        fault = _fault(name, records[name])
        if fault:
            wrong.append('trunk %s: %s' % (repr(name)[:81], fault))
    if wrong:
        more = ['%d more' % (len(wrong) - _NAMED)] if len(wrong) > _NAMED else []
        raise Invalid('; '.join(wrong[:_NAMED] + more))


def _fault(name, record):
    """Return what is wrong with an entry, or None."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return 'a name is 1 to 79 letters, digits, _ . and -'
    if not isinstance(record, dict) or set(record) != _KEYS:
        return 'must have the keys reason, who, since and until, and no other'
    for key in ('reason', 'who'):
        value = record[key]
        if not isinstance(value, str) or not value.strip():
            return '%s is required' % key
        if len(value) > LONGEST_TEXT:
            return '%s is longer than %d characters' % (key, LONGEST_TEXT)
        if not value.isprintable():
            return '%s has control characters' % key
    if not is_time(record['since']):
        return 'since is not a time in seconds since the epoch'
    if record['until'] is not None and not is_time(record['until']):
        return 'until is neither null nor a time in seconds since the epoch'
    return None
