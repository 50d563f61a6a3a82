# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/gitops/check-schema: it finds mistakes, and prints nothing of what a pipeline's readers are not to see."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

PLANTED = "Hunter2-zq"
TRUNK = "dialer_trunks:\n  - name: carrier_a\n    description: A\n    host: 198.18.10.10\n"


def check(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    place = tmp_path / "group_vars/dialers"
    place.mkdir(parents=True)
    (place / "trunks.yml").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, ROOT / "examples/gitops/check-schema", tmp_path], capture_output=True, text=True, check=False,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections")})


@pytest.mark.parametrize(("text", "said"), [
    pytest.param(text, said, id=str(number)) for number, (text, said) in enumerate([
        (f"dialer_trunks: {{name: carrier_a, secret: {PLANTED}}}", "dialer_trunks: must be of type array"),
        (f"dialer_trunks: [[{{secret: {PLANTED}}}]]", "dialer_trunks[0]: must be of type object"),
        (f"dialer_trunks: {PLANTED}", "dialer_trunks: must be of type array"),
        (f"dialer_db: [{{password: {PLANTED}}}]", "dialer_db: must be of type object"),
        (f"dialer_db: {PLANTED}", "dialer_db: must be of type object"),
        (f"dialer_db: {{password: [{PLANTED}]}}", "dialer_db.password: must be of type string"),
        (f"dialer_db: {{password: {{is: {PLANTED}}}}}", "dialer_db.password: must be of type string"),
        (f"dialer_db: {{port: {PLANTED}}}", "dialer_db.port: must be"),
        (f"{TRUNK}    secrte: {PLANTED}\n", "dialer_trunks[0]: has no key secrte"),
        (f"{TRUNK}    ? 'acct:{PLANTED}@h'\n    : x\n", "dialer_trunks[0]: has no key …"),
        (f"{TRUNK}    codecs: {{secret: {PLANTED}}}\n", "dialer_trunks[0].codecs: must be"),
        (f"{TRUNK}    codecs: [{PLANTED}, {PLANTED}]\n", "dialer_trunks[0].codecs"),
        (f"{TRUNK}    protocol: {PLANTED}\n", "dialer_trunks[0].protocol: must be one of"),
        (f"{TRUNK}    port: 70000\n    username: '{PLANTED}'\n    secret: '{PLANTED};'\n", "dialer_trunks[0].secret: must be printable"),
        (f"- {{secret: {PLANTED}}}", "the file: must be of type object"),
        (f"dialer_db: {{password: {PLANTED}", "is no YAML, line 1, column"),
        (f"dialer_db:\n  password: *{PLANTED}\n", "is no YAML, line 2, column 13"),
        (f"dialer_db:\n  password: !{PLANTED} {{a: {PLANTED}}}\n", "is no YAML, line 2"),
        (f"dialer_db: {{password: 2026-99-99}} # {PLANTED}", "is no YAML"),
        (f"dialer_nonsense: {PLANTED}\ndialer_routes: [{{}}]\n", "dialer_routes[0]: lacks name"),
    ])])
def test_a_mistake_is_named_and_what_is_there_is_not_quoted(tmp_path: Path, text: str, said: str) -> None:
    done = check(tmp_path, text)
    assert done.returncode == 1, done.stdout + done.stderr
    assert PLANTED not in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert said in done.stderr


def test_what_is_right_and_what_is_encrypted_passes(tmp_path: Path) -> None:
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/d1.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    done = check(tmp_path, TRUNK + "    secret: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162\n    username: u\n")
    assert (done.returncode, done.stdout) == (0, "1 files, 0 mistakes\n"), done.stderr
