# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbered generations of our files on a dialer.

``/etc/asterisk/trunks`` is a symbolic link to ``trunks.d/NUMBER/``. A generation is written beside the one in force,
synced, and put in force by one rename of the link. A file's content carries a stamp with the generation in which it
last changed; two contents that differ in the stamp only are the same.

Where Asterisk is not root, ``/etc/asterisk`` is its user's as a rule. What root loads or believes then has a home of
its own, ``/var/lib/dialer-trunks``, with a link and directories of the same names that only root can change.
"""

import contextlib
import errno
import fcntl
import hashlib
import io
import json
import os
import re
import stat
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import homes
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import stamp, unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import (
    TECHNOLOGIES, TRUNK_FILES, of_path)

ETC = '/etc/asterisk'
STATE = '/var/lib/dialer-trunks'  # only root's; survives a reboot
LOCK = '/run/dialer-trunks.lock'
PATIENCE = 3  # seconds for the lock: a run that is refused holds it for a moment, too
MANIFEST = 'manifest.json'
KEPT_UNPRUNED = TRUNK_FILES + ('routes/', 'rows/')  # one file per trunk and per route, which stays until it is pruned
# Begins, in a route's file, the contexts of trunks that are no longer in it.
GONE = '\n; no longer in the route; for calls that are there still\n'
NAMED = 3  # paths in a sentence
KEPT = 10  # generations that stay, the one in force included
PARTS = ('sip_peers', 'dialplan', 'rtp', 'firewall')
# What VICIdial's rows have to be while a generation is in force: rows/trunk-NAME.json, rows/route-NAME.json.
ROWS = 'carriers'
UNWRITTEN = (MANIFEST, 'generation.conf', 'nftables.listing')  # what only the module keeps in a generation


Foreign = safe_files.Foreign


class Busy(Exception):
    """Another run holds the lock; the text says which."""


def part_of(path):
    """The part that a file of a generation belongs to; ``base`` for those that every generation has."""
    if of_path(path):
        return 'sip_peers'
    if path.startswith('rows/'):
        return ROWS
    if path == 'rtp.conf':
        return 'rtp'
    if path in ('nftables.conf', 'firewalld.rules'):
        return 'firewall'
    if path in ('extensions.conf', 'generation.conf'):
        return 'base'
    return 'dialplan'


def roots_own(path):
    """Whether a file of a generation is for root alone: what it loads, or believes when it goes back."""
    return path.startswith(('rows/', 'nftables.')) or path in (MANIFEST, 'firewalld.rules')


def compose(current, request):
    """The files of the wanted generation: a dictionary of path and unstamped text.

    ``current`` are the files in force. ``request`` has ``parts`` (those that are meant), ``files`` (part to path to
    text), ``base`` (path to text), ``prune`` and ``drop`` (beginnings of paths that go in any case, such as those of
    disabled trunks). Parts that are not meant are carried over; so are, without ``prune``, a trunk's and a route's
    files that the request no longer has. ``exact``: the routes are as they stand there, see C(with_gone).
    """
    wanted = dict(request['base'])
    for path, text in current.items():
        part = part_of(path)
        meant = part in request['parts']
        if part == 'base' or (meant and path.startswith(tuple(request['drop']))):
            continue
        stays = path.startswith(KEPT_UNPRUNED) and not request['prune']
        if path.startswith('rates/'):  # as long as the route that looks numbers up there, unless that is described anew
            route = 'routes/%s.conf' % path[len('rates/'):].split('.')[0]
            stays = not request['prune'] and route not in request['files'].get(part, {})
        undescribed = part == 'rtp' and not request['files'].get('rtp')  # RTP is then left as it is
        if not meant or stays or undescribed:
            wanted[path] = unstamp(text)
    for part in request['parts']:
        wanted.update(request['files'].get(part, {}))
    for path in wanted if not request.get('exact') else ():
        if path.startswith('routes/') and path in current:
            wanted[path] = with_gone(wanted[path], unstamp(current[path]))
    for technology in TECHNOLOGIES.values():  # what includes the trunks stays as long as one does
        if technology.conf in current and any(path.startswith(technology.directory + '/') for path in wanted):
            wanted.setdefault(technology.conf, unstamp(current[technology.conf]))
    return wanted


def with_gone(text, former):
    """A route's file with the contexts of trunks that have just left the route: a call that rings or talks there goes
    on with a step of its context, and ends in that context's h. They stay until the route changes again."""
    body = former.partition(GONE)[0]
    if body == text:
        return former
    blocks = re.split(r'^(?=\[)', body, flags=re.MULTILINE)
    gone = [block.rstrip('\n') + '\n' for block in blocks
            if block.startswith('[trunks-to-') and block.partition('\n')[0] + '\n' not in text]
    return text + (GONE + '\n'.join(gone) if gone else '')


def left_over(wanted, request):
    """Paths of trunks and routes in the wanted generation that the request does not describe."""
    described = set()
    for part in request['parts']:
        described.update(request['files'].get(part, {}))
    return sorted(path for path in wanted
                  if path.startswith(KEPT_UNPRUNED) and part_of(path) in request['parts']
                  and path not in described and part_of(path) != ROWS)  # the database's own report names rows


def standing_in_the_way(wanted, left):
    """Sentences about routes that are no longer described and stay, and answer what a described one does: in
    trunks-outbound, where Asterisk takes the one whose file it reads first. ``left``: as C(left_over) returns."""
    described, found = {}, []
    for path in sorted(wanted):
        if path.startswith('routes/') and path not in left:
            described.update(dict.fromkeys(_outbound(wanted[path]), _name(path)))
    for path in left:
        for extension in _outbound(wanted[path]) if path.startswith('routes/') else ():
            if extension in described:
                found.append('route %s, which is no longer described, answers %s as route %s does, and stays without '
                             'dialer_prune: set that, so that it gives way'
                             % (_name(path), extension, described[extension]))
    return found


def _outbound(text):
    text = text.partition(GONE)[0].partition('[trunks-outbound]\n')[2]
    return re.findall(r'^exten => ([^,\n]+),1,', text, re.MULTILINE)


def _name(path):
    return path[len('routes/'):-len('.conf')]


def differing(wanted, current):
    """The paths in which two sets of files differ, stamps aside, sorted. ``wanted`` has none yet."""
    return sorted(path for path in set(wanted) | set(current)
                  if path not in wanted or path not in current or wanted[path] != unstamp(current[path]))


def checksum(text):
    """What a manifest holds of a file, to know later whether somebody edited it."""
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()


def _open_locked(path):
    """The file, open and locked. Raises Busy when another process keeps it.

    Who has the file open can lock it, for reading, too. So only root can open it, and one that somebody else can have
    opened makes way for a new one.
    """
    until = time.time() + PATIENCE
    while True:
        holder, mine = _open_lock(path)
        while not _take(holder):
            if time.time() > until:
                with holder:
                    holder.seek(0)
                    raise Busy('another run is at work here: %s (lock %s)'
                               % (holder.read().strip() or 'unknown', path))
            time.sleep(0.05)
        if not mine:
            _unlink(path)
        # Its last holder has removed it, maybe just now: then a lock on it keeps nobody out.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(holder.fileno()), os.stat(path, follow_symlinks=False)):
                return holder
        holder.close()


def _open_lock(path):
    """(the file, whether nobody else has been able to open it), made where it is missing."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        except OSError as fault:
            if fault.errno not in (errno.ELOOP, errno.ENXIO):
                raise
            os.unlink(path)  # a link or a FIFO, which no run of ours has made
            continue
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink <= 1:
            os.fchmod(descriptor, 0o600)
            return io.open(descriptor, 'r+', encoding='utf-8'), not found.st_mode & 0o077
        os.close(descriptor)
        os.unlink(path)


def _take(holder):
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        return False
    return True


@contextlib.contextmanager
def locked(path, who=None):
    """Hold a lock, for which its file is there meanwhile; raises Busy when another run has it. ``who`` is told to that
    one."""
    with _open_locked(path) as holder:
        try:
            holder.seek(0)
            holder.truncate()
            holder.write('%s, process %d, since %s' % (who or 'a module that was called by itself', os.getpid(),
                                                       time.strftime('%Y-%m-%d %H:%M:%S')))
            holder.flush()
            yield
        finally:
            _unlink(path)


def _unlink(path):
    with contextlib.suppress(OSError):
        os.unlink(path)


def of_dialer(etc=ETC, state=STATE):
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

    def __init__(self, etc=ETC, group=None, own=None):
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
        """The lock of this dialer, see C(locked)."""
        return locked(LOCK, who)

    def linked(self):
        """The number of the generation in force; None when there is none. Raises Foreign."""
        numbers = [home.linked() for home in self.homes]
        return numbers[0] if numbers[0] is not None else numbers[-1]

    def astray(self):
        """Sentences about a link that does not lead to the generation in force."""
        number = self.linked()
        return ['%s does not lead to generation %s, which is in force: somebody has changed it, or a run was cut short'
                % (home.link, number) for home in self.homes if home.linked() != number]

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
        """Sentences about files and directories of a generation with the wrong owner, group or mode: Asterisk may have
        come to run in another group, and could not read them. None when it does not run."""
        found = {}
        for home in self.homes if number is not None and self.group is not None else ():
            for path, have, want in home.access(number, self._wanted_access(home, number)):
                found.setdefault((have, want), []).append(os.path.join(home.root, path).rstrip('/'))
        return ['generation %d: %s%s: owner, group and mode are %s, not %s' % (
            number, ', '.join(paths[:NAMED]), ' and %d more' % (len(paths) - NAMED) if len(paths) > NAMED else '',
            safe_files.in_words(*have), safe_files.in_words(*want)) for (have, want), paths in sorted(found.items())]

    def set_access(self, number):
        """Put right what C(access) tells of."""
        for home in self.homes if self.group is not None else ():
            home.set_access(number, self._wanted_access(home, number))

    def _wanted_access(self, home, number):
        names = list(self.manifest(number).get('files') or ()) + [MANIFEST, 'nftables.listing']
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
        """Take everything of ours off the disk."""
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
