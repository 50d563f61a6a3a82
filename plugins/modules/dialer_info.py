#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: dialer_info
short_description: Read a dialer's configuration and running programs
version_added: "1.0.0"
description:
  - Returns a dialer's own address in VICIdial, its generation of this collection's files, and the names and patterns
    that its running Asterisk already uses, so that conflicts are found before anything is changed.
  - Works also if Asterisk is stopped or missing, and returns that.
  - Starts ten processes on the dialer, about 13 ms each, one more for each loaded channel driver, one more for each
    channel driver that cuts a name, and one or two more for each PJSIP endpoint with a fixed contact and for each TLS
    transport of PJSIP.
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

- name: Stop if Asterisk does not run
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
      description: C(VARserver_ip) in C(/etc/astguiclient.conf); null without it.
      type: str
      returned: always
    vicidial:
      description: Whether there is a C(/etc/astguiclient.conf).
      type: bool
      returned: always
    generated:
      description: What VICIdial's generated conf files hold of managed rows, for M(dialer.trunks.vicidial_carriers).
        C(peers) and C(routes) map each name to its revision and to a digest of its options or steps. Null without
        VICIdial.
      type: dict
      returned: always
    asterisk:
      description:
        - C(running), C(version), C(in_screen) (whether a console runs in a screen session of root named asterisk, into
          which VICIdial types its reloads), and C(reason), why it does not run, else empty.
        - If it does not run, the lists below are empty.
      type: dict
      returned: always
    generation:
      description:
        - C(running), the number in the context C(trunks-generation) of the running dialplan, and C(linked), the one
          that C(/etc/asterisk/trunks) points to. Null for none.
      type: dict
      returned: always
    peers:
      description:
        - All peers and endpoints, each with C(name), C(technology) (V(SIP), V(PJSIP) or V(IAX2)), C(host) (its address;
          null without one), C(port) (null without one), C(dynamic) (whether it registers with this Asterisk),
          C(managed) (whether its description begins with the stamp of this collection), C(revision) (the number in
          that stamp, 0 without one) and C(state), see M(dialer.trunks.sip_peers_info).
      type: list
      elements: dict
      returned: always
    registrations:
      description:
        - The outbound registrations, each with C(technology), C(name) (of PJSIP's object, else null), C(host), C(port),
          C(username), whether Asterisk cuts them (C(host_cut), C(username_cut)), and C(state), see
          M(dialer.trunks.sip_peers_info).
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
        - The transports over which SIP and PJSIP can place calls, each with C(technology), C(type) (V(udp), V(tcp) or
          V(tls)), C(name) (of PJSIP's transport, else null), C(port), on which it accepts calls (null if it does not),
          and C(problem), a sentence that says why it cannot place calls and what to do, else empty.
      type: list
      elements: dict
      returned: always
    srtp:
      description: Whether the module res_srtp is loaded, which encrypts media.
      type: bool
      returned: always
    globals:
      description: Names of the dialplan's global variables, without those of this collection's trunks. Their values may
        hold logins and are not returned.
      type: list
      elements: str
      returned: always
    patterns:
      description:
        - The extensions that a call may reach, each with C(context), C(pattern) (as Asterisk shows it, patterns with
          their C(_)), C(managed), and C(before), whether Asterisk always looks it up before those of the routes.
        - They are those of every context that C(default), or a context that includes C(trunks-outbound), includes
          directly or indirectly, without special extensions and without C(vicidial-auto-external), whose entries are
          rows of the database.
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
        - The contexts from which a call reaches a carrier, or may reach it, each with C(context) and C(by), the path.
        - The path is a list of contexts, beginning with itself, each with C(context) and C(how). V(includes) and
          V(jumps) lead to the next one; the last one has V(routes) (it is C(trunks-outbound), a route of this
          collection or C(vicidial-auto-external)), V(dials) (a Dial in it uses a number of the call) or V(switch) (it
          has extensions that cannot be read). A path of V(includes) and V(routes) only is certain.
      type: list
      elements: dict
      returned: always
    guests:
      description: The context in which chan_sip accepts calls from addresses without a peer (C(allowguest)); null if it
        refuses them, as it should.
      type: str
      returned: always
    iax_guests:
      description:
        - The users of chan_iax2 that accept calls from any address without a password, since they have neither a secret
          nor address rules (C(permit)), such as C([guest]). Each has C(name) and C(context), both cut at 15 characters.
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
          and C(ports), whether it is the C(default) one, and its managed rich rules, C(running) and C(permanent).
      type: list
      elements: dict
      returned: always
    firewalld_problem:
      description: Why the running firewalld could not be asked; empty if it could.
      type: str
      returned: always
    nft:
      description: Whether the program nft is installed.
      type: bool
      returned: always
    pymysql:
      description: Whether PyMySQL is installed for the Python that ran this module, so that the database module can
        run on this host.
      type: bool
      returned: always
  sample:
    server_ip: 198.18.0.11
    vicidial: true
    generated: {peers: {}, routes: {}}
    asterisk: {running: true, version: 16.28.0, in_screen: true, reason: ''}
    generation: {running: 17, linked: 17}
    peers:
      - {name: carrier_a, technology: SIP, host: 198.18.10.10, port: 5060, dynamic: false, managed: true, revision: 7,
         state: reachable}
    registrations:
      - {technology: SIP, name: null, host: 198.18.10.10, host_cut: false, port: 5060, username: account,
         username_cut: false, state: registered}
    drivers: [SIP, PJSIP, IAX2]
    transports:
      - {technology: SIP, type: udp, name: null, port: 5060, problem: ''}
    srtp: true
    globals: [TRUNKloop, TRUNKblind]
    patterns:
      - {context: default, pattern: _138368, managed: false, before: true}
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
    pymysql: false
msg:
  description: Why Asterisk does not run; empty if it does.
  returned: always
  type: str
'''

import importlib.util
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    dialplan_parsers, dialplan_scope, generated, loaded_checks, parsers, transports, ways_out)
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError, Cli, in_screen, running
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES

LINK = '/etc/asterisk/trunks'
STAMP = '[trunks '


def linked(path=LINK):
    """Return the number of the generation that the link points to, or None."""
    try:
        name = os.path.basename(os.readlink(path).rstrip('/'))
    except (OSError, IOError):
        return None
    return int(name) if name.isdigit() else None


def peers(cli):
    """Return (``peers``, ``drivers``) of RETURN."""
    found, drivers = [], []
    for technology in TECHNOLOGIES:
        rows = cli.peers(technology)
        if rows is None:
            continue
        drivers.append(technology)
        found += [dict(name=peer['name'], technology=technology, host=peer['address'], port=peer['port'],
                       dynamic=peer['dynamic'], managed=peer['description'].startswith(STAMP),
                       revision=revision(peer['description']), state=peer['state']) for peer in rows]
    return found, drivers


def registrations(cli, drivers):
    """Return C(registrations) of RETURN."""
    keys = ('host', 'host_cut', 'port', 'username', 'username_cut', 'state')
    return [dict({key: one[key] for key in keys}, technology=technology, name=one.get('name'))
            for technology in drivers for one in cli.registrations(technology) or ()]


def read_asterisk(cli):
    """Return the part of RETURN that the running Asterisk tells. Raises AsteriskError if it cannot be asked."""
    version = cli.version()
    contexts = cli.read(dialplan_parsers.dialplan, 'dialplan show')
    found, drivers = peers(cli)
    settings = cli.run('sip show settings')
    return dict(
        asterisk=dict(running=True, version=version, in_screen=in_screen(), reason=''),
        running_generation=loaded_checks.running_generation(contexts),
        peers=found, drivers=drivers, registrations=registrations(cli, drivers),
        transports=transports.read(cli, drivers, settings),
        srtp='res_srtp.so' in cli.run('module show like res_srtp'),
        globals=dialplan_parsers.global_names(cli.run('dialplan show globals')),
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
                     running_generation=None, peers=[], drivers=[], registrations=[], transports=[], srtp=False,
                     globals=[], patterns=[], contexts=[], ways_out=[], guests=None, iax_guests=[])
    found.update(
        server_ip=astguiclient.server_ip(values), vicidial=values is not None,
        generated=None if values is None else generated.read(),
        generation=dict(running=found.pop('running_generation'), linked=linked()),
        pymysql=importlib.util.find_spec('pymysql') is not None,    # an import would take 50 ms
        nft=bool(module.get_bin_path('nft', opt_dirs=['/usr/sbin', '/sbin', '/usr/local/sbin'])))
    found.update(firewalld.state(running('firewalld')))
    module.exit_json(changed=False, dialer=found, msg=found['asterisk']['reason'])


if __name__ == '__main__':
    main()
