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
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

DIALPLAN = 'extensions-vicidial.conf'


def peers(text):
    """Return {name: [revision, digest of its options]} of the peers with a stamp in the sections of a conf file.

    As Asterisk reads them: a later section, or lines of another carrier without a header, add to a peer. The options,
    see C(peer_options), have no secrets; only a digest of them leaves the dialer all the same.
    """
    if '[trunks ' not in text:
        return {}
    numbers = {name: revision(section) for name, section in conf_lines.section_texts(text) if '[trunks ' in section}
    return {name: [numbers[name], _digest(options)] for name, options in peer_options.described(text).items()
            if numbers.get(name)}


def registrations(text):
    """Return the lines C(register =>) of a text, their secrets hidden."""
    return {mask(line.strip()) for line in text.split('\n') if line.startswith('register')}


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
    """Return what the files hold: C(peers), C(routes) and C(registrations); a file that is missing holds nothing."""
    texts = {technology.name: _text(technology.generated, etc) for technology in TECHNOLOGIES.values()}
    return _held(texts, routes(_text(DIALPLAN, etc), vicidial.CARRIERS_CONTEXT))


def _held(texts, found):
    """Return the form of C(read). ``texts``: {technology: text of its peers}; ``found``: the routes."""
    held = dict(peers={}, routes=found, registrations=sorted(set().union(*map(registrations, texts.values()))))
    for text in texts.values():
        held['peers'].update(peers(text))
    return held


def _text(name, etc):
    try:
        with rights(etc), io.open(os.path.join(etc, name), encoding='utf-8', errors='replace') as handle:
            return handle.read()
    except (IOError, OSError):
        return ''


def wanted(rows):
    """Return what active rows would generate together, in the form of C(read), and of registrations those of managed
    rows alone. Rows that are not managed count: the generator writes all rows of a dialer into the same sections."""
    order = sorted(rows, key=vicidial.place_of)
    entries = '\n'.join(_lines(row, 'dialplan_entry') for row in order if row['protocol'] in vicidial.GENERATED)
    found = _held({name: '\n'.join(_lines(row, 'account_entry') for row in order if row['protocol'] == name)
                   for name in TECHNOLOGIES},
                  routes('[%s]\n%s' % (vicidial.CARRIERS_CONTEXT, entries), vicidial.CARRIERS_CONTEXT))
    managed = [row for row in order if revision(row['account_entry'] or '')]
    lines = '\n'.join(_lines(row, 'registration_string') for row in managed)
    found['registrations'] = sorted(registrations(lines))
    return found


def _lines(row, column):
    return (row[column] or '').replace('\r\n', '\n')


def stale(rows, held):
    """Return [sentence without a full stop] about what the generated files of a dialer lack of its rows, or hold
    besides.

    ``rows``: the active rows of this dialer. ``held``: as C(read) returns.
    """
    found, expected = [], wanted(rows)
    for kind, what, place in (('peers', 'peer', "VICIdial's conf files"), ('routes', 'route', DIALPLAN)):
        for name in sorted(set(expected[kind]) | set(held[kind])):
            old, new = held[kind].get(name), expected[kind].get(name)
            if old == new:
                continue
            problem = ('is not in %s' if old is None else 'is still in %s' if new is None else
                       'is in %s in an older version' if old[0] != new[0] else
                       'was changed in %s by hand')
            found.append('%s %s %s' % (what, name, problem % place))
    return found + ["%s is not in VICIdial's conf files" % name
                    for name in expected['registrations'] if name not in held['registrations']]
