# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbered generations of this collection's files on a dialer.

``/etc/asterisk/trunks`` is a symbolic link to ``trunks.d/NUMBER/``. A generation is written beside the one in force,
synced, and put in force by one rename of the link. A file's content carries a stamp with the generation in which it
last changed; two contents that differ in the stamp only are the same.

Where Asterisk is not root, ``/etc/asterisk`` is its user's as a rule. What root loads or believes then has a home of
its own, ``/var/lib/dialer-trunks``, with a link and directories of the same names that only root can change.
"""

import contextlib
import hashlib
import json
import os
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import stamp, unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import homes
from ansible_collections.dialer.trunks.plugins.module_utils._generation.composition import differing
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import (
    LISTING, MANIFEST, STATE, UNWRITTEN, roots_own)

LOCK = '/run/dialer-trunks.lock'
NAMED = 3  # paths in a sentence
KEPT = 10  # generations that stay, the one in force included

Foreign = safe_files.Foreign


def checksum(text):
    """What a manifest holds of a file, to know later whether it was edited."""
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()


def of_dialer(etc=cli.ETC, state=STATE):
    """The C(Store) of this dialer, as its Asterisk runs: what root loads and believes has a home of its own, unless
    Asterisk is root, or only root can change its configuration directory. A home that is there stays in use."""
    running = cli.process()
    with safe_files.opened(etc) as directory:
        plain = (running and running[1] == 0) or (directory is None or safe_files.only_root(os.fstat(directory)))
    apart = not plain or safe_files.exists(os.path.join(state, 'trunks.d'))
    return Store(etc, running and running[2], state if apart else None)


class Store(object):
    """The generations of a dialer.

    ``etc``: Asterisk's configuration directory. ``group``: the id of the group that Asterisk runs in; None when it does
    not run. ``own``: where root's own files of each generation are, when not beside the others, see C(of_dialer).
    """

    def __init__(self, etc=cli.ETC, group=None, own=None):
        self.shared = homes.Home(etc, group or 0)
        self.own = homes.Home(own, 0, 0o700) if own else self.shared
        self.link = self.shared.link
        self.root = self.shared.root
        self.group = group

    @property
    def apart(self):
        """Whether root's own files have a home of their own."""
        return self.own is not self.shared

    @property
    def homes(self):
        return [self.own, self.shared] if self.apart else [self.shared]

    def lock(self, who=None):
        """The lock of this dialer, see C(locks.locked)."""
        return locks.locked(LOCK, who)

    def linked(self):
        """The number of the generation in force; None when there is none. Raises Foreign."""
        numbers = [home.linked() for home in self.homes]
        return numbers[0] if numbers[0] is not None else numbers[-1]

    def astray(self):
        """What does not lead to the generation in force: [Finding]."""
        number = self.linked()
        return [Finding('generation', str(number), '%s does not lead to generation %s, which is in force: it was '
                        'changed by hand, or a run was cut short' % (home.link, number))
                for home in self.homes if home.linked() != number]

    def numbers(self):
        """The numbers of all generations that are kept, rising."""
        return sorted(set().union(*[home.numbers() for home in self.homes]))

    def path(self, number):
        return os.path.join(self.root, str(number))

    def place(self, path):
        """Where a file of the generation in force is, as a path."""
        return os.path.join((self.own if roots_own(path) else self.shared).link, path)

    def _home(self, number, path):
        """Where a file of a generation is. One that was written while all was in one place has not moved."""
        return self.own if roots_own(path) and self.own.has(number) else self.shared

    def files(self, number):
        """The files of a generation: path to text, stamps included; without what only the module keeps there."""
        found = {}
        for home in self.homes if number is not None else ():
            for path, text in home.files(number).items():
                if path not in UNWRITTEN and home is self._home(number, path):
                    found[path] = text
        return found

    def read(self, number, path):
        """The text of one file of a generation; empty when there is none."""
        return '' if number is None else self._home(number, path).read(number, path)

    def put(self, number, path, text):
        """Write one file of root's own into a generation that is there."""
        self._home(number, path).put(number, path, text, self._access(path))

    def manifest(self, number):
        """What a generation says of itself, a dictionary; empty when that is missing or damaged."""
        try:
            found = json.loads(self.read(number, MANIFEST) or '{}')
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    def write(self, wanted, current, about=None):
        """Write the wanted files as a new generation, not in force yet; returns its number.

        ``about`` is for the manifest: ``who``, ``commit``, ``mode`` and ``rows``, see C(described).

        A file that differs from the current one is stamped with the new number, the others keep their stamps. Every
        file gets a fresh time, since a reload takes a file of the same size and time for the same.
        """
        number = max(self.numbers() + [self.linked() or 0]) + 1
        contents = {'generation.conf': ('; dialer.trunks: the generation in force, for anyone who asks Asterisk.\n'
                                        '[trunks-generation]\nexten => %d,1,NoOp(dialer.trunks)\n' % number)}
        for path, text in wanted.items():
            same = path in current and unstamp(current[path]) == text
            contents[path] = current[path] if same else stamp(text, number)
        contents[MANIFEST] = json.dumps(
            dict(about or {}, number=number, written=time.strftime('%Y-%m-%dT%H:%M:%S%z'), former=self.linked(),
                 changed=differing(wanted, current), files={path: checksum(contents[path]) for path in contents}),
            indent=2, sort_keys=True) + '\n'
        self._store(number, contents, self.homes)
        return number

    def _store(self, number, contents, places):
        for home in places:
            home.write(number, {path: (text, self._access(path)) for path, text in contents.items()
                                if (self.own if roots_own(path) else self.shared) is home})

    def switch(self, number):
        """Put a generation in force by one rename in each home; None takes the links away."""
        if self.apart and number is not None and not self.own.has(number):
            # It was written while all was in one place; from there no more is believed.
            self._store(number, self.shared.files(number), [self.own])
        for home in self.homes:
            home.switch(number)

    def touch(self, number):
        """Give every file of a generation a fresh time, so that a reload reads it again."""
        for home in self.homes:
            home.touch(number)

    def access(self, number):
        """Which files and directories of a generation have the wrong owner, group or mode: [Finding]. Asterisk may have
        come to run in another group, and could not read them. None when it does not run."""
        found = {}
        for home in self.homes if number is not None and self.group is not None else ():
            for path, have, want in home.access(number, self._wanted_access(home, number)):
                found.setdefault((have, want), []).append(os.path.join(home.root, path).rstrip('/'))
        return [Finding('generation', str(number), 'generation %d: %s%s: owner, group and mode are %s, not %s' % (
            number, ', '.join(paths[:NAMED]), ' and %d more' % (len(paths) - NAMED) if len(paths) > NAMED else '',
            safe_files.in_words(*have), safe_files.in_words(*want))) for (have, want), paths in sorted(found.items())]

    def set_access(self, number):
        """Put right what C(access) finds."""
        for home in self.homes if self.group is not None else ():
            home.set_access(number, self._wanted_access(home, number))

    def _wanted_access(self, home, number):
        names = list(self.manifest(number).get('files') or ()) + [MANIFEST, LISTING]
        return {path: self._access(path) for path in names if home is self._home(number, path)}

    def discard(self, number):
        """Remove a generation, and the directory of all when that was the last."""
        for home in self.homes:
            home.discard(number)

    def sweep(self):
        """Remove what a killed run left half written."""
        for home in self.homes:
            home.sweep()

    def tidy(self):
        """Remove generations beyond those that are kept, and staging that a killed run left."""
        linked = self.linked()
        for number in self.numbers()[:-KEPT]:
            if number != linked:
                self.discard(number)
        self.sweep()

    def remove(self):
        """Take every generation off the disk."""
        for home in self.homes:
            home.remove()
        if self.apart:
            with contextlib.suppress(OSError):
                os.rmdir(self.own.place)

    def _access(self, path):
        """(mode, (owner, group)) of a file of a generation. Asterisk reads what is its own; the rest is root's."""
        if path.startswith('rows/') or path == MANIFEST or (self.apart and roots_own(path)):
            return 0o600, (0, 0)
        return 0o750 if path.endswith('.agi') else 0o640, (0, self.group or 0)
