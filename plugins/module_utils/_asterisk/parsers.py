# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the output of Asterisk's commands for chan_sip, IAX2 and itself. Pure: text in, plain lists and dictionaries
out.

Columns are found by the header line, since their widths differ between versions. Asterisk cuts and pads in bytes, so
that columns are counted in bytes, too. Lines end with a newline only: a name or a description may contain other
characters that Python regards as the end of a line. A text that is not the output of the command is a ValueError and
never "no peers".
"""

import re
from collections import OrderedDict

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_lines import number as _number

REACHABLE, LAGGED, UNREACHABLE, UNKNOWN, UNMONITORED = 'reachable', 'lagged', 'unreachable', 'unknown', 'unmonitored'
STATES = (REACHABLE, LAGGED, UNREACHABLE, UNKNOWN, UNMONITORED)

_STATE = re.compile(r'(OK|LAGGED|UNREACHABLE|UNKNOWN|Unmonitored)(?: \((\d+) ms\))?(?=\s|$)')
_STATE_NAME = {'OK': REACHABLE, 'LAGGED': LAGGED, 'UNREACHABLE': UNREACHABLE, 'UNKNOWN': UNKNOWN,
               'Unmonitored': UNMONITORED}
_NOWHERE = ('(Unspecified)', '(null)', '')
_SIP_FOOTER = re.compile(r'^(\d+) sip peers \[Monitored: (\d+) online, (\d+) offline '
                         r'Unmonitored: (\d+) online, (\d+) offline\]', re.MULTILINE)
_BIND_ADDRESS = re.compile(r'  (UDP|TCP|TLS)(?: SIP)? Bindaddress: +(\S+)\s*$')
_IAX_FOOTER = re.compile(r'^(\d+) iax2 peers \[', re.MULTILINE)
_IAX_TAIL = re.compile(r'(\S+)\s+\(([SD])\)\s+\S+\s+(\S+)\s+(?:\([A-Z]\)\s*)*(?=OK|LAGGED|UN|Un)')


def unknown_command(text):
    """Return whether Asterisk does not know the command, since the module that provides it is not loaded."""
    return text.lstrip().startswith('No such command')


def version(text):
    """Return the version in ``core show version``, such as ``16.28.0~dfsg-0+deb11u10``; '' for none."""
    match = re.search(r'^Asterisk (\S+)', text, re.MULTILINE)
    return match.group(1) if match else ''


def completions(text):
    """Return the complete names that ``_command matchesarray "sip show peer " ""`` lists.

    The first word of the output is what all names begin with, and not a name.
    """
    return text.split('_EOF_')[0].split(' ')[1:-1]


def resolve_cut(peers, names, width):
    """Replace each cut name of the peers by the complete one of ``names``, which are in the same (byte) order.

    An ambiguous name stays cut. ``width`` is the number of bytes of the column. Returns the peers.
    """
    rows = {}
    for peer in peers:
        if peer['cut']:
            rows.setdefault(peer['name'], []).append(peer)
    for start, same in rows.items():
        whole = sorted(name for name in names if _bytes(name)[:width] == _bytes(start))
        # a name of exactly this length may also be followed by its user name, which does not show
        if len(whole) == len(same):
            for peer, name in zip(same, whole):
                peer.update(name=name, cut=False)
    return peers


SIP_NAME_WIDTH = 25
IAX_NAME_WIDTH = 15


def sip_peers(text):
    """Return the rows of ``sip show peers``: dictionaries of name, username (or None), address (or None), port (or
    None), dynamic, state (one of STATES), latency_ms (or None), description (at most 32 bytes of it), and cut: whether
    the name may be longer than the column.
    """
    lines = text.split('\n')
    header, rows = _table(lines, ('Name/username', 'Host', 'Port', 'Status'), 'sip show peers')
    footer = sip_peers_footer(text)
    if footer is None:
        raise ValueError('the output of "sip show peers" ends before its last line')
    peers = []
    for line in rows:
        raw = _bytes(line)
        found = _STATE.match(_text(raw[header['Status']:]))
        if not found:
            continue
        name, username, cut = _name(raw[:header['Host']], SIP_NAME_WIDTH)
        end = header.get('Dyn', header['Port'])
        address = _text(raw[header['Host']:end])
        dynamic = 'Dyn' in header and b'D' in raw[header['Dyn']:header['Dyn'] + 3]
        port = _text(raw[header['Port']:header['Status']])
        peers.append(dict(
            name=name, username=username, address=None if address in _NOWHERE else address,
            port=_number(port) or None, dynamic=dynamic, cut=cut,
            state=_STATE_NAME[found.group(1)], latency_ms=int(found.group(2)) if found.group(2) else None,
            description=_description(raw, header, header['Status'] + len(found.group(0)))))
    if len(peers) != footer['peers']:
        raise ValueError('"sip show peers" counts %d peers, of which %d could be read' % (footer['peers'], len(peers)))
    return peers


def sip_peers_footer(text):
    """Return the numbers in the last line of ``sip show peers``: peers, monitored_online, monitored_offline,
    unmonitored_online, unmonitored_offline; None if it is missing. (LAGGED counts as online, UNKNOWN as offline.)
    """
    match = _SIP_FOOTER.search(text)
    if not match:
        return None
    keys = ('peers', 'monitored_online', 'monitored_offline', 'unmonitored_online', 'unmonitored_offline')
    return dict(zip(keys, (int(number) for number in match.groups())))


_REGISTRATION_STATE = {
    'Registered': 'registered', 'Request Sent': 'request_sent', 'Auth. Sent': 'auth_sent', 'Rejected': 'rejected',
    'No Authentication': 'no_authentication', 'Timeout': 'timeout', 'Failed': 'failed', 'Unregistered': 'unregistered',
}


def sip_probes(text):
    """Return the peers with unanswered OPTIONS of chan_sip, from ``sip show channels``: {the first ten characters of
    the peer's name: the beginnings of the Call-IDs}."""
    found = {}
    for call_id, name in re.findall(r'^.{34}(\S+) .*Init: OPTIONS +(\S+) *$', text, re.MULTILINE):
        found.setdefault(name, set()).add(call_id)
    return found


def iax2_probes(text):
    """Return the addresses, without ports, with an unanswered POKE of chan_iax2, from ``iax2 show channels``."""
    return set(re.findall(r'^\(None\) +(\S+) .*Tx:POKE +Tx:POKE *$', text, re.MULTILINE))


def sip_registry(text):
    """Return the rows of ``sip show registry``: dictionaries of host, port (or None), username, state (registered,
    request_sent, auth_sent, rejected, no_authentication, timeout, failed or unregistered), refresh_s, since (as
    Asterisk prints it, or None), host_cut and username_cut (after 39 bytes of host and port, 12 of the user name).
    """
    header, rows = _table(text.split('\n'), ('Host', 'dnsmgr', 'Username', 'State'), 'sip show registry')
    registrations = []
    for line in rows:
        raw = _bytes(line)
        middle = re.match(br'(.{12}) *(\d+) +$', raw[header['Username']:header['State']])
        if not middle:
            continue
        host, port, cut = _host_port(_text(raw[header['Host']:header['dnsmgr']]), header['dnsmgr'] - 1)
        username = _text(middle.group(1))
        end = header.get('Reg.Time', len(raw))
        state = _text(raw[header['State']:end])
        registrations.append(dict(
            host=host, port=port, username=username, host_cut=cut, username_cut=len(_bytes(username)) >= 12,
            state=_REGISTRATION_STATE.get(state, state.lower()), refresh_s=int(middle.group(2)),
            since=_text(raw[end:]) or None))
    return registrations


def sip_peer(text):
    """Return {label: value} of ``sip show peer NAME`` or ``iax2 show peer NAME``, such as
    ``{'ToHost': 'sip.example.com', ...}``; None if there is no such peer."""
    if re.search(r'^Peer .* not found', text, re.MULTILINE):
        return None
    details = {}
    for line in text.split('\n'):
        label, colon, value = (line[4:] if line.startswith('  * ') else line[2:]).partition(': ')
        if not colon and label.endswith(':'):
            label, colon = label[:-1], ':'
        if colon and line.startswith('  ') and label and not label[0].isspace():
            details.setdefault(label.rstrip(), value.strip())
    if 'Name' not in details:
        raise ValueError('the output of "sip show peer" names no peer')
    return details


def iax2_peers(text):
    """Return the rows of ``iax2 show peers`` in the form of C(sip_peers). Names are cut at 15 bytes."""
    header, rows = _table(text.split('\n'), ('Name/Username', 'Host', 'Port', 'Status'), 'iax2 show peers')
    peers = []
    for line in rows:
        raw = _bytes(line)
        tail = _text(raw[header['Host']:])
        middle = _IAX_TAIL.match(tail)
        found = _STATE.match(tail, middle.end()) if middle else None
        if not found:
            continue
        name, username, cut = _name(raw[:header['Host']], IAX_NAME_WIDTH)
        address, kind, port = middle.groups()
        peers.append(dict(
            name=name, username=username, address=None if address in _NOWHERE else address,
            port=_number(port) or None, dynamic=kind == 'D', cut=cut,
            state=_STATE_NAME[found.group(1)], latency_ms=int(found.group(2)) if found.group(2) else None,
            description=tail[found.end():].strip(u' \ufffd')))
    if not _IAX_FOOTER.search(text):
        raise ValueError('the output of "iax2 show peers" ends before its last line')
    return peers


def iax2_registry(text):
    """Return the rows of ``iax2 show registry`` in the form of C(sip_registry); the user name is cut at 10 bytes."""
    header, rows = _table(text.split('\n'), ('Host', 'dnsmgr', 'Username', 'Perceived', 'State'), 'iax2 show registry')
    registrations = []
    for line in rows:
        match = re.match(r'(\S+) +[YN] +(\S+) +(\S+) +(\d+)  (\S.*)', line)
        if not match:
            continue
        host, port, cut = _host_port(match.group(1), header['dnsmgr'] - 1)
        state = match.group(5).rstrip()
        registrations.append(dict(
            host=host, port=port, username=match.group(2), host_cut=cut, username_cut=len(_bytes(match.group(2))) >= 10,
            state=_REGISTRATION_STATE.get(state, state.lower()), refresh_s=int(match.group(4)), since=None))
    return registrations


def sip_listeners(text):
    """Return the enabled transports of chan_sip, from ``sip show settings``: an OrderedDict of udp, tcp or tls to
    (address, port), such as ``('0.0.0.0', 5060)``, or to None if it does not listen: TLS without a certificate is for
    outbound calls only."""
    found = OrderedDict()
    for line in text.split('\n'):
        match = _BIND_ADDRESS.match(line)
        if match and match.group(2) != 'Disabled':
            address, _colon, port = match.group(2).rpartition(':')
            listens = address and _number(port) is not None
            found.setdefault(match.group(1).lower(), (address.strip('[]'), int(port)) if listens else None)
    return found


def manager_settings(text):
    """Return enabled (whether the manager interface is on), address and port (where it listens over TCP, or None) of
    ``manager show settings``."""
    labels = dict(re.findall(r'^ *([^ :\n][^:\n]*):[^\S\n]+(\S+)', text, re.MULTILINE))
    if 'Manager (AMI)' not in labels:
        raise ValueError('the output of "manager show settings" does not say whether it is on')
    address, _colon, port = labels.get('TCP Bindaddress', '').rpartition(':')
    return dict(enabled=labels['Manager (AMI)'] == 'Yes', address=address.strip('[]') or None, port=_number(port))


def manager_user(text):
    """Return read and write, the sets of rights in ``manager show user``; None if there is no such user."""
    found = {}
    for what, rights in re.findall(r'^ *(read|write) perm: (\S+)', text, re.MULTILINE):
        found[what] = set(rights.split(',')) - {'<none>'}
    return found if len(found) == 2 else None


def rtp_settings(text):
    """Return start and end (port numbers), strict (True, False or Asterisk's own text), and labels ({label: value} of
    everything) of ``rtp show settings``. Asterisk 16 does not show the interval of RTCP reports there.
    """
    labels = {}
    for line in text.split('\n'):
        match = re.match(r'  (\S[^:]*):\s+(.*)', line)
        if match:
            labels.setdefault(match.group(1).rstrip(), match.group(2).rstrip())
    start, end = _number(labels.get('Port start', '')), _number(labels.get('Port end', ''))
    if start is None or end is None:
        raise ValueError('the output of "rtp show settings" shows no port range')
    strict = labels.get('Strict RTP', '')
    return dict(start=start, end=end, strict={'Yes': True, 'No': False}.get(strict, strict), labels=labels)


def sip_guests(text):
    """Return the context in which chan_sip accepts calls from unknown addresses, from C(sip show settings); None if it
    refuses them, or is not loaded."""
    if not re.search(r'^[ \t]*Allow unknown access:[ \t]+Yes', text, re.MULTILINE):
        return None
    match = re.search(r'^[ \t]*Context:[ \t]+(\S+)', text, re.MULTILINE)
    return match.group(1) if match else 'default'


def iax2_guests(text):
    """Return [(name, context)] of the users of chan_iax2 that accept calls from any address without a password, from
    C(iax2 show users): those with no secret, no key and no address rules. Both are cut at 15 bytes."""
    found = []
    for line in text.splitlines():
        # Username, Secret, Authen, Def.Context, A/C, Codec Pref. A secret may contain blanks.
        columns = (line[:15], line[17:37], line[39:54], line[56:71], line[73:78])
        name, secret, _methods, context, rules = (column.strip() for column in columns)
        if secret == '-no secret-' and rules == 'No':
            found.append((name, context))
    return found


def log_files(text):
    """Return the files to which warnings and errors are logged, in the order of ``logger show channels``."""
    files = []
    for line in text.split('\n'):
        match = re.match(r'(\S+) +File +(?:\S+ +)?Enabled +- (.*)$', line)
        if match and {'WARNING', 'ERROR'} <= set(match.group(2).split()):
            files.append(match.group(1))
    return files


def _table(lines, columns, command):
    """Return ({column: byte position}, the lines after the header) of a table. Raises ValueError if there is none."""
    for number, line in enumerate(lines):
        header = {}
        for match in re.finditer(r'\S+', line):
            header.setdefault(match.group(0), match.start())
        if all(column in header for column in columns):
            return header, lines[number + 1:]
    first = next((line.strip() for line in lines if line.strip()), 'nothing')
    raise ValueError('this is not the output of "%s": %s' % (command, first[:100]))


def _name(raw, width):
    """Return (name, user name or None, whether the name may be cut) from the bytes of a Name/username column."""
    column = raw[:width]
    name, slash, username = column.partition(b'/')
    return _text(name), _text(username) or None, not slash and len(column.rstrip()) == width


def _description(raw, header, after):
    """Return the description, which begins further right if the state is longer than its column."""
    if 'Description' not in header:
        return ''
    start = max(header['Description'], after + 1)
    return _text(raw[start:start + 32])


def _host_port(text, width):
    """Return (host, port or None, whether it may be cut) of ``host:port``, of which ``width`` bytes are shown."""
    cut = len(_bytes(text)) >= width
    host, colon, port = text.rpartition(':')
    if colon and _number(port) is not None and not (':' in host and not host.endswith(']')):
        return host.strip('[]'), None if cut else int(port), cut
    return text.strip('[]'), None, cut


def _bytes(text):
    return text.encode('utf-8', 'replace')


def _text(raw):
    """Return the text of a column, without a character that was cut in half."""
    return raw.decode('utf-8', 'replace').strip(u' \ufffd')
