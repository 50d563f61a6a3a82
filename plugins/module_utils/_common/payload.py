# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs arguments that hold secrets into one opaque string for the target.

Ansible logs a module's arguments on the target and shows them at ``-vvv``. An option with ``no_log`` is left out of
both, but every string in it is then also hidden in the diff. One JSON string is hidden as a whole and matches nothing
in a diff.
"""

import json

OPTION = dict(payload=dict(type='str', no_log=True))


def pack(value):
    """Return the value as the string of the module's option."""
    return json.dumps(value, sort_keys=True)


def unpack(text):
    """Return the value that C(pack) has packed; an empty dictionary for an empty text or None."""
    return json.loads(text) if text else {}
