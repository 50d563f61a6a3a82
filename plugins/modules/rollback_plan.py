#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: rollback_plan
short_description: Choose the generation to which each dialer is rolled back
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Reads the results of M(dialer.trunks.asterisk_generation_info) of every dialer of the play's batch, and chooses the
    generation to which each is rolled back. Fails and names every dialer for which there is none, before anything is
    changed.
  - A dialer cannot be rolled back to a generation that it does not keep, whose files were changed, that was written in
    the other mode, or, in vicidial mode, that has no VICIdial rows.
  - Runs on the controller and connects to no dialer.
options:
  kept:
    description: Name of the variable in which each dialer's result of M(dialer.trunks.asterisk_generation_info) was
      registered.
    type: str
    required: true
  generation:
    description:
      - A number, or V(previous), the generation that was in force when the newest was written.
      - If an older one than the newest is already in force, V(previous) is that one, with a warning. A second rollback
        therefore changes nothing.
    type: str
    default: previous
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
'''

EXAMPLES = r'''
- name: Choose the generation before the newest on every dialer
  dialer.trunks.rollback_plan:
    kept: found
  run_once: true
'''

RETURN = r'''
targets:
  description:
    - For each dialer C(from) and C(to), the numbers; C(why), a warning or empty; C(mode); and C(trunks), the peers that
      M(dialer.trunks.sip_peers_verify) expects afterwards.
  returned: success
  type: dict
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.rollback_plan import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.rollback_plan.')


if __name__ == '__main__':
    main()
