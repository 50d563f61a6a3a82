#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: sip_peers_info
short_description: Read the peers and registrations of a running Asterisk
version_added: "1.0.0"
description:
  - Reads the chan_sip and IAX2 peers, the PJSIP endpoints and the outbound registrations of the running Asterisk, and
    returns them in one form.
  - Names are complete, also those that C(sip show peers) cuts at 25 characters.
  - Secrets are neither read nor returned.
  - Starts six processes on the dialer, one more for each driver that cuts a name, and one or two more for each PJSIP
    endpoint with a fixed contact; about 13 ms each. With O(names) and registrations of SIP or IAX2, one more for each
    of these peers.
options:
  names:
    description:
      - Return only peers with one of these names, and only their registrations. Shell patterns such as V(carrier_*)
        are allowed.
      - A registration of SIP or IAX2 has no name of its own. It is that of a peer with its host, port and user name.
      - RV(summary) always covers the whole Asterisk.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - dialer.trunks.attributes.info
notes:
  - Fails if Asterisk is not installed, does not run, or this user may not use it; the message says which.
    No peers, or a driver that is not loaded, is not a failure.
  - Needs the rights to run C(asterisk -rx), which usually means O(ignore:become=true).
seealso:
  - module: dialer.trunks.sip_peers_verify
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Read all peers
  dialer.trunks.sip_peers_info:
  register: sip

- name: Show the trunks that are down
  ansible.builtin.debug:
    msg: "{{ sip.peers | selectattr('state', 'in', ['unreachable', 'lagged']) | map(attribute='name') }}"

- name: Read the peers of two carriers and their gateways
  dialer.trunks.sip_peers_info:
    names:
      - carrier_a*
      - carrier_b*
'''

RETURN = r'''
peers:
  description: The peers of chan_sip, PJSIP and IAX2, each in Asterisk's order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
      returned: always
    name_cut:
      description: Whether the name is cut at 25 characters, since the complete one could not be determined.
      type: bool
      returned: always
    technology:
      description: V(SIP), V(PJSIP) (an endpoint) or V(IAX2).
      type: str
      returned: always
    username:
      description: The user name that Asterisk shows after the name, as far as it fits; null without one.
      type: str
      returned: always
    address:
      description: The peer's address; null without one (not registered, or name not resolved). With PJSIP, the host of
        the contact, which may be a name.
      type: str
      returned: always
    port:
      description: The port; null without an address.
      type: int
      returned: always
    dynamic:
      description: Whether the peer registers with this Asterisk (C(host=dynamic)), as agents' phones do.
      type: bool
      returned: always
    state:
      description:
        - V(reachable), it answered the last probe in time; V(lagged), it answered late, and Dial refuses it;
          V(unreachable), it did not answer; V(unknown), no probe has been answered yet; V(unmonitored), qualify is off.
        - Of several contacts of a PJSIP endpoint the best counts. PJSIP has no V(lagged). It sends the first probe at
          some time within the first period of qualify, and until then the state is V(unknown).
      type: str
      returned: always
    latency_ms:
      description: Milliseconds until the last probe was answered; null unless reachable or lagged.
      type: int
      returned: always
    description:
      description: The peer's description, of which Asterisk shows 32 bytes. With PJSIP, the value of the channel
        variable C(TRUNKS_DESCRIPTION).
      type: str
      returned: always
    revision:
      description: The number in the stamp C([trunks N]) of a managed peer; null for others.
      type: int
      returned: always
  sample:
    - name: carrier_a
      name_cut: false
      technology: SIP
      username: null
      address: 198.18.10.10
      port: 5060
      dynamic: false
      state: reachable
      latency_ms: 3
      description: '[trunks 7] VoIP Provider A'
      revision: 7
registrations:
  description: The outbound registrations, with O(names) those of these peers.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The registrar's name or address, as far as Asterisk shows it (39 bytes with the port).
      type: str
      returned: always
    technology:
      description: V(SIP), V(PJSIP) or V(IAX2).
      type: str
      returned: always
    name:
      description: The name of the registration in PJSIP; null with the others.
      type: str
      returned: always
    port:
      description: Its port; null if Asterisk does not show it.
      type: int
      returned: always
    username:
      description: The user name, of which Asterisk shows 12 bytes (SIP) or 10 (IAX2), and none with PJSIP.
      type: str
      returned: always
    state:
      description: V(registered), V(request_sent), V(auth_sent), V(rejected), V(no_authentication), V(timeout),
        V(failed) or V(unregistered). With PJSIP V(rejected) may also be silence, and V(stopped) says that Asterisk has
        given up.
      type: str
      returned: always
    refresh_s:
      description: Seconds between two registrations; with PJSIP, seconds until the next, null when it is overdue.
      type: int
      returned: always
    since:
      description: When it was last accepted, as Asterisk writes it; null if it was not.
      type: str
      returned: always
  sample:
    - host: sip.example.com
      technology: SIP
      name: null
      port: 5060
      username: account_1
      state: registered
      refresh_s: 105
      since: Sun, 22 Nov 2026 06:52:47
summary:
  description: Counts of the whole Asterisk, whatever O(names) is.
  returned: success
  type: dict
  contains:
    chan_sip:
      description: Whether chan_sip is loaded at all.
      type: bool
      returned: always
    technologies:
      description: The technologies whose drivers are loaded.
      type: list
      elements: str
      returned: always
    peers:
      description: How many peers there are.
      type: int
      returned: always
    reachable:
      description: How many of them are reachable.
      type: int
      returned: always
    lagged:
      description: How many of them are lagged.
      type: int
      returned: always
    unreachable:
      description: How many of them are unreachable.
      type: int
      returned: always
    unknown:
      description: How many of them are unknown.
      type: int
      returned: always
    unmonitored:
      description: How many of them are unmonitored.
      type: int
      returned: always
    registrations:
      description: How many registrations there are.
      type: int
      returned: always
    registered:
      description: How many of them are registered.
      type: int
      returned: always
  sample:
    chan_sip: true
    technologies: [SIP, PJSIP, IAX2]
    peers: 24
    reachable: 6
    lagged: 1
    unreachable: 4
    unknown: 2
    unmonitored: 11
    registrations: 11
    registered: 3
'''

from fnmatch import fnmatchcase

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import STATES
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.peer_checks import registration_of
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES


def as_peer(peer):
    """Return a parsed peer in the form of RETURN."""
    keys = ('name', 'username', 'address', 'port', 'dynamic', 'state', 'latency_ms', 'description')
    found = {key: peer[key] for key in keys}
    found.update(name_cut=peer['cut'], technology=peer['technology'], revision=revision(peer['description']) or None)
    return found


def as_registration(registration):
    """Return a parsed registration in the form of RETURN."""
    keys = ('technology', 'name', 'host', 'port', 'username', 'state', 'refresh_s', 'since')
    return {key: registration.get(key) for key in keys}


def summarize(technologies, peers, registrations):
    """Return the C(summary) of RETURN. ``technologies``: those whose drivers are loaded."""
    counts = {state: sum(1 for peer in peers if peer['state'] == state) for state in STATES}
    counts.update(chan_sip='SIP' in technologies, technologies=technologies, peers=len(peers),
                  registrations=len(registrations),
                  registered=sum(1 for one in registrations if one['state'] == 'registered'))
    return counts


def read(cli):
    """Return (the technologies whose drivers are loaded, their peers, their registrations)."""
    technologies, peers, registrations = [], [], []
    for technology in TECHNOLOGIES:
        found = cli.peers(technology)
        if found is None:
            continue
        technologies.append(technology)
        peers += found
        registrations += [dict(one, technology=technology) for one in cli.registrations(technology) or ()]
    return technologies, peers, registrations


def belonging(cli, peers, registrations):
    """Return those of the registrations that belong to one of the peers, in their order."""
    found = []
    for peer in peers:
        same = [one for one in registrations if one['technology'] == peer['technology']]
        details = cli.details(peer['technology'], peer['name']) if same and peer['technology'] != 'PJSIP' else None
        trunk = dict(name=peer['name'], technology=peer['technology'], host=None, port=None, username=None)
        found.append(registration_of(trunk, details, same) if same else None)
    return [one for one in registrations if any(one is other for other in found)]


def main():
    module = AnsibleModule(argument_spec=dict(names=dict(type='list', elements='str', default=[])),
                           supports_check_mode=True)
    cli, names = Cli(), module.params['names']
    try:
        technologies, peers, registrations = read(cli)
        summary = summarize(technologies, peers, registrations)
        if names:
            peers = [peer for peer in peers if any(fnmatchcase(peer['name'], name) for name in names)]
            registrations = belonging(cli, peers, registrations)
    except AsteriskError as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=False, summary=summary, peers=[as_peer(peer) for peer in peers],
                     registrations=[as_registration(one) for one in registrations])


if __name__ == '__main__':
    main()
