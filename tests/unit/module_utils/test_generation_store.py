# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import pathlib
import stat

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import homes, layout, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._generation.store import Store
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

from support.unit.generation_files import BASE, CURRENT, PEER_A, PEER_B


@pytest.fixture
def store(tmp_path):
    (tmp_path / "etc").mkdir()
    return Store(str(tmp_path / "etc"), os.getegid())


def committed(store, wanted):
    number = store.write(wanted, store.files(store.linked()))
    store.switch(number)
    store.touch(number)
    store.tidy()
    return number


def test_nothing_is_there_at_first(store):
    assert (store.linked(), store.numbers(), store.files(None)) == (None, [], {})


def test_a_generation_is_not_in_force_until_it_is_switched_to(store):
    number = store.write(CURRENT, {})
    assert number == 1 and store.linked() is None and store.numbers() == [1]
    store.switch(number)
    assert store.linked() == 1
    assert os.readlink(store.link) == "trunks.d/1"


def test_files_come_back_stamped_without_what_only_the_module_keeps(store):
    committed(store, CURRENT)
    assert store.files(1) == {**CURRENT, "sip/carrier_a.conf": PEER_A.replace("@", "1"),
                              "sip/carrier_b.conf": PEER_B.replace("@", "1")}
    assert "exten => 1,1," in safe_files.read_text(os.path.join(store.path(1), "generation.conf"))


def test_unchanged_files_keep_their_stamps(store):
    committed(store, CURRENT)
    committed(store, {**CURRENT, "sip/carrier_b.conf": PEER_B + "port=5061\n"})
    files = store.files(store.linked())
    assert (revision(files["sip/carrier_a.conf"]), revision(files["sip/carrier_b.conf"])) == (1, 2)


def test_nobody_else_reads_a_secret(store):
    committed(store, {**CURRENT, "rows/trunk-a.json": "{}\n", "decks/1.csv": "1,0.5\n"})
    modes = {os.path.relpath(os.path.join(top, name), store.root): stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode)
             for top, directories, names in os.walk(store.root) for name in directories + names}
    assert stat.S_IMODE(os.stat(store.root).st_mode) == 0o750
    assert {modes[path] for path in modes if os.path.isdir(os.path.join(store.root, path))} == {0o750}
    assert {path for path in modes if path.endswith(".agi")} == {"1/repair.agi"} and modes["1/repair.agi"] == 0o750
    assert {modes[path] for path in modes if path.endswith(".conf")} == {0o640}
    # What Asterisk itself has no business with is root's alone.
    assert {path: modes[path] for path in modes if path.endswith((".json", ".csv"))} == {
        "1/manifest.json": 0o600, "1/rows/trunk-a.json": 0o600, "1/decks/1.csv": 0o600}


def test_a_manifest_says_what_changed_and_what_every_file_was(store):
    committed(store, CURRENT)
    rtp = "rtpstart=2\n"
    store.write({**CURRENT, "rtp.conf": rtp}, store.files(1), {"who": "ann@desk", "commit": "1234+changes", "mode": "asterisk", "rows": False})
    found = store.manifest(2)
    assert (found["number"], found["former"], found["changed"]) == (2, 1, ["rtp.conf"])
    assert (found["who"], found["commit"], found["mode"], found["rows"]) == ("ann@desk", "1234+changes", "asterisk", False)
    assert set(found["files"]) == {*CURRENT, "generation.conf"}
    assert found["files"]["rtp.conf"] == generations.checksum(rtp)
    assert store.manifest(1)["former"] is None and store.manifest(9) == {}


def test_every_file_gets_a_fresh_time_on_every_way(store):
    committed(store, CURRENT)
    old = os.path.join(store.path(1), "sip.conf")
    os.utime(old, (1, 1))
    store.touch(1)
    assert os.stat(old).st_mtime > 1_000_000


def test_a_stale_link_of_a_killed_switch_is_replaced(store):
    store.write(CURRENT, {})
    os.symlink("nowhere", store.link + ".new")
    store.switch(1)
    assert store.linked() == 1 and not os.path.lexists(store.link + ".new")


def test_a_number_is_never_used_twice(store):
    committed(store, CURRENT)
    committed(store, BASE)
    store.discard(2)  # somebody removed the generation in force
    assert store.linked() == 2 and store.files(2) == {}
    assert store.write(CURRENT, {}) == 3


def test_ten_generations_stay_and_staging_goes(store):
    os.makedirs(store.path(1) + ".new/sip")
    for port in range(12):
        committed(store, {**BASE, "rtp.conf": "rtpstart=%d\n" % port})
    assert store.numbers() == list(range(3, 13))
    assert sorted(map(int, os.listdir(store.root))) == store.numbers()


def test_the_generation_in_force_stays_however_old(store):
    committed(store, CURRENT)
    for _number in range(11):
        store.write(BASE, {})
    store.tidy()
    assert store.numbers()[0] == 1 and store.linked() == 1


def test_a_failed_write_leaves_no_staging(store, monkeypatch):
    committed(store, CURRENT)
    monkeypatch.setattr(homes, "sync", lambda _directory: (_ for _ in ()).throw(OSError(5, "I/O error")))
    with pytest.raises(OSError):
        store.write(BASE, CURRENT)
    assert os.listdir(store.root) == ["1"] and store.linked() == 1


def test_remove_leaves_nothing(store):
    committed(store, CURRENT)
    store.remove()
    assert os.listdir(os.path.dirname(store.link)) == []
    store.remove()  # a killed run may have got this far already


@pytest.mark.parametrize("kind", ["directory", "file", "link", "link into another trunks.d", "link to a number elsewhere"])
def test_what_is_not_ours_is_left_alone(store, kind):
    if kind == "directory":
        os.mkdir(store.link)
    elif kind == "file":
        safe_files.write_text(store.link, "operator's")
    else:
        os.symlink({"link": "/opt/trunks", "link to a number elsewhere": "/opt/trunks.d/1"}.get(kind, "/opt/trunks.d/current"), store.link)
    with pytest.raises(generations.Foreign, match="not the link of this collection"):
        store.linked()


# --- where Asterisk is not root


ROWS = {"rows/trunk-a.json": "{}\n", "firewalld.rules": "rule x\n", "decks/1.csv": "1,0.5\n"}


@pytest.fixture
def apart(tmp_path):
    """A store in a directory of Asterisk's user, whose group is 4321."""
    (tmp_path / "asterisk").mkdir()
    os.chown(tmp_path / "asterisk", 1234, 4321)
    return Store(str(tmp_path / "asterisk"), 4321, str(tmp_path / "state"))


def test_what_root_loads_or_believes_is_where_only_root_can_write(apart, tmp_path):
    committed(apart, {**CURRENT, **ROWS})
    assert os.readlink(apart.link) == "trunks.d/1" == os.readlink(tmp_path / "state/trunks")
    there = {str(path.relative_to(tmp_path / "state")) for path in (tmp_path / "state/trunks.d").rglob("*") if path.is_file()}
    assert there == {f"trunks.d/1/{name}" for name in ("manifest.json", "nftables.conf", "rows/trunk-a.json", "firewalld.rules", "decks/1.csv")}
    with os.fdopen(apart.open(1, "decks/1.csv")) as deck:
        assert deck.read() == "1,0.5\n"
    for path in [tmp_path / "state", *(tmp_path / "state/trunks.d").rglob("*")]:
        assert path.stat().st_uid == 0 and stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700), path
    top = pathlib.Path(apart.path(1))
    assert [path for path in top.rglob("*") if layout.roots_own(str(path.relative_to(top)))] == []
    assert set(apart.files(1)) == {*CURRENT, *ROWS} and apart.manifest(1)["number"] == 1
    assert apart.place("nftables.conf") == str(tmp_path / "state/trunks/nftables.conf")
    assert apart.access(1) == [] and apart.astray() == []
    apart.remove()
    assert os.listdir(tmp_path / "asterisk") == [] and not (tmp_path / "state").exists()


def test_a_directory_that_asterisks_user_puts_there_is_not_believed(apart):
    committed(apart, CURRENT)
    os.rename(apart.root, apart.root + ".mine")
    os.makedirs(apart.path(1))
    os.chown(apart.root, 1234, 4321)
    for use in (lambda: apart.files(1), apart.numbers, lambda: apart.write(BASE, {}), apart.remove, lambda: apart.touch(1)):
        with pytest.raises(generations.Foreign, match="trunks.d can be changed by others than root"):
            use()


def test_asterisks_user_does_not_say_which_generation_is_in_force(apart):
    committed(apart, CURRENT)
    committed(apart, {**CURRENT, "nftables.conf": "table new\n"})
    os.unlink(apart.link)
    os.symlink("trunks.d/1", apart.link)
    assert apart.linked() == 2 and apart.files(2)["nftables.conf"] == "table new\n"
    assert len(apart.astray()) == 1 and apart.link in apart.astray()[0].text and apart.astray()[0][:2] == ("generation", "2")
    apart.switch(2)
    assert apart.astray() == []


def test_generations_from_before_asterisk_had_a_user_are_carried_over(apart, tmp_path):
    before = Store(str(tmp_path / "asterisk"), 0)
    committed(before, {**CURRENT, **ROWS})
    assert apart.linked() == 1 and set(apart.files(1)) == {*CURRENT, *ROWS}
    assert apart.access(1) and apart.astray()
    apart.set_access(1)
    apart.switch(1)
    assert apart.access(1) == [] and apart.astray() == [] and apart.own.files(1).keys() >= ROWS.keys()
    (pathlib.Path(before.path(1)) / "nftables.conf").write_text("table other\n")
    assert apart.files(1)["nftables.conf"] == "table\n"


def test_a_group_that_has_changed_is_told_and_put_right(store):
    committed(store, CURRENT)
    assert store.access(1) == []
    other = Store(os.path.dirname(store.link), 4321)
    told = other.access(1)
    assert {(one.kind, one.name) for one in told} == {("generation", "1")}
    assert any(": owner, group and mode are root:root 0640, not root:4321 0640" in one.text for one in told), told
    other.set_access(1)
    assert other.access(1) == []
    os.chmod(os.path.join(store.path(1), "rtp.conf"), 0o644)
    assert [one.text for one in other.access(1)] == [
        f"generation 1: {store.path(1)}/rtp.conf: owner, group and mode are root:4321 0644, not root:4321 0640"]
    assert Store(os.path.dirname(store.link)).access(1) == []  # Asterisk does not run: nobody knows


def test_another_directory_of_roots_is_not_opened_to_asterisk(apart, tmp_path):
    keys = tmp_path / "asterisk/keys"
    keys.mkdir(mode=0o700)
    (keys / "dialer.key").write_text("secret")
    keys.rename(tmp_path / "asterisk/trunks.d")
    number = apart.write(CURRENT, {})
    apart.set_access(number)
    found = (tmp_path / "asterisk/trunks.d").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o700, 0)
    apart.remove()
    assert [path.name for path in (tmp_path / "asterisk/trunks.d").iterdir()] == ["dialer.key"]


def test_which_store_a_dialer_has(tmp_path, monkeypatch):
    etc, state = tmp_path / "asterisk", tmp_path / "state"
    etc.mkdir()

    def apart(user):
        monkeypatch.setattr(generations.cli, "process", lambda: user)
        return generations.of_dialer(str(etc), str(state)).apart

    assert not apart((7, 0, 0)) and not apart((7, 1234, 4321)) and not apart(None)
    os.chown(etc, 1234, 4321)
    assert not apart((7, 0, 0)) and apart((7, 1234, 4321)) and apart(None)
    os.chown(etc, 0, 4321)
    etc.chmod(0o775)
    assert apart((7, 1234, 4321))
    etc.chmod(0o755)
    (state / "trunks.d").mkdir(parents=True)
    assert apart((7, 0, 0))
