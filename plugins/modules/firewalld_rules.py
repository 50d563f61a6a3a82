#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: firewalld_rules
short_description: Compare firewalld's rules for the trunks with the description
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Returns the rich rules to add to firewalld's zones and those to remove, for a C(dialer_firewall) with the backend
    C(firewalld). Changes nothing; M(ansible.posix.firewalld) does that, rule by rule.
  - The managed rules are those with the log prefix C(dialer.trunks). Other rules are ignored.
  - A rule must be in both the running firewalld and its permanent configuration.
  - The rules belong into the default zone and every zone with an interface or a network, except zones that accept
    everything and zones of networks whose target is to drop or reject.
options:
  wanted:
    description:
      - What the rules are compared with. V(description) are the variables, V(generation) is the record in the
        generation in force on the dialer, V(nothing) removes all managed rules.
    type: str
    choices: [description, generation, nothing]
    default: description
  generation:
    description: With O(wanted=generation), the number of another kept generation.
    type: int
  read:
    description:
      - Name of the variable in which the result of M(dialer.trunks.dialer_info) was registered. With it, the dialer is
        not read again, unless O(prove) is set, and carriers that are not managed are allowed too.
    type: str
  carriers:
    description: In vicidial mode, the result of M(dialer.trunks.vicidial_carriers) with the addresses of all servers.
    type: dict
  servers:
    description:
      - Addresses of servers that are allowed besides those of O(carriers).
      - In both, a value that is not the address of one host is ignored with a warning.
    type: list
    elements: str
    default: []
  prove:
    description: Read the running firewalld, and fail if a rule differs.
    type: bool
    default: false
  mode:
    description: As the variable C(dialer_mode), which is the default.
    type: str
    choices: [vicidial, asterisk]
  trunks:
    description: As the variable C(dialer_trunks), which is the default.
    type: list
    elements: dict
  rtp:
    description: As the variable C(dialer_rtp), which is the default.
    type: dict
  firewall:
    description: As the variable C(dialer_firewall), which is the default.
    type: dict
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: Nothing is changed. The diff of M(dialer.trunks.asterisk_generation) shows the rules.
extends_documentation_fragment:
  - dialer.trunks.attributes
seealso:
  - module: ansible.posix.firewalld
  - module: dialer.trunks.asterisk_generation
'''

EXAMPLES = r'''
- name: Fail if a managed rule was changed since the last commit
  dialer.trunks.firewalld_rules:
    wanted: generation
    prove: true
'''

RETURN = r'''
add:
  description: Rules to add to a zone.
  returned: success
  type: list
  elements: dict
  contains:
    zone:
      description: The zone's name.
      type: str
    rule:
      description: The rich rule.
      type: str
  sample:
    - zone: public
      rule: rule family="ipv4" source address="198.18.10.10" port port="5060" protocol="udp" log prefix="dialer.trunks"
        level="debug" limit value="2/d" accept
remove:
  description: Managed rules to remove from a zone.
  returned: success
  type: list
  elements: dict
pending:
  description: Number of rules to add and to remove.
  returned: success
  type: int
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.firewalld_rules import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import running
from ansible_collections.dialer.trunks.plugins.module_utils._common.safe_files import Foreign


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        recorded = firewalld.recorded(module.params['generation'])
    except Foreign as fault:
        module.fail_json(msg=str(fault))
    module.exit_json(changed=False, firewalld_recorded=recorded, **firewalld.state(running('firewalld')))


if __name__ == '__main__':
    main()
