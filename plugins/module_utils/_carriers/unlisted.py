# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds managed rows of servers that are no host of the inventory, such as a dialer that was taken out of it. Pure.

Two inventories may describe one database, each some of its dialers. To this one, a dialer of the other looks like one
that was taken out. What tells them apart is VICIdial: as long as it has a server active, its rows may be in use, and
stay. Without an active server no generator reads them.
"""

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER

ACTIVE, INACTIVE, ABSENT = 'active', 'inactive', 'absent'

_VICIDIAL = {ACTIVE: 'VICIdial has this server active', INACTIVE: 'VICIdial has this server inactive',
             ABSENT: 'VICIdial has no such server any more'}
_STAY = ('it may be a dialer of another inventory, so the rows stay. If it is, add it to this inventory outside of the '
         'group dialers; if the dialer is taken out, set active and active_asterisk_server of its row of servers to N')


def state(server_ip, servers):
    """Return how VICIdial has a server: ACTIVE, INACTIVE or ABSENT. ``servers``: {server_ip: row of ``servers``}."""
    row = servers.get(server_ip)
    if row is None:
        return ABSENT
    return ACTIVE if 'Y' in (row['active'], row['active_asterisk_server']) else INACTIVE


def is_out(server_ip, known, servers):
    """Return whether a server is neither a host of the inventory nor active in VICIdial. ``known``: as for C(find)."""
    return (known is not None and server_ip not in (None, EVERY_DIALER) and server_ip not in known
            and state(server_ip, servers) != ACTIVE)


def find(rows, known, servers, prune):
    """Return [Change] of the managed rows on servers that are not among ``known``; none if that is None.

    ``rows``: the table, a Rows. ``known``: the server_ip of all hosts of the inventory. With ``prune``, the rows of
    servers that are not active are removed; all others are left.
    """
    changes = []
    for key, same in sorted(rows.managed.items()) if known is not None else ():
        if key[1] == EVERY_DIALER or key[1] in known:
            continue
        pruned = bool(prune) and is_out(key[1], known, servers)
        changes += [table.leftover(key, row, pruned) for row in same]
    return changes


def report(changes, servers):
    """Return [{server_ip, vicidial, carriers, text}] of the changes that C(find) returns, one for each server.

    ``vicidial``: C(state) of the server; ``carriers``: the carrier_id of its rows; ``text``: a warning.
    """
    found = []
    for server_ip in sorted({change.server_ip for change in changes}):
        here = [change for change in changes if change.server_ip == server_ip]
        how = state(server_ip, servers)
        if how == ACTIVE:
            what = _STAY
        elif here[0].step:
            what = 'the rows are removed'
        else:
            what = 'the rows stay, since dialer_prune is off'
        carriers = sorted(change.carrier_id for change in here)
        text = ('%s: no host of the inventory has this server_ip, and it has managed rows (%s). %s: %s'
                % (server_ip, ', '.join(carriers), _VICIDIAL[how], what))
        found.append(dict(server_ip=server_ip, vicidial=how, carriers=carriers, text=text))
    return found
