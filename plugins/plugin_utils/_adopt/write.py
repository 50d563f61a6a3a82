# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an adopted description as the files of an inventory, with secrets in a file for the vault. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.model import Adopted

_REASONS = 3  # that the report ends with
DESCRIPTION, VAULT = "trunks.yml", "vault.yml"
HEAD = """---
# Adopted from VICIdial's database, in which nothing was changed.
# Calls go as before until the line `enabled: false` of a route is removed: then the row of the route is set active, and
# the dialplan is removed from the rows that the route adopts.
"""
_VAULT_HEAD = """---
# The secrets of trunks.yml. Before you commit this to Git: ansible-vault encrypt vault.yml
"""
# What makes Ansible treat a string as a template: Jinja's marks, or a first line that sets other ones.
_TEMPLATE = re.compile(r"\{[{%#]|\A#jinja2:")


class _Reference(str):
    """A template that this module writes: the name of a variable in the vault. No other string is a template."""


class _Dumper(yaml.SafeDumper):
    """Writes YAML as people do: lists of single words on one line, other lists indented.

    Every string but a C(_Reference) came from a database or a dialer. One that Ansible could treat as a template is
    tagged, as a value and as a key.
    """

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _list(dumper: yaml.SafeDumper, data: list) -> yaml.Node:
    short = not any(isinstance(item, (list, dict)) or re.search(r"\(|\{\{", str(item)) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)


def _string(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    if _TEMPLATE.search(data):
        return dumper.represent_scalar("!unsafe", data, style="'")
    return dumper.represent_str(data)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _string)
_Dumper.add_representer(_Reference, lambda dumper, data: dumper.represent_str(str(data)))


def files(adopted: Adopted, head: str = HEAD) -> dict[str, str]:
    """Return {file name: text}: the description below ``head``, and the vault where there are secrets."""
    vault: dict[str, str] = {}
    trunks = []
    for carrier in adopted.trunks:
        comments = [f"{row['carrier_id']} on {row['server_ip']}: {_described(row)}" for row in carrier.rows]
        trunk = _ordered(_hidden(carrier.peered.trunk, carrier.peered.secrets, vault), schema.TRUNK)
        trunks.append(_block(trunk, comments + [f"- {note}" for note in carrier.notes]))
    routes = []
    for route in adopted.routes:
        notes = [f"- {note}" for note in adopted.route_notes.get(route["name"], ())]
        routes.append(_block(_ordered(_steps_hidden(route, vault), schema.ROUTE), notes))
    text = head
    for key, blocks in (("dialer_trunks", trunks), ("dialer_routes", routes)):
        text += f"{key}:\n" + "".join(blocks) if blocks else f"{key}: []\n"
    if adopted.left:
        text += "\n# Left alone as they are, and why:\n"
        text += "".join(f"# {line}\n" for line in left(adopted))
    written = {DESCRIPTION: text}
    if vault:
        written[VAULT] = _VAULT_HEAD + _dump(vault)
    return written


def left(adopted: Adopted) -> list[str]:
    """Return a line for each row, or dialplan of a row, that is left alone."""
    return [
        one_line(f"{carrier_id} on {server_ip}{', its dialplan' if part == 'dialplan' else ''}: {why}")
        for carrier_id, server_ip, part, why in sorted(adopted.left)
    ]


def _described(row: Mapping[str, str]) -> str:
    return mask(row["carrier_description"] or row["carrier_name"] or "(no description)")


def one_line(text: str) -> str:
    """Return the text on one line and without control characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _hidden(trunk: Mapping[str, Any], secrets: list[tuple[str, ...]], vault: dict[str, str]) -> dict[str, Any]:
    """Return the trunk with references in place of its secrets, which are added to ``vault``."""
    hidden = _copy(trunk)
    for path in secrets:
        holder, value = hidden, trunk
        for step in path[:-1]:
            holder, value = holder[step], value[step]
        name = re.sub(r"[^a-z0-9_]", "_", f"vault_{trunk['name']}_{path[-1]}".lower())
        held = value[path[-1]]
        if isinstance(held, list):
            holder[path[-1]] = [_reference(f"{name}_{number}", one, vault) for number, one in enumerate(held, start=1)]
        else:
            holder[path[-1]] = _reference(name, held, vault)
    return hidden


def _steps_hidden(route: Mapping[str, Any], vault: dict[str, str]) -> dict[str, Any]:
    """Return the route with references in place of steps of before_dial that seem to contain a secret."""
    steps = list(route.get("before_dial", ()))
    for number, step in enumerate(steps):
        if mask(step) != step:
            steps[number] = _reference(f"vault_{route['name']}_before_dial_{number + 1}", step, vault)
    return {**route, "before_dial": steps} if steps else dict(route)


def _copy(value: Any) -> Any:
    """Return the value with its mappings copied."""
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _reference(name: str, value: str, vault: dict[str, str]) -> _Reference:
    while name in vault:
        name += "_"
    vault[name] = value
    return _Reference("{{ " + name + " }}")


def _ordered(entry: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with its keys in the order of the schema, but name, enabled and adopt first."""
    order = list(dict.fromkeys(["name", "enabled", "adopt", *keys]))
    return {key: entry[key] for key in sorted(entry, key=order.index)}


def _dump(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=False)


def _block(entry: dict[str, Any], comments: list[str]) -> str:
    """Return an item of a list, indented by two blanks, below its comments."""
    lines = [f"# {one_line(comment)}" for comment in comments] + _dump([entry]).removesuffix("\n").split("\n")
    return "".join(f"  {line.removeprefix('  ') if line.startswith('  - ') else line}\n" for line in lines)


def report(adopted: Adopted) -> list[str]:
    """Return lines that say what became of each row: trunks and routes with their notes, and what is left alone."""
    lines = []
    for carrier in adopted.trunks:
        rows = ", ".join(f"{row['carrier_id']} on {row['server_ip']}" for row in carrier.rows)
        lines.append(f"trunk {carrier.name} takes over {rows}")
        lines += [f"  {note}" for note in carrier.notes]
    for route in adopted.routes:
        trunks = ", ".join(member["name"] for member in route["trunks"])
        prefix = f"dial prefix {route['dial_prefix']}" if route["dial_prefix"] else "no dial prefix"
        lines.append(
            f"route {route['name']} ({prefix}, by {trunks}) is disabled; enabled, it replaces the dialplan of "
            f"{', '.join(route['adopt'])}"
        )
        lines += [f"  {note}" for note in adopted.route_notes.get(route["name"], ())]
    return [
        *(one_line(line) if not line.startswith("  ") else "  " + one_line(line) for line in lines),
        *(f"left alone: {line}" for line in left(adopted)),
        *summary(adopted),
    ]


def counts(adopted: Adopted) -> dict[str, int]:
    """Return how many rows are described as a whole (``whole``), without their dialplan (``trunk only``), and not at
    all (``left alone``)."""
    described = {row["carrier_id"] for carrier in adopted.trunks for row in carrier.rows}
    routed = {carrier_id for route in adopted.routes for carrier_id in route["adopt"]}
    without = {carrier_id for carrier_id, _ip, _part, _why in adopted.left}
    return {
        "whole": len((described | routed) - without),
        "trunk only": len(described & without),
        "left alone": len(without - described),
    }


def summary(adopted: Adopted) -> list[str]:
    """Return the last lines of the report: how many rows came over, and the reasons that were the most frequent."""
    counted = counts(adopted)
    if not sum(counted.values()):
        return []
    lines = [
        f"of {sum(counted.values())} rows, {counted['whole']} are described as a whole, {counted['trunk only']} "
        f"without their dialplan, and {counted['left alone']} are left alone"
    ]
    by_kind: dict[str, list[str]] = {}
    for (_carrier_id, _ip, _part, why), kind in zip(adopted.left, adopted.kinds):
        by_kind.setdefault(kind, []).append(why)
    frequent = sorted(by_kind.values(), key=len, reverse=True)[:_REASONS]
    for number, alike in enumerate(frequent, start=1):
        lines.append(f"reason {number}, of {len(alike)}: {one_line(alike[0])}")
    return lines
