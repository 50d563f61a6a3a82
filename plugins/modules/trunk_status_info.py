#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: trunk_status_info
short_description: Tell what the health monitor knows of each trunk of a dialer
version_added: "1.0.0"
description:
  - Returns the state of each trunk and since when, its latency, its calls in use, what became of its attempts of this
    hour and the last and what they have cost, and its last failure.
  - Without a monitor, the trunks are those of the generation in force, and their state is what Asterisk says.
extends_documentation_fragment:
  - dialer.trunks.attributes.info
notes:
  - C(playbooks/status.yml) prints a table of all dialers.
  - Needs root, which the monitor's files belong to.
seealso:
  - module: dialer.trunks.trunk_maintenance
  - module: dialer.trunks.sip_peers_verify
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Ask the monitor
  dialer.trunks.trunk_status_info:
  register: status

- name: Name the trunks that calls pass over
  ansible.builtin.debug:
    msg: "{{ status.trunks | rejectattr('state', 'equalto', 'in service') | map(attribute='name') }}"
'''

RETURN = r'''
monitor:
  description: The monitor itself.
  returned: success
  type: dict
  contains:
    wanted:
      description: Whether the generation in force has a monitor.
      type: bool
    running:
      description: Whether it runs.
      type: bool
    since:
      description: When it was started, in seconds since the epoch; null if it does not run.
      type: float
    trouble:
      description: What is wrong with it, a sentence each.
      type: list
      elements: str
  sample: {wanted: true, running: true, since: 1796026440.38, trouble: []}
trunks:
  description: The enabled trunks, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The trunk.
      type: str
    state:
      description:
        - V(in service), V(suspended) by the monitor or V(in maintenance) by an operator; null without a monitor.
      type: str
    why:
      description: Why it is not in service, else empty.
      type: str
    since:
      description: Since when it has this state, in seconds since the epoch; null without a monitor.
      type: float
    until:
      description: When the maintenance ends, or the next trial of a suspension; null if that is not known.
      type: float
    asterisk:
      description: What Asterisk says, V(reachable), V(lagged), V(unreachable), V(unknown) or V(unmonitored).
      type: str
    address:
      description: The address that Asterisk calls; null if it has none.
      type: str
    latency_ms:
      description: Milliseconds that the last probe took; null without an answer.
      type: int
    calls:
      description: Calls in use.
      type: int
    capacity:
      description: C(max_calls) of the trunk on this dialer, 0 without a limit; null without a monitor.
      type: int
    attempts:
      description: Attempts of this hour and the last.
      type: int
    asr:
      description: Answered attempts of all, 0 to 1 (ITU-T E.411); null without attempts.
      type: float
    ner:
      description: Attempts that the network delivered, of all, 0 to 1 (ITU-T E.425); null without attempts.
      type: float
    ccr:
      description: Attempts with a final response of the carrier other than 5xx and 6xx, of all, 0 to 1; null without
        attempts.
      type: float
    acd_s:
      description: Seconds talked per answered call, of those that have ended; null without any.
      type: float
    pdd_ms:
      description: Milliseconds to the first ringing or progress, the median; null without any.
      type: float
    cost:
      description:
        - What the answered calls that have ended cost, by the second, in the currency of C(cost_per_minute) and
          C(rates); null if no rate is known for any of them.
      type: float
    unpriced:
      description: Answered calls that have ended and are not part of C(cost), since no rate is known for them.
      type: int
    last_failure:
      description:
        - The last attempt that failed by the trunk, with C(time), C(route), C(result), C(sip) and C(cause); else null.
      type: dict
  sample:
    - name: carrier_a
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
      ccr: 0.55
      acd_s: 93.5
      pdd_ms: 1250.0
      cost: 3.12
      unpriced: 0
      last_failure: {time: 1796026440.1, route: us, result: CONGESTION, sip: 503, cause: 34}
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._health import told


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        found = told.told(generations.of_dialer(), cli.Cli())
    except (cli.AsteriskError, generations.Foreign) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s' % (fault.filename or 'the monitor', os.strerror(fault.errno or 0)))
    module.exit_json(changed=False, **found)


if __name__ == '__main__':
    main()
