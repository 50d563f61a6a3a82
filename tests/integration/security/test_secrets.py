# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are planted wherever one can be, old and new, runs of every kind are made, and then everything is searched.

A secret may be in the database's rows, in the file that VICIdial's generator makes of them, and in our own files that
nobody else can read. One test asks just that, so that a search that finds nothing has proven that it can find.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from support.lab.machines import DIALERS, HOME, begin, pace, sh, sql
from support.lab.planted import (
    KEPT_FILES, OPERATORS_FILES, SECRETS, described, plant_by_hand, plant_in_the_operators_files)
from support.lab.playbooks import INVENTORY, ROUTE, Playbook, playbook, provision
from support.paths import ROOT
from support.waiting import came_true

# Keeps whatever a dialer's syslog would get, as modules log how they were called.
_SYSLOG = """
import os, socket
os.umask(0o077)
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.bind("/dev/log")
print("listening", flush=True)
with open("/root/secrets-syslog", "wb", buffering=0) as log:
    while True:
        log.write(link.recv(65536) + b"\\n")
"""


class Printed:
    """Runs playbooks and keeps all that they print. ``since``: the last admin-log entry from before."""

    def __init__(self, since: str) -> None:
        self.since, self.began, self.ended = since, time.time(), False
        self.runs: list[tuple[str, Playbook]] = []

    def run(self, what: str, name: str, variables: dict, *options: str, fails: bool = False) -> Playbook:
        """One run with --diff and -vvv; it must end as it is told to."""
        with extra_vars(variables) as given:
            done = playbook(name, "-vvv", "--diff", *given, *options, check=False)
        self.runs.append((what, done))
        assert (done.code != 0) is fails, f"{what}: {done.code}\n{done.output[-3000:]}"
        return done

    def killed(self, what: str, name: str, variables: dict, *options: str) -> None:
        """One run that is killed as soon as both of its journals are there; its watchdogs stay."""
        with extra_vars(variables) as given, tempfile.TemporaryFile("w+") as said:  # it says more than a pipe holds
            run = subprocess.Popen(
                ["ansible-playbook", "-i", INVENTORY, ROOT / name, "-vvv", "--diff", *given, *options],
                start_new_session=True, stdout=said, stderr=subprocess.STDOUT)
            try:
                there = came_true(lambda: sh("dialer1", f"ls {JOURNALS}", check=False).split() == JOURNALS.split(), 90)
            finally:
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            said.seek(0)
            out = said.read()
        self.runs.append((what, Playbook(out, run.returncode)))
        assert there, f"{what}: no journals\n{out[-3000:]}"


JOURNALS = "/var/lib/dialer-trunks/files-checkpoint.json /var/lib/dialer-trunks/rows-checkpoint.json"


@contextlib.contextmanager
def extra_vars(variables: dict) -> Iterator[list[str]]:
    """Options that give variables by a file which only we can read."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(variables, file)
        file.flush()
        yield ["--extra-vars", f"@{file.name}"]


@contextlib.contextmanager
def book(*lines: str) -> Iterator[str]:
    """A playbook of these lines behind its hosts, beside the collection's own."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml", dir=ROOT / "playbooks") as file:
        file.write("\n".join(["- hosts: dialers", "  gather_facts: false", *lines]) + "\n")
        file.flush()
        yield f"playbooks/{Path(file.name).name}"


BAD_INPUT = (
    ("a semicolon", {"secret": SECRETS["new_bad"] + ";x"}),
    ("a line end", {"secret": SECRETS["new_bad"] + "\nregister=yes"}),
    ("a mapping", {"secret": {"value": SECRETS["new_bad"]}}),
    ("a list", {"secret": [SECRETS["new_bad"]]}),
    ("no username", {"username": "", "secret": SECRETS["new_bad"]}),
    ("a login as username", {"username": f"user:{SECRETS['new_bad']}", "secret": "x"}),
    ("a misspelt key", {"secrte": SECRETS["new_bad"]}),
    ("too long", {"secret": SECRETS["new_bad"] * 20}),
    ("a setting", {"settings": {"md5secret": SECRETS["new_bad"] + ";"}}),
    ("a setting in a list", {"settings": {"remotesecret": [SECRETS["new_bad"] + "\\"]}}),
    ("a setting of our own", {"settings": {"secret": SECRETS["new_bad"]}}),
)


def vicidial_runs(printed: Printed) -> None:
    plant_in_the_operators_files()
    printed.run("check of the lines", "site.yml", described("old"), "--check")
    printed.run("first run", "site.yml", described("old"), "--skip-tags", "verify")
    plant_by_hand()
    for form in "table", "json", "markdown":
        printed.run(f"drift as {form}", "playbooks/drift.yml", {**described("old"), "drift_format": form}, fails=True)
    adopt(printed)
    taken = {**described("old"), "dialer_routes": [ROUTE, {
        "name": "out_6", "dial_prefix": "6", "patterns": ["1NXXNXXXXXX"], "trunks": [{"name": "tokens"}],
        "adopt": ["TOKENS1", "TOKENS2"]}]}
    taken["dialer_trunks"] += [
        {"name": "tokens", "host": "198.18.10.10", "adopt": ["TOKENS1", "TOKENS2"]},
        {"name": "secretive", "host": "198.18.20.20", "username": "me", "secret": SECRETS["new_foreign_account"],
         "adopt": ["SECRETS"], "servers": ["trunks-dialer1"]}]
    seen = printed.run("adopting others' rows", "site.yml", taken, "--check")
    assert "MYSQL(Connect conn 127.0.0.1 (hidden))" in seen.output, "the dialplan that goes was to be shown"
    printed.run("check", "site.yml", described("new"), "--check")
    printed.run("change", "site.yml", described("new"), "--skip-tags", "verify")
    sh("dialer1", f"{HOME}/standin stop generator")
    stopped = {**described("old"), "carriers_wait": 2}
    with book("  roles: [dialer.trunks.carriers]") as carriers:
        late = printed.run("generator stopped", carriers, stopped, fails=True)
    assert "generator did not run within 2 s" in " ".join(late.output.split())
    sh("dialer1", f"{HOME}/standin start generator")
    printed.run("taken up again", "site.yml", described("new"), "--skip-tags", "verify")
    ways_back(printed)
    printed.run("verify", "playbooks/verify.yml", {**described("new"), "verify_timeout": 1}, fails=True)
    printed.run("history", "playbooks/history.yml", described("new"))
    printed.run("which trunk", "playbooks/which_trunk.yml", {**described("new"), "number": "913125551212"})
    unreachable = {"name": "asterisk", "user": "cron", "password": SECRETS["new_database"]}
    printed.run("wrong password", "site.yml", {**described("old"), "dialer_db": {"host": "198.18.0.5", **unreachable}},
                fails=True)
    printed.run("no database there", "site.yml", {**described("old"), "dialer_db": {"host": "198.18.0.6", **unreachable}},
                fails=True)
    trunks = [{**described("new")["dialer_trunks"][0], "name": f"carrier_{number}", **change}
              for number, (_what, change) in enumerate(BAD_INPUT)]
    refused = printed.run("bad input", "site.yml", {"dialer_trunks": trunks, "dialer_db": {
        "host": "198.18.0.5", "pasword": SECRETS["new_bad"], "password": [SECRETS["new_database"]]}}, fails=True)
    said = " ".join(refused.output.split())
    assert all(f"dialer_trunks[{number}]" in said for number, _change in enumerate(BAD_INPUT)), said[-3000:]
    sh("dialer1", "sed -i '/^\\[operators\\]/,$d' /etc/asterisk/sip.conf")
    printed.run("remove", "playbooks/remove.yml", described("old"))


def adopt(printed: Printed) -> None:
    """The carriers of others, described: what is for the vault holds their secrets, and nothing else does."""
    with tempfile.TemporaryDirectory() as place:
        printed.run("adopt", "playbooks/adopt.yml", {"adopt_to": place})
        held = {path: lines_with_secrets(path.read_text()) for path in Path(place).rglob("*") if path.is_file()}
        vaults = [path for path in held if path.name == "vault.yml"]
        assert [path.stat().st_mode & 0o777 for path in vaults] == [0o600]
        known = sorted(line.split(":")[0] for line in held[vaults[0]])
        assert known == ["old_foreign_account", "old_row_header", "old_row_mysql", "old_row_setvar", "old_row_shell",
                         "old_row_token", "old_row_url"], "what is to be kept of the rows SECRETS and TOKENS1, TOKENS2"
        assert [path.name for path, lines in held.items() if lines and path not in vaults] == []


def ways_back(printed: Printed) -> None:
    """A run that is killed, with its journals and the run that rolls it back; one that fails and goes back; a rollback."""
    new, old = described("new"), {**described("old"), "verify_timeout": 1}
    printed.killed("killed", "site.yml", old)
    for secret in "new_secret", "old_secret":
        assert sh("dialer1", f"grep -lF {SECRETS[secret]} {JOURNALS}", check=False), "the journals hold no secret"
    found.extend(readable_by_others("dialer1"))
    rolled_back = printed.run("after the killed one", "site.yml", new, "--skip-tags", "verify")
    assert "was cut short before it confirmed its change" in " ".join(rolled_back.output.split())
    failed = printed.run("fails and goes back", "site.yml", old, fails=True)
    assert "Restored and proven" in failed.output
    printed.run("rollback", "playbooks/rollback.yml", {"verify_timeout": 1}, fails=True)  # no carrier lets account_2 register
    with book("  tasks: [{dialer.trunks.asterisk_generation_info: }, {dialer.trunks.vicidial_carriers_info: , run_once: true}]") as look:
        printed.run("what is there", look, new)
    printed.run("after the rollback", "site.yml", new, "--skip-tags", "verify")


def asterisk_runs(printed: Printed) -> None:
    """A plain Asterisk, where peers are files of ours: dialer 2 has nothing of ours in VICIdial's rows any more."""
    mode = {"dialer_mode": "asterisk"}
    only = "--limit", "trunks-dialer2"
    printed.run("files", "site.yml", {**mode, **described("old")}, *only, "--skip-tags", "verify")
    printed.run("check files", "site.yml", {**mode, **described("new")}, *only, "--check")
    sh("dialer2", "cp -p /etc/asterisk/extensions.conf /root/; echo '#include missing.conf' >>/etc/asterisk/extensions.conf")
    try:
        refused = printed.run("refused generation", "site.yml", {**mode, **described("new")}, *only, fails=True)
    finally:
        sh("dialer2", "mv /root/extensions.conf /etc/asterisk/extensions.conf")
    assert "Restored" in refused.output
    printed.run("change files", "site.yml", {**mode, **described("new")}, *only, "--skip-tags", "verify")
    sh("dialer2", f"grep -rqF {SECRETS['new_secret']} /etc/asterisk/trunks/")
    found.extend(readable_by_others("dialer2"))
    printed.run("remove files", "playbooks/remove.yml", {**mode, **described("new")}, *only)


found: list[str] = []  # files that others could read while secrets were in force


def lines_with_secrets(text: str) -> list[str]:
    """The lines that hold a secret, each with the secret's name and not its value."""
    return [f"{name}: {re.sub(value, '…', line)[:300]}" for name, value in SECRETS.items()
            for line in text.splitlines() if value in line]


def files_with_secrets(dialer: str, find: str, but: Collection[str] = ()) -> list[str]:
    """The files among those that this find command lists (with -print0) that hold a secret, these secrets aside."""
    values = [value for name, value in SECRETS.items() if name not in but]
    out = sh(dialer, f"cat >/root/patterns; {find} 2>/dev/null | xargs -0r grep -lFaf /root/patterns; rm /root/patterns",
                 stdin="\n".join(values) + "\n", check=False)
    return [f"{dialer}:{path}" for path in out.splitlines()]


def readable_by_others(dialer: str) -> list[str]:
    """Files with a secret that others can read, except where VICIdial and the operator put theirs, and Asterisk's log.

    A file below a directory that others cannot enter is not readable by them.
    """
    paths = ("/etc/asterisk/*-vicidial.conf", "/var/log/asterisk/messages", *OPERATORS_FILES)
    theirs = " -o ".join(f"-path '{path}'" for path in paths)
    return files_with_secrets(
        dialer, f"find /etc /run /tmp /usr/share /var /root /home -xdev \\( -type d ! -perm -o=x -prune \\) -o"
                f" -type f -perm -o=r ! \\( {theirs} \\) -print0")


@pytest.fixture(scope="module")
def printed():
    """All runs, done once; leaves the lab as its inventory describes it."""
    pace()
    provision()
    logs = [begin(["podman", "exec", dialer, "timeout", "600", "python3", "-uc", _SYSLOG])
            for dialer in DIALERS]
    assert all("listening" in log.stdout.readline() for log in logs)
    since = sql("SELECT COALESCE(MAX(admin_log_id), 0) FROM vicidial_admin_log")[0][0]
    result = Printed(since)
    try:
        vicidial_runs(result)
        found.extend(readable_by_others("dialer1"))
        asterisk_runs(result)
        result.ended = True
        yield result
    finally:
        for dialer in DIALERS:
            sh(dialer, f"{HOME}/standin start >/dev/null; tar -xPf {KEPT_FILES} && rm {KEPT_FILES}; rm -f /dev/log",
                   check=False)
        sql("DELETE FROM vicidial_server_carriers WHERE carrier_id IN ('SECRETS', 'TOKENS1', 'TOKENS2', 'URIDIAL');"
                "UPDATE servers SET rebuild_conf_files = 'Y' WHERE generate_vicidial_conf = 'Y'")
        for log in logs:
            log.terminate()
            log.communicate()
        if not result.ended:  # dialer 2 may still be a plain Asterisk
            playbook("playbooks/remove.yml", "--limit", "trunks-dialer2", variables={"dialer_mode": "asterisk"})
        provision()


def test_the_search_finds_what_is_there(printed):
    assert len(printed.runs) >= 24
    assert lines_with_secrets(f"secret={SECRETS['new_md5']}") == ["new_md5: secret=…"]
    sh("dialer1", f"echo {SECRETS['old_secret']} >/tmp/secrets-probe; chmod 644 /tmp/secrets-probe")
    assert "dialer1:/tmp/secrets-probe" in readable_by_others("dialer1")
    sh("dialer1", "rm /tmp/secrets-probe")


def test_nothing_that_was_printed_holds_a_secret(printed):
    leaks = {what: lines for what, run in printed.runs if (lines := lines_with_secrets(run.output))}
    assert leaks == {}


def test_diffs_show_our_line_of_an_operators_file(printed):
    shown = dict(printed.runs)["check of the lines"].output
    assert shown.count("--- before: /etc/asterisk/extensions.conf") == 1
    assert shown.count("+line 1: #tryinclude trunks/extensions.conf ; dialer.trunks") == 1
    # At the beginning of a line: -vvv prints the task's result as well.
    assert len(re.findall(r"^trunks-dialer[12]: the same changes as on trunks-dialer[12]", shown, re.MULTILINE)) == 1


def test_diffs_show_that_a_secret_changed(printed):
    runs = dict(printed.runs)
    for what in ("check", "change", "taken up again", "check files", "change files"):
        assert "(hidden, changed)" in runs[what].output, what


def test_the_admin_log_holds_none(printed):
    rows = sql("SELECT event_code, event_sql, event_notes FROM vicidial_admin_log WHERE admin_log_id"
                   f" > {printed.since} AND user LIKE 'dialer.trunks%'")
    assert len(rows) >= 10
    assert lines_with_secrets("\n".join("\t".join(row) for row in rows)) == []


@pytest.mark.parametrize("dialer", DIALERS)
def test_no_log_on_a_dialer_holds_one(printed, dialer):
    # Asterisk itself logs the value of each global variable that it sets, which a row of the operator's has it do.
    assert files_with_secrets(dialer, "find /var/log -type f -print0", but=["old_row_global"]) == []
    assert "ansible-" in sh(dialer, "cat /root/secrets-syslog"), "modules would log to syslog, and nothing came"
    assert files_with_secrets(dialer, "find /root/secrets-syslog -print0") == []
    assert files_with_secrets(dialer, "find /root/.ansible /tmp /run -type f -print0") == []


def test_nothing_that_others_can_read_holds_one(printed):
    assert found == []
    assert [path for dialer in DIALERS for path in readable_by_others(dialer)] == []


def test_nothing_is_left_on_the_controller(printed):
    kept = []
    for place in (Path.home() / ".ansible", Path(tempfile.gettempdir())):
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if not name.startswith(("pytest", "collections"))]
            for name in names:
                path = Path(folder, name)
                if path.is_file() and path.stat().st_mtime >= printed.began:
                    kept += [str(path) for _line in lines_with_secrets(path.read_text(errors="replace"))]
    assert kept == []
