# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the running Asterisk holds the files of a generation. A reload's output proves nothing.

Pure functions: they compare the files with the parsed output of Asterisk, and return a Finding for each difference. An
empty list is the proof.
"""

import re
from collections import Counter

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

_EXTEN = re.compile(r'^exten\s*=>([^,]+),')
_SAME = re.compile(r'^\s*same\s*=>')
_CONTEXT = re.compile(r'^\[([^\]]+)\]')
_ROUTE_ENTRY = re.compile(r'Gosub\(trunks-route-([a-z0-9_]+),')


def steps(text, wanted=None):
    """Return {extension: [application with arguments]} of the lines C(exten => EXTENSION,PRIORITY,APPLICATION) in a
    context of a dialplan text; ``wanted``: its name, None for the lines before the first heading."""
    found, context = {}, None
    for line in text.split('\n'):
        heading, match = _CONTEXT.match(line), _EXTEN.match(line)
        if heading:
            context = heading.group(1)
        elif match and context == wanted:
            application = line.partition('=>')[2].split(',', 2)[-1].strip()
            found.setdefault(match.group(1).strip(), []).append(application)
    return found


def priorities(text):
    """Return {(context, extension): number of priorities} of a dialplan file."""
    found = {}
    context = extension = None
    for line in text.split('\n'):
        match = _CONTEXT.match(line)
        if match:
            context, extension = match.group(1), None
            continue
        match = _EXTEN.match(line)
        if match:
            extension = match.group(1).strip()
        elif not _SAME.match(line):
            continue
        found[context, extension] = found.get((context, extension), 0) + 1
    return found


_FILES = ('repair.conf', 'repair-ready.conf', 'capacity.conf', 'inbound.conf', 'test-call.conf')


def expected_priorities(files):
    """Return C(priorities) of all dialplan files of a generation together."""
    total = {}
    for path, text in files.items():
        if path.startswith('routes/') or path in _FILES:
            for key, count in priorities(text).items():
                total[key] = total.get(key, 0) + count
    return total


def loaded_priorities(contexts):
    """Return C(priorities) of the running dialplan. ``contexts``: of C(dialplan_parsers.dialplan)."""
    return {(context['name'], extension['exten']): len(extension['steps'])
            for context in contexts for extension in context['extensions']}


def running_generation(contexts):
    """Return the number in the context trunks-generation of the running dialplan; None without one."""
    for context in contexts:
        if context['name'] == 'trunks-generation':
            for extension in context['extensions']:
                if extension['exten'].isdigit():
                    return int(extension['exten'])
    return None


def dialplan(files, number, contexts):
    """Return what the running dialplan lacks of generation ``number``; for None, what it has of any generation."""
    found = []
    running = running_generation(contexts)
    if running != number:
        found.append(Finding('generation', str(number), 'the running dialplan holds %s, not %s' % (
            'no generation of this collection' if running is None else 'generation %d' % running,
            'none' if number is None else 'generation %d' % number)))
    loaded = loaded_priorities(contexts)
    expected = expected_priorities(files)
    for (context, extension), count in sorted(expected.items()):
        have = loaded.get((context, extension), 0)
        if have != count:
            found.append(Finding('dialplan', context, 'context %s, extension %s: %d of %d steps are loaded'
                                 % (context, extension, have, count)))
    names = {context for context, _extension in expected}
    for context in contexts:
        if context['name'].startswith('trunks-route-') and context['name'] not in names:
            found.append(Finding('dialplan', context['name'], 'context %s is still loaded' % context['name']))
    return found


def peers(wanted, loaded):
    """Return what the running channel driver lacks of the wanted peers.

    ``wanted`` maps a peer's name to its revision, 0 for any, or to None for one that must not be loaded; ``loaded``:
    C(Cli.peers) of that driver.
    """
    found = []
    have = {peer['name']: peer for peer in loaded}
    for name, number in sorted(wanted.items()):
        if number is None:
            if name in have and have[name].get('description', '').startswith('[trunks '):
                found.append(Finding('peer', name, 'peer %s is still loaded by %s'
                                     % (name, have[name].get('technology', 'SIP'))))
        elif name not in have:
            found.append(Finding('peer', name, 'peer %s is not loaded' % name))
        elif number and revision(have[name].get('description') or '') != number:
            found.append(Finding('peer', name, 'peer %s is loaded, but in an older version (%s instead of [trunks %d])'
                                 % (name, have[name].get('description') or 'no description', number)))
    return found


def rendered_peers(text):
    """Return the names of the peers that a trunk's text defines; PJSIP's objects beside an endpoint are no peers."""
    return re.findall(r'^\[([^\]\n]+)\]\ntype=(?:peer|endpoint)$', text, re.MULTILINE)


def file_peers(files, technology):
    """Return the peers in a generation's files of one technology with their revisions, for C(peers)."""
    wanted = {}
    for path, text in files.items():
        if path.startswith(technology.directory + '/'):
            wanted.update(dict.fromkeys(rendered_peers(text), revision(text)))
    return wanted


def current(wanted, loaded):
    """Return {name: peer} of the wanted peers that are loaded with their revision: what they hold can be compared."""
    return {peer['name']: peer for peer in loaded if wanted.get(peer['name']) is not None
            and wanted[peer['name']] in (0, revision(peer.get('description') or ''))}


def file_options(files, technology):
    """Return {name: options} of the peers in a generation's files of one technology, see C(peer_options)."""
    found = {}
    for path, text in files.items():
        if path.startswith(technology.directory + '/'):
            found.update(peer_options.described(text))
    return found


def route_entry(application):
    """Return (route, revision) of a dialplan step by which a row leads to a route; None for other steps."""
    match = _ROUTE_ENTRY.match(application)
    return (match.group(1), revision(application)) if match else None


def routes(wanted, contexts, described=None):
    """Return what the running dialplan lacks of the rows of the routes.

    ``wanted`` maps a route's name to the revision of its row, 0 for any, or to None for one that must not be loaded.
    ``described``: {name: C(steps)} of those rows whose extensions are compared, too.
    """
    held, elsewhere = {}, {}
    for context in contexts:
        if context['name'].startswith('trunks-'):   # contexts of this collection lead to the route, too
            continue
        for extension in context['extensions']:
            for _priority, _label, application, _registrar in extension['steps']:
                entry = route_entry(application)
                if entry and context['name'] == vicidial.CARRIERS_CONTEXT:
                    held[entry[0]] = entry[1]
                elif entry:
                    elsewhere[entry[0]] = context['name']
    found = []
    for name, number in sorted(wanted.items()):
        if number is None:
            if name in held or name in elsewhere:
                found.append(Finding('route', name, "route %s is still in VICIdial's dialplan" % name))
        elif name not in held and name in elsewhere:
            found.append(Finding('route', name, (
                "route %s is in context %s of VICIdial's dialplan instead of %s, so no call finds it: a carrier that "
                'VICIdial writes before it opens that context in its dialplan entry'
                % (name, elsewhere[name], vicidial.CARRIERS_CONTEXT))))
        elif name not in held:
            found.append(Finding('route', name, "route %s is not in VICIdial's dialplan" % name))
        elif number and held[name] != number:
            found.append(Finding('route', name, "route %s is in VICIdial's dialplan, but in an older version "
                                                "(%d instead of %d)" % (name, held[name], number)))
        else:
            found += _other_steps(name, (described or {}).get(name) or {}, contexts)
    return found


def _other_steps(name, described, contexts):
    """Return [Finding] of the extensions of a route's row that have other steps than described."""
    loaded = {extension['exten']: [application for _priority, _label, application, _registrar in extension['steps']]
              for context in contexts if context['name'] == vicidial.CARRIERS_CONTEXT
              for extension in context['extensions']}
    found = []
    for extension, wanted in sorted(described.items()):
        have = loaded.get(extension, [])
        if len(have) == len(wanted):
            continue
        names = [Counter(application.partition('(')[0] for application in one) for one in (have, wanted)]
        alien = sorted((names[0] - names[1]).elements())
        found.append(Finding('route', name, "route %s: its extension %s has %d steps in VICIdial's dialplan, and %d in "
                             "its row%s" % (name, extension, len(have), len(wanted),
                                            ': not ours is %s' % ', '.join(alien) if alien else '')))
    return found


def rtp(text, settings):
    """Return where C(parsers.rtp_settings) differs from the generation's rtp.conf."""
    wanted = dict(re.findall(r'^(\w+)=(\w+)$', text, re.MULTILINE))
    found = []
    for key, label in (('rtpstart', 'start'), ('rtpend', 'end')):
        if key in wanted and str(settings.get(label)) != wanted[key]:
            found.append(Finding('rtp', key, 'RTP ports: %s is %s, not %s' % (label, settings.get(label), wanted[key])))
    if 'strictrtp' in wanted and settings.get('strict') is not (wanted['strictrtp'] == 'yes'):
        found.append(Finding('rtp', 'strictrtp', 'strict RTP is not %s' % wanted['strictrtp']))
    return found
