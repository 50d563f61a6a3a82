# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision, stamp, unstamp

PEER = "[carrier_a]\ntype=peer\ndescription=[trunks @] Provider [A] @ home\nsecret=a@b(@)\n"
ENTRY = "exten => _91X.,n(route),Gosub(trunks-route-us,${EXTEN:1},1(@))\n"


@pytest.mark.parametrize("text", [PEER, ENTRY, PEER + "\r\n" + ENTRY])
def test_a_stamp_comes_and_goes_and_nothing_else_changes(text):
    stamped = stamp(text, 12)
    assert unstamp(stamped) == text
    assert revision(stamped) == 12
    assert unstamp(stamp(stamped, 3)) == text and revision(stamp(stamped, 3)) == 3


def test_only_the_placeholder_is_replaced():
    assert stamp(PEER, 7) == PEER.replace("[trunks @]", "[trunks 7]")
    assert stamp(ENTRY, 7) == ENTRY.replace("1(@)", "1(7)")


def test_every_peer_of_a_file_is_stamped():
    assert stamp(PEER + PEER, 5).count("[trunks 5]") == 2


@pytest.mark.parametrize("text", ["", PEER, ENTRY, "description=[trunks x]", "Gosub(other,1,1(4))", "[dialer.trunks a@b 5]"])
def test_without_a_number_there_is_no_revision(text):
    assert revision(text) == 0


def test_as_asterisk_shows_it():
    assert revision("[trunks 41] Provider with a long na") == 41
    assert revision("Gosub(trunks-route-us,${EXTEN:1},1(6))") == 6
