# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the running Asterisk at its control socket, as C(asterisk -rx) does.

That program takes 11 ms for each command, the socket 0.2 ms, with the same output (measured: Asterisk 16.28), and a
proof needs a command for each trunk.
"""

import socket
import time

_PIECE = 65536
_LONGEST = 64 * 1024 * 1024     # bytes of an output; a dialplan of 50,000 extensions is some 10 MB


class Silent(Exception):
    """Asterisk accepted the connection, and did not answer in time, or without an end."""


def ask(control, command, seconds):
    """Return the output of a command as bytes. Raises OSError if nothing listens at C(control), or this user may not
    use it, and Silent."""
    limit = time.monotonic() + seconds
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        asking.settimeout(seconds)
        asking.connect(control)
        if not _until(asking, limit, b'\n'):    # the host's name, the process id and the version
            raise ConnectionError('the connection was closed')
        asking.sendall(b'cli quit after ' + command.encode('utf-8') + b'\0')
        return _until(asking, limit)
    except socket.timeout:
        raise Silent()
    finally:
        asking.close()


def _until(asking, limit, mark=None):
    """Return what is received until the mark ends it, or the other side closes the connection."""
    found, size = [], 0
    while True:
        left = limit - time.monotonic()
        if left <= 0 or size > _LONGEST:
            raise Silent()
        asking.settimeout(left)
        piece = asking.recv(_PIECE)
        found.append(piece)
        size += len(piece)
        if not piece or (mark and piece.endswith(mark)):
            return b''.join(found)
