# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether carrier rows have come through VICIdial's generator into the running Asterisk, else where they are stuck."""

import os
import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import texts
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC, TECHNOLOGIES

INTERVAL = 0.5  # seconds between two questions


class Missing(Exception):
    """The running Asterisk does not hold the rows. ``findings``: which; ``seconds``: after how long; ``where``: where
    they are stuck, a sentence."""

    def __init__(self, findings, seconds, where):
        Exception.__init__(self, '\n'.join(['After %d s:' % seconds] + texts(findings) + [where]))
        self.findings = findings
        self.seconds = seconds
        self.where = where


def missing(dialer, rows):
    """What the running Asterisk lacks of the rows: [Finding]. ``rows`` has ``peers`` and ``routes``, each a name with
    its revision or None, and ``technologies``, which peer is of which; one not named there is to be gone from all."""
    found = []
    technologies = rows.get('technologies') or {}
    for technology in TECHNOLOGIES if rows.get('peers') else ():
        wanted = {name: number if technologies.get(name, 'SIP') == technology else None
                  for name, number in rows['peers'].items()}
        found += loaded_checks.peers(wanted, dialer.peers(technology, set(wanted)))
    if rows.get('routes'):
        found += loaded_checks.routes(rows['routes'], dialer.contexts())
    return found


def wait(dialer, rows, seconds):
    """Ask until nothing is missing or the time is up; returns what is still missing."""
    limit = time.time() + seconds
    found = missing(dialer, rows)
    while found and time.time() < limit:
        time.sleep(INTERVAL)
        found = missing(dialer, rows)
    return found


def demand(dialer, rows, seconds):
    """Wait until the running Asterisk holds the rows; raises Missing when it does not within that time."""
    lacking = wait(dialer, rows, seconds) if rows else []
    if lacking:
        raise Missing(lacking, seconds, where_stuck(rows, cli.in_screen()))


def where_stuck(rows, in_screen, etc=ETC):
    """The sentence that says whether the generator or the reload failed."""
    peers, used = {}, [TECHNOLOGIES[name] for name in sorted(set((rows.get('technologies') or {}).values()) or {'SIP'})]
    for technology in TECHNOLOGIES.values():
        text = safe_files.read_text(os.path.join(etc, technology.generated))
        blocks = re.split(r'^\[([^\]\n]+)\]', text, flags=re.MULTILINE)
        for name, block in zip(blocks[1::2], blocks[2::2]):
            peers[name] = max(peers.get(name, 0), revision(block))
    entries = safe_files.read_text(os.path.join(etc, 'extensions-vicidial.conf'))
    routes = {match.group(1): revision(match.group(0))
              for match in re.finditer(r'Gosub\(trunks-route-([a-z0-9_]+),.*', entries)}
    # A peer that is to be gone and has no revision is not managed by this collection.
    if not (all((peers.get(name) or None) == number for name, number in (rows.get('peers') or {}).items())
            and all(routes.get(name) == number for name, number in (rows.get('routes') or {}).items())):
        return ("VICIdial's generator has not written the rows into %s and extensions-vicidial.conf. "
                "It is ADMIN_keepalive_ALL.pl, which cron starts every minute: check the crontab of root and its "
                "log, and at generate_vicidial_conf and active_asterisk_server of this server."
                % ', '.join(technology.generated for technology in used))
    reloads = "%s and 'dialplan reload'" % ', '.join("'%s'" % technology.reload for technology in used)
    if not in_screen:
        return ("VICIdial's generator has written its files, but nothing was reloaded: it types the reload into a "
                "screen named 'asterisk', and Asterisk does not run in one (see 'screen -ls'). It does not try again "
                "for files that it has written. Once Asterisk runs there, type %s in it, and run this again." % reloads)
    return ("VICIdial's generator has written its files, but Asterisk has not read them, and the generator does not "
            "try again. Type %s in the screen named 'asterisk', check what Asterisk logs, and run this again."
            % reloads)
