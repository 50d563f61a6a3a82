# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of plugins/ import each other in one direction, and the chart of them is drawn from these imports."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest

from support.paths import PLUGINS, ROOT
from support.unit.toolbox import tool

charts = tool("chart-imports")
FILES = charts.sources(ROOT)
IMPORTS = charts.imports(ROOT)

# Which package may import which. What runs on a dialer is sent there with all that it imports.
PACKAGES = {
    "module_utils": set(),
    "modules": {"module_utils"},
    "plugin_utils": {"module_utils"},
    "action": {"module_utils", "plugin_utils"},
}

# Which rooms a room may import.
ALLOWED = {
    "_arguments": {"_common", "_database", "_carriers", "_generation"},
    "_common": set(),
    "_asterisk": {"_common"},
    "_database": set(),
    "_carriers": {"_common", "_asterisk", "_database"},
    "_generation": {"_common", "_asterisk"},
    "_confirm": {"_common", "_asterisk", "_database", "_carriers", "_generation"},
    "_health": {"_common", "_asterisk", "_generation"},
    "_description": {"_common", "_asterisk", "_generation"},
    "_routing": {"_asterisk", "_description"},
    "_render": {"_common", "_asterisk", "_generation", "_description", "_routing"},
    "_adopt": {"_common", "_asterisk", "_carriers", "_description"},
    "_dialer": {"_common", "_asterisk", "_health", "_description", "_routing", "_render"},
    "_report": {"_common", "_health", "_dialer", "_routing"},
    "_action": {"_arguments", "_common", "_asterisk", "_generation", "_description", "_render", "_dialer"},
    "modules": {"_arguments", "_common", "_asterisk", "_database", "_carriers", "_generation", "_confirm", "_health"},
    "action": {"_arguments", "_common", "_asterisk", "_carriers", "_generation", "_health", "_description", "_render", "_adopt", "_dialer", "_report", "_action"},
}

THIN = 130  # lines of a module beside its documentation: imports, argument spec, one call


def rooms() -> set[str]:
    """The private packages that are there."""
    return {charts.room(path) for path in FILES if charts.room(path).startswith("_")}


def between_rooms() -> set[tuple[str, str]]:
    """From which room to which an import leads."""
    return {(one.room, one.target_room) for one in IMPORTS if one.room != one.target_room}


def test_packages_import_in_one_direction() -> None:
    for one in IMPORTS:
        source, target = one.path.parts[0], one.target.parts[0]
        assert source == target or target in PACKAGES[source], f"{one.path} imports {one.target}"


def test_every_utility_is_in_a_room_that_has_a_rule() -> None:
    assert rooms() | {"modules", "action"} == set(ALLOWED)
    assert not [path for path in FILES if path.parts[0].endswith("_utils") and len(path.parts) == 2]


def test_rooms_import_in_one_direction() -> None:
    wrong = [f"{one.path} imports {one.target}" for one in IMPORTS
             if one.room != one.target_room and one.target_room not in ALLOWED[one.room]]
    assert not wrong


def test_what_is_allowed_is_in_use() -> None:
    """A rule that allows more than the code does would let the next import against the direction pass."""
    found = between_rooms()
    assert not [(room, target) for room, targets in ALLOWED.items() for target in sorted(targets) if (room, target) not in found]


def test_no_cycle() -> None:
    """Not in the rules, nor in the imports that follow them."""
    for edges in ({(room, target) for room, targets in ALLOWED.items() for target in targets}, between_rooms()):
        left = {room for pair in edges for room in pair}
        while True:
            without = {room for room in left if not any(source == room and target in left for source, target in edges)}
            if not without:
                break
            left -= without
        assert not left, f"these import each other in a circle: {', '.join(sorted(left))}"


def test_private_names_stay_in_their_file_s_room() -> None:
    wrong = [f"{one.path} imports {one.name} of {one.target}" for one in IMPORTS
             if one.name.startswith("_") and one.room != one.target_room]
    for path in FILES:
        modules = {}  # the local name of each imported module of another room
        tree = ast.parse((PLUGINS / path).read_text(encoding="utf-8"))
        names = {alias.asname or alias.name: alias.name for node in ast.walk(tree)
                 if isinstance(node, ast.ImportFrom) for alias in node.names}
        for one in IMPORTS:
            if one.path == path and not one.name and one.room != one.target_room:
                modules.update({local: one.target for local, name in names.items() if name == one.target.stem})
        wrong += [f"{path}:{node.lineno} uses {node.value.id}.{node.attr}" for node in ast.walk(tree)
                  if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
                  and node.attr.startswith("_") and not node.attr.startswith("__")]
    assert not wrong


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] == "modules"], ids=str)
def test_modules_are_thin(path: Path) -> None:
    text = (PLUGINS / path).read_text(encoding="utf-8")
    documented = 0
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("DOCUMENTATION", "EXAMPLES", "RETURN"):
            documented += node.end_lineno - node.lineno + 1
    assert len(text.splitlines()) - documented <= THIN, "move what it does into a room of module_utils"


def test_the_chart_is_drawn_from_the_imports() -> None:
    assert charts.TARGET.read_text(encoding="utf-8") == charts.drawn(), "run tools/chart-imports"


def test_the_page_describes_every_room() -> None:
    page = (ROOT / "docs/development.md").read_text(encoding="utf-8")
    for room in sorted(rooms()):
        assert f"| `{room}` |" in page, f"docs/development.md does not say what belongs into {room}"
