# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not as it should be, as data: programs go by its kind and name, people read its text."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is not as it should be.

    ``kind``: C(generation), C(dialplan), C(peer), C(route), C(rtp) or C(firewall). ``name``: of the generation,
    context, peer, route, setting or table. ``text``: a sentence without its full stop, free of secrets.
    """

    kind: str
    name: str
    text: str


def texts(findings):
    """The sentences alone."""
    return [finding.text for finding in findings]


def as_results(findings):
    """As a module returns them: a dictionary each, the same one once."""
    return [dict(kind=one.kind, name=one.name, text=one.text) for one in dict.fromkeys(findings)]
