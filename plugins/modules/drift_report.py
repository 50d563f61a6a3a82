#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: drift_report
short_description: Report the differences between the description, the dialers and the database
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Combines the results of other modules of this collection, run in check mode, into one report for all dialers of the
    play, including unreachable ones. C(playbooks/drift.yml) runs those modules.
  - A row or file that differs from the description was either edited (it differs from the generation in force), or its
    description was changed and is not applied yet. The report distinguishes the two.
  - Runs on the controller and connects to no dialer. Prints the report on standard error.
  - Fails if there is a difference (exit code 2 of C(ansible-playbook)). If there is none, but something could not be
    compared, the task counts as unreachable (exit code 4).
options:
  read:
    description: Name of the variable in which M(dialer.trunks.dialer_info) was registered.
    type: str
  kept:
    description: Name of the variable in which M(dialer.trunks.asterisk_generation_info) was registered.
    type: str
  files:
    description: Name of the variable in which M(dialer.trunks.asterisk_generation) was registered, in check mode.
    type: str
  firewalld:
    description: Name of the variable in which M(dialer.trunks.firewalld_rules) was registered, where firewalld runs.
    type: str
  peers:
    description: Name of the variable in which M(dialer.trunks.sip_peers_verify) was registered, in check mode.
    type: str
  rows:
    description: Name of the variable in which M(dialer.trunks.vicidial_carriers) was registered, in check mode.
    type: str
  format:
    description: V(table) for people, V(json) for machines, V(markdown) for a comment on a pull request.
    type: str
    choices: [table, json, markdown]
    default: table
  file:
    description: File on the controller to write the report to. The table is then printed.
    type: path
  fail:
    description: Whether the task fails for differences and for what could not be compared.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    details: Writes O(file) in check mode, too.
  diff_mode:
    support: N/A
    details: Nothing is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
'''

EXAMPLES = r'''
- name: Report what differs
  dialer.trunks.drift_report:
    read: found
    kept: generations
    files: files
    peers: peers
    rows: rows
    format: markdown
    file: drift.md
  run_once: true
'''

RETURN = r'''
report:
  description:
    - The report. C(drift), C(unknown) and C(notes) count its lines; C(compared) and C(unreachable) list dialers.
    - Each of C(lines) has C(dialer), C(where), C(kind), C(level) (V(drift), V(unknown) or V(note)), C(what), C(detail)
      (lines of a diff, secrets hidden) and C(do).
  returned: unless the task fails
  type: dict
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.drift_report import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.drift_report.')


if __name__ == '__main__':
    main()
