# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order a route tries its trunks: what its strategy needs, computed ahead of the calls. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, gcd

from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Member, Route, Trunk

# A route's turns step through at least this many places, so that weights hold to a millionth.
LEAST_PLACES = 1000000
# The fractional part of the golden section: stepping by it spreads any number of points more evenly than any other
# (Knuth, The Art of Computer Programming, volume 3, section 6.4, theorem S).
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Owner:
    """A trunk's stretch of places: from ``start`` up to, and without, ``end``."""

    name: str
    weight: int
    start: int
    end: int


@dataclass(frozen=True)
class Weights:
    """What the strategy weighted needs; a trunk of weight 0 owns no place and comes when all others are out."""

    owners: tuple[Owner, ...]
    total: int  # the sum of the weights
    places: int  # for each unit of weight
    step: int
    queue: str  # &NAME:WEIGHT&NAME:WEIGHT&, as the dialplan takes it

    @property
    def turns(self) -> int:
        """How many places there are."""
        return self.total * self.places


def weights(members: Sequence[Member]) -> Weights:
    """The places of a weighted route's trunks. Where no trunk has a weight above 0, all have the same."""
    given = {member.name: member.weight or 0 for member in members}
    if not any(given.values()):
        given = dict.fromkeys(given, 1)
    total = sum(given.values())
    places = ceil(LEAST_PLACES / total)
    owners, start = [], 0
    for name, weight in given.items():
        if weight:
            owners.append(Owner(name, weight, start, start + weight * places))
            start += weight * places
    queue = "&".join(f"{name}:{weight}" for name, weight in given.items())
    return Weights(tuple(owners), total, places, golden_step(total * places), f"&{queue}&")


def golden_step(turns: int) -> int:
    """The number nearest to the golden section of ``turns`` that has no divisor in common with it; 1 for 1."""
    middle = round(turns * GOLDEN)
    for distance in range(turns):
        for step in (middle - distance, middle + distance):
            if 0 < step <= turns and gcd(step, turns) == 1:
                return step
    return 1


def by_cost(trunks: Sequence[Trunk]) -> list[Trunk]:
    """The trunks from the cheapest to the dearest by their flat cost; those without one last, else as they stand."""
    return sorted(trunks, key=lambda trunk: float("inf") if trunk.cost_per_minute is None else trunk.cost_per_minute)


def template_name(route: Route, trunks: Sequence[Trunk]) -> str:
    """Which of the templates ``roles/dialplan/templates/order`` tells the route's order."""
    if route.strategy == "least_cost":
        return "rated" if any(trunk.rates for trunk in trunks) else "listed"
    return "listed" if route.strategy == "priority" else route.strategy
