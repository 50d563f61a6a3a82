# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds the running Asterisk on a dialer and explains what it shows: its conf files, name resolution."""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import glob
import io
import os
import re

from ansible_collections.dialer.trunks.plugins.module_utils.asterisk import execute, rights
from ansible_collections.dialer.trunks.plugins.module_utils.stamps import revision

ETC = '/etc/asterisk'
_INCLUDE = re.compile(r'^\s*#(?:try)?include\s+["<]?([^\s";>]+)', re.MULTILINE)
_ADDRESS = re.compile(r'[0-9.]+$|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$')
_MOST_FILES = 500   # a loop of includes ends here at the latest
_MOST_LINES = 100000


def peer_files(name, first='sip.conf', etc=ETC):
    """Where C(first), or what it includes, has a section of this name: (path, revision of its stamp or 0) of each, in
    order. None when C(first) cannot be read."""
    with rights(etc):
        return _peer_files(name, first, etc)


def _peer_files(name, first, etc):
    section = re.compile(r'^[ \t]*\[%s\](.*?)(?=^[ \t]*\[|\Z)' % re.escape(name), re.MULTILINE | re.DOTALL)
    found, waiting, seen = [], [os.path.join(etc, first)], set()
    while waiting and len(seen) < _MOST_FILES:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            with io.open(path, encoding='utf-8-sig', errors='replace') as handle:
                text = handle.read()
        except (IOError, OSError):
            if len(seen) == 1:
                return None
            continue
        found += [(path, revision(match.group(1))) for match in section.finditer(text)]
        for pattern in _INCLUDE.findall(text):
            # Asterisk takes shell patterns; join leaves an absolute path alone
            waiting += sorted(glob.glob(os.path.join(etc, pattern)))
    return found


def general_options(first, etc=ETC):
    """{option in lower case: value} of the section [general] of a conf file with what it includes; the last one wins.
    Empty when the file cannot be read."""
    with rights(etc):
        return _general_options(first, etc)


def _general_options(first, etc):
    options, section, waiting = {}, None, _lines(os.path.join(etc, first))
    seen = 0
    while waiting and seen < _MOST_LINES:
        line, seen = waiting.pop(0), seen + 1
        included = _INCLUDE.match(line)
        if included:
            inner = []
            for path in sorted(glob.glob(os.path.join(etc, included.group(1)))):
                inner += _lines(path)
            waiting = inner + waiting
            continue
        heading = re.match(r'\s*\[([^\]]+)\]', line)
        if heading:
            section = heading.group(1)
        option = re.match(r'\s*([A-Za-z0-9_-]+)\s*=>?\s*(.*?)\s*$', re.sub(r'(?<!\\);.*', '', line))
        if section == 'general' and option:
            options[option.group(1).lower()] = option.group(2)
    return options


def _lines(path):
    try:
        with io.open(path, encoding='utf-8-sig', errors='replace') as handle:
            return handle.read().splitlines()
    except (IOError, OSError):
        return []


def resolve(host, run_command=execute):
    """The addresses that a host name resolves to now, through the dialer's own resolver; [] when to none; None for an
    address, or when it could not be asked within 5 seconds."""
    if not host or _ADDRESS.match(host):
        return None
    try:
        code, out, _err = run_command(['timeout', '5', 'getent', 'ahosts', host])
    except (IOError, OSError):
        return None
    if code == 124:
        return None
    return sorted({line.split()[0] for line in out.splitlines() if line.strip()}) if code == 0 else []
