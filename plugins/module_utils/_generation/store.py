# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbered generations of this collection's files on a dialer.

``/etc/asterisk/trunks`` is a symbolic link to ``trunks.d/NUMBER/``. A generation is written besides the one in force,
synced, and put in force by one rename of the link. A file's content has a stamp with the generation in which it last
changed; two contents that differ in the stamp only are equal.

If Asterisk does not run as root, ``/etc/asterisk`` usually belongs to its user. Files that root loads or trusts are
then in ``/var/lib/dialer-trunks``, with a link and directories of the same names that only root can change.
"""

import contextlib
import hashlib
import json
import os
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import stamp, unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import homes
from ansible_collections.dialer.trunks.plugins.module_utils._generation.composition import differing
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import (
    DECKS, LISTING, MANIFEST, MONITOR, STATE, UNWRITTEN, roots_own)

LOCK = '/run/dialer-trunks.lock'
NAMED = 3  # paths in a sentence
KEPT = 10  # generations, including the one in force

Foreign = safe_files.Foreign


def checksum(text):
    """Return the checksum of a file in the manifest, which tells later whether it was edited."""
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()


def of_dialer(etc=ETC, state=STATE):
    """Return the C(Store) of this dialer. Files that root loads or trusts are in ``state``, unless Asterisk runs as
    root, or only root can change its configuration directory. An existing directory there stays in use."""
    running = cli.process()
    with safe_files.opened(etc) as directory:
        plain = (running and running[1] == 0) or (directory is None or safe_files.only_root(os.fstat(directory)))
    apart = not plain or safe_files.exists(os.path.join(state, 'trunks.d'))
    return Store(etc, running and running[2], state if apart else None)


def in_force(path):
    """Return the text of a file of the generation in force on this dialer; None if there is none, or this user may not
    read it."""
    try:
        store = of_dialer()
        return store.read(store.linked(), path) or None
    except (IOError, OSError, Foreign):
        return None


class Store(object):
    """The generations of a dialer.

    ``etc``: Asterisk's configuration directory. ``group``: the id of Asterisk's group; None if it does not run.
    ``own``: the directory of root's own files, if not ``etc``, see C(of_dialer).
    """

    def __init__(self, etc=ETC, group=None, own=None):
        self.shared = homes.Home(etc, group or 0)
        self.own = homes.Home(own, 0, 0o700) if own else self.shared
        self.link = self.shared.link
        self.root = self.shared.root
        self.group = group

    @property
    def apart(self):
        """Return whether root's own files are in a directory of their own."""
        return self.own is not self.shared

    @property
    def homes(self):
        return [self.own, self.shared] if self.apart else [self.shared]

    def lock(self, who=None):
        """Return the lock of this dialer, see C(locks.locked)."""
        return locks.locked(LOCK, who)

    def linked(self):
        """Return the number of the generation in force; None for none. Raises Foreign."""
        numbers = [home.linked() for home in self.homes]
        return numbers[0] if numbers[0] is not None else numbers[-1]

    def astray(self):
        """Return [Finding] for each link that does not point to the generation in force."""
        number = self.linked()
        return [Finding('generation', str(number), '%s does not point to generation %s, which is in force: it was '
                        'changed by hand, or a run was cut short' % (home.link, number))
                for home in self.homes if home.linked() != number]

    def numbers(self):
        """Return the numbers of all kept generations, ascending."""
        return sorted(set().union(*[home.numbers() for home in self.homes]))

    def path(self, number):
        return os.path.join(self.root, str(number))

    def place(self, path):
        """Return the path of a file of the generation in force."""
        return os.path.join((self.own if roots_own(path) else self.shared).link, path)

    def _home(self, number, path):
        """Return the home of a file of a generation. Files that were written to one common home are not moved."""
        return self.own if roots_own(path) and self.own.has(number) else self.shared

    def files(self, number):
        """Return the files of a generation: {path: text with stamps}, without those that the module itself adds."""
        found = {}
        for home in self.homes if number is not None else ():
            for path, text in home.files(number).items():
                if path not in UNWRITTEN and home is self._home(number, path):
                    found[path] = text
        return found

    def read(self, number, path):
        """Return the text of one file of a generation; empty if there is none."""
        return '' if number is None else self._home(number, path).read(number, path)

    def open(self, number, path):
        """Return a descriptor for reading one file of a generation, to be closed by the caller. Raises OSError and
        Foreign."""
        return self._home(number, path).open(number, path)

    def put(self, number, path, text):
        """Write one of root's own files into an existing generation."""
        self._home(number, path).put(number, path, text, self._access(path))

    def manifest(self, number):
        """Return the manifest of a generation, a dictionary; empty if it is missing or damaged."""
        try:
            found = json.loads(self.read(number, MANIFEST) or '{}')
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    def write(self, wanted, current, about=None):
        """Write the wanted files as a new generation, not in force yet. Returns its number.

        ``about`` is for the manifest: ``who``, ``commit``, ``mode`` and ``rows``, see C(history.described).

        A file that differs from the current one is stamped with the new number, the others keep their stamps. Every
        file gets a new time, since a reload ignores a file of the same size and time.
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
        """Put a generation in force by one rename in each home; None removes the links."""
        if self.apart and number is not None and not self.own.has(number):
            # It was written to one common home, from which root's own files are copied once.
            self._store(number, self.shared.files(number), [self.own])
        for home in self.homes:
            home.switch(number)

    def touch(self, number):
        """Set the time of every file of a generation to now, so that a reload reads it again."""
        for home in self.homes:
            home.touch(number)

    def access(self, number):
        """Return [Finding] for the files and directories of a generation with a wrong owner, group or mode. If Asterisk
        runs in another group now, it cannot read them. Empty if it does not run."""
        found = {}
        for home in self.homes if number is not None and self.group is not None else ():
            for path, have, want in home.access(number, self._wanted_access(home, number)):
                found.setdefault((have, want), []).append(os.path.join(home.root, path).rstrip('/'))
        findings = []
        for (have, want), paths in sorted(found.items()):
            more = ' and %d more' % (len(paths) - NAMED) if len(paths) > NAMED else ''
            text = 'generation %d: %s%s: owner, group and mode are %s, not %s' % (
                number, ', '.join(paths[:NAMED]), more, safe_files.access_text(*have), safe_files.access_text(*want))
            findings.append(Finding('generation', str(number), text))
        return findings

    def set_access(self, number):
        """Correct what C(access) finds."""
        for home in self.homes if self.group is not None else ():
            home.set_access(number, self._wanted_access(home, number))

    def _wanted_access(self, home, number):
        names = list(self.manifest(number).get('files') or ()) + [MANIFEST, LISTING]
        return {path: self._access(path) for path in names if home is self._home(number, path)}

    def discard(self, number):
        """Remove a generation, and the directory of all if that was the last."""
        for home in self.homes:
            home.discard(number)

    def sweep(self):
        """Remove incomplete files of a killed run."""
        for home in self.homes:
            home.sweep()

    def tidy(self):
        """Remove all generations but the last ones that are kept, and incomplete files of a killed run."""
        linked = self.linked()
        for number in self.numbers()[:-KEPT]:
            if number != linked:
                self.discard(number)
        self.sweep()

    def remove(self):
        """Remove every generation."""
        for home in self.homes:
            home.remove()
        if self.apart:
            with contextlib.suppress(OSError):
                os.rmdir(self.own.place)

    def _access(self, path):
        """Return (mode, (owner, group)) of a file of a generation. Asterisk can read all but root's own files."""
        if path.startswith(('rows/', DECKS)) or path in (MANIFEST, MONITOR) or (self.apart and roots_own(path)):
            return 0o600, (0, 0)
        return 0o750 if path.endswith('.agi') else 0o640, (0, self.group or 0)
