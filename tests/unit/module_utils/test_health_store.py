# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attempt log: what is stored and added up, and what a full disk, a kill, damage and other files do to it."""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import sqlite3
import stat
import subprocess
import sys

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import calls, measures, store as stores
from ansible_collections.dialer.trunks.plugins.module_utils._health.store import Store, open_store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.unit.made_attempts import NOW, attempt

HOUR, DAY = 3600, 86400


def failed(time=NOW, trunk='carrier_a', **others):
    return attempt(time, trunk, **{'result': 'CONGESTION', 'sip': 503, 'cause': 34, 'pdd_ms': None, 'answer_s': None,
                                   'fault': 'trunk', **others})


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'attempts.db')


@pytest.fixture
def log(path):
    with contextlib.closing(Store(path)) as opened:
        yield opened


def rows(path, query):
    """What another process sees meanwhile."""
    with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as reading:
        return reading.execute(query).fetchall()


def count(path):
    return rows(path, 'SELECT count(*) FROM attempts')[0][0]


class TestAttempts:
    def test_every_field_is_stored(self, log, path):
        wanted = attempt(talk_s=61.25, rate=0.0125)
        log.add([wanted, failed(generation=None)])
        assert rows(path, f'SELECT {", ".join(wanted)} FROM attempts ORDER BY id') == [
            tuple(wanted.values()), tuple(failed(generation=None).values())]

    def test_sums_are_per_trunk_and_route_of_whole_hours(self, log):
        log.add([attempt(NOW + 1), attempt(NOW + 3599.9, talk_s=60, rate=0.02)])
        log.add([failed(NOW + 2), failed(NOW + HOUR), attempt(NOW, 'carrier_b'), attempt(NOW, route='mx')])
        found = log.sums(NOW + 1800, NOW + HOUR)
        assert [(row['trunk'], row['route'], row['attempts']) for row in found] == [
            ('carrier_a', 'mx', 1), ('carrier_a', 'us', 3), ('carrier_b', 'us', 1)]
        assert {key: value for key, value in found[1].items() if key not in ('trunk', 'route')} == {
            'attempts': 3, 'answered': 2, 'network_effective': 2, 'completed': 2, 'talk_s': 60, 'talks': 1,
            'priced': 1, 'cost': 0.02,
            'pdd': [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], 'causes': {34: 1}}
        assert sum(row['attempts'] for row in log.sums(NOW, NOW + HOUR + 1)) == 6
        assert log.sums(NOW + 2 * HOUR, NOW + 9 * HOUR) == []

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
    @given(st.lists(st.lists(st.builds(
        attempt, st.floats(NOW, NOW + 200 * HOUR - 1), st.sampled_from(['a', 'b']), st.sampled_from(['us', 'mx']),
        st.sampled_from(['ANSWER', 'BUSY', 'CONGESTION']), cause=st.integers(0, 127), pdd_ms=st.none() | st.integers(0, 40000),
        talk_s=st.none() | st.integers(0, 999), rate=st.none() | st.sampled_from([0, 30, 60, 120])), max_size=8), max_size=4))
    def test_sums_are_those_of_the_attempts(self, tmp_path_factory, batches):
        with contextlib.closing(Store(str(tmp_path_factory.mktemp('sums') / 'attempts.db'))) as log:
            wanted = {}
            for batch in batches:
                log.add(batch)
                for one in batch:
                    measures.add(wanted.setdefault((one['trunk'], one['route']), measures.empty()), measures.counts_for(one))
            found = log.sums(NOW, NOW + 200 * HOUR)
            assert {(row.pop('trunk'), row.pop('route')): row for row in found} == wanted

    @given(st.integers(0, 2 * 10**9), st.integers(0, 40 * DAY))
    def test_days_and_hours_are_one_period(self, since, length):
        """Without a gap, without an overlap, days only as a whole, and no more than 47 hours beside them."""
        until = since + length
        periods = stores._periods(since, until)
        assert periods[0][1] <= since < periods[0][1] + HOUR and until <= periods[-1][2] < until + HOUR
        assert all(one[2] == other[1] for one, other in zip(periods, periods[1:]))
        assert all(begin % DAY == end % DAY == 0 < end - begin for table, begin, end in periods if table == 'days')
        assert sum(end - begin for table, begin, end in periods if table == 'hours') <= 47 * HOUR

    def test_talk_time_comes_later(self, log, path):
        log.add([attempt(NOW + 1, key='V1'), attempt(NOW + 2, key='V2'), failed(NOW + 3, key='V3'), attempt(NOW + 4, key='V4', talk_s=1)])
        late = NOW + 5 * HOUR
        log.add([attempt(late, key='V5')])
        unknown = [('V1', 'carrier_b', 9, None), ('V3', 'carrier_a', 9, 0.5), ('V4', 'carrier_a', 9, None)]
        assert log.talked([('V1', 'carrier_a', 30.5, None), *unknown]) == unknown
        assert log.talked([('V5', 'carrier_a', 7, None), ('V1', 'carrier_a', 9, None)]) == [('V1', 'carrier_a', 9, None)]
        assert rows(path, 'SELECT key, talk_s FROM attempts ORDER BY id') == [
            ('V1', 30.5), ('V2', None), ('V3', None), ('V4', 1), ('V5', 7)]
        (first,), (last,) = log.sums(NOW, NOW + HOUR), log.sums(late, late + HOUR)
        assert (first['talk_s'], first['talks'], last['talk_s'], last['talks']) == (31.5, 2, 7, 1)

    def test_the_cost_comes_with_the_talk_time(self, log, path):
        """Half a minute at 0.02 and one and a half at 0.04 are 0.01 + 0.06. What is not known is NULL, and is not nothing."""
        log.add([attempt(NOW + number, key=f'V{number}', rate=0.02) for number in range(4)] + [attempt(trunk='carrier_b', key='V9')])
        cost = 'SELECT trunk, talks, priced, round(cost, 6) FROM %s ORDER BY trunk'
        log.talked([('V0', 'carrier_a', 60, None), ('V9', 'carrier_b', 60, None)])
        assert rows(path, cost % 'hours') == [('carrier_a', 1, 0, None), ('carrier_b', 1, 0, None)]
        log.talked([('V1', 'carrier_a', 30, 0.02)])
        log.talked([('V2', 'carrier_a', 60, None), ('V3', 'carrier_a', 90, 0.04)])
        for table in ('hours', 'days'):
            assert rows(path, cost % table) == [('carrier_a', 4, 2, 0.07), ('carrier_b', 1, 0, None)]
        assert [(row['priced'], row['cost']) for row in log.sums(NOW, NOW + HOUR)] == [(2, pytest.approx(0.07)), (0, None)]

    def test_the_costs_of_several_hours(self, log):
        log.add([attempt(NOW + hour * HOUR, talk_s=60, rate=rate) for hour, rate in enumerate([None, 0.5, 0, None, 0.25])])
        assert [log.sums(NOW, NOW + hours * HOUR)[0]['cost'] for hours in (1, 2, 3, 4, 5)] == [None, 0.5, 0.5, 0.5, 0.75]

    def test_two_calls_with_one_key_on_one_trunk(self, log, path):
        """A call that is transferred to the route has its key again."""
        log.add([attempt(key='V1'), attempt(key='V1')])
        assert log.talked([('V1', 'carrier_a', 10, None), ('V1', 'carrier_a', 20, None)]) == []
        assert rows(path, 'SELECT talk_s FROM attempts ORDER BY id') == [(10,), (20,)]

    def test_last_failure_is_the_trunks(self, log):
        assert log.last_failure('carrier_a') is None
        log.add([failed(NOW), failed(NOW + 5, cause=18, sip=None, result='CHANUNAVAIL'), attempt(NOW + 6)])
        log.add([attempt(NOW + 7, result='BUSY', cause=17, sip=486, fault='number'), failed(NOW + 8, 'carrier_b')])
        assert log.last_failure('carrier_a') == {
            'time': NOW + 5, 'route': 'us', 'result': 'CHANUNAVAIL', 'sip': None, 'cause': 18}

    def test_lost_attempts_are_counted(self, log):
        log.lost(3, NOW + 5)
        log.lost(4, NOW + 6)
        log.lost(5, NOW + HOUR)
        assert log.lost_count(NOW, NOW + HOUR) == 7 and log.lost_count(NOW + 90, NOW + HOUR + 1) == 12
        assert log.lost_count(NOW + 2 * HOUR, NOW + 9 * HOUR) == 0

    def test_changes_of_state(self, log):
        log.changed(NOW + 2, 'carrier_a', 'in maintenance', 'reachable', 'x' * 9999, 'root@deploy')
        log.changed(NOW + 1, 'carrier_a', 'suspended', 'unreachable', '3 failed checks', 'monitor')
        first, second = log.changes(NOW, NOW + 9)
        assert first == {'time': NOW + 1, 'trunk': 'carrier_a', 'state': 'suspended', 'asterisk': 'unreachable',
                         'why': '3 failed checks', 'who': 'monitor'}
        assert second['why'] == 'x' * 500
        assert log.changes(NOW + 1, NOW + 2) == [first]

    def test_an_attempt_that_cannot_be_stored_takes_its_batch_only(self, log, path):
        log.add([attempt()])
        for bad in (attempt(key='\udcff'), attempt(cause=2**70), attempt(cause=None), attempt(key=[])):
            with pytest.raises(Exception) as caught:
                log.add([attempt(), bad])
            assert not isinstance(caught.value, (stores.Full, stores.Damaged))
        log.add([attempt()])
        assert count(path) == 2 and log.sums(NOW, NOW + 1)[0]['attempts'] == 2


class TestExpire:
    def drain(self, log, now, keep_days, keep_mb):
        found = []
        while not found or found[-1]:
            found.append(log.expire(now, keep_days, keep_mb))
        return sum(found)

    def test_by_days(self, log, path):
        log.add([attempt(NOW - 10 * DAY - 1), attempt(NOW - 10 * DAY), attempt(NOW)])
        assert self.drain(log, NOW, 10, 100) == 1
        assert rows(path, 'SELECT time FROM attempts ORDER BY time') == [(NOW - 10 * DAY,), (NOW,)]
        assert sum(row['attempts'] for row in log.sums(NOW - 30 * DAY, NOW + 1)) == 3

    def test_by_size_the_oldest_first(self, log, path, monkeypatch):
        monkeypatch.setattr(stores, '_CHUNK', 500)
        for hour in reversed(range(30)):
            log.add([attempt(NOW + hour * HOUR, key=f'{number:0100d}', talk_s=1) for number in range(500)])
        log._db.execute('PRAGMA wal_checkpoint').fetchall()
        before = os.stat(path).st_size
        assert before > 2 * 1024 * 1024 and self.drain(log, NOW, 365, 10) == 0
        deleted = self.drain(log, NOW, 365, 1)
        used = rows(path, 'PRAGMA page_count')[0][0] - rows(path, 'PRAGMA freelist_count')[0][0]
        first, left = rows(path, 'SELECT min(time), count(*) FROM attempts')[0]
        assert used * 4096 <= 1024 * 1024 and left > 1500 and deleted + left == 15000
        assert first == NOW + (30 - left // 500) * HOUR
        assert os.stat(path).st_size <= 1024 * 1024 + (stores._SPARE + 1) * 4096 < before
        assert sum(row['attempts'] for row in log.sums(NOW, NOW + 30 * HOUR)) == 15000

    def test_one_call_deletes_a_bounded_number(self, log, monkeypatch):
        monkeypatch.setattr(stores, '_CHUNK', 10)
        log.add([attempt(NOW - 9 * DAY) for _number in range(25)])
        assert [log.expire(NOW, 1, 100) for _call in range(4)] == [10, 10, 5, 0]

    def test_sums_and_changes_stay_for_400_days(self, log, path):
        for age in (399, 401):
            log.add([failed(NOW - age * DAY, trunk=f'trunk{age}')])
            log.lost(1, NOW - age * DAY)
            log.changed(NOW - age * DAY, f'trunk{age}', 'suspended', 'unreachable', '', 'monitor')
        assert self.drain(log, NOW, 1, 100) == 2
        assert [row['trunk'] for row in log.sums(0, NOW)] == ['trunk399'] == [row['trunk'] for row in log.changes(0, NOW)]
        assert log.lost_count(0, NOW) == 1 and log.last_failure('trunk401') is None and log.last_failure('trunk399')
        assert count(path) == 0

    def test_talk_time_of_an_expired_attempt_is_the_hours(self, log, path):
        log.add([attempt(NOW, key='V1')])
        assert self.drain(log, NOW + HOUR, 0, 100) == 1
        log.add([attempt(NOW + HOUR, key='V2')])        # has the same row number
        assert log.talked([('V1', 'carrier_a', 10, None)]) == []
        assert rows(path, 'SELECT key, talk_s FROM attempts') == [('V2', None)]
        assert [row['talk_s'] for row in log.sums(NOW, NOW + HOUR)] == [10]

    def test_a_call_that_never_ended_is_forgotten(self, log):
        log.add([attempt(NOW - DAY - HOUR, key='V1'), attempt(NOW, key='V2')])
        log.expire(NOW, 30, 100)
        assert log.talked([('V1', 'carrier_a', 1, None), ('V2', 'carrier_a', 1, None)]) == [('V1', 'carrier_a', 1, None)]


    def test_nor_are_very_many_at_once_kept(self, log, path, monkeypatch):
        assert stores.TALKING == calls.REMEMBERED
        monkeypatch.setattr(stores, 'TALKING', 3)
        log.add([attempt(NOW, key=f'V{number}') for number in range(8)])
        log.expire(NOW, 90, 500)
        assert rows(path, 'SELECT key FROM talking ORDER BY id') == [('V5',), ('V6',), ('V7',)]
        assert log.talked([('V4', 'carrier_a', 1, None), ('V6', 'carrier_a', 1, None)]) == [('V4', 'carrier_a', 1, None)]


class TestFile:
    def test_only_root_reads_it(self, log, path):
        log.add([attempt()])
        assert {stat.S_IMODE(os.stat(path + ending).st_mode) for ending in ('', '-wal', '-shm')} == {0o600}
        assert [rows(path, f'PRAGMA {name}')[0][0] for name in ('journal_mode', 'auto_vacuum', 'page_size', 'user_version')] == [
            'wal', 2, 4096, stores.VERSION]

    def test_opened_again(self, log, path):
        log.add([attempt()])
        log.close()
        with contextlib.closing(Store(path)) as again:
            again.add([attempt()])
            assert again.sums(NOW, NOW + 1)[0]['attempts'] == 2

    def test_read_while_it_is_written(self, log, path):
        with contextlib.closing(Store(path)) as reading:
            log.add([attempt()])
            assert reading.sums(NOW, NOW + 1)[0]['attempts'] == 1

    @pytest.mark.parametrize('ending', ['', '-wal', '-shm'])
    @pytest.mark.parametrize('kind', ['link', 'dangling link', 'directory', 'fifo'])
    def test_what_is_not_a_file_is_refused(self, path, tmp_path, ending, kind):
        target = tmp_path / 'shadow'
        if kind == 'link':
            target.write_text('secret')
        {'directory': os.mkdir, 'fifo': os.mkfifo}.get(kind, lambda place: os.symlink(target, place))(path + ending)
        with pytest.raises(safe_files.Foreign, match='attempts.db' + ending):
            open_store(path, NOW)
        assert target.exists() == (kind == 'link') and (kind != 'link' or target.read_text() == 'secret')
        assert not any('corrupt' in name for name in os.listdir(tmp_path))

    def test_a_directory_that_others_can_change_is_refused(self, path, tmp_path):
        tmp_path.chmod(0o777)
        with pytest.raises(safe_files.Foreign):
            open_store(path, NOW)
        assert os.listdir(tmp_path) == []

    def test_a_missing_directory(self, tmp_path):
        with pytest.raises(OSError):
            open_store(str(tmp_path / 'missing' / 'attempts.db'), NOW)

    def test_a_newer_version_is_refused(self, log, path):
        log.add([attempt()])
        log.close()
        with contextlib.closing(sqlite3.connect(path)) as newer:
            newer.execute('PRAGMA user_version = 99')
        with pytest.raises(stores.Refused, match='99'):
            open_store(path, NOW)
        assert count(path) == 1

    def test_another_programs_database_is_refused(self, path):
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute('CREATE TABLE recipes (name TEXT)')
        with pytest.raises(stores.Refused):
            open_store(path, NOW)
        assert rows(path, 'SELECT name FROM sqlite_master') == [('recipes',)]


class TestDamage:
    def test_it_is_set_aside(self, path, tmp_path):
        (tmp_path / 'attempts.db').write_bytes(b'no database' * 1000)
        log, sentence = open_store(path, NOW)
        with contextlib.closing(log):
            kept = path + '.corrupt-20231114-220000'
            assert path in sentence and kept in sentence
            assert open(kept, 'rb').read() == b'no database' * 1000
            log.add([attempt()])
            assert count(path) == 1
        again, sentence = open_store(path, NOW)
        again.close()
        assert sentence == '' and count(path) == 1

    def test_with_what_is_not_in_the_file_itself_yet(self, log, path):
        """Another process has the file open, so that its write-ahead log is still there: it is of the old file."""
        with contextlib.closing(Store(path)) as reading:
            log.add([attempt()])
            log.close()
            new, _sentence = open_store(path, NOW, stores.Damaged('found later'))
            with contextlib.closing(new):
                assert (count(path), count(path + '.corrupt-20231114-220000')) == (0, 1)
                new.add([attempt(), attempt()])
            assert reading.sums(NOW, NOW + 1)[0]['attempts'] == 1
        assert count(path) == 2

    def test_three_are_kept(self, path, tmp_path):
        others = {'attempts.db.corrupt-notes.txt', 'xattempts.db.corrupt-20200101-000000'}
        for name in others:
            (tmp_path / name).write_text('')
        for day in range(5):
            (tmp_path / 'attempts.db').write_bytes(b'no database' * 1000)
            (tmp_path / f'attempts.db.corrupt-202311{14 + day}-220000-wal').write_bytes(b'')
            open_store(path, NOW + day * DAY)[0].close()
        kept = {f'attempts.db.corrupt-202311{day}-220000{ending}' for day in (16, 17, 18) for ending in ('', '-wal')}
        assert set(os.listdir(tmp_path)) == kept | others | {'attempts.db'}

    def test_a_cut_file_and_an_empty_one(self, log, path):
        log.add([attempt(key=f'{number:0100d}') for number in range(1000)])
        log.close()
        os.truncate(path, 5000)
        log, sentence = open_store(path, NOW)
        with contextlib.closing(log):
            assert sentence and count(path) == 0
        os.truncate(path, 0)
        log, sentence = open_store(path, NOW)
        with contextlib.closing(log):
            assert sentence == '' and count(path) == 0

    def test_tables_that_are_gone(self, log, path):
        log.close()
        with contextlib.closing(sqlite3.connect(path)) as changed:
            changed.execute('DROP TABLE hours')
        log, sentence = open_store(path, NOW)
        with contextlib.closing(log):
            assert sentence and log.sums(NOW, NOW + 1) == []

    @pytest.mark.parametrize('use', [
        lambda log: log.add([attempt()]), lambda log: log.talked([('V1', 'carrier_a', 5, 0.5)]), lambda log: log.sums(NOW, NOW + HOUR)])
    def test_tables_of_before_they_had_a_cost(self, log, path, use):
        log.add([attempt(key='V1')])
        log.close()
        with contextlib.closing(sqlite3.connect(path)) as changed:
            for table, (column, *others) in {'attempts': ['rate'], 'hours': ['cost', 'priced'], 'days': ['cost', 'priced']}.items():
                text, = changed.execute('SELECT sql FROM sqlite_master WHERE name = ?', (table,)).fetchone()
                for name in (column, *others):
                    text = re.sub(rf'{name} \w+( NOT NULL)?, ', '', text)
                changed.execute(f'ALTER TABLE {table} RENAME TO former')
                changed.execute(text)
                changed.execute('DROP TABLE former')
            changed.execute("INSERT INTO hours VALUES (?, 'carrier_a', 'us', 1, 1, 1, 1, 0, 0, ?, '{}')", (NOW, str([0] * 11)))
            changed.commit()
        log, _sentence = open_store(path, NOW)
        with pytest.raises(stores.Damaged) as fault:
            use(log)
        log.close()
        log, sentence = open_store(path, NOW, fault.value)
        with contextlib.closing(log):
            assert 'was renamed to' in sentence and log.sums(NOW, NOW + 1) == []
            log.add([attempt()])

    @pytest.mark.parametrize('column, value', [
        ('pdd', '[1,2'), ('pdd', '[1]'), ('pdd', '7'), ('causes', '[1]'), ('causes', '{"x":1}'), ('causes', '{"1":"x"}'),
        ('pdd', b'\xff'), ('pdd', 'undecodable'), ('attempts', 'x'), ('cost', 'x')])
    def test_sums_that_are_none(self, log, path, column, value):
        log.add([failed()])
        with contextlib.closing(sqlite3.connect(path)) as changed:
            if value == 'undecodable':
                changed.execute("UPDATE hours SET pdd = CAST(x'5bff5d' AS TEXT)")
            else:
                changed.execute(f'UPDATE hours SET {column} = ?', (value,))
            changed.commit()
        with pytest.raises(stores.Damaged):
            log.add([failed()])
        assert count(path) == 1

    def test_names_that_are_no_text(self, log, path):
        log.close()
        with open(path, 'r+b') as file:
            data = file.read()
            file.seek(0)
            file.write(data.replace(b'CREATE TABLE lost', b'CREATE TABLE \xff\xfe\xff\xfe'))
        log, sentence = open_store(path, NOW)
        log.close()
        assert sentence

    @pytest.mark.parametrize('seed', range(40))
    def test_random_damage_never_stops_the_log(self, log, path, seed):
        """With the exception Damaged, the next log is a new one. The other two lose nothing: a version or a list of tables
        that is another's, and a row number or a flag with which SQLite calls the disk full or read-only."""
        dice = random.Random(seed)
        log.add([attempt(NOW + number, trunk=f'trunk{number % 50}', key=f'V{number}') for number in range(300)])
        log.close()
        with open(path, 'r+b') as file:
            size = os.stat(path).st_size
            for _time in range(dice.randint(1, 5)):
                file.seek(dice.randrange(100) if dice.random() < 0.3 else dice.randrange(size))
                file.write(dice.randbytes(dice.choice([1, 8, 500, 5000])))
        try:
            log, _sentence = open_store(path, NOW)
        except (stores.Refused, stores.Full):
            return
        try:
            use(log)
        except stores.Full:
            pass
        except stores.Damaged as fault:
            log.close()
            log, sentence = open_store(path, NOW, fault)
            assert path in sentence
            use(log)
        log.close()


def use(log):
    log.add([attempt(NOW + number, trunk=f'trunk{number % 50}', key=f'W{number}') for number in range(100)])
    log.talked([(f'V{number}', f'trunk{number % 50}', 5, 0.5) for number in range(300)])
    log.sums(NOW, NOW + HOUR)
    log.lost(1, NOW)
    log.last_failure('trunk1')
    log.changed(NOW, 'trunk1', 'suspended', 'unreachable', '', 'monitor')
    log.changes(NOW, NOW + 1)
    while log.expire(NOW + DAY, 0, 1):
        pass


class TestFullDisk:
    def test_by_sqlites_own_limit(self, log, path):
        log.add([attempt()])
        pages = log._db.execute('PRAGMA page_count').fetchone()[0]
        log._db.execute(f'PRAGMA max_page_count = {pages + 5}')
        large = [attempt(key=f'{number:0100d}') for number in range(1000)]
        for _time in range(3):
            with pytest.raises(stores.Full, match='full'):
                log.add(large)
        assert count(path) == 1 and log.sums(NOW, NOW + 1)[0]['attempts'] == 1
        log._db.execute('PRAGMA max_page_count = 1000000')
        log.add(large)
        assert count(path) == 1001 and log.sums(NOW, NOW + 1)[0]['attempts'] == 1001

    def test_by_the_systems_limit(self, log, path):
        log.add([attempt()])
        large = [attempt(key=f'{number:0100d}') for number in range(5000)]
        with file_size(300000):
            for method in (lambda: log.add(large), lambda: log.add(large)):
                with pytest.raises(stores.Full):
                    method()
            assert log.sums(NOW, NOW + 1)[0]['attempts'] == 1
        log.add(large)
        assert count(path) == 5001

    def test_opened_on_a_full_disk(self, path, tmp_path):
        with file_size(0), pytest.raises(stores.Full):
            open_store(path, NOW)
        log, sentence = open_store(path, NOW)
        with contextlib.closing(log):
            log.add([attempt()])
        assert sentence == '' and os.listdir(tmp_path) == ['attempts.db']

    def test_another_process_that_writes_for_long(self, log, path, monkeypatch):
        monkeypatch.setattr(stores, '_PATIENCE', 0.05)
        with contextlib.closing(Store(path)) as impatient, contextlib.closing(sqlite3.connect(path)) as other:
            other.execute('BEGIN IMMEDIATE')
            with pytest.raises(stores.Full, match='locked'):
                impatient.add([attempt()])
            other.rollback()
            impatient.add([attempt()])
        assert count(path) == 1


@contextlib.contextmanager
def file_size(most):
    """A limit of the size of every file that this process writes, as a full disk is one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


CHILD = """
import sys
from ansible_collections.dialer.trunks.plugins.module_utils._health.store import Store
log = Store(sys.argv[1])
attempt = eval(sys.argv[2])
for batch in range(100000):
    log.add([attempt] * 10)
    print(batch, flush=True)
"""


def test_kill_9_loses_no_batch_that_was_stored(path):
    with subprocess.Popen([sys.executable, '-c', CHILD, path, repr(attempt())], stdout=subprocess.PIPE,
                          env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}) as child:
        for line in child.stdout:
            if line.strip() == b'40':
                child.kill()
                break
        stored = 41 + len(child.stdout.readlines())
    log, sentence = open_store(path, NOW)
    with contextlib.closing(log):
        found = count(path)
        assert sentence == '' and found in (10 * stored, 10 * (stored + 1))
        assert log.sums(NOW, NOW + 1)[0]['attempts'] == found
        assert rows(path, 'PRAGMA integrity_check') == [('ok',)]
