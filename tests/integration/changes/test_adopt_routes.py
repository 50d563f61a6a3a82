# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialplans of existing carriers on the lab, dialled before and after routes have taken their place: the carriers
receive the same calls."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.lab.calls import auto_dial, received
from support.lab.machines import DIALERS, ONE, OTHER, sql
from support.lab.playbooks import SITE, site
from support.lab.running import loaded, peer
from support.waiting import wait_until

LOG = "exten => {0},1,AGI(agi://127.0.0.1:4577/call_log)\\n"
ENTRIES = {  # carrier_id: (extension, its steps behind call_log)
    "NEW84": ("_841NXXNXXXXXX", ["Dial(SIP/new_a/${EXTEN:2},,To)", "Hangup()"]),
    "NEW85": ("_851NXXNXXXXXX", ["Dial(SIP/new_a/7${FILTER(0-9,${EXTEN:-11})},30,tTo)", "Hangup()"]),
    "NEW86": ("_861NXXNXXXXXX", ["Set(CALLERID(num)=13125550142)", "Dial(SIP/new_b/+${EXTEN:2},${CAMPDTO},To)", "Hangup()"]),
    "NEW87": ("_871NXXNXXXXXX", ["Dial(SIP/new_a/${EXTEN:2},,To)", 'GotoIf($["${DIALSTATUS}" = "CONGESTION"]?5)', "Hangup()",
                                 "Dial(SIP/new_b/${EXTEN:2},,To)", "Hangup()"]),
    "NEW60": ("_601NXXNXXXXXX", ["Dial(SIP/${EXTEN:2}@new_b,,tTor)", "Hangup()"]),
    "NEW61": ("_61NXXNXXXXXX", ["NoOp(ten digits)", "Dial(SIP/new_a/1${EXTEN:2},45,To)", "Congestion()"]),
    "NEW62": ("_621NXXNXXXXXX", ["Set(NUM=${EXTEN:2})", "Dial(SIP/new_b/2424#${NUM},,To)", "Hangup()"]),
    "NEW63": ("_63X.", ["Dial(SIP/new_a/13125551231,,To)", "Hangup()"]),
    "NEW64": ("_641NXXNXXXXXX", ["Set(CALLERID(num)=13125550164)", "Set(LAST=${CALLERID(num)})", "Dial(SIP/new_a/${EXTEN:2},,To)", "Hangup()"]),
    "NEW89": ("_891NXXNXXXXXX", ["Dial(SIP/new_a/${EXTEN:2},,To)", "Goto(second-chance,${EXTEN},1)"]),
}
CALLS = [("60", "13125551231"), ("61", "3125551231"), ("62", "13125551231"), ("63", "120"), ("64", "13125551231"),
         ("84", "13125551231"), ("85", "13125551231"), ("86", "13125551231"), ("87", "13125551239"), ("87", "13125551234")]
COLUMNS = "carrier_id, carrier_name, account_entry, protocol, dialplan_entry, server_ip, active"


def sent(prefix: str, number: str) -> list[tuple[str, str, str]]:
    """What the carriers receive of a call: (carrier, number, caller id number) of each attempt."""
    before = len(received())
    auto_dial(ONE, number, "--prefix", prefix)
    return [(call.carrier, call.number, call.caller) for call in received()[before:]]


def dialplan(extension: str, steps: list[str]) -> str:
    return LOG.format(extension) + "\\n".join(f"exten => {extension},{number},{step}" for number, step in enumerate(steps, start=2))


@pytest.fixture(scope="module")
def own_rows() -> Iterator[None]:
    """Two carriers of the operator on the first dialer, and dialplans in rows of their own."""
    rows = [f"('NEW{name}', 'New carrier', '[new_{name}]\\ntype=peer\\nhost=198.18.{host}\\ninsecure=port,invite\\nqualify=yes"
            f"\\ncontext=trunkinbound\\ndisallow=all\\nallow=ulaw', 'SIP', '', '{DIALERS[ONE]}', 'Y')"
            for name, host in (("a", "10.10"), ("b", "20.20"))]
    rows += [f"('{carrier_id}', 'New plan', '', 'SIP', '{dialplan(*entry)}', '{DIALERS[ONE]}', 'Y')" for carrier_id, entry in ENTRIES.items()]
    sql(f"INSERT INTO vicidial_server_carriers ({COLUMNS}) VALUES {', '.join(rows)}")
    try:
        sql("UPDATE servers SET rebuild_conf_files='Y'")
        wait_until(lambda: "OK" in peer(ONE, "new_a").get("Status", "") and "OK" in peer(ONE, "new_b").get("Status", ""), 60, "the peers")
        yield
    finally:
        sql("DELETE FROM vicidial_server_carriers WHERE carrier_id LIKE 'NEW%'")
        assert site(extra_vars={"dialer_prune": True}).rc == 0


def test_the_carriers_receive_the_same_calls(own_rows: None, tmp_path: Path) -> None:
    before = {call: sent(*call) for call in CALLS}
    assert [number for _carrier, number, _caller in before["87", "13125551239"]] == ["13125551239"] * 2, "it failed over"
    where = tmp_path / "site"
    run = site(playbook="playbooks/adopt.yml", extra_vars={"adopt_to": str(where), "adopt": ",".join(["NEWa", "NEWb", *ENTRIES])})
    assert run.rc == 0, run
    report = run.results("Show what became of each carrier")[ONE]["msg"]
    assert "of 12 rows, 11 are described as a whole, 0 without their dialplan, and 1 are left alone" in report
    assert report[-1] == "reason 1, of 1: _891NXXNXXXXXX goes to second-chance after it has dialled, which a route does not"
    own = yaml.safe_load((where / "trunks.yml").read_text(encoding="utf-8"))
    assert {tuple(route["servers"]) for route in own["dialer_routes"]} == {(ONE,)}
    described = {"dialer_trunks": [*SITE["dialer_trunks"], *own["dialer_trunks"]],
                 "dialer_routes": [*SITE["dialer_routes"], *({**route, "enabled": True} for route in own["dialer_routes"])]}
    run = site(extra_vars=described)
    assert run.rc == 0, run
    names = [route["name"] for route in own["dialer_routes"]]
    assert len(names) == 9 and all(loaded(ONE, f"trunks-route-{name}") and not loaded(OTHER, f"trunks-route-{name}") for name in names)
    assert {call: sent(*call) for call in CALLS} == before
