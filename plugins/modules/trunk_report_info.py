#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: trunk_report_info
short_description: Read the sums of a dialer's attempt log for a period
version_added: "1.0.0"
description:
  - Returns what the health monitor has logged of the dialer's trunks in a period. These are the sums per trunk and
    route, the sums over time, the times in which a trunk was out of service, and the generations that were written
    meanwhile.
  - Sums over time have steps of an hour for periods up to 2 days, of a day (UTC) up to 62 days, else of 7 days.
  - Sums are made on the dialer. No attempt and no called number leaves it.
  - Reads as of one moment; the monitor goes on writing.
  - Has sums of their own for the 200 trunks and the 100 routes with most attempts, and those of all others under the
    name C((other)).
extends_documentation_fragment:
  - dialer.trunks.attributes.info
  - dialer.trunks.period
options:
  packed:
    description:
      - Return only RV(log), RV(pymysql) and RV(packed), which C(playbooks/report.yml) reads. Much quicker for many
        dialers.
    type: bool
    default: false
notes:
  - C(playbooks/report.yml) makes a report of all dialers.
  - Needs root, which the attempt log belongs to.
seealso:
  - module: dialer.trunks.trunk_report
  - module: dialer.trunks.trunk_status_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Read the sums of a day, by the hour
  dialer.trunks.trunk_report_info:
    from: 2026-11-30
    until: 2026-11-30
  register: sums

- name: Show how many attempts each trunk had
  ansible.builtin.debug:
    msg: "{{ sums.sums | map(attribute='trunk') | zip(sums.sums | map(attribute='attempts')) }}"
'''

RETURN = r'''
period:
  description: The period, C(since) and C(until) in seconds since the epoch, and C(length), the seconds of a step.
  returned: unless O(packed)
  type: dict
  sample: {since: 1795996800, until: 1796083200, length: 3600}
log:
  description: Whether the dialer has an attempt log. Without one, there are no sums.
  returned: success
  type: bool
reason:
  description: Why it has none, else empty.
  returned: unless O(packed)
  type: str
since_when:
  description: Begin of the first day (UTC) of the attempt log, in seconds since the epoch; null if it is empty.
  returned: unless O(packed), with an attempt log
  type: int
lost:
  description: Attempts that could not be stored.
  returned: unless O(packed), with an attempt log
  type: int
sums:
  description:
    - The sums per trunk and route, see C(docs/health.md). C(causes) has the Q.850 causes of attempts without an
      answer, C(pdd) the counts up to 250, 500, 1000, 2000, 3000, 5000, 8000, 12000, 20000, 30000 ms, and above.
  returned: unless O(packed), with an attempt log
  type: list
  elements: dict
  sample:
    - {trunk: carrier_a, route: us, attempts: 3, answered: 1, network_effective: 2, completed: 2, talk_s: 31.5,
       talks: 1, pdd: [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], causes: {'17': 1, '34': 1}}
trunks:
  description: The same per trunk and step, with C(start), the begin of the step.
  returned: unless O(packed), with an attempt log
  type: list
  elements: dict
routes:
  description: The same per route and step.
  returned: unless O(packed), with an attempt log
  type: list
  elements: dict
times:
  description: The times in which a trunk was out of service, the last 300.
  returned: unless O(packed), with an attempt log
  type: list
  elements: dict
  contains:
    trunk:
      description: The trunk.
      type: str
    kind:
      description: V(unreachable), V(suspended) for another reason, or V(in maintenance).
      type: str
    begin:
      description: Its begin, or that of the period if it was earlier.
      type: float
    end:
      description: Its end; null if it lasts.
      type: float
    why:
      description: The reason.
      type: str
    who:
      description: The operator, or V(the monitor).
      type: str
times_left_out:
  description: How many earlier ones are left out.
  returned: unless O(packed), with an attempt log
  type: int
out:
  description: How often (C(times)) and how long (C(seconds)) each C(trunk) was out, by C(kind).
  returned: unless O(packed), with an attempt log
  type: list
  elements: dict
generations:
  description:
    - The kept generations that were written in the period, each with C(number), C(time), C(who), C(commit) and
      C(changed). A dialer keeps 10.
  returned: unless O(packed)
  type: list
  elements: dict
pymysql:
  description: Whether the dialer has PyMySQL, which M(dialer.trunks.carrier_log_info) needs.
  returned: success
  type: bool
packed:
  description: All of this as one text.
  returned: if O(packed)
  type: str
'''

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._health import period, places, reported, store


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    now = module.params['now']
    try:
        wanted = period.chosen(module.params, int(time.time()) if now is None else now)
        found = reported.of_dialer(places.ATTEMPTS, wanted)
        found['generations'] = reported.generations(generations.of_dialer(), wanted)
    except (period.Wrong, store.Full, store.Damaged, store.Refused, safe_files.Foreign) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s' % (fault.filename or 'the attempt log', os.strerror(fault.errno or 0)))
    if module.params['packed']:
        found = dict(packed=reported.pack(found), log=found['log'])
    module.exit_json(changed=False, pymysql=not connection.PYMYSQL_ERROR, **found)


if __name__ == '__main__':
    main()
