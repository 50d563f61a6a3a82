# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What firewalld holds: its zones, and those of their rich rules that this collection manages.

A rule is managed when it has the log prefix of this collection. The rule says so by itself, in its permanent
form and in the running one, so that nothing has to be kept beside it, and a rule of the operator's that lets in the
same is still another one.
"""

import re

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import execute
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store as generations

PREFIX = 'dialer.trunks'
LIMIT = 60  # seconds; firewall-cmd waits for ever on a firewalld that hangs, and takes 10 on a very busy machine
RECORD = 'firewalld.rules'  # its name in a generation
_LISTS = {'interfaces': 'interfaces', 'sources': 'sources', 'services': 'services', 'ports': 'ports'}


class FirewalldError(Exception):
    """firewalld runs and cannot be asked; the text says why."""


def is_ours(rule):
    """Whether a rich rule has the log prefix of this collection."""
    return 'log prefix="%s"' % PREFIX in rule


def parse(text):
    """{zone: {target, interfaces, sources, services, ports, rules}} of C(firewall-cmd --list-all-zones)."""
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
    """A dictionary for each zone, from what C(parse) made of the running and of the permanent configuration: its
    C(name), C(default), C(target), C(interfaces), C(sources), C(services), C(ports), and the managed rules, C(running)
    and C(permanent)."""
    found = []
    for name, zone in sorted(running.items()):
        saved = permanent.get(name, {}).get('rules', [])
        entry = {key: value for key, value in zone.items() if key != 'rules'}
        entry.update(name=name, default=name == default, running=[rule for rule in zone['rules'] if is_ours(rule)],
                     permanent=[rule for rule in saved if is_ours(rule)])
        found.append(entry)
    return found


def read(run_command=execute):
    """The zones of the running firewalld, see C(zones). Raises FirewalldError."""
    said = [_command(run_command, options) for options in
            (['--get-default-zone'], ['--list-all-zones'], ['--permanent', '--list-all-zones'])]
    return zones(said[0].strip(), parse(said[1]), parse(said[2]))


def _command(run_command, options):
    """What C(firewall-cmd) prints. Raises FirewalldError."""
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
    """Take these managed rules out of every zone of the running firewalld and of what it has saved: how many they
    were. For rolling back, where Ansible is far; otherwise ansible.posix.firewalld does it. Raises FirewalldError."""
    gone = 0
    for zone in read(run_command):
        for where, held in ([], zone['running']), (['--permanent'], zone['permanent']):
            for rule in [rule for rule in held if rule in rules]:
                _command(run_command, where + ['--zone', zone['name'], '--remove-rich-rule', rule])
                gone += 1
    return gone


def lines(text):
    """The rules of a record: the file that a generation has of them."""
    return [line for line in text.splitlines() if line.startswith('rule ')]


def recorded(generation=None):
    """The rules that a generation has on record: the one in force, or the one of this number."""
    store = generations.of_dialer()
    return lines(store.read(store.linked() if generation is None else generation, RECORD))


def state(runs):
    """What dialer_info returns of it: C(firewalld) (whether it runs), C(firewalld_zones) and C(firewalld_problem)."""
    found = dict(firewalld=runs, firewalld_zones=[], firewalld_problem='')
    if runs:
        try:
            found['firewalld_zones'] = read()
        except FirewalldError as fault:
            found['firewalld_problem'] = str(fault)
    return found
