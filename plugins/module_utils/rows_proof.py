# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether carrier rows have come through VICIdial's generator into the running Asterisk, else where they stuck."""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import os
import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils import generations, proofs
from ansible_collections.dialer.trunks.plugins.module_utils.stamps import revision

INTERVAL = 0.5  # seconds between two looks


def missing(dialer, rows):
    """What the running Asterisk lacks of the rows: ``peers`` and ``routes``, each a name with its revision or None."""
    found = []
    if rows.get('peers'):
        found += proofs.peers(rows['peers'], dialer.peers())
    if rows.get('routes'):
        found += proofs.routes(rows['routes'], dialer.contexts())
    return found


def wait(dialer, rows, seconds):
    """Look until nothing is missing or the time is up; returns what is still missing."""
    limit = time.time() + seconds
    found = missing(dialer, rows)
    while found and time.time() < limit:
        time.sleep(INTERVAL)
        found = missing(dialer, rows)
    return found


def where_stuck(rows, in_screen, etc=generations.ETC):
    """The sentence that says whether the generator or the reload failed."""
    text = generations.read_text(os.path.join(etc, 'sip-vicidial.conf'))
    blocks = re.split(r'^\[([^\]]+)\]', text, flags=re.MULTILINE)
    peers = dict(zip(blocks[1::2], (revision(block) for block in blocks[2::2])))
    entries = generations.read_text(os.path.join(etc, 'extensions-vicidial.conf'))
    routes = {match.group(1): revision(match.group(0))
              for match in re.finditer(r'Gosub\(trunks-route-([a-z0-9_]+),.*', entries)}
    # A peer that is to be gone and has no revision is somebody else's.
    if not (all((peers.get(name) or None) == number for name, number in (rows.get('peers') or {}).items())
            and all(routes.get(name) == number for name, number in (rows.get('routes') or {}).items())):
        return ("VICIdial's generator has not written the rows into sip-vicidial.conf and extensions-vicidial.conf. "
                "It is ADMIN_keepalive_ALL.pl, which cron starts every minute: look at the crontab of root and at its "
                "log, and at generate_vicidial_conf and active_asterisk_server of this server.")
    if not in_screen:
        return ("VICIdial's generator has written its files, but nothing was reloaded: it types the reload into a "
                "screen named 'asterisk', and Asterisk does not run in one (see 'screen -ls'). It does not try again "
                "for files that it has written. Once Asterisk runs there, type 'sip reload' and 'dialplan reload' in "
                "it, and run this again.")
    return ("VICIdial's generator has written its files, but Asterisk has not read them, and the generator does not "
            "try again. Type 'sip reload' and 'dialplan reload' in the screen named 'asterisk', look at what Asterisk "
            "logs, and run this again.")
