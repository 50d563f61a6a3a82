# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of VICIdial's database that hold templates, commands and control characters: adopted, planned and checked.

Where Ansible took a text of theirs for a template, the program `hrm` would run on the controller. One test takes the
tags out of what adopting has written, and it does run: so a search that finds nothing has proven that it can find.
"""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.lab.machines import DIALERS, host, sql
from support.lab.playbooks import Run, finish, play, site, start
from support.lab.running import peer
from support.waiting import wait_until

TEMPLATE = "{{lookup(dict(pipe=1)|first,dict(hrm=1)|first)}}"
STATEMENT = "{%set x=lookup(dict(pipe=1)|first,dict(hrm=1)|first)%}"
SHELL = "`touch /tmp/hrm`$(touch /tmp/hrm)"
CONTROLS = "\\x1b[2J\\x1b]0;owned\\x07"
PEER = (
    f"[hostile_a]\\ntype=peer\\nhost=198.18.10.10\\nusername=acct5550100\\nsecret={TEMPLATE}\\ncontext=trunkinbound\\nallow=ulaw\\n"
    f"subscribecontext={TEMPLATE}\\nfromuser={STATEMENT}\\ninsecure=port,invite"
)
DIALPLAN = (
    "exten => _831NXXNXXXXXX,1,AGI(agi://127.0.0.1:4577/call_log)\\n"
    f'exten => _831NXXNXXXXXX,n,Set(X={{{{lookup("pipe","hrm")}}}})\\n'
    f"exten => _831NXXNXXXXXX,n,NoOp({SHELL})\\nexten => _831NXXNXXXXXX,n,Set(Y={STATEMENT})\\n"
    "exten => _831NXXNXXXXXX,n,Dial(${HOSTILE}/${EXTEN:2},${CAMPDTO},To)\\nexten => _831NXXNXXXXXX,n,Hangup()"
)
COLUMNS = ("carrier_id, carrier_name, registration_string, template_id, account_entry, protocol, globals_string, dialplan_entry,"
           " server_ip, active, carrier_description, user_group")
PLAN = "- name: Plan what was adopted\n  dialer.trunks.trunks_plan: {whole: true}\n"


def _quoted(text: str) -> str:
    """A literal of SQL; line ends and control characters are written as \\n and \\xNN."""
    decoded = text.encode("latin-1").decode("unicode_escape")
    return f"CONVERT(0x{decoded.encode().hex()} USING utf8)" if decoded else "''"


@pytest.fixture(scope="module")
def hostile() -> Iterator[None]:
    """A row on each dialer with something in every column that takes it, its template, and a row that is left alone."""
    rows = []
    for number, server_ip in enumerate(DIALERS.values(), start=1):
        values = (f"{{{{7*7}}}}{number}", TEMPLATE, "", "HRM", PEER, "SIP", f"HOSTILE = SIP/hostile_a\\nX{{{{7*7}}}} = {TEMPLATE}", DIALPLAN,
                  server_ip, "Y", f"{CONTROLS}{TEMPLATE} {SHELL}\\r\\n; dialer_mode: asterisk", "---ALL---")
        rows.append(f"({', '.join(map(_quoted, values))})")
        left = (f"{{%x%}}\\x1b[3{number}m", "{#", "", "--NONE--", f"[\\x1b[2J{TEMPLATE}]\\ntype=user\\nhost=dynamic", "SIP", "", "", server_ip, "Y",
                f"{CONTROLS}", "---ALL---")
        rows.append(f"({', '.join(map(_quoted, left))})")
    sql(f"INSERT INTO vicidial_conf_templates (template_id, template_name, template_contents) VALUES ('HRM', 'HRM', {_quoted('callerid=' + TEMPLATE)})")
    sql(f"INSERT INTO vicidial_server_carriers ({COLUMNS}) VALUES {', '.join(rows)}")
    sql("UPDATE servers SET rebuild_conf_files='Y'")
    try:
        wait_until(lambda: all(peer(dialer, "hostile_a") for dialer in DIALERS), 60, "the hostile peers")
        yield
    finally:
        sql("DELETE FROM vicidial_server_carriers WHERE template_id='HRM' OR carrier_name='{#'")
        sql("DELETE FROM vicidial_conf_templates WHERE template_id='HRM'")
        sql("UPDATE servers SET rebuild_conf_files='Y'")
        wait_until(lambda: not any(peer(dialer, "hostile_a") for dialer in DIALERS), 60, "the hostile peers are gone")


class Trap:
    """The controller's PATH with the program `hrm` in it, which leaves a mark."""

    def __init__(self, where: Path) -> None:
        self.mark = where / "it-ran"
        program = where / "bin/hrm"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\ntouch {self.mark}\necho RAN\n", encoding="utf-8")
        program.chmod(0o755)
        self.environment = {"PATH": f"{program.parent}:{os.environ['PATH']}"}

    def sprung(self) -> bool:
        """Whether anything ran, here or on a dialer."""
        return self.mark.exists() or any(host(dialer).file("/tmp/hrm").exists for dialer in DIALERS)


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    return Trap(tmp_path_factory.mktemp("trap"))


@pytest.fixture(scope="module")
def written(hostile: None, trap: Trap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that adopt.yml has written, told on a terminal as people see it."""
    where = tmp_path_factory.mktemp("hostile") / "site"
    told = finish(start(playbook="playbooks/adopt.yml", extra_vars={"adopt_to": str(where)},
                        only_env={**trap.environment, "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}))
    assert told.rc == 0, told
    assert "hostile_a" in told.stdout and not trap.sprung()
    for printed in (told.stdout, told.stderr, *(page.read_text(encoding="utf-8") for page in where.iterdir())):
        assert [character for character in printed if not character.isprintable() and character != "\n"] == []
    return where


def with_them(written: Path, *arguments: str, trap: Trap, tasks: str = "") -> Run:
    """site.yml, or a play of these tasks, with what was written as it was written."""
    options = [*arguments, "-e", f"@{written}/trunks.yml", "-e", f"@{written}/vault.yml"]
    return play(tasks, *options, only_env=trap.environment) if tasks else site(*options, only_env=trap.environment)


def test_what_was_written_is_planned_and_checked_and_nothing_runs(written: Path, trap: Trap) -> None:
    text = (written / "trunks.yml").read_text(encoding="utf-8")
    assert text.count("!unsafe") >= 4 and "before_dial" in text and re.search(r"adopt:\s+(\[|- )!unsafe", text)
    planned = with_them(written, trap=trap, tasks=PLAN)
    assert planned.rc == 0, planned
    checked = with_them(written, "--check", "--diff", trap=trap)
    assert checked.rc == 0 and TEMPLATE in checked.stdout, checked
    assert not trap.sprung()


def test_nothing_runs_when_its_route_is_enabled(written: Path, trap: Trap, tmp_path: Path) -> None:
    for page in written.iterdir():
        text = page.read_text(encoding="utf-8").replace("    enabled: false\n    adopt", "    adopt")
        (tmp_path / page.name).write_text(text, encoding="utf-8")
    assert (tmp_path / "trunks.yml").read_text(encoding="utf-8") != (written / "trunks.yml").read_text(encoding="utf-8")
    checked = with_them(tmp_path, "--check", "--diff", trap=trap)
    assert "Set(X={{lookup" in checked.stdout, checked
    assert not trap.sprung()


def test_it_would_have_run(written: Path, trap: Trap, tmp_path: Path) -> None:
    for page in written.iterdir():
        (tmp_path / page.name).write_text(page.read_text(encoding="utf-8").replace("!unsafe ", ""), encoding="utf-8")
    with_them(tmp_path, trap=trap, tasks=PLAN)
    assert trap.mark.exists()
    trap.mark.unlink()
