#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: asterisk_rollback
short_description: Roll back to a kept generation of the trunks' files, all or nothing
version_added: "1.0.0"
description:
  - Switches the link C(/etc/asterisk/trunks) to a kept generation, reloads what differs, and checks that the running
    Asterisk and nftables hold it. If they do not, the generation that was in force is restored and checked, and the
    task fails with what was wrong and what was restored.
  - The generation keeps its number, and later ones are kept. The next commit gets a new number.
  - Rolls back files only. M(dialer.trunks.vicidial_carriers) does the rows, and C(playbooks/rollback.yml) both in the
    right order.
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
  confirm_within:
    description:
      - Seconds within which O(dialer.trunks.asterisk_generation#module:state=confirmed) has to follow, or the former
        generation is restored, as in M(dialer.trunks.asterisk_generation). 0 needs no confirmation.
    type: int
    default: 0
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
    details: Nothing is switched, reloaded, waited for or checked.
  diff_mode:
    support: full
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.attributes.confirmable
seealso:
  - module: dialer.trunks.asterisk_generation_info
  - module: dialer.trunks.asterisk_generation
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Roll back to generation 6
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
  description: Number of the generation that was in force before; null for none.
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
  description: The operator's files in which the marked line was added or removed.
  returned: success
  type: list
  elements: str
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_rollback import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn
from ansible_collections.dialer.trunks.plugins.module_utils._common.locks import Busy
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints, files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    history, rows_loaded, store as generations)
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import Dialer
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished
from ansible_collections.dialer.trunks.plugins.module_utils._generation.rollback import Rollback


def run(module, request, checkpoint, watchdog):
    """Roll back and check it. Returns the module's result."""
    number, store, dialer = module.params['generation'], generations.of_dialer(), Dialer(cli.Cli())
    if not module.check_mode:
        for warning in files.begin(checkpoint, request, watchdog):
            warn(module, warning)
    if number not in store.numbers():
        raise Unfinished('There is no generation %d here; there are: %s. Nothing was touched.'
                         % (number, ', '.join(map(str, store.numbers())) or 'none'))
    bad = history.damage(store, number)
    if bad:
        raise Unfinished('Generation %d differs from what was written: %s. Nothing was touched.' % (
            number, ', '.join('%s (%s)' % pair for pair in bad)))
    if module.check_mode:
        return _result(module, Rollback(store, dialer, number))
    rows = dict(request.get('rows') or {})
    if rows:  # that Asterisk holds their revision does not prove that it holds nothing else
        expected = history.expected(store.files(number))
        rows.update(options=expected['options'], steps=expected['steps'])
    rows_loaded.demand(dialer, rows, module.params['wait'])
    with store.lock((request.get('run') or {}).get('who')):
        wanted = Rollback(store, dialer, number)
        if wanted.change.needed:
            with files.armed(checkpoint, request, watchdog, wanted.change, wanted.target):
                wanted.apply()
        return _result(module, wanted)


def _result(module, wanted):
    change = wanted.change
    result = dict(changed=change.needed, former=wanted.state.number, generation=wanted.target,
                  files=change.files, lines=sorted(change.lines))
    if module._diff:
        result['diff'] = wanted.diff()
    for warning in wanted.warnings:
        warn(module, warning)
    return result


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    request = dict(payload.unpack(module.params['payload']), within=module.params['confirm_within'])
    if 'run' not in request:
        module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.asterisk_rollback.')
    checkpoint = checkpoints.Checkpoint('files')
    # Before anything is opened that it would inherit.
    watchdog = files.watch(checkpoint) if request['within'] and not module.check_mode else None
    try:
        result = run(module, request, checkpoint, watchdog)
    except checkpoints.Unconfirmed as other:
        module.fail_json(msg=str(other), unconfirmed=other.run)
    except (cli.AsteriskError, Busy, generations.Foreign, Refused, Unfinished, checkpoints.RolledBack,
            rows_loaded.Missing) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s. Nothing was put in force.'
                         % (fault.filename or 'the dialer', os.strerror(fault.errno or 0)))
    module.exit_json(**result)


if __name__ == '__main__':
    main()
