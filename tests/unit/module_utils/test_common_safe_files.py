# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root in a directory that another user can change. What that user does while root works is done in the middle of it."""
from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, conf_files, log_watch
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.safe_files import Foreign
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_files

USER = 65534


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A directory of another user's with a file in it."""
    place = tmp_path / "asterisk"
    place.mkdir()
    (place / "sip.conf").write_text("old")
    (place / "sip.conf").chmod(0o640)
    for path in place, place / "sip.conf":
        os.chown(path, USER, USER)
    return place


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of root's outside of it."""
    path = tmp_path / "outside/shadow"
    path.parent.mkdir(mode=0o700)
    path.write_text("secret")
    path.chmod(0o600)
    return path


def facts(path: Path) -> tuple[int, int, int, str]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), path.read_text()


def test_a_file_of_theirs_keeps_its_owner_and_mode(theirs):
    safe_files.write_text(str(theirs / "sip.conf"), "new", 0o600, (0, 0))
    assert facts(theirs / "sip.conf") == (USER, USER, 0o640, "new")


def test_no_link_of_theirs_is_followed(theirs, secret):
    (theirs / "sip.conf").unlink()
    (theirs / "sip.conf").symlink_to(secret)
    (theirs / "trunks").symlink_to(secret.parent)
    for path in theirs / "sip.conf", theirs / "trunks/shadow":
        with pytest.raises(Foreign, match="symbolic link that the user nobody can change"):
            safe_files.read_text(str(path))
        with pytest.raises(Foreign, match="symbolic link"):
            safe_files.write_text(str(path), "new")
    assert facts(secret) == (0, 0, 0o600, "secret")


def test_links_of_roots_are_followed(tmp_path, secret):
    (tmp_path / "etc").symlink_to("outside")
    (tmp_path / "outside/sip.conf").symlink_to(secret)
    assert safe_files.read_text(str(tmp_path / "etc/sip.conf")) == "secret"
    safe_files.write_text(str(tmp_path / "etc/sip.conf"), "new")
    assert secret.read_text() == "new" and (tmp_path / "outside/sip.conf").is_symlink()


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        safe_files.read_text(str(tmp_path / "a"))


@pytest.mark.parametrize("what", ["link", "hard link"])
def test_a_temporary_file_that_is_swapped_gives_nothing_away(theirs, secret, monkeypatch, what):
    """At the first try, the owner of the target was changed: chown went by the path."""
    temporary, sync = theirs / "sip.conf.dialer-trunks.new", os.fsync

    def swap(descriptor):
        sync(descriptor)
        temporary.unlink()
        if what == "link":
            temporary.symlink_to(secret)
        else:
            os.link(secret, temporary)

    monkeypatch.setattr(os, "fsync", swap)
    monkeypatch.setattr(os, "fchown", lambda *args, call=os.fchown: (swap(args[0]), call(*args)))
    with pytest.raises(Foreign, match="sip.conf was replaced while it was written: nobody"):
        safe_files.write_text(str(theirs / "sip.conf"), "new")
    assert facts(secret) == (0, 0, 0o600, "secret")


def test_a_directory_that_is_swapped_leads_nowhere(theirs, secret, monkeypatch):
    (theirs / "trunks.d").mkdir()
    look = safe_files.lstat

    def swap(directory, name):
        found = look(directory, name)
        if name == "trunks.d" and not (theirs / "away").exists():
            (theirs / "trunks.d").rename(theirs / "away")
            (theirs / "trunks.d").symlink_to(secret.parent)
        return found

    monkeypatch.setattr(safe_files, "lstat", swap)
    with pytest.raises(Foreign, match="has just been replaced by a symbolic link"):
        safe_files.read_text(str(theirs / "trunks.d/shadow"))


def test_a_hard_link_to_a_secret_is_not_read(theirs, secret):
    os.link(secret, theirs / "pjsip.conf")
    with pytest.raises(Foreign, match="belongs to root and is a hard link to another file"):
        safe_files.read_text(str(theirs / "pjsip.conf"))


def test_what_is_no_file_is_not_waited_for(theirs):
    os.mkfifo(theirs / "iax.conf")
    with pytest.raises(Foreign, match="iax.conf is not a file"):
        safe_files.read_text(str(theirs / "iax.conf"))
    with pytest.raises(Foreign, match="iax.conf is not a file"):
        safe_files.write_text(str(theirs / "iax.conf"), "new")


@pytest.mark.parametrize(("owner", "mode"), [(USER, 0o755), (0, 0o775), (0, 0o757)])
def test_a_directory_that_others_can_change_is_not_roots(tmp_path, owner, mode):
    place = tmp_path / "trunks.d"
    place.mkdir()
    place.chmod(mode)
    os.chown(place, owner, 0)
    with pytest.raises(Foreign, match="trunks.d can be changed by others than root: it belongs to .* mode 0" + oct(mode)[2:]):
        with safe_files.opened(str(place), root_only=True):
            pass


def test_a_tree_is_removed_and_what_its_links_lead_to_stays(tmp_path, secret):
    (tmp_path / "trunks.d/1/sip").mkdir(parents=True)
    (tmp_path / "trunks.d/1/sip/a.conf").write_text("a")
    (tmp_path / "trunks.d/1/link").symlink_to(secret.parent)
    with safe_files.opened(str(tmp_path / "trunks.d")) as root:
        assert safe_files.files_below(root) == ["1/sip/a.conf"]
        safe_files.remove_tree(root, "1")
    assert list((tmp_path / "trunks.d").iterdir()) == [] and secret.read_text() == "secret"


def test_with_another_users_rights_root_reads_what_that_user_may(theirs, secret):
    secret.parent.chmod(0o755)
    os.chmod(theirs.parent, 0o755)
    before = os.geteuid(), os.getegid(), os.getgroups()
    with safe_files.rights_of(USER, USER):
        with pytest.raises(PermissionError):
            secret.read_text()
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before and secret.read_text() == "secret"


@pytest.fixture
def reachable(monkeypatch):
    """A directory that every user can reach, where Asterisk runs as another user."""
    monkeypatch.setattr(cli, "process", lambda *_where: (7, USER, USER))
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        yield Path(place)


def test_what_asterisks_user_includes_or_links_is_read_with_its_rights(reachable):
    (reachable / "asterisk").mkdir()
    (reachable / "secret.conf").write_text("[stolen]\ntype=peer\nsecret=x\n[general]\ncontext=stolen\n")
    (reachable / "secret.conf").chmod(0o600)
    etc = reachable / "asterisk"
    (etc / "sip.conf").write_text(f"[general]\ncontext=inbound\n#include {reachable}/secret.conf\n#include more.conf\n[mine]\ntype=peer\n")
    (etc / "more.conf").symlink_to(reachable / "secret.conf")
    os.chown(etc, USER, USER)
    text = adopt_read.read_files(str(etc))["texts"]["sip"]
    assert "[mine]" in text and "stolen" not in text
    assert len(conf_files.peer_files("mine", etc=str(etc))) == 1 and conf_files.peer_files("stolen", etc=str(etc)) == []
    assert conf_files.general_options("sip.conf", str(etc)) == {"context": "inbound"}


def test_a_log_that_leads_to_another_file_is_not_told_from(reachable):
    (reachable / "other").write_text("")
    (reachable / "messages").symlink_to(reachable / "other")
    watch = log_watch.LogWatch(None, str(reachable / "messages"))
    (reachable / "other").write_text("[Nov 22 07:00:00] ERROR[1] other.c: stolen\n")
    assert len(watch.lines(settle=0)) == 1
    (reachable / "other").chmod(0o600)
    assert watch.lines(settle=0) == []


def test_a_call_file_is_put_with_asterisks_rights(reachable):
    (reachable / "spool/outgoing").mkdir(parents=True)
    for path in reachable / "spool", reachable / "spool/outgoing":
        os.chown(path, USER, USER)
    there = Path(call_files.put(str(reachable / "spool"), "call", "Channel: x\n"))
    assert facts(there) == (USER, USER, 0o600, "Channel: x\n")
    call_files.withdraw(str(there))
    call_files.withdraw(str(there))
    (reachable / "roots").mkdir()
    (reachable / "spool/outgoing").rmdir()
    (reachable / "spool/outgoing").symlink_to(reachable / "roots")
    with pytest.raises(PermissionError):
        call_files.put(str(reachable / "spool"), "call", "Channel: x\n")
    assert list((reachable / "roots").iterdir()) == [] and not (reachable / "spool/.call").exists()


def test_a_directory_that_vanishes_is_not_taken_for_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/precious").write_text("x")
    (tmp_path / "trunks.d/1").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    look = safe_files.lstat

    def vanish(directory, name):
        found = look(directory, name)
        if name == "1" and (tmp_path / "trunks.d/1").exists():
            (tmp_path / "trunks.d/1").rmdir()
        return found

    with safe_files.opened(str(tmp_path / "trunks.d")) as root:
        monkeypatch.setattr(safe_files, "lstat", vanish)
        with pytest.raises(FileNotFoundError):
            safe_files.remove_tree(root, "1")
    assert (tmp_path / "work/precious").exists()


# --- files of the operator's


def test_a_file_is_read_and_written_byte_for_byte(tmp_path):
    target = tmp_path / "extensions.conf"
    target.write_bytes(b"[general]\r\n; caf\xe9\n\r\n")
    safe_files.write_text(str(target), safe_files.read_text(str(target)) + "x")
    assert target.read_bytes() == b"[general]\r\n; caf\xe9\n\r\nx"


def test_mode_owner_and_links_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere/sip.conf", tmp_path / "sip.conf"
    target.write_text("old")
    target.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(target, 1234, 4321)
    before = target.stat()
    link.symlink_to("elsewhere/sip.conf")
    safe_files.write_text(str(link), "new", 0o600, (0, 0))
    after = target.stat()
    assert link.is_symlink() and target.read_text() == "new"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_what_a_killed_run_left_is_in_nobodys_way(tmp_path):
    (tmp_path / "sip.conf.dialer-trunks.new").write_text("half a fi")
    safe_files.write_text(str(tmp_path / "sip.conf"), "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["sip.conf"]


def test_a_failed_write_leaves_the_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "sip.conf"
    target.write_text("old")
    monkeypatch.setattr(os, "rename", lambda *_names, **_how: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError) as full:
        safe_files.write_text(str(target), "new")
    assert (full.value.errno, full.value.filename) == (28, str(target)), "an error of write() or fsync() has no path of its own"
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_no_file_reads_as_empty_but_an_unreadable_one_is_an_error(tmp_path):
    assert safe_files.read_text(str(tmp_path / "none")) == ""
    with pytest.raises(OSError):
        safe_files.read_text(str(tmp_path))
