# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults in the middle of a run, made by real means on one dialer, and whether everything is as it was afterwards."""
from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from support.lab.machines import DB, INSIDE, ONE, execute, pid, sh, sql, standin
from support.lab.playbooks import Run, described, finish, route, site, start
from support.lab.running import generation
from support.lab.state import files, ruleset
from support.waiting import wait_until

LEAST = 8       # seconds for the confirmation, on a machine that is quick
PATIENCE = 60   # seconds for the watchdog
# How a run that lives says what is where. The last but one: the watchdog rolls
# back, as long as the database is away.
TOLD = ("Restored|[Nn]othing was (touched|written|put in force)|No row was rolled back"
        "|rolls back a change that was not confirmed|unchanged; this run has nothing to confirm or to roll back here")
HOST = "198.18.10.10"
SITE_YML, ROLLBACK, REMOVE = "site.yml", "playbooks/rollback.yml", "playbooks/remove.yml"
CHECKPOINTS = "/var/lib/dialer-trunks"
GENERATIONS = "/etc/asterisk/trunks.d"

# Runs on the dialer: waits for a moment of the run, and kills the module, which is the step of the checkpoint.
_KILL = """
import json, os, sys, time
kind, moment, former = sys.argv[1:4]
path = "/var/lib/dialer-trunks/%s-checkpoint.json" % kind
def link():
    try:
        return os.readlink("/etc/asterisk/trunks")
    except OSError:
        return ""
end = time.time() + 90
while time.time() < end:
    if os.path.exists(path) and (moment == "checkpoint" or link() != former):
        os.kill(json.load(open(path))["step"]["pid"], 9)
        sys.exit(0)
    time.sleep(0.002)
sys.exit("that moment did not come")
"""


@dataclass(frozen=True)
class Fault:
    """One fault: what happens, at which step, and in which modes. ``act`` gets the running playbook."""

    name: str
    step: str
    act: Callable[[subprocess.Popen[str]], None]
    modes: tuple[str, ...] = ("vicidial", "asterisk")
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    host: str = HOST                # of carrier_a, whose options change
    route: tuple[tuple[str, Any], ...] = ()     # options of the route that change besides
    playbook: str = SITE_YML
    begins: str = "described"       # what the dialer has before: the lab's description, "changed" or "nothing"

    @property
    def key(self) -> str:
        return f"{self.step}: {self.name}"


def at(kind: str, moment: str) -> Callable[[subprocess.Popen[str]], None]:
    """kill -9 of the module at this moment."""
    def act(_process: subprocess.Popen[str]) -> None:
        former = sh(ONE, "readlink /etc/asterisk/trunks; true").strip()
        execute([INSIDE, ONE, "python3", "-", kind, moment, former], _KILL)
    return act


def both(act: Callable[[subprocess.Popen[str]], None]) -> Callable[[subprocess.Popen[str]], None]:
    """That, and kill -9 of Ansible: only the watchdog is left."""
    def kill(process: subprocess.Popen[str]) -> None:
        act(process)
        os.killpg(process.pid, signal.SIGKILL)
    return kill


def _rows_written() -> bool:
    return sql("SELECT COUNT(*) FROM vicidial_server_carriers WHERE carrier_id='carrier_a-11'"
               " AND account_entry LIKE '%qualifyfreq=31%'") == [["1"]]


def after_rows(process: subprocess.Popen[str]) -> None:
    """kill -9 of the module once its rows stand in the table."""
    wait_until(_rows_written, 90, "the rows")
    at("rows", "checkpoint")(process)


def after_route_rows(process: subprocess.Popen[str]) -> None:
    """kill -9 of the module once the route's row, which comes after the files, stands in the table; the generator, which
    the trunks' rows waited for, is stopped before, or the module might have ended."""
    former = generation(ONE)
    wait_until(lambda: generation(ONE) != former, 90, "the files")
    standin(ONE, "stop generator")
    wait_until(lambda: sql("SELECT COUNT(*) FROM vicidial_server_carriers WHERE carrier_id='us-11'"
                           " AND dialplan_entry LIKE '%_944XXXXXXXXXX%'") == [["1"]], 90, "the route's row")
    at("rows", "checkpoint")(process)


def generating(act: Callable[[subprocess.Popen[str]], None]) -> Callable[[subprocess.Popen[str]], None]:
    """That, and the generator, without which a run waits for minutes, goes on afterwards."""
    def go_on(process: subprocess.Popen[str]) -> None:
        try:
            act(process)
        finally:
            standin(ONE, "start generator")
    return go_on


def stop_database() -> None:
    execute(["podman", "stop", "-t", "10", DB])


def database_gone_after_rows(_process: subprocess.Popen[str]) -> None:
    wait_until(_rows_written, 90, "the rows")
    stop_database()


def database_gone_after_link(_process: subprocess.Popen[str]) -> None:
    former = generation(ONE)
    wait_until(lambda: generation(ONE) != former, 90, "the files")
    stop_database()


def database_back() -> None:
    execute(["podman", "start", DB])
    wait_until(lambda: execute(["podman", "exec", DB, "mariadb", "-e", "SELECT 1"], check=False).returncode == 0, 60, "the database")


def asterisk_gone(process: subprocess.Popen[str]) -> None:
    """Asterisk is killed when the link is switched; the module goes on."""
    former = sh(ONE, "readlink /etc/asterisk/trunks; true").strip()
    sh(ONE, f"for n in $(seq 9000); do [ \"$(readlink /etc/asterisk/trunks)\" != {former} ] && exec pkill -9 -x asterisk;"
            " sleep 0.01; done; exit 1")


# A second Asterisk ends at once while the former one, which was killed, is still there: then it is started again.
_BACK = """
pkill -9 -x screen
cd /root
for start in 1 2 3; do
    for n in $(seq 100); do pgrep -r D,R,S,T -x asterisk >/dev/null || break; sleep 0.1; done
    screen -wipe >/dev/null
    HOME=/root TERM=xterm screen -d -m -S asterisk /usr/sbin/asterisk -vvvgcT
    sleep 0.3
    for n in $(seq 200); do
        asterisk -rx 'core waitfullybooted' && exit 0
        pgrep -r D,R,S,T -x asterisk >/dev/null || break
        sleep 0.1
    done
done
ps -ef
exit 1
"""


def asterisk_back() -> None:
    """Start the killed Asterisk of the first dialer in its screen, and wait until it has booted."""
    sh(ONE, _BACK)


# The dialer's image has no mount, and the container may not mount: this runs with the host's rights in its mounts.
_MOUNT = """
import ctypes, os, shutil, sys
libc = ctypes.CDLL(None, use_errno=True)
what, path = sys.argv[1:3]
def call(name, *arguments):
    if getattr(libc, name)(*arguments):
        sys.exit("%s: %s" % (name, os.strerror(ctypes.get_errno())))
if what == "roomy":
    call("umount2", path.encode(), 2)
    sys.exit(0)
os.makedirs(path, exist_ok=True)
os.makedirs("/mnt/full", exist_ok=True)
blocks = sum(os.stat(os.path.join(place, name)).st_size // 4096 + 2
             for place, _, names in os.walk(path) for name in names + ["."])
call("mount", b"none", b"/mnt/full", b"tmpfs", 0, b"mode=0755,size=%dk" % (4 * blocks + 64))
for name in os.listdir(path):
    copy = shutil.copytree if os.path.isdir(os.path.join(path, name)) else shutil.copy2
    copy(os.path.join(path, name), "/mnt/full/" + name)
try:
    with open("/mnt/full/filled", "wb", buffering=0) as filled:
        while True:
            filled.write(b"x" * 4096)
except OSError:
    pass
call("mount", b"/mnt/full", path.encode(), None, 4096, None)
call("umount2", b"/mnt/full", 2)
os.rmdir("/mnt/full")
"""


def _mounts(what: str, path: str) -> None:
    execute(["nsenter", "-t", pid(ONE), "-m", "python3", "-c", _MOUNT, what, path])


def full(path: str) -> Callable[[], None]:
    """The directory lies on a disk without a free byte."""
    return lambda: _mounts("full", path)


def roomy(path: str) -> Callable[[], None]:
    def cure() -> None:
        _mounts("roomy", path)
        sh(ONE, f"rmdir {CHECKPOINTS} 2>/dev/null; true")
    return cure


def void_reload() -> None:
    sh(ONE, "cp -p /etc/asterisk/extensions.conf /tmp/kept; echo '#include missing.conf' >> /etc/asterisk/extensions.conf")


def valid_reload() -> None:
    sh(ONE, "cp -p /tmp/kept /etc/asterisk/extensions.conf; rm /tmp/kept; asterisk -rx 'dialplan reload'")


def nothing(_process: subprocess.Popen[str]) -> None:
    """What is wrong was so before the run."""


DB_ONLY = ("vicidial",)
MORE_PATTERNS = (("patterns", ["1NXXNXXXXXX", "44XXXXXXXXXX"]),)
FAULTS = [
    Fault("disk full", "journal of rows", nothing, DB_ONLY, full(CHECKPOINTS), roomy(CHECKPOINTS)),
    Fault("kill -9 of the module", "journal of rows", at("rows", "checkpoint"), DB_ONLY),
    Fault("kill -9 of the module", "rows written", generating(after_rows), DB_ONLY, lambda: standin(ONE, "stop generator")),
    Fault("kill -9 of module and Ansible", "rows written", generating(both(after_rows)), DB_ONLY,
          lambda: standin(ONE, "stop generator")),
    Fault("database gone", "before the rows", nothing, DB_ONLY, stop_database, database_back),
    Fault("database gone", "rows written", database_gone_after_rows, DB_ONLY, lambda: standin(ONE, "stop generator"),
          lambda: (database_back(), standin(ONE, "start generator"))),
    Fault("database gone", "files, link switched", database_gone_after_link, DB_ONLY, after=database_back),
    Fault("disk full", "files", nothing, before=full(GENERATIONS), after=roomy(GENERATIONS)),
    Fault("kill -9 of the module", "files, before the first", at("files", "checkpoint")),
    Fault("kill -9 of the module", "files, link switched", at("files", "link")),
    Fault("kill -9 of module and Ansible", "files, link switched", both(at("files", "link"))),
    Fault("Asterisk gone", "files, link switched", asterisk_gone, after=asterisk_back),
    Fault("reload that does not take", "files, reload", nothing, before=void_reload, after=valid_reload),
    Fault("kill -9 of the module", "rows of routes written", generating(after_route_rows), DB_ONLY, route=MORE_PATTERNS),
    Fault("kill -9 of module and Ansible", "rows of routes written", generating(both(after_route_rows)), DB_ONLY,
          route=MORE_PATTERNS),
    Fault("a trunk that does not answer", "verify", nothing, host="198.18.10.77"),
    Fault("kill -9 of module and Ansible", "first installation, link", both(at("files", "link")), begins="nothing"),
    Fault("reload that does not take", "first installation, reload", nothing, before=void_reload, after=valid_reload,
          begins="nothing"),
    Fault("kill -9 of the module", "rollback, link switched", at("files", "link"), playbook=ROLLBACK, begins="changed"),
    Fault("kill -9 of module and Ansible", "rollback, link switched", both(at("files", "link")), playbook=ROLLBACK,
          begins="changed"),
    Fault("kill -9 of the module", "removal, link gone", at("files", "link"), playbook=REMOVE),
    Fault("kill -9 of module and Ansible", "removal, link gone", both(at("files", "link")), playbook=REMOVE),
    # With a route's row to go back as well, or the rest of the rollback does without the database, and is right to.
    Fault("database gone", "rollback, link switched", database_gone_after_link, DB_ONLY, after=database_back,
          playbook=ROLLBACK, begins="changed", route=MORE_PATTERNS),
    Fault("database gone", "removal, link gone", database_gone_after_link, DB_ONLY, after=database_back, playbook=REMOVE),
    Fault("Asterisk gone", "removal, link gone", asterisk_gone, after=asterisk_back, playbook=REMOVE),
]


def picture(mode: str) -> dict[str, Any]:
    """What has to be as before, files without their times."""
    found: dict[str, Any] = {"files": files(ONE), "rules": ruleset(ONE), "generation": generation(ONE)}
    if mode == "vicidial":
        found["rows"] = sql("SELECT * FROM vicidial_server_carriers ORDER BY carrier_id")
        found["campaigns"] = sql("SELECT campaign_id, dial_prefix, manual_dial_prefix FROM vicidial_campaigns")
    # VICIdial's generator writes its own files again, and a mount changes the listing of its place.
    found["files"] = {path: facts for path, facts in found["files"].items() if "-vicidial" not in path}
    return found


def left_behind() -> list[str]:
    """Checkpoints, watchdogs, locks and half written files on the dialer."""
    return sh(ONE, f"ls {CHECKPOINTS}/*-checkpoint.json /run/dialer-trunks* 2>/dev/null;"
                   " ps axo args | grep -E '[A]nsiballZ|^[^ ]*python3$';"
                   " find /etc/asterisk -name '*.new' -print; true").split("\n")[:-1]


def changed(host: str = HOST, **options: Any) -> dict[str, Any]:
    """The lab's description as extra variables, with what the runs change: carrier_a and the route."""
    return {**described(carrier_a={"qualify": {"frequency": 31}, "host": host}),
            **route(max_attempts=2, before_dial=["NoOp(x)"], **options)}


@cache
def window(mode: str) -> int:
    """Seconds for the confirmation that no run without a fault needs here: what a whole one takes, of which the longest
    pause between two steps is a part. With less, the guard of a busy machine undoes what is only slow."""
    before = time.monotonic()
    run = site("--limit", ONE, extra_vars={**changed(), "dialer_mode": mode})
    taken = time.monotonic() - before
    assert run.rc == 0, run
    run = site("--limit", ONE, extra_vars={"dialer_mode": mode, "dialer_prune": True})
    assert run.rc == 0, run
    return max(LEAST, math.ceil(taken))


def undergo(fault: Fault, mode: str) -> tuple[list[str], float, Run | None]:
    """(what is not as it was, seconds from the fault until everything is back, the run)."""
    within, wanted = window(mode), {**changed(fault.host, **dict(fault.route)), "dialer_mode": mode}
    if fault.begins != "described":
        # A preparation that is only slow, as on a busy machine, is not to be rolled back.
        first = site("--limit", ONE, playbook=REMOVE if fault.begins == "nothing" else SITE_YML,
                     extra_vars={**wanted, "dialer_confirm_within": 300})
        assert first.rc == 0, first
    before = picture(mode)
    fault.before()
    cured = False
    try:
        process = start("--limit", ONE, playbook=fault.playbook, extra_vars={**wanted, "dialer_confirm_within": within})
        fault.act(process)
        began = time.monotonic()
        run = finish(process)
        fault.after()
        cured = True
    finally:
        if not cured:
            fault.after()
    until = time.monotonic() + within + PATIENCE
    wrong = _differences(before, mode)
    while wrong and time.monotonic() < until:
        time.sleep(0.5)
        wrong = _differences(before, mode)
    seconds = time.monotonic() - began
    if run.rc == 0:
        wrong.append("the run says that all went well")
    elif run.rc > 0 and not re.search(TOLD, run.said):
        wrong.append(f"the message does not say what was restored: {run.said}")
    if fault.begins != "described":
        last = site("--limit", ONE, extra_vars={"dialer_mode": mode, "dialer_prune": True})
        assert last.rc == 0, last
    return wrong, seconds, run


def _differences(before: dict[str, Any], mode: str) -> list[str]:
    now = picture(mode)
    found = [f"left: {line}" for line in left_behind()]
    for part, old in before.items():
        if now[part] != old:
            detail = ([path for path in {**old, **now[part]} if old.get(path) != now[part].get(path)]
                      if isinstance(old, dict) else "")
            found.append(f"{part} differ {detail}")
    return found


def note() -> dict[str, Any]:
    """What the watchdog has noted about files that it has rolled back."""
    return json.loads(sh(ONE, f"cat {CHECKPOINTS}/files-rolled-back.json"))
