#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
---
module: sip_peers_info
short_description: Read the peers and registrations of a running Asterisk
version_added: "1.0.0"
description:
  - Asks the running Asterisk for its chan_sip peers and outbound registrations, and returns them as data.
  - Names are whole, also those that C(sip show peers) cuts at 25 characters.
  - Secrets are neither asked for nor returned.
  - Takes two processes on the dialer, three when a name was cut, about 13 ms each.
options:
  names:
    description:
      - Return only peers with one of these names. Shell patterns such as V(carrier_*) are allowed.
      - Registrations and RV(summary) are always those of the whole Asterisk.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - dialer.trunks.attributes.info
notes:
  - Fails when Asterisk is not installed, does not run, or may not be asked by this user; the message says which.
    No peers, or no chan_sip, is not a failure.
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
  description: The peers, in Asterisk's order (by name).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The whole name.
      type: str
      returned: always
    name_cut:
      description: Whether the name is cut at 25 characters all the same, since it could not be told.
      type: bool
      returned: always
    technology:
      description: Always V(SIP).
      type: str
      returned: always
    username:
      description: The user name that Asterisk shows behind the name, as far as it fits; null without one.
      type: str
      returned: always
    address:
      description: The address that Asterisk holds; null when it has none (not registered, or name not resolved).
      type: str
      returned: always
    port:
      description: The port; null without an address.
      type: int
      returned: always
    dynamic:
      description: Whether the peer registers with us (C(host=dynamic)), as agents' phones do.
      type: bool
      returned: always
    state:
      description:
        - V(reachable), it answered the last probe in time; V(lagged), it answered, but late, and Dial refuses it;
          V(unreachable), it did not answer; V(unknown), nothing has been answered yet; V(unmonitored), qualify is off.
      type: str
      returned: always
    latency_ms:
      description: Milliseconds until the last probe was answered; null unless reachable or lagged.
      type: int
      returned: always
    description:
      description: The peer's description, of which Asterisk shows 32 bytes.
      type: str
      returned: always
    revision:
      description: The number in the stamp C([trunks N]) of a peer of ours; null for others.
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
  description: Our registrations with carriers.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The registrar, name or address, as far as Asterisk shows it (39 bytes with the port).
      type: str
      returned: always
    port:
      description: Its port; null when it does not show.
      type: int
      returned: always
    username:
      description: The user name, of which Asterisk shows 12 bytes.
      type: str
      returned: always
    state:
      description: V(registered), V(request_sent), V(auth_sent), V(rejected), V(no_authentication), V(timeout),
        V(failed) or V(unregistered).
      type: str
      returned: always
    refresh_s:
      description: Seconds between two registrations.
      type: int
      returned: always
    since:
      description: When it was last accepted, as Asterisk writes it; null when it was not.
      type: str
      returned: always
  sample:
    - host: sip.example.com
      port: 5060
      username: account_1
      state: registered
      refresh_s: 105
      since: Sun, 22 Nov 2026 06:52:47
summary:
  description: Counts of the whole Asterisk, whatever O(names) says.
  returned: success
  type: dict
  contains:
    chan_sip:
      description: Whether chan_sip is loaded at all.
      type: bool
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
from ansible_collections.dialer.trunks.plugins.module_utils.asterisk import AsteriskError, Cli
from ansible_collections.dialer.trunks.plugins.module_utils.parsers import STATES
from ansible_collections.dialer.trunks.plugins.module_utils.stamps import revision


def as_peer(peer):
    """A peer of the parser as this module returns it."""
    keys = ('name', 'username', 'address', 'port', 'dynamic', 'state', 'latency_ms', 'description')
    found = {key: peer[key] for key in keys}
    found.update(name_cut=peer['cut'], technology='SIP', revision=revision(peer['description']) or None)
    return found


def as_registration(registration):
    """A registration of the parser as this module returns it."""
    return {key: registration[key] for key in ('host', 'port', 'username', 'state', 'refresh_s', 'since')}


def summarize(peers, registrations):
    """The counts that RETURN describes; both lists are None without chan_sip."""
    counts = {state: sum(1 for peer in peers or () if peer['state'] == state) for state in STATES}
    counts.update(chan_sip=peers is not None, peers=len(peers or ()), registrations=len(registrations or ()),
                  registered=sum(1 for one in registrations or () if one['state'] == 'registered'))
    return counts


def main():
    module = AnsibleModule(argument_spec=dict(names=dict(type='list', elements='str', default=[])),
                           supports_check_mode=True)
    cli = Cli()
    try:
        peers, registrations = cli.sip_peers(), cli.registrations()
    except AsteriskError as problem:
        module.fail_json(msg=str(problem))
    names = module.params['names']
    module.exit_json(
        changed=False, summary=summarize(peers, registrations),
        peers=[as_peer(peer) for peer in peers or ()
               if not names or any(fnmatchcase(peer['name'], name) for name in names)],
        registrations=[as_registration(one) for one in registrations or ()])


if __name__ == '__main__':
    main()
