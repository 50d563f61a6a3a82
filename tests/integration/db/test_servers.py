# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are set up otherwise: one of several masters, one with certificates. The second needs the lab's."""
from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

from support.lab.machines import DB, execute, pid
from support.lab.vicidial_db import BATCH, DATABASE, HOST, everything
from support.paths import COLLECTIONS, SCHEMA

PASSWORD = "hush-Hush-7"
PORT = 3399
PLACE = "/tmp/dialer-trunks-tls"


def in_lab(*command: str, stdin: str = "") -> str:
    return execute(["podman", "exec", "-i", DB, *command], stdin).stdout


@pytest.fixture
def one_of_three(db):
    """The server gives every third number, as one of three masters does, to connections from now on."""
    def steps(number: int) -> None:
        statement = f"SET GLOBAL auto_increment_increment={number}"
        db.run(statement) if HOST else in_lab("mariadb", "-e", statement)

    steps(3)
    try:
        yield
    finally:
        steps(1)


def test_every_entry_of_the_log_is_finished_where_numbers_come_in_steps(db, one_of_three):
    assert not db.apply(carriers=everything(), server_ips=BATCH, campaigns=[{"campaign_id": "TESTCAMP", "dial_prefix": "9"}])["failed"]
    entries = db.log()
    numbers = [entry["admin_log_id"] for entry in entries]
    assert len(entries) == 5 and max(numbers) - min(numbers) > 4, "the numbers were to come in steps"
    assert [entry["user"] for entry in entries] == ["dialer.trunks"] * 5


def test_and_asked_for_again_where_no_generator_came(db, one_of_three):
    assert db.apply(carriers=everything(), server_ips=BATCH, wait=1, steps=["trunks"])["failed"]
    assert [entry["user"] for entry in db.log()] == ["dialer.trunks asked"] * 2


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A second MariaDB in the lab's container, on a port of its own, with a certificate for 127.0.0.1; the directory of
    the authority's certificate and another's."""
    if HOST:
        pytest.fail("the certificates are put into the lab's container: run this without TRUNKS_DB_HOST")
    place = tmp_path_factory.mktemp("tls")

    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", f"/CN={name}",
                "-keyout", place / f"{name}.key", "-out", place / f"{name}.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=db", "-keyout", place / "db.key", "-out", place / "db.csr")
    (place / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-days", 2, "-in", place / "db.csr", "-CA", place / "ca.pem", "-CAkey", place / "ca.key",
            "-CAcreateserial", "-extfile", place / "names", "-out", place / "db.pem")
    in_lab("sh", "-c", f"rm -rf {PLACE}; mkdir {PLACE} && mariadb-install-db --no-defaults --user=mysql --datadir={PLACE}/data"
                       " --skip-test-db >/dev/null")
    for name in ("db.pem", "db.key"):
        in_lab("sh", "-c", f"cat >{PLACE}/{name}", stdin=(place / name).read_text())
    in_lab("chown", "-R", "mysql:", PLACE)
    server = subprocess.Popen(
        ["podman", "exec", DB, "mariadbd", "--no-defaults", "--user=mysql", f"--datadir={PLACE}/data", f"--port={PORT}",
         f"--socket={PLACE}/sock", f"--pid-file={PLACE}/pid", f"--ssl-cert={PLACE}/db.pem", f"--ssl-key={PLACE}/db.key"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = ("mariadb", "--no-defaults", "-S", f"{PLACE}/sock")
        for _try in range(60):
            with contextlib.suppress(AssertionError):
                in_lab(*client, "-e", "SELECT 1")
                break
            time.sleep(0.5)
        in_lab(*client, stdin=f"CREATE DATABASE {DATABASE}; USE {DATABASE}; {SCHEMA.read_text(encoding='utf-8')};\n"
                              f"CREATE USER tls@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT ALL ON {DATABASE}.* TO tls@'%';\n"
                              f"CREATE USER plain@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON {DATABASE}.* TO plain@'%';\n")
        yield place
    finally:
        subprocess.run(["podman", "exec", DB, "sh", "-c", f"kill $(cat {PLACE}/pid)"], check=False, timeout=20)
        server.wait(30)
        in_lab("rm", "-rf", PLACE)


def read(port: int = PORT, **options: object) -> dict:
    """vicidial_carriers_info from where the server's 127.0.0.1 is: with the host's files in the container's network."""
    arguments = {"login_host": "127.0.0.1", "login_port": port, "login_user": "tls", "login_password": PASSWORD,
                 "login_db": DATABASE, "config_file": "/none", **options}
    done = subprocess.run(
        ["nsenter", "-t", str(pid(DB)), "-n", sys.executable, "-m",
         "ansible_collections.dialer.trunks.plugins.modules.vicidial_carriers_info"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS)})
    assert "Traceback" not in done.stderr and PASSWORD not in done.stdout + done.stderr, done.stderr
    return {"failed": False, **json.loads(done.stdout)}


def test_a_server_is_known_by_its_certificate(certified):
    assert not read(ca_cert=f"{certified}/ca.pem")["failed"]
    other = read(ca_cert=f"{certified}/other.pem")
    assert other["failed"] and "its certificate is not accepted" in other["msg"]
    named = read(ca_cert=f"{certified}/ca.pem", login_host="127.0.0.2")
    assert named["failed"] and "its certificate is not accepted" in named["msg"]
    assert not read(ca_cert=f"{certified}/ca.pem", login_host="127.0.0.2", check_hostname=False)["failed"]


def test_with_an_authority_nothing_goes_to_a_server_without_tls(certified):
    """The lab's own MariaDB has no certificate."""
    plain = read(3306, login_user="cron", login_password="1234", login_db="asterisk", ca_cert=f"{certified}/ca.pem")
    assert plain["failed"] and "offers no TLS, which ca_cert requires" in plain["msg"]
    assert not read(3306, login_user="cron", login_password="1234", login_db="asterisk")["failed"]


def test_without_an_authority_a_login_is_as_it_was(certified):
    assert not read(login_user="plain")["failed"]
