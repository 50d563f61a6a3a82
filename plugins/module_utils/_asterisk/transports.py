# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the transports over which a dialer can place calls, and what is wrong with them.

They are the operator's: a port can have one transport only, and a reload never changes an existing one.
"""

import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers, pjsip_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import general_options
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC

_YES = ('yes', 'true', 'y', 't', '1', 'on')


def read(cli, drivers, settings, etc=ETC):
    """Return dictionaries of technology, type, name (of PJSIP's transport, else None), port (None if it does not
    listen) and problem (a sentence, or '') for SIP and PJSIP, if their drivers are loaded. ``settings``: the output of
    C(sip show settings)."""
    found = []
    if 'SIP' in drivers:
        for kind, address in parsers.sip_listeners(settings).items():
            problem = sip_tls_problem(general_options('sip.conf', etc)) if kind == 'tls' else ''
            found.append(dict(technology='SIP', type=kind, name=None, port=address[1] if address else None,
                              problem=problem))
    if 'PJSIP' in drivers:
        shown = cli.run('pjsip show transports')
        ports = pjsip_parsers.transport_ports(shown)
        for transport in pjsip_parsers.transports(shown):
            problem = ''
            if transport['type'] == 'tls':
                held = cli.read(pjsip_parsers.parameters, 'pjsip show transport ' + transport['name']) or {}
                problem = pjsip_tls_problem(transport['name'], held)
            found.append(dict(technology='PJSIP', type=transport['type'], name=transport['name'],
                              port=ports.get(transport['name']), problem=problem))
    return found


def sip_tls_problem(options):
    """Return a sentence that says why chan_sip cannot place calls over TLS, or ''. ``options``: of [general] in
    sip.conf."""
    if options.get('tlsdontverifyserver', 'no').lower() in _YES:
        return ''
    given = options.get('tlscafile') or options.get('tlscadir') or options.get('tlscapath')
    if not given:
        return ("chan_sip cannot verify the carrier's certificate: put tlscafile=FILE, with the certificate of the "
                "authority that signed it, under [general] in /etc/asterisk/sip.conf (or tlsdontverifyserver=yes, to "
                "trust any server), and type 'sip reload'")
    if not os.path.exists(given):
        return ("%s, with which chan_sip verifies the carrier's certificate (tlscafile in /etc/asterisk/sip.conf), "
                "does not exist: put the authority's certificate there, and type 'sip reload'" % given)
    return ''


def pjsip_tls_problem(name, held):
    """Return the same for one TLS transport of PJSIP. ``held``: its parameters in ``pjsip show transport``."""
    if held.get('verify_server', 'No').lower() not in _YES:
        return ''
    given = held.get('ca_list_file') or held.get('ca_list_path')
    if not given:
        return ("transport %s cannot verify the carrier's certificate (verify_server): put ca_list_file=FILE, with the "
                "certificate of the authority that signed it, into its section in /etc/asterisk/pjsip.conf, and "
                "restart Asterisk when no calls are up, since a reload does not change a transport" % name)
    if not os.path.exists(given):
        return ("%s, with which transport %s verifies the carrier's certificate (ca_list_file in "
                "/etc/asterisk/pjsip.conf), does not exist: put the authority's certificate there" % (given, name))
    return ''
