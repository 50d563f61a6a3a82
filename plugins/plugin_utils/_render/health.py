# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders what a dialer's health monitor is to do, and its user of Asterisk's manager interface (AMI)."""
from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout, monitor
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import rates
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Trunk
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes

VERSION = 1  # of the form of health.json
LONGEST = 6000  # Asterisk reads 8191 characters of a line


def files(plan: Plan) -> dict[str, str]:
    """Return the files of the part ``health``; nothing without a monitor.

    The secret of the AMI user is not known here: the dialer makes one, and keeps it (``monitor.with_secret``).
    """
    if plan.health is None:
        return {}
    trunks = [trunk for trunk in plan.trunks if trunk.enabled]
    orders = {
        "version": VERSION,
        "program": _program(),
        **asdict(plan.health),
        "trunks": {trunk.name: _trunk(trunk) for trunk in trunks},
        "routes": {
            route.name: {"trunks": [member.name for member in route.trunks], "dial_prefix": route.dial_prefix}
            for route in plan.routes
        },
        "causes": causes.by_fault(),
    }
    decks = {_deck(trunk.rates): rates.ranges(trunk.rates) for trunk in trunks if trunk.rates}
    return {
        **decks,
        layout.MONITOR: _lines(orders),
        layout.AMI_USER: render.template(
            "health/templates/manager.conf.j2",
            user=monitor.USER,
            reads=monitor.READS,
            secret=monitor.SECRET,
            names=names(trunks),
        ),
    }


def _lines(orders: dict[str, object]) -> str:
    """Return JSON with a line for each key, and for each trunk and route, for a diff that people read."""
    shown = []
    for key, value in sorted(orders.items()):
        text = json.dumps(value, sort_keys=True)
        if key in ("trunks", "routes") and isinstance(value, dict):
            inner = (f"  {json.dumps(name)}: {json.dumps(one, sort_keys=True)}" for name, one in sorted(value.items()))
            text = "{\n" + ",\n".join(inner) + "\n }"
        shown.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(shown) + "\n}\n"


@lru_cache(maxsize=1)
def _program() -> str:
    """Return the digest of the program that this collection brings."""
    return str(monitor.digest())


def _trunk(trunk: Trunk) -> dict[str, object]:
    return {
        "technology": BY_PROTOCOL[trunk.protocol].name,
        "max_calls": trunk.max_calls,
        "cost_per_minute": trunk.cost_per_minute,
        "rates": _deck(trunk.rates) if trunk.rates else None,
    }


@lru_cache(maxsize=64)
def _deck(text: str) -> str:
    """Return the path of a rate deck within the generation. Trunks with the same deck share the file.

    The lookup tables of least_cost have the order of a route's trunks and no rates, so that the monitor needs the deck
    itself. It is not in the orders, since they are in memory, where 50,000 prefixes would take 6 MB.
    """
    return f"{layout.DECKS}{sha256(rates.ranges(text).encode()).hexdigest()[:8]}.csv"


def names(trunks: list[Trunk]) -> str:
    """Return a regular expression (POSIX, extended) for the names of the trunks, or for any where it would be longer
    than Asterisk reads a line."""
    found = "|".join(sorted(re.sub(r"[.]", r"[.]", trunk.name) for trunk in trunks))
    return f"({found})" if len(found) < LONGEST else "[A-Za-z0-9_.-]+"
