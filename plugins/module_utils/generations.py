# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbered generations of our files on a dialer.

``/etc/asterisk/trunks`` is a symbolic link to ``trunks.d/NUMBER/``. A generation is written beside the one in force,
synced, and put in force by one rename of the link. A file's content carries a stamp with the generation in which it
last changed; two contents that differ in the stamp only are the same.
"""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import contextlib
import errno
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import time

from ansible_collections.dialer.trunks.plugins.module_utils.stamps import stamp, unstamp
from ansible_collections.dialer.trunks.plugins.module_utils.technologies import TECHNOLOGIES, TRUNK_FILES, of_path

ETC = '/etc/asterisk'
LOCK = '/run/dialer-trunks.lock'
PATIENCE = 3  # seconds for the lock: a run that is refused holds it for a moment, too
MANIFEST = 'manifest.json'
KEPT_UNPRUNED = TRUNK_FILES + ('routes/', 'rows/')  # one file per trunk and per route, which stays until it is pruned
# Begins, in a route's file, the contexts of trunks that are no longer in it.
GONE = '\n; no longer in the route; for calls that are there still\n'
KEPT = 10  # generations that stay, the one in force included
PARTS = ('sip_peers', 'dialplan', 'rtp', 'firewall')
# What VICIdial's rows have to be while a generation is in force: rows/trunk-NAME.json, rows/route-NAME.json.
ROWS = 'carriers'
UNWRITTEN = (MANIFEST, 'generation.conf', 'nftables.listing')  # what only the module keeps in a generation


class Busy(Exception):
    """Another run holds the lock; the text says which."""


class Foreign(Exception):
    """Something that is not ours stands where our link belongs; the text says what."""


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


def read_text(path):
    """The text of a file as it is, byte for byte; empty when there is none."""
    try:
        with io.open(path, encoding='utf-8', errors='surrogateescape', newline='') as source:
            return source.read()
    except (IOError, OSError) as fault:
        if fault.errno != errno.ENOENT:
            raise
        return ''


def write_text(path, text, mode=None, owner=None):
    """Replace a file's content in one rename, keeping mode and owner of the file that was there."""
    path = os.path.realpath(path)
    if os.path.exists(path):
        before = os.stat(path)
        mode, owner = before.st_mode & 0o7777, (before.st_uid, before.st_gid)
    # One run at a time writes here (see Store.lock), so that what a killed one left is nobody's.
    temporary = path + '.dialer-trunks.new'
    with contextlib.suppress(OSError):
        os.unlink(temporary)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with io.open(descriptor, 'w', encoding='utf-8', errors='surrogateescape', newline='') as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        if owner:
            os.chown(temporary, *owner)
        os.chmod(temporary, 0o644 if mode is None else mode)
        os.rename(temporary, path)
    except Exception:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def sync_directory(path):
    """Make a rename in this directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_locked(path):
    """The file, open and locked. Raises Busy when another process keeps it."""
    until = time.time() + PATIENCE
    while True:
        holder = io.open(path, 'a+', encoding='utf-8')
        while not _take(holder):
            if time.time() > until:
                with holder:
                    holder.seek(0)
                    raise Busy('another run is at work here: %s (lock %s)'
                               % (holder.read().strip() or 'unknown', path))
            time.sleep(0.05)
        # Its last holder has removed it, maybe just now: then a lock on it keeps nobody out.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(holder.fileno()), os.stat(path)):
                return holder
        holder.close()


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
            holder.truncate(0)
            holder.write('%s, process %d, since %s' % (who or 'a module that was called by itself', os.getpid(),
                                                       time.strftime('%Y-%m-%d %H:%M:%S')))
            holder.flush()
            yield
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)


class Store(object):
    """The generations below one configuration directory. ``group`` is the id of the group that Asterisk runs in."""

    def __init__(self, etc=ETC, group=0):
        self.link = os.path.join(etc, 'trunks')
        self.root = os.path.join(etc, 'trunks.d')
        self.group = group

    def lock(self, who=None):
        """The lock of this dialer, see C(locked)."""
        return locked(LOCK, who)

    def linked(self):
        """The number that the link points to; None when there is no generation. Raises Foreign."""
        if not os.path.lexists(self.link):
            return None
        place, name = os.path.split(os.readlink(self.link).rstrip('/')) if os.path.islink(self.link) else ('', '')
        if os.path.basename(place) != 'trunks.d' or not name.isdigit():
            raise Foreign('%s is not a link of ours. Move it away (its files can be included from elsewhere), since a '
                          'link to the generation in force belongs there. Nothing was touched.' % self.link)
        return int(name)

    def numbers(self):
        """The numbers of all generations that are kept, rising."""
        try:
            return sorted(int(name) for name in os.listdir(self.root) if name.isdigit())
        except OSError:
            return []

    def path(self, number):
        return os.path.join(self.root, str(number))

    def files(self, number):
        """The files of a generation: path to text, stamps included; without what only the module keeps there."""
        if number is None:
            return {}
        found = {}
        top = self.path(number)
        for directory, _subdirectories, names in os.walk(top):
            for name in names:
                path = os.path.relpath(os.path.join(directory, name), top)
                if path not in UNWRITTEN:
                    found[path] = read_text(os.path.join(directory, name))
        return found

    def manifest(self, number):
        """What a generation says of itself, a dictionary; empty when that is missing or damaged."""
        try:
            found = json.loads(read_text(os.path.join(self.path(number), MANIFEST)) or '{}')
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
        staging = self.path(number) + '.new'
        shutil.rmtree(staging, ignore_errors=True)
        try:
            self._make(staging)
            contents = dict(wanted)
            contents['generation.conf'] = ('; dialer.trunks: the generation in force, for anyone who asks Asterisk.\n'
                                           '[trunks-generation]\nexten => %d,1,NoOp(dialer.trunks)\n' % number)
            sums = {}
            for path, text in sorted(contents.items()):
                same = path in current and unstamp(current[path]) == text
                target = os.path.join(staging, path)
                self._make(os.path.dirname(target))
                text = current[path] if same else stamp(text, number)
                write_text(target, text, *self._access(path))
                sums[path] = checksum(text)
            write_text(os.path.join(staging, MANIFEST),
                       json.dumps(dict(about or {}, number=number, written=time.strftime('%Y-%m-%dT%H:%M:%S%z'),
                                       former=self.linked(), changed=differing(wanted, current), files=sums),
                                  indent=2, sort_keys=True) + '\n', *self._access(MANIFEST))
            for directory, _subdirectories, _names in os.walk(staging):
                sync_directory(directory)
            os.rename(staging, self.path(number))
            sync_directory(self.root)
        except Exception:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        return number

    def switch(self, number):
        """Put a generation in force by one rename; None takes the link away."""
        if number is None:
            if os.path.islink(self.link):
                os.unlink(self.link)
        else:
            temporary = self.link + '.new'
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            os.symlink(os.path.join('trunks.d', str(number)), temporary)
            os.rename(temporary, self.link)
        sync_directory(os.path.dirname(self.link))

    def touch(self, number):
        """Give every file of a generation a fresh time, so that a reload reads it again."""
        for directory, _subdirectories, names in os.walk(self.path(number)):
            for name in names:
                os.utime(os.path.join(directory, name), None)

    def discard(self, number):
        """Remove a generation, and the directory of all when that was the last."""
        shutil.rmtree(self.path(number), ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir(self.root)

    def tidy(self):
        """Remove generations beyond those that are kept, and staging that a killed run left."""
        linked = self.linked()
        for number in self.numbers()[:-KEPT]:
            if number != linked:
                self.discard(number)
        for name in os.listdir(self.root):
            if name.endswith('.new'):
                shutil.rmtree(os.path.join(self.root, name), ignore_errors=True)

    def remove(self):
        """Take everything of ours off the disk."""
        self.switch(None)
        if os.path.isdir(self.root):
            shutil.rmtree(self.root)

    def _access(self, path):
        """(mode, (owner, group)) of a file of a generation. Asterisk reads what is its own; the rest is root's."""
        if path.startswith('rows/') or path == MANIFEST:
            return 0o600, (0, 0)
        return 0o750 if path.endswith('.agi') else 0o640, (0, self.group)

    def _make(self, directory):
        missing = []
        while not os.path.isdir(directory):
            missing.append(directory)
            directory = os.path.dirname(directory)
        for path in reversed(missing):
            os.mkdir(path, 0o750)
            os.chown(path, 0, self.group)
            os.chmod(path, 0o750)
