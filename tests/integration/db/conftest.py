# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' database and what is in it before each test; where it is: see vicidial_db.py."""
from __future__ import annotations

import pymysql
import pytest

from support.lab.vicidial_db import DATABASE, Db, connect, place
from support.paths import SCHEMA


@pytest.fixture(scope="session")
def server():
    try:
        connection = connect(None)
    except pymysql.err.OperationalError as error:
        pytest.skip(f"no MariaDB answers at {place()}: {error}")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        # latin1 as an old VICIdial has it: a character it does not know would become a question mark.
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET latin1")
        cursor.execute(f"USE {DATABASE}")
        for statement in SCHEMA.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement)
    yield connection
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {DATABASE}")


@pytest.fixture
def db(server) -> Db:
    """Two dialers, a third whose files VICIdial does not write, a campaign, a phone, and rows that are not ours."""
    database = Db()
    for table in ("servers", "vicidial_server_carriers", "phones", "vicidial_campaigns", "vicidial_admin_log",
                  "vicidial_conf_templates"):
        database.run(f"TRUNCATE {table}")
    for number, generate in ((11, "Y"), (12, "Y"), (13, "N")):
        database.run(
            "INSERT INTO servers SET server_id=%s, server_description='', server_ip=%s, active='Y', "
            "active_asterisk_server='Y', generate_vicidial_conf=%s, rebuild_conf_files='N'",
            f"DIALER{number}", f"198.18.0.{number}", generate)
    database.run("INSERT INTO vicidial_campaigns (campaign_id, dial_prefix, manual_dial_prefix, three_way_dial_prefix) "
                 "VALUES ('TESTCAMP', '8', NULL, '7')")
    database.run("INSERT INTO phones (extension, login, server_ip, protocol, active, template_id) VALUES "
                 "('cc100', 'cc100login', '198.18.0.11', 'SIP', 'Y', '')")
    foreign = ("INSERT INTO vicidial_server_carriers (carrier_id, carrier_name, template_id, account_entry, protocol, "
               "globals_string, dialplan_entry, server_ip, active, carrier_description) "
               "VALUES (%s, %s, '--NONE--', %s, 'SIP', %s, %s, %s, %s, %s)")
    database.run(foreign, "OLDTRUNK", "Old", "[oldpeer]\r\ntype=friend\r\nsecret=foreign-Planted-7\r\n",
                 "OLDTRUNK = SIP/oldpeer", "exten => _81NXXNXXXXXX,1,Dial(SIP/oldpeer/${EXTEN:1},,To)\r\n"
                 "exten => _81NXXNXXXXXX,n,Hangup", "198.18.0.11", "Y", "the operator's own")
    database.run(foreign, "carrier_z-11", "Copy", "[copied]\ntype=friend\n", "", "", "198.18.0.12", "N",
                 "[dialer.trunks carrier_a@198.18.0.11 carrier_a-11] VoIP Provider A")
    return database
