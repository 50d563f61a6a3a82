# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-playbook says of a variable that is not defined, and of a vault whose password was not given."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import host_vars, untemplated
from support.paths import ROOT

BIN = Path(sys.executable).parent
SECRET, PASSWORD = "Planted-untemplated-1", "Planted-password-1"


def ansible(place: Path, *command: str, given: str = "") -> SimpleNamespace:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=place, text=True, input=given, capture_output=True, check=False, timeout=60,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "500"})
    assert SECRET not in done.stdout + done.stderr and PASSWORD not in done.stdout + done.stderr
    return done


def trunk(number: int, secret: Any) -> dict[str, Any]:
    return {"name": f"carrier_{number}", "description": "A", "host": f"198.18.10.{number}", "username": "u", "secret": secret}


def inventory(place: Path, trunks: str, vault: str = "") -> None:
    variables = place / "group_vars/dialers"
    variables.mkdir(parents=True)
    (place / "hosts.yml").write_text("dialers: {hosts: {d1: {}, d2: {}}}\n", encoding="utf-8")
    (variables / "trunks.yml").write_text(trunks, encoding="utf-8")
    (variables / "vault.yml").write_text(vault or "{}\n", encoding="utf-8")
    (place / "play.yml").write_text(yaml.safe_dump([{
        "hosts": "dialers", "gather_facts": False, "tasks": [{"dialer.trunks.trunks_plan": {}, "run_once": True}]}]), encoding="utf-8")


def plan(place: Path, *options: str) -> SimpleNamespace:
    return ansible(place, "ansible-playbook", "-i", "hosts.yml", "play.yml", *options)


def test_each_undefined_variable_is_named_with_its_path(tmp_path: Path) -> None:
    trunks = [trunk(1, SECRET), trunk(2, "{{ vault_two }}"), {**trunk(3, "x-{{ vault_three }}"), "codecs": ["{{ codec }}"]}]
    inventory(tmp_path, yaml.safe_dump({"dialer_trunks": trunks, "dialer_rtp": {"start": "{{ first }}", "end": 20000}}))
    done = plan(tmp_path)
    told = done.stdout + done.stderr
    assert done.returncode == 2
    for path, name in (("dialer_trunks[1].secret", "vault_two"), ("dialer_trunks[2].secret", "vault_three"),
                       ("dialer_trunks[2].codecs[0]", "codec"), ("dialer_rtp.start", "first")):
        assert f"{path}: the variable '{name}' is undefined: define it in the inventory or its vault file" in told, told
    assert "(of d1)" in told and "(of d2)" not in told, "the same mistakes are reported once"


def test_a_missing_vault_password_says_which_text_of_which_file_needs_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    encrypted = ansible(tmp_path, "ansible-vault", "encrypt_string", "--vault-password-file", "password", "--stdin-name", "vault_two",
                        given=SECRET).stdout
    indented = re.sub("^ +", " " * 8, encrypted.partition("\n")[2], flags=re.M)
    inline = yaml.safe_dump({"dialer_trunks": [trunk(1, "INLINE"), trunk(2, "{{ vault_two }}")]}).replace("INLINE", "!vault |\n" + indented.rstrip())
    inventory(tmp_path, inline, encrypted)
    without = plan(tmp_path)
    told = without.stdout + without.stderr
    assert without.returncode == 2
    for index, file in enumerate(("trunks.yml", "vault.yml")):
        found = re.search(rf"dialer_trunks\[{index}\]\.secret: is encrypted with ansible-vault in (\S+), line \d+, and cannot be "
                          r"decrypted: give the password of that text \(--vault-id", told)
        assert found and found[1] == str(tmp_path / "group_vars/dialers" / file), told
    assert plan(tmp_path, "--vault-password-file", "password").returncode == 0


def test_an_error_of_a_secret_s_template_is_hidden_and_of_others_shown() -> None:
    def refuse(text: str) -> str:
        raise AnsibleError(f"no filter in {text}")

    found = list(untemplated.mistakes([{"secret": SECRET, "host": "{{ x }}"}], refuse, {}, ("dialer_trunks",)))
    assert found == ["dialer_trunks[0].secret: cannot be templated: (hidden)", "dialer_trunks[0].host: cannot be templated: no filter in {{ x }}"]
    assert list(untemplated.mistakes({"a": [1, "b"]}, str, {}, ("x",))) == []


def test_values_that_cannot_be_decrypted_do_not_stop_the_comparison_of_variables() -> None:
    class Encrypted:
        def __ne__(self, other: object) -> bool:
            raise AnsibleError("no secrets")

    assert not host_vars._differ(Encrypted(), Encrypted())
    assert host_vars._differ(1, 2) and not host_vars._differ(1, 1)


@pytest.mark.parametrize("name", ["dialer_db", "dialer_trunks"])
def test_every_variable_of_the_description_is_searched(tmp_path: Path, name: str) -> None:
    value = {"host": "198.18.0.5", "password": "{{ nowhere }}"} if name == "dialer_db" else "{{ nowhere }}"
    inventory(tmp_path, yaml.safe_dump({name: value}))
    told = plan(tmp_path).stdout
    assert f"{name}{'.password' if name == 'dialer_db' else ''}: the variable 'nowhere' is undefined" in told, told
