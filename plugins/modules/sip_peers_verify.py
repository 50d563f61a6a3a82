#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
---
module: sip_peers_verify
short_description: Wait until a running Asterisk holds the expected trunks in the wanted state
version_added: "1.0.0"
description:
  - Asks the running Asterisk, again and again up to a limit, whether the expected chan_sip peers are loaded and in the
    wanted state, and says for each what it found.
  - Fails when the limit has passed, with one line for each trunk that is not as wanted, and the likely reason.
  - Only looks. It does not use C(sip qualify peer), which ends the monitoring of a dead peer.
options:
  trunks:
    description:
      - The expected peers, each a name or a dictionary.
      - When it is left out, the trunks that the dialer's own description (C(dialer_trunks)) expects.
      - 'Keys of a dictionary: C(name) (needed); C(state), one state or a list of those that will do, instead of
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
  - After a reload, a peer that had been reachable counts as such until its next probe.
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
from ansible_collections.dialer.trunks.plugins.module_utils import parsers, states
from ansible_collections.dialer.trunks.plugins.module_utils.asterisk import AsteriskError, Cli, in_screen
from ansible_collections.dialer.trunks.plugins.module_utils.stamps import revision
from ansible_collections.dialer.trunks.plugins.module_utils.surroundings import peer_files, resolve


class Watch(object):
    """Looks at the expected trunks. What is costly and does not change is asked once."""

    def __init__(self, cli, trunks):
        self.cli = cli
        self.trunks = trunks
        self.loaded = True
        self.peers = {}
        self.registrations = {}
        self._details = {}

    def look(self):
        """Read the state of all trunks; returns whether each is as wanted."""
        peers = self.cli.sip_peers()
        self.loaded = peers is not None
        self.peers = {peer['name']: peer for peer in peers or ()}
        registered = [number for number, trunk in enumerate(self.trunks)
                      if trunk['registered'] and trunk['name'] in self.peers]
        registrations = self.cli.registrations() if registered else []
        for number in registered:
            trunk = self.trunks[number]
            self.registrations[number] = states.registration_of(trunk, self.details(trunk['name']), registrations)
        return all(states.judge(*self._of(number))[0] for number in range(len(self.trunks)))

    def details(self, name):
        """What Asterisk tells of this peer, label by label; None when it has gone."""
        if not self._details.get(name):
            self._details[name] = self.cli.read(parsers.sip_peer, 'sip show peer %s' % name)
        return self._details[name]

    def _of(self, number):
        trunk = self.trunks[number]
        return trunk, self.peers.get(trunk['name']), self.registrations.get(number)

    def report(self):
        """RETURN's ``trunks``. What it takes to tell the reasons is asked here only."""
        screen, found = in_screen(), []
        for number in range(len(self.trunks)):
            trunk, peer, registration = self._of(number)
            ok, detail = states.judge(trunk, peer, registration)
            reason = ''
            if not ok:
                reason = states.reason(trunk, peer, registration, self._facts(trunk, peer, screen))
            shown = peer or dict(state=None, address=None, port=None, latency_ms=None, description='')
            found.append(dict(
                name=trunk['name'], found=peer is not None, ok=ok, detail=detail, reason=reason,
                revision=revision(shown['description']) or None,
                registration=registration['state'] if registration else None,
                **{key: shown[key] for key in ('state', 'address', 'port', 'latency_ms')}))
        return found

    def _facts(self, trunk, peer, screen):
        facts = dict(loaded=self.loaded, in_screen=screen, files=peer_files(trunk['name']))
        if peer is not None and not peer['dynamic']:
            host = (self.details(trunk['name']) or {}).get('ToHost')
            facts.update(host=host, addresses=resolve(host))
        return facts


def watch(module, cli, trunks):
    """Look until all is as wanted or the limit has passed; returns (whether it is, the Watch)."""
    seen = Watch(cli, trunks)
    limit = time.time() + (0 if module.check_mode else module.params['timeout'])
    while True:
        if seen.look():
            return True, seen
        pause = min(max(module.params['interval'], 0.1), limit - time.time())
        if pause <= 0:
            return False, seen
        time.sleep(pause)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            trunks=dict(type='list', elements='raw'),
            state=dict(type='list', elements='str', default=['reachable'],
                       choices=['reachable', 'lagged', 'unreachable', 'unknown', 'unmonitored', 'loaded', 'absent']),
            timeout=dict(type='int', default=30),
            interval=dict(type='float', default=1),
        ),
        supports_check_mode=True)
    start = time.time()
    if module.params['trunks'] is None:
        module.fail_json(msg='trunks: which peers are expected has to be said')
    try:
        trunks = states.expectations(module.params['trunks'], module.params['state'])
    except ValueError as problem:
        module.fail_json(msg=str(problem))
    try:
        good, seen = watch(module, Cli(), trunks)
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
            module.warn('a trunk is not as wanted (check mode: not waited for): ' + line)
        module.exit_json(**result)
    module.fail_json(msg='%d of %d trunks are not as wanted after %d seconds:\n%s' % (
        len(lines), len(found), result['elapsed'], '\n'.join(lines)), **result)


if __name__ == '__main__':
    main()
