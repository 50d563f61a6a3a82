# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator of the stand-in, held to docs/vicidial.md 1.2 and 1.5."""

from __future__ import annotations

import time

import pytest

from support.lab.machines import HOME
from support.lab.standin_dialer import carrier, own_rows, peer
from support.waiting import came_true

LOGGER = (
    "AGI(agi://127.0.0.1:4577/call_log--HVcauses--PRI-----NODEBUG-----${HANGUPCAUSE}-----${DIALSTATUS}"
    "-----${DIALEDTIME}-----${ANSWEREDTIME}-----${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)}))"
)


def ordered(text: str, *parts: str) -> None:
    """Asserts that the parts stand in the text, in this order."""
    at = -1
    for part in parts:
        found = text.find(part, at + 1)
        assert found > at, f"{part!r} is not behind the parts before it in:\n{text}"
        at = found


@pytest.fixture(scope="module")
def generated(dialer):
    """File -> text, from rows with every protocol, state and kind of server_ip. The files go to another directory."""
    with own_rows(dialer) as rows:
        return generate_all(dialer, rows)


def generate_all(dialer, rows):
    def row(carrier_id: str, number: int, registration: str, **fields: str) -> str:
        return carrier(
            carrier_id,
            f"exten => {number},1,NoOp()",
            f"[{carrier_id.lower()}]",
            registration_string=registration,
            globals_string=f"{carrier_id} = global",
            **fields,
        )

    rows(
        "INSERT INTO vicidial_conf_templates (template_id, template_name, template_contents)"
        " VALUES ('ZZT', 'z', 'fromuser=template');",
        row(
            "ZZ2",
            5502,
            "register => zz2:secret@192.0.2.2",
            carrier_description="words of zz2",
            template_id="ZZT",
            server_ip=dialer.ip,
        ),
        row("ZZ1", 5501, "register => zz1:secret@192.0.2.1"),
        row("ZZ0I", 5503, "register => zi@192.0.2.3", protocol="IAX2"),
        row("ZZ0P", 5505, "register => zp@192.0.2.4", protocol="PJSIP"),
        row("ZZ0W", 5504, "register => zw@192.0.2.4", protocol="PJSIP_WIZ"),
        row("ZZX1", 5506, "", active="N"),
        row("ZZX2", 5507, "", server_ip="192.0.2.77"),
        row("ZZX3", 5508, "", protocol="Zap"),
        row("ZZX4", 5509, "", protocol="EXTERNAL"),
    )
    directory = "/tmp/standin-test"
    dialer.flag()
    dialer.sh(f"rm -rf {directory}; mkdir {directory}")
    dialer.generate(f"STANDIN_ASTERISK_DIR={directory} PATH=/nowhere")
    names = dialer.sh(f"ls {directory}").split()
    return {name: dialer.sh(f"cat {directory}/{name}") for name in names}


def test_five_files_that_warn_against_edits(generated):
    kinds = ("extensions", "iax", "pjsip", "pjsip_wizard", "sip")
    assert sorted(generated) == [f"{kind}-vicidial.conf" for kind in kinds]
    assert all("changed here is lost" in text.splitlines()[0] for text in generated.values())


def test_sip_has_registrations_then_carriers_then_phones(dialer, generated):
    phones = dialer.sql(
        f"SELECT extension FROM phones WHERE server_ip = '{dialer.ip}' AND protocol = 'SIP' AND active = 'Y' LIMIT 1"
    )
    assert len(phones) == (dialer.tech == "SIP")  # PJSIP's phones are in the wizard's file
    ordered(
        generated["sip-vicidial.conf"],
        "register => zz1:",
        "register => zz2:",
        "; VICIDIAL Carrier: ZZ1 - name of ZZ1\n[zz1]",
        "; VICIDIAL Carrier: ZZ2 - name of ZZ2\n; words of zz2\n[zz2]\nfromuser=template\n",
        *(f"[{phone}]" for [phone] in phones),
    )


def test_what_is_off_or_elsewhere_or_of_another_kind_is_left_out(generated):
    whole = "".join(generated.values())
    assert all(name not in whole for name in ("zzx1", "zzx2", "zzx3", "zzx4", "5506", "5507", "5508", "5509"))


def test_each_protocol_has_its_file(generated):
    pjsip, wizard = generated["pjsip-vicidial.conf"], generated["pjsip_wizard-vicidial.conf"]
    ordered(
        generated["iax-vicidial.conf"],
        "register => ASTloop:",
        "register => zi@192.0.2.3",
        "[ASTloop]",
        "[ASTblind]",
        "[ASTplay]",
        "[zz0i]",
    )
    assert "[zz0p]" in pjsip and "[zz0w]" in wizard
    assert "register =>" not in pjsip + wizard


def test_globals_then_contexts_in_the_order_of_protocols(dialer, generated):
    others = dialer.sql(
        f"SELECT server_id FROM servers WHERE server_ip != '{dialer.ip}'"
        " AND active_asterisk_server = 'Y' ORDER BY server_ip"
    )

    def context(name: str) -> str:
        return f"[vicidial-auto-{name}]\nexten => h,1,{LOGGER}\n"

    ordered(
        generated["extensions-vicidial.conf"],
        "TRUNKloop = ",
        "TRUNKblind = ",
        "TRUNKplay = ",
        *(f"TRUNK{row[0]} = " for row in others),
        *(f"{name} = global" for name in ("ZZ0I", "ZZ1", "ZZ2", "ZZ0W", "ZZ0P")),
        context("external"),
        "exten => 5503,1",
        "exten => 5501,1",
        "; words of zz2\nexten => 5502,1",
        "exten => 5504,1",
        "exten => 5505,1",
        context("internal"),
        context("phones"),
        "[vicidial-auto]",
        "include => vicidial-auto-internal",
        "include => vicidial-auto-phones",
        "include => vicidial-auto-external",
    )


def test_phones_are_dialled_by_their_number(dialer, generated):
    number, name = dialer.sql(
        f"SELECT dialplan_number, extension FROM phones WHERE protocol = '{dialer.tech}' AND active = 'Y'"
        f" AND server_ip = '{dialer.ip}' ORDER BY extension LIMIT 1"
    )[0]
    ordered(generated["extensions-vicidial.conf"], "[vicidial-auto-phones]", f"exten => {number},1,Dial({dialer.tech}/{name},")


@pytest.mark.parametrize("flag", ["active_asterisk_server", "generate_vicidial_conf", "rebuild_conf_files"])
def test_nothing_happens_unless_all_three_flags_are_set(dialer, rows, flag):
    rows(carrier("ZZ1", "exten => 5510,1,NoOp(x)"))
    dialer.flag()
    dialer.sql(f"UPDATE servers SET {flag} = 'N' WHERE server_ip = '{dialer.ip}'")
    try:
        assert dialer.generate() == ""
        assert "5510" not in dialer.sh("cat /etc/asterisk/extensions-vicidial.conf")
    finally:
        dialer.sql(f"UPDATE servers SET {flag} = 'Y' WHERE server_ip = '{dialer.ip}'")


def test_the_flag_falls_before_the_files_are_written(dialer, rows):
    dialer.flag()
    assert "cannot write" in dialer.generate("STANDIN_ASTERISK_DIR=/nowhere", check=False)
    assert not dialer.flagged()


def test_only_files_that_differ_are_replaced_and_only_their_module_is_reloaded(dialer, rows):
    dialer.flag()
    dialer.generate()
    dialer.flag()
    assert dialer.generate() == ""
    before = dialer.sh("stat -c '%Y %i' /etc/asterisk/sip-vicidial.conf")
    rows(carrier("ZZ1", "exten => 5511,1,NoOp(x)", protocol="PJSIP"))
    dialer.flag()
    # A screen of ours writes down what would be typed.
    dialer.sh(
        "mkdir -p /tmp/standin-bin; rm -f /tmp/standin-typed; cat >/tmp/standin-bin/screen;"
        " chmod +x /tmp/standin-bin/screen",
        stdin='#!/bin/sh\nprintf "%s\\n" "$*" >>/tmp/standin-typed\n',
    )
    dialer.generate("PATH=/tmp/standin-bin:$PATH")
    typed = dialer.sh("cat /tmp/standin-typed").splitlines()
    assert typed == [r'-XS asterisk eval stuff "dialplan reload\015"', r'-XS asterisk eval stuff "pjsip reload\015"']
    assert dialer.sh("stat -c '%Y %i' /etc/asterisk/sip-vicidial.conf") == before


def test_rows_reach_the_running_asterisk(dialer, rows):
    tech, show = dialer.tech, "pjsip show aors" if dialer.tech == "PJSIP" else "sip show peers"
    account = peer("zz1", "192.0.2.1", tech).replace("qualify=yes", "qualify=no").replace("frequency=10", "frequency=0")
    rows(carrier("ZZ1", "exten => 5512,1,NoOp(x)", account, protocol=tech))
    dialer.flag()
    dialer.generate()
    assert came_true(lambda: "'5512'" in dialer.cli("dialplan show 5512@default"), 5)
    assert came_true(lambda: "zz1" in dialer.cli(show), 5)


def test_hand_edits_vanish_at_the_next_rebuild(dialer, rows):
    dialer.generate()
    dialer.sh(
        "printf '[byhand]\\ntype=peer\\n' >>/etc/asterisk/sip-vicidial.conf;"
        " echo 'exten => 5513,1,NoOp()' >>/etc/asterisk/extensions-vicidial.conf"
    )
    assert dialer.generate() == ""
    dialer.flag()
    assert "sip-vicidial.conf written" in dialer.generate()
    assert "byhand" not in dialer.sh("cat /etc/asterisk/sip-vicidial.conf")
    assert "5513" not in dialer.sh("cat /etc/asterisk/extensions-vicidial.conf")


def test_without_the_screen_nothing_is_reloaded(dialer, rows):
    rows(carrier("ZZ1", "exten => 5514,1,NoOp(x)"))
    dialer.sh("screen -S asterisk -X sessionname away")
    try:
        dialer.flag()
        assert "extensions-vicidial.conf written" in dialer.generate()
        assert "5514" in dialer.sh("cat /etc/asterisk/extensions-vicidial.conf")
        time.sleep(2)
        assert "'5514'" not in dialer.cli("dialplan show 5514@default")
        # The screen is back, the bytes are as they should be: still no reload.
        dialer.sh("screen -S away -X sessionname asterisk")
        dialer.flag()
        assert dialer.generate() == ""
        assert "'5514'" not in dialer.cli("dialplan show 5514@default")
    finally:
        dialer.sh("screen -S away -X sessionname asterisk", check=False)


def test_rows_with_one_pattern_are_merged_priority_by_priority(dialer, rows):
    def steps(word: str, count: int) -> str:
        return "\n".join(f"exten => _561NXXNXXXXXX,{number},NoOp({word}{number})" for number in range(1, count + 1))

    rows(carrier("ZZ1", steps("first", 2)), carrier("ZZ2", steps("second", 3)))
    dialer.flag()
    dialer.generate()
    assert came_true(lambda: "second3" in dialer.cli("dialplan show 5613125551212@default"), 5)
    shown = dialer.cli("dialplan show 5613125551212@default")
    assert all(word in shown for word in ("first1", "first2", "second3"))
    assert "second1" not in shown and "second2" not in shown


def test_the_period_is_read_while_the_service_runs(dialer, rows):
    old = dialer.sh("cat /etc/standin.conf", check=False)
    try:
        dialer.sh("echo 'generator_period = 600' >/etc/standin.conf; rm -f /tmp/standin-typed")
        dialer.sh(f"{HOME}/standin start generator")
        assert came_true(lambda: "generator: runs" in dialer.sh(f"{HOME}/standin status generator"), 3)
        time.sleep(1.5)  # it looks once at its start
        dialer.flag()
        time.sleep(2.5)
        assert dialer.flagged()
        dialer.sh("echo 'generator_period = 1' >/etc/standin.conf")
        assert came_true(lambda: not dialer.flagged(), 5)
    finally:
        dialer.sh("cat >/etc/standin.conf", stdin=old) if old else dialer.sh("rm -f /etc/standin.conf")


@pytest.mark.parametrize("service", ["call-log", "channels", "generator"])
def test_services_start_once_and_restart_cleanly(dialer, service):
    def process() -> str:
        return dialer.sh(f"{HOME}/standin status {service}").split()[-1]

    first = process()
    assert dialer.sh(f"{HOME}/standin start {service}") == ""
    assert process() == first
    dialer.sh(f"{HOME}/standin stop {service}; {HOME}/standin stop {service}")
    assert "does not run" in dialer.sh(f"{HOME}/standin status {service}", check=False)
    dialer.sh(f"{HOME}/standin start {service}")
    assert process() != first
