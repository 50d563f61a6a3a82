# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dialer of the lab is, with Asterisk 16 and with 22 (`lab/lab up --asterisk 22`)."""

from __future__ import annotations

import subprocess

import yaml

from support.paths import LAB
from support.waiting import came_true


def test_the_database_and_the_dialer_agree_on_the_asterisk(dialer):
    running = dialer.cli("core show version").split()[1]
    written = dialer.value(f"SELECT asterisk_version FROM servers WHERE server_ip = '{dialer.ip}'")
    assert running.split(".")[0] == written.split(".")[0] == {"SIP": "16", "PJSIP": "22"}[dialer.tech]


def test_the_phone_is_registered_at_the_dialer_itself(dialer):
    show = "pjsip show aor gs101" if dialer.tech == "PJSIP" else "sip show peer gs101"
    assert came_true(lambda: "198.18.0.101" in dialer.cli(show), 20)


def test_port_5060_is_the_phones_and_the_certificates_are_there(dialer):
    listens = dialer.sh("ss -lnup")
    assert ":5060 " in listens and (":5061 " in listens) == (dialer.tech == "SIP")
    assert dialer.sh("cd /etc/asterisk/keys; stat -c '%n %a' *").split() == [
        "ca.crt", "644", "dialer.crt", "644", "dialer.key", "600"]


def test_the_inventory_names_the_dialers(dialer):
    done = subprocess.run([LAB, "inventory"], capture_output=True, text=True, check=True)
    hosts = yaml.safe_load(done.stdout)["all"]["children"]["dialers"]["hosts"]
    assert hosts["trunks-dialer1"] == {"dialer_server_ip": dialer.ip}
