# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to happen to the rows of ``vicidial_server_carriers``. Pure: rows in, changes out, no database.

A row is a dictionary with the table's columns. A wanted carrier is a dictionary as the module's option describes it.
"""

import hashlib
import operator
import re

from ansible_collections.dialer.trunks.plugins.module_utils._common import revision as stamps
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER, dialled_prefix

TABLE = 'vicidial_server_carriers'

COLUMNS = ('carrier_id', 'carrier_name', 'registration_string', 'template_id', 'account_entry', 'protocol',
           'globals_string', 'dialplan_entry', 'server_ip', 'active', 'carrier_description', 'user_group')
# Those that are compared: the other two say which row it is.
FIELDS = tuple(name for name in COLUMNS if name not in ('carrier_id', 'server_ip'))
STAMPED = ('account_entry', 'dialplan_entry')

ID_LENGTH = 15

_MARKER = re.compile(r'\[dialer\.trunks (?P<name>[^\s@]+)@(?P<server_ip>\S+) (?P<carrier_id>\S+)\]')
# The word behind the marker of a row that was somebody else's.
ADOPTED = '[adopted]'
_ADOPTED = re.compile(_MARKER.pattern + re.escape(' ' + ADOPTED))
_ODD = re.compile(r'[^A-Za-z0-9_-]')

# The steps in the order in which every state in between places calls: what a route needs is there before the route.
STEPS = ('trunks', 'routes', 'route_removals', 'trunk_removals', 'campaigns')


class Change(object):
    """One row: what is there (``old``, a row or None), what is to be (``new``, a row or None), and in which step."""

    __slots__ = ('name', 'server_ip', 'kind', 'action', 'step', 'old', 'new', 'fields', 'former', 'gives_way')

    def __init__(self, name, server_ip, kind, action, step=None, old=None, new=None, fields=()):
        self.name = name
        self.server_ip = server_ip
        self.kind = kind            # trunk or route
        self.action = action        # added, changed, unchanged, deactivated, removed, returned, left
        self.step = step            # one of STEPS, None when nothing is to be done
        self.old = old
        self.new = new
        self.fields = tuple(fields)  # names of the columns that differ
        self.gives_way = False  # whether another route's row takes its numbers in the same step
        self.former = False     # whether what it replaces is somebody else's work, and is kept in the admin log

    @property
    def carrier_id(self):
        """The row's carrier_id; None for a disabled carrier that has no row."""
        row = self.new or self.old
        return row['carrier_id'] if row else None

    @property
    def revision(self):
        """The number that the row's texts are stamped with, 0 without a stamp."""
        return revision(self.new or self.old)

    def result(self):
        """The change as the module returns it: names only, no contents."""
        return dict(carrier_id=self.carrier_id, name=self.name, server_ip=self.server_ip, kind=self.kind,
                    action=self.action, revision=self.revision, fields=list(self.fields))


def marker(name, server_ip, carrier_id):
    """The words at the beginning of a description that make a row ours."""
    return '[dialer.trunks %s@%s %s]' % (name, server_ip, carrier_id)


def is_adopted(row):
    """True for a row that somebody else made and that we have taken over: it is never removed, only handed back."""
    description = row.get('carrier_description') or ''
    return ADOPTED in description and bool(_ADOPTED.match(description))


def read_marker(row):
    """(name, server_ip, carrier_id) of the marker in the row's description, or None."""
    match = _MARKER.match(row.get('carrier_description') or '')
    return match.group('name', 'server_ip', 'carrier_id') if match else None


def owner(row):
    """('ours', name), ('copy', name) when the marker is that of another row, or ('foreign', None).

    The admin pages copy a row with its description, so a marker alone does not make a row ours.
    """
    found = read_marker(row)
    if found is None:
        return 'foreign', None
    if found[1:] == (row['server_ip'], row['carrier_id']):
        return 'ours', found[0]
    return 'copy', found[0]


def kind_of(row):
    """'route' for a row with a dialplan entry, else 'trunk'."""
    return 'route' if (row.get('dialplan_entry') or '').strip() else 'trunk'


def normal(text):
    """A text as it compares: NULL is empty, an admin page's CRLF is LF, blanks at the ends of lines do not count."""
    if not text:
        return ''
    if '\r' in text:
        text = text.replace('\r\n', '\n').replace('\r', '\n')
    if ' \n' in text or '\t' in text or text[-1] == ' ':
        text = '\n'.join([line.rstrip(' \t') for line in text.split('\n')])
    return text.strip('\n')


def revision(row):
    """The highest number that a text of the row is stamped with; 0 without any."""
    if not row:
        return 0
    return max(stamps.revision(row[name]) if row.get(name) else 0 for name in STAMPED)


def differing(old, new):
    """Names of the columns in which two rows differ, stamps aside."""
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
    """A copy of the row with this revision in its texts."""
    row = dict(row)
    for name in STAMPED:
        row[name] = stamps.stamp(row[name], number)
    return row


def allocate(name, server_ip, taken):
    """A carrier_id of at most 15 characters for the carrier on this server, not among ``taken`` (lower case).

    The name, cut as needed, and the last part of the address; when that is taken, more of the address, then a few
    digits that follow from name and address. The same input gives the same answer.
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
        if candidate.lower() not in taken:
            return candidate
    raise ValueError('no carrier_id is left for %s on %s' % (name, server_ip))


def columns_of(carrier):
    """{column: value} of a wanted carrier's row, but for what depends on which row that is. Texts still have the
    placeholder of their stamp."""
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
    """The row of a wanted carrier. It may hold its ``columns``, worked out before the table was locked."""
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
    """The rows of the whole table, by whose they are."""

    def __init__(self, rows):
        self.taken = {row['carrier_id'].lower() for row in rows}     # unique over all servers
        self.ours = {}      # {(name, server_ip): [rows in the order of their carrier_id]}
        self.others = []    # foreign rows and copies
        self.copies = []
        for row in sorted(rows, key=operator.itemgetter('carrier_id')):
            whose, name = owner(row)
            if whose == 'ours':
                self.ours.setdefault((name, row['server_ip']), []).append(row)
            else:
                self.others.append(row)
                if whose == 'copy':
                    self.copies.append(row)


def compare(wanted, rows, batch, prune=False, adopted=None):
    """[Change] for every wanted carrier and every row of ours on the batch's servers that is not wanted.

    ``rows``: the table, a Rows. ``batch``: set of server_ip whose rows of ours are leftovers when they are not wanted.
    Nothing outside of the batch is touched. ``adopted``: {(name, server_ip): the row of somebody else's to take over}.
    ``prune``: whether leftovers go; or which, a set of (name, server_ip) or of server_ip.
    """
    mine = {key: list(same) for key, same in rows.ours.items()}
    taken = set(rows.taken)
    changes = []
    for carrier in sorted(wanted, key=lambda item: (item['server_ip'], item['kind'] != 'trunk', item['name'])):
        key = carrier['name'], carrier['server_ip']
        same = mine.get(key)
        # A second row of ours for one carrier stays in `mine` and is a leftover.
        if not same and adopted and key in adopted:
            changes.append(_take_over(carrier, adopted[key]))
        else:
            changes.append(_compare_one(carrier, same.pop(0) if same else None, taken))
    leftovers = sorted(key for key, same in mine.items() if same and key[1] in batch)
    places = {}
    for carrier in wanted if leftovers else ():
        places.setdefault(carrier['name'], set()).add(carrier['server_ip'])
    for key in leftovers:
        changes.extend(_leftover(key, row, prune, places.get(key[0], ())) for row in mine[key])
    return changes


def _compare_one(carrier, old, taken):
    """The Change of one wanted carrier, ``old`` its row or None."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    active = carrier.get('active', True)
    if not active:
        # A disabled carrier's row keeps everything else, so that enabling it again compares from there. A route's row
        # is there from the start, so that its dialplan can be looked at before calls take it.
        if old is None and kind == 'route':
            return _added(carrier, taken)
        if old is None or old['active'] != 'Y':
            return Change(name, server_ip, kind, 'unchanged', old=old, new=old)
        return Change(name, server_ip, kind, 'deactivated', kind + '_removals', old, dict(old, active='N'), ['active'])
    if old is None:
        return _added(carrier, taken)
    adopted = is_adopted(old)
    new = row_of(carrier, old['carrier_id'], adopted)
    if adopted:
        new = _keep(carrier, old, new)
    fields = differing(old, new)
    if not fields:
        return Change(name, server_ip, kind, 'unchanged', old=old, new=old)
    new = stamped(new, revision(old) + 1)
    return Change(name, server_ip, kind, 'changed', kind + 's', old, new, fields)


def _added(carrier, taken):
    """The Change of a wanted carrier that has no row yet."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    carrier_id = allocate(name, server_ip, taken)
    taken.add(carrier_id.lower())
    new = stamped(row_of(carrier, carrier_id), 1)
    return Change(name, server_ip, kind, 'added', kind + 's', None, new, [field for field in FIELDS if new[field]])


def _keep(carrier, old, new):
    """The new row of a carrier with what stays of a row that was somebody else's: what the description does not say.

    That is its name and user group, the global that dialplans may call it by, a registration that is not in our words,
    and a trunk's dialplan, until a route takes its place.
    """
    kept = dict(new, carrier_name=old['carrier_name'], user_group=old['user_group'],
                globals_string=old['globals_string'] or new['globals_string'])
    ours = normal(carrier.get('own_registration'))
    if not new['registration_string'] and normal(old['registration_string']) != ours:
        kept['registration_string'] = old['registration_string']
    if carrier['kind'] == 'trunk':
        kept['dialplan_entry'] = old['dialplan_entry']
    return kept


def _take_over(carrier, old):
    """The Change by which a row that is not ours becomes the carrier's, under the carrier_id that it has."""
    name, server_ip, kind = carrier['name'], carrier['server_ip'], carrier['kind']
    active = carrier.get('active', True)
    if not active and kind == 'route':      # its calls go by the row as it is, until the route is enabled
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
    change.former = True
    return change


def _hand_back(name, kind, row):
    """The Change by which an adopted row is its maker's again: without our marks, and otherwise as it stands."""
    description = row['carrier_description'][_ADOPTED.match(row['carrier_description']).end():].strip()
    entry = (row['account_entry'] or '').replace('[trunks %d] ' % revision(row), '')
    new = dict(row, carrier_description=description, account_entry=entry)
    return Change(name, row['server_ip'], kind, 'returned', kind + '_removals', row, new, differing(row, new))


def _leftover(key, row, prune, places):
    """The Change of a row of ours that nobody wants any more. ``places``: where the carrier of this name is wanted."""
    name, server_ip = key
    kind = kind_of(row)
    if places and EVERY_DIALER in (server_ip,) + tuple(places):
        # One row for every dialer instead of one for each, or the other way about: both would define the peer.
        return Change(name, server_ip, kind, 'removed', kind + 's', row, None)
    goes = prune is True or bool(prune) and (key in prune or server_ip in prune)
    if goes and is_adopted(row):
        return _hand_back(name, kind, row)
    if goes:
        return Change(name, server_ip, kind, 'removed', kind + '_removals', row, None)
    return Change(name, server_ip, kind, 'left', old=row, new=row)


def written(change):
    """{column: value} that an update has to set: what differs, and the texts whose stamp went up with it."""
    return {name: change.new[name] for name in FIELDS if change.old.get(name) != change.new[name]}


def compare_campaigns(wanted, found):
    """[(campaign_id, {column: (old, new)})] of the campaigns whose prefixes differ.

    ``found``: {campaign_id: {dial_prefix, manual_dial_prefix}}. three_way_dial_prefix is not ours to set.
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
    """Whether both prefixes mean that none is dialled, in whatever spelling."""
    return dialled_prefix(one) == dialled_prefix(other) == ''


def servers_of(changes, flagged):
    """The server_ip of the generators that must run for these changes, sorted.

    ``flagged``: server_ip of all servers whose generator runs at all; a row of 0.0.0.0 concerns each of them.
    """
    touched = {change.server_ip for change in changes}
    if EVERY_DIALER in touched:
        return sorted(flagged)
    return sorted(touched.intersection(flagged))
