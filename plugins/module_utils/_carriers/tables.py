# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the rows of carriers over one connection.

The tables are MyISAM: no transaction covers a row, its admin log entry and the flag of its server. Therefore the order
of the writes lets the next run continue from a killed one:

1. the admin log entries, with the user ``dialer.trunks begun``;
2. the rows;
3. ``servers.rebuild_conf_files``. It is set after the rows, because a generator that starts in between would reset the
   flag to N before it reads them;
4. when the generators have run, the entries get their final user, ``dialer.trunks``.

A row that was written by a run that was killed before 3 looks unchanged to the next run, but its entry is still
"begun", so that its server is flagged then. When a generator does not run in time, the entries get the user
``dialer.trunks asked``: the flag is set, and the next run only has to wait.
"""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import admin_log as texts
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection

# Two runs at a time would allocate one carrier_id twice. Seconds to wait while another run compares and writes, which
# takes less than a second for thousands of rows. The lock is not held while a run waits for a generator.
LOCK_SECONDS = 30

SERVER_COLUMNS = ('server_id', 'server_ip', 'active', 'active_asterisk_server', 'generate_vicidial_conf',
                  'rebuild_conf_files', 'max_vicidial_trunks')
GENERATED = "generate_vicidial_conf='Y' AND active_asterisk_server='Y'"
# A row may have been edited since it was read. One that has lost its marker, or has got one, is not written.
STILL_MANAGED = "carrier_description LIKE '[dialer.trunks %%'"
STILL_FOREIGN = "IFNULL(carrier_description, '') NOT LIKE '[dialer.trunks %%'"
OURS = ('managed', 'moved')
UPDATED = ('changed', 'deactivated', 'returned')

# C(texts.add_to) in SQL. Its arguments are those of C(_remark).
REMARKED = ('CONCAT(SUBSTRING_INDEX(event_notes, %s, 1), %s, '
            'SUBSTRING(event_notes, CHAR_LENGTH(SUBSTRING_INDEX(event_notes, %s, 1)) + 1))')


def _remark(text):
    """Return the arguments of REMARKED."""
    return [texts.STATE, text, texts.STATE]


class State(object):
    """What the database held when it was read, once, at the beginning of the run."""

    def __init__(self):
        self.rows = []          # of vicidial_server_carriers, dictionaries
        self.limits = {}        # {column: checks.limit_of}
        self.servers = {}       # {server_ip: row}
        self.waiting = []       # runs that have not confirmed: (id, address, seconds since its last step, who, within)
        self.campaigns = {}     # {campaign_id in lower case: row}
        self.campaign_limits = {}
        self.phones = []        # (extension, login, server_ip) of phones that have a peer's name
        self.templates = set()  # those template_ids of the wanted carriers that exist
        self.begun = []         # (admin_log_id, server_ip or None, asked) of entries that an interrupted run has left
        self.address = '127.0.0.1'  # of this client as the server sees it

    def generating(self):
        """Return the server_ip of the servers on which the generator runs."""
        return [ip for ip, row in self.servers.items()
                if row['generate_vicidial_conf'] == 'Y' and row['active_asterisk_server'] == 'Y']


def lock(cursor, name):
    """Take the lock against a second run, until C(unlock) or the end of the connection. Raises DatabaseError after
    30 s."""
    cursor.execute('SELECT GET_LOCK(%s, %s)', ('dialer.trunks ' + name, LOCK_SECONDS))
    if cursor.fetchone()[0] != 1:
        cursor.execute('SELECT ID, HOST, USER FROM information_schema.PROCESSLIST WHERE ID=IS_USED_LOCK(%s)',
                       ('dialer.trunks ' + name,))
        holder = cursor.fetchone()
        raise connection.DatabaseError(
            'another run is writing carriers to this database and has not ended within %d s: %s. Nothing was touched'
            % (LOCK_SECONDS, 'connection %s from %s as user %s' % tuple(holder) if holder else 'it has just ended'))


def unlock(cursor, name):
    """Release the lock."""
    cursor.execute('SELECT RELEASE_LOCK(%s)', ('dialer.trunks ' + name,))
    cursor.fetchone()


def read(cursor, wanted=(), campaigns=(), peers=(), prefixes=()):
    """Return the State, read by one statement for each table. ``peers``: the phones with one of these names are read;
    ``prefixes``: the active campaigns that dial one of these are read, besides ``campaigns``."""
    state = State()
    state.limits = _limits(cursor, table.TABLE)
    state.rows = _rows(cursor)
    cursor.execute('SELECT %s FROM servers' % ', '.join(SERVER_COLUMNS))
    state.servers = {row[1]: dict(zip(SERVER_COLUMNS, row)) for row in cursor.fetchall()}
    names = sorted(peers)
    if names:
        places = ','.join(['%s'] * len(names))
        cursor.execute('SELECT extension, login, server_ip FROM phones WHERE extension IN (%s) OR login IN (%s)'
                       % (places, places), names + names)
        state.phones = list(cursor.fetchall())
    templates = sorted({carrier['template_id'] for carrier in wanted} - {'--NONE--', ''})
    state.templates = {row[0] for row in connection.select_in(
        cursor, 'SELECT template_id FROM vicidial_conf_templates WHERE template_id IN', templates)}
    columns = ('campaign_id', 'dial_prefix', 'manual_dial_prefix', 'dial_timeout')
    for column, values in (('campaign_id', {campaign['campaign_id'] for campaign in campaigns}),
                           # as vicidial.dialled_prefix: one with an x means none, an empty one 9
                           ("active='Y' AND CASE WHEN dial_prefix LIKE '%%x%%' THEN '' "
                            "WHEN IFNULL(dial_prefix, '')='' THEN '9' ELSE dial_prefix END", set(prefixes))):
        found = connection.select_in(cursor, 'SELECT %s FROM vicidial_campaigns WHERE %s IN'
                                     % (', '.join(columns), column), sorted(values))
        state.campaigns.update((row[0].lower(), dict(zip(columns, row))) for row in found)
    if campaigns:
        state.campaign_limits = _limits(cursor, 'vicidial_campaigns', "WHERE Field LIKE '%dial_prefix'")
    # event_date is local time, which jumps by an hour twice a year; see mark_waiting.
    found = connection.select_in(cursor, 'SELECT admin_log_id, event_notes, user, record_id, ip_address, '
                                 "IF(user='%s', CAST(UNIX_TIMESTAMP() AS SIGNED) - CAST(event_sql AS SIGNED), 0) "
                                 'FROM vicidial_admin_log WHERE user IN' % texts.USER_WAITS,
                                 (texts.USER_BEGUN, texts.USER_ASKED, texts.USER_WAITS))
    state.begun = [(row[0], texts.place_of(row[1]), row[2] == texts.USER_ASKED) for row in found
                   if row[2] != texts.USER_WAITS]
    state.waiting = [row[3:] + texts.waiting(row[1]) for row in found if row[2] == texts.USER_WAITS]
    cursor.execute("SELECT SUBSTRING_INDEX(USER(), '@', -1)")
    address = cursor.fetchone()[0] or ''
    if 7 <= len(address) <= 15 and address.replace('.', '').isdigit():
        state.address = address
    return state


def _rows(cursor):
    """Return every row of the table as a dictionary, NULL as an empty text.

    PyMySQL's time depends on the number of values, so that the columns of a row are read as one. If a text contains the
    separator, a control character that the admin pages do not accept, that row has too many columns, and all rows are
    read plainly. The rows are sorted here, since the server takes far longer to sort whole rows.
    """
    joined = ', '.join("CONVERT(IFNULL(%s, '') USING utf8mb4)" % name for name in table.COLUMNS)
    cursor.execute('SELECT CONCAT_WS(CHAR(31 USING utf8mb4), %s) FROM %s' % (joined, table.TABLE))
    rows = [row[0].split('\x1f') for row in cursor.fetchall()]
    if any(len(row) != len(table.COLUMNS) for row in rows):
        cursor.execute('SELECT %s FROM %s' % (', '.join(table.COLUMNS), table.TABLE))
        rows = cursor.fetchall()
    return [dict(zip(table.COLUMNS, row)) for row in sorted(rows, key=lambda row: row[0].lower())]


def _limits(cursor, name, condition=''):
    """Return {column: C(checks.limit_of)} of a table. The columns differ between VICIdial's versions."""
    cursor.execute('SHOW FULL COLUMNS FROM %s %s' % (name, condition))
    return {row[0]: checks.limit_of(row[1], row[2]) for row in cursor.fetchall()}


def write(cursor, changes, address, run=None):
    """Write the rows of one step and their log entries, ``run`` as in C(texts.by). Returns the entries'
    admin_log_ids."""
    cache = {}
    entries = _begin(cursor, [texts.log_entry(change, address, cache, run) for change in changes])
    write_rows(cursor, changes)
    return entries


def _begin(cursor, entries):
    """Write these log entries with the user "begun". Returns their admin_log_ids."""
    first = connection.insert(cursor, texts.LOG, texts.LOG_COLUMNS, entries, [('event_date', 'NOW()')])
    # The server is asked for the ids, which may have gaps. No other run begins entries while this run holds the lock.
    cursor.execute('SELECT admin_log_id FROM vicidial_admin_log WHERE user=%s AND admin_log_id >= %s',
                   (texts.USER_BEGUN, first))
    return [row[0] for row in cursor.fetchall()]


def write_rows(cursor, changes):
    """Write the rows of these changes, without log entries."""
    added = [change for change in changes if change.action == 'added']
    connection.insert(cursor, table.TABLE, table.COLUMNS,
                      [tuple(change.new[name] for name in table.COLUMNS) for change in added])
    connection.update(cursor, table.TABLE, 'carrier_id',
                      [(change.carrier_id, table.written(change)) for change in changes
                       if change.action in UPDATED and table.owner(change.old)[0] in OURS], STILL_MANAGED)
    connection.update(cursor, table.TABLE, 'carrier_id',
                      [(change.carrier_id, table.written(change)) for change in changes
                       if change.action in UPDATED and table.owner(change.old)[0] not in OURS], STILL_FOREIGN)
    removed = [change.carrier_id for change in changes if change.action == 'removed']
    if removed:
        cursor.execute('DELETE FROM %s WHERE carrier_id IN (%s) AND %s' % (
            table.TABLE, ','.join(['%s'] * len(removed)), STILL_MANAGED), removed)


def write_campaigns(cursor, changes, address, run=None):
    """Write the campaigns' prefixes and their log entries, ``run`` as in C(texts.by). Returns the entries'
    admin_log_ids."""
    entries = _begin(cursor, [texts.campaign_entry(name, differ, address, run) for name, differ in changes])
    connection.update(cursor, 'vicidial_campaigns', 'campaign_id',
                      [(name, {column: pair[1] for column, pair in differ.items()}) for name, differ in changes])
    return entries


def flag(cursor, server_ips):
    """Flag these servers, so that their generators write the conf files again."""
    if server_ips:
        cursor.execute("UPDATE servers SET rebuild_conf_files='Y' WHERE %s AND server_ip IN (%s)"
                       % (GENERATED, ','.join(['%s'] * len(server_ips))), list(server_ips))


def mark_waiting(cursor, run, within, address):
    """Record in the database, for runs from other hosts, that this run has not confirmed its rows yet. The time is in
    event_sql as seconds since 1970, since event_date is in the server's local time."""
    cursor.execute('UPDATE vicidial_admin_log SET event_date=NOW(), event_sql=UNIX_TIMESTAMP() '
                   'WHERE user=%s AND record_id=%s', (texts.USER_WAITS, run['id']))
    if not is_waiting(cursor, run):
        columns = tuple(name for name in texts.LOG_COLUMNS if name != 'event_sql')
        connection.insert(cursor, texts.LOG, columns, [texts.waiting_entry(run, within, address)],
                          [('event_date', 'NOW()'), ('event_sql', 'UNIX_TIMESTAMP()')])


def is_waiting(cursor, run):
    """Return whether the run still waits to be confirmed: another run that continues from its rows ends that."""
    cursor.execute('SELECT 1 FROM vicidial_admin_log WHERE user=%s AND record_id=%s', (texts.USER_WAITS, run['id']))
    return cursor.fetchone() is not None


def end_waiting(cursor, run_id, note):
    """Record that the run does not wait any more. ``note``: it is confirmed, rolled back, or another run continues."""
    cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                   + ' WHERE user=%s AND record_id=%s', [texts.USER] + _remark(note) + [texts.USER_WAITS, run_id])


def finish(cursor, entries, note=''):
    """Give the log entries (admin_log_ids) their final user: their changes have taken effect."""
    if entries:
        cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                       + ' WHERE user IN (%s, %s) AND ' + _among(entries),
                       [texts.USER] + _remark(note) + [texts.USER_BEGUN, texts.USER_ASKED])


def finish_records(cursor, names, note):
    """Give the entries of these carriers and campaigns that a killed run has left their final user."""
    if names:
        cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                       + ' WHERE user IN (%s, %s) AND record_id IN (' + ','.join(['%s'] * len(names)) + ')',
                       [texts.USER] + _remark(note) + [texts.USER_BEGUN, texts.USER_ASKED] + names)


def leave_asked(cursor, entries, absent):
    """Give the log entries of servers whose generator did not run the user "asked", from which the next run continues,
    and the others their final user."""
    if not entries:
        return
    places = set(absent) | {table.EVERY_DIALER}
    begun = 'user=%s AND ' + _among(entries)
    cursor.execute('SELECT admin_log_id, event_notes FROM vicidial_admin_log WHERE ' + begun, (texts.USER_BEGUN,))
    late = [number for number, notes in cursor.fetchall() if texts.place_of(notes) in places]
    if late:
        cursor.execute('UPDATE vicidial_admin_log SET user=%s WHERE user=%s AND ' + _among(late),
                       (texts.USER_ASKED, texts.USER_BEGUN))
    cursor.execute('UPDATE vicidial_admin_log SET user=%s WHERE ' + begun, (texts.USER, texts.USER_BEGUN))


def _among(entries):
    """Return the SQL condition that a log entry is one of these."""
    return 'admin_log_id IN (%s)' % ','.join('%d' % number for number in entries)


def wait(cursor, server_ips, limit, clock=time.time, sleep=time.sleep):
    """Wait until the generators of these servers have reset their flag.

    Returns ({server_ip: seconds}, [server_ip] of those that did not within ``limit`` seconds). A generator resets the
    flag when it begins, a few seconds before the files are written.
    """
    start, waited, missing = clock(), {}, set(server_ips)
    pause = 0.1
    while True:
        rows = connection.select_in(cursor, 'SELECT server_ip, rebuild_conf_files FROM servers WHERE server_ip IN',
                                    sorted(missing))
        now = clock() - start
        flagged = {row[0] for row in rows if row[1] == 'Y'}
        for server_ip in missing - flagged:
            waited[server_ip] = round(now, 1)
        missing &= flagged
        if not missing or now >= limit:
            return waited, sorted(missing)
        sleep(min(pause, max(limit - now, 0.01)))
        pause = min(pause * 1.5, 1.0)
