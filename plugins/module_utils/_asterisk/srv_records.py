# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host name has SRV records, asked of the dialer's own DNS servers. Python's library asks for addresses only.

An answer is data from outside. It counts only from the server that was asked and with the random number that was sent,
and nothing of it is returned but whether there are records.
"""

import re
import socket
import struct

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.probes import token

RESOLV_CONF = '/etc/resolv.conf'
_SIP = ('_sip._udp', '_sip._tcp', '_sips._tcp')
SERVICES = {'SIP': _SIP, 'PJSIP': _SIP, 'IAX2': ('_iax._udp',)}
_TIMEOUT = 1        # second that a server may take; three servers at most
_SRV, _IN, _RECURSION = 33, 1, 0x0100
_NO_SUCH_NAME = 3


def nameservers(path=RESOLV_CONF):
    """Return the addresses of the DNS servers in resolv.conf, three at most."""
    try:
        with open(path) as handle:
            found = re.findall(r'^[ \t]*nameserver[ \t]+([0-9A-Fa-f.:]+)', handle.read(), re.MULTILINE)
    except (IOError, OSError):
        return []
    return found[:3]


def question(name, number):
    """Return a DNS query for the SRV records of a name as bytes; None where the name cannot be asked for."""
    labels = name.rstrip('.').split('.')
    if not all(0 < len(label) < 64 for label in labels) or len(name) > 253 or not re.match(r'[A-Za-z0-9_.-]+\Z', name):
        return None
    asked = b''.join(struct.pack('B', len(label)) + label.encode('ascii') for label in labels) + b'\0'
    return struct.pack('!6H', number, _RECURSION, 1, 0, 0, 0) + asked + struct.pack('!HH', _SRV, _IN)


def answer(data, query):
    """Return whether the bytes say that there are SRV records; None when they are not an answer to the query."""
    if len(data) < len(query) or data[:2] != query[:2] or data[12:len(query)].lower() != query[12:].lower():
        return None
    flags, _questions, records = struct.unpack('!HHH', data[2:8])
    code = flags & 0x000F
    if not flags & 0x8000 or code not in (0, _NO_SUCH_NAME):
        return None
    return code == 0 and records > 0


def exist(host, technology, servers=None):
    """Return whether the host name has SRV records of the technology, by any transport; None when no server says."""
    for server in nameservers() if servers is None else servers:
        found = []
        for service in SERVICES[technology]:
            query = question('%s.%s' % (service, host), int(token()[:4], 16))
            found.append(_ask(server, query) if query else None)
            if found[-1] is not False:
                break
        if found[-1] is not None:
            return found[-1]
    return None


def _ask(server, query):
    """Return what the server says, see C(answer); None when it does not respond."""
    try:
        asking = socket.socket(socket.AF_INET6 if ':' in server else socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, socket.error):
        return None
    try:
        asking.settimeout(_TIMEOUT)
        asking.connect((server, 53))
        asking.send(query)
        return answer(asking.recv(65535), query)
    except (OSError, socket.error):
        return None
    finally:
        asking.close()
