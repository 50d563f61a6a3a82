# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of what a description makes, each with a tag of its name."""

# Files on a dialer.
PARTS = ('sip_peers', 'dialplan', 'rtp', 'firewall')
# What VICIdial's rows have to be while a generation is in force: rows/trunk-NAME.json, rows/route-NAME.json in it.
ROWS = 'carriers'
