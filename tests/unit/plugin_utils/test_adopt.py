# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrier entries as administrators write them, what adopting them writes, and that the peers are the same afterwards.

The cases stand in tests/unit/fixtures/adopt/*.yml, what they come to in its directory ``written``. To write that anew:
``PYTHONPATH=collections:tests python tests/unit/plugin_utils/test_adopt.py``, and read the difference.
"""
from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read
from ansible_collections.dialer.trunks.plugins.module_utils._common import encryption
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import (
    files, model, parse, peers, pjsip, registrations, write)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support import paths
from support.unit.carrier_rows import ROW

FIXTURES = paths.FIXTURES / "adopt"
SECRET = "p4ss-Word_1"
PEER = (
    "[{name}]\ntype=peer\nhost=198.18.30.{number}\ncontext=trunkinbound\ninsecure=port,invite\ndisallow=all\nallow=ulaw\n"
    "qualify={qualify}\nnat=force_rport,comedia\ndirectmedia=no"
)
CASES: dict[str, dict[str, Any]] = {}
for page in sorted(FIXTURES.glob("*.yml")):
    CASES.update(yaml.safe_load(page.read_text(encoding="utf-8")))


def found(case: dict[str, Any]) -> model.Found:
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
    return model.Found(rows, dialers, case.get("templates", {}), general, campaigns)


def written(name: str) -> str:
    texts = write.files(model.adopt(found(CASES[name])))
    return "\n".join(f"# {file}\n{text}" for file, text in texts.items())


@pytest.mark.parametrize("name", CASES)
def test_what_is_written(name: str) -> None:
    assert written(name) == (FIXTURES / f"written/{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_it_is_a_description_and_nothing_is_lost(name: str) -> None:
    case = found(CASES[name])
    adopted = model.adopt(case)
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


def test_secrets_without_a_key_of_their_own_go_to_the_vault_or_nowhere() -> None:
    """Logins in a Dial without a technology, tokens in variables and URLs, passwords in descriptions."""
    peer = PEER.format(name="web", number=50, qualify="yes") + "\nsetvar=APIKEY=zqVar1\nusername=u\nsecret=zqSecret1"
    rows = [
        {**ROW, "carrier_id": "WEB", "account_entry": peer, "carrier_description": "portal login me:zqWords1@portal.example",
         "registration_string": "u:zqOther1@198.18.30.50/u",
         "dialplan_entry": "exten => _81NXXNXXXXXX,1,Set(R=${CURL(https://cid.example/next?key=zqUrl1&to=${EXTEN:1})})\n"
                           "exten => _81NXXNXXXXXX,2,Dial(SIP/web/${EXTEN:1},,To)\n"},
        {**ROW, "carrier_id": "URIDIAL", "carrier_name": "password: zqName1",
         "dialplan_entry": "exten => _71NXXNXXXXXX,1,Dial(u7:zqUri1@198.18.10.10:5060/${EXTEN},,To)\n"},
        {**ROW, "carrier_id": "H323",
         "dialplan_entry": "exten => _61NXXNXXXXXX,1,Dial(OOH323/u7:zqUri2@198.18.10.10/${EXTEN},,To)\n"},
    ]
    adopted = model.adopt(found({"rows": rows}))
    texts = write.files(adopted)
    said = texts["trunks.yml"] + "\n".join(write.report(adopted)) + repr(adopted.trunks)
    assert re.findall("zq[a-z0-9]+", said, re.IGNORECASE) == []
    assert "_71NXXNXXXXXX dials an address or a login of its own" in said
    held = yaml.safe_load(re.sub("!unsafe", "", texts["vault.yml"]))
    assert {name: re.findall("zq[A-Za-z0-9]+", value) for name, value in held.items()} == {
        "vault_web_secret": ["zqSecret1"], "vault_web_setvar": ["zqVar1"], "vault_out_8_before_dial_1": ["zqUrl1"]}
    described = yaml.safe_load(texts["trunks.yml"])
    assert described["dialer_routes"][0]["before_dial"] == ["{{ vault_out_8_before_dial_1 }}"]
    assert described["dialer_trunks"][0]["settings"]["setvar"] == "{{ vault_web_setvar }}"


@pytest.mark.parametrize("name", CASES)
def test_secrets_go_to_the_vault_alone(name: str) -> None:
    adopted = model.adopt(found(CASES[name]))
    texts = write.files(adopted)
    said = texts["trunks.yml"] + repr(adopted.trunks) + "".join(map(str, adopted.left))
    secrets = {SECRET, "p@ss:word", "{{x}}%&/(=)?#!"}
    for carrier in adopted.trunks:
        secrets |= {carrier.peered.trunk.get("secret", "")}
    assert not [secret for secret in secrets - {""} if secret in said]
    references = set(re.findall(r"\{\{ (vault_\w+) \}\}", texts["trunks.yml"]))
    assert references == set(re.findall(r"^(vault_\w+):", texts.get("vault.yml", ""), re.MULTILINE))


def pairs(name: str) -> list[tuple[model.Carrier, list[parse.Section], list[parse.Section]]]:
    """(the trunk, the sections of its row with its template, those of the peer that we render) of each trunk."""
    case = found(CASES[name])
    adopted = model.adopt(case)
    result = []
    for carrier in adopted.trunks:
        trunk = plan.build({"dialer_trunks": [carrier.peered.trunk]}, list(case.dialers)).trunks[0]
        row = carrier.rows[0]
        text = f"{row['account_entry']}\n{case.templates.get(row['template_id'], '')}"
        before = [one for one in parse.sections(text) if not one.template]
        result.append((carrier, before, parse.sections(render.peer(trunk))))
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
                again = pjsip.pjsip_trunk(after).trunk
                assert again == pjsip.wizard_trunk(before).trunk
            else:
                assert pjsip.pjsip_trunk(after).trunk == pjsip.pjsip_trunk(before).trunk
            continue
        old = peers.effective(before[0], general.get(protocol, ()), protocol)
        new = peers.effective(after[0], general.get(protocol, ()), protocol)
        aside = SAID | ({"context", "auth"} if protocol == "iax2" else set())  # of its user; of no meaning to a peer
        # A note says that these are another peer's, by which calls come in.
        aside = aside | {key for key in ("context", "insecure") if any(f"{key}=" in note for note in carrier.notes)}
        old = {key: value for key, value in old.items() if len(key.split()) == 1}  # Asterisk has no other options
        differ = {key: (old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        assert not {key: pair for key, pair in differ.items() if key not in aside}
        assert after[0].name == before[0].name
        for old_gateway, new_gateway in zip(before[1:], after[1:]):
            assert old_gateway.last("host") == new_gateway.last("host")


@pytest.mark.parametrize("name", CASES)
def test_the_registration_is_the_same_or_stays(name: str) -> None:
    case = found(CASES[name])
    for carrier in model.adopt(case).trunks:
        line = carrier.rows[0]["registration_string"]
        trunk = plan.build({"dialer_trunks": [carrier.peered.trunk]}, list(case.dialers)).trunks[0]
        if trunk.register and trunk.protocol != "pjsip":
            old, new = registrations.registration(line), registrations.registration(render.registration(trunk))
            assert (old.user, old.secret, old.host, old.extension) == (new.user, new.secret, new.host, new.extension)
            default = 4569 if trunk.protocol == "iax2" else 5060
            assert (new.port or default) == (old.port or default)
        elif line:
            assert any("registration stays in the row" in note for note in carrier.notes)


def test_only_those_that_are_meant() -> None:
    case = found({"peers": ["alpha", "beta"], "entry": "exten => _9X.,1,Dial(SIP/alpha/${EXTEN:1},,To)"})
    adopted = model.adopt(case, {"BETA"})
    assert [carrier.name for carrier in adopted.trunks] == ["beta"]
    assert adopted.routes == [] and adopted.left == []


def test_rows_of_ours_are_none_of_its_business() -> None:
    ours = {**ROW, "carrier_id": "x-11", "carrier_description": "[dialer.trunks x@198.18.0.11 x-11] X"}
    copy = {**ROW, "carrier_id": "xcopy", "carrier_description": "[dialer.trunks x@198.18.0.11 x-11] X"}
    adopted = model.adopt(model.Found([ours, copy], {"d1": "198.18.0.11"}))
    assert [carrier_id for carrier_id, _ip, _part, _why in adopted.left] == ["xcopy"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("register => u:s@198.18.1.1", ("u", "s", "198.18.1.1", 0, "", "")),
        ("register=>u:s@198.18.1.1:5061/ext", ("u", "s", "198.18.1.1", 5061, "", "ext")),
        ("register => tcp://u:s:auth@h.example/1", ("u", "s", "h.example", 0, "auth", "1")),
        ("register = u@198.18.1.1", ("u", "", "198.18.1.1", 0, "", "")),
        ("u:s@198.18.1.1", None),
        ("register => nonsense", None),
    ],
)
def test_registrations_are_taken_apart(line: str, parts: tuple | None) -> None:
    found_one = registrations.registration(line)
    if parts is None:
        assert found_one is None
    else:
        one = found_one
        assert (one.user, one.secret, one.host, one.port, one.authuser, one.extension) == parts


SIP_CONF = f"""
[general]
context=trunkinbound
register => acct5550100:{SECRET}@198.18.30.50/acct5550100
[carrier](!)
type=peer
insecure=port,invite
disallow=all
allow=ulaw
nat=force_rport,comedia
directmedia=no
[north](carrier)
description=Northtel
host=198.18.30.50
defaultuser=acct5550100
secret={SECRET}
qualify=yes
context=trunkinbound
[desk101]
type=friend
host=dynamic
secret={SECRET}
"""
PJSIP_CONF = f"""
[transport-udp]
type=transport
[south]
type=endpoint
aors=south
outbound_auth=south-auth
context=trunkinbound
disallow=all
allow=ulaw
direct_media=no
rtp_symmetric=yes
[south]
type=aor
contact=sip:198.18.30.51
[south-auth]
type=auth
username=acct5550101
password={SECRET}
[south-id]
type=identify
endpoint=south
match=198.18.30.51
"""


def test_what_a_plain_asterisks_default_context_leads_to_is_for_the_dialer_to_say() -> None:
    rows = files.rows({"sip": "[north]\ntype=peer\nhost=198.18.30.50\nallow=ulaw\n"}, "d1")
    adopted = model.adopt(model.Found(rows, {"d1": "d1"}, mode="asterisk"))
    [trunk] = adopted.description()["dialer_trunks"]
    assert trunk["context"] == "default" and not {"adopt", "servers"} & set(trunk) and adopted.left == []
    plan.build({**adopted.description(), "dialer_mode": "asterisk"}, ["d1"])


@pytest.mark.parametrize(("mode", "note"), [
    ("asterisk", "its register line stays in your file"), ("vicidial", "its registration stays in the row as it is")])
def test_where_a_registration_stays_is_said_by_the_mode(mode: str, note: str) -> None:
    peer = "[north]\ntype=peer\nhost=198.18.30.50\ncontext=trunkinbound\nallow=ulaw\ndefaultuser=u\nsecret=s\n"
    rows = files.rows({"sip": "[general]\nregister => u:s@198.18.30.50:5080\n" + peer}, "d1")
    [carrier] = model.adopt(model.Found(rows, {"d1": "d1"}, mode=mode)).trunks
    assert carrier.notes[-1].startswith(f"{note}: ")


def test_the_peers_in_a_plain_asterisks_files() -> None:
    rows = files.rows({"sip": SIP_CONF, "pjsip": PJSIP_CONF}, "d1")
    adopted = model.adopt(model.Found(rows, {"d1": "d1"}, mode="asterisk"))
    files.settle(adopted)
    assert adopted.description()["dialer_trunks"] == [
        {"name": "north", "description": "Northtel", "host": "198.18.30.50", "username": "acct5550100", "secret": SECRET,
         "codecs": ["ulaw"], "register": True},
        {"name": "south", "protocol": "pjsip", "description": "south", "host": "198.18.30.51", "qualify": {"enabled": False},
         "codecs": ["ulaw"], "username": "acct5550101", "secret": SECRET},
    ]
    assert [(name, why.split(":")[0]) for name, _ip, _part, why in adopted.left] == [("desk101", "[desk101] has host=dynamic")]
    plan.build({**adopted.description(), "dialer_mode": "asterisk"}, ["d1"])
    texts = write.files(adopted, files.HEAD)
    assert SECRET not in texts["trunks.yml"] and "take its\n# old sections out" in texts["trunks.yml"]


def test_included_files_are_read_in_their_places_and_ours_are_not(tmp_path: Path) -> None:
    (tmp_path / "trunks").mkdir()
    (tmp_path / "sip.conf").write_text(
        "[general]\nnat=no ; all\nsecret=x\n#tryinclude trunks/sip.conf ; dialer.trunks\n#include more-*.conf\ncontext=late\n"
    )
    (tmp_path / "more-1.conf").write_text("[north]\nhost=198.18.30.50\n")
    (tmp_path / "trunks/sip.conf").write_text("[ours]\nhost=198.18.30.51\n")
    read = adopt_read.read_files(str(tmp_path))
    assert [section.name for section in parse.sections(read["texts"]["sip"])] == ["general", "north"]
    assert read["general"] == {"sip": [["nat", "no"]]}, "what stands behind an included file belongs to its last section"


def test_what_is_sealed_shows_nothing_and_opens_with_its_key() -> None:
    key = encryption.new_key()
    found_there = {"rows": [{"account_entry": f"secret={SECRET}"}] * 50}
    sealed = encryption.seal(found_there, key)
    assert encryption.unseal(sealed, key) == found_there
    assert SECRET.encode() not in base64.b64decode(sealed)
    with pytest.raises(Exception):  # noqa: B017
        encryption.unseal(sealed, encryption.new_key())


if __name__ == "__main__":
    (FIXTURES / "written").mkdir(exist_ok=True)
    for old in (FIXTURES / "written").glob("*.txt"):
        old.unlink()
    for one in CASES:
        (FIXTURES / f"written/{one}.txt").write_text(written(one), encoding="utf-8")
