#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: test_call
short_description: Place one call through a route and return what happened
version_added: "1.0.0"
description:
  - Places one real call from this dialer, waits for its end, and returns which trunks were tried in which order, how
    each responded, and whether the call was answered.
  - "B(The call rings a real telephone.) The called person hears silence for O(answer_seconds) seconds. Use a number of
    your own, or your carrier's echo or test number. The carrier charges for the call as for any other."
  - The call uses the same dialplan as customers' calls, with its O(ignore:before_dial) applications, its capacity and
    its failover. A trunk that does not respond is put into cool-down, as after any call.
  - In vicidial mode, its caller ID name begins with neither V nor M, so that VICIdial adds it to no call log and no
    lead.
  - It is placed by a call file and not by AMI, so that it needs no AMI user.
options:
  number:
    description:
      - The number to dial. Digits, C(*), C(#) and C(+).
      - Without O(route), the number with the dial prefix, as a campaign dials it. The module fails if it reaches no
        route of this collection.
      - With O(route), the number without the dial prefix.
    type: str
    required: true
  route:
    description: Name of the route to use, whatever its patterns are. Default is the one that O(number) reaches.
    type: str
  context:
    description:
      - The context in which the number is dialled. Not with O(route).
      - Default is C(trunks-outbound) if the running dialplan has it (asterisk mode), else C(default) (vicidial mode).
    type: str
  timeout:
    description:
      - Seconds to wait until the call is answered, all attempts together, 1 to 600. After that it is cancelled, with
        the result V(CANCEL). VICIdial cancels after a campaign's C(dial_timeout), often 26 seconds.
    type: int
    default: 60
  answer_seconds:
    description: Seconds for which an answered call is held before it is hung up, 1 to 600.
    type: int
    default: 2
  caller_id:
    description:
      - Caller ID number of the call, digits with or without a C(+) in front. Empty sends none.
      - A trunk's own C(caller_id) replaces it, as for any call.
    type: str
    default: ''
attributes:
  check_mode:
    support: full
    details:
      - Places no call. Prints which route the number reaches and by which pattern, in which order the trunks would be
        tried and why, the present state of each, and the number and caller ID that each would be sent; and returns it.
      - All of it is read from the running Asterisk, except the strategy, the most attempts and the rates, which are
        those of the description. A warning tells if the route in force is not as described.
      - A step in O(ignore:before_dial) is not run. A limit of calls per second is shown, but not whether it is reached.
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
notes:
  - An unanswered call is a result and not a failure. The module fails if the call could not be placed.
  - Needs Asterisk's module C(pbx_spool), which is loaded by default, and the context C(trunks-test), which is in every
    generation with the part dialplan.
  - C(playbooks/which_trunk.yml) runs it in check mode on all dialers.
  - Needs the rights to run C(asterisk -rx) and to write into Asterisk's spool directory, which usually means
    O(ignore:become=true).
  - The call leaves no file or database entry on the dialer. RV(ignore:changed) is always V(false).
seealso:
  - module: dialer.trunks.asterisk_generation
  - module: dialer.trunks.sip_peers_verify
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Call the office as a campaign does
  dialer.trunks.test_call:
    number: "913125550199"
    caller_id: "13125550100"
  register: call

- name: Stop if it was not answered
  ansible.builtin.assert:
    that: call.answered
    fail_msg: "{{ call.msg }}"

- name: Show by which trunk a campaign's call would go out now
  dialer.trunks.test_call:
    number: "913125550199"
  check_mode: true

- name: Call through the route us, whatever its patterns are
  dialer.trunks.test_call:
    route: us
    number: "13125550199"
    timeout: 30
    answer_seconds: 5
'''

RETURN = r'''
msg:
  description: What happened, as a sentence.
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
  description: The trunks tried, in order. Empty in check mode.
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
    response:
      description: The carrier's last SIP response; empty without one.
      type: str
  sample:
    - {trunk: carrier_a, attempt: 1, result: CONGESTION, cause: 34, seconds: 0.21,
       response: SIP 503 Service Unavailable}
    - {trunk: carrier_b, attempt: 2, result: ANSWER, cause: 16, seconds: 1.06, response: SIP 200 OK}
answered:
  description: Whether the call was answered.
  returned: success
  type: bool
trunk:
  description: The trunk through which it was answered; null if it was not. In check mode, the trunk by which it would
    go out now; null if no trunk would take it.
  returned: success
  type: str
strategy:
  description: The strategy of the route; null if this dialer's description does not have it.
  returned: in check mode
  type: str
  sample: priority
max_attempts:
  description: How many trunks a call would try at most, by the description.
  returned: in check mode
  type: int
  sample: 2
match:
  description: The C(context) and the C(pattern) that match the number, and the C(route); null with O(route).
  returned: in check mode
  type: dict
  sample: {context: vicidial-auto-external, pattern: _91NXXNXXXXXX, route: us}
trunks:
  description:
    - The trunks of the route in the order in which a call would try them now, as far as it is known before. Trunks in
      cool-down are tried last.
    - Each has C(name), C(technology), C(state), C(latency_ms), C(calls) (in progress), C(max_calls), C(max_cps),
      C(cool_down) (seconds that remain; 0 if the next call tries it, null without one), C(weight), C(cost), C(number)
      (that it is sent) and C(caller_id) (that it forces, else empty).
  returned: in check mode
  type: list
  elements: dict
  sample:
    - {name: carrier_a, technology: SIP, state: reachable, latency_ms: 1, calls: 0, max_calls: 100, max_cps: 0,
       cool_down: null, weight: null, cost: null, number: '13125550199', caller_id: ''}
dialstatus:
  description: The C(DIALSTATUS) of the whole call, as the route set it; null in check mode.
  returned: success
  type: str
cause:
  description: The hang-up cause of the whole call. 42 with V(CONGESTION) means that every trunk failed. Null in check
    mode.
  returned: success
  type: int
reason:
  description: Why trunks were not tried, such as capacity, as the route logged it; else empty.
  returned: success
  type: str
seconds:
  description: Seconds from the call's beginning to its end, including O(answer_seconds). Null in check mode.
  returned: success
  type: float
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.test_call import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import call_files, call_trace, route_held
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli
from ansible_collections.dialer.trunks.plugins.module_utils._generation import composition, store


def predicted(cli, number, route, match):
    """Return what the action plugin makes the prediction of: ``match``, what the dialer ``held`` of the route, and the
    ``checksum`` of the route's file as it was rendered, None without one."""
    text = composition.rendered(store.in_force('routes/%s.conf' % route))
    return dict(match=match, held=route_held.read(cli, route, match, number), checksum=text and store.checksum(text))


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options, cli = module.params, Cli()
    try:
        call_files.check_options(options)
        route, context, match = call_files.destination(cli, options)
        if module.check_mode:
            module.exit_json(changed=False, placed=False, route=route,
                             **dict(call_trace.outcome({}), **predicted(cli, options['number'], route, match)))
        result = call_files.place(cli, options, route, context)
    except (call_files.NotPlaced, AsteriskError) as problem:
        module.fail_json(msg=str(problem))
    except (IOError, OSError) as problem:
        module.fail_json(msg='the call could not be placed: %s' % problem)
    message = call_trace.sentence(options['number'], result)
    module.exit_json(changed=False, placed=True, route=route, msg=message, **result)


if __name__ == '__main__':
    main()
