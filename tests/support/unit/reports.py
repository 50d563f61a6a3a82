# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of made-up dialers, from real attempt logs to the model."""
from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._health import period, reported, store
from ansible_collections.dialer.trunks.plugins.plugin_utils._report import dialers, model

from support.unit.made_attempts import many

NOW = 1_796_048_710  # 2026-11-30 14:25:10 UTC
ROUTES = {"us": ["carrier_a", "carrier_b", "carrier_c"], "world": ["carrier_b", "carrier_d"], "mx": ["carrier_a"]}
COMMIT = "ef053438855e7d3f765397c2e7016ee2142f381c"
HOSTILE = ("</script><script>document.title='owned'</script>", "<!--<script>", "<img src=x onerror=document.title='owned'>",
           "=cmd|' /C calc'!A0", "\x1b[2J\x07", "{{ 7*7 }}", "\u2028\u202ereversed", "'\"><b>bold", "javascript:alert(1)")


def told(path: Path, wanted: period.Period, seed: int, routes: dict[str, list[str]] | None = None, count: int = 800,
         words: str = "12 of the last 20 attempts failed by the trunk") -> dict[str, Any]:
    """What a dialer tells whose attempt log is made at ``path``: attempts, four times out of service, a change."""
    routes = routes or ROUTES
    first, second = list(routes.values())[0][:2]
    with contextlib.closing(store.Store(str(path))) as log:
        log.add(many(count, wanted.since, wanted.until, routes, seed))
        for share, trunk, state, asterisk, who in (
                (0.2, first, "suspended", "unreachable", "the monitor"), (0.25, first, "in service", "reachable", "the monitor"),
                (0.4, second, "suspended", "reachable", "the monitor"), (0.42, second, "in service", "reachable", "the monitor"),
                (0.9, second, "in maintenance", "reachable", "root@desk")):
            log.changed(wanted.since + share * (wanted.until - wanted.since), trunk, state, asterisk, words, who)
        log.lost(seed, wanted.since)
    found = reported.of_dialer(str(path), wanted)
    found["generations"] = [{"number": 7 + seed, "time": wanted.since + (wanted.until - wanted.since) // 6 + seed, "who": "ann@desk",
                             "commit": COMMIT, "changed": ["routes/us.conf", "sip/carrier_a.conf"]}]
    return found


def joined(directory: Path, days: int = 7, count: int = 3, **others: Any) -> dict[str, Any]:
    """The model of a report of so many dialers, and of one that is unreachable."""
    wanted = period.chosen({"days": days}, NOW)
    found = model.Joined(wanted)
    for number in range(count):
        one = told(directory / f"{number}.db", wanted, number, **others)
        found.add(f"dialer{number + 1}", dialers.unpacked(reported.pack(one), wanted))
    found.add_without_log("dialer9", "it is unreachable: no route to host")
    return found.model(NOW)


def hostile(directory: Path) -> dict[str, Any]:
    """The model of a report in which every text from outside is hostile."""
    routes = {HOSTILE[0]: list(HOSTILE[:4]), HOSTILE[1]: list(HOSTILE[3:])}
    wanted = period.chosen({"days": 2}, NOW)
    found = model.Joined(wanted)
    one = told(directory / "hostile.db", wanted, 1, routes, words=" ".join(HOSTILE))
    one["generations"][0].update(who=HOSTILE[2], commit=HOSTILE[0], changed=[f"routes/{HOSTILE[0]}.conf"])
    found.add(HOSTILE[2], dialers.unpacked(reported.pack(one), wanted))
    found.add_without_log(HOSTILE[0], " ".join(HOSTILE))
    return found.model(NOW)
