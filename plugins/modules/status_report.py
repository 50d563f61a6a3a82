#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: status_report
short_description: Show what the health monitors know of the trunks of all dialers
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Prints a line for each trunk of each dialer of the play, with its state and since when, what Asterisk's last probe
    found (the latency of a reachable trunk, else what Asterisk says), calls in use of the capacity, ASR of the attempts
    of this hour and the last, PDD, and the last failure (its SIP response, else its Q.850 cause).
    C(playbooks/status.yml) uses it.
  - Trunks that are suspended or in maintenance come first, then those that Asterisk does not reach. Below the table are
    the reason of each such trunk, what is wrong with a monitor, dialers without a monitor, and dialers that could not
    be asked.
  - Of more than 40 lines, good ones that have the same trunk, state and answer of Asterisk become one, and others if
    they are of 10 dialers or more. In a line of several dialers, calls and attempts are sums, ASR is that of all
    attempts, and all else is as where it is worst (the latest change of state, the highest latency and PDD, the last
    failure).
  - Runs on the controller and connects to no dialer. Prints on standard error, once, and with colours if that and
    standard output are a terminal, or as C(ANSIBLE_FORCE_COLOR) and C(ANSIBLE_NOCOLOR) say. Needs the strategy
    C(linear), by which all dialers come to it at the same time.
  - On a dialer that was unreachable, the task counts as unreachable (exit code 4 of C(ansible-playbook)). Otherwise it
    does not fail, whatever the trunks' states are.
options:
  status:
    description: Name of the variable in which M(dialer.trunks.trunk_status_info) was registered.
    type: str
    required: true
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
  - module: dialer.trunks.trunk_status_info
'''

EXAMPLES = r'''
- name: Ask the monitor
  dialer.trunks.trunk_status_info:
  register: status

- name: Show the trunks of all dialers
  dialer.trunks.status_report:
    status: status
'''

RETURN = r'''
summary:
  description: The result as a sentence.
  returned: on the first dialer of the play
  type: str
  sample: 1 of 4 trunks on 2 dialers is suspended
trunks:
  description:
    - The trunks of all dialers, in the order of the table. Dialers that could not be asked have none.
    - Each has C(dialer), and what RV(dialer.trunks.trunk_status_info#module:trunks) has.
  returned: on the first dialer of the play
  type: list
  elements: dict
  sample:
    - dialer: dialer2
      name: carrier_a
      state: suspended
      why: 12 of the last 20 attempts failed by the trunk
      since: 1796026440.38
      until: 1796026470
      asterisk: reachable
      address: 198.18.10.10
      latency_ms: 1
      calls: 0
      capacity: 100
      attempts: 240
      asr: 0.42
      ner: 0.5
      pdd_ms: 1250.0
      last_failure: {time: 1796026440.1, route: us, result: CONGESTION, sip: 503, cause: 34}
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.status_report import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.status_report.')


if __name__ == '__main__':
    main()
