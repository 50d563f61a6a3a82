# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that runs before a failed-over call is sent never holds the call up for long, whatever is broken.

What it does to a real table is proven with a real database.
"""

from __future__ import annotations

import select
import subprocess

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import repair

from support.unit.descriptions import files

SCRIPT = files("documented")["repair.agi"]
LOGIN = "VARserver_ip => 198.18.0.11\nVARDB_server => 127.0.0.1\nVARDB_port => 1\nVARDB_database => asterisk\nVARDB_user => cron\nVARDB_pass => PLANTED\n"


def script(tmp_path, configuration: str | None) -> str:
    """The script with its configuration at another place."""
    if configuration is not None:
        (tmp_path / "astguiclient.conf").write_text(configuration)
    return SCRIPT.replace("'/etc/astguiclient.conf'", f"'{tmp_path}/astguiclient.conf'")


CONFIGURATIONS = [
    (None, "cannot read"),
    ("# nothing\n", "does not say VARDB_server"),
    (LOGIN.replace("VARserver_ip", "VARother"), "does not say VARserver_ip"),
    (LOGIN, ""),  # no connection, or not even the driver for it
]


@pytest.mark.parametrize("configuration,reason", CONFIGURATIONS)
def test_it_says_why_it_is_not_ready(tmp_path, configuration, reason):
    said = repair.reason(script(tmp_path, configuration))
    assert said and reason in said
    assert "PLANTED" not in said and "uninitialized" not in said


@pytest.mark.parametrize("configuration,reason", CONFIGURATIONS)
def test_a_failure_is_told_to_asterisk_at_once(tmp_path, configuration, reason):
    program = tmp_path / "repair.agi"
    program.write_text(script(tmp_path, configuration))
    child = subprocess.Popen(
        ["perl", str(program), "1700000000.1", "V1234567890"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    try:
        child.stdin.write(b"agi_request: repair.agi\nagi_channel: SIP/carrier_b-00000001\nagi_uniqueid: 1700000001.2\n"
                          b"agi_arg_1: 1700000000.1\nagi_arg_2: V1234567890\n\n")
        # Asterisk answers a command when it has read it: one that waits in a buffer would hold the call for ever.
        assert select.select([child.stdout], [], [], 10)[0], "nothing was said within 10 s"
        said = child.stdout.read(4096).decode()
        assert said.startswith('VERBOSE "dialer.trunks: this call, if it is answered, may not reach its agent: ') and reason in said
        assert said.count("\n") == 1 and "PLANTED" not in said
        child.stdin.write(b"200 result=1\n")
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
