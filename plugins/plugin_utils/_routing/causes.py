# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hangup causes of a failed number and those of a failed trunk.

The numbers are Q.850 causes as Asterisk sets them in HANGUPCAUSE, with the SIP responses that lead to them in chan_sip
and chan_pjsip of Asterisk 16 (hangup_sip2cause in channels/chan_sip.c, and measured with carriers that send each
response). DIALSTATUS cannot distinguish an invalid number from a dead trunk: both are CHANUNAVAIL.
"""
from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_trace
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Trunk

# The number is invalid, busy, unanswered or was rejected by the called person: another trunk would ring it again.
NUMBER_FAILED: tuple[int, ...] = (1, 16, 17, 19, 22, 28)

# A redirection (SIP 3xx) counts as Q.850's "redirection to new destination". Asterisk sets no cause for it (measured:
# BUSY, cause 0, and no final response in HANGUPCAUSE()). It is not followed, so that the trunk has failed.
REDIRECTED = call_trace.REDIRECTED

# The trunk failed: another one may reach the number.
TRUNK_FAILED: tuple[int, ...] = (3, 18, 20, REDIRECTED, 27, 34, 38, 41, 42, 44, 58, 102)

# What each cause is, for people, with the SIP responses that lead to it.
MEANINGS: dict[int, str] = {
    0: "no cause (cancelled before a response)",
    1: "number does not exist (404, 604)",
    3: "no route: PJSIP has no reachable contact",
    16: "normal clearing",
    17: "busy (486, 600)",
    18: "no response, or 408",
    19: "no answer (480)",
    20: "peer unreachable, no INVITE was sent",
    21: "rejected: by the called person (603), or by the carrier (401, 403, 407)",
    22: "number changed (410)",
    REDIRECTED: "redirected (301, 302, 305)",
    27: "destination out of order (502)",
    28: "address incomplete (484)",
    34: "no circuit available (503)",
    38: "network out of order (500)",
    41: "temporary failure",
    42: "congestion",
    44: "channel not available",
    58: "no common codec (488, 606)",
    102: "timeout in the network (504)",
}

# 603: the called person declines; 403 (or failed authentication): the carrier refuses the call. Both are cause 21. The
# SIP code distinguishes them, and for 403 the trunk's `fail_over_on_forbidden` decides.
REJECTED = 21
DECLINED_SIP_CODE = 603

# The cause without any response. A carrier that responds with 408 leads to the same cause, but with a SIP response.
SILENT = 18

# The cause of a trunk's new channel that exceeds max_calls (context trunks-capacity). If a carrier sends cause 44,
# there is a SIP response.
FULL = 44

# The cause of a call after all trunks have failed: VICIdial keeps the lead callable. Its logger handles CONGESTION with
# cause 1, 19, 21, 34, 38 or 102 only, whatever enhanced_disconnect_logging is.
NO_TRUNK_LEFT = 42

# Cool-down: seconds for which a trunk that did not respond is passed over. One call pays the wait of 6.4 s (64 x T1 of
# RFC 3261 with the T1 of 100 ms that chan_sip takes for a peer that it has measured), not every call; and the trunk
# carries calls again at the latest this long after it has come back.
COOL_DOWN = 10

# Seconds by which the cool-down is extended while one call tries the trunk again: what that call waits if there is
# still no response.
COOL_DOWN_TRIAL = 7

# Seconds without any response, not even 100, after which a trunk is put into cool-down if the caller hangs up first.
# A reachable carrier sends 100 within 200 ms (RFC 3261, 17.2.1), and INVITE has then been sent four times.
NO_RESPONSE_AFTER = 4


# Seconds that an attempt waits for a trunk that does not respond: chan_sip gives up 64 x T1 after the INVITE. T1 is
# 100 ms for a peer that it has measured by qualify, else the 500 ms of RFC 3261 (17.1.1.2, timer B).
SILENT_WAIT_MEASURED, SILENT_WAIT = 6.4, 32.0

# chan_iax2 gives up after twice the qualify timeout, without a cause (measured: Asterisk 16.28).
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


def by_fault() -> dict[str, object]:
    """Return by what the health monitor tells whose fault a failed attempt is, as C(faults.of) takes it."""
    return {
        "number": NUMBER_FAILED,
        "trunk": TRUNK_FAILED,
        "rejected": REJECTED,
        "declined": DECLINED_SIP_CODE,
        "silent": SILENT,
        "no_response_after": NO_RESPONSE_AFTER,
    }


def meaning(cause: int) -> str:
    """Return what a cause is, for people."""
    return MEANINGS.get(cause, "another cause")


def fault(cause: int) -> str:
    """Return whose failure a cause is: ``number``, ``trunk``, or ``either`` where the cause alone does not tell."""
    return "number" if cause in NUMBER_FAILED else "trunk" if cause in TRUNK_FAILED else "either"


def expression(causes: tuple[int, ...]) -> str:
    """Return the causes as a regular expression for the dialplan's REGEX(), for example ``^(1|17)$``."""
    return "^(" + "|".join(str(cause) for cause in causes) + ")$"
