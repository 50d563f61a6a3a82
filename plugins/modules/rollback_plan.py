#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: rollback_plan
short_description: Choose the generation that each dialer goes back to
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Reads what M(dialer.trunks.asterisk_generation_info) found on every dialer of the play's batch, and chooses the
    generation that each goes back to. Fails and names every dialer that cannot, before anything is touched.
  - A dialer cannot go back to a generation that it does not keep, whose files are not as they were written, that was
    made in the other mode, or, in vicidial mode, that does not know what VICIdial's rows were with it.
  - Runs on the controller alone and reaches no dialer.
options:
  kept:
    description: Name of the variable in which each dialer's result of M(dialer.trunks.asterisk_generation_info) was
      registered.
    type: str
    required: true
  generation:
    description:
      - A number, or V(previous), the generation that was in force before the newest was written.
      - Where an older one than the newest is in force already, V(previous) stays with that and says so. So a second
        roll-back changes nothing, and does not go on to the one before.
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
    - For each dialer C(from) and C(to), the numbers; C(why), a sentence when there is something to say; C(mode); and
      C(trunks), what M(dialer.trunks.sip_peers_verify) is to expect then.
  returned: success
  type: dict
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.rollback_plan import ARGUMENTS


def main():
    """Only the action plugin of the same name does anything."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module is driven by its action plugin; call it as dialer.trunks.rollback_plan.')


if __name__ == '__main__':
    main()
