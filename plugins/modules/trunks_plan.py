#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: trunks_plan
short_description: Check the description of trunks and routes, and return a summary of it
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Reads the variables C(dialer_trunks), C(dialer_routes) and so on, checks all of them, and returns a summary. All
    mistakes are reported at once, each with its path, its value and what is allowed.
  - Runs on the controller and connects to no dialer.
options:
  hosts:
    description: The dialers whose descriptions are checked. Default is those of the play's batch.
    type: list
    elements: str
  whole:
    description: Return RV(plan), too, with every default.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
'''

EXAMPLES = r'''
- name: Check the description of every dialer before connecting to any
  dialer.trunks.trunks_plan:
  run_once: true

- name: Show the description of two dialers with every default
  dialer.trunks.trunks_plan:
    hosts: [dialer1, dialer2]
    whole: true
'''

RETURN = r'''
hosts:
  description: The dialers whose descriptions were read.
  returned: success
  type: list
  elements: str
summary:
  description: Trunks, routes and settings in a few lines. Dialers for which they are the same are named together.
  returned: success
  type: list
  elements: str
  sample:
    - "dialer1, dialer2: vicidial mode"
    - "  trunk carrier_a: SIP to 198.51.100.10, at most 100 calls"
    - "  route us: prefix 9, 1NXXNXXXXXX: carrier_a, carrier_b (priority)"
    - "  RTP 10000 to 20000, firewall nftables, prune off"
plan:
  description: For each dialer its trunks, routes and settings, with all defaults. Secrets are shown as C((hidden)).
  returned: with O(whole)
  type: dict
notes:
  description: What is described but not used.
  returned: success
  type: list
  elements: str
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunks_plan import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.trunks_plan.')


if __name__ == '__main__':
    main()
