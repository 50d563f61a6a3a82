# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running programs of a dialer: Asterisk through its command line, nftables through nft."""

import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers, parsers, route_tests
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import execute
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_DIRECTORY, ETC, of_path
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused

RELOADS = dict({
    'dialplan': 'dialplan reload',
    'rtp': 'module reload res_rtp_asterisk.so',
    'manager': 'manager reload',
}, **{program: technology.reload for program, technology in BY_DIRECTORY.items()})
TABLE = 'dialer_trunks'


def program_of(path):
    """Return the program that reads this file of a generation: dialplan, sip, pjsip, iax, rtp, manager, nft, monitor;
    None for a script, for rows, and for the record of firewalld's rules."""
    part = layout.part_of(path)
    if path.endswith(('.agi', '.rules')) or part == layout.ROWS:
        return None
    if part == 'sip_peers':
        return of_path(path).directory
    if part == 'health':
        return 'manager' if path == layout.AMI_USER else 'monitor'
    return {'rtp': 'rtp', 'firewall': 'nft'}.get(part, 'dialplan')


class Dialer(object):
    """The running programs of this dialer."""

    def __init__(self, cli, etc=ETC):
        self.cli = cli
        self.etc = etc
        self._seen = {}

    def contexts(self):
        """Return the running dialplan, see C(dialplan_parsers.dialplan)."""
        return self.cli.read(dialplan_parsers.dialplan, 'dialplan show')

    def answer(self, number, context):
        """Return the match for a number in the running dialplan, see C(route_tests)."""
        return route_tests.shown(self.cli.read(dialplan_parsers.dialplan, 'dialplan show %s@%s' % (number, context)))

    def peers(self, technology, names=None):
        """Return the peers of one technology, empty if its driver is not loaded; see C(Cli.peers)."""
        self._seen[technology] = self.cli.peers(technology, names) or []
        return self._seen[technology]

    def details(self, technology, name):
        """Return what Asterisk shows of one peer that C(peers) has found, see C(Cli.details)."""
        return self.cli.details(technology, name)

    @property
    def seen(self):
        """Return the peers as they were last read."""
        return [peer for _technology, peers in sorted(self._seen.items()) for peer in peers]

    def rtp(self):
        """Return the RTP settings, see C(parsers.rtp_settings)."""
        return self.cli.read(parsers.rtp_settings, 'rtp show settings')

    def ami(self):
        """Return the settings of the manager interface, see C(parsers.manager_settings)."""
        return self.cli.read(parsers.manager_settings, 'manager show settings')

    def ami_user(self, name):
        """Return what the user of the manager interface may do, see C(parsers.manager_user); None without the user."""
        return self.cli.read(parsers.manager_user, 'manager show user %s' % name)

    def table(self):
        """Return this collection's nftables table as nft lists it; empty if it is not loaded, or nft is not
        installed."""
        try:
            code, listing, _error = execute(['nft', '-s', 'list', 'table', 'inet', TABLE])
        except (IOError, OSError):
            return ''
        return listing if code == 0 else ''

    def load_table(self, path):
        """Load the table from a file, or delete it if there is no such file; atomic either way. Raises Refused."""
        if os.path.exists(path):
            code, _output, error = execute(['nft', '-f', path])
        elif self.table():
            code, _output, error = execute(['nft', 'delete', 'table', 'inet', TABLE])
        else:
            return
        if code:
            raise Refused('nft refused the firewall: %s' % error.strip())

    def reload(self, program):
        """Make Asterisk reload this program's files. The output proves nothing."""
        self.cli.run(RELOADS[program])
