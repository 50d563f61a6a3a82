#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: history_report
short_description: Show who changed what on all dialers, a line for each generation
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Prints the generations that the dialers of the play keep, the newest of each first, with the time, the user and
    controller that wrote it, the commit, whether it is in force, and what it changed. C(playbooks/history.yml) uses it.
  - Dialers that could not be asked are named.
  - Runs on the controller and connects to no dialer. Prints on standard error, once. Needs the strategy C(linear), by
    which all dialers come to it at the same time.
  - On a dialer that was unreachable, the task counts as unreachable (exit code 4 of C(ansible-playbook)). Otherwise it
    does not fail.
options:
  kept:
    description: Name of the variable in which M(dialer.trunks.asterisk_generation_info) was registered.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    details: The same in check mode.
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
seealso:
  - module: dialer.trunks.asterisk_generation_info
'''

EXAMPLES = r'''
- name: List the generations that the dialer keeps
  dialer.trunks.asterisk_generation_info:
  register: kept

- name: Show who changed what, and when
  dialer.trunks.history_report:
    kept: kept
'''

RETURN = r'''#'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.history_report import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.history_report.')


if __name__ == '__main__':
    main()
