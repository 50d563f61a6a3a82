#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: sip_peers_verify
short_description: Wait until a running Asterisk has the expected trunks in the wanted state
version_added: "1.0.0"
description:
  - Checks repeatedly, up to a limit, whether the expected peers of chan_sip, PJSIP and IAX2 are loaded in the running
    Asterisk and in the wanted state, and returns what it found for each.
  - Fails after the limit, with one line for each trunk that is not as wanted, and the likely reason.
  - Changes nothing. It does not use C(sip qualify peer), which ends the monitoring of a peer that does not answer. A
    PJSIP endpoint that has not been probed yet is probed once (C(pjsip qualify)), since Asterisk may wait a whole
    period of qualify before it does so.
options:
  trunks:
    description:
      - The expected peers, each a name or a dictionary.
      - Default is the trunks of the dialer's own description (C(dialer_trunks)).
      - 'Keys of a dictionary: C(name) (required); C(technology), V(SIP), V(PJSIP) or V(IAX2), default is any; C(state),
        one state or a list of accepted states, instead of O(state); C(revision), the number in the stamp C([trunks N])
        of its description; C(registered), whether the registration with it must be accepted; C(host), C(port) and
        C(username), which identify its registration if they differ from those of the peer; C(peer_host) and
        C(peer_port), to which the loaded peer must send its calls. A trunk with C(port) does not use SRV records.'
    type: list
    elements: raw
  state:
    description:
      - The accepted states of trunks without a state of their own.
      - V(reachable), it answered its last probe in time.
      - V(lagged), it answered too late. Dial refuses such a peer, so that it does not count as V(reachable).
      - V(unreachable), V(unknown) (no probe answered yet) and V(unmonitored) (qualify is off).
      - V(loaded), in any state.
      - V(absent), not loaded.
    type: list
    elements: str
    choices: [reachable, lagged, unreachable, unknown, unmonitored, loaded, absent]
    default: [reachable]
  timeout:
    description:
      - Maximum number of seconds to wait. V(0) checks once.
      - Asterisk probes a peer that is down every 10 seconds.
    type: int
    default: 30
  interval:
    description: Seconds between two checks.
    type: float
    default: 1
  reloaded:
    description:
      - Whether the peers may have been reloaded just before. Asterisk keeps a peer's state over a reload, even if its
        address changes, so that a state must be proven to be measured after the reload.
      - For chan_sip, all probes that follow a reload must have been sent, which two OPTIONS requests to chan_sip's own
        UDP port prove, and the peer must not have an unanswered probe. Every 0.1 seconds, two peers are probed
        (C(qualifygap), C(qualifypeers)); O(timeout) begins when the last one is due.
      - For PJSIP, the contact must have answered a probe (C(pjsip qualify)) since this module began.
      - For IAX2, the peer must have answered a C(POKE) that this module sent to its address and port from its own UDP
        port, and the last one of Asterisk must not be unanswered.
      - A trunk whose state is as wanted, but not proven to be measured after the reload, fails after O(timeout).
        Trunks for which any state is accepted (V(loaded), V(absent)), and those with qualify off, need no proof.
    type: bool
    default: false
  read:
    description:
      - Name of the variable in which the result of M(dialer.trunks.dialer_info) was registered before anything was
        changed. With it, the module fails only for what this run has changed or made worse.
      - A trunk that was unreachable, lagged, without an address or not registered before, and that this run has not
        changed, is a warning that names it, and is not waited for. So is one that was not loaded before and is now,
        although this run has not written it.
      - A trunk is changed if its revision is another one than before, or if it is among those of O(carriers) and
        O(files). An adopted trunk is changed if it has another address or port than before.
      - Ignored if Asterisk did not run then.
    type: str
  carriers:
    description:
      - With O(read), the result of the M(dialer.trunks.vicidial_carriers) that wrote the rows of trunks in this run.
    type: dict
  files:
    description:
      - With O(read), the files of the generation that this run has written, as M(dialer.trunks.asterisk_generation) and
        M(dialer.trunks.asterisk_rollback) return them.
    type: list
    elements: str
    default: []
  payload:
    description: What was found before and what was written since. Set by the action plugin.
    type: str
extends_documentation_fragment:
  - dialer.trunks.attributes
attributes:
  check_mode:
    support: full
    details:
      - Checks once, without waiting, and does not fail because of a trunk, since what a real run would write is not
        written yet. RV(trunks) has what was found, and a warning names the trunks that are not as wanted.
  diff_mode:
    support: N/A
    details: Nothing is changed.
notes:
  - Fails at once if Asterisk is not installed, does not run, or this user may not use it.
  - Without O(reloaded), the module waits only for peers of chan_sip that are being probed. A peer of IAX2 counts as
    reachable until its next probe has failed, after 22 seconds.
seealso:
  - module: dialer.trunks.sip_peers_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Check every trunk of the description
  dialer.trunks.sip_peers_verify:

- name: Check that two carriers answer
  dialer.trunks.sip_peers_verify:
    trunks:
      - carrier_a
      - carrier_b

- name: Check a trunk that must be registered, one without qualify, and one that is removed
  dialer.trunks.sip_peers_verify:
    trunks:
      - name: carrier_a
        registered: true
      - name: carrier_b
        state: unmonitored
      - name: carrier_old
        state: absent
    timeout: 60

- name: Check that revision 7 of a peer is loaded, in any state
  dialer.trunks.sip_peers_verify:
    trunks:
      - name: carrier_a
        revision: 7
    state: [loaded]
'''

RETURN = r'''
trunks:
  description: What was found, in the order of O(trunks). Returned on failure, too.
  returned: when Asterisk could be asked
  type: list
  elements: dict
  contains:
    name:
      description: The name of the peer.
      type: str
      returned: always
    technology:
      description: V(SIP), V(PJSIP) or V(IAX2); null if no peer was found.
      type: str
      returned: always
    found:
      description: Whether the peer is loaded.
      type: bool
      returned: always
    state:
      description: Its state, see M(dialer.trunks.sip_peers_info); null if it is not loaded.
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
      description: The number in its stamp; null without one.
      type: int
      returned: always
    registration:
      description: The state of its registration; null if there is none, or C(registered) is false.
      type: str
      returned: always
    ok:
      description: Whether it is as wanted.
      type: bool
      returned: always
    elsewhere:
      description: Whether the loaded peer sends its calls to another address than C(peer_host) and C(peer_port).
      type: bool
      returned: always
    detail:
      description: What was found, in words.
      type: str
      returned: always
    reason:
      description: The likely reason if it is not as wanted, else empty.
      type: str
      returned: always
    down_before:
      description:
        - With O(read), what was down before this run, if the trunk is not as wanted and only a warning therefore, else
          empty.
      type: str
      returned: always
      sample: unreachable
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
      elsewhere: false
      detail: unreachable at 198.18.20.20:5060 instead of reachable
      reason: 'no answer to OPTIONS from 198.18.20.20:5060: the carrier is down, the host or port is wrong, or a
        firewall drops it'
      down_before: ''
elapsed:
  description: Elapsed seconds.
  returned: when Asterisk could be asked
  type: float
  sample: 1.3
'''

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.sip_peers_verify import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_checks, peer_watch
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn


def line(found):
    """Return what was found of a trunk, as a line of a message."""
    return '%s: %s%s' % (found['name'], found['detail'], '; ' + found['reason'] if found['reason'] else '')


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    start = time.time()
    if module.params['trunks'] is None:
        module.fail_json(msg='trunks: is required')
    try:
        trunks = peer_checks.expectations(module.params['trunks'], module.params['state'])
    except ValueError as problem:
        module.fail_json(msg=str(problem))
    try:
        # Check mode waits for nothing.
        good, seen = peer_watch.watch(
            Cli(), trunks, 0 if module.check_mode else module.params['timeout'], module.params['interval'],
            module.params['reloaded'] and not module.check_mode, payload.unpack(module.params['payload']).get('before'))
        found = seen.report()
    except AsteriskError as problem:
        module.fail_json(msg=str(problem))
    result = dict(changed=False, trunks=found, elapsed=round(time.time() - start, 2))
    for one in found:
        if one['down_before']:
            warn(module, '%s. It was down before this run (%s), which therefore goes on' % (
                line(one), one['down_before']))
    if good:
        module.exit_json(**result)
    lines = [line(one) for one in found if not one['ok'] and not one['down_before']]
    if module.check_mode:
        for text in lines:
            warn(module, 'a trunk is not as wanted (check mode: not waited for): ' + text)
        module.exit_json(**result)
    module.fail_json(msg='%d of %d trunks are not as wanted after %d seconds:\n%s' % (
        len(lines), len(found), result['elapsed'], '\n'.join(lines)), **result)


if __name__ == '__main__':
    main()
