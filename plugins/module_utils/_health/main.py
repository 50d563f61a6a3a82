# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health monitor, a process on a dialer, of which one runs at a time. See docs/health.md.

Where there is no systemd, cron starts one each minute, which ends at once: that costs a quarter of what it would cost
to read the whole program first.
"""

import os
import sys
import syslog

from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import SERVICE, SERVICE_LOCK

LOCK = SERVICE_LOCK


def main():
    """Follow the generations in force until one has no orders. Return at once where another monitor runs."""
    os.umask(0o077)
    syslog.openlog(SERVICE)
    try:
        with locks.locked(LOCK, 'the health monitor', patience=0):
            from ansible_collections.dialer.trunks.plugins.module_utils._health import following
            following.run()
    except locks.Busy as busy:
        # Code 0, or systemd would start it again and again.
        sys.stdout.write('another health monitor runs: process %s\n' % busy.pid)
    except (IOError, OSError, safe_files.Foreign) as fault:
        _log(fault)
        raise SystemExit(1)
    except Exception as fault:
        _log(fault)
        raise


def _log(fault):
    syslog.syslog(syslog.LOG_ERR, 'the monitor ended: %s: %s' % (type(fault).__name__, fault))


if __name__ == '__main__':
    main()
