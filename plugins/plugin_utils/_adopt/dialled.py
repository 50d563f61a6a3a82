# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what may dial a peer by its name, so that no peer is renamed that something dials. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask

_WORD = re.compile(r"[\w.-]+")
# A script may dial any peer, by EXEC Dial or by a variable that it sets. VICIdial's own call_log does neither.
_SCRIPT = re.compile(r"\b(?:E|Dead|Async)?AGI\((?!(?:agi://[^/]+/)?call_log\b)[^\n]*", re.IGNORECASE)


def reader(
    rows: Sequence[Mapping[str, str]], elsewhere: Collection[str] | None
) -> Callable[[str], str]:
    """Return a function that says what may dial the peer of a name; it returns '' where nothing does.

    ``elsewhere``: the names that the running dialplan and dialplans in other tables dial; None where that could not be
    read.
    """
    named: dict[str, str] = {}
    script = ""
    for row in rows:
        text = f"{row['dialplan_entry'] or ''}\n{row['globals_string'] or ''}"
        for word in _WORD.findall(text.lower()):
            named.setdefault(word, f"carrier {row['carrier_id']} names it in its dialplan or global")
        found = _SCRIPT.search(row["dialplan_entry"] or "")
        if found and not script and row["active"] == "Y" and table.owner(row)[0] != "ours":
            script = f"the script of {mask(found.group(0).strip())} in carrier {row['carrier_id']} may dial any peer"
    others = None if elsewhere is None else {name.lower() for name in elsewhere}

    def may_dial(name: str) -> str:
        if name.lower() in named:
            return named[name.lower()]
        if _WORD.fullmatch(name) is None:
            return "its name may occur anywhere in a dialplan"
        if others is None:
            return "the running dialplan could not be read, and may dial it"
        if name.lower() in others:
            return "the running dialplan, or a dialplan of VICIdial's other tables, dials it"
        return script

    return may_dial
