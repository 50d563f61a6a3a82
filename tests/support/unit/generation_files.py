# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a small generation, by their paths in it."""
from __future__ import annotations

BASE = {"extensions.conf": "#tryinclude trunks/generation.conf\n"}
PEER_A = "[carrier_a]\ndescription=[trunks @] A\n"
PEER_B = "[carrier_b]\ndescription=[trunks @] B\n"
ROUTE = "[trunks-route-us]\nexten => h,1,NoOp()\n"
SIP = {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER_A, "sip/carrier_b.conf": PEER_B}
CURRENT = {**BASE, **SIP, "routes/us.conf": ROUTE, "rtp.conf": "rtpstart=1\n", "nftables.conf": "table\n", "repair.agi": "#!"}
