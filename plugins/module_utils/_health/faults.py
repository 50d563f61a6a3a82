# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whose fault it was that an attempt failed, and whether the trunk responded. Pure.

The causes are the ones by which the dialplan fails over; they come with the orders. A carrier that refuses calls (403,
or a login that it does not accept) fails by its own fault here, whether the description lets such a call go on or not.
"""

TRUNK, NUMBER, NOBODY = 'trunk', 'number', ''
_REFUSED = (401, 403, 407)


def responded(attempt, causes, technology, seconds):
    """Return whether anything came from the trunk: True, False if the attempt waited for it in vain, or None.

    False is what starts the dialplan's cool-down. None: it is not known, since the caller gave up early, no INVITE was
    sent, or it is a cancelled call by IAX2, which does not tell. The arguments are those of C(of).
    """
    if attempt['result'] in ('ANSWER', 'BUSY') or attempt['sip'] is not None or attempt['pdd_ms'] is not None:
        return True
    if attempt['result'] in ('CANCEL', 'NOANSWER'):
        waited = technology != 'IAX2' and (seconds or 0) >= causes['no_response_after']
        return False if waited else None
    if attempt['cause'] in causes['number']:
        return True
    # chan_iax2 gives up without a cause.
    given_up = attempt['cause'] == causes['silent'] or (
        technology == 'IAX2' and attempt['result'] == 'CONGESTION' and not attempt['cause'])
    return False if given_up else None


def of(attempt, causes, technology, seconds):
    """Return TRUNK, NUMBER, or NOBODY for a call that was answered, not answered or given up.

    ``causes``: number and trunk (lists of Q.850 causes), rejected (the cause of 403 and 603), declined (603), silent
    (the cause without any response), and no_response_after (seconds after which a trunk without any response is silent,
    as for the dialplan). ``technology`` of the trunk; ``seconds`` of the attempt, or None.
    """
    result, cause, sip = attempt['result'], attempt['cause'], attempt['sip']
    if result == 'ANSWER':
        return NOBODY
    if result in ('CANCEL', 'NOANSWER'):
        return TRUNK if responded(attempt, causes, technology, seconds) is False else NOBODY
    if sip in _REFUSED:
        return TRUNK
    if cause in causes['number'] or sip == causes['declined']:
        return NUMBER
    if cause in causes['trunk'] or cause == causes['rejected'] or result in ('CHANUNAVAIL', 'CONGESTION'):
        return TRUNK
    return NUMBER
