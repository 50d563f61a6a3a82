# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which extension answers a dialled number, in what Asterisk shows of its dialplan. Pure.

An answer is a dictionary: C(context) and C(pattern) of the extension, and C(route), the name of the route of ours to
which it leads, or None. None stands for no answer at all.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_scope, patterns
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import CARRIERS_CONTEXT

# Where calls come in: VICIdial's, and those of the users of a plain Asterisk.
ENTRY = {'vicidial': dialplan_scope.ENTRY, 'asterisk': dialplan_scope.OUTBOUND}
_ROUTE = re.compile(r'trunks-route-([a-z0-9_]+),')
# What may run before the step that leads to a route; anything else would have taken the call.
_HARMLESS = re.compile(r'(?:AGI\(agi://[^)]*call_log\)|NoOp\(|Set\(|Verbose\(|Log\()', re.IGNORECASE)


def route_of(steps):
    """The route to which an extension with these steps (as parsers.dialplan gives them) leads; None for none."""
    for _priority, _label, application, _registrar in sorted(steps, key=lambda step: step[0]):
        match = _ROUTE.search(application)
        if match:
            return match.group(1)
        if not _HARMLESS.match(application):
            return None
    return None


def predicted(contexts, name, number):
    """The answer of context C(name) of a dialplan (parsers.dialplan) to a number.

    As Asterisk looks for it: the context's own extensions first, then its includes in their order, each with all that
    it includes itself. Extensions for one caller id only are left out.
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
    """The answer in what C(dialplan show NUMBER@CONTEXT) (parsers.dialplan) lists: all that match, the winner first."""
    for context in contexts:
        for extension in context['extensions']:
            if _usable(extension):
                return dict(context=context['name'], pattern=extension['exten'], route=route_of(extension['steps']))
    return None


def _usable(extension):
    """Whether any call can begin there: it has a first step, and is not for one caller id only."""
    return extension['caller_id'] is None and any(step[0] == 1 for step in extension['steps'])


# The tests of a request: ``mode``; ``cases``, pairs of a number and the route that it has to reach (None: no route);
# ``routes``, the described ones with their extensions; ``waiting``, those whose row is still to come in vicidial mode;
# ``leaving``, routes whose row goes in this run.


def make(tests, ask):
    """(results, failing): every test made by ``ask(number, context)``.

    A result is RETURN's dictionary of asterisk_generation. ``failing`` are sentences. A test that hangs on a row which
    is still to come or to go neither passes nor fails.
    """
    results, failing = [], []
    open_ = set(tests['waiting']) | set(tests['leaving'])
    for number, wanted in tests['cases']:
        found = ask(number, ENTRY[tests['mode']])
        reached = found['route'] if found else None
        results.append(dict(dial=number, reaches=wanted, found=found, passed=reached == wanted))
        if reached != wanted and not open_.intersection((reached, wanted)):
            failing.append(sentence(number, wanted, found, ENTRY[tests['mode']]))
    return results, failing


def bound_to_fail(tests, contexts, files):
    """Sentences for the tests that will fail once all that is described is in force, told by the running dialplan.

    ``contexts`` are parsers.dialplan's; ``files`` the routes that have a file in the wanted generation. An Asterisk
    that shows no dialplan of VICIdial's yet leaves it open.
    """
    vicidial, entry = tests['mode'] == 'vicidial', ENTRY[tests['mode']]
    place = CARRIERS_CONTEXT if vicidial else dialplan_scope.OUTBOUND
    known = {context['name'] for context in contexts}
    if vicidial and not {place, entry} <= known:
        return []
    gone = set(tests['leaving'])
    future, ours = [], dict(name=place, includes=[], extensions=[])
    for context in contexts:
        if context['name'] != place:
            future.append(context)
            continue
        kept = []
        for extension in context['extensions']:
            route = route_of(extension['steps'])
            if route is None or (route not in tests['routes'] and route not in gone and (vicidial or route in files)):
                kept.append(extension)
        ours = dict(context, extensions=kept)
    for name, extensions in sorted(tests['routes'].items()):
        taken = {patterns.rank(extension['exten']) for extension in ours['extensions']}
        ours['extensions'] = ours['extensions'] + [
            dict(exten=extension, caller_id=None, steps=[(1, None, 'Gosub(trunks-route-%s,' % name, '')])
            for extension in extensions if patterns.rank(extension) not in taken]
    failing = []
    for number, wanted in tests['cases']:
        found = predicted(future + [ours], entry, number)
        if (found['route'] if found else None) != wanted:
            failing.append(sentence(number, wanted, found, entry))
    return failing


def shadows(inbound, contexts):
    """(errors, warnings) about inbound numbers that a trunk's own context answers before C(trunks-inbound), which it
    includes. ``inbound``: ``contexts``, the trunks'; ``numbers``, each a path, a number and the extensions for it.
    """
    errors, warnings = [], []
    found = {context['name']: [extension['exten'] for extension in context['extensions'] if _usable(extension)]
             for context in contexts if context['name'] in inbound['contexts']}
    for path, did, extensions in inbound['numbers']:
        taken = []
        for name in inbound['contexts']:
            for number in extensions:
                pattern = patterns.winner(found.get(name, []), number)
                if pattern is not None:
                    taken.append('%s of context %s answers %s' % (pattern, name, number))
                    break
        if taken:
            everywhere = len(taken) == len(inbound['contexts'])
            text = ('%s.did: %s before the include of trunks-inbound, so that calls of %s do not go where they should%s'
                    % (path, ' and '.join(taken), did, '' if everywhere else ' there'))
            (errors if everywhere else warnings).append(text)
    return errors, warnings


def sentence(number, wanted, found, entry):
    """What a failing test wanted and what was found."""
    should = '%s should reach %s' % (number, 'no route' if wanted is None else 'route %s' % wanted)
    if found is None:
        return '%s, but nothing answers it in context %s or what that includes' % (should, entry)
    return '%s, but %s of context %s answers it, which leads to %s' % (
        should, found['pattern'], found['context'],
        'no route of ours' if found['route'] is None else 'route %s' % found['route'])


def message(failing):
    """All failing tests as one text."""
    return 'The dialplan does not pass %s:\n%s' % (
        'a test of dialer_routes' if len(failing) == 1 else '%d tests of dialer_routes' % len(failing),
        '\n'.join('  ' + line for line in failing))
