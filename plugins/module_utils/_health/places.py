# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the monitor, and the modules that ask it, keep their files. All are root's own."""

import os

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import STATE

DIRECTORY = os.path.join(STATE, 'health')
ATTEMPTS = os.path.join(DIRECTORY, 'attempts.db')
MAINTENANCE = os.path.join(DIRECTORY, 'maintenance.json')   # the operator's, see C(maintenance)
SAVED = os.path.join(DIRECTORY, 'state.json')               # what a restarted monitor goes on with
HOOKS = os.path.join(DIRECTORY, 'hooks')                    # the queues
LOGS = '/var/log/dialer-trunks'
LOG = os.path.join(LOGS, 'monitor.log')


def make():
    """Make the directories. Raises Foreign where another user could change them."""
    for path, mode in ((STATE, 0o700), (DIRECTORY, 0o700), (LOGS, 0o750)):
        if not os.path.isdir(path):
            os.mkdir(path, mode)
        with safe_files.opened(path, root_only=True, must=True):
            pass
