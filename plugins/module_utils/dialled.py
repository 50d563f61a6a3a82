# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which extension answers a dialled number, in what Asterisk shows of its dialplan. Pure.

An answer is a dictionary: C(context) and C(pattern) of the extension, and C(route), the name of the route of ours to
which it leads, or None. None stands for no answer at all.
"""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import re

from ansible_collections.dialer.trunks.plugins.module_utils import patterns, reach

# Where calls come in: VICIdial's, and those of the users of a plain Asterisk.
ENTRY = {'vicidial': reach.ENTRY, 'asterisk': reach.OUTBOUND}
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
