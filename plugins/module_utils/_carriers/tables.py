# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing the rows of carriers, over one connection.

The tables are MyISAM: no transaction holds a row, its admin log entry and the flag of its server together. So the
order of the writes is what makes a killed run heal:

1. the admin log entries, under the user ``dialer.trunks begun``;
2. the rows;
3. ``servers.rebuild_conf_files``. It comes after the rows, because a generator that starts in between puts the flag
   back to N before it reads them;
4. when the generators have come, the entries get their proper user, ``dialer.trunks``.

A row that was written by a run that died before 3 looks unchanged to the next run, but its entry is still "begun",
so that its server is flagged then. When a generator does not come in time, the
entries become ``dialer.trunks asked``: the flag is up, the next run only has to wait.
"""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import admin_log as texts
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection

# Two runs at a time would give one carrier_id twice. Seconds to wait for the other's comparing and writing, which
# takes below a second for thousands of rows; nobody holds the lock while waiting for a generator.
LOCK_SECONDS = 30

SERVER_COLUMNS = ('server_id', 'server_ip', 'active', 'active_asterisk_server', 'generate_vicidial_conf',
                  'rebuild_conf_files', 'max_vicidial_trunks')
GENERATED = "generate_vicidial_conf='Y' AND active_asterisk_server='Y'"
# Somebody may have taken the row over since it was read; then it is not ours to write any more.
STILL_OURS = "carrier_description LIKE '[dialer.trunks %%'"

STILL_THEIRS = "IFNULL(carrier_description, '') NOT LIKE '[dialer.trunks %%'"
UPDATED = ('changed', 'deactivated', 'returned')

# SQL of texts.add_to. It takes C(_remark).
REMARKED = ('CONCAT(SUBSTRING_INDEX(event_notes, %s, 1), %s, '
            'SUBSTRING(event_notes, CHAR_LENGTH(SUBSTRING_INDEX(event_notes, %s, 1)) + 1))')


def _remark(text):
    """The arguments of REMARKED."""
    return [texts.STATE, text, texts.STATE]


class State(object):
    """What the database held when it was read, once, at the beginning."""

    def __init__(self):
        self.rows = []          # of vicidial_server_carriers, dictionaries
        self.limits = {}        # {column: checks.limit_of}
        self.servers = {}       # {server_ip: row}
        self.waiting = []       # runs that are to confirm: (id, address, seconds since its last step, who, within)
        self.campaigns = {}     # {campaign_id in lower case: row}
        self.campaign_limits = {}
        self.phones = []        # (extension, login, server_ip) of phones that bear a peer's name
        self.templates = set()  # template_id, of those asked for
        self.begun = []         # (admin_log_id, server_ip or None, asked) of entries that a run left behind
        self.address = '127.0.0.1'  # of this client as the server sees it

    def generating(self):
        """server_ip of the servers whose generator runs."""
        return [ip for ip, row in self.servers.items()
                if row['generate_vicidial_conf'] == 'Y' and row['active_asterisk_server'] == 'Y']


def lock(cursor, name):
    """Takes the lock against a second run, for as long as the connection lasts. Raises DatabaseError after 30 s."""
    cursor.execute('SELECT GET_LOCK(%s, %s)', ('dialer.trunks ' + name, LOCK_SECONDS))
    if cursor.fetchone()[0] != 1:
        cursor.execute('SELECT ID, HOST, USER FROM information_schema.PROCESSLIST WHERE ID=IS_USED_LOCK(%s)',
                       ('dialer.trunks ' + name,))
        holder = cursor.fetchone()
        raise connection.DatabaseError(
            'another run is writing carriers to this database and was not done within %d s: %s. Nothing was touched'
            % (LOCK_SECONDS, 'connection %s from %s as user %s' % tuple(holder) if holder else 'it has just ended'))


def unlock(cursor, name):
    """Gives the lock back."""
    cursor.execute('SELECT RELEASE_LOCK(%s)', ('dialer.trunks ' + name,))
    cursor.fetchone()


def read(cursor, wanted=(), campaigns=(), peers=(), prefixes=()):
    """The State, read with one statement a table. ``peers``: names that phones may have; ``prefixes``: active
    campaigns that dial one of these are read, too."""
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
    """Every row of the table as a dictionary; NULL is empty.

    PyMySQL takes most of its time for each value that it reads, so the columns of a row come as one. A text that holds
    the separator, a control character that no admin page lets in, makes that row too long, and all are read plainly.
    The server would sort whole rows, which takes it far longer than sorting them here.
    """
    joined = ', '.join("CONVERT(IFNULL(%s, '') USING utf8mb4)" % name for name in table.COLUMNS)
    cursor.execute('SELECT CONCAT_WS(CHAR(31 USING utf8mb4), %s) FROM %s' % (joined, table.TABLE))
    rows = [row[0].split('\x1f') for row in cursor.fetchall()]
    if any(len(row) != len(table.COLUMNS) for row in rows):
        cursor.execute('SELECT %s FROM %s' % (', '.join(table.COLUMNS), table.TABLE))
        rows = cursor.fetchall()
    return [dict(zip(table.COLUMNS, row)) for row in sorted(rows, key=lambda row: row[0].lower())]


def _limits(cursor, name, condition=''):
    """{column: what it holds} of a table; the columns differ between VICIdial's versions."""
    cursor.execute('SHOW FULL COLUMNS FROM %s %s' % (name, condition))
    return {row[0]: checks.limit_of(row[1], row[2]) for row in cursor.fetchall()}


def write(cursor, changes, address):
    """Writes the rows of one step and their log entries. Returns the entries' admin_log_ids."""
    cache = {}
    entries = _begin(cursor, [texts.log_entry(change, address, cache) for change in changes])
    write_rows(cursor, changes)
    return entries


def _begin(cursor, entries):
    """Writes these log entries, all of them begun. Returns their admin_log_ids."""
    first = connection.insert(cursor, texts.LOG, texts.LOG_COLUMNS, entries, [('event_date', 'NOW()')])
    # Which ids the server has given is asked, not reckoned. Nobody else begins entries while this run holds the lock.
    cursor.execute('SELECT admin_log_id FROM vicidial_admin_log WHERE user=%s AND admin_log_id >= %s',
                   (texts.USER_BEGUN, first))
    return [row[0] for row in cursor.fetchall()]


def write_rows(cursor, changes):
    """Writes the rows of these changes alone."""
    added = [change for change in changes if change.action == 'added']
    connection.insert(cursor, table.TABLE, table.COLUMNS,
                      [tuple(change.new[name] for name in table.COLUMNS) for change in added])
    connection.update(cursor, table.TABLE, 'carrier_id',
                      [(change.carrier_id, table.written(change)) for change in changes
                       if change.action in UPDATED and table.owner(change.old)[0] == 'ours'], STILL_OURS)
    connection.update(cursor, table.TABLE, 'carrier_id',
                      [(change.carrier_id, table.written(change)) for change in changes
                       if change.action in UPDATED and table.owner(change.old)[0] != 'ours'], STILL_THEIRS)
    removed = [change.carrier_id for change in changes if change.action == 'removed']
    if removed:
        cursor.execute('DELETE FROM %s WHERE carrier_id IN (%s) AND %s' % (
            table.TABLE, ','.join(['%s'] * len(removed)), STILL_OURS), removed)


def write_campaigns(cursor, changes, address):
    """Writes the campaigns' prefixes and their log entries. Returns the entries' admin_log_ids."""
    entries = _begin(cursor, [texts.campaign_entry(name, differ, address) for name, differ in changes])
    connection.update(cursor, 'vicidial_campaigns', 'campaign_id',
                      [(name, {column: pair[1] for column, pair in differ.items()}) for name, differ in changes])
    return entries


def flag(cursor, server_ips):
    """Asks the generators of these servers to write their files anew."""
    if server_ips:
        cursor.execute("UPDATE servers SET rebuild_conf_files='Y' WHERE %s AND server_ip IN (%s)"
                       % (GENERATED, ','.join(['%s'] * len(server_ips))), list(server_ips))


def mark_waiting(cursor, run, within, address):
    """Has whoever reads this database know, wherever, that this run has not confirmed its rows yet, and since when: by
    seconds since 1970 in event_sql, since event_date is in the server's local time."""
    cursor.execute('UPDATE vicidial_admin_log SET event_date=NOW(), event_sql=UNIX_TIMESTAMP() '
                   'WHERE user=%s AND record_id=%s', (texts.USER_WAITS, run['id']))
    if not is_waiting(cursor, run):
        columns = tuple(name for name in texts.LOG_COLUMNS if name != 'event_sql')
        connection.insert(cursor, texts.LOG, columns, [texts.waiting_entry(run, within, address)],
                          [('event_date', 'NOW()'), ('event_sql', 'UNIX_TIMESTAMP()')])


def is_waiting(cursor, run):
    """Whether the run still waits: another one ends that when it carries on from there."""
    cursor.execute('SELECT 1 FROM vicidial_admin_log WHERE user=%s AND record_id=%s', (texts.USER_WAITS, run['id']))
    return cursor.fetchone() is not None


def end_waiting(cursor, run_id, note):
    """The run is confirmed or rolled back, or another one carries on from there."""
    cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                   + ' WHERE user=%s AND record_id=%s', [texts.USER] + _remark(note) + [texts.USER_WAITS, run_id])


def finish(cursor, entries, note=''):
    """Gives the log entries (admin_log_ids) their proper user: all that they tell of has happened."""
    if entries:
        cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                       + ' WHERE user IN (%s, %s) AND ' + _among(entries),
                       [texts.USER] + _remark(note) + [texts.USER_BEGUN, texts.USER_ASKED])


def finish_records(cursor, names, note):
    """The same for whatever entries a run that died has left of these carriers and campaigns."""
    if names:
        cursor.execute('UPDATE vicidial_admin_log SET user=%s, event_notes=' + REMARKED
                       + ' WHERE user IN (%s, %s) AND record_id IN (' + ','.join(['%s'] * len(names)) + ')',
                       [texts.USER] + _remark(note) + [texts.USER_BEGUN, texts.USER_ASKED] + names)


def leave_asked(cursor, entries, absent):
    """Marks those of the log entries whose server's generator did not come, for the next run to go on from."""
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
    """SQL: the log entry is one of these."""
    return 'admin_log_id IN (%s)' % ','.join('%d' % number for number in entries)


def wait(cursor, server_ips, limit, clock=time.time, sleep=time.sleep):
    """Waits until the generators of these servers have taken their flag down.

    Returns ({server_ip: seconds}, [server_ip that did not within ``limit`` seconds]). A generator takes the flag down
    when it begins, a few seconds before the files are there.
    """
    start, waited, open_ones = clock(), {}, set(server_ips)
    pause = 0.1
    while True:
        rows = connection.select_in(cursor, 'SELECT server_ip, rebuild_conf_files FROM servers WHERE server_ip IN',
                                    sorted(open_ones))
        now = clock() - start
        up = {row[0] for row in rows if row[1] == 'Y'}
        for server_ip in open_ones - up:
            waited[server_ip] = round(now, 1)
        open_ones &= up
        if not open_ones or now >= limit:
            return waited, sorted(open_ones)
        sleep(min(pause, max(limit - now, 0.01)))
        pause = min(pause * 1.5, 1.0)
