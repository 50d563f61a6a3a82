# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the outcome of a test call from its entries in Asterisk's database. Pure.

The context C(trunks-test) writes C(begin), one entry for each attempt under its number, and C(end). Each begins with
the time in seconds; its fields are separated by bars.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_lines import number as _number

_TIME = re.compile(r'[0-9]{1,12}(?:\.[0-9]{1,9})?\Z')
FAMILY = 'trunks-test'
# The cause that a route sets for a redirection (SIP 3xx); Q.850.
REDIRECTED = 23


def entries(text, number):
    """Return the entries of call C(number) in the output of C(database show): {key: list of fields}."""
    return {key: [field.strip() for field in value.split('|')] for key, value in
            re.findall(r'^/%s/%s/(\S+)[ \t]*: (.*)$' % (FAMILY, number), text, re.MULTILINE)}


def call_file(number, call):
    """Return the text of the call file. ``call`` has dial, caller_id, timeout, answer_seconds, context and route."""
    lines = ['Channel: Local/%s@%s/n' % (call['dial'], FAMILY),
             # VICIdial logs calls with a caller ID name that begins with V or M, which this call must not be.
             'CallerID: "trunks test %s" <%s>' % (number, call['caller_id']),
             'WaitTime: %d' % call['timeout'], 'MaxRetries: 0',
             'Application: Wait', 'Data: %d' % call['answer_seconds'],
             'Setvar: trunks_test=%s' % number]
    lines += ['Setvar: trunks_test_%s=%s' % (key, call[key]) for key in ('context', 'route') if call[key]]
    return '\n'.join(lines) + '\n'


def outcome(found):
    """Return the outcome in the form of test_call's RETURN, as far as there are entries."""
    began = before = _seconds(found.get('begin'))
    attempts = []
    for key in sorted((key for key in found if _number(key) is not None), key=_number):
        stamp, trunk, result, cause, talked, response = (found[key] + [''] * 6)[:6]
        took = _seconds([stamp]) - before
        before = _seconds([stamp])
        if result == 'ANSWER':
            took -= (_number(talked) or 0) / 1000.0
        attempts.append(dict(trunk=trunk, attempt=int(key), result=result, cause=_number(cause),
                             seconds=round(max(took, 0), 2), response=response))
    answered = [attempt['trunk'] for attempt in attempts if attempt['result'] == 'ANSWER']
    last = (found.get('end') or []) + [''] * 4
    return dict(attempts=attempts, answered=bool(answered), trunk=answered[0] if answered else None,
                dialstatus=last[1] or None, cause=_number(last[2]), reason=last[3].strip().rstrip(','),
                seconds=round(_seconds(found['end']) - began, 2) if 'end' in found and 'begin' in found else None)


def sentence(dialled, result):
    """Return the outcome as a sentence."""
    tried = '; '.join('%s: %s, cause %s%s, after %.1f s' % (
        one['trunk'], one['result'], one['cause'], _response(one), one['seconds']) for one in result['attempts'])
    if result['answered']:
        head = '%s was answered by %s' % (dialled, result['trunk'])
    else:
        head = '%s was not answered (%s, cause %s)' % (dialled, result['dialstatus'] or 'no result', result['cause'])
    return '%s. %s.' % (head, tried or 'No trunk was tried' + (': ' + result['reason'] if result['reason'] else ''))


def _response(attempt):
    """Return the SIP response to an attempt, in parentheses. Asterisk does not show that of a redirection."""
    text = 'redirected, which is not followed' if attempt['cause'] == REDIRECTED else attempt['response']
    return ' (%s)' % text if text else ''


def _seconds(fields):
    return float(fields[0]) if fields and _TIME.match(fields[0]) else 0.0
