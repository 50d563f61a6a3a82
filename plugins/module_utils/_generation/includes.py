# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds and removes the one marked line of this collection in each of the operator's files.

With Asterisk's ``#tryinclude`` and nft's pattern, a line has no effect if the file that it includes is missing.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines

MARK = re.compile(r'[;#] dialer\.trunks\s*$')

# Some editors begin a file with it. Asterisk skips it there only, so that nothing may precede it.
BOM = u'\ufeff'

# Written above the marked line if the operator's file has no such section, and removed with it.
GENERAL = '[general] ; dialer.trunks'

# {file of a generation: (the operator's file that includes it, the line, its place)}
#   top      before everything, so that what the operator appends to the file is still in the operator's context
#   general  directly below [general]: in rtp.conf the first of two equal keys wins
#   end      after everything: peers follow [general], and nft's file may begin with "flush ruleset"
LINES = {
    'extensions.conf': ('/etc/asterisk/extensions.conf', '#tryinclude trunks/extensions.conf ; dialer.trunks', 'top'),
    'sip.conf': ('/etc/asterisk/sip.conf', '#tryinclude trunks/sip.conf ; dialer.trunks', 'end'),
    'pjsip.conf': ('/etc/asterisk/pjsip.conf', '#tryinclude trunks/pjsip.conf ; dialer.trunks', 'end'),
    'iax.conf': ('/etc/asterisk/iax.conf', '#tryinclude trunks/iax.conf ; dialer.trunks', 'end'),
    'manager.conf': ('/etc/asterisk/manager.conf', '#tryinclude trunks/manager.conf ; dialer.trunks', 'end'),
    'rtp.conf': ('/etc/asterisk/rtp.conf', '#tryinclude trunks/rtp.conf ; dialer.trunks', 'general'),
    'nftables.conf': ('/etc/nftables.conf', 'include "/etc/asterisk/trunks/nftables*.conf" # dialer.trunks', 'end'),
}


def _is_general(line):
    heading = conf_lines.HEADING.match(line)
    return bool(heading) and heading.group(1) == 'general'


def without_line(text):
    """Return the operator's text without the marked line."""
    if text.startswith(BOM):
        return BOM + without_line(text[len(BOM):])
    lines = text.splitlines(True)
    rest = ''.join(line for line in lines if not MARK.search(line))
    # The marked line at the end has no newline if the operator's last line had none: see with_line.
    if lines and MARK.search(lines[-1]) and not lines[-1].endswith('\n') and rest.endswith('\n'):
        rest = rest[:-1]
    return rest


def with_line(text, line, place):
    """Return the operator's text with the marked line once, in its place; an empty text gets what the place needs."""
    if without_line(text).startswith(BOM):
        return BOM + with_line(text.replace(BOM, '', 1), line, place)
    rest = without_line(text)
    if place == 'top':
        wanted = line + '\n' + rest
    elif place == 'general':
        lines = rest.splitlines(True)
        at = [number for number, have in enumerate(lines) if _is_general(have)]
        if not at:
            wanted = GENERAL + '\n' + line + '\n' + rest
        elif lines[at[0]].endswith('\n'):
            wanted = ''.join(lines[:at[0] + 1] + [line + '\n'] + lines[at[0] + 1:])
        else:
            wanted = rest + '\n' + line
    else:
        wanted = rest + line + '\n' if not rest or rest.endswith('\n') else rest + '\n' + line
    # A line in a place where it has the same effect is left there: the operator may have written around it.
    return text if _in_place(text, line, place) else wanted


def shown(text):
    """Return the marked lines in the operator's text with their line numbers, for a diff. The rest of the text must not
    be shown, since it may hold secrets of any form."""
    return ''.join('line %d: %s\n' % (number, line.strip(BOM + '\r\n'))
                   for number, line in enumerate(text.splitlines(), 1) if MARK.search(line))


def _in_place(text, line, place):
    lines = [have.rstrip('\r\n') for have in text.splitlines()]
    marked = [number for number, have in enumerate(lines) if MARK.search(have)]
    if place == 'general' and marked and lines[marked[0]] == GENERAL:
        return [lines[number] for number in marked] == [GENERAL, line] and marked[1] == marked[0] + 1
    if len(marked) != 1 or lines[marked[0]] != line:
        return False
    before = [have for have in lines[:marked[0]] if have.strip() and not have.lstrip().startswith((';', '#'))]
    after = [have for have in lines[marked[0] + 1:] if have.strip() and not have.lstrip().startswith(('#', ';'))]
    if place == 'top':
        return not before
    if place == 'general':
        return bool(before) and _is_general(before[-1])
    return not after


def lines(place):
    """Return C(LINES) for a dialer. ``place(path)``: the path of a file of its generation in force. root runs nft, also
    at boot, so that nft's file must be where only root can write."""
    found = dict(LINES)
    target, _line, where = found['nftables.conf']
    nftables = place('nftables.conf').replace('nftables.conf', 'nftables*.conf')
    found['nftables.conf'] = (target, 'include "%s" # dialer.trunks' % nftables, where)
    return found
