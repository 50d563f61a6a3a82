# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what holds secrets travels to a dialer: as one opaque string.

Ansible logs a module's arguments on the target and shows them at ``-vvv``. An option marked ``no_log`` is left out of
both, but every string in it is then blanked out of the diff too. One JSON string is hidden as a whole and matches
nothing that a diff shows.
"""

import json

OPTION = dict(payload=dict(type='str', no_log=True))


def pack(value):
    """The value as the module option's string."""
    return json.dumps(value, sort_keys=True)


def unpack(text):
    """What C(pack) was given; an empty dictionary when there was nothing."""
    return json.loads(text) if text else {}
