# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-playbook prints when a description has mistakes, with every output format that people and programs use."""
from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible import constants
from ansible.plugins.doc_fragments.result_format_callback import ModuleDocFragment
from ansible.release import __version__
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import error_lines
from support.paths import ROOT

SECRET = "Planted-lines-1"
TRUNK = {"name": "carrier_a", "description": "A", "host": "198.18.10.10", "username": "u", "secret": SECRET}
WITH_MISTAKES = {"dialer_trunks": [{**TRUNK, "port": 0, "transport": "ip"}], "dialer_rtp": {"start": 10001, "end": 20000}}
LINES = [
    "The description has mistakes; nothing was touched:",
    "(of d1)",
    "dialer_rtp.start: must be even, not 10001: RTP uses pairs of ports, the first of them even",
    "dialer_trunks[0].port: must be a whole number from 1 to 65535, not 0",
    "dialer_trunks[0].transport: must be one of udp, tcp, tls, not 'ip'",
]
OWN_CFG = "[defaults]\ninterpreter_python = auto_silent\n"  # that of somebody who installed the collection
FORMATS = {
    "default": OWN_CFG,
    "pretty": OWN_CFG + "callback_format_pretty = true\n",
    "yaml": OWN_CFG + "callback_result_format = yaml\n",
    "checkout": (ROOT / "ansible.cfg").read_text(encoding="utf-8"),
    "json": OWN_CFG + "stdout_callback = ansible.posix.json\n",
    "minimal": OWN_CFG + "stdout_callback = minimal\n",
}


def run(tmp_path: Path, cfg: str, *arguments: str, task: str = "{}") -> SimpleNamespace:
    """Check a description with mistakes on the controller: stdout, stderr."""
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dialers": {"hosts": {"d1": {}}, "vars": WITH_MISTAKES}}), encoding="utf-8")
    (tmp_path / "ansible.cfg").write_text(cfg, encoding="utf-8")
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{
        "hosts": "dialers", "gather_facts": False,
        "tasks": [{"name": "Check the description", "dialer.trunks.trunks_plan": {}, **yaml.safe_load(task)}]}]), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "play.yml", *arguments], cwd=tmp_path, text=True,
        capture_output=True, check=False, timeout=60,
        env={**env, "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "500"})
    assert SECRET not in done.stdout + done.stderr
    return done


def times_as_lines(done: SimpleNamespace) -> int:
    """How often all mistakes are printed, each on a line of its own."""
    shown = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    return min(sum(line.endswith(wanted) for line in shown) for wanted in LINES)


@pytest.mark.parametrize("mode", ["run", "check"])
@pytest.mark.parametrize("name", FORMATS)
def test_mistakes_are_printed_as_lines_once_with_every_output(tmp_path: Path, name: str, mode: str) -> None:
    done = run(tmp_path, FORMATS[name], *(["--check", "--diff"] if mode == "check" else []))
    assert done.returncode == 2, done.stdout + done.stderr
    core = tuple(int(part) for part in __version__.split(".")[:2])
    by_ansible = 2 if name in ("yaml", "checkout") and core >= (2, 19) else 0 if name == "json" and core >= (2, 19) else 1
    assert times_as_lines(done) == by_ansible, done.stdout + done.stderr


def test_a_program_finds_all_mistakes_in_msg(tmp_path: Path) -> None:
    done = run(tmp_path, FORMATS["json"])
    result = json.loads(done.stdout)["plays"][0]["tasks"][0]["hosts"]["d1"]
    assert result["msg"].splitlines() == LINES
    default = run(tmp_path, FORMATS["default"])
    [line] = [line for line in default.stdout.splitlines() if line.startswith("fatal: [d1]")]
    assert json.loads(line.partition(" => ")[2])["msg"].splitlines() == LINES


def test_the_lines_name_the_host_that_failed(tmp_path: Path) -> None:
    if tuple(int(part) for part in __version__.split(".")[:2]) < (2, 19):
        assert run(tmp_path, OWN_CFG).stderr.startswith("\nd1: " + "\n  ".join(LINES) + "\n")
    else:
        assert "\n".join(LINES) in run(tmp_path, OWN_CFG).stdout


def test_an_error_that_the_task_hides_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert times_as_lines(run(tmp_path, OWN_CFG, task="{failed_when: false}")) == 0
    monkeypatch.setattr(error_lines, "_by_ansible", lambda: False)
    assert error_lines.wanted(SimpleNamespace(failed_when=[], no_log=False))
    assert not error_lines.wanted(SimpleNamespace(failed_when=[False], no_log=False))
    assert not error_lines.wanted(SimpleNamespace(failed_when=[], no_log=True))


def test_an_error_of_one_line_and_a_success_print_nothing_more() -> None:
    assert error_lines.of({"failed": True, "msg": "one line"}, "d1") == ""
    assert error_lines.of({"msg": "of two\nlines"}, "d1") == ""
    assert error_lines.of({"failed": True}, "d1") == ""
    assert error_lines.of({"failed": True, "msg": "of two\nlines"}, "d1") == "d1: of two\n  lines"


def test_each_key_of_the_checkouts_configuration_is_one_of_ansibles() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "ansible.cfg", encoding="utf-8")
    known = {entry["key"] for one in constants.config.get_configuration_definitions().values() for entry in one.get("ini") or []}
    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    known |= {entry["key"] for one in options.values() for entry in one.get("ini") or []}
    assert "callback_result_format" in known
    assert set(parser["defaults"]) <= known
    molecule = yaml.safe_load((ROOT / ".config/molecule/config.yml").read_text(encoding="utf-8"))
    assert set(molecule["ansible"]["cfg"]["defaults"]) <= known
