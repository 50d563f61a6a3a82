#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: sip_peers_verify
short_description: Wait until a running Asterisk holds the expected trunks in the wanted state
version_added: "1.0.0"
description:
  - Asks the running Asterisk, again and again up to a limit, whether the expected peers of chan_sip, PJSIP and IAX2 are
    loaded and in the wanted state, and says for each what it found.
  - Fails when the limit has passed, with one line for each trunk that is not as wanted, and the likely reason.
  - Changes nothing. It does not use C(sip qualify peer), which ends the monitoring of a peer that does not answer. An
    endpoint of PJSIP that has not been probed yet is probed once (C(pjsip qualify)), since up to a whole period of
    qualify may pass before Asterisk does so.
options:
  trunks:
    description:
      - The expected peers, each a name or a dictionary.
      - When it is left out, the trunks that the dialer's own description (C(dialer_trunks)) expects.
      - 'Keys of a dictionary: C(name) (needed); C(technology), V(SIP), V(PJSIP) or V(IAX2), where it matters
        which; C(state), one state or a list of those that will do, instead of
        O(state); C(revision), the number that the stamp C([trunks N]) in its description must hold; C(registered),
        whether our registration with it has to be accepted; C(host) and C(username), which tell its registration when
        they differ from those of the peer.'
    type: list
    elements: raw
  state:
    description:
      - The states that will do for trunks that name none of their own.
      - V(reachable), it answered its last probe in time.
      - V(lagged), it answered too late. Dial refuses such a peer, so that it does not count as V(reachable).
      - V(unreachable), V(unknown) (nothing answered yet) and V(unmonitored) (qualify is off).
      - V(loaded), in whatever state.
      - V(absent), not loaded at all.
    type: list
    elements: str
    choices: [reachable, lagged, unreachable, unknown, unmonitored, loaded, absent]
    default: [reachable]
  timeout:
    description:
      - Seconds to wait at most. V(0) looks once.
      - A peer that comes up is noticed by its next probe, 10 seconds after the last one while it is down.
    type: int
    default: 30
  interval:
    description: Seconds between two looks.
    type: float
    default: 1
  reloaded:
    description:
      - Whether the peers may have been loaded anew just before. Asterisk keeps a peer's state over a reload, also when
        the peer has another address then, so that the state has to be shown to be from after the reload. Elapsed time
        does not show it.
      - For chan_sip, all probes that follow a reload have been sent, which two OPTIONS requests to chan_sip's own UDP
        port show, and the peer is not waiting for an answer. They are sent one each 0.1 seconds to two peers
        (C(qualifygap), C(qualifypeers)); O(timeout) begins when the last one is due.
      - For PJSIP, the contact has answered a probe (C(pjsip qualify)) since this module began.
      - For IAX2, the peer has answered a C(POKE) that this module sent to its address and port from a UDP port of its
        own, and Asterisk's own is not waiting for an answer.
      - A trunk whose state is as wanted but not shown to be from after the reload fails when O(timeout) has passed.
        What may be in whatever state (V(loaded), V(absent)) or has qualify off needs no answer.
    type: bool
    default: false
extends_documentation_fragment:
  - dialer.trunks.attributes
attributes:
  check_mode:
    support: full
    details:
      - Looks once, without waiting, and does not fail because of a trunk, since what a real run would write is not
        there yet. RV(trunks) tells what it found, and a warning names those that are not as wanted.
  diff_mode:
    support: N/A
    details: Nothing is changed.
notes:
  - Fails at once when Asterisk is not installed, does not run, or may not be asked by this user.
  - Without O(reloaded), a peer of chan_sip that is being probed is waited for, and what Asterisk shows of the others
    is taken as it is. A peer of IAX2 counts as reachable until its next probe has failed, after 22 seconds.
seealso:
  - module: dialer.trunks.sip_peers_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Every trunk of the description
  dialer.trunks.sip_peers_verify:

- name: Two carriers answer
  dialer.trunks.sip_peers_verify:
    trunks:
      - carrier_a
      - carrier_b

- name: A trunk that has to be registered, one without qualify, and one that is gone
  dialer.trunks.sip_peers_verify:
    trunks:
      - name: carrier_a
        registered: true
      - name: carrier_b
        state: unmonitored
      - name: carrier_old
        state: absent
    timeout: 60

- name: Seventh version of a peer is loaded, whether its carrier answers or not
  dialer.trunks.sip_peers_verify:
    trunks:
      - name: carrier_a
        revision: 7
    state: [loaded]
'''

RETURN = r'''
trunks:
  description: What was found, in the order of O(trunks). Also returned on failure.
  returned: when Asterisk could be asked
  type: list
  elements: dict
  contains:
    name:
      description: The name of the peer.
      type: str
      returned: always
    technology:
      description: V(SIP), V(PJSIP) or V(IAX2), whose peer was found; null when none was.
      type: str
      returned: always
    found:
      description: Whether the peer is loaded.
      type: bool
      returned: always
    state:
      description: Its state, see M(dialer.trunks.sip_peers_info); null when it is not loaded.
      type: str
      returned: always
    address:
      description: Its address; null without one.
      type: str
      returned: always
    port:
      description: Its port; null without one.
      type: int
      returned: always
    latency_ms:
      description: Milliseconds until the last probe was answered; null unless reachable or lagged.
      type: int
      returned: always
    revision:
      description: The number that it holds in its stamp; null without one.
      type: int
      returned: always
    registration:
      description: The state of its registration; null when none was asked for, or there is none.
      type: str
      returned: always
    ok:
      description: Whether it is as wanted.
      type: bool
      returned: always
    detail:
      description: What was found, in words.
      type: str
      returned: always
    reason:
      description: The likely reason when it is not as wanted, else empty.
      type: str
      returned: always
  sample:
    - name: carrier_b
      found: true
      state: unreachable
      address: 198.18.20.20
      port: 5060
      latency_ms: null
      revision: 7
      registration: null
      ok: false
      detail: unreachable at 198.18.20.20:5060 instead of reachable
      reason: 'no answer to OPTIONS from 198.18.20.20:5060: the carrier is down, the host or port is wrong, or a
        firewall drops it'
elapsed:
  description: Seconds that it took.
  returned: when Asterisk could be asked
  type: float
  sample: 1.3
'''

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.sip_peers_verify import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_checks, peer_watch
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    start = time.time()
    if module.params['trunks'] is None:
        module.fail_json(msg='trunks: which peers are expected has to be said')
    try:
        trunks = peer_checks.expectations(module.params['trunks'], module.params['state'])
    except ValueError as problem:
        module.fail_json(msg=str(problem))
    try:
        # Check mode waits for nothing.
        good, seen = peer_watch.watch(
            Cli(), trunks, 0 if module.check_mode else module.params['timeout'], module.params['interval'],
            module.params['reloaded'] and not module.check_mode)
        found = seen.report()
    except AsteriskError as problem:
        module.fail_json(msg=str(problem))
    result = dict(changed=False, trunks=found, elapsed=round(time.time() - start, 2))
    if good:
        module.exit_json(**result)
    lines = ['%s: %s%s' % (one['name'], one['detail'], '; ' + one['reason'] if one['reason'] else '')
             for one in found if not one['ok']]
    if module.check_mode:
        for line in lines:
            warn(module, 'a trunk is not as wanted (check mode: not waited for): ' + line)
        module.exit_json(**result)
    module.fail_json(msg='%d of %d trunks are not as wanted after %d seconds:\n%s' % (
        len(lines), len(found), result['elapsed'], '\n'.join(lines)), **result)


if __name__ == '__main__':
    main()
