# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Asterisk's command line prints, as data. Pure: text in, plain lists and dictionaries out.

Columns are found by the header line, since their widths differ between versions. Asterisk cuts and pads in bytes, so
that columns are counted in bytes too. A line ends with a newline alone: a name or a description may hold what else
Python takes for a line's end. A text that is not the output of the command in question is a ValueError and
never "no peers".
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_lines import number as _number

REACHABLE, LAGGED, UNREACHABLE, UNKNOWN, UNMONITORED = 'reachable', 'lagged', 'unreachable', 'unknown', 'unmonitored'
STATES = (REACHABLE, LAGGED, UNREACHABLE, UNKNOWN, UNMONITORED)

_STATE = re.compile(r'(OK|LAGGED|UNREACHABLE|UNKNOWN|Unmonitored)(?: \((\d+) ms\))?(?=\s|$)')
_STATE_NAME = {'OK': REACHABLE, 'LAGGED': LAGGED, 'UNREACHABLE': UNREACHABLE, 'UNKNOWN': UNKNOWN,
               'Unmonitored': UNMONITORED}
_NOWHERE = ('(Unspecified)', '(null)', '')
_SIP_FOOTER = re.compile(r'^(\d+) sip peers \[Monitored: (\d+) online, (\d+) offline '
                         r'Unmonitored: (\d+) online, (\d+) offline\]', re.MULTILINE)
_IAX_FOOTER = re.compile(r'^(\d+) iax2 peers \[', re.MULTILINE)
_IAX_TAIL = re.compile(r'(\S+)\s+\(([SD])\)\s+\S+\s+(\S+)\s+(?:\([A-Z]\)\s*)*(?=OK|LAGGED|UN|Un)')


def unknown_command(text):
    """True when Asterisk does not know the command: the module that brings it is not loaded."""
    return text.lstrip().startswith('No such command')


def version(text):
    """The version that ``core show version`` names, such as ``16.28.0~dfsg-0+deb11u10``; '' when there is none."""
    match = re.search(r'^Asterisk (\S+)', text, re.MULTILINE)
    return match.group(1) if match else ''


def completions(text):
    """The names that ``_command matchesarray "sip show peer " ""`` lists: whole, and in no other command's words.

    The first word is what all names begin with, and is no name itself.
    """
    return text.split('_EOF_')[0].split(' ')[1:-1]


def resolve_cut(peers, names, width):
    """The peers with each cut name replaced by the whole one of ``names``, both being in the same (byte) order.

    A name that cannot be told stays cut. ``width`` is the number of bytes that the column has for a name.
    """
    rows = {}
    for peer in peers:
        if peer['cut']:
            rows.setdefault(peer['name'], []).append(peer)
    for start, same in rows.items():
        whole = sorted(name for name in names if _bytes(name)[:width] == _bytes(start))
        # one of that very length may also stand there with its user name behind, out of sight
        if len(whole) == len(same):
            for peer, name in zip(same, whole):
                peer.update(name=name, cut=False)
    return peers


SIP_NAME_WIDTH = 25
IAX_NAME_WIDTH = 15


def sip_peers(text):
    """The rows of ``sip show peers``: dictionaries of name, username (or None), address (or None), port (or None),
    dynamic, state (one of STATES), latency_ms (or None), description (at most 32 bytes of it), and cut: whether the
    name may be longer than what the column shows.
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
    """The last line of ``sip show peers``: numbers of peers, monitored_online, monitored_offline, unmonitored_online,
    unmonitored_offline; None when it is missing. (Asterisk counts LAGGED as online and UNKNOWN as offline.)
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
    """Whom chan_sip has sent OPTIONS to and has not heard of since, as ``sip show channels`` tells: {the first ten
    characters of the peer's name: the beginnings of the Call-IDs}."""
    found = {}
    for call_id, name in re.findall(r'^.{34}(\S+) .*Init: OPTIONS +(\S+) *$', text, re.MULTILINE):
        found.setdefault(name, set()).add(call_id)
    return found


def sip_udp_address(text):
    """(address, port) at which chan_sip listens by UDP, as ``sip show settings`` tells, such as ``('0.0.0.0', 5060)``;
    None when it does not."""
    match = re.search(r'^  UDP Bindaddress: +(\[[^\]\s]+\]|[0-9.]+):(\d+)\s*$', text, re.MULTILINE)
    return (match.group(1).strip('[]'), int(match.group(2))) if match else None


def iax2_probes(text):
    """The addresses, without ports, that chan_iax2 has sent a POKE to and has not heard of since, as
    ``iax2 show channels`` tells."""
    return set(re.findall(r'^\(None\) +(\S+) .*Tx:POKE +Tx:POKE *$', text, re.MULTILINE))


def sip_registry(text):
    """The rows of ``sip show registry``: dictionaries of host, port (or None), username, state (registered,
    request_sent, auth_sent, rejected, no_authentication, timeout, failed or unregistered), refresh_s, since (as
    Asterisk prints it, or None), host_cut and username_cut (39 bytes for host and port, 12 for the user name).
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
    """What ``sip show peer NAME`` tells, label by label, such as ``{'ToHost': 'sip.example.com', ...}``; None when
    there is no such peer."""
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
    """The rows of ``iax2 show peers``, as those of C(sip_peers). Names are cut at 15 bytes."""
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
    """The rows of ``iax2 show registry``, as those of C(sip_registry); 10 bytes of the user name."""
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


def sip_transports(text):
    """The transports that chan_sip has switched on, as ``sip show settings`` tells: udp, tcp, tls."""
    found = []
    for line in text.split('\n'):
        match = re.match(r'  (UDP|TCP SIP|TLS SIP) Bindaddress: +(\S.*)', line)
        if match and match.group(2).rstrip() != 'Disabled':
            kind = match.group(1)[:3].lower()
            if kind not in found:
                found.append(kind)
    return found


def sip_ports(text):
    """{transport: port} of those on which chan_sip listens, as ``sip show settings`` tells. One that is switched on
    for calls going out alone, as TLS is without a certificate, has none."""
    return {match.group(1)[:3].lower(): int(match.group(2)) for match in re.finditer(
        r'^  (UDP|TCP SIP|TLS SIP) Bindaddress: +\S+:(\d+)\s*$', text, re.MULTILINE)}


_STEP = re.compile(r'(\d{1,9})\. |hint: ')
_LINK = re.compile(r"  (Include|Ignore pattern|Alt\. Switch) => +'(.*)' +\[[^\[\]]*\]$")
_DIALPLAN_FOOTER = re.compile(r'^-= (\d+) extensions? \((\d+) priorit(?:y|ies)\) in (\d+) contexts?\. =-', re.MULTILINE)


def dialplan(text):
    """The contexts of ``dialplan show``, in its order: dictionaries of name, registrar, includes (names, without a
    time condition), switches, and extensions. An extension: exten (as Asterisk shows it, patterns with their ``_``),
    caller_id (what it is limited to, or None), priorities (their number; 0 when there is only a hint), hint (or None)
    and steps, each (priority, label or None, application with arguments, where it comes from). Asterisk never shows
    the label of an extension's first step.
    """
    if dialplan_footer(text) is None and 'There is no existence of' not in text:
        raise ValueError('the output of "dialplan show" ends before its last line')
    contexts, context, extension = [], None, None
    for line in text.split('\n'):
        begun = _context(line)
        if begun:
            context = dict(name=begun[0], registrar=begun[1], includes=[], switches=[], extensions=[])
            contexts.append(context)
            extension = None
            continue
        if context is None or not line.startswith('  '):
            continue
        match = _LINK.match(line)
        if match:
            if match.group(1) == 'Include':
                context['includes'].append(re.split('[|,]', match.group(2))[0])
            elif match.group(1) == 'Alt. Switch':
                context['switches'].append(match.group(2))
            continue
        begun = _extension(line)
        if begun:
            extension = dict(exten=begun[0], caller_id=begun[1], priorities=0, hint=None, steps=[])
            context['extensions'].append(extension)
        step = _step(begun[2] if begun else line.strip())
        if step and extension is not None:
            label, priority, application, source = step
            if priority is None:
                extension['hint'] = application
            else:
                extension['steps'].append((int(priority), label, application, source))
                extension['priorities'] += 1
    return contexts


def _context(line):
    """(name, registrar) of a line that begins a context, else None."""
    for words in ("[ Context '", "[ Included context '"):
        if line.startswith(words) and line.endswith("' ]"):
            name, created, registrar = line[len(words):-3].rpartition("' created by '")
            return (name, registrar) if created else None
    return None


def _extension(line):
    """(extension, caller id or None, the rest) of a line that begins an extension, else None."""
    if not line.startswith("  '"):
        return None
    plain, limited = line.find("' => ", 3), line.find("' (CID match '", 3)
    end = line.find("') => ", limited) if limited >= 0 else -1
    if end >= 0 and not 0 <= plain < limited:
        return line[3:limited], line[limited + 14:end], line[end + 6:].lstrip(' ')
    return (line[3:plain], None, line[plain + 5:].lstrip(' ')) if plain >= 0 else None


def _step(text):
    """(label or None, priority or None for a hint, application, where it comes from) of a step, else None."""
    text, bracket, source = text.rpartition('[')
    if not bracket or not source.endswith(']') or ']' in source[:-1] or not text.endswith(' '):
        return None
    label = None
    if text.startswith('['):
        label, _bracket, text = text[1:].partition('] ')
        text = text.lstrip(' ')
    match = _STEP.match(text)
    return (label, match.group(1), text[match.end():].rstrip(' '), source[:-1]) if match else None


def dialplan_footer(text):
    """The last line of ``dialplan show``: numbers of extensions, priorities and contexts; None when it is missing."""
    match = _DIALPLAN_FOOTER.search(text)
    return dict(zip(('extensions', 'priorities', 'contexts'), map(int, match.groups()))) if match else None


def rtp_settings(text):
    """What ``rtp show settings`` tells: start and end (port numbers), strict (True, False or Asterisk's own word), and
    labels (everything, label by label). Asterisk 16 does not show the interval of RTCP reports there.
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
    """The context in which chan_sip lets calls from unknown addresses in, by C(sip show settings); None when it lets
    nobody in, or is not loaded."""
    if not re.search(r'^[ \t]*Allow unknown access:[ \t]+Yes', text, re.MULTILINE):
        return None
    match = re.search(r'^[ \t]*Context:[ \t]+(\S+)', text, re.MULTILINE)
    return match.group(1) if match else 'default'


def iax2_guests(text):
    """[(name, context)] of the users of chan_iax2 by which a caller without a name or a password comes in from any
    address, by C(iax2 show users): those with no secret, no key and no address rules. Both are cut at 15 bytes."""
    found = []
    for line in text.splitlines():
        # Username, Secret, Authen, Def.Context, A/C, Codec Pref. A secret may hold blanks.
        columns = (line[:15], line[17:37], line[39:54], line[56:71], line[73:78])
        name, secret, _methods, context, rules = (column.strip() for column in columns)
        if secret == '-no secret-' and rules == 'No':
            found.append((name, context))
    return found


def global_names(text):
    """The names of the global variables that ``dialplan show globals`` lists, without those that name a trunk as we do
    (``TRUNKcarrier_a=SIP/carrier_a``), which outlive it. The values may hold logins and are left out."""
    found = re.findall(r'^   ([^=\s]+)=(.*)$', text, re.MULTILINE)
    return [name for name, value in found
            if not (name.startswith('TRUNK') and value in ('SIP/' + name[5:], 'PJSIP/' + name[5:], 'IAX2/' + name[5:]))]


def global_values(text):
    """{name: value} of the global variables that ``dialplan show globals`` lists. The values may hold logins."""
    return dict(re.findall(r'^   ([^=\s]+)=(.*)$', text, re.MULTILINE))


def dialled_peers(text):
    """The names that a dialplan's text (``dialplan show``, an entry of a table) may dial as peers, sorted: what is
    behind ``SIP/`` and the like, or behind an ``@``."""
    return sorted(set(re.findall(r'(?:\b(?:PJ)?SIP/|\bIAX2/|@)([A-Za-z0-9_.-]+)', text, re.IGNORECASE)))


def log_files(text):
    """The files that ``logger show channels`` lists as taking warnings and errors, in its order."""
    files = []
    for line in text.split('\n'):
        match = re.match(r'(\S+) +File +(?:\S+ +)?Enabled +- (.*)$', line)
        if match and {'WARNING', 'ERROR'} <= set(match.group(2).split()):
            files.append(match.group(1))
    return files


def _table(lines, columns, command):
    """({column: byte position}, the lines after the header) of a table; ValueError when there is none."""
    for number, line in enumerate(lines):
        header = {}
        for match in re.finditer(r'\S+', line):
            header.setdefault(match.group(0), match.start())
        if all(column in header for column in columns):
            return header, lines[number + 1:]
    first = next((line.strip() for line in lines if line.strip()), 'nothing')
    raise ValueError('this is not the output of "%s": %s' % (command, first[:100]))


def _name(raw, width):
    """(name, user name or None, whether the name may be cut) from the bytes of a Name/username column."""
    column = raw[:width]
    name, slash, username = column.partition(b'/')
    return _text(name), _text(username) or None, not slash and len(column.rstrip()) == width


def _description(raw, header, after):
    """The description, which is pushed to the right by a state that is longer than its column."""
    if 'Description' not in header:
        return ''
    start = max(header['Description'], after + 1)
    return _text(raw[start:start + 32])


def _host_port(text, width):
    """(host, port or None, whether it may be cut) of ``host:port``, of which ``width`` bytes are shown."""
    cut = len(_bytes(text)) >= width
    host, colon, port = text.rpartition(':')
    if colon and _number(port) is not None and not (':' in host and not host.endswith(']')):
        return host.strip('[]'), None if cut else int(port), cut
    return text.strip('[]'), None, cut


def _bytes(text):
    return text.encode('utf-8', 'replace')


def _text(raw):
    """The text of a column; a character that was cut in half is left out."""
    return raw.decode('utf-8', 'replace').strip(u' \ufffd')
