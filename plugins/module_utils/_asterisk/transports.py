# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which transports a dialer can place calls, and what is wrong with those that it has.

They belong to the operator: a port takes one of them, and one that is there is never changed by a reload.
"""

import os

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers, pjsip_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import ETC, general_options

_YES = ('yes', 'true', 'y', 't', '1', 'on')


def read(cli, drivers, settings, etc=ETC):
    """Return dictionaries of technology, type, name (with PJSIP, else None), port (None where nothing listens) and
    problem (a sentence, or '') for SIP and PJSIP, those that are loaded. ``settings`` is what C(sip show settings)
    prints."""
    found = []
    if 'SIP' in drivers:
        ports = parsers.sip_ports(settings)
        for kind in parsers.sip_transports(settings):
            problem = sip_tls_problem(general_options('sip.conf', etc)) if kind == 'tls' else ''
            found.append(dict(technology='SIP', type=kind, name=None, port=ports.get(kind), problem=problem))
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
    """What keeps chan_sip from placing a call by TLS, from the options of [general] in sip.conf: a sentence, or ''."""
    if options.get('tlsdontverifyserver', 'no').lower() in _YES:
        return ''
    given = options.get('tlscafile') or options.get('tlscadir') or options.get('tlscapath')
    if not given:
        return ("chan_sip has no certificate to check the carrier's by: put tlscafile=FILE, with the certificate of "
                "the authority that signed it, under [general] in /etc/asterisk/sip.conf (or tlsdontverifyserver=yes, "
                "to trust whoever answers), and type 'sip reload'")
    if not os.path.exists(given):
        return ("%s, by which chan_sip is to check the carrier's certificate (tlscafile in /etc/asterisk/sip.conf), "
                "does not exist: put the authority's certificate there, and type 'sip reload'" % given)
    return ''


def pjsip_tls_problem(name, held):
    """The same of one TLS transport of PJSIP, from ``pjsip show transport``."""
    if held.get('verify_server', 'No').lower() not in _YES:
        return ''
    given = held.get('ca_list_file') or held.get('ca_list_path')
    if not given:
        return ("transport %s is to check the carrier's certificate (verify_server) and has none to check it by: put "
                "ca_list_file=FILE, with the certificate of the authority that signed it, into its section in "
                "/etc/asterisk/pjsip.conf, and restart Asterisk when no calls are up, since a reload does not change a "
                "transport" % name)
    if not os.path.exists(given):
        return ("%s, by which transport %s is to check the carrier's certificate (ca_list_file in "
                "/etc/asterisk/pjsip.conf), does not exist: put the authority's certificate there" % (given, name))
    return ''
