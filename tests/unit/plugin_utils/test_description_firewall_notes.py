# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a description says of a firewall that filters less than its reader may believe."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.unit.descriptions import RTP


def firewall_notes(firewall, rtp=RTP, **media):
    """The notes about the firewall; ``media``: of each trunk, its networks and further options."""
    trunks = [{"name": name, "description": "", "host": f"198.18.30.{number}", **options} for number, (name, options) in enumerate(media.items(), 1)]
    description = {"dialer_trunks": trunks, "dialer_firewall": firewall, "dialer_rtp": rtp}
    built = plan.build(description, ["d1", "d2"])
    filtered = [render.firewall_sources(built.for_dialer(dialer), []) for dialer in ("d1", "d2")]
    return built.notes, filtered


NFTABLES, FIREWALLD = ({"backend": backend, "phones": ["198.18.0.0/24"]} for backend in ("nftables", "firewalld"))
MEDIA = {"media": ["198.18.10.0/24"]}


@pytest.mark.parametrize(("firewall", "told"), [
    ({**NFTABLES, "phones": "anywhere"}, "filters neither the SIP ports (5060) nor RTP, and the signalling and media of trunks have no effect on it"),
    ({**FIREWALLD, "phones": "anywhere"}, "opens the SIP ports (5060) and the RTP range to everyone, and the signalling and media of trunks have no"),
])
def test_that_phones_anywhere_filter_nothing_is_said(firewall, told):
    notes, filtered = firewall_notes(firewall, aa=MEDIA, bb={})
    assert [note for note in notes if told in note] == list(notes) and len(notes) == 1
    assert filtered == [(None, None)] * 2
    assert firewall_notes({"backend": "none", "phones": "anywhere"}, aa=MEDIA, bb={})[0] == ()


@pytest.mark.parametrize(("trunks", "told", "by_rtp"), [
    ({"a": MEDIA, "b": {}}, ["The media of trunk 'a' has no effect on a dialer where trunk 'b' has none"], [False, False]),
    ({"a": MEDIA, "b": {}, "c": {}}, ["The media of trunk 'a' has no effect on a dialer where trunk 'b', 'c' have none"], [False, False]),
    ({"a": MEDIA, "b": {"servers": ["d2"]}}, ["The media of trunk 'a' has no effect on a dialer where trunk 'b' has none"], [True, False]),
    ({"a": {**MEDIA, "servers": ["d1"]}, "b": {"servers": ["d2"]}}, [], [True, False]),
    ({"a": MEDIA, "b": MEDIA}, [], [True, True]),
    ({"a": {}, "b": {}}, [], [False, False]),
    ({"a": MEDIA, "b": {"enabled": False}}, [], [True, True]),
    ({"a": MEDIA, "b": {"protocol": "iax2"}}, [], [True, True]),
])
def test_that_the_media_of_one_trunk_alone_filter_nothing_is_said(trunks, told, by_rtp):
    """As the firewall is rendered."""
    trunks = {f"trunk_{name}": options for name, options in trunks.items()}
    for firewall in (NFTABLES, FIREWALLD):
        notes, filtered = firewall_notes(firewall, **trunks)
        assert [note.partition(": ")[0].replace("trunk_", "") for note in notes] == told
        assert [rtp is not None for _sip, rtp in filtered] == by_rtp
