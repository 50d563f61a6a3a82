# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivers one event to a webhook or to a command, within a time limit.

A delivery has C(name), C(send(descriptor)), which delivers the content of an open file and raises Failed or Rejected,
and C(stop()), which ends a C(send) of another thread and all later ones.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

_WEBHOOK_LIMIT = 10     # seconds
_COMMAND_LIMIT = 30     # seconds
_LATE = 'no answer in time'
_CHECK = 0.1            # seconds between two checks whether a command has ended
_LONGEST = 65536        # bytes that are sent
_ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}


class Failed(Exception):
    """The delivery failed and is worth another attempt. The text has no secret."""


class Rejected(Exception):
    """The webhook will never accept this event. The text has no secret."""


class Webhook(object):
    """A POST of JSON to a URL.

    C(http.client) and not C(urllib.request): the latter turns a redirected POST into a GET, and gives no access to the
    socket. The socket is needed for a limit of the whole time, since a timeout of a socket begins anew with each byte.
    No redirect is followed.
    """

    def __init__(self, url):
        self._host, self._port, self._path, self._secure = _parts(url)
        # The path or the query of a webhook's URL is its password.
        host = '[%s]' % self._host if ':' in self._host else self._host
        self.name = '%s://%s' % ('https' if self._secure else 'http', host)
        self._context = None
        self._lock = threading.Lock()
        self._socket, self._stopped, self._late = None, False, False

    def send(self, descriptor):
        """Send the file's content. Raises Failed or Rejected."""
        body = os.read(descriptor, _LONGEST)
        self._late = False
        timer = threading.Timer(_WEBHOOK_LIMIT, self._interrupt)
        timer.daemon = True
        timer.start()
        try:
            status = self._post(body)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise Failed(_LATE if self._late else _kind(fault)) from None
        finally:
            timer.cancel()
        if 200 <= status < 300:
            return
        if 400 <= status < 500 and status not in (408, 429):
            raise Rejected('HTTP %d' % status)
        raise Failed('HTTP %d' % status + (', redirects are not followed' if 300 <= status < 400 else ''))

    def _post(self, body):
        there = socket.create_connection((self._host, self._port), _WEBHOOK_LIMIT)
        try:
            if self._secure:
                # The handshake comes later, since it may hang, too.
                there = self._tls().wrap_socket(there, server_hostname=self._host, do_handshake_on_connect=False)
            with self._lock:
                self._socket = there
                if self._late or self._stopped:
                    raise socket.timeout()
            if self._secure:
                there.do_handshake()
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            connection = kind(self._host, self._port)
            connection.sock, connection.auto_open = there, 0
            connection.request('POST', self._path, body, {
                'Content-Type': 'application/json', 'Connection': 'close', 'User-Agent': 'dialer-trunks-monitor'})
            return connection.getresponse().status
        finally:
            with self._lock:
                self._socket = None
            there.close()

    def _tls(self):
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context

    def _interrupt(self):
        with self._lock:
            self._late = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    # Not the shutdown of ssl.SSLSocket, which takes the encryption off while the other thread reads.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def stop(self):
        """End a C(send) of another thread, if it is connected, and all later ones."""
        self._stopped = True
        self._interrupt()


def _parts(url):
    """Return host, port, path with query, and whether it is https. Raises ValueError, without the URL in its text."""
    try:
        found = urllib.parse.urlsplit(url)
        port = found.port
    except ValueError:
        raise ValueError('The URL of the webhook is not valid.') from None
    if not re.match(r'[!-~]+\Z', url) or found.scheme not in ('http', 'https') or not found.hostname:
        raise ValueError('The URL of the webhook must begin with http:// or https:// and have printable ASCII only.')
    if '@' in found.netloc:
        raise ValueError('The URL of the webhook must not have a user or password before the host.')
    secure = found.scheme == 'https'
    path = (found.path or '/') + ('?' + found.query if found.query else '')
    return found.hostname, port or (443 if secure else 80), path, secure


def _kind(fault):
    """Return what failed, without text of the server, which may repeat the URL."""
    if isinstance(fault, ssl.SSLError) and fault.reason:
        return 'TLS: %s' % re.sub('[^A-Za-z0-9_ ]', '', fault.reason)
    if isinstance(fault, socket.timeout):
        return _LATE
    if isinstance(fault, socket.gaierror):
        return 'the host was not found'
    if isinstance(fault, OSError) and not isinstance(fault, ssl.SSLError) and fault.errno:
        return os.strerror(fault.errno)
    return type(fault).__name__


class Command(object):
    """A program, with the event on its standard input and a minimal environment. Exit code 0 is success.

    ``arguments``: a list; the first is an absolute path.
    """

    def __init__(self, arguments):
        if not arguments or not arguments[0].startswith('/') or any('\0' in one for one in arguments):
            raise ValueError('The command must begin with an absolute path.')
        self._arguments = list(arguments)
        self.name = arguments[0]
        self._stopping = False

    def send(self, descriptor):
        """Run the command. Raises Failed."""
        if self._stopping:
            raise Failed('stopped')
        try:
            # The file itself is its input, so that one that does not read blocks nothing. The monitor is no module:
            # pylint: disable-next=ansible-bad-function
            running = subprocess.Popen(
                self._arguments, stdin=descriptor, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(_ENVIRONMENT), cwd='/', start_new_session=True)
        except (OSError, ValueError) as fault:
            raise Failed(os.strerror(fault.errno) if getattr(fault, 'errno', None) else type(fault).__name__) from None
        code = self._wait(running)
        if code is None:
            raise Failed('it was stopped after %d s' % _COMMAND_LIMIT)
        if code < 0:
            raise Failed('signal %d' % abs(code))
        if code:
            raise Failed('exit code %d' % code)

    def _wait(self, running):
        """Return the exit code; None if the command was killed."""
        limit = time.monotonic() + _COMMAND_LIMIT
        while time.monotonic() < limit and not self._stopping:
            try:
                return running.wait(_CHECK)
            except subprocess.TimeoutExpired:
                continue
        # It has not been waited for, so that its number is still that of its group.
        with contextlib.suppress(OSError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        return None

    def stop(self):
        """End a C(send) of another thread and all later ones."""
        self._stopping = True
