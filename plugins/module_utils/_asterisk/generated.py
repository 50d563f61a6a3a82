# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files that VICIdial's generator has written hold of this collection's rows, and what rows would generate.

The generator replaces a file only when its contents change, and only then has Asterisk read it. So a file that differs
from its rows is what another run of the generator corrects.
"""

import hashlib
import io
import json
import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines, loaded_checks, peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import rights
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC, TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

DIALPLAN = 'extensions-vicidial.conf'
# Begins what is written for a carrier. What another carrier adds to a peer of ours, the next run would write again.
_CARRIER = '\n; VICIDIAL Carrier: '


def peers(text):
    """Return {name: [revision, digest of its options]} of the peers with a stamp in a conf file or an account entry.

    The options, see C(peer_options), have no secrets; only a digest of them leaves the dialer all the same.
    """
    found = {}
    for part in text.split(_CARRIER) if '[trunks ' in text else ():
        numbers = {name: revision(section) for name, section in conf_lines.section_texts(part)
                   if '[trunks ' in section}
        for name, options in peer_options.described(part).items() if numbers else ():
            if numbers.get(name):
                found[name] = [numbers[name], _digest(options)]
    return found


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode('utf-8')).hexdigest()


def routes(text, context=None):
    """Return {name: [revision, digest of its extensions' steps]} of the routes in a conf file or a dialplan entry.

    ``context``: that of the extensions; None for those before the first heading.
    """
    found = {}
    for extension, applications in loaded_checks.steps(text, context).items():
        for entry in filter(None, map(loaded_checks.route_entry, applications)):
            found.setdefault(entry[0], [entry[1], {}])[1][extension] = applications
    return {name: [number, _digest(held)] for name, (number, held) in found.items()}


def read(etc=ETC):
    """Return what the files hold: C(peers) and C(routes); a file that is missing holds nothing."""
    found = dict(peers={}, routes=routes(_text(DIALPLAN, etc), vicidial.CARRIERS_CONTEXT))
    for technology in TECHNOLOGIES.values():
        found['peers'].update(peers(_text(technology.generated, etc)))
    return found


def _text(name, etc):
    try:
        with rights(etc), io.open(os.path.join(etc, name), encoding='utf-8', errors='replace') as handle:
            return handle.read()
    except (IOError, OSError):
        return ''


def wanted(row):
    """Return what an active row would generate, in the form of C(read)."""
    text = (row['account_entry'] or '').replace('\r\n', '\n')
    entry = (row['dialplan_entry'] or '').replace('\r\n', '\n')
    return dict(peers=peers(text), routes=routes(entry))


def stale(rows, held):
    """Return [sentence without a full stop] about what the generated files of a dialer lack of its rows, or hold
    besides.

    ``rows``: the active rows of this dialer. ``held``: as C(read) returns.
    """
    found, expected = [], dict(peers={}, routes={})
    for row in sorted(rows, key=vicidial.place_of):
        for kind, entries in wanted(row).items():
            expected[kind].update(entries)
    for kind, what, place in (('peers', 'peer', "VICIdial's conf files"), ('routes', 'route', DIALPLAN)):
        for name in sorted(set(expected[kind]) | set(held[kind])):
            old, new = held[kind].get(name), expected[kind].get(name)
            if old == new:
                continue
            problem = ('is not in %s' if old is None else 'is still in %s' if new is None else
                       'is in %s in an older version' if old[0] != new[0] else
                       'was changed in %s by hand')
            found.append('%s %s %s' % (what, name, problem % place))
    return found
