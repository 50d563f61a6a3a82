# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that the running programs hold a generation's files. Changes nothing."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_DIRECTORY
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout, monitor, peer_contents
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import TABLE
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import LISTING


def lacking(store, dialer, number, files, contexts):
    """Return {program: [Finding]} of what each program lacks of generation ``number`` with these files.

    ``contexts``: the running dialplan.
    """
    found = {'dialplan': loaded_checks.dialplan(files, number, contexts), 'nft': _table(store, dialer, number, files),
             'rtp': loaded_checks.rtp(files['rtp.conf'], dialer.rtp()) if 'rtp.conf' in files else [],
             'manager': _ami_user(dialer, files), 'monitor': monitor.lacking(files)}
    for program, technology in BY_DIRECTORY.items():
        wanted = loaded_checks.file_peers(files, technology)
        found[program] = _peers(dialer, technology, wanted, files)
    return found


def _peers(dialer, technology, wanted, files):
    """Return C(peer_contents.lacking) of the wanted peers, which are those of these files and perhaps others."""
    if not wanted:
        return []
    return peer_contents.lacking(dialer, technology.name, wanted, loaded_checks.file_options(files, technology))


def _ami_user(dialer, files):
    if layout.AMI_USER not in files:
        return []
    found = dialer.ami_user(monitor.USER)
    if found is None:
        problem = 'is not loaded'
    elif found['write'] or found['read'] != set(monitor.READS):
        rights = [', '.join(sorted(found[key])) or 'nothing' for key in ('read', 'write')]
        problem = 'may read %s and write %s' % tuple(rights)
    else:
        return []
    return [Finding('monitor', monitor.USER, 'the user %s of the manager interface %s' % (monitor.USER, problem))]


def _table(store, dialer, number, files):
    listing = dialer.table()
    if 'nftables.conf' not in files:
        problem = 'is still loaded' if listing else None
    elif not listing:
        problem = 'is not loaded'
    else:
        problem = None if store.read(number, LISTING) == listing else 'differs from what was loaded'
    return [Finding('firewall', TABLE, 'the nftables table inet %s %s' % (TABLE, problem))] if problem else []


def after_reload(dialer, programs, number, files, others):
    """Return [Finding] of what these programs lack of the generation after they were reloaded.

    ``others``: the files of the generations from or to which the dialer has just been switched, whose peers must not be
    loaded. nft is not checked: it reports whether it has loaded a file.
    """
    missing = []
    if 'dialplan' in programs:
        missing += loaded_checks.dialplan(files, number, dialer.contexts())
    for program in sorted(programs.intersection(BY_DIRECTORY)):
        technology = BY_DIRECTORY[program]
        wanted = dict.fromkeys(name for other in others for name in loaded_checks.file_peers(other, technology))
        wanted.update(loaded_checks.file_peers(files, technology))
        missing += _peers(dialer, technology, wanted, files)
    if 'rtp' in programs and 'rtp.conf' in files:
        missing += loaded_checks.rtp(files['rtp.conf'], dialer.rtp())
    if 'manager' in programs:
        missing += _ami_user(dialer, files)
    if 'monitor' in programs:
        missing += monitor.lacking(files)
    return missing


class InForce(object):
    """The state in force on a dialer, on its disk and in its programs. Reads on creation."""

    def __init__(self, store, dialer):
        self.store = store
        self.dialer = dialer
        self.number = store.linked()
        self.files = store.files(self.number)
        # Wrong links and access rights on the disk.
        self.amiss = store.astray() + store.access(self.number)
        self.contexts = dialer.contexts()
        self.lacking = lacking(store, dialer, self.number, self.files, self.contexts)

    @property
    def unproven(self):
        """Return [Finding] of all differences from the generation in force."""
        return self.amiss + [finding for _program, found in sorted(self.lacking.items()) for finding in found]


def called(number):
    """Return a generation's number, or None, as text."""
    return 'the state without trunks of this collection' if number is None else 'generation %d' % number
