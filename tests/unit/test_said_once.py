# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several rooms need is written in one of them: a second copy would stay behind when the first is changed."""
from __future__ import annotations

import ast

import pytest

from support.paths import PLUGINS, ROOT, SCHEMA

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PLUGINS.rglob("*.py")}
COMMON = "module_utils/_common"
PLACES = {
    "ETC": "module_utils/_asterisk/technologies.py",
    "EVERY_DIALER": f"{COMMON}/vicidial.py",
    "PARTS": "module_utils/_generation/layout.py",
    "ROWS": "module_utils/_generation/layout.py",
    "SPECIAL": "module_utils/_asterisk/dialplan_scope.py",
    "INCLUDE": "module_utils/_asterisk/conf_lines.py",
    "TECHNOLOGIES": "module_utils/_asterisk/technologies.py",
}
# A literal by which a copy under another name is known.
LITERALS = {
    "/etc/asterisk": "module_utils/_asterisk/technologies.py",
    "vicidial-auto-external": f"{COMMON}/vicidial.py",
    "ASTloop": f"{COMMON}/vicidial.py",
    "fax": "module_utils/_asterisk/dialplan_scope.py",
    "chan_iax2": "module_utils/_asterisk/technologies.py",
}


# What tests share and the file of tests/support that has it. Names that tests use for other things too are left out.
SHARED = {
    "wait_until": "waiting.py",
    "came_true": "waiting.py",
    "ROOT": "paths.py",
    "COLLECTIONS": "paths.py",
    "PLUGINS": "paths.py",
    "SCHEMA": "paths.py",
    "LAB": "paths.py",
    "INSIDE": "lab/machines.py",
    "sh": "lab/machines.py",
    "sql": "lab/machines.py",
    "asterisk": "lab/machines.py",
    "execute": "lab/machines.py",
    "playbook": "lab/playbooks.py",
}


def places(found) -> set[str]:
    return {path.relative_to(PLUGINS).as_posix() for path, tree in TREES.items() if any(map(found, ast.walk(tree)))}


@pytest.mark.parametrize("name", PLACES)
def test_a_name_is_given_once(name: str) -> None:
    def assigned(node: ast.AST) -> bool:
        return isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id.lstrip("_") == name for target in node.targets)

    assert places(assigned) == {PLACES[name]}


@pytest.mark.parametrize("text", LITERALS)
def test_a_literal_is_written_once(text: str) -> None:
    assert places(lambda node: isinstance(node, ast.Constant) and node.value == text) == {LITERALS[text]}


def test_who_runs_ansible_is_asked_in_one_place() -> None:
    assert places(lambda node: isinstance(node, ast.Attribute) and node.attr == "getuser") == {
        "plugin_utils/_action/provenance.py"}


def test_includes_of_conf_files_are_followed_in_one_place() -> None:
    assert places(lambda node: isinstance(node, ast.Attribute) and node.attr == "INCLUDE") == {
        "module_utils/_asterisk/conf_files.py"}


def test_protocols_and_technologies_are_paired_once() -> None:
    pairs = {"sip": "SIP", "pjsip": "PJSIP", "iax2": "IAX2"}

    def paired(node: ast.AST) -> bool:
        return isinstance(node, ast.Dict) and any(
            isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and key.value in pairs and pairs[key.value] == value.value
            for key, value in zip(node.keys, node.values))

    assert places(paired) == set()


@pytest.mark.parametrize("name", SHARED)
def test_what_tests_share_is_written_in_one_file(name: str) -> None:
    def defined(node: ast.stmt) -> bool:
        return isinstance(node, ast.FunctionDef) and node.name == name or isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets)

    found = {path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.py")
             if any(map(defined, ast.parse(path.read_text(encoding="utf-8")).body))}
    assert found == {f"support/{SHARED[name]}"}


def test_the_schema_of_vicidial_is_in_one_file() -> None:
    tracked = [path for folder in ("lab", "tests", "bench") for path in (ROOT / folder).rglob("*.sql")]
    assert [path for path in tracked if "CREATE TABLE vicidial_server_carriers" in path.read_text(encoding="utf-8")] == [SCHEMA]
