# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import os
import pathlib
import stat
import threading

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import homes, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._generation.store import Store, compose, left_over
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

BASE = {"extensions.conf": "#tryinclude trunks/generation.conf\n"}
PEER_A = "[carrier_a]\ndescription=[trunks @] A\n"
PEER_B = "[carrier_b]\ndescription=[trunks @] B\n"
ROUTE = "[trunks-route-us]\nexten => h,1,NoOp()\n"
SIP = {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER_A, "sip/carrier_b.conf": PEER_B}
CURRENT = {**BASE, **SIP, "routes/us.conf": ROUTE, "rtp.conf": "rtpstart=1\n", "nftables.conf": "table\n", "repair.agi": "#!"}


def request(parts=(), files=None, prune=False, drop=(), base=BASE):
    return {"parts": list(parts), "files": files or {}, "base": base, "prune": prune, "drop": list(drop)}


# --- compose


@pytest.mark.parametrize(
    "path,part",
    [
        ("sip.conf", "sip_peers"),
        ("sip/carrier_a.conf", "sip_peers"),
        ("rtp.conf", "rtp"),
        ("nftables.conf", "firewall"),
        ("extensions.conf", "base"),
        ("generation.conf", "base"),
        ("routes/sip.conf", "dialplan"),
        ("repair.agi", "dialplan"),
        ("inbound.conf", "dialplan"),
    ],
)
def test_a_file_belongs_to_a_part(path, part):
    assert generations.part_of(path) == part


def test_parts_that_are_not_meant_are_carried_over():
    assert compose(CURRENT, request()) == CURRENT
    assert compose(CURRENT, request(["firewall"], {"firewall": {"nftables.conf": "new"}})) == {**CURRENT, "nftables.conf": "new"}


def test_what_is_carried_over_is_not_stamped():
    stamped = {"sip/carrier_a.conf": PEER_A.replace("@", "7")}
    assert compose(stamped, request())["sip/carrier_a.conf"] == PEER_A


def test_the_base_is_always_the_wanted_one():
    assert compose(CURRENT, request(base={"extensions.conf": "new"}))["extensions.conf"] == "new"


def test_trunks_and_routes_stay_without_prune_and_other_files_go():
    wanted = compose(CURRENT, request(["sip_peers", "dialplan"], {"sip_peers": {"sip/carrier_b.conf": PEER_B}, "dialplan": {}}))
    assert wanted == {**BASE, **SIP, "routes/us.conf": ROUTE,
                      "rtp.conf": "rtpstart=1\n", "nftables.conf": "table\n"}


def test_they_go_with_prune():
    wanted = compose(CURRENT, request(["sip_peers", "dialplan"], {"sip_peers": {"pjsip/carrier_b.conf": PEER_B}}, prune=True))
    assert set(wanted) == {"extensions.conf", "pjsip/carrier_b.conf", "rtp.conf", "nftables.conf"}


def test_what_is_dropped_goes_without_prune():
    wanted = compose(CURRENT, request(["sip_peers"], {"sip_peers": {}}, drop=["sip/carrier_a.conf"]))
    assert "sip/carrier_a.conf" not in wanted and "sip/carrier_b.conf" in wanted
    assert "sip/carrier_a.conf" in compose(CURRENT, request(["dialplan"], drop=["sip/"]))  # not meant: carried over


def test_rates_stay_as_long_as_their_route_does():
    current = {**CURRENT, "routes/far.conf": "far", "rates/far.nodes": "nodes"}
    gone, cheap, flat = {}, {"routes/far.conf": "far", "rates/far.nodes": "new"}, {"routes/far.conf": "far"}
    assert compose(current, request(["dialplan"], {"dialplan": gone}))["rates/far.nodes"] == "nodes"
    assert "rates/far.nodes" not in compose(current, request(["dialplan"], {"dialplan": gone}, prune=True))
    assert compose(current, request(["dialplan"], {"dialplan": cheap}))["rates/far.nodes"] == "new"
    assert "rates/far.nodes" not in compose(current, request(["dialplan"], {"dialplan": flat}))


def test_rtp_that_is_not_described_stays_as_it_is():
    assert compose(CURRENT, request(["rtp"], {"rtp": {}}, prune=True))["rtp.conf"] == "rtpstart=1\n"


def test_a_firewall_that_is_not_described_goes():
    assert "nftables.conf" not in compose(CURRENT, request(["firewall"], {"firewall": {}}))


def test_absent_leaves_nothing():
    assert compose(CURRENT, request(generations.PARTS, prune=True, drop=[""], base={})) == {}


def test_left_over_are_the_undescribed_of_the_parts_that_are_meant():
    asked = request(["sip_peers"], {"sip_peers": {"sip/carrier_b.conf": PEER_B}})
    assert left_over(compose(CURRENT, asked), asked) == ["sip/carrier_a.conf"]


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
    with pytest.raises(OSError):
        safe_files.write_text(str(target), "new")
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_no_file_reads_as_empty_but_an_unreadable_one_is_an_error(tmp_path):
    assert safe_files.read_text(str(tmp_path / "none")) == ""
    with pytest.raises(OSError):
        safe_files.read_text(str(tmp_path))


# --- the store


def test_the_context_of_a_trunk_that_leaves_a_route_stays_for_calls_on_it_until_the_route_changes_again():
    def text(*names: str, order: str = "priority") -> str:
        return f"[trunks-route-us]\nexten => {order}\n" + "".join(f"\n[trunks-to-us-{name}]\nexten => h\n" for name in names)

    def then(current: str, new: str, **more: bool) -> str:
        request = {"parts": ["dialplan"], "files": {"dialplan": {"routes/us.conf": new}}, "base": {}, "prune": True, "drop": [], **more}
        return compose({"routes/us.conf": current}, request)["routes/us.conf"]

    first = then(text("a", "b"), text("a"))
    assert first == text("a") + generations.GONE + "[trunks-to-us-b]\nexten => h\n"
    assert then(first, text("a")) == first
    assert then(first, text("a", order="round_robin")) == text("a", order="round_robin")
    assert then(first, text("a", "b")) == text("a", "b")
    assert then(first, text("c")) == text("c") + generations.GONE + "[trunks-to-us-a]\nexten => h\n"
    assert then(text("a", "b"), text("a"), exact=True) == text("a")


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(generations, "LOCK", str(tmp_path / "lock"))
    monkeypatch.setattr(generations, "PATIENCE", 0.2)
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
    committed(store, {**CURRENT, "rows/trunk-a.json": "{}\n"})
    modes = {os.path.relpath(os.path.join(top, name), store.root): stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode)
             for top, directories, names in os.walk(store.root) for name in directories + names}
    assert stat.S_IMODE(os.stat(store.root).st_mode) == 0o750
    assert {modes[path] for path in modes if os.path.isdir(os.path.join(store.root, path))} == {0o750}
    assert {path for path in modes if path.endswith(".agi")} == {"1/repair.agi"} and modes["1/repair.agi"] == 0o750
    assert {modes[path] for path in modes if path.endswith(".conf")} == {0o640}
    # What Asterisk itself has no business with is root's alone.
    assert {path: modes[path] for path in modes if path.endswith(".json")} == {"1/manifest.json": 0o600, "1/rows/trunk-a.json": 0o600}


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


def test_rows_are_kept_by_the_rules_of_trunks_and_named_by_the_database_alone():
    current = {**CURRENT, "rows/trunk-carrier_a.json": "a [trunks 3]", "rows/route-us.json": "us"}
    meant = {"carriers": {"rows/route-us.json": "new"}}
    assert compose(current, request(["rtp"], {"rtp": {}}))["rows/trunk-carrier_a.json"] == "a [trunks @]"
    kept = compose(current, request(["carriers"], meant))
    assert (kept["rows/trunk-carrier_a.json"], kept["rows/route-us.json"]) == ("a [trunks @]", "new")
    assert left_over(kept, request(["carriers"], meant)) == []
    assert "rows/trunk-carrier_a.json" not in compose(current, request(["carriers"], meant, prune=True))
    assert not any(path.startswith("rows/") for path in compose(current, request(["carriers"], {"carriers": {}}, drop=["rows/"])))


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
    with pytest.raises(generations.Foreign, match="not a link of ours"):
        store.linked()


def test_one_run_at_a_time(store):
    with store.lock():
        with pytest.raises(generations.Busy, match=f"itself, process {os.getpid()}, since .*lock"):
            with store.lock():
                pass
    with store.lock():
        pass
    assert not os.path.exists(generations.LOCK)


def test_a_lock_that_is_held_for_a_moment_is_waited_for(store):
    with open(generations.LOCK, "a+", encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        threading.Timer(0.1, fcntl.flock, (other, fcntl.LOCK_UN)).start()
        with store.lock():
            pass


def test_a_lock_on_a_file_that_its_last_holder_removes_keeps_nobody_out_and_does_not_count(store, monkeypatch):
    lock, locked = fcntl.flock, []

    def late(holder, how):
        locked.append(how)
        if len(locked) == 1:
            os.unlink(generations.LOCK)
        return lock(holder, how)

    monkeypatch.setattr(generations.fcntl, "flock", late)
    with store.lock("me"):
        assert len(locked) == 2
        assert pathlib.Path(generations.LOCK).read_text(encoding="utf-8").startswith("me, ")


def test_the_lock_cannot_be_opened_by_others(store):
    with store.lock():
        assert stat.S_IMODE(os.stat(generations.LOCK).st_mode) == 0o600


@pytest.mark.parametrize("what", ["link", "fifo", "another user's", "hard link"])
def test_what_is_no_lock_of_roots_makes_way(store, tmp_path, what):
    outside = tmp_path / "outside"
    outside.write_text("root's")
    if what == "link":
        os.symlink(outside, generations.LOCK)
    elif what == "fifo":
        os.mkfifo(generations.LOCK)
    elif what == "hard link":
        os.link(outside, generations.LOCK)
    else:
        pathlib.Path(generations.LOCK).write_text("mine")
        os.chown(generations.LOCK, 65534, 65534)
    with store.lock("me"):
        assert pathlib.Path(generations.LOCK).read_text(encoding="utf-8").startswith("me, ")
    assert outside.read_text() == "root's" and stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_lock_that_others_could_open_makes_way_once_it_is_free(store):
    with open(generations.LOCK, "a+", encoding="utf-8") as other:  # as an earlier version left it
        os.chmod(generations.LOCK, 0o644)
        with store.lock():
            assert not os.path.samestat(os.fstat(other.fileno()), os.stat(generations.LOCK))
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which holds nobody up


# --- where Asterisk is not root


ROWS = {"rows/trunk-a.json": "{}\n", "firewalld.rules": "rule x\n"}


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
    assert there == {f"trunks.d/1/{name}" for name in ("manifest.json", "nftables.conf", "rows/trunk-a.json", "firewalld.rules")}
    for path in [tmp_path / "state", *(tmp_path / "state/trunks.d").rglob("*")]:
        assert path.stat().st_uid == 0 and stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700), path
    top = pathlib.Path(apart.path(1))
    assert [path for path in top.rglob("*") if generations.roots_own(str(path.relative_to(top)))] == []
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
    assert len(apart.astray()) == 1 and apart.link in apart.astray()[0]
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
    assert any(": owner, group and mode are root:root 0640, not root:4321 0640" in sentence for sentence in told), told
    other.set_access(1)
    assert other.access(1) == []
    os.chmod(os.path.join(store.path(1), "rtp.conf"), 0o644)
    assert other.access(1) == [f"generation 1: {store.path(1)}/rtp.conf: owner, group and mode are root:4321 0644, not root:4321 0640"]
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
