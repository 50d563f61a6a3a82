# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding

ROUTE = """; dialer.trunks: route us
[trunks-route-us]
exten => _[0-9#*+]!,1,Set(trunks_number=${EXTEN})
 same => n,Set(a=b)

; a comment in between
 same => n(next),NoOp()
exten => h,1,NoOp()
 same => n(published),NoOp()

[trunks-outbound]
exten => _91X.,1,Gosub(trunks-route-us,${EXTEN:1},1)
 same => n,Hangup()
"""
OTHER = "[trunks-outbound]\nexten=>_92X.,1,NoOp()\n\tsame => n,Hangup()\nexten  =>  _91X.,n,NoOp()\n"


def contexts(files, number):
    """What Asterisk would have loaded of these files."""
    loaded = {}
    for (context, exten), count in loaded_checks.expected_priorities(files).items():
        steps = [(step, None, "NoOp()", "pbx_config") for step in range(1, count + 1)]
        loaded.setdefault(context, []).append({"exten": exten, "steps": steps})
    if number is not None:
        loaded["trunks-generation"] = [{"exten": str(number), "steps": [(1, None, "NoOp()", "pbx_config")]}]
    return [{"name": name, "extensions": extensions} for name, extensions in loaded.items()]


def test_priorities_are_counted_by_context_and_extension():
    assert loaded_checks.priorities(ROUTE) == {
        ("trunks-route-us", "_[0-9#*+]!"): 3,
        ("trunks-route-us", "h"): 2,
        ("trunks-outbound", "_91X."): 2,
    }


def test_one_context_in_several_files():
    total = loaded_checks.expected_priorities({"routes/us.conf": ROUTE, "routes/uk.conf": OTHER, "sip/a.conf": "exten => 1,1,X()"})
    assert total["trunks-outbound", "_91X."] == 3 and total["trunks-outbound", "_92X."] == 2
    assert len(total) == 4


def test_a_dialplan_that_holds_everything_is_proven():
    files = {"routes/us.conf": ROUTE, "routes/uk.conf": OTHER}
    assert loaded_checks.dialplan(files, 4, contexts(files, 4)) == []
    assert loaded_checks.dialplan({}, None, contexts({}, None)) == []


@pytest.mark.parametrize("running,wanted,says", [
    (3, 4, "the running dialplan holds generation 3, not generation 4"),
    (None, 4, "the running dialplan holds no generation of this collection, not generation 4"),
    (4, None, "the running dialplan holds generation 4, not none"),
])
def test_another_generation_is_none(running, wanted, says):
    assert loaded_checks.dialplan({}, wanted, contexts({}, running)) == [Finding("generation", str(wanted), says)]


def test_a_line_that_asterisk_skipped_is_missing():
    files = {"routes/us.conf": ROUTE}
    loaded = contexts(files, 1)
    loaded[0]["extensions"][0]["steps"].pop()
    assert loaded_checks.dialplan(files, 1, loaded) == [
        Finding("dialplan", "trunks-route-us", "context trunks-route-us, extension _[0-9#*+]!: 2 of 3 steps are loaded")]


def test_steps_that_somebody_else_added_are_noticed():
    files = {"routes/us.conf": ROUTE}
    loaded = contexts(files, 1)
    loaded[1]["extensions"][0]["steps"].append((9, None, "NoOp()", "pbx_config"))
    assert loaded_checks.dialplan(files, 1, loaded) == [
        Finding("dialplan", "trunks-outbound", "context trunks-outbound, extension _91X.: 3 of 2 steps are loaded")]


def test_a_route_that_went_must_be_gone():
    assert loaded_checks.dialplan({}, 2, contexts({"routes/us.conf": ROUTE}, 2)) == [
        Finding("dialplan", "trunks-route-us", "context trunks-route-us is still loaded")]


def test_peers():
    loaded = [
        {"name": "carrier_a", "description": "[trunks 3] A"},
        {"name": "carrier_b", "description": "[trunks 2] B"},
        {"name": "carrier_c", "description": ""},
        {"name": "foreign", "description": "the operator's"},
    ]
    assert loaded_checks.peers({"carrier_a": 3, "gone": None, "foreign": None}, loaded) == []
    assert loaded_checks.peers({"carrier_a": None, "carrier_b": 3, "carrier_c": 1, "carrier_d": 1}, loaded) == [
        Finding("peer", "carrier_a", "peer carrier_a is still loaded by SIP"),
        Finding("peer", "carrier_b", "peer carrier_b is loaded, but in an older version ([trunks 2] B instead of [trunks 3])"),
        Finding("peer", "carrier_c", "peer carrier_c is loaded, but in an older version (no description instead of [trunks 1])"),
        Finding("peer", "carrier_d", "peer carrier_d is not loaded"),
    ]


def test_the_peers_of_our_files():
    text = "[general](+)\nregister => a:b@c\n\n[%s]\ntype=peer\ndescription=[trunks 4] A\n\n[carrier_a.2]\ntype=peer\ndescription=[trunks 4] A\n"
    objects = "[p]\ntype=endpoint\nset_var=TRUNKS_DESCRIPTION=[trunks 5] P\n\n[p]\ntype=aor\n\n[trunks-p]\ntype=identify\n"
    files = {"sip/carrier_a.conf": text % "carrier_a", "sip.conf": "[nobody]\ntype=peer\n", "routes/us.conf": ROUTE,
             "pjsip/p.conf": objects, "iax/i.conf": "[i]\ntype=peer\ndescription=[trunks 6] I\n\n[i]\ntype=user\n"}
    sip, pjsip, iax2 = TECHNOLOGIES.values()
    assert loaded_checks.file_peers(files, sip) == {"carrier_a": 4, "carrier_a.2": 4}
    assert loaded_checks.file_peers(files, pjsip) == {"p": 5} and loaded_checks.file_peers(files, iax2) == {"i": 6}


def test_routes_of_the_generator():
    def entry(context, application):
        return {"name": context, "extensions": [{"exten": "_91X.", "steps": [(1, None, "AGI(x)", "r"), (2, "route", application, "r")]}]}

    loaded = [
        entry("vicidial-auto-external", "Gosub(trunks-route-us,${EXTEN:1},1(7))"),
        entry("trunks-outbound", "Gosub(trunks-route-uk,${EXTEN:1},1)"),
    ]
    assert loaded_checks.routes({"us": 7, "uk": None}, loaded) == []
    assert loaded_checks.routes({"us": 8, "uk": 1}, loaded) == [
        Finding("route", "uk", "route uk is not in VICIdial's dialplan"),
        Finding("route", "us", "route us is in VICIdial's dialplan, but in an older version (7 instead of 8)"),
    ]
    assert loaded_checks.routes({"us": None}, loaded) == [Finding("route", "us", "route us is still in VICIdial's dialplan")]
    loaded[0]["name"] = "my-own"
    assert loaded_checks.routes({"us": None}, loaded) == [Finding("route", "us", "route us is still in VICIdial's dialplan")]
    [misplaced] = loaded_checks.routes({"us": 7}, loaded)
    assert misplaced.text.startswith("route us is in context my-own of VICIdial's dialplan instead of vicidial-auto-external")


def test_rtp():
    text = "; x\nrtpstart=10000\nrtpend=20000\nstrictrtp=no\nrtcpinterval=5000\n"
    assert loaded_checks.rtp(text, {"start": 10000, "end": 20000, "strict": False}) == []
    assert loaded_checks.rtp(text, {"start": 10002, "end": 20000, "strict": True}) == [
        Finding("rtp", "rtpstart", "RTP ports: start is 10002, not 10000"),
        Finding("rtp", "strictrtp", "strict RTP is not no"),
    ]
    assert loaded_checks.rtp("; nothing\n", {"start": 1, "end": 2, "strict": "Seqno"}) == []


def test_the_number_in_force_as_asterisk_shows_it():
    shown = (
        "[ Context 'trunks-generation' created by 'pbx_config' ]\n"
        "  '12' =>           1. NoOp(dialer.trunks)                        [generation.conf:3]\n\n"
        "-= 1 extension (1 priority) in 1 context. =-\n"
    )
    assert loaded_checks.running_generation(dialplan_parsers.dialplan(shown)) == 12


def test_a_step_in_an_extension_of_ours_that_is_not_ours_is_found():
    entry = ("exten => _91X.,1,AGI(x)\nexten => _91X.,n(route),Gosub(trunks-route-us,${EXTEN:1},1(@))\nexten => _91X.,n,Hangup()\n")
    described = loaded_checks.steps(entry)
    assert described == {"_91X.": ["AGI(x)", "Gosub(trunks-route-us,${EXTEN:1},1(@))", "Hangup()"]}
    steps = [(1, None, "AGI(x)", "r"), (2, "route", "Gosub(trunks-route-us,${EXTEN:1},1(7))", "r"), (3, None, "Hangup()", "r")]
    loaded = [{"name": "vicidial-auto-external", "extensions": [{"exten": "_91X.", "steps": steps}]}]
    assert loaded_checks.routes({"us": 7}, loaded, {"us": described}) == []
    assert loaded_checks.routes({"us": 0}, loaded, {"us": described}) == []  # of any revision
    steps.append((4, None, "Goto(audio-bridge,s,1)", "r"))
    assert loaded_checks.routes({"us": 0}, loaded, {"us": described})
    assert loaded_checks.routes({"us": 7}, loaded, {"us": described}) == [Finding("route", "us", (
        "route us: its extension _91X. has 4 steps in VICIdial's dialplan, and 3 in its row: not ours is Goto"))]
    del steps[2:]
    [found] = loaded_checks.routes({"us": 7}, loaded, {"us": described})
    assert found.text.endswith("has 2 steps in VICIdial's dialplan, and 3 in its row")
    assert loaded_checks.routes({"us": None}, loaded, {"us": described})[0].text == "route us is still in VICIdial's dialplan"
