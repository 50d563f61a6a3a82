#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: trunk_report
short_description: Write a report of the trunks of all dialers for a period
version_added: 1.0.0
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Joins the sums of all dialers of the play and writes them as one HTML file that needs nothing else, as JSON and as
    CSV. C(playbooks/report.yml) uses it.
  - The report has attempts, ASR, NER, ACD, PDD, minutes and cost of each trunk, route and dialer, and over time, the
    causes of attempts without an answer, and outages, suspensions, maintenance and changes of the description on the
    same time axis.
  - Dialers without an attempt log, and those that could not be asked, are named in the report.
  - Runs on the controller and connects to no dialer. Prints the path of the HTML file on standard error. Needs the
    strategy C(linear), by which all dialers come to it at the same time.
  - On a dialer that was unreachable, the task counts as unreachable (exit code 4 of C(ansible-playbook)).
options:
  sums:
    description:
      - Name of the variable in which M(dialer.trunks.trunk_report_info) was registered. It must have been called with
        O(dialer.trunks.trunk_report_info#module:packed) and the same period.
      - Without it, the task only checks the period.
    type: str
  carrier_log:
    description:
      - Name of the variable in which M(dialer.trunks.carrier_log_info) was registered, for dialers without sums.
    type: str
  directory:
    description:
      - Directory on the controller for the files. Relative to the working directory. It is made if its parent is there.
    type: path
    default: reports
attributes:
  check_mode:
    support: full
    details: Writes nothing in check mode, and prints which file it would write.
  diff_mode:
    support: N/A
    details: Nothing on a dialer is changed.
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.period
seealso:
  - module: dialer.trunks.trunk_report_info
  - module: dialer.trunks.carrier_log_info
'''

EXAMPLES = r'''
- name: Check the period
  dialer.trunks.trunk_report:
    days: 30
  run_once: true
  register: asked

- name: Read the sums of the last 30 days
  dialer.trunks.trunk_report_info:
    days: 30
    now: "{{ asked.now }}"
    packed: true
  register: sums

- name: Write the report
  dialer.trunks.trunk_report:
    sums: sums
    days: 30
    now: "{{ asked.now }}"
    directory: /srv/reports
'''

RETURN = r'''
now:
  description: O(now), or the present time, in seconds since the epoch.
  returned: without O(sums)
  type: int
  sample: 1796048710
files:
  description: The absolute paths of the files, by C(html), C(json), C(figures), C(causes) and C(events) (CSV).
  returned: with O(sums), on the first dialer of the play
  type: dict
  sample: {html: /srv/reports/trunks-20261101-20261130.html}
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_report import ARGUMENTS


def main():
    """Fail: the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg='This module needs its action plugin; call it as dialer.trunks.trunk_report.')


if __name__ == '__main__':
    main()
