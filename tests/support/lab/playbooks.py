# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks on the lab, and descriptions that differ from the lab's own."""
from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.lab.machines import LIMIT, execute
from support.paths import ROOT

INVENTORY = str(ROOT / "inventory/lab/hosts.yml")
SITE = yaml.safe_load((ROOT / "inventory/lab/group_vars/dialers/trunks.yml").read_text(encoding="utf-8"))
CARRIER_A, CARRIER_B = SITE["dialer_trunks"]
ROUTE = SITE["dialer_routes"][0]


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
        """The messages of each host that failed or was unreachable, and what was restored on it."""
        found: dict[str, str] = {}
        for name, hosts in self.tasks:
            for host, result in hosts.items():
                told = name == "Say what was rolled back" and not result.get("skipped")
                if result.get("failed") or result.get("unreachable") or told:
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
        """The failures first: a report of failed tests shows some lines only."""
        printed = self.stderr if self.tasks else self.stderr + self.stdout[-3000:]
        return f"rc {self.rc}\nfailed: {self.failures}\nchanged: {self.changes}\n{printed}"


def _command(playbook: str | Path, inventory: str, extra_vars: dict[str, Any] | None, arguments: tuple[str, ...]) -> list[str]:
    extra = ["--extra-vars", json.dumps(extra_vars)] if extra_vars else []
    return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", inventory, str(playbook), *extra, *arguments]


def start(*arguments: str, playbook: str | Path = "site.yml", extra_vars: dict[str, Any] | None = None,
          inventory: str = INVENTORY, cwd: Path = ROOT, only_env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """ansible-playbook, begun in a process group of its own. ``only_env``: environment in place of the checkout's."""
    environment = {**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_FORCE_COLOR": "0",
                   "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "500"}
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    environment.update(only_env or {})
    return subprocess.Popen(_command(playbook, inventory, extra_vars, arguments), cwd=cwd, env=environment, text=True,
                            start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


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


@dataclass(frozen=True)
class Playbook:
    """What became of a run of ansible-playbook: everything printed, its exit code, and the recap's sums."""

    output: str
    code: int

    @property
    def recap(self) -> dict[str, int]:
        """Sums over all hosts: ok, changed, unreachable, failed …"""
        sums: dict[str, int] = {}
        for line in self.output.split("PLAY RECAP")[-1].splitlines():
            for word in line.split(":")[-1].split():
                key, equals, value = word.partition("=")
                if equals and value.isdigit():
                    sums[key] = sums.get(key, 0) + int(value)
        return sums


def playbook(name: str, *options: str, variables: dict[str, Any] | None = None, check: bool = True,
             environment: dict[str, str] | None = None) -> Playbook:
    """Run one of the collection's playbooks as a person does and keep what it prints; ``site`` has the results instead."""
    done = execute(
        _command(name, INVENTORY, variables, options), check=False, cwd=ROOT,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "500", **(environment or {})})
    result = Playbook(done.stdout + done.stderr, done.returncode)
    assert not check or result.code == 0, result.output
    return result


def provision(**variables: Any) -> Playbook:
    """Brings the lab to its own description, with these variables instead of the inventory's, and without leftovers."""
    return playbook("site.yml", variables={"dialer_prune": True, **variables})


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
