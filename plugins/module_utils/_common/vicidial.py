# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's own names, as its tables and its generator use them on every dialer."""

# The server_ip of a row of vicidial_server_carriers that every active dialer reads.
EVERY_DIALER = '0.0.0.0'

# The values of vicidial_server_carriers.protocol; the generator ignores rows with one of the last two.
GENERATED = ('SIP', 'PJSIP', 'PJSIP_WIZ', 'IAX2')
PROTOCOLS = GENERATED + ('Zap', 'EXTERNAL')

# The order in which the generator writes globals, dialplan entries and peers.
_WRITTEN = ('IAX2', 'SIP', 'PJSIP_WIZ', 'PJSIP')

# The context in which the generator puts the carriers' dialplan entries.
CARRIERS_CONTEXT = 'vicidial-auto-external'
# The contexts from which calls go out to the carriers; the first two include the third.
WAYS_OUT = ('default', 'vicidial-auto', CARRIERS_CONTEXT)

# Rows that VICIdial installs as examples, all inactive; OLD_ begins the names of those of former versions.
EXAMPLES = ('SIPExample', 'IAXExample', 'PJSIPExample', 'PJSIPWIZExample')
_OLD_EXAMPLE = 'OLD_'

# Numbers that every dialer answers itself, and what they are. Asterisk looks them up in [default] before the carriers'
# context; where they are missing there, a route whose patterns match them would send them to a carrier.
OWN_NUMBERS = (
    ('8600051', "an agent's conference"),
    ('138368', 'the step that hands an answered call to an agent'),
    ('8368', 'the agent script'),
)

# What a campaign's dial_prefix holds when it dials none; an empty one stands for 9.
NO_PREFIX = 'X'


def dialled_prefix(value):
    """Return what a campaign with this dial_prefix dials before the number."""
    return '' if NO_PREFIX in (value or '').upper() else value or '9'


def place_of(row):
    """Return the sort key of a carrier's row in the generator's order; rows that it never writes come last.

    Within a protocol the rows come as MySQL sorts carrier_id, without regard to case.
    """
    written = row['protocol'] in _WRITTEN
    return (_WRITTEN.index(row['protocol']) if written else len(_WRITTEN), row['carrier_id'].upper())


# Names that the generator gives to IAX peers and to global variables.
PEERS = ('ASTloop', 'ASTblind', 'ASTplay')
GLOBALS = ('TRUNKloop', 'TRUNKblind', 'TRUNKplay')


def is_example(carrier_id):
    """Whether a row of this carrier_id is one of VICIdial's examples."""
    return carrier_id in EXAMPLES or carrier_id.startswith(_OLD_EXAMPLE)
