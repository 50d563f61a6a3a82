# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what is to be adopted: the carriers in VICIdial's database, or the peers in the files of a plain Asterisk, and
the options that the files set for all peers."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_files
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC, TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

# The options of [general] that a peer without its own inherits. No other option is returned from the dialer.
COMMON = ('allow', 'disallow', 'context', 'nat', 'directmedia', 'canreinvite', 'dtmfmode', 'transport', 'qualify',
          'qualifyfreq', 'transfer')
FILES = dict({one.protocol: one.conf for one in TECHNOLOGIES.values()}, wizard='pjsip_wizard.conf')
WITH_GENERAL = ('sip', 'iax2')


def general(lines):
    """Return [[option, value]] for the options of COMMON that the sections [general] set, in order."""
    return [list(option) for option in conf_files.options(lines, 'general') if option[0] in COMMON]


def _read(protocols, etc):
    """Return {protocol: lines} of the conf files, without this collection's own includes; None for a file that cannot
    be read."""
    return {protocol: conf_files.read(FILES[protocol], etc, own_includes=False) for protocol in protocols}


def _general(files):
    return {protocol: general(files[protocol]) for protocol in WITH_GENERAL if files[protocol] is not None}


def read(settings):
    """Return rows, templates, campaigns and [general] as one dictionary. It holds secrets. Raises DatabaseError."""
    connection = database.connect(settings)
    try:
        cursor = connection.cursor()
        state = store.read(cursor)
        cursor.execute('SELECT template_id, template_contents FROM vicidial_conf_templates')
        templates = {name: contents or '' for name, contents in cursor.fetchall()}
        cursor.execute('SELECT campaign_id, dial_prefix, manual_dial_prefix FROM vicidial_campaigns '
                       'ORDER BY campaign_id')
        campaigns = [dict(campaign_id=name, dial_prefix=prefix or '', manual_dial_prefix=manual or '')
                     for name, prefix, manual in cursor.fetchall()]
    except database.errors() as error:
        raise database.DatabaseError('%s: %s' % (database.where(settings), database.explain(error)))
    finally:
        connection.close()
    general_options = _general(_read(WITH_GENERAL, ETC))
    return dict(rows=state.rows, templates=templates, campaigns=campaigns, general=general_options)


def read_files(etc=ETC):
    """The texts of C(FILES) with what they include, by protocol, and C(general); for a plain Asterisk. They hold
    secrets."""
    files = _read(FILES, etc)
    texts = {protocol: '\n'.join(line.text for line in lines or ()) for protocol, lines in files.items()}
    return dict(texts=texts, general=_general(files))
