# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes the files of a generation from the request and the generation in force. Pure."""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout

# Precedes, in a route's file, the contexts of trunks that are no longer in the route.
GONE = '\n; no longer in the route; for calls that are there still\n'


def compose(current, request):
    """Return the files of the wanted generation: {path: unstamped text}.

    ``current`` are the files in force. ``request`` has ``parts`` (to be changed), ``files`` ({part: {path: text}}),
    ``base`` ({path: text}), ``prune`` and ``drop`` (prefixes of paths to remove in any case, such as those of disabled
    trunks). Other parts are copied from ``current``, and without ``prune`` also files of trunks and routes that the
    request no longer has.
    """
    wanted = dict(request['base'])
    for path, text in current.items():
        part = layout.part_of(path)
        meant = part in request['parts']
        if part == 'base' or (meant and path.startswith(tuple(request['drop']))):
            continue
        stays = path.startswith(layout.KEPT_UNPRUNED) and not request['prune']
        if path.startswith('rates/'):  # kept as long as the route that uses it, unless the request has that route
            route = 'routes/%s.conf' % path[len('rates/'):].split('.')[0]
            stays = not request['prune'] and route not in request['files'].get(part, {})
        undescribed = part == 'rtp' and not request['files'].get('rtp')  # without dialer_rtp, RTP is left alone
        if not meant or stays or undescribed:
            wanted[path] = unstamp(text)
    for part in request['parts']:
        wanted.update(request['files'].get(part, {}))
    for path in wanted:
        if path.startswith('routes/') and path in current:
            wanted[path] = with_gone(wanted[path], unstamp(current[path]))
    for technology in TECHNOLOGIES.values():  # the file that includes the trunks is kept as long as one is
        if technology.conf in current and any(path.startswith(technology.directory + '/') for path in wanted):
            wanted.setdefault(technology.conf, unstamp(current[technology.conf]))
    return wanted


def with_gone(text, former):
    """Return a route's file with the contexts of trunks that have just been removed from the route: a call in progress
    continues with a step of its context, and ends in the h of that context. They are kept until the route changes
    again."""
    body = rendered(former)
    if body == text:
        return former
    blocks = re.split(r'^(?=\[)', body, flags=re.MULTILINE)
    gone = [block.rstrip('\n') + '\n' for block in blocks
            if block.startswith(('[trunks-to-', '[trunks-before-')) and block.partition('\n')[0] + '\n' not in text]
    return text + (GONE + '\n'.join(gone) if gone else '')


def rendered(text):
    """Return a route's file as it was rendered: without stamps and the contexts that C(with_gone) has added; None for
    None."""
    return text and unstamp(text).partition(GONE)[0]


def left_over(wanted, request):
    """Return the paths of trunks and routes in the wanted generation that the request does not describe."""
    described = set()
    for part in request['parts']:
        described.update(request['files'].get(part, {}))
    return sorted(path for path in wanted
                  if path.startswith(layout.KEPT_UNPRUNED) and layout.part_of(path) in request['parts']
                  and path not in described and layout.part_of(path) != layout.ROWS)  # vicidial_carriers reports rows


def conflicting(wanted, left):
    """Return a sentence for each kept route that is no longer described and has an extension of a described one: of
    two in trunks-outbound, Asterisk uses the one whose file it reads first. ``left``: as C(left_over) returns."""
    described, found = {}, []
    for path in sorted(wanted):
        if path.startswith('routes/') and path not in left:
            described.update((patterns.rank(extension), _name(path)) for extension in _outbound(wanted[path]))
    for path in left:
        for extension in _outbound(wanted[path]) if path.startswith('routes/') else ():
            if patterns.rank(extension) in described:
                found.append('route %s, which is no longer described, has the same extension %s as route %s, and is '
                             'kept because dialer_prune is off: set dialer_prune, so that it is removed'
                             % (_name(path), extension, described[patterns.rank(extension)]))
    return found


def _outbound(text):
    text = text.partition(GONE)[0].partition('[trunks-outbound]\n')[2]
    return re.findall(r'^exten => ([^,\n]+),1,', text, re.MULTILINE)


def _name(path):
    return path[len('routes/'):-len('.conf')]


def differing(wanted, current):
    """Return the sorted paths in which two sets of files differ, stamps aside. ``wanted`` has no stamps yet."""
    return sorted(path for path in set(wanted) | set(current)
                  if path not in wanted or path not in current or wanted[path] != unstamp(current[path]))
