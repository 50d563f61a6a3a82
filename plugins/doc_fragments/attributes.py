# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


class ModuleDocFragment(object):
    """The attributes check_mode and diff_mode, with the same text in all modules."""

    # A module adds its own "support" for each of these.
    DOCUMENTATION = r'''
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tell what it would change without changing it.
  diff_mode:
    description: Returns what it changed, or would change, as a diff. Secrets show as C((hidden)).
'''

    # For modules that only read.
    INFO = r'''
options: {}
attributes:
  check_mode:
    description: Can run in check mode. Reads only, so that it does the same there.
    support: full
  diff_mode:
    description: Returns what it changed, or would change, as a diff.
    support: N/A
    details: Nothing is changed.
'''

    # For modules that take confirm_within.
    CONFIRMABLE = r'''
options: {}
attributes:
  action_group:
    description: C(group/dialer.trunks.confirmable) in C(module_defaults) sets O(confirm_within) for a whole play.
    support: full
    membership:
      - dialer.trunks.confirmable
'''
