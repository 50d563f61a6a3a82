#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
---
module: trunk_maintenance
short_description: Take a trunk of a dialer out for maintenance, and back
version_added: "1.0.0"
description:
  - Calls pass over a trunk in maintenance. Calls in progress go on, and the trunk stays loaded and probed. A call that
    no other trunk of its route takes still tries it.
  - The health monitor of the dialer must run, see C(docs/health.md). The module waits until it has done so.
  - Maintenance ends by itself after O(hours). It survives restarts of Asterisk, of the monitor and of the machine, and
    runs of C(site.yml).
options:
  trunk:
    description: The trunk.
    type: str
    required: true
  state:
    description: Whether the trunk is in maintenance.
    type: str
    required: true
    choices: ['on', 'off']
  reason:
    description: Why, for those who see it in the status. Needed with O(state=on).
    type: str
    default: ''
  hours:
    description: After how many hours it ends, at most 8784, or V(forever).
    type: str
    default: '8'
  wait:
    description: With O(state=on), seconds to wait until the last call on the trunk has ended. 0 does not wait.
    type: int
    default: 0
  who:
    description: Who has ordered it. Default is the user and the name of the controller.
    type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
extends_documentation_fragment:
  - dialer.trunks.attributes
notes:
  - Needs root.
seealso:
  - module: dialer.trunks.trunk_status_info
author:
  - dialer.trunks contributors (@dialer-trunks)
'''

EXAMPLES = r'''
- name: Take a trunk out while its carrier works
  dialer.trunks.trunk_maintenance:
    trunk: carrier_a
    state: 'on'
    reason: the carrier moves its gateway
    hours: '2'

- name: Take it back
  dialer.trunks.trunk_maintenance:
    trunk: carrier_a
    state: 'off'
'''

RETURN = r'''
maintenance:
  description: The maintenance of the trunk, null without any.
  returned: success
  type: dict
  contains:
    reason:
      description: Why.
      type: str
    who:
      description: Who has ordered it.
      type: str
    since:
      description: When it began, in seconds since the epoch.
      type: float
    until:
      description: When it ends, in seconds since the epoch; null for forever.
      type: float
  sample: {reason: the carrier moves its gateway, who: ann@desk, since: 1796026440.4, until: 1796033640.4}
calls:
  description: Calls in use on the trunk at the end.
  returned: outside check mode
  type: int
  sample: 0
'''

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dialer.trunks.plugins.module_utils._arguments.trunk_maintenance import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import ordered


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = ordered.order(module.params, cli.Cli(), module.check_mode)
    except (ordered.Refused, locks.Busy, cli.AsteriskError, safe_files.Foreign) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s' % (fault.filename or 'the monitor', os.strerror(fault.errno or 0)))
    module.exit_json(**result)


if __name__ == '__main__':
    main()
