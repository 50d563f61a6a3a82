# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads firewalld's zones and the rich rules that this collection manages in them.

A rule is managed if it has the log prefix of this collection, in its permanent and its running form. So no other record
is needed, and an operator's rule for the same address is a different rule.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import execute
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store as generations

PREFIX = 'dialer.trunks'
LIMIT = 60  # seconds; firewall-cmd waits for ever on a firewalld that hangs, and takes 10 on a very busy machine
RECORD = 'firewalld.rules'  # its name in a generation
_LISTS = {'interfaces': 'interfaces', 'sources': 'sources', 'services': 'services', 'ports': 'ports'}


class FirewalldError(Exception):
    """firewalld is running but cannot be asked. The text says why."""


def is_managed(rule):
    """Return whether a rich rule has the log prefix of this collection."""
    return 'log prefix="%s"' % PREFIX in rule


def parse(text):
    """Return {zone: {target, interfaces, sources, services, ports, rules}} of C(firewall-cmd --list-all-zones)."""
    zones, zone = {}, None
    for line in text.splitlines():
        heading = re.match(r'(\S+)(?: \(.*\))?$', line)
        option = re.match(r'  ([a-z -]+): ?(.*)$', line)
        if heading:
            zone = zones[heading.group(1)] = {'target': '', 'rules': []}
            zone.update((key, []) for key in _LISTS.values())
        elif zone is not None and option and option.group(1) == 'target':
            zone['target'] = option.group(2)
        elif zone is not None and option and option.group(1) in _LISTS:
            zone[_LISTS[option.group(1)]] = option.group(2).split()
        elif zone is not None and line.strip().startswith('rule '):
            zone['rules'].append(line.strip())
    return zones


def zones(default, running, permanent):
    """Return a dictionary for each zone, from the results of C(parse) for the running and the permanent configuration:
    its C(name), C(default), C(target), C(interfaces), C(sources), C(services), C(ports), and the managed rules,
    C(running) and C(permanent)."""
    found = []
    for name, zone in sorted(running.items()):
        saved = permanent.get(name, {}).get('rules', [])
        entry = {key: value for key, value in zone.items() if key != 'rules'}
        entry.update(name=name, default=name == default, running=[rule for rule in zone['rules'] if is_managed(rule)],
                     permanent=[rule for rule in saved if is_managed(rule)])
        found.append(entry)
    return found


def read(run_command=execute):
    """Return the zones of the running firewalld, see C(zones). Raises FirewalldError."""
    default, running, permanent = [_command(run_command, options) for options in
                                   (['--get-default-zone'], ['--list-all-zones'], ['--permanent', '--list-all-zones'])]
    return zones(default.strip(), parse(running), parse(permanent))


def _command(run_command, options):
    """Return the output of C(firewall-cmd). Raises FirewalldError."""
    try:
        code, out, error = run_command(['timeout', str(LIMIT), 'firewall-cmd'] + options)
    except (IOError, OSError) as fault:
        raise FirewalldError('firewall-cmd: %s' % fault.strerror)
    if code == 124:
        raise FirewalldError('firewall-cmd %s: no answer within %d seconds' % (' '.join(options), LIMIT))
    if code:
        raise FirewalldError('firewall-cmd %s: %s' % (' '.join(options), (error or out).strip()))
    return out


def take_out(rules, run_command=execute):
    """Remove these managed rules from every zone of the running firewalld and of its permanent configuration. Returns
    their number. For a rollback without Ansible; otherwise ansible.posix.firewalld does it. Raises FirewalldError."""
    removed = 0
    for zone in read(run_command):
        for where, held in ([], zone['running']), (['--permanent'], zone['permanent']):
            for rule in [rule for rule in held if rule in rules]:
                _command(run_command, where + ['--zone', zone['name'], '--remove-rich-rule', rule])
                removed += 1
    return removed


def lines(text):
    """Return the rules in the text of a C(RECORD)."""
    return [line for line in text.splitlines() if line.startswith('rule ')]


def recorded(generation=None):
    """Return the rules that a generation has on record: the one in force, or the one of this number."""
    store = generations.of_dialer()
    return lines(store.read(store.linked() if generation is None else generation, RECORD))


def state(runs):
    """Return C(firewalld) (``runs``), C(firewalld_zones) and C(firewalld_problem) of dialer_info."""
    found = dict(firewalld=runs, firewalld_zones=[], firewalld_problem='')
    if runs:
        try:
            found['firewalld_zones'] = read()
        except FirewalldError as fault:
            found['firewalld_problem'] = str(fault)
    return found
