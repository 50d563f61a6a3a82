# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a generation is made of."""
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import layout
from ansible_collections.dialer.trunks.plugins.module_utils._generation.composition import GONE, compose, left_over

from support.unit.generation_files import BASE, CURRENT, PEER_A, PEER_B, ROUTE, SIP


def request(parts=(), files=None, prune=False, drop=(), base=BASE):
    return {"parts": list(parts), "files": files or {}, "base": base, "prune": prune, "drop": list(drop)}


@pytest.mark.parametrize(
    "path,part",
    [
        ("sip.conf", "sip_peers"),
        ("sip/carrier_a.conf", "sip_peers"),
        ("rtp.conf", "rtp"),
        ("nftables.conf", "firewall"),
        ("extensions.conf", "base"),
        ("generation.conf", "base"),
        ("routes/sip.conf", "dialplan"),
        ("repair.agi", "dialplan"),
        ("inbound.conf", "dialplan"),
    ],
)
def test_a_file_belongs_to_a_part(path, part):
    assert layout.part_of(path) == part


def test_parts_that_are_not_meant_are_carried_over():
    assert compose(CURRENT, request()) == CURRENT
    assert compose(CURRENT, request(["firewall"], {"firewall": {"nftables.conf": "new"}})) == {**CURRENT, "nftables.conf": "new"}


def test_what_is_carried_over_is_not_stamped():
    stamped = {"sip/carrier_a.conf": PEER_A.replace("@", "7")}
    assert compose(stamped, request())["sip/carrier_a.conf"] == PEER_A


def test_the_base_is_always_the_wanted_one():
    assert compose(CURRENT, request(base={"extensions.conf": "new"}))["extensions.conf"] == "new"


def test_trunks_and_routes_stay_without_prune_and_other_files_go():
    wanted = compose(CURRENT, request(["sip_peers", "dialplan"], {"sip_peers": {"sip/carrier_b.conf": PEER_B}, "dialplan": {}}))
    assert wanted == {**BASE, **SIP, "routes/us.conf": ROUTE,
                      "rtp.conf": "rtpstart=1\n", "nftables.conf": "table\n"}


def test_they_go_with_prune():
    wanted = compose(CURRENT, request(["sip_peers", "dialplan"], {"sip_peers": {"pjsip/carrier_b.conf": PEER_B}}, prune=True))
    assert set(wanted) == {"extensions.conf", "pjsip/carrier_b.conf", "rtp.conf", "nftables.conf"}


def test_what_is_dropped_goes_without_prune():
    wanted = compose(CURRENT, request(["sip_peers"], {"sip_peers": {}}, drop=["sip/carrier_a.conf"]))
    assert "sip/carrier_a.conf" not in wanted and "sip/carrier_b.conf" in wanted
    assert "sip/carrier_a.conf" in compose(CURRENT, request(["dialplan"], drop=["sip/"]))  # not meant: carried over


def test_rates_stay_as_long_as_their_route_does():
    current = {**CURRENT, "routes/far.conf": "far", "rates/far.nodes": "nodes"}
    gone, cheap, flat = {}, {"routes/far.conf": "far", "rates/far.nodes": "new"}, {"routes/far.conf": "far"}
    assert compose(current, request(["dialplan"], {"dialplan": gone}))["rates/far.nodes"] == "nodes"
    assert "rates/far.nodes" not in compose(current, request(["dialplan"], {"dialplan": gone}, prune=True))
    assert compose(current, request(["dialplan"], {"dialplan": cheap}))["rates/far.nodes"] == "new"
    assert "rates/far.nodes" not in compose(current, request(["dialplan"], {"dialplan": flat}))


def test_rtp_that_is_not_described_stays_as_it_is():
    assert compose(CURRENT, request(["rtp"], {"rtp": {}}, prune=True))["rtp.conf"] == "rtpstart=1\n"


def test_a_firewall_that_is_not_described_goes():
    assert "nftables.conf" not in compose(CURRENT, request(["firewall"], {"firewall": {}}))


def test_absent_leaves_nothing():
    assert compose(CURRENT, request(layout.PARTS, prune=True, drop=[""], base={})) == {}


def test_left_over_are_the_undescribed_of_the_parts_that_are_meant():
    asked = request(["sip_peers"], {"sip_peers": {"sip/carrier_b.conf": PEER_B}})
    assert left_over(compose(CURRENT, asked), asked) == ["sip/carrier_a.conf"]


def test_the_context_of_a_trunk_that_leaves_a_route_stays_for_calls_on_it_until_the_route_changes_again():
    def text(*names: str, order: str = "priority") -> str:
        return f"[trunks-route-us]\nexten => {order}\n" + "".join(f"\n[trunks-to-us-{name}]\nexten => h\n" for name in names)

    def then(current: str, new: str) -> str:
        request = {"parts": ["dialplan"], "files": {"dialplan": {"routes/us.conf": new}}, "base": {}, "prune": True, "drop": []}
        return compose({"routes/us.conf": current}, request)["routes/us.conf"]

    first = then(text("a", "b"), text("a"))
    assert first == text("a") + GONE + "[trunks-to-us-b]\nexten => h\n"
    assert then(first, text("a")) == first
    assert then(first, text("a", order="round_robin")) == text("a", order="round_robin")
    assert then(first, text("a", "b")) == text("a", "b")
    assert then(first, text("c")) == text("c") + GONE + "[trunks-to-us-a]\nexten => h\n"


def test_with_a_trunks_context_stays_the_one_that_its_dial_runs_first():
    """Without it, a call that fails over to that trunk is sent without the repair of VICIdial's channel table."""
    before = "[trunks-before-us-b]\nexten => s,1,Return()\n"
    kept = "[trunks-to-us-b]\nsame => n,Dial(SIP/b/1,,b(trunks-before-us-b^s^1()))\n"
    new = "[trunks-route-us]\nexten => n\n"
    current = {"routes/us.conf": f"{new}\n{kept}{before}"}
    assert compose(current, request(["dialplan"], {"dialplan": {"routes/us.conf": new}}))["routes/us.conf"] == new + GONE + kept + "\n" + before


def test_rows_are_kept_by_the_rules_of_trunks_and_named_by_the_database_alone():
    current = {**CURRENT, "rows/trunk-carrier_a.json": "a [trunks 3]", "rows/route-us.json": "us"}
    meant = {"carriers": {"rows/route-us.json": "new"}}
    assert compose(current, request(["rtp"], {"rtp": {}}))["rows/trunk-carrier_a.json"] == "a [trunks @]"
    kept = compose(current, request(["carriers"], meant))
    assert (kept["rows/trunk-carrier_a.json"], kept["rows/route-us.json"]) == ("a [trunks @]", "new")
    assert left_over(kept, request(["carriers"], meant)) == []
    assert "rows/trunk-carrier_a.json" not in compose(current, request(["carriers"], meant, prune=True))
    assert not any(path.startswith("rows/") for path in compose(current, request(["carriers"], {"carriers": {}}, drop=["rows/"])))
