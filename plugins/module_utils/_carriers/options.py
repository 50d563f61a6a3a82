# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combines the plain options and the payload of ``vicidial_carriers`` into one checked input. Pure."""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._common.vicidial import EVERY_DIALER, PROTOCOLS

CARRIER = dict(
    name=dict(type='str', required=True),
    server_ip=dict(type='str', required=True),
    kind=dict(type='str', choices=['trunk', 'route'], default='trunk'),
    carrier_name=dict(type='str'),
    description=dict(type='str', default=''),
    protocol=dict(type='str', choices=list(PROTOCOLS), default='SIP'),
    registration_string=dict(type='str', default='', no_log=True),
    account_entry=dict(type='str', default='', no_log=True),
    globals_string=dict(type='str', default=''),
    dialplan_entry=dict(type='str', default=''),
    template_id=dict(type='str', default='--NONE--'),
    user_group=dict(type='str', default='---ALL---'),
    active=dict(type='bool', default=True),
    adopt=dict(type='list', elements='str'),
    own_registration=dict(type='str', no_log=True),
)

CAMPAIGN = dict(
    campaign_id=dict(type='str', required=True),
    dial_prefix=dict(type='str', required=True),
    manual_dial_prefix=dict(type='str'),
)

# The keys of the payload. The first three are options of a task, which hold secrets or belong to those that do. The
# others are set by the action plugin:
#
# run, gone       the run that makes the change, and the id of a run that is known to have ended: see C(checkpoint)
# all_dialers     whether server_ips are all dialers of the inventory
# prune_servers   with prune, the servers whose leftovers are deleted; none means all
# removals        leftovers that are deleted although prune is off, each [name, server_ip]
# capacity        {server_ip: concurrent calls that the trunks of all routes may have}; no limit without an entry
# longest_waits   {dial prefix: seconds that a call waits when none of the trunks that it may try responds}
# generated_files {server_ip: what its generated files hold, see C(generated.read)}; not compared without an entry
# known_servers   the server_ip of all hosts of the inventory; managed rows on other servers are reported. None: not
# prune_unlisted  whether these are deleted, where VICIdial does not have the server active
# failed_servers  the server_ip of dialers whose rows are rolled back when those of the others are confirmed
PAYLOAD = dict(
    carriers=dict(type='list'),
    campaigns=dict(type='list'),
    login_password=dict(type='str'),
    run=dict(type='dict'),
    gone=dict(type='str'),
    all_dialers=dict(type='bool', default=False),
    prune_servers=dict(type='list', default=[]),
    removals=dict(type='list', default=[]),
    capacity=dict(type='dict', default={}),
    longest_waits=dict(type='dict', default={}),
    generated_files=dict(type='dict', default={}),
    known_servers=dict(type='list'),
    prune_unlisted=dict(type='bool', default=False),
    failed_servers=dict(type='list', default=[]),
)

_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]*\Z')
_TYPE_NAMES = {'str': 'a string', 'bool': 'true or false', 'int': 'a whole number', 'list': 'a list',
               'dict': 'a dictionary'}
_TYPES = {'str': str, 'bool': bool, 'int': int, 'list': list, 'dict': dict}


class InputError(ValueError):
    """The input has mistakes. ``errors``: one message for each, without the values of texts that hold secrets."""

    def __init__(self, errors):
        ValueError.__init__(self, '\n'.join(errors))
        self.errors = errors


def settle(params):
    """Return the module's input as one checked dictionary: the payload over the plain options, with defaults.

    Raises InputError with every mistake.
    """
    settled = dict(params)
    try:
        packed = payload.unpack(params.get('payload'))
    except ValueError:
        raise InputError(['payload: is set by the action plugin only'])
    if not isinstance(packed, dict):
        raise InputError(['payload: is set by the action plugin only'])
    errors = ['payload.%s: no such key' % key for key in sorted(packed) if key not in PAYLOAD]
    for key, value in _entry('payload', packed, PAYLOAD, errors).items():
        if key in packed or key not in settled:
            settled[key] = value
    for option, spec in (('carriers', CARRIER), ('campaigns', CAMPAIGN)):
        settled[option] = _entries(option, settled.get(option), spec, errors)
    if not errors:
        errors.extend(_duplicates(settled['carriers']))
    if not errors:
        batch = settled.get('server_ips')
        if batch is None:
            batch = sorted({carrier['server_ip'] for carrier in settled['carriers']})
        settled['server_ips'] = batch
        absent = sorted({carrier['server_ip'] for carrier in settled['carriers']} - set(batch) - {EVERY_DIALER})
        errors.extend('server_ips: must contain %s, since a carrier has this server_ip' % server_ip
                      for server_ip in absent)
    removals = settled['removals'] or []
    if not all(isinstance(entry, list) and len(entry) == 2 for entry in removals):
        errors.append('payload.removals: must be pairs of name and server_ip')
    elif settled.get('prune') and settled['prune_servers']:
        settled['prune'] = set(settled['prune_servers'])
    elif removals and not settled.get('prune'):
        settled['prune'] = {tuple(entry) for entry in removals}
    if (settled.get('wait') or 0) < 0:
        errors.append('wait: must be a number of seconds, 0 or more')
    if errors:
        raise InputError(errors)
    return settled


def _entries(option, entries, spec, errors):
    """Return the entries of a list of dictionaries with their defaults; mistakes are added to ``errors``."""
    if entries is None:
        return []
    if not isinstance(entries, list):
        errors.append('%s: must be a list of dictionaries' % option)
        return []
    result = []
    for number, entry in enumerate(entries):
        path = '%s[%d]' % (option, number)
        if not isinstance(entry, dict):
            errors.append('%s: must be a dictionary' % path)
            continue
        errors.extend('%s.%s: no such key; there are: %s' % (path, key, ', '.join(sorted(spec)))
                      for key in sorted(entry) if key not in spec)
        result.append(_entry(path, entry, spec, errors))
    return result


def _entry(path, entry, spec, errors):
    """Return one entry with its defaults; mistakes are added to ``errors``."""
    settled = {}
    for key, rule in spec.items():
        value = entry.get(key)
        if value is None:
            value = rule.get('default')
            if rule.get('required'):
                errors.append('%s.%s: is required' % (path, key))
        elif not isinstance(value, _TYPES[rule['type']]):
            errors.append('%s.%s: must be %s' % (path, key, _TYPE_NAMES[rule['type']]))
        elif 'choices' in rule and value not in rule['choices']:
            errors.append('%s.%s: must be one of %s, not %s' % (path, key, ', '.join(rule['choices']), value))
        elif key in ('name', 'server_ip') and not _NAME.match(value):
            errors.append('%s.%s: must have letters, digits, _, - and . only, and not be empty' % (path, key))
        settled[key] = value
    return settled


def _duplicates(carriers):
    """Return [error] for carriers with the same name and server_ip."""
    seen, errors = set(), []
    for number, carrier in enumerate(carriers):
        key = (carrier['name'], carrier['server_ip'])
        if key in seen:
            errors.append('carriers[%d]: %s on %s is there twice' % ((number,) + key))
        seen.add(key)
    return errors
