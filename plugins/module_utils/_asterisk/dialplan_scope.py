# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which extensions of a running dialplan a call may meet before or beside ours. Pure: it takes what
C(parsers.dialplan) returns."""

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial

OURS = 'trunks-'
ENTRY = 'default'               # where VICIdial's calls come in
OUTBOUND = 'trunks-outbound'    # what users of a plain Asterisk include for our routes
# Asterisk's own extensions, which no call dials.
SPECIAL = ('h', 'i', 't', 's', 'o', 'a', 'e', 'T', 'failed', 'fax')


def reachable(contexts):
    """{name: whether a call always meets it before the routes} of the contexts that a call may meet.

    These are default, trunks-outbound and the contexts that include it, and whatever all these include, directly or
    through others. The routes are in trunks-outbound or, on a VICIdial dialer, in vicidial-auto-external; Asterisk
    searches a context's own extensions first, then its includes in their order, each with its own includes.
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
    """Dictionaries of context, pattern, ours and before (as C(reachable) says) for each extension of the contexts that
    a call may meet."""
    places, found = reachable(contexts), []
    for context in contexts:
        name = context['name']
        # The carriers' dialplan entries are compared as rows of the database.
        if name not in places or name == vicidial.CARRIERS_CONTEXT:
            continue
        seen = set()
        for extension in context['extensions']:
            exten = extension['exten']
            # one with a hint only is not dialled; one for a caller id of its own stands beside the plain one
            if extension['priorities'] and exten not in SPECIAL and exten not in seen:
                seen.add(exten)
                found.append(dict(context=name, pattern=exten, ours=name.startswith(OURS), before=places[name]))
    return found
