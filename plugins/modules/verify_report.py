#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: verify_report
short_description: Show the trunks of all dialers in one table
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Combines what the role P(dialer.trunks.verify#role) has found on each dialer of the play into one table, failures
    first, and names the reason of each. C(playbooks/verify.yml) ends with it.
  - Dialers that failed or are unreachable are in it, too.
  - Of more than 40 lines, those that differ only in dialer and latency become one. A line of a bad trunk does so only
    if it is the same on all dialers.
  - Runs on the controller and connects to no dialer. Prints the table on standard error, once. Needs the strategy
    C(linear), by which all dialers come to it at the same time.
  - On a dialer that was unreachable, the task counts as unreachable (exit code 4 of C(ansible-playbook)). Otherwise it
    does not fail.
options:
  peers:
    description: Name of the variable in which M(dialer.trunks.sip_peers_verify) was registered.
    type: str
    default: verify_trunks
  generation:
    description: Name of the variable in which M(dialer.trunks.asterisk_generation_info) was registered.
    type: str
    default: verify_generation
  firewalld:
    description: Name of the variable in which M(dialer.trunks.firewalld_rules) was registered.
    type: str
    default: verify_firewalld
attributes:
  check_mode:
    support: full
    details: The same in check mode.
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
seealso:
  - module: dialer.trunks.sip_peers_verify
'''

EXAMPLES = r'''
- name: Verify the trunks, and show them in any case
  hosts: dialers
  gather_facts: false
  tasks:
    - name: Verify and show
      block:
        - name: Verify the trunks
          ansible.builtin.import_role:
            name: dialer.trunks.verify
          ignore_unreachable: true
      always:
        - name: Show all trunks at a glance
          dialer.trunks.verify_report:
'''

RETURN = r'''
summary:
  description: The result as a sentence.
  returned: unless the dialer was unreachable
  type: str
  sample: 1 of 4 trunks on 2 dialers is bad
trunks:
  description:
    - What was found of each trunk of each dialer, those with a problem first.
    - Each has C(dialer), C(trunk), C(address), C(state), C(latency_ms), C(registration) and C(problem), which is empty
      if the trunk is good. An entry without C(trunk) is about the dialer itself.
  returned: on the first dialer of the play, unless it was unreachable
  type: list
  elements: dict
  sample:
    - dialer: dialer2
      trunk: carrier_a
      address: 198.18.10.10:5060
      state: reachable
      latency_ms: 1
      registration: ''
      problem: ''
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.verify_report import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.verify_report.')


if __name__ == '__main__':
    main()
