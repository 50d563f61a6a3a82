# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dialer must hold once rows that were rolled back are in force, and how to see it. Pure.

A row in the database is not in force yet: VICIdial's generator, which cron starts each minute, writes the conf files
from it. It resets its flag when it begins, seconds before Asterisk has read the files.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import CARRIERS_CONTEXT

_SHOW = {'SIP': 'sip show peer', 'PJSIP': 'pjsip show endpoint', 'IAX2': 'iax2 show peer'}
# Of a command that is to be copied into a shell; names in rows may contain anything.
_PLAIN = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]*\Z')


def of(changes):
    """Return the managed rows of these changes as they are now: [{name, kind, server_ip, technology, revision}].

    ``revision`` is None for a row that was removed again or is inactive: the dialer must not hold it. A row that is the
    operator's again has no revision to tell it by, and is left out.
    """
    found = []
    for change in changes:
        row = change.new or change.old
        marker = table.read_marker(row)
        if marker and row['protocol'] in TECHNOLOGIES:
            held = change.new is not None and row['active'] == 'Y'
            found.append(dict(name=marker[0], kind=table.kind_of(row), server_ip=row['server_ip'],
                              technology=row['protocol'], revision=table.revision(row) if held else None))
    return found


def soon(rows, servers):
    """Return a sentence for where nobody waits: when the rows are in force on these servers, and the command that shows
    it; empty if no server is concerned. ``rows``: as C(of) returns."""
    if not servers:
        return ''
    command = 'dialplan show ' + CARRIERS_CONTEXT
    for row in rows:
        if row['kind'] == 'trunk' and _PLAIN.match(row['name']):
            command = '%s %s' % (_SHOW[row['technology']], row['name'])
            break
    return ("They are in force once VICIdial has written its conf files, which takes up to a minute; on %s this shows "
            "it: asterisk -rx '%s'." % (', '.join(servers), command))
