# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a generation's files, and the part of the description to which each belongs. Pure."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TRUNK_FILES, of_path

STATE = '/var/lib/dialer-trunks'  # for root only; survives a reboot
PARTS = ('sip_peers', 'dialplan', 'rtp', 'firewall', 'health')
# The part of VICIdial's rows that belong to a generation: rows/trunk-NAME.json, rows/route-NAME.json.
ROWS = 'carriers'
MANIFEST = 'manifest.json'
LISTING = 'nftables.listing'  # nft's own listing of what was loaded, for comparison with later ones
MONITOR = 'health.json'  # what the health monitor is to do; root's own, since root runs it
DECKS = 'decks/'  # the rate decks by which the health monitor computes costs; root's own
AMI_USER = 'manager.conf'  # the monitor's user of Asterisk's manager interface
SERVICE = 'dialer-trunks-monitor'  # the health monitor's name: of its unit, its cron file and its lines in syslog
SERVICE_LOCK = '/run/%s.lock' % SERVICE  # held while a monitor runs
UNWRITTEN = (MANIFEST, 'generation.conf', LISTING)  # files that the module itself adds to a generation
KEPT_UNPRUNED = TRUNK_FILES + ('routes/', 'rows/')  # one file per trunk and per route, kept until it is pruned


def part_of(path):
    """Return the part to which a file of a generation belongs; ``base`` for those in every generation."""
    if of_path(path):
        return 'sip_peers'
    if path.startswith('rows/'):
        return ROWS
    if path == 'rtp.conf':
        return 'rtp'
    if path in ('nftables.conf', 'firewalld.rules'):
        return 'firewall'
    if path in (MONITOR, AMI_USER) or path.startswith(DECKS):
        return 'health'
    if path in ('extensions.conf', 'generation.conf'):
        return 'base'
    return 'dialplan'


def roots_own(path):
    """Return whether a file of a generation is for root only: what root loads, or trusts in a rollback."""
    return path.startswith(('rows/', 'nftables.', DECKS)) or path in (MANIFEST, 'firewalld.rules', MONITOR)
