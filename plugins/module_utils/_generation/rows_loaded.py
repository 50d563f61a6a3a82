# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the running Asterisk holds the carrier rows, and finds where they are stuck on the way to it."""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, conf_files, conf_lines, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import texts
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC, TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._generation import peer_contents

INTERVAL = 0.5  # seconds between two checks


class Missing(Exception):
    """The running Asterisk does not hold the rows. ``findings``: what it lacks; ``seconds``: how long the module has
    waited; ``where``: a sentence that says where they are stuck."""

    def __init__(self, findings, seconds, where):
        Exception.__init__(self, '\n'.join(['After %d s:' % seconds] + texts(findings) + [where]))
        self.findings = findings
        self.seconds = seconds
        self.where = where


def missing(dialer, rows):
    """Return [Finding]: what the running Asterisk lacks of the rows, or holds instead. ``rows`` has ``peers`` and
    ``routes``, each {name: revision, 0 for any, or None}, ``technologies``, {name of the peer: technology} (a peer
    without one must not be loaded), ``options``, {name of the row's peer: {name of each of its peers: options, see
    peer_options}}, and ``steps``, the C(described) of C(loaded_checks.routes).
    """
    found = []
    technologies = rows.get('technologies') or {}
    for technology in TECHNOLOGIES if rows.get('peers') else ():
        wanted, described = {}, {}
        for name, number in rows['peers'].items():
            if number is None or technologies.get(name, 'SIP') != technology:
                wanted[name] = None
                continue
            options = (rows.get('options') or {}).get(name) or {}
            wanted.update(dict.fromkeys([name] + list(options), number))
            described.update(options)
        found += peer_contents.lacking(dialer, technology, wanted, described)
    if rows.get('routes'):
        found += loaded_checks.routes(rows['routes'], dialer.contexts(), rows.get('steps'))
    return found


def wait(dialer, rows, seconds):
    """Check until nothing is missing or the time has passed. Returns what is still missing."""
    limit = time.time() + seconds
    found = missing(dialer, rows)
    while found and time.time() < limit:
        time.sleep(INTERVAL)
        found = missing(dialer, rows)
    return found


def demand(dialer, rows, seconds):
    """Wait until the running Asterisk holds the rows. Raises Missing if it does not within this time."""
    lacking = wait(dialer, rows, seconds) if rows else []
    if lacking:
        raise Missing(lacking, seconds, where_stuck(rows, cli.in_screen()))


def _generated(etc):
    """Return (peers, routes) in the files that VICIdial's generator has written, each {name: revision}."""
    peers, routes = {}, {}
    for technology in TECHNOLOGIES.values():
        for line in conf_files.read(technology.generated, etc) or ():
            if line.section:
                peers[line.section] = max(peers.get(line.section, 0), revision(line.text))
    for line in conf_files.read('extensions-vicidial.conf', etc) or ():
        option = conf_lines.option(line.text)
        entry = option and loaded_checks.route_entry(option[1].split(',', 2)[-1])   # extension, priority, application
        if entry:
            routes[entry[0]] = entry[1]
    return peers, routes


def where_stuck(rows, in_screen, etc=ETC):
    """Return a sentence that says whether the generator or the reload failed."""
    used = [TECHNOLOGIES[name] for name in sorted(set((rows.get('technologies') or {}).values()) or {'SIP'})]
    peers, routes = _generated(etc)
    # A peer that must not be loaded and has no revision is not managed by this collection.
    if not (all((peers.get(name) or None) == number for name, number in (rows.get('peers') or {}).items())
            and all(routes.get(name) == number for name, number in (rows.get('routes') or {}).items())):
        return ("VICIdial's generator has not written the rows into %s and extensions-vicidial.conf. "
                "It is ADMIN_keepalive_ALL.pl, which cron starts every minute: check the crontab of root, its log, and "
                "generate_vicidial_conf and active_asterisk_server of this server."
                % ', '.join(technology.generated for technology in used))
    reloads = "%s and 'dialplan reload'" % ', '.join("'%s'" % technology.reload for technology in used)
    if not in_screen:
        return ("VICIdial's generator has written its files, but nothing was reloaded: it types the reload into a "
                "screen named 'asterisk', and Asterisk does not run in one (see 'screen -ls'). It does not try again "
                "for files that it has written. When Asterisk runs there, type %s in it, and run this again." % reloads)
    return ("VICIdial's generator has written its files, but Asterisk has not read them, and the generator does not "
            "try again. Type %s in the screen named 'asterisk', check what Asterisk logs, and run this again."
            % reloads)
