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
      - Default is C(VARDB_server) of O(config_file). C(localhost) means the local socket where there is one, as it does
        for VICIdial's own scripts.
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
    description: Path of the database's socket. When set, O(login_host) and O(login_port) do not matter.
    type: path
  login_db:
    description: Name of VICIdial's database. Default is C(VARDB_database) of O(config_file), else C(asterisk).
    type: str
  config_file:
    description:
      - VICIdial's own configuration file on the host where the module runs, in C(NAME => value) lines.
      - Each login option that is not given is read from it. It need not exist when O(login_host) or
        O(login_unix_socket), and O(login_user) are given.
    type: path
    default: /etc/astguiclient.conf
  ca_cert:
    description:
      - Path, on the host where the module runs, of the certificates of the authority that signed the database's. With
        it, the connection is made over TLS to a server with such a certificate, or not at all.
      - Without it, TLS is used where PyMySQL and the server do so by themselves, and the server's certificate is not
        checked. Whoever answers in the database's place is then not told from it. The password is not sent to it in
        clear (C(mysql_clear_password), C(dialog)), but that of a user with C(caching_sha2_password) or
        C(sha256_password) is not safe from it.
      - Does not matter with a local socket, over which nothing leaves the host.
    type: path
    version_added: "1.0.0"
  check_hostname:
    description: With O(ca_cert), whether the certificate has to be made out for O(login_host).
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
    who comes neither over TLS nor by the local socket
'''
