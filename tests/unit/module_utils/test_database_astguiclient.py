# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient

FILE = """# astguiclient.conf - configuration elements for the astguiclient package
PATHhome => /usr/share/astguiclient

VARserver_ip => 198.18.0.11
VARDB_server => 198.18.0.5 # the database
VARDB_database => asterisk
VARDB_user => cron
VARDB_pass => p@ss 1234
VARDB_port => 3306
;VARDB_port => 1
VARactive_keepalives => 1234568
"""


def test_names_and_values():
    values = astguiclient.parse(FILE)
    assert astguiclient.server_ip(values) == "198.18.0.11"
    assert values["VARactive_keepalives"] == "1234568" and "astguiclient" not in values


def test_the_database_login_as_vicidials_scripts_read_it():
    assert astguiclient.database_login(astguiclient.parse(FILE)) == {
        "host": "198.18.0.5", "port": 3306, "database": "asterisk", "user": "cron", "password": "p@ss1234"}


@pytest.mark.parametrize(("line", "value"), [
    ("VARDB_pass => a=b", "b"), ("VARDB_pass=>secret", "secret"), ("VARDB_pass => a;b", "a"),
    ("VARDB_pass => x\r", "x"), ("VARDB_pass = plain", "plain"), ("VARDB_pass =>\tz", "z"),
])
def test_odd_values(line, value):
    assert astguiclient.parse(line)["VARDB_pass"] == value


def test_the_later_line_counts_and_empty_ones_are_no_login():
    assert astguiclient.parse("VARserver_ip => 1.1.1.1\nVARserver_ip => 2.2.2.2")["VARserver_ip"] == "2.2.2.2"
    assert astguiclient.database_login(astguiclient.parse("VARDB_user =>\nVARDB_port => x")) == {}
    assert astguiclient.server_ip({}) is None and astguiclient.server_ip(None) is None


def test_a_file_that_is_not_there(tmp_path):
    assert astguiclient.load(str(tmp_path / "none")) is None
    (tmp_path / "conf").write_bytes(b"VARDB_user => caf\xe9\n")
    assert astguiclient.load(str(tmp_path / "conf"))["VARDB_user"] == "caf\u00e9"
