# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab without VICIdial, as molecule/asterisk describes it."""
from __future__ import annotations

from typing import Any

import yaml

from support.lab.playbooks import Run, site
from support.paths import ROOT

SCENARIO = ROOT / "molecule/asterisk/inventory"
INVENTORY = str(SCENARIO / "hosts.yml")
SITE = yaml.safe_load((SCENARIO / "group_vars/dialers/trunks.yml").read_text(encoding="utf-8"))


def run_site(*arguments: str, **options: Any) -> Run:
    """site.yml with the scenario's inventory."""
    return site(*arguments, inventory=INVENTORY, **options)
