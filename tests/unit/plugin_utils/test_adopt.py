# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrier entries as administrators write them, what adopting them writes, and that the peers are the same afterwards.

The cases stand in tests/unit/fixtures/adopt/*.yml, what they come to in its directory ``written``. To write that anew:
``python tests/unit/plugin_utils/test_adopt.py``, and read the difference.
"""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.plugin_utils import (
    adopt_model,
    adopt_parse,
    adopt_peers,
    adopt_pjsip,
    adopt_write,
    plan,
    render,
)

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/adopt"
SECRET = "p4ss-Word_1"
ROW = {
    "carrier_name": "",
    "registration_string": "",
    "template_id": "--NONE--",
    "account_entry": "",
    "protocol": "SIP",
    "globals_string": "",
    "dialplan_entry": "",
    "server_ip": "198.18.0.11",
    "active": "Y",
    "carrier_description": "",
    "user_group": "---ALL---",
}
PEER = (
    "[{name}]\ntype=peer\nhost=198.18.30.{number}\ncontext=trunkinbound\ninsecure=port,invite\ndisallow=all\nallow=ulaw\n"
    "qualify={qualify}\nnat=force_rport,comedia\ndirectmedia=no"
)
CASES: dict[str, dict[str, Any]] = {}
for page in sorted(FIXTURES.glob("*.yml")):
    CASES.update(yaml.safe_load(page.read_text(encoding="utf-8")))


def found(case: dict[str, Any]) -> adopt_model.Found:
    rows = [{**ROW, **row} for row in case.get("rows", [])]
    for number, name in enumerate(case.get("peers", []), start=40):
        entry = PEER.format(name=name, number=number, qualify="no" if name == "silent" else "yes")
        variables = case.get("globals", {}).get(name, "")
        rows.append({**ROW, "carrier_id": name.upper(), "account_entry": entry, "globals_string": variables})
    if "entry" in case:
        rows.append({**ROW, "carrier_id": "ENTRY", "dialplan_entry": case["entry"]})
    general = {kind: [tuple(pair) for pair in pairs] for kind, pairs in case.get("general", {}).items()}
    keys = ("campaign_id", "dial_prefix", "manual_dial_prefix")
    campaigns = [dict(zip(keys, campaign)) for campaign in case.get("campaigns", [])]
    dialers = case.get("dialers", {"d1": "198.18.0.11"})
    return adopt_model.Found(rows, dialers, case.get("templates", {}), general, campaigns)


def written(name: str) -> str:
    texts = adopt_write.files(adopt_model.adopt(found(CASES[name])))
    return "\n".join(f"# {file}\n{text}" for file, text in texts.items())


@pytest.mark.parametrize("name", CASES)
def test_what_is_written(name: str) -> None:
    assert written(name) == (FIXTURES / f"written/{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_it_is_a_description_and_nothing_is_lost(name: str) -> None:
    case = found(CASES[name])
    adopted = adopt_model.adopt(case)
    described = {row["carrier_id"] for carrier in adopted.trunks for row in carrier.rows}
    described |= {carrier_id for route in adopted.routes for carrier_id in route["adopt"]}
    left = {carrier_id for carrier_id, _ip, _part, _why in adopted.left}
    assert described | left == {row["carrier_id"] for row in case.rows}
    with_a_dialplan = {row["carrier_id"] for row in case.rows if row["dialplan_entry"]}
    in_routes = {carrier_id for route in adopted.routes for carrier_id in route["adopt"]}
    assert with_a_dialplan - in_routes <= left, "a dialplan is described, or left alone with its reason"
    if not adopted.trunks:
        return
    whole = plan.build(adopted.description(), list(case.dialers))
    assert not whole.routes and len(whole.resting) == len(adopted.routes), "routes wait until somebody says otherwise"
    enabled = {**adopted.description(), "dialer_routes": [{**route, "enabled": True} for route in adopted.routes]}
    assert len(plan.build(enabled, list(case.dialers)).routes) == len(adopted.routes), "and may be enabled"


@pytest.mark.parametrize("name", CASES)
def test_secrets_go_to_the_vault_alone(name: str) -> None:
    adopted = adopt_model.adopt(found(CASES[name]))
    texts = adopt_write.files(adopted)
    said = texts["trunks.yml"] + repr(adopted.trunks) + "".join(map(str, adopted.left))
    secrets = {SECRET, "p@ss:word", "{{x}}%&/(=)?#!"}
    for carrier in adopted.trunks:
        secrets |= {carrier.peered.trunk.get("secret", "")}
    assert not [secret for secret in secrets - {""} if secret in said]
    references = set(re.findall(r"\{\{ (vault_\w+) \}\}", texts["trunks.yml"]))
    assert references == set(re.findall(r"^(vault_\w+):", texts.get("vault.yml", ""), re.MULTILINE))


def pairs(name: str) -> list[tuple[adopt_model.Carrier, list[adopt_parse.Section], list[adopt_parse.Section]]]:
    """(the trunk, the sections of its row with its template, those of the peer that we render) of each trunk."""
    case = found(CASES[name])
    adopted = adopt_model.adopt(case)
    result = []
    for carrier in adopted.trunks:
        trunk = plan.build({"dialer_trunks": [carrier.peered.trunk]}, list(case.dialers)).trunks[0]
        row = carrier.rows[0]
        text = f"{row['account_entry']}\n{case.templates.get(row['template_id'], '')}"
        before = [one for one in adopt_parse.sections(text) if not one.template]
        result.append((carrier, before, adopt_parse.sections(render.peer(trunk))))
    return result


# What may differ, as the notes of the trunk say.
SAID = {"type", "description", "call-limit", "name"}


@pytest.mark.parametrize("name", CASES)
def test_the_peer_is_the_same_option_by_option(name: str) -> None:
    general = found(CASES[name]).general
    for carrier, before, after in pairs(name):
        protocol = carrier.peered.trunk.get("protocol", "sip")
        if protocol == "pjsip":
            if carrier.rows[0]["protocol"] == "PJSIP_WIZ":
                again = adopt_pjsip.pjsip_trunk(after).trunk
                assert again == adopt_pjsip.wizard_trunk(before).trunk
            else:
                assert adopt_pjsip.pjsip_trunk(after).trunk == adopt_pjsip.pjsip_trunk(before).trunk
            continue
        old = adopt_peers.effective(before[0], general.get(protocol, ()), protocol)
        new = adopt_peers.effective(after[0], general.get(protocol, ()), protocol)
        aside = SAID | ({"context", "auth"} if protocol == "iax2" else set())  # of its user; of no meaning to a peer
        differ = {key: (old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        assert not {key: pair for key, pair in differ.items() if key not in aside}
        assert after[0].name == before[0].name
        for old_gateway, new_gateway in zip(before[1:], after[1:]):
            assert old_gateway.last("host") == new_gateway.last("host")


@pytest.mark.parametrize("name", CASES)
def test_the_registration_is_the_same_or_stays(name: str) -> None:
    case = found(CASES[name])
    for carrier in adopt_model.adopt(case).trunks:
        line = carrier.rows[0]["registration_string"]
        trunk = plan.build({"dialer_trunks": [carrier.peered.trunk]}, list(case.dialers)).trunks[0]
        if trunk.register and trunk.protocol != "pjsip":
            old, new = adopt_parse.registration(line), adopt_parse.registration(render.registration(trunk))
            assert (old.user, old.secret, old.host, old.extension) == (new.user, new.secret, new.host, new.extension)
            assert new.port in (old.port, 4569 if trunk.protocol == "iax2" else 5060)
        elif line:
            assert any("registration stays in the row" in note for note in carrier.notes)


def test_only_those_that_are_meant() -> None:
    case = found({"peers": ["alpha", "beta"], "entry": "exten => _9X.,1,Dial(SIP/alpha/${EXTEN:1},,To)"})
    adopted = adopt_model.adopt(case, {"BETA"})
    assert [carrier.name for carrier in adopted.trunks] == ["beta"]
    assert adopted.routes == [] and adopted.left == []


def test_rows_of_ours_are_none_of_its_business() -> None:
    ours = {**ROW, "carrier_id": "x-11", "carrier_description": "[dialer.trunks x@198.18.0.11 x-11] X"}
    copy = {**ROW, "carrier_id": "xcopy", "carrier_description": "[dialer.trunks x@198.18.0.11 x-11] X"}
    adopted = adopt_model.adopt(adopt_model.Found([ours, copy], {"d1": "198.18.0.11"}))
    assert [carrier_id for carrier_id, _ip, _part, _why in adopted.left] == ["xcopy"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("register => u:s@198.18.1.1", ("u", "s", "198.18.1.1", 0, "", "")),
        ("register=>u:s@198.18.1.1:5061/ext", ("u", "s", "198.18.1.1", 5061, "", "ext")),
        ("register => tcp://u:s:auth@h.example/1", ("u", "s", "h.example", 0, "auth", "1")),
        ("u@198.18.1.1", ("u", "", "198.18.1.1", 0, "", "")),
        ("register => nonsense", None),
    ],
)
def test_registrations_are_taken_apart(line: str, parts: tuple | None) -> None:
    found_one = adopt_parse.registration(line)
    if parts is None:
        assert found_one is None
    else:
        one = found_one
        assert (one.user, one.secret, one.host, one.port, one.authuser, one.extension) == parts


if __name__ == "__main__":
    (FIXTURES / "written").mkdir(exist_ok=True)
    for old in (FIXTURES / "written").glob("*.txt"):
        old.unlink()
    for one in CASES:
        (FIXTURES / f"written/{one}.txt").write_text(written(one), encoding="utf-8")
