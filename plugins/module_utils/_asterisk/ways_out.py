# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the contexts of a running dialplan from which a call may reach a carrier: inbound callers there could place
calls at the operator's expense. Pure: takes what C(dialplan_parsers.dialplan) returns.

An include makes all extensions of a context available, so that a path of includes is certain. What a step does depends
on the call: a jump to such a context, or a Dial of a number of the call, is a possibility.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.dialplan_scope import MANAGED, OUTBOUND
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial

ROUTE = 'trunks-route-'
INCLUDES, JUMPS, DIALS, SWITCH, ROUTES = 'includes', 'jumps', 'dials', 'switch', 'routes'

# None of them reads the same part of a step twice, so that a step of any length takes one pass.
_GOTO = re.compile(r'[(?:]([A-Za-z0-9_.-]+),[^,]*,')  # of Goto, Gosub and their kin: context,exten,priority
_LOCAL = re.compile(r'Local/[^,&)@/]*@([A-Za-z0-9_.-]+)', re.IGNORECASE)
_MENU = re.compile(r'(?:DISA\([^,()]*|BackGround\([^,()]*,[^,()]*,[^,()]*),([A-Za-z0-9_.-]+)', re.IGNORECASE)
_DIAL = re.compile(r'(?<![A-Za-z])Dial\(([^,)]+)', re.IGNORECASE)
# SIP/trunk/number, SIP/number@trunk, ${TRUNK}/number, with a number of the call
_OUTSIDE = re.compile(r'\$\{[^{}]*\}/.*\$\{|[A-Za-z0-9]+/(?=.*\$\{).*[/@]')


def is_way_out(name):
    """Return whether calls go out in this context itself: a route's, or that of VICIdial's carriers."""
    return name.lower() in (OUTBOUND, vicidial.CARRIERS_CONTEXT) or name.lower().startswith(ROUTE)


def find(contexts):
    """Return a dictionary of context and by for each context from which a call reaches a carrier or may reach it.
    ``by``: the contexts of the path, beginning with itself, each a dictionary of context and how: C(includes) or
    C(jumps) (to the next one), and for the last one C(routes), C(dials) (a number of the call) or C(switch) (extensions
    that cannot be read). A path of includes only is preferred."""
    included = {context['name'].lower(): [(INCLUDES, name) for name in context['includes']] for context in contexts}
    names = set(included).union(name.lower() for ways in included.values() for _how, name in ways)
    jumps, ends = {}, {}
    for context in contexts:
        key = context['name'].lower()
        if key.startswith(MANAGED):   # the description says where they lead, and is checked itself
            continue
        targets, dials = _steps(context)
        jumps[key] = [(JUMPS, name) for name in targets if name.lower() in names or is_way_out(name)]
        if dials or context.get('switches'):
            ends[key] = DIALS if dials else SWITCH
    every = {key: included[key] + jumps.get(key, []) for key in included}
    found = []
    for context in contexts:
        name = context['name']
        way = _way(name, included, {}) or _way(name, every, {}) or _way(name, every, ends)
        if way:
            found.append(dict(context=context['name'], by=way))
    return found


def _way(start, edges, ends):
    """Return the shortest path from a context to one where calls go out or that is one of ``ends``; None for none."""
    waiting, seen = [(start, [])], {start.lower()}
    while waiting:
        name, before = waiting.pop(0)
        last = ROUTES if is_way_out(name) else ends.get(name.lower())
        if last:
            return before + [dict(context=name, how=last)]
        for how, other in edges.get(name.lower(), ()):
            if other.lower() not in seen:
                seen.add(other.lower())
                waiting.append((other, before + [dict(context=name, how=how)]))
    return None


def _steps(context):
    """Return (contexts that the steps of this one name, whether one of them dials a number of the call)."""
    targets, dials = [], False
    for extension in context['extensions']:
        for step in extension.get('steps', ()):
            application = step[2]
            if re.search('go(?:to|sub)', application, re.IGNORECASE):
                targets += _GOTO.findall(application)
            targets += _LOCAL.findall(application) + _MENU.findall(application)
            for dialled in _DIAL.findall(application):
                dials = dials or any(_OUTSIDE.match(one) and not one.lower().startswith('local/')
                                     for one in dialled.split('&'))
    return targets, dials
