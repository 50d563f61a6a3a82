#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
---
module: asterisk_rollback
short_description: Put a kept generation of our files in force again, all or nothing
version_added: "1.0.0"
description:
  - Switches the link C(/etc/asterisk/trunks) to a kept generation, reloads what differs, and asks the running Asterisk
    and nftables whether they hold it. When they do not, the generation that was in force comes back and is proven, and
    the task fails with what was wrong and what was restored. The same code as that of a commit does it.
  - The generation keeps its number, and those after it stay. The next commit gets a new number.
  - Does files only; M(dialer.trunks.vicidial_carriers) does the rows, and C(playbooks/rollback.yml) both in the right
    order.
options:
  generation:
    description: The number of the generation, see M(dialer.trunks.asterisk_generation_info).
    type: int
    required: true
  kept:
    description:
      - Name of the variable in which the result of M(dialer.trunks.asterisk_generation_info) was registered. Needed
        for O(carriers).
    type: str
  carriers:
    description:
      - In vicidial mode, the result of M(dialer.trunks.vicidial_carriers). The module first waits until the running
        Asterisk holds those rows.
    type: dict
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
    details: Nothing is switched or reloaded; waits and proofs are left out.
  diff_mode:
    support: full
extends_documentation_fragment:
  - dialer.trunks.attributes
seealso:
  - module: dialer.trunks.asterisk_generation_info
  - module: dialer.trunks.asterisk_generation
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Back to generation 6
  dialer.trunks.asterisk_rollback:
    generation: 6
'''

RETURN = r'''
generation:
  description: Number of the generation in force.
  returned: success
  type: int
  sample: 6
former:
  description: Number of the generation that was in force before; null when there was none.
  returned: success
  type: int
  sample: 7
files:
  description: Files in which the two differ, as paths in them.
  returned: success
  type: list
  elements: str
  sample: [generation.conf, routes/us.conf]
lines:
  description: The operator's files in which our marked line was put or from which it was taken.
  returned: success
  type: list
  elements: str
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils import (
    asterisk, commit, generations, kept, payload, pending, rows_proof)


def run(module, dialer, number):
    """Go back and prove it; returns the module's result."""
    process = asterisk.process()
    store = generations.Store(group=process[2] if process else 0)
    if number not in store.numbers():
        raise commit.Unfinished('There is no generation %d here; there are: %s. Nothing was touched.'
                                % (number, ', '.join(map(str, store.numbers())) or 'none'))
    bad = kept.damage(store, number)
    if bad:
        raise commit.Unfinished('Generation %d is not as it was written: %s. Nothing was touched.' % (
            number, ', '.join('%s (%s)' % pair for pair in bad)))
    if module.check_mode:
        return _result(module, kept.Return(store, dialer, number), False)
    with store.lock():
        unconfirmed = pending.Pending('files').read()
        if unconfirmed:
            raise commit.Unfinished(pending.refused(unconfirmed, 'asterisk_generation'))
        return _result(module, kept.Return(store, dialer, number), True)


def _result(module, wanted, real):
    result = dict(changed=wanted.changed, former=wanted.number, generation=wanted.target,
                  files=wanted.changed_files, lines=sorted(wanted.lines))
    if module._diff:
        result['diff'] = wanted.diff()
    if real and wanted.changed:
        wanted.apply()
    for warning in wanted.warnings:
        module.warn(warning)
    return result


def main():
    module = AnsibleModule(
        argument_spec=dict(
            generation=dict(type='int', required=True),
            kept=dict(type='str'),
            carriers=dict(type='dict'),
            wait=dict(type='int', default=60),
            **payload.OPTION
        ),
        supports_check_mode=True)
    rows = payload.unpack(module.params['payload']).get('rows') or {}
    dialer = commit.Dialer(asterisk.Cli())
    try:
        if rows and not module.check_mode:
            missing = rows_proof.wait(dialer, rows, module.params['wait'])
            if missing:
                module.fail_json(msg='After %d s:\n%s\n%s' % (
                    module.params['wait'], '\n'.join(missing), rows_proof.where_stuck(rows, asterisk.in_screen())))
        result = run(module, dialer, module.params['generation'])
    except (asterisk.AsteriskError, generations.Busy, generations.Foreign, commit.Unfinished) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s. Nothing was put in force.'
                         % (fault.filename or 'the dialer', os.strerror(fault.errno or 0)))
    module.exit_json(**result)


if __name__ == '__main__':
    main()
