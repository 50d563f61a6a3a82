# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the generations that a dialer keeps, and finds files in them that were changed."""

import json

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks, peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_DIRECTORY


def rows(files):
    """Return the rows in a generation's files: {path: carrier as in the option of vicidial_carriers}, with secrets."""
    return {path: json.loads(unstamp(text)) for path, text in files.items()
            if layout.part_of(path) == layout.ROWS}


def trunks(files):
    """Return the enabled trunks of a generation: C(name), C(technology), C(peers) (the first is dialled, the others are
    for inbound calls only) and C(registered), by name; no secrets."""
    found = []
    for _path, row in sorted(rows(files).items()):
        if row['kind'] == 'trunk' and row['active']:
            names = [name for name in loaded_checks.rendered_peers(row['account_entry']) if name != row['name']]
            found.append(dict(name=row['name'], technology=row['protocol'], peers=[row['name']] + names,
                              registered=_registers(row['registration_string'] + '\n' + row['account_entry'])))
    for technology in BY_DIRECTORY.values():
        for path, text in sorted(files.items()):
            if path.startswith(technology.directory + '/'):
                name = path[len(technology.directory) + 1:-len('.conf')]
                others = [peer for peer in loaded_checks.file_peers({path: text}, technology) if peer != name]
                found.append(dict(name=name, technology=technology.name, peers=[name] + sorted(others),
                                  registered=_registers(text)))
    return found


def expected(files):
    """Return what the running Asterisk must hold of the rows in a generation's files, as C(rows_loaded.missing) takes
    it. Of any revision: the numbers are in the database."""
    found = dict(peers={}, technologies={}, options={}, routes={}, steps={})
    for row in rows(files).values():
        name = row['name']
        if row['active'] and row['kind'] == 'trunk':
            found['peers'][name] = 0
            found['technologies'][name] = row['protocol']
            found['options'][name] = peer_options.described(row['account_entry'])
        elif row['active']:
            found['routes'][name] = 0
            found['steps'][name] = loaded_checks.steps(row['dialplan_entry'])
    return found


def _registers(text):
    """Return whether a trunk's text has a registration: a line for chan_sip and IAX2, an object for PJSIP."""
    return any(line.startswith('register') or line == 'type=registration' for line in text.split('\n'))


def routes(files):
    """Return the names of the routes of a generation."""
    return sorted(path[len('routes/'):-len('.conf')] for path in files if path.startswith('routes/'))


def damage(store, number):
    """Return what differs in a generation from what was written: [(path, 'edited', 'missing' or 'added')], sorted.

    A generation of a version without checksums has a list of its files only.
    """
    known = store.manifest(number).get('files')
    if not known:
        return [(layout.MANIFEST, 'missing')]
    sums = known if isinstance(known, dict) else dict.fromkeys(known)
    files = store.files(number)
    if isinstance(known, dict):
        text = store.read(number, 'generation.conf')
        if text:
            files['generation.conf'] = text
    found = []
    for path in sorted(set(sums) | set(files)):
        if path not in files:
            found.append((path, 'missing'))
        elif path not in sums:
            found.append((path, 'added'))
        elif sums[path] and sums[path] != generations.checksum(files[path]):
            found.append((path, 'edited'))
    return found


def described(store, running):
    """Return C(generations) of asterisk_generation_info, the newest first. ``running``: the number in the running
    dialplan, or None."""
    linked, found = store.linked(), []
    for number in reversed(store.numbers()):
        about, files, bad = store.manifest(number), store.files(number), damage(store, number)
        whole = not any(path.startswith('rows/') for path, _how in bad)
        found.append(dict(
            number=number, written=about.get('written'), who=about.get('who'), commit=about.get('commit'),
            mode=about.get('mode'), changed=about.get('changed'), former=about.get('former'),
            rows=bool(about.get('rows')), in_force=number == linked == running, linked=number == linked,
            damaged=[dict(path=path, how=how) for path, how in bad],
            trunks=trunks(files) if whole else [], routes=routes(files)))
    return found
