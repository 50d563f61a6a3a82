# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads VICIdial's log of calls in groups of equal ends, for a report of dialers without a monitor.

``vicidial_carrier_log`` has one row per call, of its last attempt, and no column that names a carrier
(docs/vicidial.md 1.1.3).
"""

from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

MOST_GROUPS = 200000
COLUMNS = ('server_ip', 'step', 'dialstatus', 'cause', 'sip', 'calls', 'talk_s', 'talks')
# The index of call_date finds the rows. Both conversions of time use the time zone of the database server, in which
# VICIdial writes its times.
SELECT = (
    "SELECT server_ip, FLOOR((UNIX_TIMESTAMP(call_date) - %s) / %s) AS step, IFNULL(dialstatus, ''), "
    "IFNULL(hangup_cause, 0), IFNULL(sip_hangup_cause, 0), COUNT(*), IFNULL(SUM(answered_time), 0), "
    "IFNULL(SUM(answered_time > 0), 0) FROM vicidial_carrier_log "
    "WHERE call_date >= FROM_UNIXTIME(%s) AND call_date < FROM_UNIXTIME(%s) AND server_ip IN ({places}) "
    "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT {limit}")


class TooMuch(Exception):
    """The log has too many different ends. The text says what to do."""


def groups(cursor, period, server_ips):
    """Return the calls of these servers in the period as lists in the order of COLUMNS. C(step): a number from 0 on."""
    if not server_ips:
        return []
    query = SELECT.format(places=', '.join(['%s'] * len(server_ips)), limit=MOST_GROUPS + 1)
    cursor.execute(query, [period.since, period.length, period.since, period.until] + list(server_ips))
    found = [[row[0], int(row[1]), row[2]] + [int(value) for value in row[3:]] for row in cursor.fetchall()]
    if len(found) > MOST_GROUPS:
        raise TooMuch('vicidial_carrier_log has more than %d different ends of calls: ask for a shorter period'
                      % MOST_GROUPS)
    return found


def read(settings, period, server_ips):
    """Return C(groups) of the database with this login. Raises DatabaseError, TooMuch."""
    connection = database.connect(settings)
    try:
        return groups(connection.cursor(), period, server_ips)
    except database.errors() as error:
        raise database.DatabaseError('%s: %s' % (database.where(settings), database.explain(error)))
    finally:
        connection.close()
