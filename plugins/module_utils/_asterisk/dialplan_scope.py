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
    """Return the names of the contexts that a call may reach: default, trunks-outbound, those that include it, and the
    direct and indirect includes of all these."""
    includes = {context['name']: context['includes'] for context in contexts}
    users, grown = {OUTBOUND}, True
    while grown:
        more = {name for name, names in includes.items() if users.intersection(names)}
        grown = not more <= users
        users |= more
    found, waiting = set(), [name for name in users | {ENTRY} if name in includes]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in includes[name] if other in includes]
    return found


def patterns(contexts):
    """Return a dictionary of context, pattern and managed for each extension of the C(reachable) contexts."""
    names, found = reachable(contexts), []
    for context in contexts:
        # The carriers' dialplan entries are compared as rows of the database.
        if context['name'] not in names or context['name'] == vicidial.CARRIERS_CONTEXT:
            continue
        seen = set()
        for extension in context['extensions']:
            exten = extension['exten']
            # One with a hint only is not dialled. One for a certain caller ID exists besides the plain one.
            if extension['priorities'] and exten not in SPECIAL and exten not in seen:
                seen.add(exten)
                found.append(dict(context=context['name'], pattern=exten, managed=context['name'].startswith(MANAGED)))
    return found
