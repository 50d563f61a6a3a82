# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a generation's files are called, which part of the description each belongs to, and where it is. Pure."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TRUNK_FILES, of_path

STATE = '/var/lib/dialer-trunks'  # only root's; survives a reboot
PARTS = ('sip_peers', 'dialplan', 'rtp', 'firewall')
# What VICIdial's rows have to be while a generation is in force: rows/trunk-NAME.json, rows/route-NAME.json.
ROWS = 'carriers'
MANIFEST = 'manifest.json'
LISTING = 'nftables.listing'  # nft's own listing of what was loaded, to be compared with later ones
UNWRITTEN = (MANIFEST, 'generation.conf', LISTING)  # what only the module keeps in a generation
KEPT_UNPRUNED = TRUNK_FILES + ('routes/', 'rows/')  # one file per trunk and per route, which stays until it is pruned


def part_of(path):
    """The part that a file of a generation belongs to; ``base`` for those that every generation has."""
    if of_path(path):
        return 'sip_peers'
    if path.startswith('rows/'):
        return ROWS
    if path == 'rtp.conf':
        return 'rtp'
    if path in ('nftables.conf', 'firewalld.rules'):
        return 'firewall'
    if path in ('extensions.conf', 'generation.conf'):
        return 'base'
    return 'dialplan'


def roots_own(path):
    """Whether a file of a generation is for root alone: what it loads, or believes when it goes back."""
    return path.startswith(('rows/', 'nftables.')) or path in (MANIFEST, 'firewalld.rules')
