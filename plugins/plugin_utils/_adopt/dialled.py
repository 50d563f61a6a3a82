# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what may dial a peer by its name, so that no peer is renamed that something dials. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask

_WORD = re.compile(r"[\w.-]+")
# A script may dial any peer, by EXEC Dial or by a variable that it sets. VICIdial's own call_log does neither.
_SCRIPT = re.compile(r"\b(?:E|Dead|Async)?AGI\((?!(?:agi://[^/]+/)?call_log\b)[^\n]*", re.IGNORECASE)


class Dialled:
    """What dials, or may dial, the peers of a cluster.

    ``elsewhere``: the names that the running dialplan and dialplans in other tables dial; None where that could not be
    read.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]], elsewhere: Collection[str] | None = ()) -> None:
        self._named: dict[str, str] = {}
        self._script = ""
        self._others = None if elsewhere is None else {name.lower() for name in elsewhere}
        for row in rows:
            text = f"{row['dialplan_entry'] or ''}\n{row['globals_string'] or ''}"
            for word in _WORD.findall(text.lower()):
                self._named.setdefault(word, f"carrier {row['carrier_id']} names it in its dialplan or global")
            found = _SCRIPT.search(row["dialplan_entry"] or "")
            if found and not self._script and row["active"] == "Y" and table.owner(row)[0] != "managed":
                script = mask(found.group(0).strip())
                self._script = f"the script of {script} in carrier {row['carrier_id']} may dial any peer"

    def named(self, name: str) -> bool:
        """Whether a carrier's dialplan or global names the peer."""
        return name.lower() in self._named

    def may_dial(self, name: str) -> str:
        """Return what may dial the peer, an empty string where nothing does."""
        if self.named(name):
            return self._named[name.lower()]
        if _WORD.fullmatch(name) is None:
            return "its name may occur anywhere in a dialplan"
        if self._others is None:
            return "the running dialplan could not be read, and may dial it"
        if name.lower() in self._others:
            return "the running dialplan, or a dialplan of VICIdial's other tables, dials it"
        return self._script
