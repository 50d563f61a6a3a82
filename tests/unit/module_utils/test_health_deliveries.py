# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks against servers on the loopback, and commands that succeed, fail, hang and flood."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ipaddress
import os
import re
import signal
import socket
import ssl
import threading
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import deliveries
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

EVENT = b'{"trunk": "carrier_a", "version": 1}'
PATH = "/services/T0/s3cret?token=s3cret2"


@pytest.fixture
def event(tmp_path):
    """A descriptor of an event's file."""
    (tmp_path / "event.json").write_bytes(EVENT)
    descriptor = os.open(tmp_path / "event.json", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@contextlib.contextmanager
def web(status=200, headers=(), context=None):
    """An HTTP server; what it was asked is in its attribute ``asked``."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"s3cret")
        do_GET = do_POST

        def log_message(self, *_arguments):
            pass

    class Server(http.server.HTTPServer):
        def handle_error(self, *_arguments):
            pass
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def raw(behave):
    """A TCP server that runs ``behave(connection, over)`` for each connection."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listening.accept()
                    with connection, contextlib.suppress(OSError):
                        behave(connection, over)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def drip(connection, over):
    while not over.wait(0.02):
        connection.sendall(b"H")


def drip_headers(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    drip(connection, over)


def silent(connection, over):
    over.wait(10)


class TestWebhook:
    def test_what_is_sent(self, event):
        with web() as server:
            hook = deliveries.Webhook(f"http://127.0.0.1:{server.server_port}{PATH}")
            hook.send(event)
        ((method, path, headers, body),) = server.asked
        assert (method, path, body) == ("POST", PATH, EVENT)
        assert headers["Content-Type"] == "application/json" and headers["Host"] == f"127.0.0.1:{server.server_port}"
        assert headers["Content-Length"] == str(len(EVENT)) and hook.name == "http://127.0.0.1"

    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_success(self, event, status):
        with web(status) as server:
            deliveries.Webhook(f"http://127.0.0.1:{server.server_port}").send(event)
        assert server.asked[0][1] == "/"

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422, 499])
    def test_rejected(self, event, status):
        with web(status) as server, pytest.raises(deliveries.Rejected) as caught:
            deliveries.Webhook(f"http://127.0.0.1:{server.server_port}{PATH}").send(event)
        assert str(caught.value) == f"HTTP {status}"

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599, 304])
    def test_failed(self, event, status):
        with web(status) as server, pytest.raises(deliveries.Failed) as caught:
            deliveries.Webhook(f"http://127.0.0.1:{server.server_port}{PATH}").send(event)
        assert str(caught.value).startswith(f"HTTP {status}")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("target", ["", "file:///etc/passwd", "ftp://127.0.0.1/"])
    def test_redirects_are_not_followed(self, event, status, target):
        with web() as other:
            where = target or f"http://127.0.0.1:{other.server_port}/"
            with web(status, [("Location", where)]) as server, pytest.raises(deliveries.Failed, match="redirects are not followed"):
                deliveries.Webhook(f"http://127.0.0.1:{server.server_port}/").send(event)
        assert not other.asked and len(server.asked) == 1

    @pytest.mark.parametrize("behave", [
        silent, drip, lambda connection, over: None, lambda connection, over: connection.sendall(b"\0" * 100000),
        lambda connection, over: connection.sendall(b"HTTP/1.1 2x0 " + b"s3cret" * 20 + b"\r\n\r\n"),
        lambda connection, over: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n")])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_servers_that_hang_and_that_talk_nonsense(self, event, monkeypatch, behave, scheme):
        monkeypatch.setattr(deliveries, "_WEBHOOK_LIMIT", 0.2)
        began = time.monotonic()
        with raw(behave) as port, pytest.raises(deliveries.Failed) as caught:
            deliveries.Webhook(f"{scheme}://127.0.0.1:{port}{PATH}").send(event)
        assert time.monotonic() - began < 2 and "s3cret" not in str(caught.value) and str(caught.value)
        assert caught.value.__suppress_context__

    def test_a_success_with_headers_that_never_end_is_one_in_time(self, event, monkeypatch):
        monkeypatch.setattr(deliveries, "_WEBHOOK_LIMIT", 0.2)
        began = time.monotonic()
        with raw(drip_headers) as port:
            deliveries.Webhook(f"http://127.0.0.1:{port}{PATH}").send(event)
        assert 0.2 <= time.monotonic() - began < 2

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize("behave", [silent, drip])
    def test_stop_ends_it(self, event, scheme, behave):
        faults = []

        def send():
            try:
                hook.send(event)
            except deliveries.Failed as fault:
                faults.append(fault)
        connected = threading.Event()
        with raw(lambda connection, over: (connected.set(), behave(connection, over))) as port:
            hook = deliveries.Webhook(f"{scheme}://127.0.0.1:{port}{PATH}")
            thread = threading.Thread(target=send)
            thread.start()
            assert connected.wait(5)
            hook.stop()
            thread.join(2)
            assert not thread.is_alive() and len(faults) == 1
            with pytest.raises(deliveries.Failed):
                hook.send(event)

    def test_refused_and_then_back(self, event):
        with web() as server:
            url = f"http://127.0.0.1:{server.server_port}{PATH}"
            hook = deliveries.Webhook(url)
        with pytest.raises(deliveries.Failed, match="^Connection refused$"):
            hook.send(event)

    def test_a_name_that_does_not_exist(self, event, monkeypatch):
        def nowhere(*_arguments):
            raise socket.gaierror(-2, "Name or service not known")
        monkeypatch.setattr(deliveries.socket, "getaddrinfo", nowhere)
        with pytest.raises(deliveries.Failed, match="^the host was not found$"):
            deliveries.Webhook("http://hooks.example.com" + PATH).send(event)

    @pytest.mark.parametrize("url", [
        "", "file:///etc/s3cret", "ftp://h/s3cret", "gopher://h/s3cret", "h/s3cret", "http://", "http:///s3cret", "http://h:s3cret/", "http://h:99999/s3cret",
        "http://h/s3cret\r\nX: y", "http://h/s3cret x", "http://h/s3cret\u00e9", "http://user:s3cret@h/", "http://[::1/s3cret", "javascript:s3cret"])
    def test_urls_that_are_refused(self, url):
        with pytest.raises(ValueError) as caught:
            deliveries.Webhook(url)
        assert "s3cret" not in str(caught.value) and (caught.value.__suppress_context__ or caught.value.__context__ is None)

    @pytest.mark.parametrize("url, host, port, path, name", [
        ("https://hooks.example.com/a?b=c", "hooks.example.com", 443, "/a?b=c", "https://hooks.example.com"),
        ("HTTP://Example.com:8080", "example.com", 8080, "/", "http://example.com"),
        ("http://[::1]:81/x#part", "::1", 81, "/x", "http://[::1]")])
    def test_urls(self, url, host, port, path, name):
        assert deliveries._parts(url) == (host, port, path, url.lower().startswith("https")) and deliveries.Webhook(url).name == name


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a certificate for 127.0.0.1, signed by itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(path)


class TestTls:
    @pytest.fixture
    def served(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with web(context=context) as server:
            yield server

    def test_an_unknown_authority_is_refused(self, served, event):
        with pytest.raises(deliveries.Failed, match="^TLS: CERTIFICATE_VERIFY_FAILED$"):
            deliveries.Webhook(f"https://127.0.0.1:{served.server_port}{PATH}").send(event)
        assert not served.asked

    def test_a_known_one_is_not_and_its_name_is_checked(self, served, event, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        hook = deliveries.Webhook(f"https://127.0.0.1:{served.server_port}{PATH}")
        hook.send(event)
        os.lseek(event, 0, os.SEEK_SET)
        hook.send(event)
        assert [(one[1], one[3]) for one in served.asked] == [(PATH, EVENT)] * 2
        with pytest.raises(deliveries.Failed, match="TLS"):
            deliveries.Webhook(f"https://localhost:{served.server_port}{PATH}").send(event)


@pytest.fixture
def script(tmp_path):
    """A function that makes of lines of sh a command, with the path of a directory in $1."""
    def make(*lines):
        path = tmp_path / "hook"
        path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
        path.chmod(0o755)
        return deliveries.Command([str(path), str(tmp_path)])
    return make


def alive(pid):
    """Whether a process runs: a zombie, for which nobody waits in a container, does not."""
    try:
        with open(f"/proc/{pid}/stat") as source:
            return source.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestCommand:
    def test_the_event_on_its_input_and_a_minimal_environment(self, script, event, tmp_path, monkeypatch):
        monkeypatch.setenv("SECRET_OF_THE_MONITOR", "x")
        command = script('cat > "$1/in"', 'env > "$1/env"', 'pwd > "$1/pwd"', 'ls /proc/self/fd | wc -l > "$1/fd"')
        command.send(event)
        assert (tmp_path / "in").read_bytes() == EVENT and (tmp_path / "pwd").read_text() == "/\n"
        names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
        assert "PATH" in names and names <= {"PATH", "PWD", "SHLVL", "_", "OLDPWD"}
        assert int((tmp_path / "fd").read_text()) <= 5 and command.name == str(tmp_path / "hook")

    def test_arguments_are_no_shell(self, event, tmp_path):
        deliveries.Command(["/bin/sh", "-c", 'printf "%s" "$1" > "$2"', "x", "$(id);`id` *", str(tmp_path / "out")]).send(event)
        assert (tmp_path / "out").read_text() == "$(id);`id` *"

    @pytest.mark.parametrize("line, text", [("exit 3", "exit code 3"), ("kill -9 $$", "signal 9"), ("exit 255", "exit code 255")])
    def test_failures(self, script, event, line, text):
        with pytest.raises(deliveries.Failed, match=f"^{text}$"):
            script(line).send(event)

    @pytest.mark.parametrize("mode, text", [(None, "No such file or directory"), (0o644, "Permission denied"), (0o755, "Exec format error")])
    def test_what_cannot_be_run(self, tmp_path, event, mode, text):
        if mode:
            (tmp_path / "hook").write_bytes(b"\x7fELF")
            (tmp_path / "hook").chmod(mode)
        with pytest.raises(deliveries.Failed, match=text):
            deliveries.Command([str(tmp_path / "hook")]).send(event)

    def test_one_that_hangs_is_killed_with_its_children(self, script, event, tmp_path, monkeypatch):
        monkeypatch.setattr(deliveries, "_COMMAND_LIMIT", 0.5)
        command = script("trap '' TERM HUP INT", "sleep 60 &", 'echo "$! $$" > "$1/pids.new"', 'mv "$1/pids.new" "$1/pids"', "wait")
        began = time.monotonic()
        with pytest.raises(deliveries.Failed, match="it was stopped"):
            command.send(event)
        assert 0.5 <= time.monotonic() - began < 3
        pids = (tmp_path / "pids").read_text().split()
        limit = time.monotonic() + 3
        while any(map(alive, pids)) and time.monotonic() < limit:
            time.sleep(0.01)
        assert len(pids) == 2 and not any(map(alive, pids))

    def test_stop_kills_it(self, script, event):
        command, faults = script("sleep 60"), []

        def send():
            try:
                command.send(event)
            except deliveries.Failed as fault:
                faults.append(fault)
        thread = threading.Thread(target=send)
        thread.start()
        time.sleep(0.05)
        command.stop()
        thread.join(2)
        assert not thread.is_alive() and faults
        with pytest.raises(deliveries.Failed, match="stopped"):
            command.send(event)

    def test_a_flood_of_output_is_discarded_and_a_child_that_stays_is_not_waited_for(self, script, event, tmp_path):
        began = time.monotonic()
        script('head -c 20000000 /dev/zero', 'head -c 2000000 /dev/zero >&2', 'sleep 5 & echo $! > "$1/pid"').send(event)
        assert time.monotonic() - began < 4
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    def test_one_that_does_not_read(self, script, tmp_path):
        (tmp_path / "large").write_bytes(b"x" * 65536)
        with open(tmp_path / "large") as source:
            script("exit 0").send(source.fileno())

    @pytest.mark.parametrize("arguments", [[], [""], ["hook"], ["./hook"], ["/bin/true", "a\0b"]])
    def test_no_fixed_path(self, arguments):
        with pytest.raises(ValueError, match="absolute path"):
            deliveries.Command(arguments)

    def test_no_zombie_and_no_descriptor_is_left(self, script, event):
        command = script("exit 0")
        command.send(event)
        before = len(os.listdir("/proc/self/fd"))
        for _time in range(5):
            command.send(event)
        assert len(os.listdir("/proc/self/fd")) == before
        with open(f"/proc/self/task/{os.getpid()}/children") as source:
            children = source.read().split()
        assert not [pid for pid in children if re.search(r"\) Z ", open(f"/proc/{pid}/stat").read())]
