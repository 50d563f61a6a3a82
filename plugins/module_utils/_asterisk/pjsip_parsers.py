# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the output of PJSIP's commands. Pure: text in, plain lists and dictionaries out.

PJSIP has no peers: a trunk is an endpoint with the contact of an aor. ``as_peer`` returns them in the form of a peer of
the other channel drivers.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import (
    REACHABLE, UNKNOWN, UNMONITORED, UNREACHABLE)

# The channel variable with a trunk's description: an endpoint has no description, and this variable affects no call.
DESCRIPTION = 'TRUNKS_DESCRIPTION'

_STATE = {'Avail': REACHABLE, 'Unavail': UNREACHABLE, 'NonQual': UNMONITORED}
_BEST_FIRST = (REACHABLE, UNMONITORED, UNKNOWN, UNREACHABLE)
_CONTACT = re.compile(r' +Contact:  (\S+) +(\S+) +(\w+) +(\S+)$')
_URI = re.compile(r'sips?:(?:[^@\s]*@)?(\[[^\]]+\]|[^:;>\s]+)(?::(\d+)(;)?)?')
# Asterisk shows a registration's name whole, and of its server what fits behind: of a long name's nothing.
_SERVER = re.compile(r'([^/\s]+)/(sips?:\S*|sips?|si|s|)$')
_EXPIRY = re.compile(r'exp\. (-?\d{1,9})s( ago)?.*\)$')
_REGISTRATION_STATE = {
    'Registered': 'registered', 'Unregistered': 'unregistered', 'Rejected': 'rejected', 'Stopped': 'stopped',
}
# An attempt that is this many seconds overdue is not under way any more: one takes 32 s at most (timer B of RFC 3261),
# with several SRV targets some of those.
_GIVEN_UP = 120


def _endpoint(line):
    """Return the name in an endpoint's line of ``pjsip show endpoints``, without its caller ID; None in other lines."""
    cell, _gap, state = line[12:].partition('  ')
    if not line.startswith(' Endpoint:  ') or cell.strip() != cell or cell == '' or not state.strip():
        return None
    return cell[0] + cell[1:].partition('/')[0]


def endpoints(text):
    """Return the endpoints of ``pjsip show endpoints``: dictionaries of name, cut (whether the name may be cut),
    username (of the outbound login, or None), max_contacts (of all its aors together: 0 if it accepts no
    registration) and contacts: dictionaries of uri, uri_cut, state (one of C(parsers.STATES); unmonitored also before
    the first probe) and latency_ms. An empty list without endpoints."""
    found, name_width, uri_width = [], 51, 44
    for line in text.split('\n'):
        header = re.match(r' Endpoint:  (<Endpoint/CID\.*>)', line)
        if header:
            name_width = len(header.group(1)) - 1
            continue
        header = re.match(r' +Contact:  (<Aor/ContactUri\.*>)', line)
        if header:
            uri_width = len(header.group(1))
            continue
        name = _endpoint(line)
        if name is not None:
            found.append(dict(name=name, cut=len(name.encode('utf-8', 'replace')) >= name_width - 1, username=None,
                              max_contacts=0, contacts=[]))
            continue
        if not found:
            continue
        match = re.match(r' +OutAuth:  [^\s/]+/(\S+)', line)
        if match:
            found[-1]['username'] = match.group(1)
        match = re.match(r' +Aor:  \S+ +(\d+)$', line)
        if match:
            found[-1]['max_contacts'] += int(match.group(1))
        match = _CONTACT.match(line)
        if match and not match.group(1).startswith('<'):
            contact, _hash, state, latency = match.groups()
            found[-1]['contacts'].append(dict(
                uri=contact.partition('/')[2], uri_cut=len(contact) >= uri_width, state=_STATE.get(state, UNKNOWN),
                latency_ms=int(round(float(latency))) if state == 'Avail' and latency != 'nan' else None))
    return found


def measured(text):
    """Return {name of the endpoint as shown: [(contact, milliseconds)]} of the contacts in ``pjsip show endpoints``
    that answered their last probe. The time is text: its three decimals distinguish one answer from the next."""
    found, name = {}, None
    for line in text.splitlines():
        name = _endpoint(line) or name
        match = _CONTACT.match(line)
        if match and match.group(3) == 'Avail':
            found.setdefault(name, []).append((match.group(1), match.group(4)))
    return found


def parameters(text):
    """Return the table at the end of ``pjsip show endpoint`` (or aor, transport): {parameter: value}; None if there is
    no such object."""
    if re.search(r'^Unable to find object', text, re.MULTILINE):
        return None
    _head, mark, table = text.partition('ParameterName')
    if not mark:
        raise ValueError('the output of "pjsip show" has no table of parameters')
    return {name: value.rstrip() for name, value in re.findall(r'^ (\S+) +: ?(.*)', table, re.MULTILINE)}


def as_peer(endpoint, description='', contact=None, qualify_frequency=None):
    """Return an endpoint in the form of C(parsers.sip_peers).

    ``contact``: the complete uri, if the list cuts it; ``qualify_frequency`` of its aor: not 0 if it is probed, which
    the list does not show before the first probe.
    """
    best = min(endpoint['contacts'], key=lambda one: _BEST_FIRST.index(one['state'])) if endpoint['contacts'] else None
    state = best['state'] if best else UNKNOWN
    if state == UNMONITORED and qualify_frequency:
        state = UNKNOWN
    address = _URI.match(contact or best['uri']) if best else None
    complete = address and (contact or not best['uri_cut'] or address.group(3))  # a port at the cut may lack digits
    port = address.group(2) if complete else None
    return dict(
        name=endpoint['name'], username=endpoint['username'], cut=endpoint['cut'], state=state,
        address=address.group(1).strip('[]') if address else None, port=int(port) if port else None,
        dynamic=not best or endpoint['max_contacts'] > 0, latency_ms=best['latency_ms'] if best else None,
        description=description)


def registrations(text):
    """Return the rows of ``pjsip show registrations`` in the form of C(parsers.sip_registry), with the ``name`` of the
    object. Asterisk shows about 50 bytes of name and server, and no user name."""
    header = re.search(r'^ (<Registration/ServerURI\.*>)', text, re.MULTILINE)
    found = []
    for line in text.split('\n'):
        row = _registration(line)
        if row is None:
            continue
        name, uri, state, expires, late = row
        state = _REGISTRATION_STATE.get(state, state.lower())
        # The time is that of the next attempt. Past it, one that Asterisk has given up looks like one under way.
        if state == 'rejected' and late and int(expires) > _GIVEN_UP:
            state = 'stopped'
        server = _URI.match(uri)
        cut = header is not None and len(name) + 1 + len(uri) >= len(header.group(1))
        found.append(dict(
            name=name, host=server.group(1) if server else uri, host_cut=cut, username='', username_cut=False,
            port=int(server.group(2)) if server and server.group(2) and not cut else None,
            state=state, refresh_s=int(expires) if expires and not late else None,
            since=None))
    return found


def _registration(line):
    """Return (name, server's uri, state, seconds to the next attempt as text or None, whether that is overdue) of a
    line of C(pjsip show registrations); None for other lines."""
    cells = line.rstrip().split(None, 2)
    match = _SERVER.match(cells[0]) if len(cells) == 3 and line[:1] == ' ' != line[1:2] else None
    if match is None:
        return None
    state, bracket, rest = cells[2].partition('(')
    expiry = _EXPIRY.match(rest)
    if bracket and not expiry or not state.replace(' ', '').replace('_', '').isalnum():
        return None
    seconds, late = expiry.groups() if expiry else (None, None)
    return match.group(1), match.group(2), state.strip(), seconds, bool(late)


def transports(text):
    """Return the rows of ``pjsip show transports``: dictionaries of name and type (udp, tcp, tls, ws or wss)."""
    return [dict(name=name, type=kind) for name, kind in
            re.findall(r'^Transport:  ([^\s<]\S*) +([a-z]+) ', text, re.MULTILINE)]


def transport_ports(text):
    """Return {name: port} of the transports of ``pjsip show transports``."""
    return {name: int(port) for name, port in
            re.findall(r'^Transport:  ([^\s<]\S*) +[a-z]+ .*:(\d+)[^\S\n]*$', text, re.MULTILINE)}
