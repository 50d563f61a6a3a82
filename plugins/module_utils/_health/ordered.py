# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders the maintenance of a trunk, and waits until the monitor has done it."""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import route_held
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import maintenance, places, trunk_state

LOCK = '/run/dialer-trunks-maintenance.lock'
PATIENCE = 15       # seconds in which the monitor does what is ordered: it looks each second
INTERVAL = 0.3
FOREVER = 'forever'


class Refused(Exception):
    """The order cannot be carried out. Its text is for the user, and says whether anything was changed."""


def order(options, cli, check_mode):
    """Carry out the order in the module's ``options``. Returns the module's result. Raises Refused, AsteriskError."""
    trunk = options['trunk']
    said = monitor.status()
    if said is None:
        raise Refused('The health monitor does not run on this dialer, so that no trunk can be taken out: describe '
                      'dialer_health and run site.yml. Nothing was changed.')
    if trunk not in said['trunks']:
        raise Refused('This dialer has no enabled trunk %r; it has %s. Nothing was changed.'
                      % (trunk, ', '.join(sorted(said['trunks'])) or 'none'))
    with locks.locked(LOCK, options['who']):
        changed, record = _write(trunk, options, check_mode)
    result = dict(changed=changed, maintenance=record)
    if not check_mode:
        _await(trunk, options['state'] == 'on')
        result['calls'] = _calls(cli, trunk, options['wait'] if options['state'] == 'on' else 0)
    return result


def _write(trunk, options, check_mode):
    """Return (whether the file was, or would be, changed; the record of the trunk, or None)."""
    now = time.time()
    try:
        text = safe_files.read_text(places.MAINTENANCE)
        records = maintenance.active(maintenance.read(text), now) if text else {}
        wanted = (_off if options['state'] == 'off' else _on)(records, trunk, options, now)
        if wanted != records and not check_mode:
            safe_files.write_text(places.MAINTENANCE, maintenance.write(wanted), 0o600)
    except maintenance.Invalid as fault:
        raise Refused('%s. Nothing was changed.' % fault)
    record = wanted.get(trunk)
    return wanted != records, record if record and maintenance.holds(record, now) else None


def _off(records, trunk, options, now):
    """Return the records with the trunk's at its end. It stays there until the next order, for the log to say who."""
    held = records.get(trunk)
    return dict(records, **{trunk: dict(held, who=options['who'] or held['who'], until=now)}) if held else records


def _on(records, trunk, options, now):
    """Return the records with the trunk in maintenance; the same ones if it is by the same order already."""
    if not options['reason']:
        raise Refused('reason is missing: say why, for those who see it in the status. Nothing was changed.')
    who, hours = options['who'] or 'unknown', _hours(options['hours'])
    wanted = maintenance.set_on(records, trunk, options['reason'], who, now, hours)
    held = records.get(trunk)
    return records if held and _terms(held) == _terms(wanted[trunk]) else wanted


def _terms(record):
    """Return what makes two orders the same: why, who, and for how long."""
    length = None if record['until'] is None else int(round(record['until'] - record['since']))
    return record['reason'], record['who'], length


def _hours(text):
    if text == FOREVER:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused("hours: %r is neither a number nor %s. Nothing was changed." % (text, FOREVER))


def _await(trunk, wanted):
    limit = time.time() + PATIENCE
    while time.time() < limit:
        said = monitor.status()
        state = said and said['trunks'].get(trunk, {}).get('state')
        if state and (state == trunk_state.IN_MAINTENANCE) == wanted:
            return
        time.sleep(INTERVAL)
    raise Refused('The order is written, and the health monitor has not carried it out within %d s: see its log, and '
                  'trouble in trunk_status_info.' % PATIENCE)


def _calls(cli, trunk, wait):
    """Return the calls on the trunk, as soon as there is none, else after ``wait`` seconds."""
    limit = time.time() + wait
    while True:
        calls = route_held.group_counts(cli.run('group show channels')).get(trunk, 0)
        if not calls or time.time() >= limit:
            return calls
        time.sleep(1)
