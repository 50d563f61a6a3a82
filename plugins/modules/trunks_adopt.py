#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: trunks_adopt
short_description: Write the description of an existing cluster's carriers
version_added: "1.0.0"
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Reads the carriers of VICIdial that are not ours, with their templates, their dialplan entries and the campaigns'
    dial prefixes, and writes the description of them on the controller.
  - A trunk of it names the rows that it takes over (C(adopt)), so that C(site.yml) leaves their carrier_id, names and
    dialplans as they are. Its routes are C(enabled=false), so that calls go by the rows' own dialplans until somebody
    says otherwise.
  - What the description has no word for is listed in RV(left) and, as comments, in the file.
  - The peers of a row keep their names as long as a dialplan may dial them. To know that, the module reads the dialplan
    and the global variables of the Asterisk that runs on its host, and dialplans in other tables of VICIdial.
  - With C(dialer_mode=asterisk) it reads the peers in C(sip.conf), C(pjsip.conf), C(pjsip_wizard.conf) and C(iax.conf)
    of the host and the files that they include. Their sections have to go from there by hand when the trunks come.
    Dialplans are not read.
  - Nothing is written to the database or to a dialer.
options:
  to:
    description:
      - Directory on the controller in which C(trunks.yml) and, where there are secrets, C(vault.yml) are written, for
        their owner alone. It is made when it is missing.
      - A file that is there already is never overwritten; the task fails then.
    type: path
    required: true
  carriers:
    description:
      - Only these rows, by their C(carrier_id), and those with peers that their dialplans dial; in asterisk mode these
        peers. Without it all active rows.
      - An inactive row is described only when it is named here.
    type: list
    elements: str
  payload:
    description: How the action plugin says what no log may hold. Not for playbooks.
    type: str
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.database
attributes:
  check_mode:
    support: full
    details: Nothing is written to the controller either. What would be is reported, and shown as a diff.
  diff_mode:
    support: full
    details: C(vault.yml) is never shown.
notes:
  - A peer's options that its entry leaves to C([general]) are read from C(sip.conf) and C(iax.conf) of the host where
    the module runs.
seealso:
  - module: dialer.trunks.vicidial_carriers
  - module: dialer.trunks.vicidial_carriers_info
'''

EXAMPLES = r'''
- name: Write the description of all existing carriers
  dialer.trunks.trunks_adopt:
    to: inventory/SITE/group_vars/dialers
  run_once: true

- name: The peers of plain Asterisks, a directory for each
  dialer.trunks.trunks_adopt:
    to: "/root/adopted/{{ inventory_hostname }}"

- name: Begin with one carrier
  dialer.trunks.trunks_adopt:
    to: /tmp/adopted
    carriers: [NORTHTEL]
  run_once: true
  register: adopted

- name: What is left alone, and why
  ansible.builtin.debug:
    var: adopted.left
'''

RETURN = r'''
files:
  description: The files that were written, or would be.
  returned: success
  type: list
  elements: str
  sample: [/root/site/trunks.yml, /root/site/vault.yml]
trunks:
  description: Names of the described trunks.
  returned: success
  type: list
  elements: str
routes:
  description: Names of the described routes.
  returned: success
  type: list
  elements: str
left:
  description: What is left alone, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["DYN on 198.18.0.11: [dyn] has host=dynamic: the other end registers here, and a trunk has a fixed host"]
report:
  description:
    - What became of each row, line by line.
    - The last lines say how many rows are described as a whole, without their dialplan and not at all, and the three
      most frequent reasons.
  returned: success
  type: list
  elements: str
msg:
  description: Why nothing was written.
  returned: failure
  type: str
'''

from ansible.module_utils.basic import AnsibleModule, missing_required_lib  # noqa: E402

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunks_adopt import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read
from ansible_collections.dialer.trunks.plugins.module_utils._common import encryption, payload
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection


def main():
    """Reads. What it found goes back sealed, and the action plugin of the same name does the rest."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    carried = payload.unpack(module.params['payload'])
    if 'key' not in carried:
        module.fail_json(msg='This module is driven by its action plugin; call it as dialer.trunks.trunks_adopt.')
    if carried.get('files'):
        module.exit_json(changed=False, sealed=encryption.seal(adopt_read.read_files(), carried['key']))
    if connection.PYMYSQL_ERROR:
        module.fail_json(msg=missing_required_lib('PyMySQL', reason=connection.LIBRARY_REASON),
                         exception=connection.PYMYSQL_ERROR)
    given = dict(module.params)
    if carried.get('login_password'):
        given['login_password'] = carried['login_password']
    try:
        found = adopt_read.read(connection.login(given))
    except connection.DatabaseError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, sealed=encryption.seal(found, carried['key']))


if __name__ == '__main__':
    main()
