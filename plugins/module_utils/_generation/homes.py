# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of generations on the disk, C(trunks.d), and the link C(trunks) to the one in force.

Only C(trunks.d) must be writable for root alone. The directory that contains both may belong to another user, who can
replace them: this is detected when they are opened, and then they are not used.
"""

import contextlib
import errno
import os
import stat

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.safe_files import Foreign


def sync(descriptor):
    """Sync an open directory, so that what was renamed in it survives a power cut."""
    os.fsync(descriptor)


class Home(object):
    """The generations in C(place). Directories belong to root, with this C(group) and C(mode)."""

    def __init__(self, place, group=0, mode=0o750):
        self.place = place
        self.link = os.path.join(place, 'trunks')
        self.root = os.path.join(place, 'trunks.d')
        self.group = group
        self.mode = mode

    def opened(self):
        """Return a context with a descriptor of C(trunks.d), or None without one. Raises Foreign if others than root
        can write to it."""
        return safe_files.opened(self.root, root_only=True)

    @contextlib.contextmanager
    def _within(self, number):
        """Return a context with a descriptor of a generation, or None."""
        with self.opened() as root:
            if root is None:
                yield None
            else:
                with safe_files.opened(str(number), root) as found:
                    yield found

    def linked(self):
        """Return the number that the link points to; None for none. Raises Foreign."""
        with safe_files.opened(self.place) as place:
            found = place is not None and safe_files.lstat(place, 'trunks')
            if not found:
                return None
            is_link = stat.S_ISLNK(found.st_mode)
            where, name = os.path.split(os.readlink('trunks', dir_fd=place).rstrip('/')) if is_link else ('', '')
        if where not in ('trunks.d', self.root) or not name.isdigit():
            raise Foreign('%s is not the link of this collection. Move it away (its files can be included elsewhere), '
                          'since the link to the generation in force must be there. Nothing was touched.' % self.link)
        return int(name)

    def switch(self, number):
        """Point the link to a generation in one rename; None removes it."""
        with safe_files.opened(self.place) as place:
            if place is None:
                return
            safe_files.remove_at(place, 'trunks.new')
            if number is not None:
                os.symlink('trunks.d/%d' % number, 'trunks.new', dir_fd=place)
                os.rename('trunks.new', 'trunks', src_dir_fd=place, dst_dir_fd=place)
            elif safe_files.is_link(place, 'trunks'):
                os.unlink('trunks', dir_fd=place)
            sync(place)

    def numbers(self):
        """Return the numbers of all generations here, ascending."""
        with self.opened() as root:
            return sorted(int(name) for name in os.listdir(root) if name.isdigit()) if root is not None else []

    def has(self, number):
        """Return whether the generation is here."""
        with self._within(number) as inside:
            return inside is not None

    def files(self, number):
        """Return the files of a generation that are here: {path: text}."""
        with self._within(number) as inside:
            if inside is None:
                return {}
            return {path: safe_files.read_at(inside, path, self._path(number, path))
                    for path in safe_files.files_below(inside)}

    def read(self, number, path):
        """Return the text of one file of a generation; empty if there is none."""
        with self._within(number) as inside:
            if inside is None or safe_files.lstat(inside, path) is None:
                return ''
            return safe_files.read_at(inside, path, self._path(number, path))

    def open(self, number, path):
        """Return a descriptor for reading one file of a generation, to be closed by the caller. Raises OSError and
        Foreign."""
        with self._within(number) as inside:
            if inside is None:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), self._path(number, path))
            with safe_files.file_at(inside, path, self._path(number, path)) as descriptor:
                return os.dup(descriptor)

    def put(self, number, path, text, access):
        """Write one file into a generation that is here; ``access``: mode, (owner, group)."""
        with self._within(number) as inside:
            if inside is not None:
                safe_files.write_at(inside, path, text, *access, path=self._path(number, path))

    def write(self, number, contents):
        """Write a new generation in one rename. ``contents``: {path: (text, access)}."""
        staging = '%d.new' % number
        with safe_files.naming(os.path.join(self.root, str(number))), self._made() as root:
            safe_files.remove_tree(root, staging)
            try:
                self._make(root, staging)
                with safe_files.opened(staging, root, must=True) as inside:
                    for path, (text, access) in sorted(contents.items()):
                        directory = os.path.dirname(path)
                        if directory and safe_files.lstat(inside, directory) is None:
                            self._make(inside, directory)
                        safe_files.write_at(inside, path, text, *access, path=self._path(number, path))
                    for directory in safe_files.directories_below(inside):
                        with safe_files.opened(directory, inside, must=True) as below:
                            sync(below)
                    sync(inside)
                os.rename(staging, str(number), src_dir_fd=root, dst_dir_fd=root)
                sync(root)
            except Exception:
                with contextlib.suppress(OSError):
                    safe_files.remove_tree(root, staging)
                raise

    @contextlib.contextmanager
    def _made(self):
        """Return C(opened), created if it is missing."""
        with safe_files.opened(self.place) as place:
            if place is None:
                os.mkdir(self.place, 0o700)  # only for root's own files, in /var/lib
        with safe_files.opened(self.place, must=True) as place:
            if safe_files.lstat(place, 'trunks.d') is None:
                self._make(place, 'trunks.d')
        with safe_files.opened(self.root, root_only=True, must=True) as root:
            yield root

    def _make(self, parent, name):
        """Create a directory that only root can write to from its creation on."""
        os.mkdir(name, 0o700, dir_fd=parent)
        with safe_files.opened(name, parent, root_only=True, must=True) as made:
            # A user who may rename in the parent may have put another directory of root there: it is left alone.
            if not os.listdir(made):
                safe_files.set_access(made, self.mode, (0, self.group))

    def touch(self, number):
        """Set the time of every file of a generation to now, so that a reload reads it again."""
        with self._within(number) as inside:
            for path in safe_files.files_below(inside) if inside is not None else ():
                os.utime(path, None, dir_fd=inside, follow_symlinks=False)

    def access(self, number, wanted):
        """Return what differs in owner, group or mode: [(path, actual, wanted)], each (mode, (owner, group)).

        ``wanted``: {path: access} of the files to check, and thereby of their directories. '' is C(trunks.d).
        """
        return self._each_access(number, wanted, lambda _descriptor, _want: None)

    def set_access(self, number, wanted):
        """Correct what C(access) returns."""
        self._each_access(number, wanted, lambda descriptor, want: safe_files.set_access(descriptor, *want))

    def _each_access(self, number, wanted, repair):
        found = []

        def check(path, descriptor, want):
            now = os.fstat(descriptor)
            have = (stat.S_IMODE(now.st_mode), (now.st_uid, now.st_gid))
            if have != want:
                found.append((path, have, want))
                repair(descriptor, want)

        with self.opened() as root, self._within(number) as inside:
            if root is None or inside is None:
                return found
            directory = (self.mode, (0, self.group))
            # A user who may rename in the place may have put another directory of root there, with other files.
            if all(name.isdigit() or name.endswith('.new') for name in os.listdir(root)):
                check('', root, directory)
            check(str(number), inside, directory)
            for path in sorted({os.path.dirname(path) for path in wanted} - {''}):
                with safe_files.opened(path, inside) as below:
                    if below is not None:
                        check('%d/%s' % (number, path), below, directory)
            for path, want in sorted(wanted.items()):
                if safe_files.lstat(inside, path) is not None:
                    with safe_files.file_at(inside, path) as descriptor:
                        check('%d/%s' % (number, path), descriptor, want)
        return found

    def discard(self, number):
        """Remove a generation, and C(trunks.d) if that was the last."""
        self._remove([str(number)])

    def sweep(self):
        """Remove incomplete files of a killed run."""
        with self.opened() as root:
            names = [name for name in os.listdir(root) if name.endswith('.new')] if root is not None else []
        self._remove(names)
        safe_files.remove(self.link + '.new')

    def remove(self):
        """Remove every generation and the link."""
        self.switch(None)
        self._remove([str(number) for number in self.numbers()])
        self.sweep()

    def _remove(self, names):
        with self.opened() as root:
            for name in names if root is not None else ():
                with contextlib.suppress(OSError):
                    safe_files.remove_tree(root, name)
        with safe_files.opened(self.place) as place, contextlib.suppress(OSError):
            if place is not None:
                os.rmdir('trunks.d', dir_fd=place)

    def _path(self, number, path):
        return os.path.join(self.root, str(number), path)
