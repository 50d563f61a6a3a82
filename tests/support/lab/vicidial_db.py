# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database with VICIdial's tables on a real MariaDB, and the modules run as Ansible runs them.

Where: the lab's trunks-db, by its socket, since its network is not the host's; or TRUNKS_DB_HOST, TRUNKS_DB_PORT,
TRUNKS_DB_USER, TRUNKS_DB_PASSWORD of a user that may create databases. A database of the tests' own is created and
dropped; nothing else is touched.
"""
from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import threading

import pymysql
import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.options import PAYLOAD

from support.lab import machines
from support.paths import COLLECTIONS

DATABASE = "dialer_trunks_test"
HOST = os.environ.get("TRUNKS_DB_HOST")     # None: the lab's
PORT = int(os.environ.get("TRUNKS_DB_PORT", "3306"))
USER = os.environ.get("TRUNKS_DB_USER", "cron")
PASSWORD = os.environ.get("TRUNKS_DB_PASSWORD", "1234")

OLD = "old-Planted-1"
REGISTER = "register => acct:%s@198.18.10.10:5060/acct"
BATCH = ["198.18.0.11", "198.18.0.12"]


def trunk(name: str = "carrier_a", server_ip: str = "198.18.0.11", secret: str = OLD, **more) -> dict:
    return {
        "name": name, "server_ip": server_ip, "kind": "trunk", "description": "VoIP Provider A", "protocol": "SIP",
        "account_entry": f"[{name}]\ntype=peer\ndescription=[trunks @] A\nhost=198.18.10.10\nsecret={secret}\n",
        "registration_string": REGISTER % secret, "globals_string": f"TRUNK{name} = SIP/{name}", **more,
    }


def route(name: str = "us", server_ip: str = "198.18.0.11", pattern: str = "_91NXXNXXXXXX", **more) -> dict:
    return {
        "name": name, "server_ip": server_ip, "kind": "route",
        "dialplan_entry": f"exten => {pattern},1,AGI(agi://127.0.0.1:4577/call_log)\n"
                          f"exten => {pattern},n,Gosub(trunks-route-{name},${{EXTEN:1}},1(@))\n"
                          f"exten => {pattern},n,Hangup()\n", **more,
    }


def everything() -> list[dict]:
    return [make(server_ip=ip) for ip in BATCH for make in (trunk, route)]


@functools.cache
def place() -> dict:
    """Where the server is, as PyMySQL's arguments. Lets the lab's VICIdial user into the tests' database."""
    if HOST:
        return {"host": HOST, "port": PORT}
    server = machines.pid(machines.DB)
    if not server:
        pytest.fail(f"no database: neither TRUNKS_DB_HOST nor the lab's {machines.DB} (lab/lab up)")
    machines.sql(f"GRANT ALL ON {DATABASE}.* TO 'cron'@'localhost'")
    return {"unix_socket": f"/proc/{server}/root/run/mysqld/mysqld.sock"}


def connect(database: str | None = DATABASE) -> pymysql.connections.Connection:
    """A connection of the tests' own, without strict mode as VICIdial's servers run."""
    return pymysql.connect(
        **place(), user=USER, password=PASSWORD, database=database, autocommit=True, charset="utf8mb4",
        connect_timeout=5, init_command="SET sql_mode=''",
    )


class Db:
    """The test's database: statements, and the modules run against it."""

    def __init__(self) -> None:
        self.connection = connect()

    def rows(self, sql: str, *arguments) -> list[dict]:
        with self.connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    def run(self, sql: str, *arguments) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments)

    def carriers(self) -> dict[str, dict]:
        """The carriers' rows by their carrier_id."""
        return {row["carrier_id"]: row for row in self.rows("SELECT * FROM vicidial_server_carriers")}

    def flags(self) -> dict[str, str]:
        """rebuild_conf_files by server_ip."""
        return {row["server_ip"]: row["rebuild_conf_files"] for row in self.rows("SELECT * FROM servers")}

    def log(self) -> list[dict]:
        return self.rows("SELECT * FROM vicidial_admin_log ORDER BY admin_log_id")

    def module(self, name: str, check: bool = False, diff: bool = False, **options) -> dict:
        """What the module returns, with ``failed`` and the text of everything it printed as ``printed``."""
        if "login_host" not in options:
            options.update({f"login_{key}": value for key, value in place().items()})
        options.setdefault("login_user", USER)
        options.setdefault("login_db", DATABASE)
        if "payload" not in options:
            options.setdefault("login_password", PASSWORD)
        arguments = dict(options, _ansible_check_mode=check, _ansible_diff=diff)
        done = subprocess.run(
            [sys.executable, "-m", f"ansible_collections.dialer.trunks.plugins.modules.{name}"],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), capture_output=True, text=True, timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
        )
        assert "Traceback" not in done.stderr, done.stderr
        result = json.loads(done.stdout)
        # ansible-core 2.19 and later pack the text of a warning; the controller unpacks it.
        if "warnings" in result:
            result["warnings"] = [one if isinstance(one, str) else one["event"]["msg"] for one in result["warnings"]]
        return {"failed": False, **result, "printed": done.stdout + done.stderr}

    def apply(self, check: bool = False, diff: bool = False, **options) -> dict:
        """``vicidial_carriers`` as the action plugin calls it: what holds secrets, and what no task may set, goes in the
        payload."""
        carried = {key: options.pop(key) for key in PAYLOAD if key in options}
        carried.setdefault("login_password", PASSWORD)
        options.setdefault("wait", 0)
        return self.module("vicidial_carriers", check, diff, payload=json.dumps(carried), **options)


class Generator(threading.Thread):
    """Takes the flags down as VICIdial's generator does, and keeps what it read of the rows then."""

    def __init__(self, server_ips: list[str], period: float = 0.1) -> None:
        super().__init__(daemon=True)
        self.server_ips, self.period = server_ips, period
        self.stopped = threading.Event()
        self.seen: list[tuple[str, set[str]]] = []

    def run(self) -> None:
        with connect() as connection, connection.cursor() as cursor:
            while not self.stopped.wait(self.period):
                for server_ip in self.server_ips:
                    if cursor.execute(
                        "SELECT 1 FROM servers WHERE server_ip=%s AND rebuild_conf_files='Y' AND "
                        "generate_vicidial_conf='Y' AND active_asterisk_server='Y'", (server_ip,)
                    ):
                        cursor.execute("UPDATE servers SET rebuild_conf_files='N' WHERE server_ip=%s", (server_ip,))
                        cursor.execute(
                            "SELECT carrier_id FROM vicidial_server_carriers WHERE server_ip IN (%s, '0.0.0.0') AND "
                            "active='Y'", (server_ip,))
                        self.seen.append((server_ip, {row[0] for row in cursor.fetchall()}))

    def __enter__(self) -> Generator:
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stopped.set()
        self.join(5)
