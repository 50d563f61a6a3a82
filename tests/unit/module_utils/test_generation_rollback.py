# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back to a kept generation."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._generation import composition, repair, rollback, store
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Unfinished

from support.unit.generation_programs import PEER, ROUTE, Programs, applied, on_disk, request


def gone_back(etc: Path, programs: Programs, number: int) -> rollback.Rollback:
    return rollback.Rollback(store.Store(str(etc), os.getegid()), programs, number)


def test_a_kept_generation_comes_back_as_it_was_and_nothing_is_written(etc, programs):
    applied(etc, programs, request())
    first = on_disk(etc)
    applied(etc, programs, request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"}))
    assert programs.peers()[0]["description"] == "[trunks 2] A"
    back = gone_back(etc, programs, 1)
    assert back.change.needed and back.change.files == ["sip/carrier_a.conf", "generation.conf"]
    assert "PLANTED" not in str(back.diff()) and back.diff()[0]["after"] == "trunks.d/1\n"
    assert back.apply() == 1 and os.readlink(etc / "trunks") == "trunks.d/1"
    assert programs.peers()[0]["description"] == "[trunks 1] A" and loaded_checks.running_generation(programs.contexts()) == 1
    now = on_disk(etc)
    assert {path: now[path] for path in first} == first and "trunks.d/2/manifest.json" in now
    assert not gone_back(etc, programs, 1).change.needed


@pytest.mark.parametrize("program", ["dialplan", "sip", "nft"])
def test_a_way_back_that_is_not_taken_leaves_the_generation_in_force_and_the_other_kept(etc, programs, program):
    applied(etc, programs, request())
    applied(etc, programs, request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"},
                                   firewall={"nftables.conf": "table inet dialer_trunks { chain new }\n"}))
    before = on_disk(etc)
    programs.deaf[program] = 1
    with pytest.raises(Unfinished, match="Restored and proven: generation 2"):
        gone_back(etc, programs, 1).apply()
    assert on_disk(etc) == before and not gone_back(etc, programs, 2).change.needed


def test_what_a_generation_was_comes_back_to_the_letter_and_nothing_is_carried_over(etc, programs):
    """The contexts of a trunk that left a route are for calls of that time, and RTP was nobody's then."""
    route = "[trunks-route-us]\nexten => h,1,NoOp()\n%s"
    both = route % "\n[trunks-to-us-a]\nexten => h,1,NoOp()\n\n[trunks-to-us-b]\nexten => h,1,NoOp()\n"
    applied(etc, programs, request(dialplan={"routes/us.conf": both}, rtp={}))
    one = route % "\n[trunks-to-us-a]\nexten => h,1,NoOp()\n"
    later = applied(etc, programs, request(dialplan={"routes/us.conf": one}))
    assert composition.GONE in later.state.store.files(2)["routes/us.conf"]
    assert gone_back(etc, programs, 1).change.wanted["routes/us.conf"] == both
    gone_back(etc, programs, 1).apply()
    assert "rtp.conf" not in store.Store(str(etc), os.getegid()).files(1) and not gone_back(etc, programs, 1).change.needed
    assert gone_back(etc, programs, 2).change.wanted["routes/us.conf"].startswith(one)


def test_a_kept_generation_whose_repair_is_not_ready_any_more_says_so_and_stays_as_it_is(etc, programs, monkeypatch):
    monkeypatch.setattr(repair, "reason", lambda _script, _user: None)
    files = {"repair.agi": "#!/usr/bin/perl\n", "repair-ready.conf": "[trunks-repair-ready]\nexten => s,1,NoOp()\n", "routes/us.conf": ROUTE % "old"}
    applied(etc, programs, request(dialplan=files))
    assert gone_back(etc, programs, 1).warnings == []
    monkeypatch.setattr(repair, "reason", lambda _script, _user: "no table.")
    back = gone_back(etc, programs, 1)
    assert "repair-ready.conf" in back.change.wanted and not back.change.needed
    assert back.warnings == ["generation 1 fails over, but calls that fail over would not reach their agents: no table. Fix that, and run site.yml."]
