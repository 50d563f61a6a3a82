# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No regular expression of ours takes more than linear time, whatever a row, a file or an Asterisk holds.

A column holds 65,535 bytes: what is quadratic in them takes seconds, what is cubic takes hours, with the lock held.
"""
from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema, validate

from support.paths import PLUGINS
from support.unit.backtracking import degree

METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
# What stands for a name that an expression is put together of where it is used.
LOCALS: dict[str, dict[str, Any]] = {
    "module_utils/_asterisk/call_files.py": {"pattern": r"[A-Za-z0-9_-]{1,79}"},
    "module_utils/_asterisk/cli.py": {"screen": 1},
    "module_utils/_asterisk/call_trace.py": {"number": "1"},
    "module_utils/_health/store.py": {"name": "attempts.db"},
    "plugin_utils/_description/validate.py": {"field": validate.SETTING},  # each field's own comes from the schema
}


@dataclass(frozen=True)
class Expression:
    where: str
    pattern: str | bytes
    flags: int
    method: str


def expressions() -> Iterator[Expression]:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PLUGINS.rglob("*.py"))}
    elsewhere: dict[str, set[str]] = {}  # how other modules use the names of a module
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                elsewhere.setdefault(node.value.attr, set()).add(node.attr)
    for path, tree in trees.items():
        name = path.relative_to(PLUGINS).as_posix()
        if not any(isinstance(node, ast.Name) and node.id == "re" for node in ast.walk(tree)):
            continue
        module = "ansible_collections.dialer.trunks.plugins." + name[:-3].replace("/", ".")
        names = {**vars(importlib.import_module(module)), **LOCALS.get(name, {})}
        uses = {one: set(methods) for one, methods in elsewhere.items()}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                uses.setdefault(node.value.id, set()).add(node.attr)
        given = {id(node.value): [target.id for target in node.targets if isinstance(target, ast.Name)]
                 for node in ast.walk(tree) if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re" or node.func.attr == "escape":
                continue
            how = {node.func.attr}
            if how == {"compile"}:
                how = set().union(*(uses.get(one, set()) for one in given.get(id(node), [])))
            for method in how & METHODS or {"search"}:
                yield Expression(f"{name}:{node.lineno}", *_evaluated(node, names), method)


def _evaluated(call: ast.Call, names: Mapping[str, Any]) -> tuple[str | bytes, int]:
    """The expression and its flags, as the call has them."""
    position = {"sub": 4, "subn": 4, "split": 3, "compile": 1}.get(call.func.attr, 2)
    flags = [call.args[position]] if len(call.args) > position else []
    flags += [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    values = [eval(compile(ast.Expression(node), "", "eval"), dict(names)) for node in (call.args[0], *flags)]  # noqa: S307
    pattern = values[0].pattern if isinstance(values[0], re.Pattern) else values[0]
    return pattern, int(values[1]) if flags else 0


def fields(found: Mapping[str, schema.Field], path: str) -> Iterator[Expression]:
    for key, one in found.items():
        while one is not None:
            if one.pattern:
                yield Expression(f"{path}.{key}", one.pattern, int(re.ASCII), "fullmatch")
            yield from fields(one.keys, f"{path}.{key}")
            one = one.item


EVERY = [*expressions(), *fields(schema.TOP, "schema"), *fields({"": validate.SETTING}, "schema.settings")]


@pytest.mark.parametrize("one", EVERY, ids=[one.where for one in EVERY])
def test_an_expression_takes_linear_time(one: Expression) -> None:
    assert degree(one.pattern, one.flags, one.method) == "linear", one.pattern


def test_they_are_all_found() -> None:
    assert len(EVERY) > 80
    places = {one.where.partition(":")[0] for one in EVERY}
    assert {"module_utils/_asterisk/parsers.py", "plugin_utils/_adopt/parse.py", "module_utils/_asterisk/call_files.py"} <= places


@pytest.mark.parametrize(
    ("pattern", "flags", "method", "wanted"),
    [
        (r"(a*)*", 0, "match", "exponential"),
        (r"(a|a)*b", 0, "match", "exponential"),
        (r"(?:a|ab|b)*c", 0, "match", "exponential"),
        (r"(a?)*b", 0, "match", "linear"),
        (r"(?:ab|a)*c", 0, "match", "linear"),
        (r"\s*(.*)", 0, "match", "linear"),
        (r"\s*(.*)", 0, "fullmatch", "polynomial"),
        (r"\s*(.*)x", 0, "match", "polynomial"),
        (r"\S+", 0, "findall", "linear"),
        (r"\S+(?=x)", 0, "findall", "polynomial"),
        (r"a([ab]*c)?", 0, "findall", "polynomial"),
        (r"x*y?x*", 0, "fullmatch", "polynomial"),
        (r"(?:x(?=.*y))*", 0, "match", "polynomial"),
        (r"([^=\s][^=]*?)\s*=>?\s*(.*)", 0, "match", "polynomial"),
        (r"^\s*(?:exten\s*=>?\s*([^,\n]+?)\s*,|\[([^\]\n]+)\])", re.M | re.I, "search", "polynomial"),
        (r"[a-z]{1,20}[0-9]*", 0, "match", "linear"),
        (r"\s+$", 0, "match", "linear"),
        (r"\s+$", 0, "search", "polynomial"),
        (r"^\s*a", 0, "search", "linear"),
        (r"^\s*a", re.M, "search", "polynomial"),
        (r"^[ \t]*a", re.M, "search", "linear"),
        (r"a[^a]*b", 0, "search", "linear"),
        (r"a[^b]*b", 0, "search", "polynomial"),
        (r"[a-z]+:", 0, "search", "polynomial"),
        (r"(?<![a-z])[a-z]+:", 0, "search", "linear"),
        (r"(?<![a-y])[a-z]+:", 0, "search", "polynomial"),
        (r"K*\u212a*", re.I, "fullmatch", "polynomial"),
        (rb"\d*[0-5]*", 0, "fullmatch", "polynomial"),
    ],
)
def test_the_degree_is_told(pattern: str | bytes, flags: int, method: str, wanted: str) -> None:
    assert degree(pattern, flags, method) == wanted
