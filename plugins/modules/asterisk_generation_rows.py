#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: asterisk_generation_rows
short_description: Read VICIdial's rows from a kept generation
version_added: "1.0.0"
description:
  - Returns the carriers of one kept generation of this dialer, for the option C(kept)
    of M(dialer.trunks.vicidial_carriers), which writes them to the database again.
  - B(The result holds secrets.) Its task needs C(no_log=true).
options:
  generation:
    description: The number of the generation.
    type: int
    required: true
extends_documentation_fragment:
  - dialer.trunks.attributes.info
seealso:
  - module: dialer.trunks.asterisk_generation_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Read the rows of generation 6
  dialer.trunks.asterisk_generation_rows:
    generation: 6
  register: rows_of_six
  no_log: true
'''

RETURN = r'''
rows:
  description: The carriers, as the option C(carriers) of M(dialer.trunks.vicidial_carriers). They hold secrets.
  returned: success
  type: list
  elements: dict
same:
  description: Names of the rows for every dialer (C(0.0.0.0)) that are equal in the generation in force.
  returned: success
  type: list
  elements: str
gone:
  description: Rows of the other kept generations that this one does not have, each with C(name) and C(server_ip).
  returned: success
  type: list
  elements: dict
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._generation import history, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._carriers.model import EVERY_DIALER


def places(rows):
    """Return the set of (name, server_ip) of the rows."""
    return {(row['name'], row['server_ip']) for row in rows.values()}


def compare(wanted, current, others):
    """Return the values of RETURN. ``wanted``, ``current``: {path: carrier} of the wanted generation and the one in
    force; ``others``: a list of those of all generations, since an interrupted run may have left rows of any."""
    known = set().union(*[places(rows) for rows in others])
    return dict(
        rows=[row for _path, row in sorted(wanted.items())],
        same=sorted(row['name'] for path, row in wanted.items()
                    if row['server_ip'] == EVERY_DIALER and current.get(path) == row),
        gone=[dict(name=name, server_ip=server_ip) for name, server_ip in sorted(known - places(wanted))])


def main():
    module = AnsibleModule(argument_spec=dict(generation=dict(type='int', required=True)), supports_check_mode=True)
    number, store = module.params['generation'], generations.of_dialer()
    try:
        every = {one: history.rows(store.files(one)) for one in store.numbers()}
        wanted, current = every[number], every.get(store.linked(), {})
    except (IOError, OSError, KeyError, ValueError, generations.Foreign):
        module.fail_json(msg='generation %d: its rows cannot be read; see asterisk_generation_info' % number)
    module.exit_json(changed=False, **compare(wanted, current, list(every.values())))


if __name__ == '__main__':
    main()
