# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in at a server that is none of ours: what it is told, by a server of a few packets. The real one is asked in
tests/integration/db."""
from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import subprocess
import threading

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection
from pymysql import _auth
from pymysql.constants import CLIENT

PASSWORD = "hush-Hush-7"
OK = b"\x00\x00\x00\x02\x00\x00\x00"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, its certificate for localhost, and another authority."""
    place = tmp_path_factory.mktemp("tls")
    for name in ("ca", "other"):
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", place / f"{name}.key", "-out", place / f"{name}.pem")
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", place / "server.key",
             "-out", place / "server.csr")
    (place / "names").write_text("subjectAltName=DNS:localhost\n")
    _openssl("x509", "-req", "-days", "2", "-in", place / "server.csr", "-CA", place / "ca.pem", "-CAkey", place / "ca.key",
             "-CAcreateserial", "-extfile", place / "names", "-out", place / "server.pem")
    return place


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Server(threading.Thread):
    """Greets, asks for ``plugin``, takes whatever answer, and keeps what it was told once TLS is off."""

    def __init__(self, plugin, certificates=None):
        super().__init__(daemon=True)
        self.plugin, self.certificates, self.told = plugin, certificates, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        with contextlib.suppress(OSError):   # the test may have ended without a client
            link, _address = self.listener.accept()
            with link:
                self._serve(link)

    def _serve(self, link):
        offered = CLIENT.CAPABILITIES | CLIENT.PLUGIN_AUTH | CLIENT.CONNECT_WITH_DB
        offered = offered | CLIENT.SSL if self.certificates else offered & ~CLIENT.SSL
        self._send(link, 0, b"\x0a5.5.5-10.11.6-MariaDB\0" + struct.pack("<I", 1) + b"saltsalt\0"
                   + struct.pack("<HBHHB", offered & 0xffff, 33, 2, offered >> 16, 21) + b"\0" * 10
                   + b"saltsaltsalt\0" + b"mysql_native_password\0")
        number = self._read(link)
        if self.certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificates / "server.pem", self.certificates / "server.key")
            link = context.wrap_socket(link, server_side=True)
            number = self._read(link)
        if self.plugin:
            self._send(link, number + 1, b"\xfe" + self.plugin)
            number = self._read(link)
        self._send(link, number + 1, OK)
        while True:
            self._read(link)
            self._send(link, 1, OK)

    def _send(self, link, number, data):
        link.sendall(struct.pack("<I", len(data))[:3] + bytes([number]) + data)

    def _read(self, link):
        head = self._exactly(link, 4)
        self.told += self._exactly(link, int.from_bytes(head[:3], "little"))
        return head[3]

    @staticmethod
    def _exactly(link, length):
        data = b""
        while len(data) < length:
            piece = link.recv(length - len(data))
            if not piece:
                raise OSError("gone")
            data += piece
        return data


@contextlib.contextmanager
def serving(plugin, certificates=None, **options):
    """(the server, the settings with which it is connected to)"""
    server = Server(plugin, certificates)
    server.start()
    try:
        yield server, connection.login({"login_host": "localhost", "login_port": server.port, "login_user": "cron",
                                      "login_password": PASSWORD, "config_file": "/none", "connect_timeout": 5, **options},
                                     exists=lambda path: False)
    finally:
        server.listener.close()
        server.join(5)


CLEAR = [b"mysql_clear_password\0", b"dialog\0\x04Password: "]


@pytest.mark.parametrize("plugin", CLEAR)
@pytest.mark.parametrize("tls", [False, True])
def test_whoever_asks_for_the_password_in_clear_does_not_get_it(plugin, tls, certificates):
    """Over TLS to a server that has proven nothing neither."""
    with serving(plugin, certificates if tls else None) as (server, settings):
        with pytest.raises(connection.DatabaseError, match="requests the password in clear .*ca_cert") as caught:
            connection.connect(settings)
    assert b"cron" in server.told and PASSWORD.encode() not in server.told and PASSWORD not in str(caught.value)


def test_a_server_that_has_proven_who_it_is_gets_it(certificates):
    with serving(CLEAR[0], certificates, ca_cert=str(certificates / "ca.pem")) as (server, settings):
        connection.connect(settings).close()
    assert PASSWORD.encode() in server.told


@pytest.mark.parametrize("plugin", [None, CLEAR[0]])
def test_a_certificate_of_another_authority_ends_the_login(certificates, plugin):
    with serving(plugin, certificates, ca_cert=str(certificates / "other.pem")) as (server, settings):
        with pytest.raises(connection.DatabaseError, match="certificate is not accepted: .*check that ca_cert"):
            connection.connect(settings)
    assert b"cron" not in server.told


def test_a_certificate_for_another_host_ends_the_login_unless_told_otherwise(certificates):
    options = {"login_host": "127.0.0.1", "ca_cert": str(certificates / "ca.pem")}
    with serving(None, certificates, **options) as (server, settings):
        with pytest.raises(connection.DatabaseError, match="certificate is not accepted: .*check_hostname"):
            connection.connect(settings)
    assert b"cron" not in server.told
    with serving(None, certificates, check_hostname=False, **options) as (_server, settings):
        connection.connect(settings).close()
    with serving(None, certificates, check_hostname=False, **{**options, "ca_cert": str(certificates / "other.pem")}) as (
            _server, settings):
        with pytest.raises(connection.DatabaseError, match="certificate is not accepted"):
            connection.connect(settings)


def test_a_server_without_tls_is_told_nothing_where_an_authority_is_named(certificates):
    with serving(None, ca_cert=str(certificates / "ca.pem")) as (server, settings):
        with pytest.raises(connection.DatabaseError, match="offers no TLS, which ca_cert requires"):
            connection.connect(settings)
    assert server.told == b""


def test_without_an_authority_everything_is_as_it_was(certificates):
    for tls in (None, certificates):
        with serving(None, tls) as (server, settings):
            connection.connect(settings).close()
        assert b"cron" in server.told


def test_an_authority_that_cannot_be_read_is_named(tmp_path, certificates):
    (tmp_path / "empty.pem").write_text("no certificate")
    for path in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        with serving(None, certificates, ca_cert=str(path)) as (server, settings):
            with pytest.raises(connection.DatabaseError, match=f"ca_cert: {path} cannot be read"):
                connection.connect(settings)
            socket.create_connection(("127.0.0.1", server.port)).close()  # lets it go


def test_a_local_socket_needs_no_authority():
    options = {"login_host": "localhost", "login_user": "u", "config_file": "/none", "ca_cert": "/ca.pem"}
    assert "ca_cert" not in connection.login(options, exists=lambda path: True)
    assert connection.login(options, exists=lambda path: False)["ca_cert"] == "/ca.pem"


def test_what_a_login_of_mysql_8_lacks_is_said(monkeypatch):
    """PyMySQL raises a RuntimeError where the package is missing, as it is on many systems."""
    monkeypatch.setattr(_auth, "_have_cryptography", False)
    with serving(b"sha256_password\0saltsaltsaltsaltsalt\0") as (server, settings):
        # The public key comes next, which nothing could be done with.
        server._send = _with_public_key(server._send)
        with pytest.raises(connection.DatabaseError) as caught:
            connection.connect(settings)
    text = str(caught.value)
    assert "needs the Python package cryptography, which is missing on the host where this module runs" in text
    assert "TLS (ca_cert)" in text and "login_unix_socket" in text and "mysql_native_password" in text
    assert PASSWORD not in text and PASSWORD.encode() not in server.told


def _with_public_key(send):
    def instead(link, number, data):
        send(link, number, b"\x01-----BEGIN PUBLIC KEY-----" if data == OK else data)
    return instead
