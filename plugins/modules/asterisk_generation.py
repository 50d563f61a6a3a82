#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: asterisk_generation
short_description: Commit the trunks' files to a dialer, all or nothing
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Plans and renders the description of trunks and routes on the controller and commits all files to the dialer in one
    call, as a new numbered generation C(/etc/asterisk/trunks.d/NUMBER), which one rename of the link
    C(/etc/asterisk/trunks) puts in force.
  - Reloads only what changed, and then asks the running Asterisk and nftables whether they hold the new state. When
    they do not, everything goes back, is reloaded and proven again, and the task fails with what was wrong and what
    was restored.
  - The operator's files get one marked include line each and are otherwise left as they are, byte for byte.
  - Where Asterisk is not root, and others than root can write in C(/etc/asterisk), what root loads or believes of a
    generation is in C(/var/lib/dialer-trunks), and no symbolic link in C(/etc/asterisk) is followed.
  - Files are readable for root and the group in which Asterisk runs. Another owner, group or mode than that is put
    right.
  - Nothing is restarted. Calls in progress go on.
options:
  parts:
    description:
      - Whose files are meant. The files of other parts are carried over from the generation in force.
      - Without it all parts are meant, or those that are named by C(--tags) and not by C(--skip-tags).
    type: list
    elements: str
    choices: [sip_peers, dialplan, rtp, firewall]
  state:
    description:
      - V(absent) takes every file, line, context and nftables table of ours off the dialer.
      - V(confirmed) keeps what this run of Ansible has committed with O(confirm_within), over a fresh connection. It
        fails when that was undone in the meantime. V(undone) takes it back at once. Both do nothing where nothing
        waits.
    type: str
    choices: [present, absent, confirmed, undone]
    default: present
  confirm_within:
    description:
      - Seconds within which a task with O(state=confirmed) has to follow, counted from the end of this run's last step
        on the dialer. Else a process that the module leaves on the dialer restores what was in force before the run,
        even when Ansible, its connection or the module has been killed. 0 keeps what was committed without asking.
      - What was not confirmed when the dialer went down is undone by the next run.
    type: int
    default: 0
  whose:
    description: With O(state=undone), V(any) takes back the unconfirmed change of any run, not of this one only.
    type: str
    choices: [own, any]
    default: own
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
  prune:
    description:
      - As the variable C(dialer_prune), which is the default.
      - Without it the files of trunks and routes that are no longer described stay, and are reported in RV(left_over).
    type: bool
  read:
    description:
      - Name of the variable in which the result of M(dialer.trunks.dialer_info) was registered. With it, conflicts with
        what is on the dialer are found before anything is touched.
    type: str
  carriers:
    description:
      - In vicidial mode, the result of M(dialer.trunks.vicidial_carriers). With it, the module first waits until the
        running Asterisk holds the rows of this dialer, in their present revision, and the firewall knows the addresses
        of all servers.
    type: dict
  servers:
    description:
      - Addresses of servers that the firewall lets in besides those of O(carriers).
      - Of either, what is not the address of one host is left out with a warning.
    type: list
    elements: str
    default: []
  wait:
    description: Seconds to wait for the rows of O(carriers) to reach the running Asterisk.
    type: int
    default: 60
  payload:
    description: What the action plugin sends. Not for playbooks.
    type: str
attributes:
  check_mode:
    support: full
    details: Nothing is written or reloaded; what a real run would wait for or prove is listed in RV(deferred).
  diff_mode:
    support: full
extends_documentation_fragment:
  - dialer.trunks.attributes
seealso:
  - module: dialer.trunks.vicidial_carriers
  - module: dialer.trunks.sip_peers_verify
notes:
  - Exactly one run at a time changes a dialer; a second one fails and says who holds the lock.
  - The last ten generations stay on the dialer.
'''

EXAMPLES = r'''
- name: Commit all parts of the description, as the inventory has it
  dialer.trunks.asterisk_generation:

- name: Change the RTP range and nothing else
  dialer.trunks.asterisk_generation:
    parts: [rtp]
    rtp: {start: 10000, end: 20000}

- name: Commit for as long as the peers are verified
  dialer.trunks.asterisk_generation:
    confirm_within: 300

- name: Keep it
  dialer.trunks.asterisk_generation:
    state: confirmed

- name: Take everything of ours off the dialer
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
  description: Files of the generation that were written anew or went away, as paths in it.
  returned: success
  type: list
  elements: str
  sample: [routes/us.conf]
lines:
  description: The operator's files in which our marked line was put or from which it was taken.
  returned: success
  type: list
  elements: str
  sample: [/etc/asterisk/extensions.conf]
left_over:
  description: Files of trunks and routes that are no longer described and stay, since pruning is off.
  returned: success
  type: list
  elements: str
tests:
  description:
    - The tests of O(routes), asked of the running dialplan. None where the part dialplan is not meant, and in check
      mode.
    - A test whose route's row is still to come (see O(carriers)) is foretold, and waits for the call that proves the
      row.
  returned: success
  type: list
  elements: dict
  contains:
    dial:
      description: The number.
      type: str
    reaches:
      description: The route that has to answer it; null for none.
      type: str
    found:
      description:
        - C(context), C(pattern) and C(route) (null for none of ours) of the extension that answers it; null when none
          does.
      type: dict
    passed:
      description: V(false) for one that waits.
      type: bool
  sample:
    - dial: "913125551212"
      reaches: us
      found: {context: vicidial-auto-external, pattern: _91NXXNXXXXXX, route: us}
      passed: true
undoing:
  description: With O(state=confirmed) or O(state=undone), what was done, as a sentence.
  returned: when that state was asked for
  type: str
  sample: "Restored and proven: generation 7."
unproven:
  description:
    - In check mode, what the running programs do not hold of the files in force and of the rows of O(carriers), and
      files in force whose owner, group or mode is not right, as sentences.
  returned: check mode
  type: list
  elements: str
  sample: ['the nftables table inet dialer_trunks is not loaded']
deferred:
  description: In check mode, the waits and proofs that a real run would do.
  returned: check mode
  type: list
  elements: str
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_generation import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint, files as undo_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import commit, rows_loaded, store as generations

ABSENT = {'parts': list(generations.PARTS) + [generations.ROWS], 'files': {}, 'base': {}, 'prune': True, 'drop': ['']}


def skipped_in_check_mode(rows, changes, tests):
    """What a real run would wait for and prove, as sentences."""
    listed = []
    names = sorted(rows.get('peers') or {}) + sorted(rows.get('routes') or {})
    if names:
        listed.append('wait until the running Asterisk holds the rows of %s' % ', '.join(names))
    if changes:
        listed.append('reload what changed and prove that the running programs hold it')
    if tests:
        numbers = ', '.join(dial for dial, _reaches in tests['cases'])
        listed.append('ask the running dialplan the route tests: %s' % numbers)
    return listed


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    request = payload.unpack(module.params['payload'])
    state = module.params['state']
    if state == 'absent':
        request = dict(ABSENT, rows=request.get('rows'), run=request.get('run'), gone=request.get('gone'))
    elif not request:
        module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.asterisk_generation.')
    request.update(within=module.params['confirm_within'], any=module.params['whose'] == 'any')
    waiting = checkpoint.Pending('files')
    try:
        if state in ('confirmed', 'undone'):
            result = close(module, waiting, request)
        else:
            result = commit_rows(module, waiting, request)
    except checkpoint.Held as other:
        module.fail_json(msg=str(other), held=other.run)
    except (cli.AsteriskError, generations.Busy, generations.Foreign, commit.Unfinished, commit.Refused,
            checkpoint.Undone, rows_loaded.Missing) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s. Nothing was put in force.'
                         % (fault.filename or 'the dialer', os.strerror(fault.errno or 0)))
    module.exit_json(**result)


def close(module, waiting, request):
    """Keep or take back what this run has committed; returns the module's result."""
    if module.check_mode:
        return dict(changed=False, undoing='not in check mode, which leaves nothing to confirm.')
    with waiting.lock((request.get('run') or {}).get('who')):
        changed, text = checkpoint.close(waiting, request, module.params['state'],
                                      lambda why: undo_files.undo(waiting, why),
                                      clean=lambda: undo_files.clean(waiting))
    return dict(changed=changed and module.params['state'] == 'undone', undoing=text)


def commit_rows(module, waiting, request):
    """Wait for the rows, then commit; returns the module's result."""
    rows = request.get('rows') or {}
    dialer = commit.Dialer(cli.Cli())
    keeper = None
    if not module.check_mode:
        if request['within']:
            keeper = undo_files.watch(waiting)  # before anything is open that it would inherit
        for warning in undo_files.begin(waiting, request, keeper):
            module.warn(warning)
        rows_loaded.demand(dialer, rows, module.params['wait'])
    return run(module, dialer, request, rows, waiting, keeper)


def run(module, dialer, request, rows, waiting, keeper):
    """Compare and, outside check mode, commit; returns the module's result."""
    store = generations.of_dialer()
    if module.check_mode:
        wanted = commit.Commit(store, dialer, request)
        wanted.predict()
    else:
        with store.lock((request.get('run') or {}).get('who')):
            wanted = commit.Commit(store, dialer, request)
            wanted.predict()
            if wanted.changed:
                files, lines = wanted.changed_files, sorted(wanted.lines)
                diff = wanted.diff() if module._diff else None
                with undo_files.armed(waiting, request, keeper, wanted):
                    wanted.apply()
                return _result(module, wanted, files, lines, diff, True)
        try:
            wanted.test()
        except commit.Refused as fault:
            raise commit.Unfinished('%s\nThis step changed nothing: %s.' % (fault, in_force(wanted, rows)))
    result = _result(module, wanted, wanted.changed_files, sorted(wanted.lines),
                     wanted.diff() if module._diff else None, wanted.changed)
    if module.check_mode:
        result['unproven'] = wanted.unproven + (rows_loaded.missing(dialer, rows) if rows else [])
        result['deferred'] = skipped_in_check_mode(rows, wanted.changed, request.get('tests'))
    return result


def in_force(wanted, rows):
    """What calls meet now, in words."""
    held = 'no generation is in force' if wanted.number is None else 'generation %d stays in force' % wanted.number
    routes = sorted(name for name, revision in (rows.get('routes') or {}).items() if revision is not None)
    if routes:
        held += ', and so do the rows of %s in VICIdial\'s dialplan' % ', '.join('route %s' % name for name in routes)
    return held


def out_of_reach(seen):
    """A sentence for each peer of ours that the running Asterisk does not reach: its calls go to other trunks."""
    return ['trunk %s is %s: calls pass it over until its carrier answers again'
            % (peer['name'], peer['state']) for peer in seen
            if peer['state'] in ('unreachable', 'lagged') and (peer['description'] or '').startswith('[trunks ')]


def _result(module, wanted, files, lines, diff, changed):
    for warning in wanted.warnings + out_of_reach(wanted.dialer.seen):
        module.warn(warning)
    result = dict(changed=changed, generation=wanted.number, files=files, lines=lines, left_over=wanted.left_over(),
                  tests=wanted.tests)
    if diff is not None:
        result['diff'] = diff
    return result


if __name__ == '__main__':
    main()
