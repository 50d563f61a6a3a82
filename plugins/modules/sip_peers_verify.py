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
        whether our registration with it has to be accepted; C(host), C(port) and C(username), which tell its
        registration when they differ from those of the peer. A C(port) also says that no SRV record is asked for.'
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
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers, peer_checks, srv_records
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli, in_screen
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.evidence import EVIDENCE
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import REACHABLE, UNKNOWN, UNMONITORED
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import peer_files, resolve
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES


# Seconds between two looks that wait for evidence alone.
SOON = 0.2


class Watch(object):
    """Looks at the expected trunks. What is costly and does not change is asked once."""

    def __init__(self, cli, trunks, reloaded=False):
        self.cli = cli
        self.trunks = trunks
        self.names = {trunk['name'] for trunk in trunks}
        wanted = {trunk['technology'] for trunk in trunks}
        self.technologies = [name for name in TECHNOLOGIES if name in wanted or None in wanted]
        # Those whose state matters: it has to be from after the reload.
        judged = [trunk for trunk in trunks if not {peer_checks.LOADED, peer_checks.ABSENT} & set(trunk['state'])]
        self.judged = {trunk['name'] for trunk in judged}
        self.evidence = {name: EVIDENCE[name](cli) for name in self.technologies
                         if reloaded and any(trunk['technology'] in (name, None) for trunk in judged)}
        self.loaded = {}
        self.peers = {}
        self.registrations = {}
        self._details = {}
        self._probed = set()

    def look(self):
        """Read the state of all trunks; returns (whether each is as wanted, whether that is so now, and not before)."""
        for evidence in self.evidence.values():
            evidence.before()
        self.peers = {}
        for technology in self.technologies:
            peers = self.cli.peers(technology, self.names)
            self.loaded[technology] = peers is not None
            for peer in peers or ():
                self.peers[technology, peer['name']] = peer
        asked = {}
        for number, trunk in enumerate(self.trunks):
            peer = self.peer(trunk)
            if not trunk['registered'] or peer is None:
                continue
            technology = peer['technology']
            if technology not in asked:
                asked[technology] = self.cli.registrations(technology)
            details = self.details(trunk['name']) if technology == 'SIP' else _as_details(peer)
            self.registrations[number] = peer_checks.registration_of(dict(trunk, technology=technology), details,
                                                                     asked[technology])
        good = [peer_checks.judge(*self._of(number))[0] for number in range(len(self.trunks))]
        if 'PJSIP' not in self.evidence:
            self._probe(trunk for trunk, fine in zip(self.trunks, good) if not fine)
        self._gather()
        return all(good), all(good) and self._settled()

    def _gather(self):
        """Have the evidence collected of what is judged by its state."""
        wanted = [self.peer(trunk) for trunk in self.trunks if trunk['name'] in self.judged]
        for technology, evidence in self.evidence.items():
            evidence.after([peer for (kind, _name), peer in self.peers.items() if kind == technology],
                           [peer for peer in wanted if peer and peer['technology'] == technology])

    def lacking(self, peer):
        """What is missing to believe the state of a trunk's peer after a reload, a clause; '' when nothing is."""
        if peer is None or peer['name'] not in self.judged or peer['technology'] not in self.evidence:
            return ''
        return '' if peer['state'] == UNMONITORED else self.evidence[peer['technology']].lacking(peer)

    def _settled(self):
        """Whether what Asterisk says of the trunks is what it has heard of them, and not what it knew before."""
        if self.evidence:
            return not any(self.lacking(self.peer(trunk)) for trunk in self.trunks)
        reachable = {name[:10] for (technology, name), peer in self.peers.items()
                     if technology == 'SIP' and name in self.names and peer['state'] == REACHABLE}
        return not reachable or not reachable.intersection(self.cli.sip_probes())

    def _probe(self, trunks):
        """Have PJSIP send the first probe now."""
        for trunk in trunks:
            peer, name = self.peer(trunk), trunk['name']
            if peer and peer['technology'] == 'PJSIP' and peer['state'] == UNKNOWN and name not in self._probed:
                self._probed.add(name)
                self.cli.run('pjsip qualify %s' % name)

    def patience(self):
        """Seconds that Asterisk needs to probe all its peers after a reload."""
        return max([evidence.spread or 0 for evidence in self.evidence.values()] or [0])

    def peer(self, trunk):
        """The trunk's peer, of its technology or of the first that has one; None when it is not loaded."""
        for technology in [trunk['technology']] if trunk['technology'] else self.technologies:
            if (technology, trunk['name']) in self.peers:
                return self.peers[technology, trunk['name']]
        return None

    def details(self, name):
        """What Asterisk tells of this peer of chan_sip, label by label; None when it has gone."""
        if not self._details.get(name):
            self._details[name] = self.cli.read(parsers.sip_peer, 'sip show peer %s' % name)
        return self._details[name]

    def _of(self, number):
        trunk = self.trunks[number]
        return trunk, self.peer(trunk), self.registrations.get(number)

    def report(self):
        """RETURN's ``trunks``. What it takes to tell the reasons is asked here only."""
        screen, found = in_screen(), []
        for number in range(len(self.trunks)):
            trunk, peer, registration = self._of(number)
            ok, detail = peer_checks.judge(trunk, peer, registration)
            reason = self.lacking(peer) if ok else ''
            if reason:
                ok, detail = False, detail + ', but that may be from before the reload'
            elif not ok:
                technology = self._technology(trunk, peer)
                reason = peer_checks.reason(dict(trunk, technology=technology), peer, registration,
                                            self._facts(trunk, peer, technology, screen))
            shown = peer or dict(state=None, address=None, port=None, latency_ms=None, description='')
            found.append(dict(
                name=trunk['name'], technology=peer['technology'] if peer else None, found=peer is not None,
                ok=ok, detail=detail, reason=reason,
                revision=revision(shown['description']) or None,
                registration=registration['state'] if registration else None,
                **{key: shown[key] for key in ('state', 'address', 'port', 'latency_ms')}))
        return found

    def _technology(self, trunk, peer):
        """The one that the trunk has, else the one that it should have, else the first that is loaded."""
        if peer or trunk['technology']:
            return peer['technology'] if peer else trunk['technology']
        return next((name for name in self.technologies if self.loaded[name]), 'SIP')

    def _facts(self, trunk, peer, technology, screen):
        facts = dict(loaded=self.loaded.get(technology), in_screen=screen,
                     files=peer_files(trunk['name'], TECHNOLOGIES[technology].conf))
        if peer is not None and not peer['dynamic']:
            if technology == 'SIP':
                host = (self.details(trunk['name']) or {}).get('ToHost')
            else:
                host = trunk['host'] or peer['address']
            addresses = resolve(host)
            asks = addresses is not None and not trunk['port'] or addresses == []
            facts.update(host=host, addresses=addresses, srv=srv_records.exist(host, technology) if asks else None)
        return facts


def _as_details(peer):
    """What C(sip show peer) would tell of a peer's address."""
    return {'Addr->IP': '%s:%s' % (peer['address'], peer['port'] or 0)} if peer['address'] else {}


def watch(module, cli, trunks):
    """Look until all is as wanted or the limit has passed; returns (whether it is, the Watch)."""
    began = time.monotonic()
    reloaded = module.params['reloaded'] and not module.check_mode
    timeout = 0 if module.check_mode else module.params['timeout']
    seen = Watch(cli, trunks, reloaded)
    while True:
        good, settled = seen.look()
        if settled:
            return True, seen
        # What lacks nothing but an answer has it in a moment.
        interval = min(module.params['interval'], SOON) if good and seen.evidence else module.params['interval']
        pause = min(max(interval, 0.1), began + timeout + seen.patience() - time.monotonic())
        if pause <= 0:
            return good and not seen.evidence, seen
        time.sleep(pause)


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
            warn(module, 'a trunk is not as wanted (check mode: not waited for): ' + line)
        module.exit_json(**result)
    module.fail_json(msg='%d of %d trunks are not as wanted after %d seconds:\n%s' % (
        len(lines), len(found), result['elapsed'], '\n'.join(lines)), **result)


if __name__ == '__main__':
    main()
