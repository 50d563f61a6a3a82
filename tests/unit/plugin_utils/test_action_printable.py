# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import printable
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars

from support.paths import PLUGINS

HOSTILE = "X\x1b[2J\x1b]0;title\x07\r\x9b31m\u202eevil\u200b\u2028"


@pytest.mark.parametrize("text", ["", "carrier_a", "a b", "Ünï — ok, 日本"])
def test_what_can_be_printed_stays(text):
    assert printable.safe(text) == printable.safe_lines(text) == text


def test_what_a_terminal_would_obey_is_escaped():
    shown = printable.safe(HOSTILE)
    assert shown.isprintable()
    assert shown == r"X\x1b[2J\x1b]0;title\x07\r\x9b31m\u202eevil\u200b\u2028"
    assert printable.safe("a\nb") == r"a\nb" and printable.safe_lines("a\nb\x1b") == "a\nb\\x1b"
    assert printable.safe(shown) == shown


@pytest.mark.parametrize("refuses", [False, True])
def test_no_result_or_refusal_of_an_action_brings_control_characters(monkeypatch, refuses):
    data = {"carriers": [HOSTILE], "msg": HOSTILE, "warnings": [HOSTILE], "report": [HOSTILE], "left": [HOSTILE],
            "diff": [{"before": "a\n" + HOSTILE, "after": HOSTILE, "after_header": HOSTILE}]}

    def act(self, options, task_vars):
        if refuses:
            raise host_vars.Refusal(HOSTILE)
        return dict(data)

    monkeypatch.setattr(base.ActionBase, "run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(base.TrunksAction, "options", lambda self: {})
    monkeypatch.setattr(base.TrunksAction, "act", act)
    result = object.__new__(base.TrunksAction).run(None, {})
    printed = "".join(str(result[key]) if isinstance(result[key], str) else "".join(map(_text, result[key]))
                      for key in ("msg", "warnings", "report", "left", "diff") if key in result)
    assert printed.replace("\n", "").isprintable() and "evil" in printed
    if not refuses:
        assert result["carriers"] == [HOSTILE], "data stays as it is"


def test_no_warning_of_a_module_brings_control_characters():
    """From ansible-core 2.19 on, a module's warnings do not pass the action plugin."""
    given = []
    printable.warn(SimpleNamespace(warn=given.append), "a\n" + HOSTILE)
    assert given[0].startswith("a\nX") and given[0].replace("\n", "").isprintable()
    modules = list((PLUGINS / "modules").glob("*.py"))
    assert len(modules) > 10
    assert [path.name for path in modules if ".warn(" in path.read_text(encoding="utf-8")] == [], "take printable.warn"


def _text(value):
    return "".join(value.values()) if isinstance(value, dict) else value
