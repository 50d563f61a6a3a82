# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkpoint of rows. The tables are MyISAM without transactions, so that a journal is needed for the rollback.

The journal is a checkpoint with the C(login) of the database and the former and new rows: C(entries), each (old row or
None, new row or None), and C(campaigns), each (id, {column: (old, new)}). It is synced before the first row is written.
A row is restored only if it is still as written: it may have been edited since.
"""

import contextlib

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import admin_log as texts
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.sync import OVERDUE
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints, restored
from ansible_collections.dialer.trunks.plugins.module_utils._confirm.watchdog import Watchdog
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

WAIT = 180  # seconds for the generators, which cron runs each minute
NOTE = ' (rolled back: the run %s)'


class Journal(object):
    """Records the changes of C(sync.Run) before they are written. ``request``: run and within."""

    def __init__(self, checkpoint, request, watchdog, login):
        self.checkpoint = checkpoint
        self.request = request
        self.watchdog = watchdog
        self.login = login

    def extend(self):
        """Begin another step of this run: set a new deadline for what it has written so far."""
        if self.checkpoint.own(self.request['run']):
            self._arm()

    def changes(self, changes):
        """Record changes of rows that are about to be written."""
        self._add('entries', [(change.old, None if change.action == 'removed' else change.new) for change in changes])

    def campaigns(self, changes):
        """Record changes of campaigns that are about to be written."""
        self._add('campaigns', list(changes))

    def _add(self, kind, entries):
        record = self.checkpoint.own(self.request['run'])
        if record:
            record[kind] += entries
            self.checkpoint.write(record)
            self._arm()
        else:
            self._arm(**dict(dict(login=self.login, entries=[], campaigns=[]), **{kind: entries}))

    def _arm(self, **first):
        self.checkpoint.arm(self.request['run'], self.request['within'], self.watchdog, **first)


def same(one, other):
    """Return whether two rows (or None) are equal."""
    if one is None or other is None:
        return one is other
    return all(table.normal(one[name]) == table.normal(other[name]) for name in table.COLUMNS)


def plan(entries, found):
    """Return ([Change] that roll the entries back, [carrier_id] of the rows that were edited since).

    ``found``: {carrier_id: row} of the table now.
    """
    found, first, edited = dict(found), dict(found), []
    for old, new in reversed(entries):
        name = (new or old)['carrier_id']
        if same(found.get(name), new):
            found[name] = old
        elif not same(found.get(name), old):
            edited.append(name)
    changes = []
    for name in sorted(set(found) | set(first)):
        now, then = first.get(name), found.get(name)
        if now is then:
            continue
        row = then or now
        action = 'added' if now is None else 'removed' if then is None else 'changed'
        columns = table.FIELDS + ('server_ip',) if action == 'changed' else ()
        fields = [field for field in columns if now[field] != then[field]]
        changes.append(table.Change((table.read_marker(row) or (row['carrier_name'],))[0], row['server_ip'],
                                    table.kind_of(row), action, None, now, then, fields))
    return changes, edited


def split(record, server_ips):
    """Return (entries of these dialers, the other entries); for None, all entries and none."""
    back, stay = [], []
    for old, new in record['entries']:
        concerned = server_ips is None or (new or old)['server_ip'] in server_ips
        (back if concerned else stay).append((old, new))
    return back, stay


def rollback(checkpoint, why, server_ips=None, wait=WAIT, done=None):
    """Roll back the journal's rows, only those of ``server_ips`` or all. Returns a sentence about it. Raises
    DatabaseError.

    The journal is removed, by which rows that were not rolled back are confirmed. ``wait``: seconds to wait for the
    generators. ``done``: a list to which the rows are added, as C(restored.of) returns them.
    """
    record = checkpoint.read()
    if record is None:
        return 'Nothing was left to roll back.'
    entries = split(record, server_ips)[0]
    campaigns = record['campaigns'] if server_ips is None else []
    if not (entries or campaigns):
        checkpoint.end()
        return 'No row had to be rolled back.'
    with _connected(record['login']) as connection:
        what, servers, rows = _write_back(connection.cursor(), record['run'], record['login']['database'], entries,
                                          campaigns, why)
        absent = store.wait(connection.cursor(), servers, wait)[1] if servers and wait else servers
    if absent and wait:
        what += " VICIdial's generator has not run for them within %d s on %s." % (wait, ', '.join(absent))
    elif absent:
        what = ' '.join([what, restored.soon(rows, absent)])
    elif servers:
        what += " VICIdial's generator is writing them into its conf files."
    checkpoint.end(why, what)
    if done is not None:
        done.extend(rows)
    return what


@contextlib.contextmanager
def _connected(login):
    """Return a context with a connection, in which errors of the database are raised as DatabaseError."""
    try:
        connection = database.connect(login)
        try:
            yield connection
        finally:
            connection.close()
    except database.errors() as error:
        raise database.DatabaseError('%s: %s' % (database.where(login), database.explain(error)))


def _write_back(cursor, run, lock, entries, campaigns, why):
    """Write the rollback. Returns (a sentence about it, the server_ip of the generators that must run, the rows that
    were restored, see C(restored.of))."""
    store.lock(cursor, lock)
    if not store.is_waiting(cursor, run):
        store.unlock(cursor, lock)
        return 'No row was rolled back: none had been written, or another run has continued from there.', [], []
    state = store.read(cursor)
    changes, edited = plan(entries, {row['carrier_id']: row for row in state.rows})
    log = [texts.log_entry(change, state.address, run=run) for change in changes]
    log += [texts.campaign_entry(campaign, {column: (new, old) for column, (old, new) in differ.items()}, state.address,
                                 run) for campaign, differ in campaigns]
    database.insert(cursor, texts.LOG, texts.LOG_COLUMNS,
                    [(texts.USER,) + entry[1:-1] + (texts.add_to(entry[-1], NOTE % why),) for entry in log],
                    [('event_date', 'NOW()')])
    store.write_rows(cursor, changes)
    for campaign, differ in campaigns:
        for column, (old, new) in sorted(differ.items()):
            cursor.execute('UPDATE vicidial_campaigns SET %s=%%s WHERE campaign_id=%%s AND %s=%%s' % (column, column),
                           (old, campaign, new))
    # Also without a row that differs now: a generator may have read the rows before.
    touched = {row['server_ip'] for entry in entries for row in entry if row}
    servers = state.generating() if table.EVERY_DIALER in touched else touched.intersection(state.generating())
    store.flag(cursor, sorted(servers))
    names = sorted({(new or old)['carrier_id'] for old, new in entries}.union(name for name, _differ in campaigns))
    store.finish_records(cursor, names, NOTE % why)
    store.end_waiting(cursor, run['id'], NOTE % why)
    store.unlock(cursor, lock)
    what = 'Restored: %d row%s of carriers' % (len(changes), '' if len(changes) == 1 else 's')
    if campaigns:
        what += ' and the prefixes of %d campaign%s' % (len(campaigns), '' if len(campaigns) == 1 else 's')
    if edited:
        what += '; not restored, since they were edited in the meantime: carrier %s' % ', '.join(edited)
    return what + '.', sorted(servers), restored.of(changes)


def confirmed(record):
    """Record in the database that this checkpoint's run has confirmed. Raises DatabaseError."""
    with _connected(record['login']) as connection:
        store.end_waiting(connection.cursor(), record['run']['id'], ' (confirmed)')


def watch(checkpoint):
    """Return the watchdog of the rows, see C(watchdog)."""
    return Watchdog(checkpoint, lambda why: rollback(checkpoint, why, wait=0))


def begin(options, login, warn):
    """Roll back what a killed run has left, and return the journal for this run's rows; None without ``within``.

    ``options``: those of C(options.settle), with ``within``. ``warn(text)`` issues a warning.
    """
    checkpoint = checkpoints.Checkpoint('rows')
    # Before anything is opened that it would inherit.
    watchdog = watch(checkpoint) if options['within'] and options['steps'] else None
    if watchdog is None and not (checkpoint.read() or checkpoint.note()):
        return None
    with checkpoint.lock((options.get('run') or {}).get('who')):
        for warning in checkpoints.settle(checkpoint, options,
                                          lambda why: rollback(checkpoint, why, wait=options['wait'])):
            warn(warning)
        if watchdog is None:
            return None
        journal = Journal(checkpoint, options, watchdog, login)
        journal.extend()
        return journal


def close(options, state, check_mode, warn):
    """Confirm what this run has written, extend its deadline, or roll it back. Returns the module's result."""
    if check_mode:
        return dict(changed=False, outcome='nothing to do in check mode, which changes nothing.')
    checkpoint, failed = checkpoints.Checkpoint('rows'), options['failed_servers']
    if not (checkpoint.read() or checkpoint.note()):
        return dict(changed=False, outcome=checkpoints.NOTHING)
    rolled_back, done, record = [], [], checkpoint.read()

    def roll_back(why):
        return rollback(checkpoint, why, failed if state == 'confirmed' else None, wait=options['wait'], done=done)

    def clean():
        if record:
            try:
                confirmed(record)
            except database.DatabaseError as fault:
                warn('%s. The rows are confirmed, but this could not be recorded there: other runs fail for %d s'
                     % (fault, record['within'] + OVERDUE))

    def first():
        if failed:
            rolled_back.append(roll_back('failed'))
            checkpoint.forget()    # this run reports it
        elif {new is None for _old, new in checkpoint.read()['entries']} == {True}:
            checkpoint.forget()    # a removal leaves nothing

    with checkpoint.lock((options.get('run') or {}).get('who')):
        changed, text = checkpoints.close(checkpoint, options, state, roll_back, first, clean)
    return dict(changed=changed and (state == 'rolled_back' or bool(failed)), outcome=' '.join(rolled_back) or text,
                restored=done)
