# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of carriers for tests of adopting, and what a call gets before and after a route has taken an entry's place."""
from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import model
from support.paths import ROOT
from support.unit import adopt_rows
from support.unit.adopt_rows import row

LOG = "AGI(agi://127.0.0.1:4577/call_log)"
# Kinds of carriers as clusters have them; the file says how to read it.
CORPUS: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/unit/fixtures/adopt_corpus.yml").read_text(encoding="utf-8"))
ONE, TWO = {"d1": "198.18.0.11"}, {"d1": "198.18.0.11", "d2": "198.18.0.12"}


def peer(name: str, number: int = 40) -> str:
    """Return the account entry of an ordinary peer of chan_sip."""
    return adopt_rows.peer(name, f"198.18.30.{number}").rstrip("\n")


def entry(extension: str, *steps: str) -> str:
    """Return a dialplan entry: the steps of an extension, numbered; one may begin with its label, as ``label: step``."""
    lines = []
    for step in steps:
        label, _colon, text = step.rpartition(": ") if re.match(r"[a-z]+: ", step) else ("", "", step)
        lines.append(f"exten => {extension},{len(lines) + 1}{f'({label})' if label else ''},{text}")
    return "\n".join(lines)


def adopted(*entries: str, rows: Any = (), campaigns: Any = (), dialers: Any = None, **found: Any) -> model.Adopted:
    """Adopt carriers ``acme`` and ``zenith``, each with a plain peer, and the entries in rows of their own: E1, E2 …"""
    carriers = [row("ACME", account_entry=peer("acme", 41)), row("ZENITH", account_entry=peer("zenith", 42))]
    carriers += [row(f"E{number}", dialplan_entry=text) for number, text in enumerate(entries, start=1)]
    listed = [dict(zip(("campaign_id", "dial_prefix", "manual_dial_prefix"), one)) for one in campaigns]
    return model.adopt(model.Found([*carriers, *rows], dialers or ONE, campaigns=listed, **found))


def reasons(result: model.Adopted) -> dict[str, str]:
    """Return {carrier_id: why it, or its dialplan, is left alone}."""
    return {carrier_id: why for carrier_id, _ip, _part, why in result.left}


def notes(result: model.Adopted) -> str:
    """Return all notes of routes, a line each."""
    return "\n".join(note for noted in result.route_notes.values() for note in noted)


def dialled(result: model.Adopted, number: str) -> list[dict[str, Any]]:
    """Return what each attempt of a route sends for a call to this number, dial prefix and all: trunk, number, caller
    id, options and seconds."""
    trunks = {carrier.name: carrier.peered.trunk for carrier in result.trunks}
    [route] = [route for route in result.routes if any(
        patterns.matches(f"_{route['dial_prefix']}{pattern}", number) for pattern in route["patterns"])]
    attempts = []
    for member in route["trunks"]:
        whole = {"strip": 0, "prefix": "", "caller_id": "", "dial_options": "To", **trunks[member["name"]], **member}
        rest = number[len(route["dial_prefix"]):][whole["strip"]:]
        attempts.append({"trunk": whole["name"], "number": whole.get("number") or whole["prefix"] + rest,
                         "caller": whole["caller_id"], "options": whole["dial_options"],
                         "seconds": whole.get("ring_timeout", 0)})
    return attempts


def corpus_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a case of CORPUS."""
    rows = []
    for number, one in enumerate(CORPUS[name]["rows"], start=1):
        texts = [[LOG if step == "LOG" else step for step in text]
                 for text in [*one.get("dialplans", ()), *([one["dialplan"]] if "dialplan" in one else ())]]
        account = one.get("account", peer(one["peer"], 40 + number) if "peer" in one else "")
        rows.append(row(f"ROW{number}", account_entry=account, globals_string=one.get("globals", ""),
                        dialplan_entry="\n".join(entry(*text) for text in texts)))
    return rows
