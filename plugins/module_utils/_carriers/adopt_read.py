# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What adopting has to know: the carriers of VICIdial as they stand, or the peers in a plain Asterisk's files, and what
the files say for all peers."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, conf_files, parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

# The options of [general] that a peer takes over where it names none; no other leaves the dialer.
COMMON = ('allow', 'disallow', 'context', 'nat', 'directmedia', 'canreinvite', 'dtmfmode', 'transport', 'qualify',
          'qualifyfreq', 'transfer')
FILES = dict({one.protocol: one.conf for one in TECHNOLOGIES.values()}, wizard='pjsip_wizard.conf')
WITH_GENERAL = ('sip', 'iax2')


def general(lines):
    """[[option, value]] of those of COMMON that the sections [general] name, in order."""
    return [list(option) for option in conf_files.options(lines, 'general') if option[0] in COMMON]


def _read(protocols, etc):
    """{protocol: lines} of the conf files, what this collection includes there left out; None for one that cannot be
    read."""
    return {protocol: conf_files.read(FILES[protocol], etc, ours=False) for protocol in protocols}


def _general(files):
    return {protocol: general(files[protocol]) for protocol in WITH_GENERAL if files[protocol] is not None}


# Dialplans that administrators write into other tables; the column is missing in old versions of VICIdial.
_CUSTOM = ('servers', 'system_settings', 'vicidial_call_menu')


def _custom(cursor):
    """The dialplans of tables other than the carriers'."""
    texts = []
    for table in _CUSTOM:
        cursor.execute('SELECT COUNT(*) FROM information_schema.columns WHERE table_schema=DATABASE() '
                       "AND table_name=%s AND column_name='custom_dialplan_entry'", [table])
        if cursor.fetchone()[0]:
            cursor.execute('SELECT custom_dialplan_entry FROM ' + table)
            texts += [row[0] or '' for row in cursor.fetchall()]
    return texts


def _running(asterisk):
    """(the global variables of the running Asterisk, the text of its dialplan); the text is None where Asterisk cannot
    be asked."""
    try:
        variables = parsers.global_values(asterisk.run('dialplan show globals'))
        return variables, '\n'.join(list(variables.values()) + [asterisk.run('dialplan show')])
    except cli.AsteriskError:
        return {}, None


_SHOWN = {
    'SIP': (('sip show peers', parsers.sip_peers), ('sip show registry', parsers.sip_registry)),
    'IAX2': (('iax2 show peers', parsers.iax2_peers), ('iax2 show registry', parsers.iax2_registry)),
}


def states(asterisk):
    """{technology: [its peers, its registrations]} as the running Asterisk shows them; without those that it does not
    show."""
    found = {}
    for technology, shown in _SHOWN.items():
        try:
            found[technology] = [parse(asterisk.run(command)) for command, parse in shown]
        except (cli.AsteriskError, ValueError):
            continue
    return found


def read(settings, asterisk=None):
    """Rows, templates, campaigns, [general], and what the running dialplan dials, as one dictionary; it holds secrets.
    Raises DatabaseError."""
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
    general_options = _general(_read(WITH_GENERAL, conf_files.ETC))
    asterisk = asterisk or cli.Cli()
    variables, dialplan = _running(asterisk)
    elsewhere = None if dialplan is None else parsers.dialled_peers('\n'.join(custom + [dialplan]))
    return dict(rows=state.rows, templates=templates, campaigns=campaigns, general=general_options,
                globals=variables, elsewhere=elsewhere, states=states(asterisk))


def read_files(etc=conf_files.ETC):
    """The texts of C(FILES) with what they include, by protocol, and C(general); for a plain Asterisk. They hold
    secrets."""
    files = _read(FILES, etc)
    texts = {protocol: '\n'.join(line.text for line in lines or ()) for protocol, lines in files.items()}
    return dict(texts=texts, general=_general(files))
