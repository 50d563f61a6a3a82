# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module, its action plugin and its documentation have one argument spec."""
from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.doc_fragments.database import ModuleDocFragment as Database
from ansible_collections.dialer.trunks.plugins.doc_fragments.period import ModuleDocFragment as Period
from ansible_collections.dialer.trunks.plugins.module_utils._arguments import description
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import base, host_vars

from support.paths import PLUGINS

WHERE = "ansible_collections.dialer.trunks.plugins"
MODULES = sorted(path.stem for path in PLUGINS.glob("modules/*.py"))
ACTIONS = sorted(path.stem for path in PLUGINS.glob("action/*.py"))
PLANTED = "Planted-Secret-1"
REQUIRED = {"trunks_adopt": {"to": "x"}, "test_call": {"number": "1"}, "history_report": {"kept": "x"}, "rollback_plan": {"kept": "x"}, "asterisk_rollback": {"generation": 3},
            "trunk_maintenance": {"trunk": "a", "state": "on"}, "status_report": {"status": "x"}}


class Started(Exception):
    """A module has come to its argument spec."""


def spec_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The argument spec with which the module makes its AnsibleModule."""
    module = importlib.import_module(f"{WHERE}.modules.{name}")

    def start(argument_spec: dict[str, Any], **_others: Any) -> None:
        raise Started(argument_spec)

    monkeypatch.setattr(module, "Module" if hasattr(module, "Module") else "AnsibleModule", start)
    with pytest.raises(Started) as started:
        module.main()
    return started.value.args[0]


def documented(name: str) -> dict[str, Any]:
    text = importlib.import_module(f"{WHERE}.modules.{name}").DOCUMENTATION
    found = yaml.safe_load(text)
    options = found.get("options") or {}
    for fragment, shared in (("dialer.trunks.database", Database), ("dialer.trunks.period", Period)):
        if fragment in found.get("extends_documentation_fragment", ()):
            options = {**yaml.safe_load(shared.DOCUMENTATION)["options"], **options}
    return options


def compared(rule: dict[str, Any], options: str) -> dict[str, Any]:
    """What the spec and the documentation both say of an option."""
    inner = rule.get(options)
    return {
        "type": rule.get("type", "str"), "elements": rule.get("elements"), "required": bool(rule.get("required")),
        "default": rule.get("default"), "choices": rule.get("choices"),
        "options": {key: compared(one, options) for key, one in inner.items()} if inner else None,
    }


@pytest.mark.parametrize("name", MODULES)
def test_the_documentation_says_what_the_module_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {key: compared(rule, "options") for key, rule in spec_of(name, monkeypatch).items()}
    assert {key: compared(rule, "suboptions") for key, rule in documented(name).items()} == taken


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_plugin_has_its_modules_own_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    action = importlib.import_module(f"{WHERE}.action.{name}").ActionModule
    assert action.arguments is spec_of(name, monkeypatch)


def options(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What the action plugin of this name makes of a task's options."""
    action = importlib.import_module(f"{WHERE}.action.{name}").ActionModule
    plugin = action.__new__(action)
    plugin._task, plugin._load_name = SimpleNamespace(args=given), f"dialer.trunks.{name}"
    return plugin.options()


@pytest.mark.parametrize(("name", "given", "told"), [
    ("trunks_plan", {"host": "d1"}, "Unsupported parameters.*host"),
    ("drift_report", {"format": "xml"}, "format must be one of: table, json, markdown, got: xml"),
    ("firewalld_rules", {"wanted": "everything"}, "wanted must be one of: description, generation, nothing"),
    ("rollback_plan", {}, "missing required arguments: kept"),
    ("asterisk_generation", {"parts": ["rows"]}, "parts must be one or more of: sip_peers, dialplan, rtp, firewall"),
    ("asterisk_generation", {"wait": "soon"}, "wait"),
    ("vicidial_carriers", {"steps": ["all"]}, "steps must be one or more of"),
    ("vicidial_carriers", {"capacity": {}}, "Unsupported parameters.*capacity"),
    ("vicidial_carriers", {"carriers": [{"name": "a"}]}, "missing required arguments: server_ip"),
    ("vicidial_carriers", {"mode": "both"}, "mode must be one of: vicidial, asterisk, got: both"),
    ("sip_peers_verify", {"state": "up"}, "state must be one or more of"),
    ("trunks_adopt", {}, "missing required arguments: to"),
    ("asterisk_rollback", {"generation": "last"}, "generation"),
    ("vicidial_carriers_info", {"name": "a"}, "Unsupported parameters.*name"),
])
def test_a_mistake_is_refused_before_anything_is_touched(name: str, given: dict[str, Any], told: str) -> None:
    with pytest.raises(host_vars.Refusal, match=told + r"(?s:.*)Nothing was touched$"):
        options(name, given)


@pytest.mark.parametrize("name", ACTIONS)
def test_no_task_sets_the_payload(name: str) -> None:
    with pytest.raises(host_vars.Refusal, match="Unsupported parameters.*payload"):
        options(name, {"payload": "{}", **REQUIRED.get(name, {})})


@pytest.mark.parametrize("carriers", [
    [{"name": "a", "server_ip": "1.1.1.1", "account_entry": {"secret": PLANTED}, "kind": "both"}],
    [{"name": "a", "account_entry": PLANTED, "secret": PLANTED}], [PLANTED], f"{PLANTED} x",
])
def test_a_refusal_shows_no_secret(carriers: Any) -> None:
    with pytest.raises(host_vars.Refusal) as refused:
        options("vicidial_carriers", {"carriers": carriers, "login_password": PLANTED})
    assert PLANTED not in str(refused.value)


def test_what_a_task_describes_is_left_to_the_plan() -> None:
    """An option that repeats a variable must stay equal to it, and the plan tells mistakes by path and value."""
    taken = options("vicidial_carriers", {"trunks": "none", "routes": {"a": 1}, "prune": "yes", "wait": "5"})
    assert (taken["trunks"], taken["routes"], taken["prune"], taken["wait"]) == ("none", {"a": 1}, "yes", 5)
    assert all(description.is_described(rule) for rule in (description.TRUNKS, description.PRUNE))
    assert not description.is_described(description.MODE)


def test_every_action_plugin_is_checked_and_sends_a_payload_of_its_own() -> None:
    for name in ACTIONS:
        action = importlib.import_module(f"{WHERE}.action.{name}").ActionModule
        assert issubclass(action, base.TrunksAction) and action.run is base.TrunksAction.run
    assert set(payload.OPTION) == {"payload"}
