# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rollback.yml and drift.yml on a plain Asterisk, where everything is files."""
from __future__ import annotations

import json

from support.lab.asterisk_mode import SITE, run_site
from support.lab.machines import DIALERS, ONE, sh
from support.lab.running import generation, peer, stamp

BACK, DRIFT = "playbooks/rollback.yml", "playbooks/drift.yml"


def test_the_previous_generation_comes_back_in_the_revision_that_it_had(restored, tmp_path):
    before = {dialer: (generation(dialer), stamp(dialer, "carrier_a")) for dialer in DIALERS}
    trunks = [{**SITE["dialer_trunks"][0], "qualify": {"frequency": 30}}, SITE["dialer_trunks"][1]]
    assert run_site(extra_vars={"dialer_trunks": trunks}).rc == 0
    assert peer(ONE, "carrier_a")["Qualify Freq"].startswith("30000")
    run = run_site(playbook=BACK)
    assert run.rc == 0, run
    assert {dialer: (generation(dialer), stamp(dialer, "carrier_a")) for dialer in DIALERS} == before
    assert not peer(ONE, "carrier_a")["Qualify Freq"].startswith("30000")
    assert run_site(playbook=BACK).changes == []
    sh(ONE, "echo '; mine' >> /etc/asterisk/trunks/sip/carrier_a.conf")
    report = tmp_path / "drift.json"
    told = run_site(playbook=DRIFT, extra_vars={"drift_format": "json", "drift_file": str(report)})
    assert told.rc == 2, told
    assert [(line["dialer"], line["kind"], line["what"]) for line in json.loads(report.read_text())["lines"] if line["level"] == "drift"] == [
        (ONE, "edited", "sip/carrier_a.conf was edited"),
    ]
