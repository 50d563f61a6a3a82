# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Returns rows of carriers as data for people and playbooks, secrets hidden."""

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

_TEXTS = ('carrier_name', 'carrier_description', 'registration_string', 'account_entry', 'globals_string',
          'dialplan_entry')


def described(row):
    """Return the row with its secrets hidden, and what is derived from it (owner, kind, peers and so on)."""
    owner, name = table.owner(row)
    shown = dict(row, active=row['active'] == 'Y')
    for column in _TEXTS:
        shown[column] = masking.mask(table.normal(row[column]), column)
    shown.update(owner=owner, name=name, kind=table.kind_of(row), revision=table.revision(row),
                 peers=checks.peers_of(row), extensions=checks.extensions_of(row), globals=checks.globals_of(row))
    return shown


def described_server(row):
    """Return a row of ``servers`` with true and false for Y and N."""
    return {key: value == 'Y' if value in ('Y', 'N') and key not in ('server_id', 'server_ip') else value
            for key, value in row.items()}


def chosen(rows, server_ips=None, names=None):
    """Yield the rows of these dialers, including those for every dialer, and the managed rows with these names. None
    means all."""
    for row in rows:
        if server_ips is not None and row['server_ip'] not in list(server_ips) + [table.EVERY_DIALER]:
            continue
        if names is not None and not (table.owner(row)[0] == 'managed' and table.owner(row)[1] in names):
            continue
        yield row


def perform(settings, options):
    """Read the rows and return the result of ``vicidial_carriers_info``. Raises DatabaseError."""
    connection = database.connect(settings)
    try:
        state = store.read(connection.cursor())
    except database.errors() as error:
        raise database.DatabaseError('%s: %s' % (database.where(settings), database.explain(error)))
    finally:
        connection.close()
    return dict(
        carriers=[described(row) for row in chosen(state.rows, options.get('server_ips'), options.get('names'))],
        servers=[described_server(state.servers[ip]) for ip in sorted(state.servers)],
    )
