# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says why a dialplan entry cannot be a route, in words for whoever wrote the entry: names its lines, not our keys.

Pure. The description's own checks name the keys of a description, which these people have never seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.routes import Answer
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Path, show_path
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import PlanError

# What the keys of a trunk, and of a trunk in a route, are in a Dial line.
_IN_DIAL = {
    "dial_options": "the options of its Dial",
    "strip": "the number of digits that its Dial takes off the number",
    "prefix": "what its Dial puts before the number",
    "number": "the fixed number of its Dial",
    "caller_id": "the caller id that it sets",
    "ring_timeout": "the seconds that its Dial waits for an answer",
}


def of_routes(
    mistakes: PlanError, trunks: Sequence[Mapping[str, Any]], described: Sequence[Mapping[str, Any]],
    answers: Sequence[Answer],
) -> Refused:
    """Return the reason why routes are refused. ``answers``: those of the entry in hand, which the mistakes are about,
    since everything else was accepted before it."""
    said: dict[str, str] = {}  # the sentence: its kind
    for path, sentence in mistakes.mistakes:
        text, kind = _sentence(path, sentence, trunks, described, answers)
        said.setdefault(text, kind)
    reason = Refused("; ".join(said))
    reason.kind = "; ".join(dict.fromkeys(said.values()))
    return reason


def _sentence(
    path: Path, sentence: str, trunks: Sequence[Mapping[str, Any]], described: Sequence[Mapping[str, Any]],
    answers: Sequence[Answer],
) -> tuple[str, str]:
    """Return (the sentence for one mistake, its kind)."""
    section, index, keys = path[0], path[1] if len(path) > 1 else 0, path[2:]
    entry = (described if section == "dialer_routes" else trunks)[int(index)] if keys else {}
    if section == "dialer_routes" and keys and keys[0] == "trunks" and len(keys) == 3:
        trunk, key = str(entry["trunks"][int(keys[1])]["name"]), str(keys[2])
    elif section == "dialer_trunks" and keys:
        trunk, key = str(entry["name"]), str(keys[0])
    else:
        trunk, key = "", ""
    extension = next((one.extension for one in answers if not trunk or any(call.trunk == trunk for call in one.calls)),
                     "it")
    if key in _IN_DIAL:
        return f"{extension}: {_IN_DIAL[key]} {sentence}", f"{_IN_DIAL[key]} {sentence}"
    if section == "dialer_trunks" and key == "qualify":
        return (
            f"{extension} goes on to another trunk, and peer {trunk} has no qualify: a route has to know which of its "
            "trunks respond; set qualify=yes there and run adopt again",
            "a peer of several has no qualify",
        )
    if keys and keys[0] == "before_dial" and len(keys) == 2:
        step = mask(str(entry["before_dial"][int(keys[1])]))
        return f"{extension}: its step {step} {sentence}", f"a step before Dial {sentence}"
    if keys and keys[0] == "patterns" and len(keys) == 2:
        pattern = f"_{entry['dial_prefix']}{entry['patterns'][int(keys[1])]}"
        return f"its extension {pattern} {sentence}", f"its extension {sentence}"
    return f"{extension}: {show_path(keys or path)} {sentence}", sentence
