# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what the monitor and its attempt log know of each trunk, or without a monitor what Asterisk says."""

import os
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers, route_held
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import history, monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures, places, store

STALE = 30  # seconds; a monitor that has told nothing for longer hangs
HOUR = 3600


def told(generations, cli):
    """Return dict(monitor, trunks), see the module trunk_status_info. ``generations``: the store of generations."""
    number = generations.linked()
    files = generations.files(number)
    said, now = monitor.status(), time.time()
    about = _about(files, said, now)
    found = _by_monitor(said) if about['running'] else _by_asterisk(files, cli)
    sums, failures = _measured([trunk['name'] for trunk in found], now)
    for trunk in found:
        of_trunk = sums.get(trunk['name'], measures.empty())
        trunk.update(attempts=of_trunk['attempts'], asr=measures.asr(of_trunk), ner=measures.ner(of_trunk),
                     ccr=measures.ccr(of_trunk), acd_s=measures.acd(of_trunk), pdd_ms=measures.pdd(of_trunk, 50),
                     cost=of_trunk['cost'], unpriced=of_trunk['talks'] - of_trunk['priced'],
                     last_failure=failures.get(trunk['name']))
    return dict(monitor=about, trunks=found)


def _about(files, said, now):
    """Return what there is to say of the monitor: C(wanted), C(running), C(since), C(trouble) (a list of sentences)."""
    wanted = MONITOR in files
    trouble = [finding.text for finding in monitor.lacking(files)]
    if said is not None:
        if now - said['time'] > STALE:
            trouble.append('it has told nothing for %d s' % (now - said['time']))
        log = said['attempts']
        trouble += [text for text in (said['trouble'], log['trouble'], log['note'], said['hooks_trouble']) if text]
        if said['ami']['since'] is None:
            trouble.append('it is not connected to AMI: %s' % said['ami']['trouble'])
        if log['missed']:
            trouble.append('%d attempts ended while it was not connected to AMI, and are missing in the attempt log'
                           % log['missed'])
        if log['lost'] > log['missed']:
            trouble.append('%d attempts were lost' % (log['lost'] - log['missed']))
        if said['unwritten']:
            trouble.append('%d changes are missing in %s, or in a hook\'s queue' % (said['unwritten'], places.LOG))
        for name, counts in sorted(said['hooks'].items()):
            if counts['error']:
                trouble.append('%s: %s; %d wait' % (name, counts['error'], counts['queued']))
    return dict(wanted=wanted, running=said is not None, since=said and said['began'], trouble=trouble)


def _by_monitor(said):
    return [dict(trunk, name=name) for name, trunk in sorted(said['trunks'].items())]


def _by_asterisk(files, cli):
    """Return the trunks of the generation in force as Asterisk says. Raises AsteriskError."""
    found = []
    counts = route_held.group_counts(cli.run('group show channels'))
    described = history.trunks(files)
    peers = cli.peers_of({trunk['technology'] for trunk in described}, ())
    for trunk in sorted(described, key=lambda trunk: trunk['name']):
        peer = peers.get((trunk['technology'], trunk['name']))
        found.append(dict(
            name=trunk['name'], state=None, why='', since=None, until=None,
            asterisk=peer['state'] if peer else parsers.UNKNOWN, address=peer and peer['address'],
            latency_ms=peer and peer['latency_ms'], calls=counts.get(trunk['name'], 0), capacity=None))
    return found


def _measured(names, now):
    """Return ({trunk: sums of this hour and the last}, {trunk: its last failure}); empty without an attempt log."""
    if not os.path.exists(places.ATTEMPTS):
        return {}, {}
    try:
        log = store.Store(places.ATTEMPTS)
    except (store.Full, store.Damaged, store.Refused, safe_files.Foreign, IOError, OSError):
        return {}, {}
    try:
        return (measures.by_trunk(log.sums(now - HOUR, now)),
                {name: log.last_failure(name) for name in names})
    except (store.Full, store.Damaged):
        return {}, {}
    finally:
        log.close()
