# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of a peer of chan_sip or chan_iax2 come to, as the driver reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import schema

Pairs = Sequence[tuple[str, str]]

# Options of which every line counts; of the others the last one does.
SEVERAL = ("permit", "deny", "acl", "contactpermit", "contactdeny", "contactacl", "setvar", "set_var", "auth")
ALIASES = {"username": "defaultuser", "canreinvite": "directmedia"}  # deprecated names of chan_sip

# Asterisk's defaults of the options that the templates of this collection write.
SIP_DEFAULTS = {
    "context": "default",
    "insecure": "no",
    "nat": "auto_force_rport",
    "directmedia": "yes",
    "dtmfmode": "rfc2833",
    "transport": "udp",
    "qualify": "no",
    "qualifyfreq": "60",
    "encryption": "no",
}
IAX_DEFAULTS = {"context": "default", "qualify": "no", "qualifyfreqok": "60000", "transfer": "yes"}
_DEFAULT_CODECS = ("ulaw", "alaw", "gsm")
_FROM_GENERAL = ("context", "nat", "directmedia", "dtmfmode", "transport", "qualify", "qualifyfreq", "transfer")
NO_WORDS = ("no", "off", "false", "n", "f", "0")
_YES_WORDS = ("yes", "on", "true", "y", "t", "1")
_NAT = ("force_rport", "comedia", "auto_force_rport", "auto_comedia")
_DTMF = ("rfc2833", "info", "shortinfo", "inband", "auto")


def _words(value: str) -> str:
    return ",".join(sorted({word.strip().lower() for word in value.split(",") if word.strip()}))


def _known(value: str, words: Sequence[str]) -> str:
    """Return the words of an option that chan_sip knows; it strips no blanks beside the commas."""
    return ",".join(sorted({word for word in value.split(",") if word in words})) or "no"


def _nat(values: Iterable[str]) -> str:
    """Return what the lines of nat come to: each adds its words, and no takes all away."""
    words: set[str] = set()
    for value in values:
        if value == "no":
            words.clear()
        elif value == "yes":
            words |= {"force_rport", "comedia"}
        else:
            words |= set(_known(value, _NAT).split(",")) - {"no"}
    return ",".join(sorted(words)) or "no"


def canonical(key: str, value: str) -> str:
    """Return the value of an option in one spelling, so that equal values compare equal."""
    low = value.strip().lower()
    if key == "insecure":
        return _known(low, ("port", "invite"))
    if key == "nat":
        return _nat([low])
    if key == "qualify":
        # Anything else than yes or a number, on among them, switches it off.
        milliseconds = conf_lines.number(low)
        return "2000" if low == "yes" else str(milliseconds) if milliseconds else "no"
    if key in ("directmedia", "encryption", "transfer"):
        return "yes" if low in _YES_WORDS else "no" if low in NO_WORDS else _words(low)
    if key == "dtmfmode":
        return low if low in _DTMF else "rfc2833"
    if key in ("transport", "type"):
        return low
    return value.strip()


def codecs(options: Iterable[tuple[str, str]], start: Sequence[str]) -> list[str]:
    """Return the codecs that allow and disallow leave, in order, beginning with ``start``."""
    chosen = list(start)
    for key, value in options:
        if key not in ("allow", "disallow"):
            continue
        for word in (part.strip().lower() for part in value.split(",")):
            allow = key == "allow"
            if word.startswith("!"):
                allow, word = False, word[1:]
            if word == "all":
                chosen = ["all"] if allow else []
            elif word and not allow:
                chosen = [codec for codec in chosen if codec != word]
            elif word and word not in chosen:
                chosen.append(word)
    return chosen


def effective(section: Section, general: Pairs = (), protocol: str = "sip") -> dict[str, Any]:
    """Return the effective options of a peer in one spelling each, what it leaves to [general] and Asterisk included.

    ``general``: the options of the [general] section that the peer is loaded with. Values are strings, lists
    for options of which every line counts and for codecs, and an int for port.
    """
    aliases = ALIASES if protocol == "sip" else {}
    own = [(aliases.get(key, key), value) for key, value in section.options]
    common = {aliases.get(key, key): value for key, value in general}
    found: dict[str, Any] = {}
    defaults = SIP_DEFAULTS if protocol == "sip" else IAX_DEFAULTS
    for key, value in defaults.items():
        found[key] = canonical(key, common.get(key, value) if key in _FROM_GENERAL else value)
    for key, value in own:
        if key in ("allow", "disallow"):
            continue
        if key in SEVERAL:
            found.setdefault(key, []).append(canonical(key, value))
        elif value or key not in defaults:  # an empty value takes back what a line or template before it says
            found[key] = canonical(key, value)
    nat = [value.strip().lower() for key, value in own if key == "nat"]
    if protocol == "sip" and nat:
        found["nat"] = _nat(nat)
    found["codecs"] = codecs(own, codecs(general, _DEFAULT_CODECS if not _names(general, "disallow") else ()))
    port = conf_lines.number(str(found.get("port", "")))
    found["port"] = port if port is not None else schema.default_port(
        "iax2" if protocol == "iax2" else "sip", found.get("transport")
    )
    return found


def _names(options: Pairs, key: str) -> bool:
    return any(name == key for name, _value in options)
