# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which existing rows trunks and routes adopt, which dialplans a route replaces, and what prevents it. Pure.

A trunk names the rows that it adopts, one for each dialer. Each row keeps its carrier_id and its dialplan. A route
names the rows whose dialplan it replaces. A row with nothing but a dialplan becomes the route's row. From a row that a
trunk has adopted, the dialplan is removed in the step that writes the route's row.
"""

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns


def _named(carrier):
    """Return the carrier_ids that a wanted carrier adopts, in lower case, since MySQL compares them without case."""
    return [carrier_id.lower() for carrier_id in carrier.get('adopt') or ()]


def _peerless(row):
    return not (row['account_entry'] or '').strip()


def chosen(wanted, rows):
    """Return {(name, server_ip): row} of the rows that wanted carriers adopt. ``rows``: the table, a Rows."""
    foreign = {row['carrier_id'].lower(): row for row in rows.others if table.owner(row)[0] == 'foreign'}
    found = {}
    for carrier in wanted:
        for carrier_id in _named(carrier):
            row = foreign.get(carrier_id)
            if row is None or row['server_ip'] != carrier['server_ip']:
                continue
            if carrier['kind'] == 'trunk' or _peerless(row):
                found.setdefault((carrier['name'], carrier['server_ip']), row)
    return found


def _reaches(place, server_ip):
    """Return whether a row of this place is read by this dialer."""
    return place in (server_ip, table.EVERY_DIALER)


def replaced(wanted, rows, changes):
    """Return [Change] that remove the dialplans which enabled routes replace.

    ``rows``: all rows as they were read. ``changes``: those of C(model.compare), which may already change such a row.
    """
    planned = {change.carrier_id: change for change in changes if change.new}
    by_id = {row['carrier_id'].lower(): row for row in rows}
    done, found = set(), []
    for carrier in wanted:
        if carrier['kind'] != 'route' or not carrier.get('active', True):
            continue
        for row in [by_id[name] for name in _named(carrier) if name in by_id]:
            carrier_id = row['carrier_id']
            if carrier_id in done or not _reaches(row['server_ip'], carrier['server_ip']):
                continue
            change = planned.get(carrier_id)
            if change is not None and change.kind == 'route':
                continue
            done.add(carrier_id)
            old = change.new if change else row
            if change is not None and (old['dialplan_entry'] or '').strip():
                new, fields = dict(old, dialplan_entry=''), ['dialplan_entry']
            elif change is None and _peerless(row) and row['active'] == 'Y':
                # It is a row for every dialer, or a second row of this dialer.
                new, fields = dict(old, active='N'), ['active']
            else:
                continue
            removal = table.Change(change.name if change else carrier['name'], row['server_ip'],
                                   change.kind if change else 'route', 'changed', 'routes', old, new, fields)
            removal.log_former = True
            found.append(removal)
    return found


def replace_equal_routes(changes):
    """Move the removal of a route's row into the step that writes another route's row with the same extension: of two
    equal extensions Asterisk uses the one whose carrier_id comes first, and ignores the other."""
    written = {}
    for change in changes:
        if change.kind == 'route' and change.step == 'routes' and change.new and change.new['active'] == 'Y':
            written.setdefault(change.server_ip, set()).update(map(patterns.rank, checks.extensions_of(change.new)))
    for change in changes:
        if change.kind == 'route' and change.step == 'route_removals' and change.old:
            if written.get(change.server_ip, set()).intersection(map(patterns.rank, checks.extensions_of(change.old))):
                change.step, change.replaced = 'routes', True


def lost(wanted, changes):
    """Return [warning] about routes that are taken out of use after they replaced dialplans, which are not restored."""
    out = {(change.name, change.server_ip) for change in changes if change.kind == 'route'
           and change.action in ('deactivated', 'removed') and change.old and change.old['active'] == 'Y'}
    return ['%s: is taken out of use, and the former dialplan of carrier %s is not restored: copy it from the entry of '
            'the admin log that replaced it'
            % (checks.label(carrier['server_ip'], carrier['kind'], carrier['name']), ', '.join(carrier['adopt']))
            for carrier in wanted
            if carrier['kind'] == 'route' and carrier.get('adopt') and (carrier['name'], carrier['server_ip']) in out]


def adopting(wanted):
    """{(name, server_ip)} of the wanted routes that take the place of a dialplan."""
    return {(carrier['name'], carrier['server_ip']) for carrier in wanted
            if carrier['kind'] == 'route' and carrier.get('adopt')}


def check(wanted, rows, changes, all_dialers):
    """Return [error] about rows that are to be adopted, found before anything is written."""
    by_id = {row['carrier_id'].lower(): row for row in rows}
    trunks = {change.carrier_id for change in changes if change.kind == 'trunk' and change.new}
    errors = []
    for carrier in [carrier for carrier in wanted if carrier.get('adopt')]:
        who = checks.label(carrier['server_ip'], carrier['kind'], carrier['name'])
        here = []
        for carrier_id in carrier['adopt']:
            row = by_id.get(carrier_id.lower())
            if row is None:
                errors.append('%s: there is no carrier %s to adopt' % (who, carrier_id))
            elif _reaches(row['server_ip'], carrier['server_ip']):
                here.append(row)
        check_one = _check_trunk if carrier['kind'] == 'trunk' else _check_route
        errors += ['%s: %s' % (who, error) for error in check_one(carrier, here, trunks, wanted, all_dialers)]
    for change in changes:
        if (change.action == 'returned' and change.step in ('trunks', 'routes') and not _is_route(change.old)
                and change.old['active'] == 'Y' and checks.extensions_of(change.old)):
            who = checks.label(change.server_ip, change.kind, change.name)
            errors.append('%s: carrier %s still has the dialplan that it was adopted with, so that other rows cannot '
                          'replace it: let a route adopt it first' % (who, change.carrier_id))
    return errors


def _is_route(row):
    """Return whether the row's dialplan is a route's already, and not the operator's."""
    return 'Gosub(trunks-route-' in (row['dialplan_entry'] or '')


def _check_trunk(carrier, rows, _trunks, _wanted, _all_dialers):
    foreign = [row for row in rows if table.owner(row)[0] != 'managed' and row['server_ip'] == carrier['server_ip']]
    if len(rows) > len(foreign) and len(rows) > 1 or len(foreign) > 1:
        yield 'can adopt one row for each dialer, not %s' % ', '.join(row['carrier_id'] for row in rows)
    for row in rows:
        owner, name = table.owner(row)
        if owner == 'managed' and name != carrier['name']:
            yield 'carrier %s is already the row of %s' % (row['carrier_id'], name)
        elif row['server_ip'] != carrier['server_ip']:
            yield ('carrier %s is one row for every dialer: write servers: cluster, so that it stays one row'
                   % row['carrier_id'])
        elif owner == 'copy':
            yield ('carrier %s has the marker of another row: give it a description of its own first'
                   % row['carrier_id'])
        elif owner == 'foreign' and carrier['name'].lower() not in [peer.lower() for peer in checks.peers_of(row)]:
            yield ('carrier %s defines %s and no peer %s: a trunk has the name of the peer that it adopts'
                   % (row['carrier_id'], ', '.join(checks.peers_of(row)) or 'no peer', carrier['name']))


def _check_route(carrier, rows, trunks, wanted, all_dialers):
    if not carrier.get('active', True):
        return
    for row in rows:
        if table.owner(row)[0] != 'managed' and not _peerless(row) and row['carrier_id'] not in trunks:
            yield 'carrier %s has a peer, which a trunk has to adopt first' % row['carrier_id']
        if row['server_ip'] == table.EVERY_DIALER and not all_dialers:
            yield ('carrier %s is a row for every dialer, so that all dialers have to be in the run that replaces it'
                   % row['carrier_id'])
        if row['active'] != 'Y' or _is_route(row):
            continue
        answered = [extension for other in wanted
                    if other['kind'] == 'route' and other.get('active', True)
                    and other['server_ip'] == carrier['server_ip'] and row['carrier_id'].lower() in _named(other)
                    for extension in checks.extensions_of(other)]
        for extension in checks.extensions_of(row):
            if not _answered(extension, answered):
                yield ('carrier %s also has the extension %s, which no enabled route that adopts it answers: describe '
                       'one, or leave this route disabled' % (row['carrier_id'], extension))


def _answered(extension, others):
    """Return whether one of the extensions overlaps with this one, or Asterisk cannot match this one at all."""
    try:
        return any(patterns.overlaps(extension, other) for other in others)
    except ValueError:
        return True
