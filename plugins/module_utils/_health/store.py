# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attempt log of a dialer: attempts, sums per trunk and hour, and changes of state, in one SQLite file.

Dialers have SQLite as old as 3.7 (CentOS 7): without UPSERT, partial indexes and JSON functions. A write is a
transaction in a write-ahead log: when the process is killed, all that was written before is there, and other processes
can read at any time. Sums are kept of days (UTC) too, since 50 trunks have 36,000 hours a month.
"""

import contextlib
import json
import os
import re
import sqlite3
import stat
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import measures

VERSION = 1         # of the tables, in PRAGMA user_version
SUMS_DAYS = 400     # a year, and the month of the year before
KEPT_ASIDE = 3      # damaged files that are kept
TALKING = 10000     # calls whose hang-up is waited for, as many as C(calls) remembers

HOUR, DAY = 3600, 86400
_PATIENCE = 1       # seconds to wait for another process that writes
_PERIODS = (('hours', HOUR), ('days', DAY))
_CHUNK = 10000      # attempts that one expire() deletes, so that it takes less than a second
_SPARE = 256        # free pages (1 MB) that stay in the file for new rows
_TEXT = 500         # characters of a reason that are kept
_COLUMNS = ('time', 'route', 'trunk', 'number', 'prefix', 'result', 'sip', 'cause', 'pdd_ms', 'answer_s', 'talk_s',
            'rate', 'key', 'generation', 'fault')
_INSERT = 'INSERT INTO attempts (%s) VALUES (%s)' % (', '.join(_COLUMNS), ', '.join('?' * len(_COLUMNS)))
_COUNTS = ('attempts', 'answered', 'network_effective', 'completed', 'talk_s', 'talks', 'priced')
_SUMMED = _COUNTS + ('cost', 'pdd', 'causes')
_JSON = json.JSONEncoder(separators=(',', ':'), sort_keys=True).encode
# Settings of each connection. A page of 4 KB and the incremental vacuum have an effect on a new file only.
_SETTINGS = ('page_size = 4096', 'auto_vacuum = INCREMENTAL', 'cache_size = -2000')
# A checkpoint leaves the write-ahead log as large as it was up to this size: with a full disk, it can still be used.
_WAL = ('journal_mode = WAL', 'synchronous = NORMAL', 'journal_size_limit = 16777216')
_SUMS = ('start INTEGER NOT NULL, trunk TEXT NOT NULL, route TEXT NOT NULL, attempts INTEGER NOT NULL, '
         'answered INTEGER NOT NULL, network_effective INTEGER NOT NULL, completed INTEGER NOT NULL, '
         'talk_s REAL NOT NULL, talks INTEGER NOT NULL, priced INTEGER NOT NULL, cost REAL, pdd TEXT NOT NULL, '
         'causes TEXT NOT NULL, '     # JSON, as pdd: the buckets' counts, {cause: count}
         'PRIMARY KEY (start, trunk, route)')
_TABLES = {
    'attempts': 'id INTEGER PRIMARY KEY, time REAL NOT NULL, route TEXT NOT NULL, trunk TEXT NOT NULL, '
                'number INTEGER NOT NULL, prefix TEXT NOT NULL, result TEXT NOT NULL, sip INTEGER, '
                'cause INTEGER NOT NULL, pdd_ms INTEGER, answer_s REAL, talk_s REAL, rate REAL, key TEXT NOT NULL, '
                'generation INTEGER, fault TEXT NOT NULL',
    # Answered attempts whose talk time is not known yet. An index of all attempts by key would be a third of the file.
    'talking': 'id INTEGER PRIMARY KEY, key TEXT NOT NULL, trunk TEXT NOT NULL, route TEXT NOT NULL, '
               'time REAL NOT NULL, attempt INTEGER NOT NULL',
    'hours': _SUMS,
    'days': _SUMS,
    'lost': 'start INTEGER PRIMARY KEY, attempts INTEGER NOT NULL',
    'serials': 'id INTEGER PRIMARY KEY, known TEXT NOT NULL',   # one row: C(serials.Serials.saved)
    'failures': 'trunk TEXT PRIMARY KEY, time REAL NOT NULL, route TEXT NOT NULL, result TEXT NOT NULL, sip INTEGER, '
                'cause INTEGER NOT NULL',
    'changes': 'id INTEGER PRIMARY KEY, time REAL NOT NULL, trunk TEXT NOT NULL, state TEXT NOT NULL, '
               'asterisk TEXT NOT NULL, why TEXT NOT NULL, who TEXT NOT NULL',
}
_INDEXES = ('attempts (time)', 'talking (key)', 'changes (time)')
# The texts of SQLite for a file whose structure is not as it was written, with the error class of a full disk.
_NOT_AS_WRITTEN = re.compile('no such|has no column|unsupported file format|logic error|Could not decode')
# What a wrong statement or value raises, which says nothing about the file.
_OF_THIS_PROGRAM = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InternalError, sqlite3.NotSupportedError,
                    sqlite3.ProgrammingError)


class Full(Exception):
    """The file cannot be written or read at present, usually because the disk is full. The text has the cause.

    What was stored before is still there, and nothing of what was to be written. The store works again when the cause
    is gone."""


class Damaged(Exception):
    """The file is not an SQLite database or is damaged. Close the store, and call C(open_store) with this exception."""


class Refused(Exception):
    """The file is a database of another program or of a newer version. The text says what to do."""


def open_store(path, now, damaged=None):
    """Return (Store, sentence): the sentence is empty, or tells that the file was damaged and set aside.

    Damage is found here only if it is in the file's first pages. If it is found later, ``damaged`` is the exception of
    the store, which was closed. Raises C(safe_files.Foreign), Refused, Full and OSError.
    """
    if damaged is None:
        try:
            return Store(path), ''
        except Damaged as fault:
            damaged = fault
    kept = _set_aside(path, now)
    return Store(path), '%s. It was renamed to %s, and a new attempt log was started.' % (damaged, kept)


class Store(object):
    """The attempt log at ``path``, an absolute path in a directory that only root can change.

    Times are seconds since the epoch. All methods raise Full and Damaged."""

    def __init__(self, path):
        self.path = path
        _create_file(path)
        with self._errors():
            self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    @contextlib.contextmanager
    def snapshot(self):
        """Read as of one moment: the monitor writes meanwhile and does not wait, and none of it is seen."""
        with self._errors():
            self._db.execute('BEGIN')
            try:
                yield
            finally:
                if self._db.in_transaction:     # SQLite has ended it itself after some errors
                    self._db.execute('ROLLBACK')

    def close(self):
        """Close the file. The store cannot be used any more."""
        with self._errors():
            self._db.close()

    def add(self, attempts, serials=None):
        """Store attempts, add them to their hours, and store which serial numbers are known with them (text), in one
        transaction. An hour is that of the attempt's end.

        The attempts are validated where they come from. One that cannot be stored raises what sqlite3 or its encoding
        raises, and none of the batch is stored."""
        sums, failures = {}, {}
        with self._transaction():
            for attempt in attempts:
                row = self._db.execute(_INSERT, [attempt[name] for name in _COLUMNS]).lastrowid
                trunk, route = attempt['trunk'], attempt['route']
                place = begin(attempt['time'], HOUR), trunk, route
                measures.add(sums.setdefault(place, measures.empty()), measures.counts_for(attempt))
                if attempt['result'] == 'ANSWER' and attempt['talk_s'] is None:
                    self._db.execute('INSERT INTO talking (key, trunk, route, time, attempt) VALUES (?, ?, ?, ?, ?)',
                                     (attempt['key'], trunk, route, attempt['time'], row))
                if attempt['fault'] == 'trunk':
                    failures[trunk] = [trunk] + [attempt[name] for name in ('time', 'route', 'result', 'sip', 'cause')]
            for (hour, trunk, route), more in sums.items():
                for table, length in _PERIODS:
                    self._add_to(table, (begin(hour, length), trunk, route), more)
            self._db.executemany('INSERT OR REPLACE INTO failures (trunk, time, route, result, sip, cause) '
                                 'VALUES (?, ?, ?, ?, ?, ?)', failures.values())
            if serials is not None:
                self._db.execute('INSERT OR REPLACE INTO serials (id, known) VALUES (1, ?)', (serials,))

    def serials(self):
        """Return the text that was stored last, see C(add); empty before."""
        return ''.join(row['known'] for row in self._rows('SELECT known FROM serials'))

    def talked(self, ended):
        """Add talk times, each (key, trunk, seconds, rate), to answered attempts that are stored without one, and with
        their cost to the hours. Returns the list of those without such an attempt.

        ``rate`` was in force when the call was answered: a price that changes later changes no sum that is stored."""
        unknown = []
        with self._transaction():
            for key, trunk, seconds, rate in ended:
                found = self._db.execute('SELECT id, route, time, attempt FROM talking WHERE key = ? AND trunk = ? '
                                         'ORDER BY id LIMIT 1', (key, trunk)).fetchone()
                if found is None:
                    unknown.append((key, trunk, seconds, rate))
                    continue
                row, route, when, attempt = found
                self._db.execute('DELETE FROM talking WHERE id = ?', (row,))
                # If the attempt has expired, its number may be that of a new one.
                self._db.execute('UPDATE attempts SET talk_s = ? WHERE id = ? AND key = ? AND trunk = ?',
                                 (seconds, attempt, key, trunk))
                cost = measures.cost(seconds, rate)
                added = seconds, int(cost is not None), cost, cost
                for table, length in _PERIODS:
                    # Without a known rate, the cost stays as it is, also NULL.
                    self._db.execute('UPDATE %s SET talk_s = talk_s + ?, talks = talks + 1, priced = priced + ?, '
                                     'cost = coalesce(cost + ?, ?, cost) WHERE start = ? AND trunk = ? AND route = ?'
                                     % table, added + (begin(when, length), trunk, route))
        return unknown

    def changed(self, now, trunk, state, asterisk, why, who):
        """Store that the trunk has this state of the monitor and this one of Asterisk since ``now``."""
        with self._transaction():
            self._db.execute('INSERT INTO changes (time, trunk, state, asterisk, why, who) VALUES (?, ?, ?, ?, ?, ?)',
                             (now, trunk, state, asterisk, why[:_TEXT], who[:_TEXT]))

    def changes(self, since, until):
        """Return the changes of state from ``since`` to before ``until`` as dictionaries, oldest first."""
        return self._rows('SELECT time, trunk, state, asterisk, why, who FROM changes WHERE time >= ? AND time < ? '
                          'ORDER BY time, id', (since, until))

    def states(self, when):
        """Return the last change of each trunk before ``when``, as C(changes)."""
        return self._rows('SELECT time, trunk, state, asterisk, why, who FROM changes WHERE id IN (SELECT max(id) '
                          'FROM changes WHERE time < ? GROUP BY trunk) ORDER BY trunk', (when,))

    def lost(self, count, now):
        """Store that ``count`` attempts were not seen."""
        with self._transaction():
            hour = begin(now, HOUR)
            self._db.execute('INSERT OR IGNORE INTO lost (start, attempts) VALUES (?, 0)', (hour,))
            self._db.execute('UPDATE lost SET attempts = attempts + ? WHERE start = ?', (count, hour))

    def lost_count(self, since, until):
        """Return how many attempts were not seen, of the same hours as C(sums)."""
        return self._rows('SELECT ifnull(sum(attempts), 0) AS count FROM lost WHERE start >= ? AND start < ?',
                          (begin(since, HOUR), until))[0]['count']

    def sums(self, since, until, by=('trunk', 'route'), length=None):
        """Return the sums per trunk and route, each a dictionary as in C(measures) with trunk and route, sorted.

        They are of whole hours: from the one that contains ``since`` to the last that begins before ``until``. ``by``:
        the columns that distinguish the sums. With ``length``, an hour or whole days in seconds, there is one for each
        such period from ``since`` on, which begins at C(start); ``since`` then has to be the begin of an hour or day.
        """
        found = _periods(since, until)
        if length is not None and length % DAY:
            found = [('hours', found[0][1], found[-1][2])]
        periods = ' UNION ALL '.join('SELECT * FROM %s WHERE start >= %d AND start < %d' % period for period in found)
        if length is not None:
            periods = 'SELECT *, (start - %d) / %d * %d + %d AS period FROM (%s)' % (
                since, length, length, since, periods)
        columns = (['period AS start'] if length is not None else []) + list(by)
        places = ', '.join(str(number) for number in range(1, len(columns) + 1))
        rows = self._rows(
            'SELECT %s, %s, sum(cost) AS cost, group_concat(pdd) AS pdd, group_concat(causes) AS causes '
            'FROM (%s) GROUP BY %s ORDER BY %s'
            % (', '.join(columns), ', '.join('sum(%s) AS %s' % (name, name) for name in _COUNTS), periods,
               places, places))
        return [self._unpacked(row) for row in rows]

    def oldest(self):
        """Return the begin of the first day that has sums; None without any."""
        return self._rows('SELECT min(start) AS start FROM days')[0]['start']

    def last_failure(self, trunk):
        """Return the last attempt that failed by the trunk's fault: time, route, result, sip and cause; else None."""
        rows = self._rows('SELECT time, route, result, sip, cause FROM failures WHERE trunk = ?', (trunk,))
        return rows[0] if rows else None

    def expire(self, now, keep_days, keep_mb):
        """Delete attempts that are older than ``keep_days``, then the oldest ones while the used pages have more than
        ``keep_mb`` MB, and sums and changes after SUMS_DAYS. Returns the number of deleted attempts.

        One call deletes 10,000 attempts at most, so that it does not block for long: call it until it returns 0.
        """
        with self._transaction():
            deleted = self._delete_attempts('WHERE time < ?', now - keep_days * DAY)
            if not deleted and self._used() > keep_mb * 1024 * 1024:
                deleted = self._delete_attempts('')
            oldest = now - SUMS_DAYS * DAY
            for table, column in (('hours', 'start'), ('days', 'start'), ('lost', 'start'), ('failures', 'time'),
                                  ('changes', 'time')):
                self._db.execute('DELETE FROM %s WHERE %s < ?' % (table, column), (oldest,))
            # No call lasts for a day: the hang-up was not seen.
            self._db.execute('DELETE FROM talking WHERE time < ? OR id <= (SELECT max(id) FROM talking) - ?',
                             (now - DAY, TALKING))
        free = self._pragma('freelist_count')
        if free > _SPARE:
            with self._errors():
                # A script, since execute() runs the first step only, which is one page. The checkpoint cuts the file.
                self._db.executescript('PRAGMA incremental_vacuum(%d); PRAGMA wal_checkpoint' % (free - _SPARE))
        return deleted

    def _delete_attempts(self, condition, *values):
        return self._db.execute('DELETE FROM attempts WHERE id IN (SELECT id FROM attempts %s ORDER BY time LIMIT %d)'
                                % (condition, _CHUNK), values).rowcount

    def _used(self):
        return (self._pragma('page_count') - self._pragma('freelist_count')) * self._pragma('page_size')

    def _add_to(self, table, place, more):
        where = 'WHERE start = ? AND trunk = ? AND route = ?'
        found = self._rows('SELECT %s FROM %s %s' % (', '.join(_SUMMED), table, where), place)
        sums = measures.add(self._unpacked(found[0]) if found else measures.empty(), more)
        values = [sums[name] for name in _COUNTS] + [sums['cost'], _JSON(sums['pdd']), _JSON(sums['causes'])]
        if found:
            self._db.execute('UPDATE %s SET %s = ? %s' % (table, ' = ?, '.join(_SUMMED), where), values + list(place))
        else:
            self._db.execute('INSERT INTO %s (%s, start, trunk, route) VALUES (%s)'
                             % (table, ', '.join(_SUMMED), ', '.join('?' * (len(values) + 3))), values + list(place))

    def _unpacked(self, row):
        """Return the row with the sums of its JSON: of one period, or of several with commas between them."""
        try:
            # One parse for all periods of a trunk, since each call of the parser costs.
            histograms, causes = json.loads('[%s]' % row['pdd']), json.loads('[%s]' % row['causes'])
            if {len(histogram) for histogram in histograms} != {len(measures.PDD_BUCKETS) + 1}:
                raise ValueError('a histogram has other buckets')
            row['pdd'] = [sum(column) for column in zip(*histograms)]
            row['causes'] = {}
            for cause, count in (pair for one in causes for pair in one.items()):
                row['causes'][int(cause)] = row['causes'].get(int(cause), 0) + count
            sum(row[name] for name in _COUNTS) + (row['cost'] or 0)
        except (ValueError, TypeError, AttributeError) as fault:
            raise Damaged('%s is damaged: the sums of a trunk: %s' % (self.path, fault))
        return row

    def _prepare(self):
        for setting in _SETTINGS:
            self._db.execute('PRAGMA ' + setting)
        version = self._pragma('user_version')
        if version > VERSION:
            raise Refused('%s is an attempt log of version %d, and only versions up to %d are known here. Install the '
                          'version of the collection that wrote it, or move the file away.'
                          % (self.path, version, VERSION))
        for setting in _WAL:
            self._db.execute('PRAGMA ' + setting).fetchall()
        if not version:
            self._create_tables()
        missing = set(_TABLES) - self._tables()
        if missing:
            raise Damaged('%s is damaged: it has no table %s' % (self.path, ', '.join(sorted(missing))))

    def _create_tables(self):
        with self._transaction():
            if self._pragma('user_version'):    # another process was faster
                return
            if self._tables():
                raise Refused('%s is the database of another program. Move it away.' % self.path)
            for name in sorted(_TABLES):
                self._db.execute('CREATE TABLE %s (%s)' % (name, _TABLES[name]))
            for index in _INDEXES:
                self._db.execute('CREATE INDEX %s ON %s' % (re.sub(r' \((\w+)\)', r'_\1', index), index))
            self._db.execute('PRAGMA user_version = %d' % VERSION)

    def _tables(self):
        return {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def _pragma(self, name):
        with self._errors():
            return self._db.execute('PRAGMA ' + name).fetchone()[0]

    def _rows(self, query, values=()):
        with self._errors():
            found = self._db.execute(query, values)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row)) for row in found]

    @contextlib.contextmanager
    def _transaction(self):
        with self._errors():
            self._db.execute('BEGIN IMMEDIATE')
            try:
                yield
                self._db.execute('COMMIT')
            except BaseException:
                if self._db.in_transaction:     # SQLite has ended it itself after some errors
                    with contextlib.suppress(sqlite3.Error):
                        self._db.execute('ROLLBACK')
                raise

    @contextlib.contextmanager
    def _errors(self):
        try:
            yield
        except UnicodeDecodeError:      # in the text of an error about a damaged name
            raise Damaged('%s is damaged: it has names that are no text' % self.path)
        except sqlite3.OperationalError as fault:
            if _NOT_AS_WRITTEN.search(str(fault)):
                raise Damaged('%s is damaged: %s' % (self.path, fault))
            raise Full('%s cannot be used: %s' % (self.path, fault))
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, _OF_THIS_PROGRAM):
                raise
            raise Damaged('%s is damaged: %s' % (self.path, fault))


def begin(when, length):
    """Return the begin of the hour or day (UTC) of a time, by its ``length``. All are in seconds."""
    return int(when // length) * length


def _periods(since, until):
    """Return (table, first start, end) of the periods that together are the hours of ``sums``: whole days, and hours
    before and after them."""
    first, end = begin(since, HOUR), -begin(-until, HOUR)
    first_day, last_day = -begin(-first, DAY), begin(end, DAY)
    if last_day <= first_day:
        return [('hours', first, end)]
    return [('hours', first, first_day), ('days', first_day, last_day), ('hours', last_day, end)]


def _create_file(path):
    """Create the file if it is missing: SQLite would follow a link, and create it with mode 0644. Only root can replace
    it afterwards. Raises Foreign, OSError."""
    name = os.path.basename(path)
    with safe_files.opened(os.path.dirname(path), root_only=True, must=True) as directory:
        for one in (name, name + '-wal', name + '-shm'):
            found = safe_files.lstat(directory, one)
            if found is not None and not stat.S_ISREG(found.st_mode):
                raise safe_files.Foreign('%s is not a file. Move it away. Nothing was touched.'
                                         % os.path.join(os.path.dirname(path), one))
        if safe_files.lstat(directory, name) is None:
            os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=directory))


def _set_aside(path, now):
    """Rename the damaged file, and remove the oldest of those before. Returns the new path."""
    name = os.path.basename(path)
    kept = '%s.corrupt-%s' % (name, time.strftime('%Y%m%d-%H%M%S', time.gmtime(now)))
    with safe_files.opened(os.path.dirname(path), root_only=True, must=True) as directory:
        safe_files.remove_at(directory, name + '-shm')
        # The write-ahead log first: in a new file it would be applied.
        for ending in ('-wal', ''):
            if safe_files.lstat(directory, name + ending) is not None:
                os.rename(name + ending, kept + ending, src_dir_fd=directory, dst_dir_fd=directory)
        before = re.compile(re.escape(name) + r'\.corrupt-\d{8}-\d{6}$')
        for old in sorted(filter(before.match, os.listdir(directory)))[:-KEPT_ASIDE]:
            safe_files.remove_at(directory, old)
            safe_files.remove_at(directory, old + '-wal')
    return os.path.join(os.path.dirname(path), kept)
