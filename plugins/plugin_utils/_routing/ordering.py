# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes, before the calls, what a route's strategy needs to order its trunks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, gcd

from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Member, Route, Trunk

# A route's turns step through at least this many places, so that weights are exact to a millionth.
LEAST_PLACES = 1000000
# The fractional part of the golden section: stepping by it spreads any number of points more evenly than any other
# (Knuth, The Art of Computer Programming, volume 3, section 6.4, theorem S).
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Owner:
    """A trunk's range of places, from ``start`` to before ``end``."""

    name: str
    weight: int
    start: int
    end: int


@dataclass(frozen=True)
class Weights:
    """What the strategy weighted needs. A trunk of weight 0 has no place and is tried after all others."""

    owners: tuple[Owner, ...]
    total: int  # the sum of the weights
    places: int  # for each unit of weight
    step: int
    queue: str  # &NAME:WEIGHT&NAME:WEIGHT&, for the dialplan

    @property
    def turns(self) -> int:
        """Return the number of places."""
        return self.total * self.places


def weights(members: Sequence[Member]) -> Weights:
    """Return the places of a weighted route's trunks. If no trunk has a weight above 0, all have the same."""
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
    """Return the number nearest to the golden section of ``turns`` that is coprime to it; 1 for 1."""
    middle = round(turns * GOLDEN)
    for distance in range(turns):
        for step in (middle - distance, middle + distance):
            if 0 < step <= turns and gcd(step, turns) == 1:
                return step
    return 1


def by_cost(trunks: Sequence[Trunk]) -> list[Trunk]:
    """Return the trunks ordered by their flat cost, those without one last, otherwise in the given order."""
    return sorted(trunks, key=lambda trunk: float("inf") if trunk.cost_per_minute is None else trunk.cost_per_minute)


def template_name(route: Route, trunks: Sequence[Trunk]) -> str:
    """Return the name of the route's template in ``roles/dialplan/templates/order``."""
    if route.strategy == "least_cost":
        return "rated" if any(trunk.rates for trunk in trunks) else "listed"
    return "listed" if route.strategy == "priority" else route.strategy
