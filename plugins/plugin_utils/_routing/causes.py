# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hangup cause is the number's and which is the trunk's: the one list of causes.

The numbers are Q.850 causes as Asterisk puts them into HANGUPCAUSE, with the SIP answers that lead to them in chan_sip
and chan_pjsip of Asterisk 16 (hangup_sip2cause in channels/chan_sip.c, and measured against carriers that really send
each answer). DIALSTATUS cannot tell a dead number from a dead trunk: both are CHANUNAVAIL.
"""
from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_trace
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Trunk

# The number is dead, busy, unanswered or was rejected by the person called: another trunk would ring it again.
NUMBER_FAILED: tuple[int, ...] = (
    1,    # 404, 604: unallocated
    16,   # normal clearing
    17,   # 486, 600: busy
    19,   # 480: no answer
    22,   # 410: number changed
    28,   # 484: address incomplete
)

# What a redirection (SIP 3xx) counts as: Q.850's "redirection to new destination". Asterisk gives it no cause of its
# own (measured: BUSY, cause 0, and no final answer in HANGUPCAUSE()). It is not followed, so that it is the trunk that
# did not take the call.
REDIRECTED = call_trace.REDIRECTED

# The trunk failed: another one may reach the number.
TRUNK_FAILED: tuple[int, ...] = (
    3,    # PJSIP without a reachable contact
    18,   # 408, or no answer to INVITE at all
    20,   # peer UNREACHABLE, no INVITE was sent
    REDIRECTED,  # 301, 302, 305
    27,   # 502
    34,   # 503
    38,   # 500
    41,   # temporary failure
    42,   # congestion
    44,   # channel not available
    58,   # 488, 606: no common codec
    102,  # 504
)

# 603 is the person called who declines, 403 (or failed authentication) the carrier who refuses us. Both are cause 21;
# the SIP code tells them apart, and for 403 the trunk's `fail_over_on_forbidden` decides.
REJECTED = 21
DECLINED_SIP_CODE = 603

# What silence ends as. A carrier that really answers 408 gives the same cause, but leaves its SIP answer behind.
SILENT = 18

# The cause of a trunk's new channel that exceeds max_calls (context trunks-capacity). A carrier that really sends cause
# 44 leaves its SIP response behind.
FULL = 44

# How the call ends when no trunk took it: VICIdial keeps the lead callable then. Its logger looks at CONGESTION only
# with cause 1, 19, 21, 34, 38 or 102, whatever enhanced_disconnect_logging is.
NO_TRUNK_LEFT = 42

# Cool-down: seconds for which a trunk that did not respond is passed over. One call pays the wait of 6.4 s (64 x T1 of
# RFC 3261 with the T1 of 100 ms that chan_sip takes for a peer that it has measured), not every call; and the trunk
# carries calls again at the latest this long after it has come back.
COOL_DOWN = 10

# Seconds by which the cool-down is extended while one call tries the trunk again: what that call waits if there is
# still no response.
COOL_DOWN_TRIAL = 7

# Seconds without any response, not even 100, after which a trunk is put into cool-down when the caller hangs up first.
# A carrier that is there says 100 within 200 ms (RFC 3261, 17.2.1), and INVITE has then been sent four times.
NO_RESPONSE_AFTER = 4


# Seconds that an attempt waits on a trunk that says nothing: chan_sip gives up 64 x T1 after the INVITE, and takes
# 100 ms for T1 on a peer that it has measured by qualify, else the 500 ms of RFC 3261 (17.1.1.2, timer B).
SILENT_WAIT_MEASURED, SILENT_WAIT = 6.4, 32.0

# chan_iax2 gives up after twice the time that qualify lets an answer take, without a cause (seen: Asterisk 16.28).
IAX2_SILENT_WAIT = 2


def longest_wait(trunks: Sequence[Trunk], attempts: int) -> float:
    """Return the seconds that a call waits when no trunk that it may try responds, the slowest ones being tried."""
    return sum(sorted(map(_silent_wait, trunks), reverse=True)[:attempts])


def _silent_wait(trunk: Trunk) -> float:
    wait = _driver_wait(trunk)
    return min(wait, trunk.ring_timeout) if trunk.ring_timeout else wait


def _driver_wait(trunk: Trunk) -> float:
    if trunk.qualify.enabled and trunk.protocol == "sip":
        return SILENT_WAIT_MEASURED
    if trunk.qualify.enabled and trunk.protocol == "iax2":
        return IAX2_SILENT_WAIT * trunk.qualify.timeout / 1000
    return SILENT_WAIT


def expression(causes: tuple[int, ...]) -> str:
    """The causes as a regular expression for the dialplan's REGEX(), for example ``^(1|17)$``."""
    return "^(" + "|".join(str(cause) for cause in causes) + ")$"
