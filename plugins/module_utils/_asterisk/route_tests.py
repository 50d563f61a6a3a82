# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the extension that matches a dialled number, in the parsed dialplan of Asterisk. Pure.

A match is a dictionary: C(context) and C(pattern) of the extension, and C(route), the name of the route to which it
leads, or None. A number without a match is None.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_scope, patterns
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import CARRIERS_CONTEXT

# The contexts of VICIdial's calls, and of those of the users of a plain Asterisk.
ENTRY = {'vicidial': dialplan_scope.ENTRY, 'asterisk': dialplan_scope.OUTBOUND}
_ROUTE = re.compile(r'trunks-route-([a-z0-9_]+),')
# Steps that may precede the step that leads to a route; any other step handles the call itself.
_HARMLESS = re.compile(r'(?:AGI\(agi://[^)]*call_log\)|NoOp\(|Set\(|Verbose\(|Log\()', re.IGNORECASE)


def route_of(steps):
    """Return the route to which an extension with these steps (of C(dialplan_parsers.dialplan)) leads, or None."""
    for _priority, _label, application, _registrar in sorted(steps, key=lambda step: step[0]):
        match = _ROUTE.search(application)
        if match:
            return match.group(1)
        if not _HARMLESS.match(application):
            return None
    return None


def predicted(contexts, name, number):
    """Return the match for a number in context C(name) of a dialplan (C(dialplan_parsers.dialplan)).

    It is searched as Asterisk does: the context's own extensions first, then its includes in their order, each with its
    own includes. Extensions for one caller ID only are left out.
    """
    return _search({context['name']: context for context in reversed(contexts)}, name, number, set())


def _search(by_name, name, number, seen):
    context = by_name.get(name)
    if context is None or name in seen:
        return None
    seen.add(name)
    usable = [extension for extension in context['extensions'] if _usable(extension)]
    pattern = patterns.winner([extension['exten'] for extension in usable], number)
    if pattern is not None:
        steps = [extension['steps'] for extension in usable if extension['exten'] == pattern][0]
        return dict(context=name, pattern=pattern, route=route_of(steps))
    for other in context['includes']:
        found = _search(by_name, other, number, seen)
        if found:
            return found
    return None


def shown(contexts):
    """Return the match in the parsed C(dialplan show NUMBER@CONTEXT), which lists all that match, the winner first."""
    for context in contexts:
        for extension in context['extensions']:
            if _usable(extension):
                return dict(context=context['name'], pattern=extension['exten'], route=route_of(extension['steps']))
    return None


def _usable(extension):
    """Return whether any call can begin there: it has a first step, and is not for one caller ID only."""
    return extension['caller_id'] is None and any(step[0] == 1 for step in extension['steps'])


# The tests of a request: ``mode``; ``cases``, pairs of a number and the route that it must reach (None: no route);
# ``routes``, the described ones with their extensions; ``waiting``, those whose row is not written yet in vicidial
# mode; ``leaving``, routes whose row is removed later in this run.


def make(tests, ask):
    """Make every test with ``ask(number, context)``. Returns (results, failing).

    A result is a dictionary as in RETURN of asterisk_generation. ``failing`` are sentences. A test that depends on a
    row which is still to be written or removed neither passes nor fails.
    """
    results, failing = [], []
    undecided = set(tests['waiting']) | set(tests['leaving'])
    for number, wanted in tests['cases']:
        found = ask(number, ENTRY[tests['mode']])
        reached = found['route'] if found else None
        results.append(dict(dial=number, reaches=wanted, found=found, passed=reached == wanted))
        if reached != wanted and not undecided.intersection((reached, wanted)):
            failing.append(sentence(number, wanted, found, ENTRY[tests['mode']]))
    return results, failing


def bound_to_fail(tests, contexts, files):
    """Return a sentence for each test that will fail when the description is in force, predicted from the running
    dialplan.

    ``contexts``: of C(dialplan_parsers.dialplan); ``files``: the routes with a file in the wanted generation. Empty if
    VICIdial's dialplan is not loaded yet.
    """
    vicidial, entry = tests['mode'] == 'vicidial', ENTRY[tests['mode']]
    place = CARRIERS_CONTEXT if vicidial else dialplan_scope.OUTBOUND
    known = {context['name'] for context in contexts}
    if vicidial and not {place, entry} <= known:
        return []
    leaving = set(tests['leaving'])
    future, entry_context = [], dict(name=place, includes=[], extensions=[])
    for context in contexts:
        if context['name'] != place:
            future.append(context)
            continue
        kept = []
        for extension in context['extensions']:
            route = route_of(extension['steps'])
            described = route in tests['routes']
            if route is None or (not described and route not in leaving and (vicidial or route in files)):
                kept.append(extension)
        entry_context = dict(context, extensions=kept)
    for name, extensions in sorted(tests['routes'].items()):
        used = {patterns.rank(extension['exten']) for extension in entry_context['extensions']}
        entry_context['extensions'] = entry_context['extensions'] + [
            dict(exten=extension, caller_id=None, steps=[(1, None, 'Gosub(trunks-route-%s,' % name, '')])
            for extension in extensions if patterns.rank(extension) not in used]
    failing = []
    for number, wanted in tests['cases']:
        found = predicted(future + [entry_context], entry, number)
        if (found['route'] if found else None) != wanted:
            failing.append(sentence(number, wanted, found, entry))
    return failing


def shadows(inbound, contexts):
    """Return (errors, warnings) about inbound numbers that match an extension of a trunk's own context before
    C(trunks-inbound), which it includes. ``inbound``: ``contexts`` of the trunks; ``numbers``, each a path, a number
    and its extensions.
    """
    errors, warnings = [], []
    found = {context['name']: [extension['exten'] for extension in context['extensions'] if _usable(extension)]
             for context in contexts if context['name'] in inbound['contexts']}
    for path, did, extensions in inbound['numbers']:
        matches = []
        for name in inbound['contexts']:
            for number in extensions:
                pattern = patterns.winner(found.get(name, []), number)
                if pattern is not None:
                    matches.append('%s of context %s matches %s' % (pattern, name, number))
                    break
        if matches:
            everywhere = len(matches) == len(inbound['contexts'])
            text = ('%s.did: %s before the include of trunks-inbound, so that calls to %s do not reach their goto%s'
                    % (path, ' and '.join(matches), did, '' if everywhere else ' in that context'))
            (errors if everywhere else warnings).append(text)
    return errors, warnings


def sentence(number, wanted, found, entry):
    """Return a sentence that says what a failing test wanted and what was found."""
    should = '%s should reach %s' % (number, 'no route' if wanted is None else 'route %s' % wanted)
    if found is None:
        return '%s, but no extension matches it in context %s or its includes' % (should, entry)
    return '%s, but it matches %s of context %s, which leads to %s' % (
        should, found['pattern'], found['context'],
        'no route of this collection' if found['route'] is None else 'route %s' % found['route'])


def message(failing):
    """Return all failing tests as one message."""
    return 'The dialplan does not pass %s:\n%s' % (
        'a test of dialer_routes' if len(failing) == 1 else '%d tests of dialer_routes' % len(failing),
        '\n'.join('  ' + line for line in failing))
