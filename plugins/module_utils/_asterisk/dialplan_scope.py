# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which extensions of a running dialplan a call may reach before or besides those of the routes. Pure: takes what
C(dialplan_parsers.dialplan) returns."""

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial

MANAGED = 'trunks-'             # begins the names of this collection's contexts
ENTRY = 'default'               # the context of VICIdial's calls
OUTBOUND = 'trunks-outbound'    # the context that a plain Asterisk includes for the routes
# Asterisk's special extensions, which no call dials.
SPECIAL = ('h', 'i', 't', 's', 'o', 'a', 'e', 'T', 'failed', 'fax')


def reachable(contexts):
    """Return {name: whether a call always reaches it before the routes} of the contexts that a call may reach.

    These are default, trunks-outbound, the contexts that include it, and the direct and indirect includes of all these.
    The routes are in trunks-outbound or, on a VICIdial dialer, in vicidial-auto-external. Asterisk searches a context's
    own extensions first, then its includes in their order, each with its own includes.
    """
    includes = {context['name']: context['includes'] for context in contexts}
    users, grown = {OUTBOUND}, True
    while grown:
        more = {name for name, names in includes.items() if users.intersection(names)}
        grown = not more <= users
        users |= more
    found = {}
    for root in users | {ENTRY}:
        before = True
        for name in _search_order(root, includes):
            if name in includes:
                found[name] = found.get(name, True) and before
            before = before and name not in (OUTBOUND, vicidial.CARRIERS_CONTEXT)
    return found


def _search_order(root, includes):
    """The names of a context and of all that it includes, in the order in which Asterisk searches them."""
    order, waiting = [], [root]
    while waiting:
        name = waiting.pop()
        if name not in order:
            order.append(name)
            waiting += reversed(includes.get(name, ()))
    return order


def patterns(contexts):
    """Return a dictionary of context, pattern, managed and before (see C(reachable)) for each extension of the contexts
    that a call may reach."""
    places, found = reachable(contexts), []
    for context in contexts:
        name = context['name']
        # The carriers' dialplan entries are compared as rows of the database.
        if name not in places or name == vicidial.CARRIERS_CONTEXT:
            continue
        seen = set()
        for extension in context['extensions']:
            exten = extension['exten']
            # One with a hint only is not dialled. One for a certain caller ID exists besides the plain one.
            if extension['priorities'] and exten not in SPECIAL and exten not in seen:
                seen.add(exten)
                found.append(dict(context=name, pattern=exten, managed=name.startswith(MANAGED), before=places[name]))
    return found
