# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema that editors use, the plan's own schema and the page of every key say the same."""
from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

from support.paths import ROOT
from support.unit import descriptions, plan_mistakes as plans
from support.unit.pages import EXAMPLE, FENCE, PAGES, name
from support.unit.toolbox import tool

PAGE = (ROOT / "docs/description.md").read_text(encoding="utf-8")


@cache
def committed() -> jsonschema.Draft7Validator:
    document = json.loads((ROOT / "docs/schema/trunks.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(document)
    return jsonschema.Draft7Validator(document)


def refused(document: Any) -> list[str]:
    """Where the schema finds the document wrong: 'dialer_trunks[0].port' …; empty when it does not."""
    found = []
    for error in committed().iter_errors(document):
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path]
        found.append("".join(steps).lstrip(".") or error.message)
    return found


def test_the_committed_schema_is_what_the_tool_writes() -> None:
    module = tool("json-schema")
    assert module.TARGET.read_text(encoding="utf-8") == module.text(), "run tools/json-schema"


def fields(keys: dict[str, schema.Field], above: str = "") -> list[str]:
    """Every key with those above it: dialer_trunks, dialer_trunks.qualify, dialer_trunks.qualify.timeout …"""
    found = []
    for key, field in keys.items():
        found.append(above + key)
        inner = field.item if field.kind == "list" and field.item else field
        found += fields(inner.keys, f"{above}{key}.")
    return found


def properties(part: dict[str, Any], above: str = "") -> list[str]:
    """The same of the JSON Schema."""
    part = part.get("else", part)
    part = part.get("items", part)
    part = part.get("else", part)
    found = []
    for key, inner in part.get("properties", {}).items():
        found += [above + key, *properties(inner, f"{above}{key}.")]
    return found


def test_every_key_is_in_the_json_schema_and_the_other_way_round() -> None:
    keys = fields({**schema.TOP, **schema.OTHERS})
    assert len(keys) > 70
    assert properties(committed().schema) == keys


def test_every_key_is_in_the_page_and_the_other_way_round() -> None:
    tables = {
        mark: re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
        for mark, rows in re.findall(r"<!-- keys (\w+) -->\n(.*?)<!-- /keys -->", PAGE, re.DOTALL)
    }
    mappings = {mark: keys for mark, keys in vars(schema).items() if mark.isupper() and isinstance(keys, dict)}
    described = {mark: keys for mark, keys in mappings.items() if all(isinstance(f, schema.Field) for f in keys.values())}
    assert tables == {mark: list(keys) for mark, keys in described.items()}


def test_every_key_has_a_meaning_and_the_schema_has_the_same() -> None:
    text = json.dumps(committed().schema, ensure_ascii=False)
    for mark in ("TOP", "OTHERS", "TRUNK", "QUALIFY", "ROUTE", "MEMBER", "TEST", "INBOUND", "RTP", "FIREWALL", "HEALTH", "DB"):
        for key, field in getattr(schema, mark).items():
            assert field.description.endswith("."), f"{mark}.{key}"
            assert json.dumps(field.description, ensure_ascii=False) in text, f"{mark}.{key}"


def documents() -> list[Any]:
    """Every description that the repository shows or tests with."""
    found = []
    for page in PAGES:
        blocks = [text for language, text in FENCE.findall(page.read_text(encoding="utf-8")) if language == "yaml"]
        loaded = [(number, yaml.safe_load(text)) for number, text in enumerate(blocks)]
        found += [pytest.param(document, id=f"{name(page)}-{number}") for number, document in loaded
                  if isinstance(document, dict) and any(key.startswith("dialer_") for key in document)]
    files = [*sorted(EXAMPLE.glob("group_vars/*/*.yml*")), *sorted(ROOT.glob("inventory/lab/group_vars/*/*.yml")),
             *sorted(ROOT.glob("molecule/*/inventory/group_vars/*/*.yml"))]
    found += [pytest.param(yaml.safe_load(path.read_text(encoding="utf-8")), id=name(path)) for path in files]
    found += [pytest.param(json.loads(json.dumps(description)), id=f"golden-{key}")
              for key, description in descriptions.DESCRIPTIONS.items()]
    return [*found, pytest.param(plans.DESCRIPTION, id="the mistakes' own description")]


@pytest.mark.parametrize("document", documents())
def test_what_is_right_is_not_refused(document: Any) -> None:
    assert refused(document) == []


def hosts(inventory: Path) -> list[Any]:
    """The variables of each host of an inventory."""
    dialers = yaml.safe_load(inventory.read_text(encoding="utf-8"))["all"]["children"]["dialers"]
    return [{**dialers.get("vars", {}), **variables} for variables in dialers["hosts"].values()]


def test_host_variables_are_not_refused() -> None:
    for variables in [*hosts(EXAMPLE / "hosts.yml"), *hosts(ROOT / "inventory/lab/hosts.yml")]:
        assert refused(variables) == []
    assert refused({"dialer_rollout": [1, "25%", "100%"], "dialer_rollout_call": "913125550199", "dialer_confirm_within": 120}) == []
    assert refused({"dialer_rollout": ["110%"]}) and refused({"dialer_rollout": [0]}) and refused({"dialer_rolout": 1})


@pytest.mark.parametrize(
    "template", ["{{ x }}", "{{ n | int }}", "a{{ x }}b", "{% if x %}1{% endif %}", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"]
)
def test_a_template_or_a_vault_value_may_stand_anywhere(template: str) -> None:
    everywhere = dict.fromkeys({**schema.TOP, **schema.OTHERS}, template)
    assert refused(everywhere) == []
    parts = {"dialer_trunks": [schema.TRUNK], "dialer_routes": [schema.ROUTE], "dialer_inbound": [schema.INBOUND],
             "dialer_rtp": schema.RTP, "dialer_firewall": schema.FIREWALL, "dialer_health": schema.HEALTH, "dialer_db": schema.DB}
    whole = {key: [dict.fromkeys(keys[0], template)] if isinstance(keys, list) else dict.fromkeys(keys, template)
             for key, keys in parts.items()}
    assert refused(whole) == []
    trunk, route = whole["dialer_trunks"][0], whole["dialer_routes"][0]
    trunk.update(codecs=[template], signalling=[template], media=[template], servers=[template], fail_over_causes=[template],
                 qualify=dict.fromkeys(schema.QUALIFY, template), settings={"nat": template, "setvar": [template]})
    route.update(trunks=[dict.fromkeys(schema.MEMBER, template), template], patterns=[template], before_dial=[template],
                 campaigns=[template], tests=[dict.fromkeys(schema.TEST, template)])
    assert refused(whole) == []


@pytest.mark.parametrize("entry", plans.ENTRIES.values(), ids=plans.ENTRIES)
def test_a_mistake_is_refused_unless_only_the_plan_can_find_it(entry: dict[str, Any]) -> None:
    """What takes more than one value to judge is marked only_the_plan, and nothing else is; nor is what is right."""
    found = refused(json.loads(json.dumps(plans.changed(entry["change"]))))
    assert bool(found) is (bool(entry["errors"]) and not entry.get("only_the_plan", False)), found


@pytest.mark.parametrize(("path", "odd"), [
    (path, odd) for path in plans.FIELDS
    for odd in (plans.ODD if path.endswith("before_dial[0]") else plans.ODD + plans.ODD_OUTSIDE_APPLICATIONS)])
def test_what_a_conf_file_cannot_hold_is_refused_in_its_place(path: str, odd: str) -> None:
    change: dict[str, Any] = {"dialer_inbound": [{"did": "1", "goto": "a,s,1"}],
                              "dialer_routes[0].tests": [{"dial": "9", "reaches": "none"}]}
    if "firewall" in path:
        change["dialer_firewall"] = {"backend": "nftables", "phones": ["198.18.0.0/24"]}
    change[path] = plans.FIELDS[path] % odd
    assert path in refused(plans.changed(change))


def test_editors_can_read_the_patterns() -> None:
    """JavaScript with the flag u refuses a backslash before what needs none, and look-behind is young there."""
    patterns = re.findall(r'"pattern": (".*")', (ROOT / "docs/schema/trunks.schema.json").read_text(encoding="utf-8"))
    assert len(patterns) > 50
    for pattern in map(json.loads, patterns):
        assert set(re.findall(r"\\(.)", pattern)) <= set("^$\\.*+?()[]{}|/-nSs"), pattern
        assert "(?<" not in pattern and "(?P" not in pattern, pattern


def test_the_example_says_where_its_schema_is() -> None:
    first = (EXAMPLE / "group_vars/dialers/trunks.yml").read_text(encoding="utf-8").splitlines()[1]
    path = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert path and (EXAMPLE / "group_vars/dialers" / path[1]).resolve() == tool("json-schema").TARGET


def test_the_variables_that_playbooks_and_roles_read_are_known() -> None:
    """One that is not would be refused as unknown by the very playbook that reads it."""
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/*/*.yml")]
    read = {name for path in files for name in re.findall(r"\bdialer_[a-z_]+\b", path.read_text(encoding="utf-8"))} - {"dialer_info"}
    assert read <= {*schema.TOP, *schema.OTHERS}
