# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds the running Asterisk on a dialer and explains what it shows: its conf files, name resolution."""

import collections
import glob
import io
import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import execute, rights
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

ETC = '/etc/asterisk'
_MOST_FILES = 500   # a loop of includes ends here at the latest
_MOST_LINES = 100000
_DEPTH = 10         # of files that include files, as in Asterisk


def peer_files(name, first='sip.conf', etc=ETC):
    """Where C(first), or what it includes, has a section of this name: (path, revision of its stamp or 0) of each, in
    order. None when C(first) cannot be read."""
    with rights(etc):
        return _peer_files(name, first, etc)


def _peer_files(name, first, etc):
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
        found += [(path, revision(section)) for section in _sections(text, name)]
        for pattern in conf_lines.INCLUDE.findall(text):
            # Asterisk takes shell patterns; join leaves an absolute path alone
            waiting += sorted(glob.glob(os.path.join(etc, pattern)))
    return found


def general_options(first, etc=ETC):
    """{option in lower case: value} of the section [general] of a conf file with what it includes; the last one wins.
    Empty when the file cannot be read."""
    with rights(etc):
        return _general_options(first, etc)


def _general_options(first, etc):
    options, section, seen = {}, None, 0
    waiting = collections.deque((line, 0) for line in _lines(os.path.join(etc, first)))
    while waiting and seen < _MOST_LINES:
        (line, depth), seen = waiting.popleft(), seen + 1
        included = conf_lines.INCLUDE.match(line)
        if included:
            paths = sorted(glob.glob(os.path.join(etc, included.group(1))), reverse=True)
            for path in paths if depth < _DEPTH and len(waiting) < _MOST_LINES else ():
                waiting.extendleft((inner, depth + 1) for inner in reversed(_lines(path)))
            continue
        heading = conf_lines.HEADING.match(line)
        if heading:
            section = heading.group(1)
        option = conf_lines.option(conf_lines.bare(line))
        if section == 'general' and option and not heading:
            options[option[0].lower()] = option[1]
    return options


def _sections(text, name):
    """What stands in each section of this name, up to the next heading."""
    found, inside = [], False
    for line in text.split('\n'):
        line = line.lstrip(' \t')
        if line.startswith('['):
            inside = line.startswith('[%s]' % name)
            if inside:
                found.append([])
        if inside:
            found[-1].append(line)
    return ['\n'.join(lines) for lines in found]


def _lines(path):
    try:
        with io.open(path, encoding='utf-8-sig', errors='replace') as handle:
            return handle.read().split('\n')
    except (IOError, OSError):
        return []


def resolve(host, run_command=execute):
    """The addresses that a host name resolves to now, through the dialer's own resolver; [] when to none; None for an
    address, or when it could not be asked within 5 seconds."""
    if not host or not host.strip('0123456789.') or ':' in host and not host.strip('0123456789abcdefABCDEF:.'):
        return None
    try:
        code, out, _err = run_command(['timeout', '5', 'getent', 'ahosts', host])
    except (IOError, OSError):
        return None
    if code == 124:
        return None
    return sorted({line.split()[0] for line in out.splitlines() if line.strip()}) if code == 0 else []
