# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running Asterisk holds: channels, peers, contexts, the generation in force."""
from __future__ import annotations

import re
from typing import NamedTuple

from support.lab.machines import DIALERS, asterisk


class Channel(NamedTuple):
    """A channel of a running Asterisk: its name, where in the dialplan it is, and its state, as ``Up``."""

    name: str
    context: str
    extension: str
    priority: str
    state: str


def channels(dialer: str, beginning: str = "") -> list[Channel]:
    """The channels whose names begin so."""
    lines = asterisk(dialer, "core show channels concise").splitlines()
    return [Channel(*line.split("!")[:5]) for line in lines if line.startswith(beginning) and line.count("!") > 4]


def no_calls(dialer: str) -> bool:
    """Whether the running Asterisk has no channel left."""
    return "0 active channels" in asterisk(dialer, "core show channels count").splitlines()


def peer(dialer: str, name: str) -> dict[str, str]:
    """`sip show peer` as a dictionary of its labels; empty when there is no such peer."""
    return {label.strip(): value.strip() for label, value in
            re.findall(r"^  ([^:\n]+?)\s*:[ \t]*(.*)$", asterisk(dialer, f"sip show peer {name}"), re.MULTILINE)}


def stamp(dialer: str, name: str) -> int:
    """The revision that the running Asterisk holds of a trunk's peer; 0 when it holds none."""
    match = re.match(r"\[trunks (\d+)\]", peer(dialer, name).get("Description", ""))
    return int(match.group(1)) if match else 0


def loaded(dialer: str, context: str) -> bool:
    """Whether the running dialplan has this context."""
    return f"Context '{context}'" in asterisk(dialer, f"dialplan show {context}")


def generation(dialer: str) -> int:
    """The generation that the running dialplan holds."""
    match = re.search(r"'(\d+)' =>", asterisk(dialer, "dialplan show trunks-generation"))
    return int(match.group(1)) if match else 0


def forget_silence(*dialers: str) -> None:
    """Takes the hold of silent trunks off, which one test would leave to the next."""
    for dialer in dialers or DIALERS:
        for line in asterisk(dialer, "dialplan show globals").splitlines():
            name = line.strip().partition("=")[0]
            if name.startswith("TRUNKS_COOL_DOWN_"):
                asterisk(dialer, f'dialplan set global {name} ""')
