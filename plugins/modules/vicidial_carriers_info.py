#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: vicidial_carriers_info
short_description: Read the carriers of VICIdial
version_added: "1.0.0"
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Returns the rows of C(vicidial_server_carriers), secrets hidden, and which of them this collection manages.
extends_documentation_fragment:
  - dialer.trunks.attributes.info
  - dialer.trunks.database
options:
  server_ips:
    description: Only rows of these dialers. Rows for C(0.0.0.0), which every dialer reads, are always returned.
    type: list
    elements: str
  names:
    description: Only managed rows with these names.
    type: list
    elements: str
  mode:
    description:
      - As the variable C(dialer_mode), which is the default. Where no dialer of the play's batch is in vicidial mode,
        the database is not read, and the task is skipped.
    type: str
    choices: [vicidial, asterisk]
seealso:
  - module: dialer.trunks.vicidial_carriers
'''

EXAMPLES = r'''
- name: Read the carriers of one dialer
  dialer.trunks.vicidial_carriers_info:
    server_ips: [198.18.0.11]
  register: carriers

- name: Show the rows that are not managed
  ansible.builtin.debug:
    msg: "{{ carriers.carriers | rejectattr('owner', 'equalto', 'managed') | map(attribute='carrier_id') }}"
'''

RETURN = r'''
carriers:
  description: The rows, ordered by carrier_id.
  returned: success
  type: list
  elements: dict
  contains:
    carrier_id:
      description: Unique over all servers. The other columns of the table are returned under their names, too.
      type: str
    owner:
      description: V(managed), V(foreign), V(moved) for a managed row that was put on another server, or V(copy) for a
        row that has the marker of another one.
      type: str
    name:
      description: Name in the marker, null for a foreign row.
      type: str
    kind:
      description: V(route) when the row has a dialplan entry, else V(trunk).
      type: str
    revision:
      description: What the row's texts are stamped with, 0 without a stamp.
      type: int
    peers:
      description: Names of the peers that the account entry defines.
      type: list
      elements: str
    extensions:
      description: Extensions of the dialplan entry.
      type: list
      elements: str
    globals:
      description: Names of the globals that the row sets.
      type: list
      elements: str
  sample:
    - {carrier_id: carrier_a-11, server_ip: 198.18.0.11, owner: managed, name: carrier_a, kind: trunk, revision: 4,
       active: true, peers: [carrier_a], extensions: [], globals: [TRUNKA]}
servers:
  description: The rows of C(servers), with the columns that matter to carriers.
  returned: success
  type: list
  elements: dict
  sample:
    - {server_id: DIALER1, server_ip: 198.18.0.11, active: true, active_asterisk_server: true,
       generate_vicidial_conf: true, rebuild_conf_files: false, max_vicidial_trunks: 96}
'''

from ansible.module_utils.basic import AnsibleModule, missing_required_lib  # noqa: E402

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.vicidial_carriers_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import info
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if connection.PYMYSQL_ERROR:
        module.fail_json(msg=missing_required_lib('PyMySQL', reason=connection.LIBRARY_REASON),
                         exception=connection.PYMYSQL_ERROR)
    try:
        result = info.perform(connection.login(module.params), module.params)
    except connection.DatabaseError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == '__main__':
    main()
