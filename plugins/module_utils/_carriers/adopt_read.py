# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What adopting has to know: the carriers of VICIdial as they stand, or the peers in a plain Asterisk's files, and what
the files say for all peers."""

import glob
import io
import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database

ETC = '/etc/asterisk'
# The options of [general] that a peer takes over where it names none; no other leaves the dialer.
COMMON = ('allow', 'disallow', 'context', 'nat', 'directmedia', 'canreinvite', 'dtmfmode', 'transport', 'qualify',
          'qualifyfreq', 'transfer')
FILES = (('sip', 'sip.conf'), ('pjsip', 'pjsip.conf'), ('wizard', 'pjsip_wizard.conf'), ('iax2', 'iax.conf'))
_DEPTH = 8      # of files that include files
_MOST = 500     # files: one that includes itself ends here at the latest


def general(text):
    """[[option, value]] of those of COMMON that the section [general] of a conf file names, in order.

    An included file opens sections of its own, so that the options behind it belong to the last of those.
    """
    found, inside = [], False
    for line in text.split('\n'):
        if line.lstrip().startswith('['):
            inside = line.strip().lower().startswith('[general]')
        elif inside and line.lstrip().startswith('#'):
            break
        elif inside:
            option = conf_lines.option(conf_lines.bare(line))
            if option and option[0].lower() in COMMON:
                found.append([option[0].lower(), option[1]])
    return found


def read_general(etc=ETC):
    """C(general) of sip.conf and iax.conf by protocol; without those that cannot be read."""
    found = {}
    for protocol, name in (('sip', 'sip.conf'), ('iax2', 'iax.conf')):
        try:
            path = os.path.join(etc, name)
            with cli.rights(etc), io.open(path, encoding='utf-8-sig', errors='replace') as handle:
                found[protocol] = general(handle.read())
        except (IOError, OSError):
            continue
    return found


def read(settings):
    """Rows, templates, campaigns and [general] as one dictionary; it holds secrets. Raises DatabaseError."""
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
    return dict(rows=state.rows, templates=templates, campaigns=campaigns, general=read_general())


def whole(path, etc=ETC, depth=0, read=None):
    """The text of a conf file with the files that it includes in their places, ours left out; '' without the file.
    C(read): the paths that have been read so far."""
    read = [] if read is None else read
    read.append(path)
    try:
        with io.open(os.path.join(etc, path), encoding='utf-8-sig', errors='replace') as handle:
            lines = handle.read().split('\n')
    except (IOError, OSError):
        return ''
    found = []
    for line in lines:
        include = conf_lines.INCLUDE.match(line)
        if include is None:
            found.append(line)
        elif depth < _DEPTH and not include.group(1).startswith('trunks'):
            names = sorted(glob.glob(os.path.join(etc, include.group(1))))
            found += [whole(name, etc, depth + 1, read) for name in names if len(read) < _MOST]
    return '\n'.join(found)


def read_files(etc=ETC):
    """The texts of C(FILES) by protocol, and C(read_general); for a plain Asterisk. They hold secrets."""
    with cli.rights(etc):
        texts = {protocol: whole(name, etc) for protocol, name in FILES}
    return dict(texts=texts, general=read_general(etc))
