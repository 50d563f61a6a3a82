# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A carrier that asks for the login on every call, and one that calls from several gateways."""
from __future__ import annotations

import time

import pytest

from support.lab.calls import auto_dial, times_received
from support.lab.machines import ONE, OTHER, asterisk, lab, sh
from support.lab.playbooks import SITE, described, site
from support.lab.running import channels
from support.waiting import wait_until

LOGIN = {"username": "your_account_1", "secret": "lab-secret-a"}


@pytest.mark.parametrize("protocol", ["sip", "pjsip"])
def test_a_call_logs_in_where_the_carrier_asks_for_it(restored, protocol):
    lab("auth", "a", "digest")
    try:
        run = site("--limit", ONE, extra_vars=described(carrier_a={"protocol": protocol, **LOGIN}))
        assert run.rc == 0, run
        before = times_received("a", "13125557701"), times_received("b", "13125557701")
        call = auto_dial(ONE, "13125557701")
        assert call["agent"] and (times_received("a", "13125557701"), times_received("b", "13125557701")) == (before[0] + 1, before[1])
        run = site("--limit", ONE, extra_vars=described(carrier_a={"protocol": protocol, **LOGIN, "secret": "not-the-one"}))
        assert run.rc == 0, run
        call = auto_dial(ONE, "13125557701")     # a login that is refused is the trunk's failure, not the number's
        assert call["agent"] and (times_received("a", "13125557701"), times_received("b", "13125557701")) == (before[0] + 1, before[1] + 1)
    finally:
        lab("auth", "a", "address")


def test_calls_come_in_from_every_gateway_of_a_trunk(restored):
    """The second dialer has no peer of the operator's at the second gateway."""
    trunk = {**SITE["dialer_trunks"][0], "signalling": ["198.18.10.10", "198.18.20.20"]}
    run = site("--limit", OTHER, extra_vars={"dialer_db_delegate": ONE, "dialer_trunks": [trunk], "dialer_prune": True, "dialer_routes": [
        {**SITE["dialer_routes"][0], "trunks": [{"name": "carrier_a"}]}]})
    assert run.rc == 0, run
    for carrier, name in (("a", "carrier_a"), ("b", "carrier_a.2")):
        sh(f"trunks-carrier-{carrier}", "asterisk -rx 'channel originate Local/13125550100*2@to-dialer application Wait 10'")
        wait_until(lambda name=name: "trunkinbound" in [found.context for found in channels(OTHER, f"SIP/{name}-")],
                   10, f"the call from carrier {carrier}")
        asterisk(f"trunks-carrier-{carrier}", "channel request hangup all")
        time.sleep(1)
