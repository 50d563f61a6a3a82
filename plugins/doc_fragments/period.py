# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


class ModuleDocFragment(object):
    """The period of a report."""

    DOCUMENTATION = r'''
options:
  days:
    description:
      - The last so many days, 1 to 400, today included. V(1) and V(2) end with the present hour.
      - V(7) without O(from).
    type: int
  from:
    description: Begin of the period instead of O(days), C(YYYY-MM-DD) or C(YYYY-MM-DD HH:MM), in UTC.
    type: str
  until:
    description:
      - End of the period with O(from), in the same form. A date stands for its end. The present time without it.
    type: str
  now:
    description:
      - The present time in seconds since the epoch, so that it is the same for all dialers and the controller. Else
        that of the machine on which this runs.
    type: int
'''
