# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends OPTIONS of SIP and POKE of IAX2 from this host, and recognizes the answers.

An answer is data from outside. It counts only from the address and port to which the request was sent (the sockets are
connected), and with the random values of the request. Nothing of it is kept or shown.
"""

import binascii
import os
import random
import re
import select
import socket
import struct
import time

_LONGEST = 65535        # bytes of a datagram
_HEADERS = 8192         # bytes of a SIP response that are searched for its headers
_REPEAT = 0.5           # seconds until a request is sent once more (T1 of RFC 3261)
_RANDOM = random.SystemRandom()
_FULL, _IAX, _PONG, _ACK, _POKE = 0x8000, 6, 3, 4, 30   # RFC 5456: the bit of a full frame, the frame type, subclasses


def token():
    """Return a random value that cannot be guessed, 32 characters long."""
    return binascii.hexlify(os.urandom(16)).decode('ascii')


def options(here, there, secret):
    """Return an OPTIONS request as bytes. ``here`` and ``there`` are (address, port), ``secret`` is a C(token)."""
    local, remote = (('[%s]:%d' if ':' in host else '%s:%d') % (host, port) for host, port in (here[:2], there[:2]))
    return '\r\n'.join((
        'OPTIONS sip:%s SIP/2.0' % remote,
        'Via: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport' % (local, secret),
        'Max-Forwards: 70',
        'From: <sip:%s>;tag=%s' % (local, secret[:8]),
        'To: <sip:%s>' % remote,
        'Call-ID: %s' % secret,
        'CSeq: 1 OPTIONS',
        'Contact: <sip:%s>' % local,
        'Accept: application/sdp',
        'Content-Length: 0',
        '', '')).encode('ascii')


def answers_options(data, secret):
    """Return whether the bytes are a final response with any code to the OPTIONS request with this token."""
    head = data[:_HEADERS].partition(b'\r\n\r\n')[0].decode('latin-1')
    if not re.match(r'SIP/2\.0 [2-6][0-9][0-9] ', head):
        return False
    return re.findall(r'\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*)', head, re.IGNORECASE) == [secret]


def ask_options(there, seconds):
    """Send OPTIONS to (address, port) over UDP. Returns whether an answer was received within ``seconds``."""
    secret, limit = token(), time.monotonic() + seconds
    asking = None
    try:
        asking = _connected(there)
        request = options(asking.getsockname(), there, secret)
        while time.monotonic() < limit:
            asking.send(request)
            repeat = min(time.monotonic() + _REPEAT, limit)
            while select.select([asking], [], [], max(0, repeat - time.monotonic()))[0]:
                if answers_options(asking.recv(_LONGEST), secret):
                    return True
    except (OSError, socket.error):     # refused, unreachable, no such address
        pass
    finally:
        if asking is not None:
            asking.close()
    return False


def poke(call, stamp):
    """Return a POKE frame of IAX2 as bytes, with this source call number (1 to 32767) and time stamp (32 bits)."""
    return struct.pack('>HHIBBBB', _FULL | call, 0, stamp, 0, 0, _IAX, _POKE)


def answers_poke(data, call, stamp):
    """Return whether the bytes are a PONG to the POKE with this call number and time stamp."""
    if len(data) < 12:
        return False
    source, destination, echoed, _sent, _received, kind, subclass = struct.unpack('>HHIBBBB', data[:12])
    return bool(source & _FULL) and (destination & ~_FULL, echoed, kind, subclass) == (call, stamp, _IAX, _PONG)


def acknowledges(data):
    """Return the ACK to a PONG as bytes."""
    source, destination, stamp, sent, received = struct.unpack('>HHIBB', data[:10])
    return struct.pack('>HHIBBBB', destination | _FULL, source & ~_FULL, stamp, received, (sent + 1) & 255, _IAX, _ACK)


class Pokes(object):
    """POKEs to any number of addresses at once, repeated until each is answered."""

    def __init__(self):
        self.answered = set()       # of (address, port)
        self._waiting = {}          # (address, port): (socket, call number, time stamp)

    def ask(self, addresses, seconds):
        """Send a POKE to each of the addresses that has not answered yet, and wait for the answers of all."""
        for there in set(addresses) - self.answered:
            try:
                if there not in self._waiting:
                    self._waiting[there] = _connected(there), _RANDOM.randint(2, 32767), _RANDOM.getrandbits(32)
                asking, call, stamp = self._waiting[there]
                asking.send(poke(call, stamp))
            except (OSError, socket.error):     # the one before was refused, or unreachable: the next check asks again
                continue
        limit = time.monotonic() + seconds
        while self._waiting and time.monotonic() < limit:
            ready = select.select([asking for asking, _call, _stamp in self._waiting.values()], [], [],
                                  max(0, limit - time.monotonic()))[0]
            for there in [there for there, asked in self._waiting.items() if asked[0] in ready]:
                self._receive(there)

    def _receive(self, there):
        asking, call, stamp = self._waiting[there]
        try:
            data = asking.recv(_LONGEST)
            if not answers_poke(data, call, stamp):
                return
            asking.send(acknowledges(data))
        except (OSError, socket.error):
            return
        self.answered.add(there)
        del self._waiting[there]
        asking.close()


def _connected(there):
    """Return a UDP socket that receives datagrams of this (address, port) only."""
    family, kind, protocol, _name, address = socket.getaddrinfo(
        there[0], there[1], 0, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)[0]
    asking = socket.socket(family, kind, protocol)
    try:
        asking.connect(address)
    except (OSError, socket.error):
        asking.close()
        raise
    return asking
