#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: asterisk_generation
short_description: Commit the files of the trunks to a dialer, all or nothing
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Plans and renders the description of trunks and routes on the controller and commits all files to the dialer in one
    call, as a new numbered generation C(/etc/asterisk/trunks.d/NUMBER), which one rename of the link
    C(/etc/asterisk/trunks) puts in force.
  - Reloads only what changed, and then checks that the running Asterisk and nftables hold the new state. If they do
    not, the former state is restored, reloaded and checked, and the task fails with what was wrong and what was
    restored.
  - The operator's files get one marked include line each and are otherwise left as they are, byte for byte.
  - Where Asterisk does not run as root, and other users can write in C(/etc/asterisk), the files of a generation that
    root loads or trusts are in C(/var/lib/dialer-trunks), and no symbolic link in C(/etc/asterisk) is followed.
  - Files are readable for root and the group in which Asterisk runs. A different owner, group or mode is corrected.
  - Nothing is restarted. Calls in progress continue.
options:
  parts:
    description:
      - The parts of the description to commit. The files of other parts are copied from the generation in force.
      - Default is all parts, or those that are named by C(--tags) and not by C(--skip-tags).
    type: list
    elements: str
    choices: [sip_peers, dialplan, rtp, firewall, health]
  state:
    description:
      - V(absent) removes every file, line, context and nftables table of this collection from the dialer.
      - V(confirmed) confirms what this run of Ansible has committed with O(confirm_within), over a fresh connection. It
        fails when that was rolled back in the meantime. V(rolled_back) rolls it back at once. Both do nothing where
        this run has no checkpoint.
      - V(proven) changes nothing and waits until the running Asterisk holds this dialer's rows that were rolled back,
        C(restored) of O(carriers). It fails if that does not happen within O(wait).
    type: str
    choices: [present, absent, confirmed, rolled_back, proven]
    default: present
  confirm_within:
    description:
      - Seconds within which a task with O(state=confirmed) has to follow, counted from the end of this run's last step
        on the dialer. Otherwise a watchdog, a process that the module starts on the dialer, rolls back to what was in
        force before the run, even if Ansible, its connection or the module has been killed. 0 needs no confirmation.
      - A change that was not confirmed when the dialer went down is rolled back by the next run.
    type: int
    default: 0
  force:
    description: With O(state=rolled_back), roll back the unconfirmed change of any run, not only of this one.
    type: bool
    default: false
  mode:
    description: As the variable C(dialer_mode), which is the default.
    type: str
    choices: [vicidial, asterisk]
  trunks:
    description: As the variable C(dialer_trunks), which is the default.
    type: list
    elements: dict
  routes:
    description: As the variable C(dialer_routes), which is the default.
    type: list
    elements: dict
  inbound:
    description: As the variable C(dialer_inbound), which is the default.
    type: list
    elements: dict
  rtp:
    description: As the variable C(dialer_rtp), which is the default.
    type: dict
  firewall:
    description: As the variable C(dialer_firewall), which is the default.
    type: dict
  health:
    description: As the variable C(dialer_health), which is the default.
    type: dict
  prune:
    description:
      - As the variable C(dialer_prune), which is the default.
      - Without it the files of trunks and routes that are no longer described stay, and are reported in RV(left_over).
    type: bool
  read:
    description:
      - Name of the variable in which the result of M(dialer.trunks.dialer_info) was registered. With it, conflicts with
        the dialer's configuration are found before anything is changed.
    type: str
  carriers:
    description:
      - In vicidial mode, the result of M(dialer.trunks.vicidial_carriers). With it, the module first waits until the
        running Asterisk holds the current revision of this dialer's rows, and the firewall allows the addresses of all
        servers.
    type: dict
  servers:
    description:
      - Addresses of servers that the firewall allows besides those of O(carriers).
      - In both, a value that is not the address of one host is ignored with a warning.
    type: list
    elements: str
    default: []
  wait:
    description: Seconds to wait for the rows of O(carriers) to reach the running Asterisk.
    type: int
    default: 60
  payload:
    description: Set by the action plugin, not by a task.
    type: str
attributes:
  check_mode:
    support: full
    details: Nothing is written or reloaded; what a real run would wait for or check is listed in RV(deferred).
  diff_mode:
    support: full
    details: What is the same for several dialers is shown once, except with a JSON callback or C(diff) of the task.
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.attributes.confirmable
seealso:
  - module: dialer.trunks.vicidial_carriers
  - module: dialer.trunks.sip_peers_verify
notes:
  - Only one run at a time changes a dialer; a second one fails and names the run that holds the lock.
  - The last ten generations stay on the dialer.
'''

EXAMPLES = r'''
- name: Commit all parts of the description, as the inventory has it
  dialer.trunks.asterisk_generation:

- name: Change the RTP range and nothing else
  dialer.trunks.asterisk_generation:
    parts: [rtp]
    rtp: {start: 10000, end: 20000}

- name: Commit, to be confirmed within 5 minutes
  dialer.trunks.asterisk_generation:
    confirm_within: 300

- name: Confirm it
  dialer.trunks.asterisk_generation:
    state: confirmed

- name: Remove everything of this collection from the dialer
  dialer.trunks.asterisk_generation:
    state: absent
'''

RETURN = r'''
generation:
  description: Number of the generation in force; null when there is none.
  returned: success
  type: int
  sample: 7
files:
  description: Files of the generation that were written or removed, as paths in it.
  returned: success
  type: list
  elements: str
  sample: [routes/us.conf]
lines:
  description: The operator's files in which the marked line was added or removed.
  returned: success
  type: list
  elements: str
  sample: [/etc/asterisk/extensions.conf]
left_over:
  description: Files of trunks and routes that are no longer described and are kept, since pruning is off.
  returned: success
  type: list
  elements: str
unready:
  description: Why calls that fail over would not reach their agents, so that the routes make one attempt; else empty.
  returned: success
  type: str
tests:
  description:
    - The tests of O(routes), made on the running dialplan. None if O(parts) is without dialplan, and in check mode.
    - A test of a route whose row is not written yet (see O(carriers)) is predicted, and waits for the task that checks
      the row.
  returned: success
  type: list
  elements: dict
  contains:
    dial:
      description: The number.
      type: str
    reaches:
      description: The route that it must reach; null for none.
      type: str
    found:
      description:
        - C(context), C(pattern) and C(route) (null for none of this collection) of the extension that matches it; null
          if none does.
      type: dict
    passed:
      description: V(false) also for one that waits.
      type: bool
  sample:
    - dial: "913125551212"
      reaches: us
      found: {context: vicidial-auto-external, pattern: _91NXXNXXXXXX, route: us}
      passed: true
outcome:
  description: With O(state=confirmed), O(state=rolled_back) or O(state=proven), what was done, as a sentence.
  returned: when that state was asked for
  type: str
  sample: "Restored and proven: generation 7."
unproven:
  description:
    - In check mode, what the running programs lack of the files in force and of the rows of O(carriers), and files in
      force with a wrong owner, group or mode.
  returned: check mode
  type: list
  elements: dict
  contains:
    kind:
      description: V(generation), V(dialplan), V(peer), V(route), V(rtp) or V(firewall).
      type: str
    name:
      description: Name of the generation, context, peer, route, setting or table.
      type: str
    text:
      description: What is wrong, as a sentence.
      type: str
  sample:
    - {kind: firewall, name: dialer_trunks, text: the nftables table inet dialer_trunks is not loaded}
deferred:
  description: In check mode, what a real run would wait for and check.
  returned: check mode
  type: list
  elements: str
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_generation import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import as_results
from ansible_collections.dialer.trunks.plugins.module_utils._common.locks import Busy
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints, files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    commit, report, rows_loaded, store as generations)
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import Dialer
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished


def brings():
    """Never called. Ansible sends what a module imports anywhere, and so the program of the health monitor, which
    C(_generation.monitor) installs from there. An import that is carried out would compile it on every run."""
    from ansible_collections.dialer.trunks.plugins.module_utils._health import main as program
    return program


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    request = payload.unpack(module.params['payload'])
    state = module.params['state']
    if state == 'absent':
        request = dict(commit.ABSENT, rows=request.get('rows'), run=request.get('run'), gone=request.get('gone'))
    elif not request:
        module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.asterisk_generation.')
    request.update(within=module.params['confirm_within'], force=module.params['force'])
    checkpoint = checkpoints.Checkpoint('files')
    try:
        if state in ('confirmed', 'rolled_back'):
            result = close(module, checkpoint, request)
        elif state == 'proven':
            result = prove(module, request)
        else:
            result = commit_rows(module, checkpoint, request)
    except checkpoints.Unconfirmed as other:
        module.fail_json(msg=str(other), unconfirmed=other.run)
    except (cli.AsteriskError, Busy, generations.Foreign, Unfinished, Refused, checkpoints.RolledBack,
            rows_loaded.Missing) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s. Nothing was put in force.'
                         % (fault.filename or 'the dialer', os.strerror(fault.errno or 0)))
    module.exit_json(**result)


def close(module, checkpoint, request):
    """Confirm what this run has committed, or roll it back. Returns the module's result."""
    if module.check_mode:
        return dict(changed=False, outcome='nothing to do in check mode, which changes nothing.')
    with checkpoint.lock((request.get('run') or {}).get('who')):
        changed, text = checkpoints.close(checkpoint, request, module.params['state'],
                                          lambda why: files.rollback(checkpoint, why),
                                          clean=lambda: files.clean(checkpoint))
    return dict(changed=changed and module.params['state'] == 'rolled_back', outcome=text)


def prove(module, request):
    """Wait until the running Asterisk holds the rows that were rolled back. Returns the module's result."""
    if not module.check_mode:
        rows_loaded.demand(Dialer(cli.Cli()), request['rows'], module.params['wait'])
    return dict(changed=False, outcome='The running Asterisk holds them again.')


def commit_rows(module, checkpoint, request):
    """Wait for the rows, then commit. Returns the module's result."""
    rows = request.get('rows') or {}
    dialer = Dialer(cli.Cli())
    watchdog = None
    if not module.check_mode:
        if request['within']:
            watchdog = files.watch(checkpoint)  # before anything is opened that it would inherit
        for warning in files.begin(checkpoint, request, watchdog):
            warn(module, warning)
        rows_loaded.demand(dialer, rows, module.params['wait'])
    return run(module, dialer, request, rows, checkpoint, watchdog)


def run(module, dialer, request, rows, checkpoint, watchdog):
    """Compare and, outside check mode, commit. Returns the module's result."""
    store = generations.of_dialer()
    if module.check_mode:
        wanted = commit.Commit(store, dialer, request)
        wanted.predict()
        result = _result(module, wanted)
        result['unproven'] = as_results(wanted.state.unproven + (rows_loaded.missing(dialer, rows) if rows else []))
        result['deferred'] = report.skipped_in_check_mode(rows, wanted.change.needed, request.get('tests'))
        return result
    with store.lock((request.get('run') or {}).get('who')):
        wanted = commit.Commit(store, dialer, request)
        wanted.predict()
        if wanted.change.needed:
            with files.armed(checkpoint, request, watchdog, wanted.change):
                wanted.apply()
            return _result(module, wanted)
    try:
        wanted.test()
    except Refused as fault:
        raise Unfinished('%s\nThis step changed nothing: %s.' % (fault, report.in_force(wanted, rows)))
    return _result(module, wanted)


def _result(module, wanted):
    for warning in wanted.warnings + report.out_of_reach(wanted.dialer.seen):
        warn(module, warning)
    change = wanted.change
    result = dict(changed=change.needed, generation=wanted.number, files=change.files, lines=sorted(change.lines),
                  left_over=wanted.left_over(), tests=wanted.tests, unready=wanted.unready)
    if module._diff:
        result['diff'] = change.diff()
    return result


if __name__ == '__main__':
    main()
