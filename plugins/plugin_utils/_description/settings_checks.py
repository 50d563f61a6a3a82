# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a trunk's settings against its other keys, and names the peers that it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import further_peers
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.trunk_options import (
    PJSIP_OBJECTS, PROTOCOL_OPTIONS_WITH_A_KEY, URI_OPTIONS, use_the_key)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.validate import INVALID

Values = Mapping[str, Any]


def check(path: Path, trunk: Values, findings: Findings) -> None:
    """Add the mistakes in the trunk's settings."""
    if isinstance(trunk["settings"], Mapping):
        _settings((*path, "settings"), trunk, trunk["settings"], findings)


def _settings(path: Path, trunk: Values, settings: Values, findings: Findings) -> None:
    """Check the options that depend on the trunk's protocol, and the objects of PJSIP."""
    protocol = trunk["protocol"]
    with_a_key = PROTOCOL_OPTIONS_WITH_A_KEY.get(protocol, {})
    for option, value in settings.items():
        if isinstance(value, Mapping):
            _object((*path, option), option, trunk, findings)
        elif option in with_a_key:
            findings.add((*path, option), use_the_key(with_a_key[option]))
        elif value is INVALID:
            continue
        elif protocol == "pjsip" and option in PJSIP_OBJECTS:
            findings.add((*path, option), f"must be a mapping of options of the trunk's {option}")
        elif protocol == "pjsip" and option == "transport":
            if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,79}", value):
                findings.add((*path, option), "must be the name of a transport in pjsip.conf")
        elif protocol not in ("pjsip", INVALID) and option in URI_OPTIONS and _holds_comment(value):
            findings.add((*path, option), f"must not hold ';' with protocol {protocol}: it would begin a comment")


def _holds_comment(value: Any) -> bool:
    """Return whether a value, or one of several, has a ';', which is written as '\\;' for PJSIP only."""
    return any(isinstance(one, str) and ";" in one for one in (value if isinstance(value, tuple) else (value,)))


# Which key a trunk must have for an object of PJSIP, beside those that every trunk has.
_NEEDED = {"auth": ("username", "username"), "registration": ("register", "register: true")}


def _object(path: Path, name: str, trunk: Values, findings: Findings) -> None:
    if trunk["protocol"] not in ("pjsip", INVALID):
        findings.add(path, f"must not be a mapping with protocol {trunk['protocol']}: only PJSIP has such objects")
        return
    key, words = _NEEDED.get(name, ("host", ""))
    if not trunk[key]:
        findings.add(path, f"needs {words}, without which a trunk has no {name}")


def other_peers(trunk: Values) -> list[str]:
    """Return the names of the peers beside the first that chan_sip needs for the trunk's signalling addresses."""
    if trunk["protocol"] != "sip" or INVALID in (trunk["name"], trunk["host"], trunk["signalling"]):
        return []
    valid = [address for address in trunk["signalling"] if address is not INVALID]
    return [peer.name for peer in further_peers(trunk["name"], trunk["host"], valid)]


def uri_parameters(trunk: Values) -> list[str]:
    """Return the settings of the trunk that hold a SIP URI with parameters."""
    settings = trunk["settings"] or {}
    groups = {"settings": settings}
    groups.update((f"settings.{name}", one) for name, one in settings.items() if isinstance(one, Mapping))
    return [
        f"{path}.{name}" for path, group in groups.items() for name in URI_OPTIONS if ";" in str(group.get(name, ""))
    ]
