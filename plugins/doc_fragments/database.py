# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


class ModuleDocFragment(object):
    """The login to VICIdial's database, named as in community.mysql."""

    DOCUMENTATION = r'''
options:
  login_host:
    description:
      - Host of VICIdial's database.
      - Default is C(VARDB_server) of O(config_file). C(localhost) means the local socket if there is one, as for
        VICIdial's own scripts.
    type: str
  login_port:
    description: Port of the database. Default is C(VARDB_port) of O(config_file), else 3306.
    type: int
  login_user:
    description: User of the database. Default is C(VARDB_user) of O(config_file).
    type: str
  login_password:
    description: Password of that user. Default is C(VARDB_pass) of O(config_file).
    type: str
  login_unix_socket:
    description: Path of the database's socket. If set, O(login_host) and O(login_port) are ignored.
    type: path
  login_db:
    description: Name of VICIdial's database. Default is C(VARDB_database) of O(config_file), else C(asterisk).
    type: str
  config_file:
    description:
      - VICIdial's own configuration file on the host where the module runs, in C(NAME => value) lines.
      - Login options that are not set are read from it. It is not needed if O(login_host) or O(login_unix_socket), and
        O(login_user) are set.
    type: path
    default: /etc/astguiclient.conf
  ca_cert:
    description:
      - Path, on the host where the module runs, of the certificate of the authority that signed the database's.
        With it, only TLS connections to a server with such a certificate are made.
      - Without it, TLS is used if PyMySQL and the server support it, and the server's certificate is not verified, so
        that another server can pretend to be the database. The password is not sent to it in clear
        (C(mysql_clear_password), C(dialog)), but with C(caching_sha2_password) or C(sha256_password) it could learn it.
      - Ignored with a local socket.
    type: path
    version_added: "1.0.0"
  check_hostname:
    description: With O(ca_cert), whether the certificate must be valid for O(login_host).
    type: bool
    default: true
    version_added: "1.0.0"
  connect_timeout:
    description: Seconds to wait for the connection.
    type: int
    default: 10
requirements:
  - PyMySQL (C(python3-pymysql) on Debian, C(python3-PyMySQL) on SUSE and RHEL) where the module runs
  - The Python package cryptography besides, for a database user with C(caching_sha2_password) or C(sha256_password)
    who connects neither over TLS nor through the local socket
'''
