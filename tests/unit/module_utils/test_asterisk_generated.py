# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What VICIdial's generated files hold of our rows: a file that was edited, restored or cut differs from them."""
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import generated
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import rows as rendered

from support.unit.descriptions import A, B, SERVER_IP, described

PHONES = "\n[gs101]\ntype=friend\nport=x\ndescription=a phone\nhost=dynamic\n; END OF FILE\n"


def rows(**changes):
    """The rows of three trunks, of a protocol each, and of a route, as the database has them."""
    wanted = plan.build(described(
        {**A, "signalling": ["198.18.10.11"], "secret": "PLANTED", "username": "me", **changes}, {**B, "protocol": "pjsip", "transport": "tcp"},
        {**B, "name": "carrier_c", "protocol": "iax2", "signalling": ["198.18.20.21"]}), ["d1"])
    return [model.stamped(model.row_of(row, f"{row['name']}-11"), 3) for row in rendered.desired(wanted, SERVER_IP)]


def written(etc: Path, carriers) -> None:
    """Write the files as VICIdial's generator does."""
    heads = {row["carrier_id"]: f"; VICIDIAL Carrier: {row['carrier_id']} - x\n; {row['carrier_description']}\n" for row in carriers}
    for protocol, name in (("SIP", "sip"), ("PJSIP", "pjsip"), ("IAX2", "iax")):
        own = [row for row in carriers if row["protocol"] == protocol]
        lines = "".join(f"{row['registration_string']}\n" for row in own)
        text = "".join(heads[row["carrier_id"]] + row["account_entry"] + "\n\n" for row in own)
        (etc / f"{name}-vicidial.conf").write_text(f"; Generated\nregister => x\n{lines}{text}{PHONES}")
    text = "".join(heads[row["carrier_id"]] + row["dialplan_entry"] + "\n" for row in carriers)
    (etc / "extensions-vicidial.conf").write_text(
        f"TRUNKloop = x\n[vicidial-auto-external]\nexten => h,1,NoOp()\n{text}[vicidial-auto]\nexten => _91NXXNXXXXXX,1,NoOp()\n")


def stale(etc: Path, carriers):
    return generated.stale(carriers, generated.read(str(etc)))


def test_files_that_hold_the_rows(tmp_path):
    carriers = rows()
    written(tmp_path, carriers)
    held = generated.read(str(tmp_path))
    assert sorted(held["peers"]) == ["carrier_a", "carrier_a.2", "carrier_b", "carrier_c"] and list(held["routes"]) == ["us"]
    assert generated.stale(carriers, held) == [] and "PLANTED" not in str(held) and "gs101" not in str(held)
    crlf = [{**row, "account_entry": row["account_entry"].replace("\n", "\r\n"), "dialplan_entry": row["dialplan_entry"].replace("\n", "\r\n")}
            for row in carriers]
    assert generated.stale(crlf, held) == []  # as the admin pages store them


BETA = {"carrier_id": "zeta", "carrier_description": "theirs", "registration_string": "", "account_entry": "host=198.18.99.99",
        "dialplan_entry": "exten => _81X.,1,Gosub(trunks-route-us,${EXTEN:1},1)", "protocol": "SIP"}


def test_what_another_row_adds_is_written_again_and_no_damage(tmp_path):
    """Lines without a header become options of the peer before; a row of theirs, or a copy, may lead to a route of ours."""
    carriers = rows()
    copied = {**next(row for row in carriers if row["carrier_id"] == "us-11"), "carrier_id": "us-copy"}
    copied["dialplan_entry"] = copied["dialplan_entry"].replace("_91NXX", "_71NXX")
    for others in ([BETA], [copied], [BETA, copied]):
        every = sorted(carriers + others, key=vicidial.place_of)
        written(tmp_path, every)
        assert stale(tmp_path, every) == []
        assert stale(tmp_path, carriers)


def test_lines_behind_the_last_carrier_are_damage(tmp_path):
    """Whatever heading they are under: no row has them, and the next rebuild takes them out."""
    every = sorted([*rows(), BETA], key=vicidial.place_of)
    for name, added, says in (("sip", "[carrier_a]\ntype=peer\nhost=203.0.113.9\n", "carrier_a"), ("pjsip", "[carrier_b]\ntype=aor\ncontact=sip:203.0.113.9\n", "carrier_b")):
        written(tmp_path, every)
        with (tmp_path / f"{name}-vicidial.conf").open("a") as file:
            file.write(added)
        assert stale(tmp_path, every) == [f"peer {says} was changed in VICIdial's conf files by hand"]


@pytest.mark.parametrize("protocol", ["sip", "iax2"])
def test_a_registration_that_was_taken_out_is_damage_and_its_secret_is_hidden(tmp_path, protocol):
    carriers = rows(register=True, protocol=protocol)
    written(tmp_path, carriers)
    assert stale(tmp_path, carriers) == [] and "PLANTED" not in str(generated.read(str(tmp_path)))
    path = tmp_path / f"{protocol[:3]}-vicidial.conf"
    text = path.read_text()
    assert "register => me:PLANTED@" in text
    path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("register => me")))
    [said] = stale(tmp_path, carriers)
    assert said.startswith("register => me:") and said.endswith(" is not in VICIdial's conf files") and "PLANTED" not in said


def test_a_registration_object_that_was_taken_out_is_damage(tmp_path):
    carriers = rows(register=True, protocol="pjsip")
    written(tmp_path, carriers)
    path = tmp_path / "pjsip-vicidial.conf"
    text = path.read_text()
    assert stale(tmp_path, carriers) == [] and "type=registration" in text
    path.write_text(text.replace("type=registration", "type=nothing", 1))
    assert stale(tmp_path, carriers) == ["peer carrier_a was changed in VICIdial's conf files by hand"]


@pytest.mark.parametrize("name,old,new,says", [
    ("sip", "host=198.18.10.10", "host=198.18.99.99", "peer carrier_a was changed in VICIdial's conf files by hand"),
    ("sip", "[carrier_a]", "[carrier_x]", "peer carrier_a is not in VICIdial's conf files"),
    ("sip", "[trunks 3]", "[trunks 2]", "peer carrier_a is in VICIdial's conf files in an older version"),
    ("pjsip", "contact=sip:198.18.20.20", "contact=sip:198.18.99.99", "peer carrier_b was changed in VICIdial's conf files by hand"),
    ("iax", "host=198.18.20.20", "host=198.18.99.99", "peer carrier_c was changed in VICIdial's conf files by hand"),
    ("extensions", "Gosub(trunks-route-us,", "Dial(SIP/beta/", "route us is not in extensions-vicidial.conf"),
    ("extensions", "1(3))", "1(2))", "route us is in extensions-vicidial.conf in an older version"),
    ("extensions", "n(route),", "n,Goto(audio-bridge,s,1)\nexten => _91NXXNXXXXXX,n(route),", "route us was changed in extensions-vicidial.conf by hand"),
    ("extensions", "Dial(SIP/carrier_a", "Dial(SIP/beta", "route us was changed in extensions-vicidial.conf by hand"),
])
def test_a_file_that_was_damaged(tmp_path, name, old, new, says):
    carriers = rows()
    written(tmp_path, carriers)
    path = tmp_path / f"{name}-vicidial.conf"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert says in stale(tmp_path, carriers)
    path.unlink()
    assert stale(tmp_path, carriers)


def test_a_file_of_before_holds_what_is_no_row_any_more(tmp_path):
    carriers = rows()
    written(tmp_path, carriers)
    assert stale(tmp_path, carriers[1:]) == [
        "peer carrier_a is still in VICIdial's conf files", "peer carrier_a.2 is still in VICIdial's conf files"]
    assert generated.stale([], generated.read(str(tmp_path / "none"))) == []
