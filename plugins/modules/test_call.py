#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: test_call
short_description: Place one call through a route and tell what happened
version_added: "1.0.0"
description:
  - Places one real call from this dialer, waits for its end, and returns which trunks were tried in which order, what
    each said, and whether one of them was answered.
  - "B(The call rings a real telephone.) Whoever answers hears silence for O(answer_seconds) seconds. The number is
    your choice: take one of your own, or your carrier's echo or test number. The carrier charges for the call as for
    any other."
  - The call runs through the dialplan that customers' calls run through, with its O(ignore:before_dial) applications,
    its capacity and its failover. A trunk that it finds silent is passed over afterwards, as after any call.
  - In vicidial mode its caller id name begins with neither V nor M, so that VICIdial writes it into no log of calls and
    to no lead.
  - It is placed by a call file and not by AMI, so that it needs no AMI user, in vicidial mode and in asterisk mode.
options:
  number:
    description:
      - What is dialled. Digits, C(*), C(#) and C(+).
      - Without O(route) it is the whole number with the dial prefix, as a campaign dials it, and goes the way of any
        call. The module refuses a number that reaches no route of ours.
      - With O(route) it is the number without the dial prefix.
    type: str
    required: true
  route:
    description: Name of the route through which the call goes, past the patterns. Default is the one that O(number)
      reaches.
    type: str
  context:
    description:
      - Where the number is dialled, without O(route).
      - Default is C(trunks-outbound) where the running dialplan has it (asterisk mode), else C(default) (vicidial
        mode).
    type: str
  timeout:
    description:
      - Seconds to wait until the call is answered, all attempts together, 1 to 600. Then it is given up, with the
        result V(CANCEL). VICIdial gives up after a campaign's C(dial_timeout), often 26 seconds.
    type: int
    default: 60
  answer_seconds:
    description: Seconds for which an answered call is held before it is hung up, 1 to 600.
    type: int
    default: 2
  caller_id:
    description:
      - Caller id number of the call, digits with or without a C(+) in front. Empty sends none.
      - A trunk's own C(caller_id) replaces it, as it does for any call.
    type: str
    default: ''
attributes:
  check_mode:
    support: full
    details: Places no call and says so. The number's way through the dialplan is looked up and returned.
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
notes:
  - An unanswered call is a result and not a failure. The module fails when the call could not be placed.
  - Needs the dialer's module C(pbx_spool), which Asterisk loads by default, and the context C(trunks-test), which every
    generation with the part dialplan brings.
  - Needs the rights to run C(asterisk -rx) and to write into Asterisk's spool directory, which usually means
    O(ignore:become=true).
  - The call leaves nothing behind on the dialer. RV(ignore:changed) is always V(false).
seealso:
  - module: dialer.trunks.asterisk_generation
  - module: dialer.trunks.sip_peers_verify
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Call our own office as the campaigns would
  dialer.trunks.test_call:
    number: "913125550199"
    caller_id: "13125550100"
  register: call

- name: Stop where it was not answered
  ansible.builtin.assert:
    that: call.answered
    fail_msg: "{{ call.msg }}"

- name: Call by the route us, whatever the patterns say
  dialer.trunks.test_call:
    route: us
    number: "13125550199"
    timeout: 30
    answer_seconds: 5
'''

RETURN = r'''
msg:
  description: What happened, in words.
  returned: always
  type: str
  sample: "913125550199 was answered by carrier_b. carrier_a: CONGESTION, cause 34 (SIP 503 Service Unavailable),
    after 0.2 s;
    carrier_b: ANSWER, cause 16 (SIP 200 OK), after 1.1 s."
placed:
  description: Whether the call was placed; not in check mode.
  returned: success
  type: bool
route:
  description: The route that the call took.
  returned: success
  type: str
  sample: us
attempts:
  description: The trunks tried, in order.
  returned: success
  type: list
  elements: dict
  contains:
    trunk:
      description: The trunk's name.
      type: str
    attempt:
      description: 1 for the first.
      type: int
    result:
      description: Asterisk's C(DIALSTATUS), such as V(ANSWER), V(BUSY), V(NOANSWER), V(CANCEL), V(CONGESTION),
        V(CHANUNAVAIL).
      type: str
    cause:
      description: Asterisk's hang-up cause; null without one.
      type: int
    seconds:
      description: Seconds from the attempt's beginning to its answer or failure.
      type: float
    said:
      description: The carrier's last answer; empty when it said nothing.
      type: str
  sample:
    - {trunk: carrier_a, attempt: 1, result: CONGESTION, cause: 34, seconds: 0.21, said: SIP 503 Service Unavailable}
    - {trunk: carrier_b, attempt: 2, result: ANSWER, cause: 16, seconds: 1.06, said: SIP 200 OK}
answered:
  description: Whether somebody, or something, answered.
  returned: success
  type: bool
trunk:
  description: The trunk by which it was answered; null when it was not.
  returned: success
  type: str
dialstatus:
  description: The whole call's C(DIALSTATUS), as the route left it; null in check mode.
  returned: success
  type: str
cause:
  description: The whole call's hang-up cause. 42 with V(CONGESTION) means that no trunk took the call. Null in check
    mode.
  returned: success
  type: int
reason:
  description: What the route notes of trunks that did not take the call, such as full ones; else empty.
  returned: success
  type: str
seconds:
  description: Seconds from the call's beginning to its end, with O(answer_seconds). Null in check mode.
  returned: success
  type: float
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_files, call_trace
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli


def main():
    module = AnsibleModule(
        argument_spec=dict(
            number=dict(type='str', required=True),
            route=dict(type='str'),
            context=dict(type='str'),
            timeout=dict(type='int', default=60),
            answer_seconds=dict(type='int', default=2),
            caller_id=dict(type='str', default=''),
        ),
        supports_check_mode=True)
    options, cli = module.params, Cli()
    try:
        call_files.check_options(options)
        route, context = call_files.way(cli, options)
        if module.check_mode:
            result = call_trace.outcome({})
            said = 'no call was placed (check mode): %s would go by route %s' % (options['number'], route)
        else:
            result = call_files.place(cli, options, route, context)
            said = call_trace.sentence(options['number'], result)
    except (call_files.NotPlaced, AsteriskError) as problem:
        module.fail_json(msg=str(problem))
    except (IOError, OSError) as problem:
        module.fail_json(msg='the call could not be placed: %s' % problem)
    module.exit_json(changed=False, placed=not module.check_mode, route=route, msg=said, **result)


if __name__ == '__main__':
    main()
