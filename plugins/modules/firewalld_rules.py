#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: firewalld_rules
short_description: Compare the rules that firewalld holds for the trunks with what they should be
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Says which rich rules have to be added to firewalld's zones and which have to go, for a C(dialer_firewall) with the
    backend C(firewalld). Changes nothing; M(ansible.posix.firewalld) does that, rule by rule.
  - Ours are the rules with the log prefix C(dialer.trunks). No other rule is looked at.
  - A rule counts as held when both the running firewalld and its permanent configuration have it.
  - The rules are meant for the default zone and every zone that an interface or a network is in, but for zones that
    accept everything and zones of networks whose target is to drop or reject.
options:
  wanted:
    description:
      - What they are compared with. V(description) are the variables, V(generation) is what the generation in force on
        the dialer has on record, V(nothing) has all of ours go.
    type: str
    choices: [description, generation, nothing]
    default: description
  generation:
    description: With O(wanted=generation), the number of another generation that the dialer keeps.
    type: int
  read:
    description:
      - Name of the variable in which the result of M(dialer.trunks.dialer_info) was registered. With it the dialer is
        not asked again, unless O(prove) is set, and its operator's own carriers are let in too.
    type: str
  carriers:
    description: In vicidial mode, the result of M(dialer.trunks.vicidial_carriers), which has all servers' addresses.
    type: dict
  servers:
    description:
      - Addresses of servers that are let in besides those of O(carriers).
      - Of either, what is not the address of one host is left out with a warning.
    type: list
    elements: str
    default: []
  prove:
    description: Ask the running firewalld, and fail when anything differs.
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
- name: Fail when somebody changed our rules since the last commit
  dialer.trunks.firewalld_rules:
    wanted: generation
    prove: true
'''

RETURN = r'''
add:
  description: Rules that a zone lacks.
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
  description: Rules of ours that a zone has and should not.
  returned: success
  type: list
  elements: dict
pending:
  description: How many there are of both.
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
