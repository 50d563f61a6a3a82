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
    """The names of the contexts that a call may meet: default, trunks-outbound and those that include it, and whatever
    all these include, directly or through others."""
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
    """Dictionaries of context, pattern and ours for each extension that C(reachable) contexts answer."""
    names, found = reachable(contexts), []
    for context in contexts:
        # The carriers' dialplan entries are compared as rows of the database.
        if context['name'] not in names or context['name'] == vicidial.CARRIERS_CONTEXT:
            continue
        seen = set()
        for extension in context['extensions']:
            exten = extension['exten']
            # one with a hint only is not dialled; one for a caller id of its own stands beside the plain one
            if extension['priorities'] and exten not in SPECIAL and exten not in seen:
                seen.add(exten)
                found.append(dict(context=context['name'], pattern=exten, ours=context['name'].startswith(OURS)))
    return found
