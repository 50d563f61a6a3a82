# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several rooms need is written in one of them: a second copy would stay behind when the first is changed."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PLUGINS.rglob("*.py")}
COMMON = "module_utils/_common"
PLACES = {
    "ETC": "module_utils/_asterisk/cli.py",
    "EVERY_DIALER": f"{COMMON}/vicidial.py",
    "PARTS": "module_utils/_generation/layout.py",
    "ROWS": "module_utils/_generation/layout.py",
    "SPECIAL": "module_utils/_asterisk/dialplan_scope.py",
    "INCLUDE": "module_utils/_asterisk/conf_lines.py",
    "TECHNOLOGIES": "module_utils/_asterisk/technologies.py",
}
# A literal by which a copy under another name is known.
LITERALS = {
    "vicidial-auto-external": f"{COMMON}/vicidial.py",
    "ASTloop": f"{COMMON}/vicidial.py",
    "fax": "module_utils/_asterisk/dialplan_scope.py",
    "chan_iax2": "module_utils/_asterisk/technologies.py",
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
            isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and pairs.get(key.value) == value.value
            for key, value in zip(node.keys, node.values))

    assert places(paired) == set()
