# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what the running Asterisk holds of a peer with its text. Pure.

The revision in a peer's description proves which text Asterisk has read, and not that it holds nothing else: a later
section of the same name, or lines without a header behind ours, change a peer that keeps its description.

Options are a dictionary of C(host), C(port), C(username), C(context), C(codecs) (a list) and C(qualify) (a bool). A key
that is missing is not compared. No secret is read.
"""

import ipaddress
import re
from collections import OrderedDict

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import UNMONITORED

KEYS = ('host', 'port', 'username', 'context', 'codecs', 'qualify')
# The options that set them, in all channel drivers.
SET_BY = {'host': ('host', 'contact'), 'port': ('port', 'contact'), 'username': ('defaultuser', 'username'),
          'context': ('context',), 'codecs': ('allow', 'disallow'), 'qualify': ('qualify', 'qualify_frequency')}

_PEERS = ('peer', 'friend', 'endpoint')
_CONTACT = re.compile(r'sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;\\]+)(?::(\d+))?')
# Asterisk leaves out a codec that it does not know, so that only the lack of one that every version knows is told.
_COMMON = frozenset(('ulaw', 'alaw', 'gsm', 'g722', 'g729'))


def described(text):
    """Return {name: options} of the peers that a trunk's text defines, in order."""
    found, read = OrderedDict(), {}
    for section in _sections(text):
        name, kind = section['name'], section['options'].get('type', [''])[-1]
        if kind in _PEERS or not kind and name in read:     # a further section adds to the peer
            for option, values in section['options'].items():
                read.setdefault(name, {}).setdefault(option, []).extend(values)
            found[name] = _peer(read[name], read[name]['type'][-1])
        elif kind == 'aor' and name in found:
            found[name].update(_aor(section['options']))
        elif kind == 'auth' and name in found:
            found[name]['username'] = section['options'].get('username', [''])[-1]
        elif kind == 'registration' and name in found:
            found[name]['registers'] = True
    return found


def _sections(text):
    """Return [{name, options}] of a text, options as {name: [values]}."""
    found = []
    for name, section in conf_lines.section_texts(text):
        options = {}
        for line in section.split('\n')[1:]:
            option = conf_lines.option(conf_lines.bare(line))
            if option:
                options.setdefault(option[0].lower(), []).append(option[1])
        found.append(dict(name=name, options=options))
    return found


def _peer(options, kind):
    """Return the options of a peer's or an endpoint's section."""
    wanted = {key: options[key][-1] for key in ('host', 'context') if key in options}
    if 'port' in options:
        wanted['port'] = conf_lines.number(options['port'][-1])
    if options.get('allow'):
        wanted['codecs'] = sorted({codec for value in options['allow'] for codec in value.split(',')})
    if 'qualify' in options:
        wanted['qualify'] = options['qualify'][-1] != 'no'
    login = options.get('defaultuser') or options.get('username')
    # Not compared where there is none: chan_sip and chan_iax2 keep the user name of a peer that loses it on a reload.
    if login and kind != 'endpoint':
        wanted['username'] = login[-1]
    return wanted


def _aor(options):
    """Return the options of an endpoint that its aor has."""
    contact = _CONTACT.match(options.get('contact', [''])[-1])
    found = dict(host=contact.group(1).strip('[]')) if contact else {}
    if contact and contact.group(2):
        found['port'] = conf_lines.number(contact.group(2))
    if 'qualify_frequency' in options:
        found['qualify'] = options['qualify_frequency'][-1] != '0'
    return found


def held(peer, details):
    """Return the options that the running Asterisk holds.

    ``peer``: its row in the list of peers, with its C(technology). ``details``: what C(Cli.details) tells; None if it
    was not asked.
    """
    details = details or {}
    objects = peer.get('technology') == 'PJSIP'
    found = dict(host=peer.get('address'), port=peer.get('port'), dynamic=peer.get('dynamic'),
                 given=details.get('ToHost'), objects=objects)
    if not objects or peer.get('state') == UNMONITORED:     # before a first probe, older versions do not say this
        found['qualify'] = peer.get('state') != UNMONITORED
    for label in ('Context', 'context'):
        if details.get(label):
            found['context'] = details[label]
    for label in ('Codecs', 'allow'):
        codecs = re.search(r'\(([^()]*)\)', details.get(label, ''))
        if codecs:
            found['codecs'] = sorted(codec for codec in codecs.group(1).split('|') if codec)
    if objects:
        found['username'] = peer.get('username')
    for label in ('Def. Username', 'Username'):
        if label in details:
            found['username'] = details[label] or None
    return found


def differing(wanted, found):
    """Return [(key, what is wanted, what is held)] in which a peer's options, as C(held) returns them, differ."""
    return [(key,) + pair for key in KEYS if key in wanted for pair in _DIFFERENCE[key](wanted[key], found)]


def _host(wanted, found):
    """An address is compared with the one that is called, a name with the one that Asterisk was given: its address may
    come from an SRV record and change. chan_iax2 does not show names, which are then not compared."""
    if found.get('dynamic'):
        return [(wanted, 'what registers with this Asterisk')]
    shown = found.get('host')
    if not is_address(wanted):
        shown = found.get('given') or (shown if found.get('objects') else None)
    return [(wanted, shown)] if shown and _same(shown) != _same(wanted) else []


def _port(wanted, found):
    shown = found.get('port')
    return [(wanted, shown)] if shown and shown != wanted else []


def _username(wanted, found):
    if 'username' not in found:
        return []
    shown = found['username']
    cut = shown and found.get('objects') and len(shown) < len(wanted) and wanted.startswith(shown)
    return [] if shown == wanted or cut else [(wanted, shown or 'none')]


def _context(wanted, found):
    return [(wanted, found['context'])] if found.get('context', wanted) != wanted else []


def _codecs(wanted, found):
    shown = found.get('codecs')
    if shown is None or not (set(shown) - set(wanted) or (set(wanted) - set(shown)) & _COMMON):
        return []
    return [(','.join(wanted), ','.join(shown) or 'none')]


def _qualify(wanted, found):
    words = {True: 'on', False: 'off'}
    return [] if found.get('qualify', wanted) is wanted else [(words[wanted], words[found['qualify']])]


_DIFFERENCE = {'host': _host, 'port': _port, 'username': _username, 'context': _context, 'codecs': _codecs,
               'qualify': _qualify}


def is_address(host):
    """Return whether a host is an address and no name."""
    return _address(host) is not None


def _address(host):
    try:
        return ipaddress.ip_address(u'%s' % host.strip('[]'))
    except ValueError:
        return None


def _same(host):
    """Return a host in the form that is compared."""
    return _address(host) or host.strip('[]').rstrip('.').lower()


def told(name, differences, origin=''):
    """Return the text of a finding about a peer. ``origin``: as C(origin) returns."""
    return 'peer %s is loaded with %s%s' % (name, listed(differences), '; ' + origin if origin else '')


def listed(differences):
    """Return differences as text."""
    return ', '.join('%s %s instead of %s' % (key, shown, wanted) for key, wanted, shown in differences)


_CARRIER = re.compile(r'; VICIDIAL Carrier: (\S+)')


def _says(key, value, wanted):
    """Return whether an option's value is the wanted one, in the form that C(differing) returns."""
    contact = _CONTACT.match(value) if key in ('host', 'port') else None
    if contact:
        value = contact.group(1).strip('[]') if key == 'host' else contact.group(2) or ''
    elif key == 'codecs':
        value = ','.join(sorted(value.split(',')))
    elif key == 'qualify':
        value = 'off' if value in ('no', '0') else 'on'
    return value == str(wanted)


def origin(lines, name, differences):
    """Return a clause that says which line gives a peer what it should not have: the last that sets one of these
    options, as C(differing) returns them; '' if none does. ``lines``: those of the driver's conf file and its includes,
    see C(conf_files.read)."""
    keys = {option: (key, wanted) for key, wanted, _shown in differences for option in SET_BY[key]}
    carrier, sections, last = None, [], None
    for line in lines:
        row = _CARRIER.match(line.text)
        if row:
            carrier = line.path, row.group(1)
        if line.section != name:
            continue
        if conf_lines.HEADING.match(line.text):
            sections.append('%s:%d' % (line.path, line.number))
            continue
        option = conf_lines.option(conf_lines.bare(line.text))
        if option and option[0].lower() in keys:
            last = line, option[1], carrier[1] if carrier and carrier[0] == line.path else None, keys[option[0].lower()]
    if last is None:
        return ''
    line, value, row, (key, wanted) = last
    if _says(key, value, wanted):
        return '%s:%d sets what is described, and Asterisk has not read it' % (line.path, line.number)
    text = 'the last line that sets its %s is %s:%d' % (key, line.path, line.number)
    if row:
        text += ', written for carrier %s' % row
    return text + ('; [%s] is in %s' % (name, ', '.join(sections)) if len(sections) > 1 else '')
