# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what the running Asterisk holds of peers whose revision is right."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_files, loaded_checks, peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding


def lacking(dialer, technology, wanted, described):
    """Return [Finding] of what one channel driver lacks of the wanted peers, and of what they hold instead of their
    text. ``wanted``: as for C(loaded_checks.peers). ``described``: {name: options}, see C(peer_options).

    Asks Asterisk for each peer that has its revision, which is a command each.
    """
    loaded = dialer.peers(technology, set(wanted))
    found = loaded_checks.peers(wanted, loaded)
    for name, peer in sorted(loaded_checks.current(wanted, loaded).items()):
        if not described.get(name):
            continue
        held = peer_options.held(peer, dialer.details(technology, name))
        different = peer_options.differing(described[name], held)
        if different:
            lines = conf_files.read(TECHNOLOGIES[technology].conf, dialer.etc) or ()
            where = peer_options.origin(lines, name, different)
            found.append(Finding('peer', name, peer_options.told(name, different, where)))
    return found
