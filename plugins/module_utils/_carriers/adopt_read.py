# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what is to be adopted: the carriers in VICIdial's database, or the peers in the files of a plain Asterisk, and
the options that the files set for all peers."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, conf_files, dialplan_parsers
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


# Dialplans that administrators write into other tables; the column is missing in old versions of VICIdial.
_CUSTOM = ('servers', 'system_settings', 'vicidial_call_menu')


def _custom(cursor):
    """Return the dialplans of tables other than the carriers'."""
    texts = []
    for table in _CUSTOM:
        cursor.execute('SELECT COUNT(*) FROM information_schema.columns WHERE table_schema=DATABASE() '
                       "AND table_name=%s AND column_name='custom_dialplan_entry'", [table])
        if cursor.fetchone()[0]:
            cursor.execute('SELECT custom_dialplan_entry FROM ' + table)
            texts += [row[0] or '' for row in cursor.fetchall()]
    return texts


def _running(asterisk):
    """Return (the global variables of the running Asterisk, the text of its dialplan); the text is None if Asterisk
    cannot be asked."""
    try:
        variables = dialplan_parsers.global_values(asterisk.run('dialplan show globals'))
        return variables, '\n'.join(list(variables.values()) + [asterisk.run('dialplan show')])
    except cli.AsteriskError:
        return {}, None


def states(asterisk):
    """Return {technology: [its peers, its registrations]} of chan_sip and chan_iax2 as the running Asterisk shows them.
    A driver that is not loaded, or cannot be asked, is missing."""
    found = {}
    for technology in ('SIP', 'IAX2'):
        try:
            shown = [asterisk.peers(technology), asterisk.registrations(technology)]
        except cli.AsteriskError:
            continue
        if None not in shown:
            found[technology] = shown
    return found


def read(settings, asterisk=None):
    """Return rows, templates, campaigns, [general], and what the running dialplan dials, as one dictionary. It holds
    secrets. Raises DatabaseError."""
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
        custom = _custom(cursor)
    except database.errors() as error:
        raise database.DatabaseError('%s: %s' % (database.where(settings), database.explain(error)))
    finally:
        connection.close()
    general_options = _general(_read(WITH_GENERAL, ETC))
    asterisk = asterisk or cli.Cli()
    variables, dialplan = _running(asterisk)
    elsewhere = None if dialplan is None else dialplan_parsers.dialled_peers('\n'.join(custom + [dialplan]))
    return dict(rows=state.rows, templates=templates, campaigns=campaigns, general=general_options,
                globals=variables, elsewhere=elsewhere, states=states(asterisk))


def read_files(etc=ETC):
    """The texts of C(FILES) with what they include, by protocol, and C(general); for a plain Asterisk. They hold
    secrets."""
    files = _read(FILES, etc)
    texts = {protocol: '\n'.join(line.text for line in lines or ()) for protocol, lines in files.items()}
    return dict(texts=texts, general=_general(files))
