# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor's program on a dialer: what belongs to it, how it is installed, started, proved and taken off."""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, processes, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import AMI_USER, MONITOR

from support.paths import PLUGINS
from support.waiting import came_true

UTILS = PLUGINS / "module_utils"
FILE = monitor.PACKAGE.replace(".", "/")
AMI = "[trunks]\nsecret=%s\nread=system,call,user\n"


def orders(program="p1", **others):
    return {MONITOR: json.dumps({"program": program, **others}) + "\n"}


def say(**said):
    """Write what a running monitor says of itself: it is this process."""
    Path(monitor.STATUS).write_text(json.dumps({"process": processes.process(os.getpid()), **said}))


class TestProgram:
    def test_it_is_what_its_main_module_imports(self):
        found, waiting, others = set(), [monitor.MAIN], set()
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            for node in ast.walk(ast.parse((UTILS / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    others.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module.startswith(monitor.PACKAGE):
                    module = node.module[len(monitor.PACKAGE):]
                    inside = [f"{module}.{alias.name}" for alias in node.names]
                    waiting += [one if (UTILS / (one.replace(".", "/") + ".py")).is_file() else module for one in inside]
                elif isinstance(node, ast.ImportFrom):
                    others.add(node.module)
        assert found == set(monitor.MODULES) and list(monitor.MODULES) == sorted(monitor.MODULES)
        # Nothing but Python's own library is on every dialer.
        assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names

    def test_the_loader_may_return_bytes(self, monkeypatch):
        own = monitor.sources()
        assert set(own) == {FILE + name.replace(".", "/") + ".py" for name in monitor.MODULES}
        assert own[FILE + "_health/main.py"] == (UTILS / "_health/main.py").read_text(encoding="utf-8")

        def imported(name):
            loader = types.SimpleNamespace(get_source=lambda name: own[name.replace(".", "/") + ".py"].encode())
            return types.SimpleNamespace(__spec__=types.SimpleNamespace(loader=loader))
        monkeypatch.setattr(monitor.importlib, "import_module", imported)
        same = monitor.sources() == own     # a failure would else compare some hundred thousand characters
        assert same and monitor.digest() == monitor.digest(own)

    def test_a_digest_is_of_names_and_texts(self):
        digests = [monitor.digest(files) for files in ({"a": "x", "b": "y"}, {"b": "y", "a": "x"}, {"a": "y", "b": "x"}, {"a": "x"})]
        assert digests[0] == digests[1] and len(set(digests)) == 3
        assert re.fullmatch("[0-9a-f]{16}", digests[0])

    def test_a_program_that_the_module_has_not_brought_is_refused(self, monkeypatch):
        monkeypatch.setattr(monitor, "MODULES", ("_health.missing",))
        with pytest.raises(Refused, match="site.yml"):
            monitor.sources()


class TestSecret:
    def test_the_one_in_force_stays(self):
        wanted = {AMI_USER: AMI % monitor.SECRET}
        monitor.with_secret(wanted, {AMI_USER: AMI % "0123abc"})
        assert wanted == {AMI_USER: AMI % "0123abc"} and monitor.secret_of(wanted[AMI_USER]) == "0123abc"

    def test_a_new_one_is_made_for_each_dialer(self):
        made = []
        for _dialer in range(2):
            wanted = {AMI_USER: AMI % monitor.SECRET, "rtp.conf": "rtpstart=1\n"}
            monitor.with_secret(wanted, {})
            made.append(monitor.secret_of(wanted[AMI_USER]))
            assert wanted == {AMI_USER: AMI % made[-1], "rtp.conf": "rtpstart=1\n"}
        assert all(re.fullmatch("[0-9a-f]{48}", secret) for secret in made) and made[0] != made[1]

    def test_without_a_monitor_there_is_none(self):
        wanted = {}
        monitor.with_secret(wanted, {AMI_USER: AMI % "0123abc"})
        assert wanted == {}


class TestLacking:
    @pytest.fixture(autouse=True)
    def _in_force(self, kept):
        self.files = orders("p1", interval=10)
        self.right = {"program": "p1", "orders": monitor.orders_digest(self.files[MONITOR])}

    def test_none_is_wanted_and_none_runs(self):
        assert monitor.lacking({}) == [] and monitor.status() is None

    def test_one_runs_that_is_not_wanted(self):
        say(**self.right)
        assert "still runs" in monitor.lacking({})[0].text

    def test_it_runs_as_wanted(self):
        say(**self.right)
        Path(monitor.CRON).write_text("")
        assert monitor.lacking(self.files) == [] and monitor.status()["program"] == "p1"

    def test_nothing_would_start_it_again(self, monkeypatch):
        say(**self.right)
        assert [monitor.CRON in finding.text for finding in monitor.lacking(self.files)] == [True]
        monkeypatch.setattr(monitor, "_systemd", lambda: True)
        Path(monitor.UNIT).write_text("")
        found, = monitor.lacking(self.files)
        assert monitor.ENABLED in found.text and monitor.UNIT not in found.text
        os.symlink(monitor.UNIT, monitor.ENABLED)
        assert monitor.lacking(self.files) == []

    def test_what_no_run_can_repair_is_no_difference(self):
        say(**self.right)
        os.rmdir(os.path.dirname(monitor.CRON))
        assert monitor.lacking(self.files) == []

    @pytest.mark.parametrize("changed, text", [
        ({"program": "p0"}, "another version"), ({"program": None}, "another version"), ({"orders": "0" * 16}, "other orders"),
        ({"process": {"pid": os.getpid(), "started": 1}}, "does not run"), ({"process": None}, "does not run")])
    def test_it_runs_otherwise(self, changed, text):
        say(**{**self.right, **changed})
        assert [text in finding.text for finding in monitor.lacking(self.files)] == [True]

    @pytest.mark.parametrize("text", ["", "{", "[]", "7"])
    def test_an_odd_status_is_none(self, text):
        Path(monitor.STATUS).write_text(text)
        assert ["does not run" in finding.text for finding in monitor.lacking(self.files)] == [True]

    def test_a_stamp_is_not_part_of_the_orders(self):
        stamped, plain = ({MONITOR: json.dumps({"program": "p1", "about": about})} for about in ("[trunks 7]", "[trunks @]"))
        assert monitor.orders_digest(stamped[MONITOR]) == monitor.orders_digest(plain[MONITOR])
        assert monitor.orders(stamped) == monitor.orders(plain)


class Generations:
    """Kept generations, of which each has these orders."""

    def __init__(self, *programs):
        self.texts = [program and orders(program)[MONITOR] for program in programs]

    def numbers(self):
        return list(range(len(self.texts)))

    def read(self, number, _path):
        return self.texts[number] or ""


def tree(path):
    return {str(found.relative_to(path)): found for found in Path(path).rglob("*")}


class TestInstall:
    @pytest.fixture(autouse=True)
    def _own(self, kept, monkeypatch):
        self.own = {FILE + "_health/main.py": "print('é')\n", FILE + "_common/one.py": ""}
        monkeypatch.setattr(monitor, "sources", lambda: self.own)
        self.state = Path(monitor.STATE)

    def install(self):
        """Install what this collection brings. Returns its digest."""
        monitor._install(monitor.digest())
        return monitor.digest()

    def test_for_root_alone_and_behind_a_link(self):
        previous = os.umask(0o022)
        try:
            digest = self.install()
        finally:
            os.umask(previous)
        assert os.readlink(monitor.LINK) == f"programs/{digest}"
        assert {path: (Path(monitor.LINK) / path).read_text(encoding="utf-8") for path in self.own} == self.own
        for path in (self.state, self.state / "programs"):
            found = path.stat()
            assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, os.geteuid())
        for path in tree(self.state / "programs").values():
            found = path.stat()
            assert found.st_uid == os.geteuid() and not found.st_mode & 0o022
            assert path.is_dir() or stat.S_IMODE(found.st_mode) == 0o600

    def test_a_second_time_nothing_is_written(self, monkeypatch):
        self.install()
        before = {path: found.lstat() for path, found in tree(self.state).items()}
        monkeypatch.setattr(monitor, "_write", None)
        self.install()
        assert {path: found.lstat() for path, found in tree(self.state).items()} == before

    def test_what_a_killed_run_left_is_replaced(self):
        left = self.state / "programs" / (monitor.digest() + ".new") / "left.py"
        left.parent.mkdir(parents=True, mode=0o700)
        left.write_text("")
        os.symlink("nowhere", monitor.LINK + ".new")
        assert set(tree(self.state / "programs" / self.install())).isdisjoint({"left.py"})
        assert not left.exists() and not os.path.lexists(monitor.LINK + ".new")

    def test_another_version_is_beside_the_first_until_no_generation_has_it(self):
        first = self.install()
        self.own = {**self.own, FILE + "_common/one.py": "import os\n"}
        second = self.install()
        assert sorted(os.listdir(monitor.PROGRAMS)) == sorted([first, second]) and os.readlink(monitor.LINK) == f"programs/{second}"
        monitor._install(first)     # a rollback: this collection does not bring it any more
        assert os.readlink(monitor.LINK) == f"programs/{first}"
        monitor.tidy(Generations(first, None, second, "unknown"))
        assert sorted(os.listdir(monitor.PROGRAMS)) == sorted([first, second])
        monitor.tidy(Generations(None, second))
        assert os.listdir(monitor.PROGRAMS) == [second]
        monitor.tidy(Generations())
        assert not os.path.exists(monitor.PROGRAMS)
        monitor.tidy(Generations(second))
        assert not os.path.exists(monitor.PROGRAMS)

    def test_a_program_that_is_no_longer_there_is_refused(self):
        with pytest.raises(Refused, match="0123456789abcdef"):
            monitor._install("0123456789abcdef")
        assert not os.path.lexists(monitor.LINK)

    def test_programs_that_others_can_change_are_not_used(self):
        self.install()
        os.chmod(monitor.PROGRAMS, 0o770)
        self.own = {**self.own, "new.py": ""}
        for step in (self.install, lambda: monitor.tidy(Generations())):
            with pytest.raises(safe_files.Foreign):
                step()
        assert len(os.listdir(monitor.PROGRAMS)) == 1

    def test_a_generation_with_odd_orders_keeps_no_other_from_being_tidied(self):
        digest, odd = self.install(), Generations("x")
        odd.texts = ["{", orders(digest)[MONITOR]]
        monitor.tidy(odd)
        assert os.listdir(monitor.PROGRAMS) == [digest]


def test_the_whole_program_runs_without_anything_else(kept):
    monitor._install(monitor.digest())
    # -S: without what is installed for the controller
    done = subprocess.run([sys.executable, "-S", "-B", "-W", "error", "-c", f"import {monitor.PACKAGE}{monitor.MAIN} as found; print(found.__file__)"],
                          env={"PYTHONPATH": monitor.LINK}, cwd="/", capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (f"{monitor.LINK}/{FILE}_health/main.py", "")


class TestSupervision:
    @pytest.fixture(autouse=True)
    def _recorded(self, kept, monkeypatch):
        self.ran, self.systemd = [], True
        monkeypatch.setattr(monitor, "_run", lambda *words: self.ran.append(words))
        monkeypatch.setattr(monitor, "_systemd", lambda: self.systemd)

    def test_the_unit(self):
        sections = re.findall(r"^\[(\w+)\]\n([^\[]*)", monitor.unit("/usr/bin/python3"), re.MULTILINE)
        found = {name: dict(line.split("=", 1) for line in text.splitlines() if line) for name, text in sections}
        assert found["Service"] == {
            "Environment": f"PYTHONPATH={monitor.LINK}", "Restart": "on-failure", "RestartSec": "3",
            "StartLimitInterval": "0", "KillMode": "mixed", "TimeoutStopSec": "10", "SyslogIdentifier": monitor.NAME,
            "ExecStart": f"/usr/bin/python3 -B -m {monitor.PACKAGE}_health.main"}
        assert found["Install"] == {"WantedBy": "multi-user.target"}

    def test_the_cron_file(self):
        text = monitor.cron("/usr/bin/python3")
        command = f"exec /usr/bin/python3 -B -m {monitor.PACKAGE}_health.main"
        assert [line for line in text.splitlines() if not line.startswith("#")] == [
            f"PYTHONPATH={monitor.LINK}", f"* * * * * root {command} >/dev/null 2>&1"]
        assert text.endswith("\n") and "%" not in text      # cron reads neither a last line without an end nor a %

    def test_where_there_is_systemd(self):
        Path(monitor.CRON).write_text("of a machine that had no systemd")
        monitor._supervise(sys.executable)
        assert Path(monitor.UNIT).read_text() == monitor.unit(sys.executable) and not os.path.exists(monitor.CRON)
        assert self.ran == [("systemctl", "daemon-reload"), ("systemctl", "enable", monitor.NAME)]
        before = os.stat(monitor.UNIT)
        os.symlink(monitor.UNIT, monitor.ENABLED)
        monitor._supervise(sys.executable)
        assert os.stat(monitor.UNIT) == before and len(self.ran) == 2
        monitor._supervise("/usr/bin/python3.9")
        assert "/usr/bin/python3.9 " in Path(monitor.UNIT).read_text() and len(self.ran) == 4
        os.unlink(monitor.ENABLED)      # an operator has disabled it
        monitor._supervise("/usr/bin/python3.9")
        assert self.ran[4:] == [("systemctl", "daemon-reload"), ("systemctl", "enable", monitor.NAME)]

    def test_where_there_is_none(self):
        self.systemd = False
        Path(monitor.UNIT).write_text("of a machine that had systemd")
        os.symlink(monitor.UNIT, monitor.ENABLED)
        monitor._supervise(sys.executable)
        assert Path(monitor.CRON).read_text() == monitor.cron(sys.executable)
        assert not os.path.exists(monitor.UNIT) and not os.path.lexists(monitor.ENABLED)
        before = os.stat(monitor.CRON)
        monitor._supervise(sys.executable)
        assert os.stat(monitor.CRON) == before and self.ran == []

    def test_where_there_is_neither_it_is_only_started(self, kept):
        self.systemd = False
        os.rmdir(os.path.dirname(monitor.CRON))
        monitor._supervise(sys.executable)
        assert not os.path.exists(monitor.CRON)

    def test_systemd_starts_and_ends_it(self):
        monitor._supervise(sys.executable)
        del self.ran[:]
        monitor._start(sys.executable)
        monitor._end()
        assert self.ran == [("systemctl", "restart", monitor.NAME), ("systemctl", "disable", "--now", monitor.NAME), ("systemctl", "daemon-reload")]
        assert not os.path.exists(monitor.UNIT)
        monitor._end()
        assert len(self.ran) == 3

    def test_what_is_left_of_a_machine_that_had_systemd_goes_too(self):
        self.systemd = False
        Path(monitor.UNIT).write_text("")
        os.symlink(monitor.UNIT, monitor.ENABLED)
        monitor._end()
        assert self.ran == [] and not os.path.exists(monitor.UNIT) and not os.path.lexists(monitor.ENABLED)

    def test_what_one_that_was_killed_has_left_goes_too(self):
        say(process={"pid": os.getpid(), "started": 1})
        Path(monitor.LOCK).write_text("")
        monitor._end()
        assert not os.path.exists(monitor.STATUS) and not os.path.exists(monitor.LOCK)

    def test_one_that_holds_the_lock_and_does_not_end_is_told(self, monkeypatch):
        monkeypatch.setattr(monitor, "PATIENCE", 0.1)
        with locks.locked(monitor.LOCK), pytest.raises(Refused, match=f"process {os.getpid()}, does not end"):
            monitor._end()

    @pytest.mark.parametrize("systemd, directory, running, said", [
        (True, False, (), ""), (False, True, ("cron",), ""), (False, True, ("crond",), ""), (False, True, ("crony",), "cron runs"),
        (False, False, ("cron",), "there is no ")])
    def test_what_could_start_it_again(self, monkeypatch, systemd, directory, running, said):
        self.systemd = systemd
        monkeypatch.setattr(monitor.cli, "running", lambda name: name in running)
        if not directory:
            os.rmdir(os.path.dirname(monitor.CRON))
        assert said in monitor.unsupervised() and bool(said) == bool(monitor.unsupervised())


def test_a_command_that_fails_is_refused_with_its_last_line():
    with pytest.raises(Refused, match="^sh -c .*: no such unit$"):
        monitor._run("sh", "-c", "echo one; echo no such unit >&2; exit 5")
    monitor._run("true")


# A monitor that says who it is, and ends when it has no orders any more, if it ends.
FAKE = """
import json, os, sys, time
with open('/proc/self/stat') as handle:
    began = int(handle.read().rpartition(') ')[2].split()[19])
with open(%(status)r + '.new', 'w') as target:
    json.dump(dict(process=dict(pid=os.getpid(), started=began), path=sys.path[1], cwd=os.getcwd(), session=os.getsid(0),
                   open=[os.readlink('/proc/self/fd/%%d' %% number) for number in range(64) if os.path.exists('/proc/self/fd/%%d' %% number)], environment=sorted(os.environ)), target)
os.rename(%(status)r + '.new', %(status)r)
limit = time.time() + 20
while (%(deaf)r or os.path.exists(%(cron)r)) and time.time() < limit:
    time.sleep(0.02)
"""


@pytest.mark.parametrize("deaf", [False, True])
def test_a_start_and_an_end(kept, monkeypatch, deaf):
    text = FAKE % {"status": monitor.STATUS, "cron": monitor.CRON, "deaf": deaf}
    own = {FILE + "_health/main.py": text}
    monkeypatch.setattr(monitor, "sources", lambda: own)
    monkeypatch.setattr(monitor, "_systemd", lambda: False)
    monkeypatch.setattr(monitor, "PATIENCE", 0.2 if deaf else 10)
    pipe = os.pipe()
    os.set_inheritable(pipe[1], True)   # such as Ansible's, which waits until it is closed everywhere
    there = os.readlink(f"/proc/self/fd/{pipe[1]}")
    monitor.put_in_force(orders(monitor.digest()))
    assert came_true(monitor.status, 10, every=0.02)
    said = monitor.status()
    pid = said["process"]["pid"]
    assert said["open"][:3] == ["/dev/null"] * 3 and there not in said["open"]
    for descriptor in pipe:
        os.close(descriptor)
    assert (said["path"], said["cwd"], said["session"] != os.getsid(0)) == (monitor.LINK, "/", True)
    assert {"PATH", "PYTHONPATH"} <= set(said["environment"]) <= {"PATH", "PYTHONPATH", "LC_CTYPE"}
    monitor.put_in_force(orders(monitor.digest()))
    assert monitor.status()["process"]["pid"] == pid    # it was not started twice
    began = time.monotonic()
    monitor.put_in_force({})
    assert time.monotonic() - began < 10
    assert monitor.status() is None and not processes.running(said["process"])
    assert not os.path.exists(monitor.CRON) and not os.path.lexists(monitor.LINK)
