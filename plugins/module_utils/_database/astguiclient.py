# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's own configuration file on a dialer, ``/etc/astguiclient.conf``: its address and its database login."""

import io
import re

PATH = '/etc/astguiclient.conf'

# VICIdial's scripts drop blanks and '>' anywhere, cut at '#' and ';', and use what follows the last '='. Values must be
# read the same way, or the login would differ from theirs.
_DROPPED = re.compile(r'[ >\n\r\t]|#.*|;.*')
_NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')


def parse(text):
    """Return {name: value} of each ``NAME => value`` line; of two lines with one name, the later one counts."""
    values = {}
    for line in text.split('\n'):
        line = _DROPPED.sub('', line)
        name = _NAME.match(line)
        if name and '=' in line:
            values[name.group(0)] = line.rpartition('=')[2]
    return values


def load(path=PATH):
    """Return C(parse) of the file, or None if there is no such file. Raises IOError/OSError if it is unreadable."""
    try:
        # Latin-1 reads any byte, and the names and addresses that matter are ASCII.
        with io.open(path, encoding='latin-1') as handle:
            return parse(handle.read())
    except (IOError, OSError) as error:
        if error.errno == 2:
            return None
        raise


def server_ip(values):
    """Return the dialer's own address in VICIdial (VARserver_ip), or None."""
    return (values or {}).get('VARserver_ip') or None


def database_login(values):
    """Return the login as a dictionary of host, port (int), database, user, password, with those that the file sets."""
    login = {}
    for key, name in (('host', 'VARDB_server'), ('port', 'VARDB_port'), ('database', 'VARDB_database'),
                      ('user', 'VARDB_user'), ('password', 'VARDB_pass')):
        value = (values or {}).get(name)
        if value:
            login[key] = value
    if 'port' in login:
        try:
            login['port'] = int(login['port'])
        except ValueError:
            del login['port']
    return login
