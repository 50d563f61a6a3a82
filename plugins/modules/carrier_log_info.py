#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: carrier_log_info
short_description: Read how calls ended from VICIdial's carrier log
version_added: "1.0.0"
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Counts the calls of C(vicidial_carrier_log) of a period by dialer, time and end, for dialers that have no health
    monitor. C(playbooks/report.yml) uses it.
  - The log has the last attempt of each call only, and no trunk.
extends_documentation_fragment:
  - dialer.trunks.attributes.info
  - dialer.trunks.period
  - dialer.trunks.database
options:
  server_ips:
    description: The C(server_ip) of each dialer to read.
    type: list
    elements: str
  sums:
    description:
      - Name of the variable in which M(dialer.trunks.trunk_report_info) was registered. Then O(server_ips) are those of
        the play's dialers in vicidial mode that have told no sums, and the task is skipped if there are none.
    type: str
seealso:
  - module: dialer.trunks.trunk_report
'''

EXAMPLES = r'''
- name: Read how the calls of a dialer ended
  dialer.trunks.carrier_log_info:
    days: 7
    server_ips: [198.18.0.11]
'''

RETURN = r'''
packed:
  description:
    - The calls as one text, which M(dialer.trunks.trunk_report) reads, base64 of zlib of JSON. C(columns) are the names
      of what each of C(groups) has.
  returned: success
  type: str
'''

import time

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.carrier_log_info import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import call_log
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection
from ansible_collections.dialer.trunks.plugins.module_utils._health import period, reported


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if connection.PYMYSQL_ERROR:
        module.fail_json(msg=missing_required_lib('PyMySQL', reason=connection.LIBRARY_REASON),
                         exception=connection.PYMYSQL_ERROR)
    now, server_ips = module.params['now'], module.params['server_ips'] or []
    try:
        wanted = period.chosen(module.params, int(time.time()) if now is None else now)
        groups = call_log.read(connection.login(module.params), wanted, server_ips)
        packed = reported.pack(dict(period=dict(wanted._asdict()), columns=call_log.COLUMNS, groups=groups),
                               hidden=module.params['login_password'])
    except (period.Wrong, call_log.TooMuch, connection.DatabaseError, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, packed=packed)


if __name__ == '__main__':
    main()
