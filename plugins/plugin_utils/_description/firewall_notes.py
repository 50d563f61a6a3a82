# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what a firewall without mistakes does not filter, as render.firewall_sources has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Values = Mapping[str, Any]


def notes(firewall: Values | None, rtp: Values | None, trunks: Sequence[Values]) -> Iterator[str]:
    """Yield a sentence for what a reader of the description may believe to be filtered, and is not."""
    if not firewall or firewall["backend"] == "none":
        return
    opens = firewall["backend"] == "firewalld"  # whose zones drop what nothing opens
    ports = ", ".join(map(str, firewall["sip_ports"]))
    if not rtp:
        if opens:
            yield "dialer_rtp is unset, so no RTP is let in: firewalld drops what its zones do not list."
        else:
            yield "dialer_rtp is unset, so the firewall does not filter RTP."
    with_rtp = [trunk for trunk in trunks if trunk["enabled"] and trunk["protocol"] != "iax2"]
    if firewall["phones"] == "anywhere":
        verb = "opens the SIP ports" if opens else "filters neither the SIP ports"
        media = (" and the RTP range to everyone" if rtp else " to everyone") if opens else " nor RTP"
        unused = ", and the signalling and media of trunks have no effect on it"
        yield (
            f"dialer_firewall.phones is anywhere, so the firewall {verb} ({ports}){media}{unused}: list the networks "
            "of the phones to change that."
        )
        return
    for trunk in with_rtp if rtp else ():
        without = [
            other["name"]
            for other in with_rtp
            if not other["media"] and share_a_dialer(trunk["servers"], other["servers"])
        ]
        if trunk["media"] and without:
            has = "has" if len(without) == 1 else "have"
            yield (
                f"The media of trunk {trunk['name']!r} has no effect on a dialer where trunk "
                f"{', '.join(map(repr, without))} {has} none: RTP is accepted there from anywhere. Give every SIP and "
                "PJSIP trunk its media, or none."
            )


def share_a_dialer(one: Any, other: Any) -> bool:
    """Return whether two trunks have a dialer in common. Both are values of ``servers``."""
    return isinstance(one, str) or isinstance(other, str) or bool(set(one) & set(other))
