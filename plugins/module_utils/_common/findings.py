# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between the wanted and the actual state, as data: a kind and a name for programs, a text for people."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One difference from the wanted state.

    ``kind``: C(generation), C(dialplan), C(peer), C(route), C(rtp) or C(firewall). ``name``: of the generation,
    context, peer, route, setting or table. ``text``: a sentence without its full stop, free of secrets.
    """

    kind: str
    name: str
    text: str


def texts(findings):
    """Return the texts of the findings."""
    return [finding.text for finding in findings]


def as_results(findings):
    """Return the findings as dictionaries for a module's result, without duplicates."""
    return [dict(kind=one.kind, name=one.name, text=one.text) for one in dict.fromkeys(findings)]
