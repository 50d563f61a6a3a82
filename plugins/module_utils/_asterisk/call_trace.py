# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test call has left in Asterisk's database, made into what became of it. Pure.

The context C(trunks-test) writes C(begin), one entry for each attempt by its number, and C(end); each begins with the
time in seconds and has its fields behind bars.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_lines import number as _number

_TIME = re.compile(r'[0-9]{1,12}(?:\.[0-9]{1,9})?\Z')
FAMILY = 'trunks-test'
# The cause that a route gives to a redirection (SIP 3xx); Q.850.
REDIRECTED = 23


def entries(text, number):
    """The entries of call C(number) in what C(database show) printed: key to list of fields."""
    return {key: [field.strip() for field in value.split('|')] for key, value in
            re.findall(r'^/%s/%s/(\S+)[ \t]*: (.*)$' % (FAMILY, number), text, re.MULTILINE)}


def call_file(number, call):
    """The text of the call file; ``call`` has dial, caller_id, timeout, answer_seconds, context and route."""
    lines = ['Channel: Local/%s@%s/n' % (call['dial'], FAMILY),
             # VICIdial logs calls whose caller id name begins with V or M: this one is not to be mixed in.
             'CallerID: "trunks test %s" <%s>' % (number, call['caller_id']),
             'WaitTime: %d' % call['timeout'], 'MaxRetries: 0',
             'Application: Wait', 'Data: %d' % call['answer_seconds'],
             'Setvar: trunks_test=%s' % number]
    lines += ['Setvar: trunks_test_%s=%s' % (key, call[key]) for key in ('context', 'route') if call[key]]
    return '\n'.join(lines) + '\n'


def outcome(found):
    """RETURN of test_call from the entries, as far as the call has come."""
    began = before = _seconds(found.get('begin'))
    attempts = []
    for key in sorted((key for key in found if _number(key) is not None), key=_number):
        stamp, trunk, result, cause, talked, said = (found[key] + [''] * 6)[:6]
        took = _seconds([stamp]) - before
        before = _seconds([stamp])
        if result == 'ANSWER':
            took -= (_number(talked) or 0) / 1000.0
        attempts.append(dict(trunk=trunk, attempt=int(key), result=result, cause=_number(cause),
                             seconds=round(max(took, 0), 2), said=said))
    answered = [attempt['trunk'] for attempt in attempts if attempt['result'] == 'ANSWER']
    last = (found.get('end') or []) + [''] * 4
    return dict(attempts=attempts, answered=bool(answered), trunk=answered[0] if answered else None,
                dialstatus=last[1] or None, cause=_number(last[2]), reason=last[3].strip().rstrip(','),
                seconds=round(_seconds(found['end']) - began, 2) if 'end' in found and 'begin' in found else None)


def sentence(dialled, result):
    """What became of the call, for people."""
    tried = '; '.join('%s: %s, cause %s%s, after %.1f s' % (
        one['trunk'], one['result'], one['cause'], _said(one), one['seconds']) for one in result['attempts'])
    if result['answered']:
        head = '%s was answered by %s' % (dialled, result['trunk'])
    else:
        head = '%s was not answered (%s, cause %s)' % (dialled, result['dialstatus'] or 'no result', result['cause'])
    return '%s. %s.' % (head, tried or 'No trunk was tried' + (': ' + result['reason'] if result['reason'] else ''))


def _said(attempt):
    """What an attempt's trunk said, in parentheses. Of a redirection Asterisk does not tell the words."""
    words = 'redirected, which is not followed' if attempt['cause'] == REDIRECTED else attempt['said']
    return ' (%s)' % words if words else ''


def _seconds(fields):
    return float(fields[0]) if fields and _TIME.match(fields[0]) else 0.0
