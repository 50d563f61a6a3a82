# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes files as root in directories that another user can change, such as those of Asterisk's user.

That user can replace what root is about to open, chown or rename by a symbolic link or another directory. Therefore
every step from C(/) to the file uses a descriptor, no link is followed that another user could have created, and owner
and mode are set on the open file before it gets its name.
"""

import contextlib
import errno
import grp
import io
import os
import pwd
import stat

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a FIFO in place of the file would block.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_MOST_LINKS = 40


class Foreign(Exception):
    """An unexpected file, link or owner is in the place where root reads or writes. The text says what to do."""


def only_root(found):
    """Return whether only root (or the current user) can change a directory. ``found``: its stat result."""
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


def owner_of(found):
    """Return the name of a file's owner."""
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return 'uid %d' % found.st_uid


def access_text(mode, ids):
    """Return a mode and (uid, gid) as text: ``root:asterisk 0640``."""
    names = []
    for number, find in zip(ids, (lambda uid: pwd.getpwuid(uid).pw_name, lambda gid: grp.getgrgid(gid).gr_name)):
        try:
            names.append(find(number))
        except KeyError:
            names.append(str(number))
    return '%s:%s %04o' % (names[0], names[1], mode)


@contextlib.contextmanager
def placed(path):
    """Return a context with (descriptor of the directory, name in it) of a file. Links are followed if only root can
    have created them, including the last one, so that the name is not a link. Raises Foreign, or OSError if a directory
    is missing."""
    directory, name = _walk(path)
    try:
        yield directory, name
    finally:
        os.close(directory)


def _walk(path):
    waiting, here, links = _parts(path), os.open('/', DIRECTORY), 0
    try:
        while True:
            name = waiting.pop(0) if waiting else '.'
            found = lstat(here, name)
            if found and stat.S_ISLNK(found.st_mode):
                links += 1
                _check_link(here, found, path)
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                target = os.readlink(name, dir_fd=here)
                if target.startswith('/'):
                    os.close(here)
                    here = os.open('/', DIRECTORY)
                waiting = _parts(target) + waiting
                continue
            if not waiting:
                return here, name
            below = _open(name, DIRECTORY, here, path)
            os.close(here)
            here = below
    except Exception:
        os.close(here)
        raise


def _parts(path):
    return [part for part in path.split('/') if part not in ('', '.')]


def _check_link(directory, link, path):
    held = os.fstat(directory)
    # In a sticky directory such as /tmp, other users cannot replace root's files.
    sticky = held.st_uid in (0, os.geteuid()) and held.st_mode & stat.S_ISVTX
    if not only_root(held) and not (sticky and link.st_uid in (0, os.geteuid())):
        raise Foreign('%s is or leads through a symbolic link that the user %s can change: it is not followed. Put the '
                      'file itself there' % (path, owner_of(held)))


def _open(name, flags, directory, path, mode=0o777):
    """Return os.open of a name in a directory. Errors have the whole path. Raises Foreign if the name became a link."""
    try:
        return os.open(name, flags, mode, dir_fd=directory)
    except (IOError, OSError) as fault:
        if fault.errno == errno.ELOOP or (fault.errno == errno.ENOTDIR and is_link(directory, name)):
            raise Foreign('%s has just been replaced by a symbolic link, which is not followed' % path)
        raise OSError(fault.errno, fault.strerror, path)


def lstat(directory, name):
    """Return the stat result of a name in an open directory, of a link itself; None if it does not exist."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError as fault:
        if fault.errno != errno.ENOENT:
            raise
        return None


def is_link(directory, name):
    """Return whether a name in an open directory is a symbolic link."""
    found = lstat(directory, name)
    return found is not None and stat.S_ISLNK(found.st_mode)


@contextlib.contextmanager
def opened(path, directory=None, root_only=False, must=False):
    """Return a context with a descriptor of a directory, or None if it is missing (with ``must``: OSError). ``path`` is
    a name in the open ``directory``, if that is given. With ``root_only``, raises Foreign if other users can change it.
    """
    descriptor = _open_directory(path, directory)
    if must and descriptor is None:  # functions of os take a descriptor None for the working directory
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    try:
        found = descriptor is not None and os.fstat(descriptor)
        if found and root_only and not only_root(found):
            raise Foreign('%s can be changed by others than root: it belongs to %s and has mode %04o. Its files are '
                          'not used. Move it away, and run this again.'
                          % (path, owner_of(found), stat.S_IMODE(found.st_mode)))
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_directory(path, directory):
    try:
        if directory is not None:
            return _open(path, DIRECTORY, directory, path)
        with placed(path) as (parent, name):
            return _open(name, DIRECTORY, parent, path)
    except OSError as fault:
        if fault.errno == errno.ENOTDIR:
            raise Foreign('%s is not a directory. Move it away. Nothing was touched.' % path)
        if fault.errno != errno.ENOENT:
            raise
        return None


def exists(path):
    """Return whether the path exists, reached as by C(placed)."""
    try:
        with placed(path) as (directory, name):
            return lstat(directory, name) is not None
    except OSError as fault:
        if fault.errno != errno.ENOENT:
            raise
        return False


def read_text(path):
    """Return the text of a file, byte for byte; empty if there is none."""
    try:
        with placed(path) as (directory, name):
            return read_at(directory, name, path)
    except (IOError, OSError) as fault:
        if fault.errno != errno.ENOENT:
            raise
        return ''


def read_at(directory, name, path=None):
    """Return the text of a file in an open directory; ``path`` is for messages. Raises OSError without the file."""
    with file_at(directory, name, path) as descriptor:
        with io.open(descriptor, encoding='utf-8', errors='surrogateescape', newline='', closefd=False) as source:
            return source.read()


@contextlib.contextmanager
def file_at(directory, name, path=None):
    """Return a context with a descriptor for reading a file in an open directory, or for setting its access. Raises
    Foreign, OSError."""
    path = path or name
    descriptor = _open(name, _FILE, directory, path)
    try:
        found, held = os.fstat(descriptor), os.fstat(directory)
        if stat.S_ISDIR(found.st_mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(found.st_mode):
            raise Foreign('%s is not a file. Move it away. Nothing was touched.' % path)
        # A hard link can be to a file that the directory's owner may not read.
        if found.st_nlink > 1 and not only_root(held) and found.st_uid != held.st_uid:
            raise Foreign('%s belongs to %s and is a hard link to another file: it is not read, since the user %s may '
                          'have created it' % (path, owner_of(found), owner_of(held)))
        yield descriptor
    finally:
        os.close(descriptor)


def write_text(path, text, mode=None, owner=None):
    """Replace a file's content in one rename, keeping mode and owner of the file that was there."""
    with placed(path) as (directory, name):
        before = lstat(directory, name)
        if before is not None and stat.S_ISREG(before.st_mode):
            mode, owner = stat.S_IMODE(before.st_mode), (before.st_uid, before.st_gid)
        elif before is not None:
            raise Foreign('%s is not a file. Move it away. Nothing was touched.' % path)
        write_at(directory, name, text, mode, owner, path)


@contextlib.contextmanager
def naming(path):
    """Give the path to errors in the block that have none or a part of it, such as those of a full disk."""
    try:
        yield
    except (IOError, OSError) as fault:
        if os.path.isabs(fault.filename or ''):
            raise
        raise OSError(fault.errno, fault.strerror, path)


def write_at(directory, name, text, mode=None, owner=None, path=None):
    """Write a file in an open directory in one rename, with this mode (0644) and (owner, group); ``path`` is for
    messages."""
    # One run at a time writes here (see locks.locked), so that an existing temporary file is that of a killed run.
    temporary = name + '.dialer-trunks.new'
    remove_at(directory, temporary)
    try:
        with naming(path or name):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600,
                                 dir_fd=directory)
            with io.open(descriptor, 'w', encoding='utf-8', errors='surrogateescape', newline='') as target:
                target.write(text)
                target.flush()
                set_access(descriptor, 0o644 if mode is None else mode, owner)
                os.fsync(descriptor)
                written = os.fstat(descriptor)
            os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        there = lstat(directory, name)
        if there is None or not os.path.samestat(there, written):
            raise Foreign('%s was replaced while it was written: %s can change its directory'
                          % (path or name, owner_of(os.fstat(directory))))
    except Exception:
        remove_at(directory, temporary)
        raise


def set_access(descriptor, mode, owner=None):
    """Set owner, group and mode of an open file or directory, in this order, since chown clears bits of the mode."""
    if owner is not None:
        os.fchown(descriptor, *owner)
    os.fchmod(descriptor, mode)


def remove(path):
    """Remove a file or a link if it exists, but not the target of a link."""
    with opened(os.path.dirname(path)) as directory:
        if directory is not None:
            remove_at(directory, os.path.basename(path))


def remove_at(directory, name):
    """Remove a file or a link in an open directory; errors are ignored."""
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=directory)


def files_below(directory, prefix=''):
    """Return the sorted paths of all files below an open directory, without links and their targets."""
    found = []
    for name in sorted(os.listdir(directory)):
        kind = lstat(directory, name).st_mode
        if stat.S_ISREG(kind):
            found.append(prefix + name)
        elif stat.S_ISDIR(kind):
            with opened(name, directory, must=True) as inside:
                found += files_below(inside, prefix + name + '/')
    return found


def directories_below(directory, prefix=''):
    """Return the paths of all directories below an open directory, each before those in it."""
    found = []
    for name in sorted(os.listdir(directory)):
        if stat.S_ISDIR(lstat(directory, name).st_mode):
            found.append(prefix + name)
            with opened(name, directory, must=True) as inside:
                found += directories_below(inside, prefix + name + '/')
    return found


def remove_tree(directory, name):
    """Remove a file, or a directory with its contents, in an open directory, if it exists."""
    found = lstat(directory, name)
    if found is None:
        return
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(name, dir_fd=directory)
        return
    with opened(name, directory, must=True) as inside:
        for one in os.listdir(inside):
            remove_tree(inside, one)
    os.rmdir(name, dir_fd=directory)


@contextlib.contextmanager
def rights_of(uid, gid):
    """Return a context in which root has the rights of this user on files, for paths that this user controls."""
    if os.geteuid() != 0 or uid == 0:
        yield
        return
    own_group, own_groups = os.getegid(), os.getgroups()
    try:
        groups = os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        groups = [gid]
    try:
        os.setgroups(groups)
        os.setegid(gid)
        os.seteuid(uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(own_groups)
