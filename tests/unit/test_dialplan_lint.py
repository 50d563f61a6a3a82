# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""asterisklint, which knows every application, function and expression, finds nothing in any dialplan we render."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from descriptions import DESCRIPTIONS, carrier_rows, files

LINT = shutil.which("asterisklint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))

# Nothing is silenced but one line's ending: VICIdial's own line for its call logger closes more parentheses than it
# opens, its log says "OK)" because of that, and ours has to say the same. The linter sees that line balanced.
CALL_LOG_END, BALANCED = render.CALL_LOG_END, render.CALL_LOG_END.removesuffix(")")


def extensions_conf(name: str) -> str:
    """All contexts of a description as one file, with the operator's context that leads into them."""
    ours = sorted(files(name).items())
    contexts = [text.strip() for path, text in ours if path.startswith("routes/")]
    single = ("repair.conf", "repair-ready.conf", "capacity.conf", "inbound.conf", "test-call.conf")
    contexts += [text.strip() for path, text in ours if path in single]
    entries = [row["dialplan_entry"] for row in carrier_rows(name) if row["dialplan_entry"]]
    if entries:
        contexts.append("\n".join(["[vicidial-auto-external]", *entries]))
    way_in = "vicidial-auto-external" if entries else "trunks-outbound"
    inbound = [] if entries else ["[ivr]\nexten => s,1,Hangup()", "[sales]\nexten => 100,1(start),Hangup()"]
    # the operator's subroutine, which by_route's dial_options name
    inbound += ["[headers]\nexten => s,1(add),Return()"] if name.startswith("by_route") else []
    default = f"[default]\ninclude => {way_in}\nexten => 8600,1,Hangup()\n"
    text = "\n\n".join(["[general]", "[globals]", *contexts, *inbound, default])
    return text.replace(CALL_LOG_END, BALANCED)


def lint(path: Path) -> str:
    """What asterisklint finds, one line each. Of the versions that it knows 20 is the nearest above 16."""
    found = subprocess.run(
        [LINT, "dialplan-check", "--asterisk-version", "20", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode in (0, 1), found.stderr
    return found.stdout + found.stderr


@pytest.mark.skipif(LINT is None, reason="asterisklint is not installed")
@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_rendered_dialplan_has_no_findings(name, tmp_path):
    target = tmp_path / "extensions.conf"
    target.write_text(extensions_conf(name), encoding="utf-8")
    assert lint(target) == ""


@pytest.mark.skipif(LINT is None, reason="asterisklint is not installed")
def test_a_function_that_does_not_exist_is_found(tmp_path):
    target = tmp_path / "extensions.conf"
    target.write_text(extensions_conf("documented").replace("GROUP_COUNT(", "NUMBER_OF_CALLS("), encoding="utf-8")
    assert "'NUMBER_OF_CALLS' does not exist" in lint(target)
