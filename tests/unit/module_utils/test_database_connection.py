# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection


class Cursor:
    """Keeps the statements that it is given."""

    lastrowid = 7

    def __init__(self):
        self.executed = []

    def execute(self, sql, arguments=()):
        self.executed.append((sql, list(arguments)))

    def fetchall(self):
        return [("row",)]


def never(path):
    return False


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "astguiclient.conf"
    path.write_text("VARDB_server => 198.18.0.5\nVARDB_database => vici\nVARDB_user => cron\nVARDB_pass => 1234\n")
    return str(path)


def test_the_login_is_the_files_where_no_option_says_otherwise(conf):
    assert connection.login({"config_file": conf, "login_user": "other", "connect_timeout": 3}) == {
        "host": "198.18.0.5", "port": 3306, "database": "vici", "user": "other", "password": "1234",
        "connect_timeout": 3}


def test_localhost_is_the_socket_where_there_is_one(conf):
    options = {"config_file": conf, "login_host": "localhost"}
    path = "/run/mysql/mysql.sock"
    assert connection.login(options, lambda name: name == path)["unix_socket"] == path
    assert "unix_socket" not in connection.login(options, never)


def test_no_login_at_all_says_what_is_missing(tmp_path):
    with pytest.raises(connection.DatabaseError, match="login_host and login_user is not given and .*/none does not"):
        connection.login({"config_file": str(tmp_path / "none")})
    (tmp_path / "conf").write_text("VARDB_server => h\n")
    with pytest.raises(connection.DatabaseError, match="login_user is not given and .*/conf does not set it"):
        connection.login({"config_file": str(tmp_path / "conf")})


def test_where_never_shows_the_password():
    settings = {"host": "h", "port": 3306, "database": "asterisk", "user": "cron", "password": "hush"}
    assert connection.where(settings) == "database asterisk at h:3306 as user cron"
    assert connection.where(dict(settings, unix_socket="/s")) == "database asterisk at /s as user cron"


@pytest.mark.parametrize(("code", "words"), [
    (1064, "error 1064"), (1062, "the same carrier_id was written by another user"), (2013, "the connection was lost"),
])
def test_an_error_does_not_quote_the_statement(code, words):
    text = connection.explain(Exception(code, "near 'secret=hush' at line 1"))
    assert words in text and "hush" not in text


def test_an_error_about_names_is_told_whole():
    assert "no such table" in connection.explain(Exception(1146, "no such table asterisk.servers"))


def test_insert_takes_few_statements():
    cursor = Cursor()
    assert connection.insert(cursor, "t", ("a", "b"), [("1", "2"), ("3", "4")], [("at", "NOW()")]) == 7
    assert cursor.executed == [("INSERT INTO t (a,b,at) VALUES (%s,%s,NOW()),(%s,%s,NOW())", ["1", "2", "3", "4"])]
    assert connection.insert(cursor, "t", ("a",), []) is None


def test_pieces_never_hold_less_than_one_row():
    rows = [("x" * 10,), ("x" * 200,), ("x" * 40,), ("x" * 50,)]
    assert [len(piece) for piece in connection.pieces(rows, 100)] == [1, 1, 2]
    assert connection.pieces([]) == []


def test_update_sets_only_what_differs():
    cursor = Cursor()
    connection.update(cursor, "t", "id", [("x", {"a": "1", "b": "2"}), ("y", {"a": "3"})], "ours")
    assert cursor.executed == [(
        "UPDATE t SET a=CASE id WHEN %s THEN %s WHEN %s THEN %s ELSE a END, b=CASE id WHEN %s THEN %s ELSE b END "
        "WHERE id IN (%s,%s) AND ours", ["x", "1", "y", "3", "x", "2", "x", "y"])]


def test_update_with_one_value_for_all_is_short():
    cursor = Cursor()
    connection.update(cursor, "t", "id", [("x", {"active": "N"}), ("y", {"active": "N"})])
    assert cursor.executed == [("UPDATE t SET active=%s WHERE id IN (%s,%s) AND 1=1", ["N", "x", "y"])]


def test_select_in_asks_nothing_for_nothing():
    cursor = Cursor()
    assert connection.select_in(cursor, "SELECT a FROM t WHERE a IN", []) == ()
    assert cursor.executed == []
    assert connection.select_in(cursor, "SELECT a FROM t WHERE a IN", ["1", "2"]) == [("row",)]
    assert cursor.executed[0][0].endswith("IN (%s,%s)")
