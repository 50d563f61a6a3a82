# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease by which calls pass a trunk over: the commands that set and release it in the running Asterisk. Pure.

The dialplan has a global variable per trunk with the end of its cool-down in seconds since the epoch. Calls pass the
trunk over until then; afterwards one call tries it. A lease is the same variable with a later end, so that it costs
calls nothing more, and ends by itself when it is no longer renewed.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import dialplan_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.route_held import COOL_DOWN

LEASE = 55      # seconds: the trunk of a monitor that has died is tried again within a minute
RENEW = 30      # seconds left at which it is renewed. More than the dialplan's 10, for a response to end no lease
OURS = 17       # seconds ahead that only a lease can be: the dialplan sets 10, or 7 in a trial
_SLACK = 5      # seconds; a lease that ends later than this after LEASE was set before the clock was set back
_MOST, _LONGEST = 1000, 32      # variables that are read, and characters of a value

_NAME = re.compile(r'[A-Za-z0-9_.-]{1,79}')
_SECONDS = re.compile(r'[0-9]{1,12}')


def parse_globals(text):
    """Return {trunk: value} of the cool-downs in C(dialplan show globals). A value is any text of up to 32 characters,
    empty without a cool-down. Trunks need not be known ones."""
    found = {}
    for name, value in dialplan_parsers.global_values(text).items():
        trunk = name[len(COOL_DOWN):]
        if name.startswith(COOL_DOWN) and _NAME.fullmatch(trunk) and len(found) < _MOST:
            found[trunk] = value[:_LONGEST]
    return found


def commands(passed_over, held, now, known):
    """Return the CLI commands after which exactly the trunks in ``passed_over`` have a lease, sorted by trunk.

    ``held``: of C(parse_globals). ``known``: the names of all trunks of this dialer; no other name gets into a command.
    To be called at least each RENEW - OURS seconds.

    A lease is released by a time that has passed, since not every version's CLI can set an empty value: the next call
    tries the trunk while the others pass it over for some seconds, and its response empties the variable.
    """
    found = []
    for trunk in sorted(name for name in known if _NAME.fullmatch(name)):
        value = held.get(trunk, '')
        ahead = int(value) - now if _SECONDS.fullmatch(value) else None
        if trunk in passed_over:
            if ahead is None or not RENEW <= ahead <= LEASE + _SLACK:
                found.append(_set(trunk, now + LEASE))
        elif value and (ahead is None or ahead > OURS):
            found.append(_set(trunk, now - 1))
    return found


def _set(trunk, end):
    return 'dialplan set global %s%s %d' % (COOL_DOWN, trunk, int(end))
