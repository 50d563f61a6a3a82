# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the rows of ``vicidial_server_carriers`` with the wanted carriers. Pure: rows in, changes out, no database.

A row is a dictionary of the table's columns. A wanted carrier is a dictionary as the option C(carriers) of the module
C(vicidial_carriers) describes it. A row is managed when its marker names this very row.
"""

import hashlib
import operator
import re

from ansible_collections.dialer.trunks.plugins.module_utils._common import revision as stamps
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER, dialled_prefix

TABLE = 'vicidial_server_carriers'

COLUMNS = ('carrier_id', 'carrier_name', 'registration_string', 'template_id', 'account_entry', 'protocol',
           'globals_string', 'dialplan_entry', 'server_ip', 'active', 'carrier_description', 'user_group')
# The columns that are compared; the other two identify the row.
FIELDS = tuple(name for name in COLUMNS if name not in ('carrier_id', 'server_ip'))
STAMPED = ('account_entry', 'dialplan_entry')

ID_LENGTH = 15

_MARKER = re.compile(r'\[dialer\.trunks (?P<name>[^\s@]+)@(?P<server_ip>\S+) (?P<carrier_id>\S+)\]')
# Follows the marker of a row that was not managed before.
ADOPTED = '[adopted]'
_ADOPTED = re.compile(_MARKER.pattern + re.escape(' ' + ADOPTED))
_ODD = re.compile(r'[^A-Za-z0-9_-]')

# The steps in an order in which calls succeed between any two of them: what a route needs is written before the route.
STEPS = ('trunks', 'routes', 'route_removals', 'trunk_removals', 'campaigns')


class Change(object):
    """The change of one row from ``old`` to ``new`` (each a row or None), and the step that writes it."""

    __slots__ = ('name', 'server_ip', 'kind', 'action', 'step', 'old', 'new', 'fields', 'log_former', 'replaced')

    def __init__(self, name, server_ip, kind, action, step=None, old=None, new=None, fields=()):
        self.name = name
        self.server_ip = server_ip
        self.kind = kind            # trunk or route
        self.action = action        # added, changed, unchanged, deactivated, removed, returned, left
        self.step = step            # one of STEPS, None when there is nothing to do
        self.old = old
        self.new = new
        self.fields = tuple(fields)  # names of the columns that differ
        self.replaced = False   # whether another route's row gets its extension in the same step
        self.log_former = False  # whether the admin log gets the replaced values, since the row was not managed

    @property
    def carrier_id(self):
        """Return the row's carrier_id; None for a disabled carrier that has no row."""
        row = self.new or self.old
        return row['carrier_id'] if row else None

    @property
    def revision(self):
        """Return the number that the row's texts are stamped with, 0 without a stamp."""
        return revision(self.new or self.old)

    def result(self):
        """Return the change as the module returns it: names of columns, no contents."""
        result = dict(carrier_id=self.carrier_id, name=self.name, server_ip=self.server_ip, kind=self.kind,
                      action=self.action, revision=self.revision, fields=list(self.fields))
        if self.old and self.old is not self.new and owner(self.old)[0] == 'moved':
            result['moved'] = dict(marked=read_marker(self.old)[1], stands=self.old['server_ip'])
        return result

    @property
    def places(self):
        """Return the server_ip values of the row before and after the change."""
        return {self.server_ip} | {row['server_ip'] for row in (self.old, self.new) if row}


def marker(name, server_ip, carrier_id):
    """Return the text at the beginning of a description that marks a row as managed."""
    return '[dialer.trunks %s@%s %s]' % (name, server_ip, carrier_id)


def is_adopted(row):
    """Return whether a trunk or route has adopted the row: it is never removed, only returned to its former owner."""
    description = row.get('carrier_description') or ''
    return ADOPTED in description and bool(_ADOPTED.match(description))


def read_marker(row):
    """Return (name, server_ip, carrier_id) of the marker in the row's description, or None."""
    match = _MARKER.match(row.get('carrier_description') or '')
    return match.group('name', 'server_ip', 'carrier_id') if match else None


def owner(row):
    """Return ('managed', name), ('moved', name) for a managed row that was put on another server, ('copy', name) when
    the marker is that of another row, or ('foreign', None).

    The admin pages copy a row with its description, so that a marker alone does not prove that a row is managed. A copy
    has a carrier_id of its own, which is unique over all servers.
    """
    found = read_marker(row)
    if found is None:
        return 'foreign', None
    if found[1:] == (row['server_ip'], row['carrier_id']):
        return 'managed', found[0]
    return 'moved' if found[2] == row['carrier_id'] else 'copy', found[0]


def kind_of(row):
    """Return 'route' for a row with a dialplan entry, else 'trunk'."""
    return 'route' if (row.get('dialplan_entry') or '').strip() else 'trunk'


def normal(text):
    """Return a text in the form that is compared: NULL as empty, the admin pages' CRLF as LF, no trailing blanks."""
    if not text:
        return ''
    if '\r' in text:
        text = text.replace('\r\n', '\n').replace('\r', '\n')
    if ' \n' in text or '\t' in text or text[-1] == ' ':
        text = '\n'.join([line.rstrip(' \t') for line in text.split('\n')])
    return text.strip('\n')


def revision(row):
    """Return the highest number that a text of the row is stamped with; 0 without any."""
    if not row:
        return 0
    return max(stamps.revision(row[name]) if row.get(name) else 0 for name in STAMPED)


def differing(old, new):
    """Return the names of the columns in which two rows differ, stamps aside."""
    old = dict(old)
    for name in STAMPED:
        if old.get(name):
            old[name] = stamps.unstamp(old[name])
    if old == new:      # the usual case, which saves the rest
        return []
    names = []
    for name in FIELDS:
        before, after = old.get(name), new.get(name)
        if before != after and normal(before) != normal(stamps.unstamp(after) if name in STAMPED else after):
            names.append(name)
    return names


def stamped(row, number):
    """Return a copy of the row with this revision in its texts."""
    row = dict(row)
    for name in STAMPED:
        row[name] = stamps.stamp(row[name], number)
    return row


def allocate(name, server_ip, used):
    """Return a carrier_id of at most 15 characters for the carrier on this server, not among ``used`` (lower case).

    It is the name, cut as needed, with the last octet of the address. If that is already used, the last two octets,
    then five hexadecimal digits of a checksum. The same input returns the same result.
    """
    name = _ODD.sub('_', name)
    if server_ip == EVERY_DIALER:
        ends = ['', '-all']
    else:
        octets = server_ip.split('.')
        ends = ['-' + octets[-1], '-' + '-'.join(octets[-2:])]
    digest = hashlib.sha256(('%s@%s' % (name, server_ip)).encode('utf-8')).hexdigest()
    ends += ['-' + digest[start:start + 5] for start in range(0, 60)]
    for end in ends:
        candidate = name[:ID_LENGTH - len(end)] + end
        if candidate.lower() not in used:
            return candidate
    raise ValueError('no carrier_id is left for %s on %s' % (name, server_ip))


def columns_of(carrier):
    """Return {column: value} of a wanted carrier's row, without the columns that depend on its carrier_id. Texts still
    have the placeholder of their stamp."""
    return dict(
        carrier_name=carrier.get('carrier_name') or carrier['name'],
        registration_string=carrier.get('registration_string') or '',
        template_id=carrier.get('template_id') or '--NONE--',
        account_entry=normal(carrier.get('account_entry')),
        protocol=carrier.get('protocol') or 'SIP',
        globals_string=carrier.get('globals_string') or '',
        dialplan_entry=normal(carrier.get('dialplan_entry')),
        server_ip=carrier['server_ip'],
        active='Y' if carrier.get('active', True) else 'N',
        user_group=carrier.get('user_group') or '---ALL---',
    )


def row_of(carrier, carrier_id, adopted=False):
    """Return the row of a wanted carrier. Its key ``columns``, if set, was computed before the table was locked."""
    description = marker(carrier['name'], carrier['server_ip'], carrier_id)
    if adopted:
        description += ' ' + ADOPTED
    if carrier.get('description'):
        description += ' ' + carrier['description']
    row = dict(carrier.get('columns') or columns_of(carrier))
    row['carrier_id'] = carrier_id
    row['carrier_description'] = description
    return row


class Rows(object):
    """The rows of the whole table by owner."""

    def __init__(self, rows):
        self.ids = {row['carrier_id'].lower() for row in rows}     # unique over all servers
        self.managed = {}   # {(name, server_ip): [rows in the order of their carrier_id]}
        self.moved = {}     # {(name, server_ip of the marker): row}
        self.others = []    # foreign rows, copies, and moved rows
        self.copies = []
        for row in sorted(rows, key=operator.itemgetter('carrier_id')):
            kind, name = owner(row)
            if kind == 'managed':
                self.managed.setdefault((name, row['server_ip']), []).append(row)
            else:
                self.others.append(row)
                if kind == 'copy':
                    self.copies.append(row)
                elif kind == 'moved':
                    self.moved.setdefault((name, read_marker(row)[1]), row)

    def strayed(self, carrier, servers):
        """Return the moved row that belongs to a wanted carrier without a row; None for none.

        Its marker names the carrier's server. Or it stands there, and its marker names a server that is no longer among
        C(servers), since that dialer has got another address; not if they are None.
        """
        name, server_ip = key = carrier['name'], carrier['server_ip']
        if key in self.moved:
            return self.moved[key]
        if servers is None:
            return None
        gone = [row for (other, home), row in sorted(self.moved.items())
                if other == name and row['server_ip'] == server_ip and home not in servers and home != EVERY_DIALER]
        return gone[0] if gone else None


def compare(wanted, rows, batch, prune=False, adopted=None, servers=None):
    """Return [Change] for every wanted carrier and every managed row on the batch's servers that is not wanted.

    ``rows``: the table, a Rows. ``batch``: set of server_ip whose managed rows are leftovers when they are not wanted.
    Rows outside of the batch are never changed. ``adopted``: {(name, server_ip): the foreign row to adopt}.
    ``servers``: the server_ip of all dialers; None if they are not known. ``prune``: whether leftovers are removed; or
    which of them, a set of (name, server_ip) or of server_ip.
    """
    managed = {key: list(same) for key, same in rows.managed.items()}
    ids = set(rows.ids)
    changes = []
    for carrier in sorted(wanted, key=lambda item: (item['server_ip'], item['kind'] != 'trunk', item['name'])):
        key = carrier['name'], carrier['server_ip']
        same = managed.get(key)
        # A second managed row of one carrier stays in `managed` and is a leftover.
        if not same and adopted and key in adopted:
            changes.append(_adopt(carrier, adopted[key]))
            continue
        stray = None if same else rows.strayed(carrier, servers)
        if stray:
            changes.append(_put_back(carrier, stray))
        else:
            changes.append(_compare_one(carrier, same.pop(0) if same else None, ids))
    leftovers = sorted(key for key, same in managed.items() if same and key[1] in batch)
    places = {}
    for carrier in wanted if leftovers else ():
        places.setdefault(carrier['name'], set()).add(carrier['server_ip'])
    for key in leftovers:
        changes.extend(leftover(key, row, prune, places.get(key[0], ())) for row in managed[key])
    return changes


def _compare_one(carrier, old, ids):
    """Return the Change of one wanted carrier. ``old``: its row or None; ``ids``: the carrier_ids in use."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    active = carrier.get('active', True)
    if not active:
        # The row of a disabled carrier keeps its other columns, with which it is compared when it is enabled again. A
        # route's row is written at once, so that its dialplan can be checked before calls use it.
        if old is None and kind == 'route':
            return _added(carrier, ids)
        if old is None or old['active'] != 'Y':
            return Change(name, server_ip, kind, 'unchanged', old=old, new=old)
        return Change(name, server_ip, kind, 'deactivated', kind + '_removals', old, dict(old, active='N'), ['active'])
    if old is None:
        return _added(carrier, ids)
    adopted = is_adopted(old)
    new = row_of(carrier, old['carrier_id'], adopted)
    if adopted:
        new = _keep(carrier, old, new)
    fields = differing(old, new)
    if not fields:
        return Change(name, server_ip, kind, 'unchanged', old=old, new=old)
    new = stamped(new, revision(old) + 1)
    return Change(name, server_ip, kind, 'changed', kind + 's', old, new, fields)


def _put_back(carrier, old):
    """Return the Change by which a moved row stands on its server again, or gets the marker of its new one."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    carrier_id = old['carrier_id']
    if carrier.get('active', True):
        adopted = is_adopted(old)
        new = row_of(carrier, carrier_id, adopted)
        new = stamped(_keep(carrier, old, new) if adopted else new, revision(old) + 1)
    else:
        rest = old['carrier_description'][_MARKER.match(old['carrier_description']).end():]
        new = dict(old, server_ip=server_ip, active='N', carrier_description=marker(name, server_ip, carrier_id) + rest)
    fields = (['server_ip'] if old['server_ip'] != server_ip else []) + differing(old, new)
    return Change(name, server_ip, kind, 'changed', kind + 's', old, new, fields)


def _added(carrier, ids):
    """Return the Change of a wanted carrier that has no row yet, and add its carrier_id to ``ids``."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    carrier_id = allocate(name, server_ip, ids)
    ids.add(carrier_id.lower())
    new = stamped(row_of(carrier, carrier_id), 1)
    return Change(name, server_ip, kind, 'added', kind + 's', None, new, [field for field in FIELDS if new[field]])


def _keep(carrier, old, new):
    """Return the new row of a carrier with the values that an adopted row keeps, since the description has none.

    These are its name and user group, the global by which dialplans may dial it, a registration that the trunk would
    write otherwise, and a trunk's dialplan until a route replaces it.
    """
    kept = dict(new, carrier_name=old['carrier_name'], user_group=old['user_group'],
                globals_string=old['globals_string'] or new['globals_string'])
    own = normal(carrier.get('own_registration'))
    if not new['registration_string'] and normal(old['registration_string']) != own:
        kept['registration_string'] = old['registration_string']
    if carrier['kind'] == 'trunk':
        kept['dialplan_entry'] = old['dialplan_entry']
    return kept


def _adopt(carrier, old):
    """Return the Change by which a foreign row becomes the carrier's row and keeps its carrier_id."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    active = carrier.get('active', True)
    if not active and kind == 'route':      # calls use the row as it is until the route is enabled
        return Change(name, server_ip, kind, 'unchanged')
    new = _keep(carrier, old, row_of(carrier, old['carrier_id'], adopted=True))
    if not active:
        new = dict(old, carrier_description=new['carrier_description'], active='N')
    new = stamped(new, revision(old) + 1)
    fields = differing(old, new)
    if active or old['active'] != 'Y':
        change = Change(name, server_ip, kind, 'changed', kind + 's', old, new, fields)
    else:
        change = Change(name, server_ip, kind, 'deactivated', kind + '_removals', old, new, fields)
    change.log_former = True
    return change


def _return(name, kind, row, step, active):
    """Return the Change that removes marker and stamp from an adopted row, which is not managed any more."""
    description = row['carrier_description'][_ADOPTED.match(row['carrier_description']).end():].strip()
    entry = (row['account_entry'] or '').replace('[trunks %d] ' % revision(row), '')
    new = dict(row, carrier_description=description, account_entry=entry, active=active)
    return Change(name, row['server_ip'], kind, 'returned', step, row, new, differing(row, new))


def leftover(key, row, prune, places=()):
    """Return the Change of a managed row that is not wanted. ``places``: where a carrier of this name is wanted."""
    name, server_ip = key
    kind = kind_of(row)
    if places and EVERY_DIALER in (server_ip,) + tuple(places):
        # One row for every dialer replaces one for each, or the reverse: both would define the peer.
        if is_adopted(row):
            return _return(name, kind, row, kind + 's', 'N')
        return Change(name, server_ip, kind, 'removed', kind + 's', row, None)
    pruned = prune is True or bool(prune) and (key in prune or server_ip in prune)
    if pruned and is_adopted(row):
        return _return(name, kind, row, kind + '_removals', row['active'])
    if pruned:
        return Change(name, server_ip, kind, 'removed', kind + '_removals', row, None)
    return Change(name, server_ip, kind, 'left', old=row, new=row)


def written(change):
    """Return {column: value} that an update sets: the columns that differ, and the texts with a new stamp."""
    return {name: change.new[name] for name in FIELDS + ('server_ip',) if change.old.get(name) != change.new[name]}


def compare_campaigns(wanted, found):
    """Return [(campaign_id, {column: (old, new)})] of the campaigns whose prefixes differ.

    ``found``: {campaign_id: {dial_prefix, manual_dial_prefix}}. three_way_dial_prefix is left alone.
    """
    changes = []
    for campaign in wanted:
        row = found[campaign['campaign_id'].lower()]
        differ = {}
        for column in ('dial_prefix', 'manual_dial_prefix'):
            new = campaign.get(column)
            if new is None:
                new = campaign['dial_prefix']
            if (row[column] or '') != new and not _both_none(row[column], new):
                differ[column] = (row[column] or '', new)
        if differ:
            changes.append((row['campaign_id'], differ))
    return changes


def _both_none(one, other):
    """Return whether both prefixes mean that none is dialled, in whatever spelling."""
    return dialled_prefix(one) == dialled_prefix(other) == ''


def servers_of(changes, generating):
    """Return the server_ip of the servers whose generators must run for these changes, sorted.

    ``generating``: server_ip of all servers on which the generator runs. A row for 0.0.0.0 concerns all of them.
    """
    touched = {place for change in changes for place in change.places}
    if EVERY_DIALER in touched:
        return sorted(generating)
    return sorted(touched.intersection(generating))
