# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes changes of rows: the entries of VICIdial's admin log and Ansible's diffs, secrets hidden. Pure.

The notes of an entry are a sentence for people and, on the last line, a JSON object for the next run. Nothing is read
from the sentence.
"""

import json
import re

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe, short_commit

LOG = 'vicidial_admin_log'
LOG_COLUMNS = ('user', 'ip_address', 'event_section', 'event_type', 'record_id', 'event_code', 'event_sql',
               'event_notes')

# The users of the entries. An entry is written before its row, with the user "begun". It gets its final user when the
# dialers concerned have been flagged and their generators have run, so that the next run finds what an interrupted run
# has left.
USER = 'dialer.trunks'
USER_BEGUN = 'dialer.trunks begun'
# The flag is set, but the generator did not run in time.
USER_ASKED = 'dialer.trunks asked'
# One entry for each run that has not confirmed its rows yet. Only the host that wrote the rows has the journal.
USER_WAITS = 'dialer.trunks waits'
UNKNOWN = 'an unknown user'

_EVENTS = {
    'added': ('ADD', 'ADMIN ADD CARRIER'),
    'changed': ('MODIFY', 'ADMIN MODIFY CARRIER'),
    'deactivated': ('MODIFY', 'ADMIN MODIFY CARRIER'),
    'returned': ('MODIFY', 'ADMIN MODIFY CARRIER'),
    'removed': ('DELETE', 'ADMIN DELETE CARRIER'),
}
# Begins the JSON object of the notes.
STATE = '\n{'
# Notes without a JSON object, as versions before 1.0.0 wrote them. 1.1.0 need not read them any more.
_OLD_WAITING = re.compile(r'(.*) is to confirm its change within ([0-9]{1,9}) s')
_OLD_PLACE = re.compile(r' on (\S+): ')


def notes_of(sentence, **state):
    """Return the notes made of a sentence (one line) and the state."""
    return sentence + '\n' + json.dumps(state, sort_keys=True)


def add_to(notes, remark):
    """Return the notes with a remark added to the end of their sentence."""
    sentence, begins, rest = notes.partition(STATE)
    return sentence + remark + begins + rest


def state_of(notes):
    """Return the state in the notes as a dictionary; empty if they have none."""
    line = (notes or '').rpartition('\n')[2]
    try:
        state = json.loads(line) if line.startswith('{') else {}
    except (ValueError, RecursionError):
        return {}
    return state


def quoted(value):
    """Return the value as an SQL literal. For people to read, never executed."""
    if value is None:
        return 'NULL'
    return "'%s'" % value.replace('\\', '\\\\').replace("'", "\\'").replace('\r', '\\r').replace('\n', '\\n')


def hidden(old, new, cache, column=''):
    """Return the new text of a column with its secrets hidden, as C(masking.mask_new) does.

    Most lines of a changed text are unchanged, and equal in many rows. These are masked once (``cache``).
    """
    if column == masking.LOGINS:
        return masking.mask_new(old, new, column)
    before, after = (old or '').split('\n'), (new or '').split('\n')
    same = set(before).intersection(after)
    fresh = masking.mask_new('\n'.join([line for line in before if line not in same]),
                             '\n'.join([line for line in after if line not in same]))
    fresh = iter(fresh.split('\n'))
    cache.update((line, masking.mask(line)) for line in same.difference(cache))
    return '\n'.join([cache[line] if line in same else next(fresh) for line in after])


def statement(change, cache=None):
    """Return the SQL of one change with its secrets hidden. ``cache``: one dictionary for all changes of a run."""
    cache = {} if cache is None else cache
    where = ' WHERE carrier_id=%s' % quoted(change.carrier_id)
    if change.action == 'added':
        values = ','.join(quoted(hidden('', change.new[name], cache, name)) for name in table.COLUMNS)
        return 'INSERT INTO %s (%s) VALUES (%s)' % (table.TABLE, ','.join(table.COLUMNS), values)
    if change.action == 'removed':
        return 'DELETE FROM ' + table.TABLE + where
    sets = ','.join('%s=%s' % (name, quoted(hidden(change.old.get(name), value, cache, name)))
                    for name, value in sorted(table.written(change).items()))
    return 'UPDATE ' + table.TABLE + ' SET ' + sets + where


def former(change):
    """Return the values of an unmanaged row that a change replaces, secrets hidden, to be restored by hand."""
    return ', '.join('%s=%s' % (name, quoted(masking.mask(change.old.get(name), name))) for name in change.fields)


def by(run):
    """Return (the end of an entry's sentence, the state for its notes) that tell who made a change, from which commit.
    ``run``: with C(who) and C(commit), each optional; or None."""
    known = {key: str(run[key]) for key in ('who', 'commit') if run and run.get(key)}
    text = ', by %s' % safe(known['who']) if 'who' in known else ''
    return text + (', commit %s' % safe(short_commit(known['commit'])) if 'commit' in known else ''), known


def log_entry(change, address, cache=None, run=None):
    """Return the admin log's row for a change, a tuple in the order of LOG_COLUMNS; ``cache`` as in C(statement),
    ``run`` as in C(by)."""
    end, who = by(run)
    event_type, code = _EVENTS[change.action]
    notes = '%s %s on %s: %s' % (change.kind, change.name, change.server_ip, change.action)
    if change.action in ('changed', 'returned'):
        notes += ' ' + ', '.join(change.fields)
    if change.log_former:
        end += '. They were: ' + former(change)
    notes = notes_of(notes + end, kind=change.kind, name=change.name, server_ip=change.server_ip, action=change.action,
                     fields=change.fields, **who)
    return (USER_BEGUN, address, 'CARRIERS', event_type, change.carrier_id, code, statement(change, cache), notes)


def campaign_entry(campaign_id, differ, address, run=None):
    """Return the admin log's row for a campaign's prefixes, a tuple in the order of LOG_COLUMNS; ``run`` as in
    C(by)."""
    end, who = by(run)
    sets = ','.join('%s=%s' % (column, quoted(differ[column][1])) for column in sorted(differ))
    notes = ', '.join('%s was %s' % (column, quoted(differ[column][0])) for column in sorted(differ))
    notes = notes_of(notes + end, campaign_id=campaign_id, action='changed', fields=sorted(differ), **who)
    sql = 'UPDATE vicidial_campaigns SET %s WHERE campaign_id=%s' % (sets, quoted(campaign_id))
    return (USER_BEGUN, address, 'CAMPAIGNS', 'MODIFY', campaign_id, 'ADMIN MODIFY CAMPAIGN DETAIL', sql, notes)


def waiting_entry(run, within, address):
    """Return the admin log's row for a run that must confirm its rows, a tuple in the order of LOG_COLUMNS without
    event_sql, into which the server writes the time."""
    who = run.get('who') or UNKNOWN
    notes = notes_of('%s must confirm its change within %d s after its last step' % (who, within),
                     who=who, within=within)
    return (USER_WAITS, address, 'CARRIERS', 'OTHER', run['id'], 'ADMIN MODIFY CARRIER', notes)


def waiting(notes):
    """Return (user@controller, seconds within which to confirm) from the notes of a C(waiting_entry)."""
    state = state_of(notes)
    if not state:
        match = _OLD_WAITING.match(notes or '')
        return (match.group(1), int(match.group(2))) if match else (UNKNOWN, 0)
    within = state.get('within')
    return str(state.get('who') or UNKNOWN), within if isinstance(within, int) else 0


def place_of(notes):
    """Return the server_ip in the notes of a C(log_entry), or None."""
    state = state_of(notes)
    if not state:
        match = _OLD_PLACE.search(notes or '')
        return match.group(1) if match else None
    place = state.get('server_ip')
    return place if isinstance(place, str) else None


def _lines(row, masked):
    """Return the row as text, one line for each column, texts of several lines indented under their column."""
    lines = []
    for name in table.COLUMNS:
        value = masked.get(name, row.get(name)) or ''
        if '\n' in value:
            lines.append(name + ':')
            lines.extend('  ' + line for line in value.split('\n'))
        else:
            lines.append('%s: %s' % (name, value) if value else name + ':')
    return '\n'.join(lines) + '\n'


def diff(change):
    """Return the change as an entry of Ansible's diff: before, after, their headers, C(carrier_id) and C(server_ip);
    secrets hidden on both sides."""
    old, new = change.old, change.new
    before, after = {}, {}
    for name in table.FIELDS:
        before[name], after[name] = masking.mask_pair(table.normal(old.get(name)) if old else '',
                                                      table.normal(new.get(name)) if new else '', name)
    header = '%s %s on %s (carrier %s)' % (change.kind, change.name, change.server_ip, change.carrier_id)
    return dict(before=_lines(old, before) if old else '', after=_lines(new, after) if new else '',
                before_header=header, after_header=header, carrier_id=change.carrier_id, server_ip=change.server_ip)


def campaign_diff(campaign_id, differ):
    """Return a campaign's prefixes as an entry of Ansible's diff, with the C(campaign_id)."""
    header = 'campaign %s' % campaign_id
    return dict(before=''.join('%s: %s\n' % (column, differ[column][0]) for column in sorted(differ)),
                after=''.join('%s: %s\n' % (column, differ[column][1]) for column in sorted(differ)),
                before_header=header, after_header=header, campaign_id=campaign_id)
