# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Asterisk's conf files as Asterisk does, and resolves names as the dialer does."""

import collections
import glob
import io
import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import execute, rights
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

OWN_PATHS = 'trunks'        # begins the paths of this collection's own includes
_MOST_FILES = 500
_MOST_LINES = 1000000
_DEPTH = 10                 # of files that include files, as in Asterisk

# path     the file
# number   of the line in it
# section  the name of the section that the line is in, None before the first; a heading is in its own section
Line = collections.namedtuple('Line', 'path number section text')


class Reader(object):
    """Reads a conf file and the files that it includes as Asterisk does: each in the place of its include, so that what
    follows an include belongs to the last section of the included file. Collects C(lines).

    ``own_includes``: whether the includes of this collection are followed.
    """

    def __init__(self, etc=ETC, own_includes=True):
        self.etc = etc
        self.own_includes = own_includes
        self.lines = []
        self._section = None
        self._files = 0

    def file(self, path, within=()):
        """Read a file; False when it cannot be read. ``within``: the files that lead to it, which it cannot include."""
        self._files += 1
        try:
            with io.open(path, encoding='utf-8-sig', errors='replace') as handle:
                text = handle.read()
        except (IOError, OSError):
            return False
        self.text(path, text, within)
        return True

    def text(self, path, text, within=()):
        """Read the text of a file."""
        for number, line in enumerate(text.split('\n'), 1):
            included = conf_lines.INCLUDE.match(line)
            if included:
                self._include(included.group(1), within + (path,))
            elif len(self.lines) < _MOST_LINES:
                heading = conf_lines.HEADING.match(line)
                self._section = heading.group(1) if heading else self._section
                self.lines.append(Line(path, number, self._section, line))

    def _include(self, pattern, within):
        if len(within) > _DEPTH or not self.own_includes and pattern.startswith(OWN_PATHS):
            return
        # Asterisk accepts shell patterns; join keeps an absolute path as it is.
        for path in sorted(glob.glob(os.path.join(self.etc, pattern))):
            if path not in within and self._files < _MOST_FILES:
                self.file(path, within)


def read(first, etc=ETC, own_includes=True):
    """Return [Line] of a conf file and its includes, read with the rights of Asterisk's user; None if it cannot be
    read."""
    reader = Reader(etc, own_includes)
    with rights(etc):
        return reader.lines if reader.file(os.path.join(etc, first)) else None


def options(lines, section):
    """Return [(name in lower case, value)] of all sections of this name, in order."""
    found = []
    for line in lines:
        if line.section and line.section.lower() == section and not conf_lines.HEADING.match(line.text):
            option = conf_lines.option(conf_lines.bare(line.text))
            if option and not line.text.lstrip().startswith('#'):
                found.append((option[0].lower(), option[1]))
    return found


def peer_files(name, first='sip.conf', etc=ETC):
    """Return [(path, revision of its stamp or 0)] of the sections of this name in C(first) and its includes, in order;
    None if C(first) cannot be read."""
    lines = read(first, etc)
    if lines is None:
        return None
    sections, current = collections.OrderedDict(), None
    for line in lines:
        if conf_lines.HEADING.match(line.text):
            current = (line.path, line.number) if line.section == name else None
            if current:
                sections[current] = []
        if current:
            sections[current].append(line.text)
    return [(path, revision('\n'.join(texts))) for (path, _number), texts in sections.items()]


def general_options(first, etc=ETC):
    """Return {option in lower case: value} of the sections [general] of a conf file and its includes; the last one
    wins. Empty if the file cannot be read."""
    return dict(options(read(first, etc) or (), 'general'))


def resolve(host, run_command=execute):
    """Return the addresses that the dialer's resolver now returns for a host name, [] for none; None if ``host`` is an
    address, or the resolver does not respond within 5 seconds."""
    if not host or not host.strip('0123456789.') or ':' in host and not host.strip('0123456789abcdefABCDEF:.'):
        return None
    try:
        code, out, _err = run_command(['timeout', '5', 'getent', 'ahosts', host])
    except (IOError, OSError):
        return None
    if code == 124:
        return None
    return sorted({line.split()[0] for line in out.splitlines() if line.strip()}) if code == 0 else []
