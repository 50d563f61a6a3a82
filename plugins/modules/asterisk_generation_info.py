#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: asterisk_generation_info
short_description: List the generations of the trunks' files that a dialer keeps
version_added: "1.0.0"
description:
  - Returns the kept generations in C(/etc/asterisk/trunks.d), the newest first, with the user who wrote each, the time,
    the commit of the Git checkout, and what it changed.
  - The running dialplan tells which one is in force, not the link alone.
  - Every file is compared with the checksum that was taken when it was written. A file that was edited, removed or
    added since is returned in C(damaged).
  - Contents are not returned, since they hold secrets.
options:
  prove:
    description:
      - Compare what the running Asterisk and nftables hold with the generation in force, and fail if something differs.
        Peers and the extensions of routes in VICIdial's dialplan are compared with the rows that it records.
      - Without a generation in force, there is nothing to compare.
    type: bool
    default: false
extends_documentation_fragment:
  - dialer.trunks.attributes.info
notes:
  - C(playbooks/history.yml) prints a line for each generation of all dialers.
  - Needs root, since the generations hold secrets.
seealso:
  - module: dialer.trunks.asterisk_generation
  - module: dialer.trunks.asterisk_rollback
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: List the generations
  dialer.trunks.asterisk_generation_info:
  register: kept

- name: Show who wrote the one in force
  ansible.builtin.debug:
    msg: "{{ kept.generations | selectattr('in_force') | map(attribute='who') | first }}"

- name: Fail if the running programs do not hold it
  dialer.trunks.asterisk_generation_info:
    prove: true
'''

RETURN = r'''
linked:
  description: The number that C(/etc/asterisk/trunks) points to; null when there is none.
  returned: success
  type: int
  sample: 7
running:
  description: The number in the running dialplan; null if it has none, or Asterisk could not be asked.
  returned: success
  type: int
  sample: 7
reason:
  description: Why the running Asterisk could not be asked; empty if it could.
  returned: success
  type: str
  sample: ''
generations:
  description: The kept generations, the newest first.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Its number.
      type: int
    written:
      description: When it was written, in the dialer's local time with its offset; null if not recorded.
      type: str
    who:
      description: User and host of the controller that wrote it; null if not recorded.
      type: str
    commit:
      description:
        - The commit of the Git checkout of the inventory, with C(+changes) if the checkout differed from it.
        - Null without a checkout.
      type: str
    mode:
      description: V(vicidial) or V(asterisk); null if not recorded.
      type: str
    changed:
      description: The paths in which it differed from the generation before it.
      type: list
      elements: str
    former:
      description: The number that was in force when it was written; null for none.
      type: int
    rows:
      description: Whether it has VICIdial's rows, so that a rollback can restore them.
      type: bool
    in_force:
      description: Whether the link points to it and the running dialplan holds it.
      type: bool
    linked:
      description: Whether the link points to it.
      type: bool
    damaged:
      description: Files that differ from what was written, each with C(path) and C(how), V(edited), V(missing) or
        V(added).
      type: list
      elements: dict
    trunks:
      description: Its enabled trunks, each with C(name), C(technology), C(peers) and C(registered).
      type: list
      elements: dict
    routes:
      description: The names of its routes.
      type: list
      elements: str
  sample:
    - number: 7
      written: '2026-11-25T21:29:29+0000'
      who: ann@desk
      commit: ef053438855e7d3f765397c2e7016ee2142f381c
      mode: vicidial
      changed: [routes/us.conf]
      former: 6
      rows: true
      in_force: true
      linked: true
      damaged: []
      trunks: [{name: carrier_a, technology: SIP, peers: [carrier_a], registered: false}]
      routes: [us]
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.asterisk_generation_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, dialplan_parsers, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding, texts
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    history, proof, rows_loaded, store as generations)
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import Dialer


def unproven(store):
    """Return [Finding] of what is not as the generation in force says. Raises AsteriskError."""
    dialer = Dialer(cli.Cli())
    state = proof.InForce(store, dialer)
    damaged = history.damage(store, state.number)
    found = [Finding('generation', path, '%s of generation %d is %s' % (path, state.number, how))
             for path, how in damaged] + state.unproven
    if any(path.startswith('rows/') for path, _how in damaged):
        return found    # nobody knows what they said
    return found + rows_loaded.missing(dialer, history.expected(state.files))


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    store = generations.of_dialer()
    running, reason = None, ''
    try:
        running = loaded_checks.running_generation(cli.Cli().read(dialplan_parsers.dialplan, 'dialplan show'))
    except cli.AsteriskError as fault:
        reason = str(fault)
    try:
        found = history.described(store, running)
        linked = store.linked()
        amiss = unproven(store) if module.params['prove'] and linked is not None else []
    except cli.AsteriskError as fault:
        module.fail_json(msg=str(fault))
    except generations.Foreign as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s' % (fault.filename or 'the generations', os.strerror(fault.errno or 0)))
    if amiss:
        module.fail_json(msg='generation %d is not in force as it was written:\n%s' % (
            linked, '\n'.join(dict.fromkeys(texts(amiss)))))
    module.exit_json(changed=False, linked=linked, running=running, reason=reason, generations=found)


if __name__ == '__main__':
    main()
