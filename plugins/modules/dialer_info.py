#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: dialer_info
short_description: Read what a dialer has and runs, before anything is planned for it
version_added: "1.0.0"
description:
  - Returns a dialer's own address in VICIdial, its generation of ours, and the names and patterns that are taken in its
    running Asterisk, so that a conflict is found before anything is touched.
  - Works as well where Asterisk is stopped or missing, and says so.
  - Takes ten processes on the dialer, about 13 ms each, one more for each channel driver that cuts a name, and one or
    two more for each PJSIP endpoint that nobody registers for and for each TLS transport of PJSIP.
options: {}
extends_documentation_fragment:
  - dialer.trunks.attributes.info
notes:
  - Needs the rights to run C(asterisk -rx) and to read C(/etc/astguiclient.conf), which usually means
    O(ignore:become=true).
seealso:
  - module: dialer.trunks.sip_peers_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Read the dialer
  dialer.trunks.dialer_info:
  register: found

- name: Stop where Asterisk does not run
  ansible.builtin.assert:
    that: found.dialer.asterisk.running
    fail_msg: "{{ found.dialer.asterisk.reason }}"
'''

RETURN = r'''
dialer:
  description: What was found.
  returned: always
  type: dict
  contains:
    server_ip:
      description: C(VARserver_ip) of C(/etc/astguiclient.conf); null without it.
      type: str
      returned: always
    vicidial:
      description: Whether there is a C(/etc/astguiclient.conf).
      type: bool
      returned: always
    asterisk:
      description:
        - C(running), C(version), C(in_screen) (whether a console runs in a screen session of root named asterisk, into
          which VICIdial types its reloads), and C(reason), a sentence when it does not run, else empty.
        - When it does not run, the lists below are empty.
      type: dict
      returned: always
    generation:
      description:
        - C(running), the number that the running dialplan holds in its context C(trunks-generation), and C(linked), the
          one that C(/etc/asterisk/trunks) points to. Null where there is none.
      type: dict
      returned: always
    peers:
      description:
        - All peers and endpoints, each with C(name), C(technology) (V(SIP), V(PJSIP) or V(IAX2)), C(host) (its address;
          null without one), C(dynamic) (whether it registers with us) and C(ours) (whether its description begins with
          our stamp).
      type: list
      elements: dict
      returned: always
    drivers:
      description: Which of V(SIP), V(PJSIP) and V(IAX2) this Asterisk has loaded.
      type: list
      elements: str
      returned: always
    transports:
      description:
        - By what SIP and PJSIP can place calls, each with C(technology), C(type) (V(udp), V(tcp) or V(tls)), C(port),
          on which it takes calls (null where it takes none), and C(problem), a sentence that says what keeps calls from
          going out by it and what to do, else empty.
      type: list
      elements: dict
      returned: always
    srtp:
      description: Whether the module res_srtp is loaded, without which no media are encrypted.
      type: bool
      returned: always
    globals:
      description: Names of the dialplan's global variables, without those by which we name trunks. Their values may
        hold logins and are not returned.
      type: list
      elements: str
      returned: always
    patterns:
      description:
        - The extensions that a call may meet, each with C(context), C(pattern) (as Asterisk shows it, patterns with
          their C(_)), C(ours), and C(before), whether Asterisk always looks it up before the routes'.
        - They are those of every context that C(default), or a context that includes C(trunks-outbound), includes
          directly or through others, without special extensions and without C(vicidial-auto-external), whose entries
          are rows of the database.
      type: list
      elements: dict
      returned: always
    contexts:
      description: The names of all contexts.
      type: list
      elements: str
      returned: always
    ways_out:
      description:
        - The contexts from which a call goes out to a carrier, or may, each with C(context) and C(by), the way.
        - The way is a list of contexts, itself first, each with C(context) and C(how). V(includes) and V(jumps) lead to
          the next one; the last one has V(routes) (it is C(trunks-outbound), a route of ours or
          C(vicidial-auto-external)), V(dials) (a Dial in it takes a number that the call brings) or V(switch) (it has
          extensions that cannot be seen). By V(includes) and V(routes) alone it is certain.
      type: list
      elements: dict
      returned: always
    guests:
      description: The context in which chan_sip takes calls from addresses that are no peer's (C(allowguest)); null
        when it refuses them, as it should.
      type: str
      returned: always
    iax_guests:
      description:
        - The users of chan_iax2 as which anybody may call from any address, since they have neither a secret nor
          address rules (C(permit)), as C([guest]) in many an iax.conf. Each has C(name) and C(context), both cut at 15
          characters.
      type: list
      elements: dict
      returned: always
    firewalld:
      description: Whether firewalld runs.
      type: bool
      returned: always
    firewalld_zones:
      description:
        - The zones of the running firewalld, each with its C(name), C(target), C(interfaces), C(sources), C(services)
          and C(ports), whether it is the C(default) one, and our own rich rules in it, C(running) and C(permanent).
      type: list
      elements: dict
      returned: always
    firewalld_problem:
      description: Why firewalld, though it runs, could not be asked; empty when it could.
      type: str
      returned: always
    nft:
      description: Whether the program nft is installed.
      type: bool
      returned: always
  sample:
    server_ip: 198.18.0.11
    vicidial: true
    asterisk: {running: true, version: 16.28.0, in_screen: true, reason: ''}
    generation: {running: 17, linked: 17}
    peers:
      - {name: carrier_a, technology: SIP, host: 198.18.10.10, dynamic: false, ours: true}
    drivers: [SIP, PJSIP, IAX2]
    transports:
      - {technology: SIP, type: udp, port: 5060, problem: ''}
    srtp: true
    globals: [TRUNKloop, TRUNKblind]
    patterns:
      - {context: default, pattern: _138368, ours: false, before: true}
    contexts: [default, trunkinbound, trunks-generation]
    ways_out:
      - context: default
        by:
          - {context: default, how: includes}
          - {context: vicidial-auto, how: includes}
          - {context: vicidial-auto-external, how: routes}
    guests: null
    iax_guests: []
    firewalld: false
    firewalld_zones: []
    firewalld_problem: ''
    nft: true
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    dialplan_scope, loaded_checks, parsers, transports, ways_out)
from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli, in_screen, running
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES

LINK = '/etc/asterisk/trunks'
STAMP = '[trunks '


def linked(path=LINK):
    """The number of the generation that the link points to, or None."""
    try:
        name = os.path.basename(os.readlink(path).rstrip('/'))
    except (OSError, IOError):
        return None
    return int(name) if name.isdigit() else None


def peers(cli):
    """(RETURN's ``peers``, its ``drivers``)."""
    found, drivers = [], []
    for technology in TECHNOLOGIES:
        rows = cli.peers(technology)
        if rows is None:
            continue
        drivers.append(technology)
        found += [dict(name=peer['name'], technology=technology, host=peer['address'], dynamic=peer['dynamic'],
                       ours=peer['description'].startswith(STAMP)) for peer in rows]
    return found, drivers


def read_asterisk(cli):
    """Everything of RETURN that the running Asterisk knows; AsteriskError when it cannot be asked."""
    version = cli.version()
    contexts = cli.read(parsers.dialplan, 'dialplan show')
    found, drivers = peers(cli)
    settings = cli.run('sip show settings')
    return dict(
        asterisk=dict(running=True, version=version, in_screen=in_screen(), reason=''),
        running_generation=loaded_checks.running_generation(contexts),
        peers=found, drivers=drivers,
        transports=transports.read(cli, drivers, settings),
        srtp='res_srtp.so' in cli.run('module show like res_srtp'),
        globals=parsers.global_names(cli.run('dialplan show globals')),
        patterns=dialplan_scope.patterns(contexts),
        contexts=[context['name'] for context in contexts],
        ways_out=ways_out.find(contexts),
        guests=parsers.sip_guests(settings),
        iax_guests=[dict(name=name, context=context) for name, context in parsers.iax2_guests(
            cli.run('iax2 show users') if 'IAX2' in drivers else '')])


def main():
    module = AnsibleModule(argument_spec=dict(), supports_check_mode=True)
    try:
        values = astguiclient.load()
    except (IOError, OSError) as problem:
        module.fail_json(msg='%s cannot be read: %s' % (astguiclient.PATH, problem))
    try:
        found = read_asterisk(Cli())
    except AsteriskError as problem:
        found = dict(asterisk=dict(running=False, version='', in_screen=False, reason=str(problem)),
                     running_generation=None, peers=[], drivers=[], transports=[], srtp=False, globals=[],
                     patterns=[], contexts=[], ways_out=[], guests=None, iax_guests=[])
    found.update(
        server_ip=astguiclient.server_ip(values), vicidial=values is not None,
        generation=dict(running=found.pop('running_generation'), linked=linked()),
        nft=bool(module.get_bin_path('nft', opt_dirs=['/usr/sbin', '/sbin', '/usr/local/sbin'])))
    found.update(firewalld.state(running('firewalld')))
    module.exit_json(changed=False, dialer=found)


if __name__ == '__main__':
    main()
