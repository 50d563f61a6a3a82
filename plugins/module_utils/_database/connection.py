# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to VICIdial's database: login, errors that hold no secrets, and statements for many rows at once."""

import os
import re
import ssl
import traceback

from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient

try:
    import pymysql
    PYMYSQL_ERROR = None
except ImportError:
    pymysql = None
    PYMYSQL_ERROR = traceback.format_exc()

# For missing_required_lib().
LIBRARY_REASON = ("to reach VICIdial's database: package python3-pymysql on Debian, python3-PyMySQL on SUSE (VICIbox) "
                  "and RHEL, on the host where this module runs; dialer_db_delegate names another one")

OPTIONS = dict(
    login_host=dict(type='str'),
    login_port=dict(type='int'),
    login_user=dict(type='str'),
    login_password=dict(type='str', no_log=True),
    login_unix_socket=dict(type='path'),
    login_db=dict(type='str'),
    config_file=dict(type='path', default=astguiclient.PATH),
    ca_cert=dict(type='path'),
    check_hostname=dict(type='bool', default=True),
    connect_timeout=dict(type='int', default=10),
)

# Where "localhost" is, in the order of Debian, openSUSE (VICIbox) and RHEL. VICIdial's Perl scripts take the socket
# for that name as well, and a login may be granted for it alone.
SOCKETS = ('/run/mysqld/mysqld.sock', '/run/mysql/mysql.sock', '/var/run/mysql/mysql.sock', '/var/lib/mysql/mysql.sock')

# Statements are split into pieces of this many bytes, well below the max_allowed_packet of old servers, 1 MiB.
PIECE = 256 * 1024

# The time limit of one statement.
STATEMENT_SECONDS = 60

# The authentication plugins that send the password itself.
_CLEAR = (b'mysql_clear_password', b'dialog')

# Errors of the server with a text that contains names only, never values: unknown column, table, right, key.
_HARMLESS = frozenset([1044, 1054, 1142, 1143, 1146, 1205, 1213, 1290])


class DatabaseError(Exception):
    """The database cannot be used. The text is one line without values of rows or passwords."""


if pymysql:
    class _Connection(pymysql.connections.Connection):
        """Adds to PyMySQL what all of its versions lack for TLS.

        Later versions use TLS if the server offers it, without verifying certificates, but load all of the system's
        first, which takes 25 of the 70 ms of a run over a thousand rows. Earlier ones continue in clear if TLS was
        required and the server has none. All of them send the password itself to any server that requests it.
        """

        def __init__(self, **arguments):
            self._verifies = arguments.get('ssl') is not None
            super(_Connection, self).__init__(**arguments)

        def _create_ssl_ctx(self, sslp):
            if sslp:
                return sslp
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context

        def _request_authentication(self):
            if self._verifies and not self.server_capabilities & pymysql.constants.CLIENT.SSL:
                raise DatabaseError('it offers no TLS, which ca_cert requires; check that the server has a certificate '
                                    '(ssl_cert, ssl_key), or remove ca_cert')
            return super(_Connection, self)._request_authentication()

        def _process_auth(self, plugin_name, *arguments, **named):
            if plugin_name in _CLEAR and not (self._verifies or self.unix_socket):
                raise DatabaseError(
                    'it requests the password in clear (%s), which is sent to a verified server only: set ca_cert, use '
                    'the local socket, or a user with another authentication plugin'
                    % plugin_name.decode('ascii', 'replace'))
            return super(_Connection, self)._process_auth(plugin_name, *arguments, **named)


def login(params, exists=os.path.exists):
    """Return the argument of C(connect) from the module's options, completed from the config_file.

    Raises DatabaseError if neither has host or user.
    """
    path = params.get('config_file') or astguiclient.PATH
    try:
        values = astguiclient.load(path)
    except (IOError, OSError) as error:
        raise DatabaseError('cannot read %s: %s' % (path, error.strerror))
    found = astguiclient.database_login(values)
    for key, option in (('host', 'login_host'), ('port', 'login_port'), ('user', 'login_user'),
                        ('password', 'login_password'), ('database', 'login_db')):
        if params.get(option) not in (None, ''):
            found[key] = params[option]
    found.setdefault('database', 'asterisk')
    found.setdefault('port', 3306)
    found.setdefault('password', '')
    if params.get('login_unix_socket'):
        found['unix_socket'] = params['login_unix_socket']
    elif found.get('host') == 'localhost':
        sockets = [name for name in SOCKETS if exists(name)]
        if sockets:
            found['unix_socket'] = sockets[0]
    missing = []
    if not found.get('host') and not found.get('unix_socket'):
        missing.append('login_host')
    if not found.get('user'):
        missing.append('login_user')
    if missing:
        reason = 'does not exist' if values is None else 'does not set it'
        raise DatabaseError('no login for the database: %s is not given and %s %s'
                            % (' and '.join(missing), path, reason))
    if params.get('ca_cert') and not found.get('unix_socket'):
        found['ca_cert'] = params['ca_cert']
        found['check_hostname'] = params.get('check_hostname') is not False
    found['connect_timeout'] = params.get('connect_timeout') or 10
    return found


def where(settings):
    """Return the login for messages: database, host and port or socket, user; never the password."""
    place = settings['unix_socket'] if settings.get('unix_socket') else '%(host)s:%(port)s' % settings
    return 'database %s at %s as user %s' % (settings['database'], place, settings['user'])


def _verified_tls(settings):
    """Return the SSL context that verifies the server. Raises DatabaseError."""
    try:
        context = ssl.create_default_context(cafile=settings['ca_cert'])
    except (IOError, OSError) as error:
        raise DatabaseError('ca_cert: %s cannot be read as certificates on the host where this module runs: %s'
                            % (settings['ca_cert'], error.strerror or error))
    context.check_hostname = settings['check_hostname']
    # Python 3.13 would refuse the certificates that MySQL makes for itself.
    context.verify_flags &= ~getattr(ssl, 'VERIFY_X509_STRICT', 0)
    return context


def connect(settings):
    """Return a connection with autocommit (MyISAM has no transactions). Raises DatabaseError."""
    # PyMySQL's connect_timeout ends with the TCP handshake, which a server that hangs completes, too.
    limit = settings.get('connect_timeout') or 10
    arguments = dict(settings, charset='utf8mb4', autocommit=True, read_timeout=limit, write_timeout=STATEMENT_SECONDS)
    arguments.setdefault('host', 'localhost')
    arguments.pop('check_hostname', None)
    if arguments.pop('ca_cert', None):
        arguments['ssl'] = _verified_tls(settings)
    try:
        connection = _Connection(**arguments)
        connection._read_timeout = STATEMENT_SECONDS
        return connection
    except pymysql.err.MySQLError as error:
        raise DatabaseError('cannot reach %s: %s' % (where(settings), _why_unreachable(error)))
    except DatabaseError as error:
        raise DatabaseError('cannot log in to %s: %s' % (where(settings), error))
    except RuntimeError as error:
        raise DatabaseError('cannot log in to %s: %s' % (where(settings), _lacking(str(error))))
    except ssl.CertificateError as error:  # Python 3.6: no OSError
        raise DatabaseError('cannot reach %s: %s' % (where(settings), _distrusted(error)))
    except (IOError, OSError) as error:
        raise DatabaseError('cannot reach %s: %s' % (where(settings), error))


def _lacking(message):
    """Return what PyMySQL needs for this user's authentication plugin, and alternatives. ``message``: of PyMySQL."""
    before, required, _after = message.partition(' is required')
    named = [word for word in re.findall(r'\w+', before) if word != 'package']
    if not required or not named:
        return 'PyMySQL failed: ' + message
    name = named[-1]
    others = 'the local socket (login_unix_socket), or a user with mysql_native_password'
    if name == 'cryptography':
        others = 'TLS (ca_cert), ' + others
    return ('%s needs the Python package %s, which is missing on the host where this module runs: install it '
            '(python3-%s of the distribution), or use %s'
            % ('caching_sha2_password or sha256_password' if name == 'cryptography' else 'its authentication plugin',
               name, {'pynacl': 'nacl'}.get(name, name), others))


def _distrusted(error):
    return ('its certificate is not accepted: %s; check that ca_cert is the authority that signed it, and that it is '
            'valid for this login_host (check_hostname)' % (getattr(error, 'verify_message', '') or error))


def _why_unreachable(error):
    """Return the reason and what to check, from the error's number."""
    code = error.args[0] if error.args else 0
    if code in (2002, 2003):
        original = getattr(error, 'original_exception', None)
        if isinstance(original, (ssl.SSLError, ssl.CertificateError)):
            return _distrusted(original)
        reason = str(getattr(original, 'strerror', None) or original or 'no connection').lower()
        return (reason + '; check that the server runs and listens there, that no firewall blocks it, and the login_* '
                'options or VARDB_* in astguiclient.conf')
    if code in (1045, 1698):
        return 'login refused; check login_user, login_password, and that this user may log in from this host'
    if code in (1044, 1049):
        return 'no such database for this user; check login_db and the rights of the user'
    if code == 1130:
        return 'the server accepts no connection from this host; check the host part of its users'
    if code == 1040:
        return 'too many connections; check max_connections of the server'
    return 'error %s; check the login_* options and the log of the server' % code


def explain(error):
    """Return one line for an error of a statement: usually its number, since its text may quote the statement."""
    code = error.args[0] if error.args else 0
    if code in _HARMLESS and len(error.args) > 1:
        return 'error %s: %s' % (code, error.args[1])
    if code == 1062:
        return 'error 1062: the same carrier_id was written by another user at the same time'
    if code in (2006, 2013):
        return 'error %s: the connection was lost' % code
    return 'error %s (%s)' % (code, type(error).__name__)


def errors():
    """Return the exception classes that a statement can raise."""
    return (pymysql.err.MySQLError,) if pymysql else ()


def pieces(rows, limit=PIECE):
    """Return the rows (tuples of values) in lists of at most about ``limit`` bytes and at least one row each."""
    result, piece, size = [], [], 0
    for row in rows:
        weight = sum(len(value) if hasattr(value, '__len__') else 8 for value in row)
        if piece and size + weight > limit:
            result.append(piece)
            piece, size = [], 0
        piece.append(row)
        size += weight
    if piece:
        result.append(piece)
    return result


def insert(cursor, table, columns, rows, fixed=()):
    """Insert the rows with few statements. Returns the first id, in a table with auto_increment; None for no rows. The
    other ids are higher, but not consecutive if several servers write (auto_increment_increment).

    ``fixed``: (column, SQL expression) pairs with the same expression in every row, e.g. ('event_date', 'NOW()').
    """
    head = 'INSERT INTO %s (%s) VALUES ' % (table, ','.join(list(columns) + [name for name, sql in fixed]))
    place = '(%s)' % ','.join(['%s'] * len(columns) + [sql for name, sql in fixed])
    first = None
    for piece in pieces(rows):
        cursor.execute(head + ','.join([place] * len(piece)), [value for row in piece for value in row])
        first = cursor.lastrowid if first is None else first
    return first


def update(cursor, table, key, changes, guard='1=1'):
    """Update rows with few statements. ``changes``: [(key value, {column: new value})]; other columns stay.

    ``guard``: SQL condition, so that a row that was changed in the meantime is left alone.
    """
    flat = [(name,) + tuple(values.values()) + (values,) for name, values in changes]
    for piece in pieces(flat):
        columns = {}
        for item in piece:
            for column, value in item[-1].items():
                columns.setdefault(column, []).append((item[0], value))
        sets, arguments = [], []
        for column in sorted(columns):
            if len({value for name, value in columns[column]}) == 1 and len(columns[column]) == len(piece):
                sets.append('%s=%%s' % column)
                arguments.append(columns[column][0][1])
                continue
            sets.append('%s=CASE %s%s ELSE %s END' % (column, key, ' WHEN %s THEN %s' * len(columns[column]), column))
            for pair in columns[column]:
                arguments.extend(pair)
        names = [item[0] for item in piece]
        cursor.execute('UPDATE %s SET %s WHERE %s IN (%s) AND %s' % (
            table, ', '.join(sets), key, ','.join(['%s'] * len(names)), guard), arguments + names)


def select_in(cursor, sql, values):
    """Return the rows of a SELECT that ends in ``IN``, for these values; none for no values."""
    values = list(values)
    if not values:
        return ()
    cursor.execute('%s (%s)' % (sql, ','.join(['%s'] * len(values))), values)
    return cursor.fetchall()
