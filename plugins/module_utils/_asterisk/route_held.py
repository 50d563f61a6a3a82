# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the running dialplan holds of a route, and the present state of its trunks. Places no call.

The parsing functions are pure: they take what C(dialplan_parsers.dialplan) returns. The steps are those of the
templates in C(roles/dialplan), in their order.
"""

import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_lines import number as _number
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES

GROUPS = 'trunks'       # the category in which the calls of a trunk are counted
COOL_DOWN = 'TRUNKS_COOL_DOWN_'     # begins the global variable with the end of a trunk's cool-down
REPAIR = 'trunks-repair-ready'
_CALLED = re.compile(r'\$\{FILTER\(0-9\*#\+,\$\{EXTEN(?::([0-9]{1,3}))?\}\)\}')
_QUEUE = re.compile(r'trunks_queue=&([A-Za-z0-9_.:&-]+)&[,)]')
_SETTING = re.compile(r'trunks_(max_calls|max_cps|weight)=([0-9]{1,9})[,)]')
_CALLER = re.compile(r'SET\(CALLERID\(num\)=([^)]*)\)')


def applications(contexts, name, exten=None):
    """Return the applications of the context's extension, or of all of its extensions, in their order."""
    return [step[2] for context in contexts if context['name'] == name
            for extension in context['extensions'] if exten in (None, extension['exten'])
            for step in extension['steps']]


def called(text, number):
    """Return the text with the called number in place of the expression by which the templates insert it."""
    return _CALLED.sub(lambda match: number[int(match.group(1) or 0):], text)


def number_in(contexts, match, number):
    """Return the number with which an extension (a match of C(route_tests)) enters its route; None if its own step
    changes it in another way."""
    entry = 'Gosub(trunks-route-%s,' % match['route']
    for application in applications(contexts, match['context'], match['pattern']):
        if application.startswith(entry):
            entered = called(application[len(entry):], number).split(',')[0]
            return entered if re.match(r'[0-9*#+]+\Z', entered) else None
    return None


def trunks(contexts, route, number):
    """Return the trunks of a route in its order: C(name), C(technology), C(number) (that it is sent), C(caller_id)
    (that it forces, else empty), C(max_calls), C(max_cps) (0 for no limit) and C(weight) (None without one)."""
    steps = applications(contexts, 'trunks-route-' + route)
    queue = next((match.group(1) for match in map(_QUEUE.search, steps) if match), '')
    found = []
    for name in [entry.split(':')[0] for entry in queue.split('&') if entry]:
        own = applications(contexts, 'trunks-to-%s-%s' % (route, name))
        text = '\n'.join(own)
        settings = {key: int(value) for key, value in _SETTING.findall(text)}
        caller = _CALLER.search(text)
        dial = next((called(application, number) for application in own if application.startswith('Dial(')), '')
        technology, sent = _destination(dial[len('Dial('):].split(',')[0])
        found.append(dict(name=name, technology=technology, number=sent, caller_id=caller.group(1) if caller else '',
                          max_calls=settings.get('max_calls', 0), max_cps=settings.get('max_cps', 0),
                          weight=settings.get('weight')))
    return found


def _destination(dialled):
    """Return (technology, number) of a destination of Dial: SIP/trunk/number, PJSIP/number@trunk."""
    technology, _slash, rest = dialled.partition('/')
    return (technology, rest.partition('@')[0]) if technology == 'PJSIP' else (technology, rest.partition('/')[2])


def group_counts(text):
    """Return {group: channels} of the category in C(group show channels), by which routes count a trunk's calls."""
    found = {}
    for line in text.split('\n'):
        words = line.split()
        if len(words) > 2 and words[-1] == GROUPS:
            found[words[-2]] = found.get(words[-2], 0) + 1
    return found


def cooling(value, now):
    """Return the seconds for which a trunk stays in cool-down; 0 if the next call tries it, None without one.
    ``value``: of its global variable, the end of the cool-down in seconds since the epoch, or empty."""
    end = _number(value or '')
    return None if end is None else max(0, int(round(end - now)))


def read(cli, route, match, number):
    """Return what the running Asterisk holds of a route for a number: C(number) (in the route), C(repair_ready),
    C(turn) and C(trunks), see C(trunks), each with C(state), C(latency_ms), C(calls) and C(cool_down).

    ``match``: of C(route_tests), None if the number enters the route as it is. Raises AsteriskError.
    """
    contexts = cli.read(dialplan_parsers.dialplan, 'dialplan show')
    entered = number_in(contexts, match, number) if match else number
    found = trunks(contexts, route, entered or number)
    held = dialplan_parsers.global_values(cli.run('dialplan show globals'))
    counts, now = group_counts(cli.run('group show channels')), time.time()
    peers = cli.peers_of({trunk['technology'] for trunk in found}.intersection(TECHNOLOGIES),
                         {trunk['name'] for trunk in found})
    for trunk in found:
        peer = peers.get((trunk['technology'], trunk['name'])) or dict(state=None, latency_ms=None)
        trunk.update(state=peer['state'], latency_ms=peer['latency_ms'], calls=counts.get(trunk['name'], 0),
                     cool_down=cooling(held.get(COOL_DOWN + trunk['name']), now),
                     number=trunk['number'] if entered else None)
    return dict(number=entered, trunks=found, turn=_number(held.get('TRUNKS_TURN_' + route) or '') or 0,
                repair_ready=any(context['name'] == REPAIR for context in contexts))
