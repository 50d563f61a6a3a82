# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a run could touch, on the dialers and in the database, to be compared with itself."""
from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.lab.machines import DB, DIALERS, sh, sql

# What is ours or shared on a dialer: everything that a commit could touch.
PLACES = "/etc/asterisk /etc/nftables.conf /usr/share/dialer-trunks /etc/cron.d /etc/systemd/system"

TABLES = "vicidial_server_carriers servers vicidial_campaigns vicidial_admin_log phones vicidial_conf_templates"


def ours(columns: str = "carrier_id") -> list[list[str]]:
    """Columns of the rows that bear our marker for themselves (a copy bears another's), by server and carrier_id."""
    return sql(f"SELECT {columns} FROM vicidial_server_carriers WHERE carrier_description"
               " LIKE CONCAT('[dialer.trunks %@', server_ip, ' ', carrier_id, ']%') ORDER BY server_ip, carrier_id")


def files(dialer: str, times: bool = False) -> dict[str, str]:
    """Every file and link that a commit could touch: its mode, its checksum or target, and on request its time."""
    return parsed_files(sh(dialer, look_at_files(times)))


def look_at_files(times: bool) -> str:
    """The shell command that `parsed_files` reads."""
    seconds = " %T@" if times else ""
    return (f"find {PLACES} -type f -exec sha256sum {{}} + 2>/dev/null;"
            f" find {PLACES} -printf '%p  %m %u %l{seconds}\\n' 2>/dev/null | sort; true")


def parsed_files(text: str) -> dict[str, str]:
    """{path: facts}"""
    found: dict[str, str] = {}
    for line in text.splitlines():
        first, _blank, second = line.partition("  ")
        path, fact = (second, first) if re.fullmatch(r"[0-9a-f]{64}", first) else (first, second)
        found[path] = found.get(path, "") + " " + fact
    return found


def operators_text(dialer: str, path: str) -> str:
    """A file of the operator's without our marked line."""
    lines = sh(dialer, f"cat {path}").splitlines(keepends=True)
    return "".join(line for line in lines if not re.search(r"[;#] dialer\.trunks\s*$", line))


def database() -> str:
    """The tables that a run could touch, as mariadb-dump writes them, one line a row."""
    return sh(DB, f"mariadb-dump --compact --skip-extended-insert --order-by-primary asterisk {TABLES}")


def ruleset(dialer: str) -> str:
    """All nftables tables, without counters' values."""
    return sh(dialer, "nft -s list ruleset")


def everything() -> dict[str, Any]:
    """All that a run could touch, to be compared with itself later; one look at each machine."""
    mark = "=-=-=-="
    parts = [look_at_files(times=True), "nft -s list ruleset", "asterisk -rx 'dialplan show'", "asterisk -rx 'rtp show settings'"]
    with ThreadPoolExecutor() as pool:
        looks = [pool.submit(sh, dialer, f"; echo {mark}; ".join(parts)) for dialer in DIALERS]
        found: dict[str, Any] = {"database": database()}
        for dialer, look in zip(DIALERS, looks):
            seen = look.result().split(mark + "\n")
            found[dialer] = {"files": parsed_files(seen[0]), **dict(zip(("ruleset", "dialplan", "rtp"), seen[1:]))}
    return found


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two pictures of `everything`: paths, or names of parts with the lines that differ."""
    found = []
    for dialer in DIALERS:
        old, new = before[dialer]["files"], now[dialer]["files"]
        found += [f"{dialer} {path}: {old.get(path)} -> {new.get(path)}" for path in sorted(old.keys() | new.keys())
                  if old.get(path) != new.get(path)]
    texts = [("database", before["database"], now["database"])]
    texts += [(f"{dialer} {part}", before[dialer][part], now[dialer][part]) for dialer in DIALERS
              for part in ("ruleset", "dialplan", "rtp")]
    for name, old, new in texts:
        lines = set(old.splitlines()) ^ set(new.splitlines())
        found += [f"{name}: {line[:300]}" for line in sorted(lines)] or ([] if old == new else [f"{name}: order"])
    return found
