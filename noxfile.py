# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every ansible-core that the README claims, with the Pythons of this machine that it supports.

    nox --session core-2.21-py3.13            all checks with this ansible-core on this Python
    nox --session core-2.21-py3.13 -- lab     one of them: unit, sanity, targets, lab
    nox --session targets                     the dialers' code on every Python of this machine
    nox --tags newest                         the newest ansible-core that this machine has a Python for (make test)
    nox --tags matrix                         every ansible-core on the oldest and the newest Python (make matrix)
    nox --session table                       what the last runs found, as a table

The oldest ansible-core is that of .venv, with which the rest of `make test` runs.
"""
from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / ".cache/matrix"
DIALERS_PYTHONS = tuple(f"3.{minor}" for minor in range(6, 15))


class Core(NamedTuple):
    """An ansible-core: the package ansible that has its collections, and what it supports."""

    name: str
    package: str
    pythons: tuple[str, ...]    # of controllers
    dialers: str                # the oldest Python of dialers


CORES = (
    Core("2.16", "ansible~=9.0", ("3.10", "3.11", "3.12"), "3.6"),
    Core("2.17", "ansible~=10.0", ("3.10", "3.11", "3.12"), "3.7"),
    Core("2.18", "ansible~=11.0", ("3.11", "3.12", "3.13"), "3.8"),
    Core("2.19", "ansible~=12.0", ("3.11", "3.12", "3.13"), "3.8"),
    Core("2.20", "ansible~=13.0", ("3.12", "3.13", "3.14"), "3.9"),
    Core("2.21", "ansible~=14.0", ("3.12", "3.13", "3.14"), "3.9"),
)
# The main job on the lab: the database module, mistakes, what site.yml has brought about, nothing to do the second
# time, verify, no drift, a failure that concerns all dialers, check mode, roles alone, and everything off again.
MAIN_JOB = (
    "tests/integration/db",
    "tests/integration/test_bad_input.py",
    "tests/integration/test_state.py",
    "tests/integration/changes/test_drift.py::test_a_dialer_that_is_right_has_no_drift",
    "tests/integration/changes/test_confirm.py::test_a_call_that_nobody_answers_takes_every_dialer_of_the_batch_back",
    "tests/integration/test_life.py",
)
LAB = """
lab/lab up --dialers 2
lab/lab pace 1
ansible-playbook site.yml
ansible-playbook site.yml
python -m pytest -p no:cacheprovider --junitxml=.cache/tests/newest.xml "$@"
"""


def find_pythons() -> None:
    """Put the Pythons below the pyenv root at the end of the PATH. Its shims are of no use: they fail for versions that
    are not switched on."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [place for place in os.environ["PATH"].split(os.pathsep) if place != str(root / "shims")]
    os.environ["PATH"] = os.pathsep.join([*places, *map(str, sorted(root.glob("versions/3.*/bin")))])


@functools.cache
def here(python: str) -> bool:
    """Whether this machine has that Python."""
    found = shutil.which(f"python{python}")
    return bool(found) and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0


def chosen(core: Core) -> list[str]:
    """The oldest and the newest Python of this machine on which the core runs; one where both are the same."""
    pythons = [python for python in core.pythons if here(python)]
    return list(dict.fromkeys([*pythons[:1], *pythons[-1:]]))


def left_out() -> list[str]:
    """What this machine cannot run, a sentence each."""
    cores = [f"Left out: ansible-core {core.name}, which needs Python {core.pythons[0]} to {core.pythons[-1]}."
             for core in CORES if not chosen(core)]
    missing = [python for python in DIALERS_PYTHONS if not here(python)]
    return cores + ([f"Left out: Python {', '.join(missing)}, not on this machine."] if missing else [])


def unit(session: nox.Session, _core: Core) -> None:
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", "tests/unit")


def sanity(session: nox.Session, _core: Core) -> None:
    session.run("tools/sanity", external=True)


def targets(session: nox.Session, core: Core) -> None:
    pythons = DIALERS_PYTHONS[DIALERS_PYTHONS.index(core.dialers):]
    session.run("python", "tools/import-targets", *(f"python{python}" for python in pythons if here(python)))


def lab(session: nox.Session, _core: Core) -> None:
    session.run("lab/lab", "images", external=True)
    # As the scenarios of Molecule reach the dialers: molecule/shared/tasks/pytest.yml.
    ways = {"LAB_CONNECTION": "inside", "ANSIBLE_PIPELINING": "1", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "ANSIBLE_CONNECTION_PLUGINS": str(ROOT / "lab/connection")}
    session.run("tools/apart", "bash", "-euc", LAB, "lab", *MAIN_JOB, external=True, env=ways)


CHECKS: dict[str, Callable[[nox.Session, Core], None]] = {
    "unit": unit, "sanity": sanity, "targets": targets, "lab": lab,
}


def check(session: nox.Session, core: Core) -> None:
    """Run the checks that were asked for, all of them without a word, and note how each went."""
    wanted = session.posargs or (CHECKS if session.python == chosen(core)[-1] else ["unit"])
    session.install("--quiet", core.package, "--requirement", "requirements-test.txt")
    session.env["PYTHONPATH"] = str(ROOT / "collections")
    failed = []
    for name in wanted:
        began = time.monotonic()
        try:
            CHECKS[name](session, core)
        except CommandFailed:
            failed.append(name)
        noted = RESULTS / f"{core.name}-{session.python}-{name}.json"
        noted.parent.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps({"good": name not in failed, "seconds": round(time.monotonic() - began)}))
    if failed:
        session.error(f"failed: {', '.join(failed)}")
    for sentence in left_out():
        session.log(sentence)


def declare() -> None:
    """Make a session of each core with each Python that it supports."""
    best = [core for core in CORES if chosen(core)][-1]
    for core in CORES:
        for python in core.pythons:
            tags = ["matrix"] if python in chosen(core) else []
            tags += ["newest"] if core == best and python == chosen(core)[-1] else []
            session = functools.partial(check, core=core)
            session.__doc__ = f"ansible-core {core.name} on Python {python}"
            nox.session(session, name=f"core-{core.name}-py{python}", python=python, tags=tags, reuse_venv=True,
                        default=False)


@nox.session(name="targets", python=False, default=False)
def all_targets(session: nox.Session) -> None:
    """The dialers' code on every Python of this machine, with the oldest ansible-core."""
    targets(session, CORES[0])
    for sentence in left_out():
        session.log(sentence)


def cell(noted: Path) -> str:
    """What is noted of a check; empty when it was not run."""
    if not noted.exists():
        return ""
    result = json.loads(noted.read_text())
    return f"{'passed' if result['good'] else '**failed**'}, {result['seconds']} s"


@nox.session(python=False, default=False)
def table(session: nox.Session) -> None:
    """What the checks found, as a table for the README; and what was left out."""
    lines = ["| ansible-core | Python | " + " | ".join(CHECKS) + " |", "|---" * (2 + len(CHECKS)) + "|"]
    for core in CORES:
        for python in core.pythons:
            cells = [cell(RESULTS / f"{core.name}-{python}-{name}.json") for name in CHECKS]
            if any(cells):
                lines.append(f"| {core.name} | {python} | {' | '.join(cells)} |")
    print("\n".join([*lines, "", *left_out()]))


find_pythons()
declare()
