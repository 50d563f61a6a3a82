# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the integration tests run playbooks on the lab, and ask what runs there: Asterisk, MariaDB, nft."""
from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from calls import INSIDE

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = "inventory/lab/hosts.yml"
DIALERS = {"trunks-dialer1": "198.18.0.11", "trunks-dialer2": "198.18.0.12"}
ONE, OTHER = DIALERS
DB = "trunks-db"
LIMIT = 240     # seconds that any playbook may take
SITE = yaml.safe_load((ROOT / "inventory/lab/group_vars/dialers/trunks.yml").read_text(encoding="utf-8"))

# What is ours or shared on a dialer: everything that a commit could touch.
PLACES = "/etc/asterisk /etc/nftables.conf /usr/share/dialer-trunks /etc/cron.d /etc/systemd/system"
TABLES = "vicidial_server_carriers servers vicidial_campaigns vicidial_admin_log phones vicidial_conf_templates"


@dataclass(repr=False)
class Run:
    """What a playbook did: its return code, what it printed, and the results of its tasks."""

    rc: int
    stderr: str
    tasks: list[tuple[str, dict[str, dict[str, Any]]]] = field(default_factory=list)   # (name, {host: result})
    stats: dict[str, dict[str, int]] = field(default_factory=dict)
    stdout: str = ""

    @property
    def changes(self) -> list[tuple[str, str]]:
        """(task, host) of everything that was changed, in order."""
        return [(name, host) for name, hosts in self.tasks for host in sorted(hosts) if hosts[host].get("changed")]

    @property
    def changed_tasks(self) -> list[str]:
        return list(dict.fromkeys(name for name, _host in self.changes))

    @property
    def failures(self) -> dict[str, str]:
        """The messages of each host that failed or was unreachable; the last says what was restored."""
        found: dict[str, str] = {}
        for _name, hosts in self.tasks:
            for host, result in hosts.items():
                if result.get("failed") or result.get("unreachable"):
                    found[host] = f"{found.get(host, '')} {result.get('msg', '')}".strip()
        return found

    @property
    def said(self) -> str:
        """All messages and warnings as one text, without the line breaks that Ansible puts into them."""
        words = [*self.failures.values(), self.stderr]
        for _name, hosts in self.tasks:
            for result in hosts.values():
                words += result.get("warnings") or []
        return re.sub(r"\s+", " ", " ".join(words))

    def results(self, task: str) -> dict[str, dict[str, Any]]:
        """The results of a task by host; of the last one, where several have this name."""
        return [hosts for name, hosts in self.tasks if name == task][-1]

    def __repr__(self) -> str:
        return f"rc {self.rc}\nchanged: {self.changes}\nfailed: {self.failures}\n{self.stderr}\n{self.stdout[-3000:]}"


def start(*arguments: str, playbook: str | Path = "site.yml", extra_vars: dict[str, Any] | None = None,
          inventory: str = INVENTORY, cwd: Path = ROOT, only_env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """ansible-playbook, begun in a process group of its own. ``only_env``: environment in place of the checkout's."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), str(playbook), *arguments]
    if extra_vars is not None:
        command += ["-e", json.dumps(extra_vars)]
    environment = {**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_FORCE_COLOR": "0",
                   "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"}
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    environment.update(only_env or {})
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str]) -> Run:
    """The Run of a playbook that was started, once it has ended."""
    try:
        stdout, stderr = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        raise
    run = Run(process.returncode, stderr, stdout=stdout)
    with contextlib.suppress(ValueError):   # a playbook that does not parse has no results
        report = json.loads(stdout)
        run.stats = report["stats"]
        run.tasks = [(task["task"]["name"], task["hosts"]) for play in report["plays"] for task in play["tasks"]]
    return run


def site(*arguments: str, **options: Any) -> Run:
    """Run a playbook to its end: site.yml, unless ``playbook`` names another. ``extra_vars`` override the inventory's."""
    return finish(start(*arguments, **options))


def play(tasks: str, *arguments: str, **options: Any) -> Run:
    """Run a small play of these tasks (YAML) on all dialers."""
    header = [{"name": "A play of a test", "hosts": "dialers", "gather_facts": False, "tasks": yaml.safe_load(tasks)}]
    with tempfile.NamedTemporaryFile("w", suffix=".yml", prefix="trunks-test-") as book:
        yaml.safe_dump(header, book)
        book.flush()
        return site(*arguments, playbook=book.name, **options)


def described(**trunks: dict[str, Any] | None) -> dict[str, Any]:
    """The lab's trunks as an extra variable, with options of some of them changed: carrier_a={"secret": "x"}.

    A trunk whose change is None is left out.
    """
    changed = copy.deepcopy(SITE["dialer_trunks"])
    for trunk in list(changed):
        options = trunks.get(trunk["name"], {})
        changed.remove(trunk) if options is None else trunk.update(options)
    return {"dialer_trunks": changed}


def route(**options: Any) -> dict[str, Any]:
    """The lab's route as an extra variable, with options changed."""
    return {"dialer_routes": [{**copy.deepcopy(SITE["dialer_routes"][0]), **options}]}


class Inside(BaseBackend):
    """testinfra's way into a container of the lab."""

    NAME = "inside"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def run(self, command: str, *args: str, **_options: Any) -> CommandResult:
        """What became of a shell command."""
        return self.run_local("%s %s sh -c %s", str(INSIDE), self.name, self.get_command(command, *args))


@cache
def host(name: str) -> Host:
    """A container of the lab, by testinfra."""
    return Host(Inside(name))


def sh(name: str, command: str) -> str:
    """What a shell command in a container prints; it must succeed."""
    done = host(name).run(command)
    assert done.rc == 0, f"{name}: {command}: {done.stdout}{done.stderr}"
    return done.stdout


def asterisk(dialer: str, command: str) -> str:
    """What the running Asterisk's command line answers."""
    return sh(dialer, f"asterisk -rx {shlex.quote(command)}")


class Channel(NamedTuple):
    """A channel of a running Asterisk: its name, where in the dialplan it is, and its state, as ``Up``."""

    name: str
    context: str
    extension: str
    priority: str
    state: str


def channels(dialer: str, beginning: str = "") -> list[Channel]:
    """The channels whose names begin so."""
    lines = asterisk(dialer, "core show channels concise").splitlines()
    return [Channel(*line.split("!")[:5]) for line in lines if line.startswith(beginning) and line.count("!") > 4]


def no_calls(dialer: str) -> bool:
    """Whether the running Asterisk has no channel left."""
    return "0 active channels" in asterisk(dialer, "core show channels count").splitlines()


def sql(query: str) -> list[list[str]]:
    """The rows of a query as texts; NULL is 'NULL'."""
    done = subprocess.run([INSIDE, DB, "mariadb", "-N", "-B", "asterisk"], input=query.encode(),
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    # Not text=True, nor splitlines(): a row may hold a lone carriage return.
    return [line.split("\t") for line in done.stdout.decode().split("\n") if line]


def ours(columns: str = "carrier_id") -> list[list[str]]:
    """Columns of the rows that bear our marker for themselves (a copy bears another's), by server and carrier_id."""
    return sql(f"SELECT {columns} FROM vicidial_server_carriers WHERE carrier_description"
               " LIKE CONCAT('[dialer.trunks %@', server_ip, ' ', carrier_id, ']%') ORDER BY server_ip, carrier_id")


def peer(dialer: str, name: str) -> dict[str, str]:
    """`sip show peer` as a dictionary of its labels; empty when there is no such peer."""
    return {label.strip(): value.strip() for label, value in
            re.findall(r"^  ([^:\n]+?)\s*:[ \t]*(.*)$", asterisk(dialer, f"sip show peer {name}"), re.MULTILINE)}


def stamp(dialer: str, name: str) -> int:
    """The revision that the running Asterisk holds of a trunk's peer; 0 when it holds none."""
    match = re.match(r"\[trunks (\d+)\]", peer(dialer, name).get("Description", ""))
    return int(match.group(1)) if match else 0


def loaded(dialer: str, context: str) -> bool:
    """Whether the running dialplan has this context."""
    return f"Context '{context}'" in asterisk(dialer, f"dialplan show {context}")


def generation(dialer: str) -> int:
    """The generation that the running dialplan holds."""
    match = re.search(r"'(\d+)' =>", asterisk(dialer, "dialplan show trunks-generation"))
    return int(match.group(1)) if match else 0


def files(dialer: str, times: bool = False) -> dict[str, str]:
    """Every file and link that a commit could touch: its mode, its checksum or target, and on request its time."""
    return parsed_files(sh(dialer, look_at_files(times)))


def look_at_files(times: bool) -> str:
    """The shell command that `parsed_files` reads."""
    seconds = " %T@" if times else ""
    return (f"find {PLACES} -type f -exec sha256sum {{}} + 2>/dev/null;"
            f" find {PLACES} -printf '%p  %m %u %l{seconds}\\n' 2>/dev/null | sort; true")


def parsed_files(text: str) -> dict[str, str]:
    """{path: facts}"""
    found: dict[str, str] = {}
    for line in text.splitlines():
        first, _blank, second = line.partition("  ")
        path, fact = (second, first) if re.fullmatch(r"[0-9a-f]{64}", first) else (first, second)
        found[path] = found.get(path, "") + " " + fact
    return found


def operators_text(dialer: str, path: str) -> str:
    """A file of the operator's without our marked line."""
    lines = sh(dialer, f"cat {path}").splitlines(keepends=True)
    return "".join(line for line in lines if not re.search(r"[;#] dialer\.trunks\s*$", line))


def database() -> str:
    """The tables that a run could touch, as mariadb-dump writes them, one line a row."""
    return sh(DB, f"mariadb-dump --compact --skip-extended-insert --order-by-primary asterisk {TABLES}")


def ruleset(dialer: str) -> str:
    """All nftables tables, without counters' values."""
    return sh(dialer, "nft -s list ruleset")


def everything() -> dict[str, Any]:
    """All that a run could touch, to be compared with itself later; one look at each machine."""
    mark = "=-=-=-="
    parts = [look_at_files(times=True), "nft -s list ruleset", "asterisk -rx 'dialplan show'", "asterisk -rx 'rtp show settings'"]
    with ThreadPoolExecutor() as pool:
        looks = [pool.submit(sh, dialer, f"; echo {mark}; ".join(parts)) for dialer in DIALERS]
        found: dict[str, Any] = {"database": database()}
        for dialer, look in zip(DIALERS, looks):
            seen = look.result().split(mark + "\n")
            found[dialer] = {"files": parsed_files(seen[0]), **dict(zip(("ruleset", "dialplan", "rtp"), seen[1:]))}
    return found


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two pictures of `everything`: paths, or names of parts with the lines that differ."""
    found = []
    for dialer in DIALERS:
        old, new = before[dialer]["files"], now[dialer]["files"]
        found += [f"{dialer} {path}: {old.get(path)} -> {new.get(path)}" for path in sorted(old.keys() | new.keys())
                  if old.get(path) != new.get(path)]
    texts = [("database", before["database"], now["database"])]
    texts += [(f"{dialer} {part}", before[dialer][part], now[dialer][part]) for dialer in DIALERS
              for part in ("ruleset", "dialplan", "rtp")]
    for name, old, new in texts:
        lines = set(old.splitlines()) ^ set(new.splitlines())
        found += [f"{name}: {line[:300]}" for line in sorted(lines)] or ([] if old == new else [f"{name}: order"])
    return found


def standin(dialer: str, command: str) -> None:
    """Start or stop a service of the stand-in for VICIdial: 'stop generator'."""
    sh(dialer, f"/usr/share/astguiclient/standin {command}")


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the condition holds; fail when it still does not after thrice the seconds that it should take:
    several labs share the machine."""
    patience = 3 * seconds
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, f"not within {patience} s: {what}"
        time.sleep(0.2)


@contextlib.contextmanager
def changed_file(dialer: str, path: str, command: str) -> Iterator[None]:
    """Change a file of the operator's by a shell command for the time of the block, and put it back as it was."""
    sh(dialer, f"cp -p {path} {path}.kept; {command}")
    try:
        yield
    finally:
        sh(dialer, f"mv {path}.kept {path}")


def auto_dial(dialer: str, number: str, *options: str) -> dict[str, Any]:
    """Place one call as VICIdial's dialler does; what became of it."""
    done = sh(dialer, f"/usr/share/astguiclient/originate --auto --number {number} --hold 1 {' '.join(options)}")
    return json.loads(done)[0]


def received(carrier: str, number: str) -> int:
    """How often a number has reached a carrier (a or b) so far."""
    return sum(line.split(",")[1] == number
               for line in sh(f"trunks-carrier-{carrier}", "cat /var/log/carrier/calls.csv 2>/dev/null; true").splitlines())
