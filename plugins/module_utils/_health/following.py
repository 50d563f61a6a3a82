# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the orders of the generation in force: watches as they say, becomes another program, or ends."""

import functools
import json
import os
import signal
import sys
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import AMI_USER, MONITOR
from ansible_collections.dialer.trunks.plugins.module_utils._health import watch

SIGNALS = (signal.SIGTERM, signal.SIGINT)
TICK = 1.0      # seconds
TIMEOUT = 5     # seconds for one command of Asterisk


class Stop(Exception):
    """The monitor is asked to end."""


def run():
    """Watch until the generation in force has no orders, or a signal asks to end."""
    for number in SIGNALS:
        signal.signal(number, _stop)
    watching = None
    try:
        source = _generations()
        if source.own.linked() is None:     # nothing is made where nothing is to be watched
            return
        watching = watch.Watch(cli.Cli(timeout=TIMEOUT), _installed())
        _follow(watching, source)
    except Stop:
        pass
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if watching is None:
        return
    if _has_orders(source):
        watching.leave()    # it is started again, and the leases hold until then
    else:
        watching.end()      # of systemd, a monitor that is removed gets a signal as well


def _has_orders(source):
    try:
        return bool(source.read(source.own.linked(), MONITOR))
    except (IOError, OSError, safe_files.Foreign):
        return True


def _follow(watching, source):
    """Tick, and follow each generation that is put in force. Returns when there are no orders."""
    followed = None
    while True:
        try:
            number = source.own.linked()
            orders, secret = _orders(source, number) if number is None or number != followed else (None, None)
        except (ValueError, IOError, OSError, safe_files.Foreign) as fault:
            number = followed   # what cannot be read is not followed
            watching.remark(str(fault))
        if number is None or number != followed:
            if orders is None:
                return
            if orders['program'] == watching.program:
                watching.follow(number, orders, secret, functools.partial(source.open, number))
                followed = number
            elif _installed() == orders['program']:
                watching.leave()
                os.execve(sys.executable, monitor.command(sys.executable), dict(os.environ, PYTHONPATH=monitor.LINK))
        if followed is None:
            time.sleep(TICK)
        else:
            watching.tick(TICK)


def _generations():
    """Return the generations of this dialer. Waits for Asterisk where there are none: only when it runs is it known
    whose files root trusts, see C(of_dialer), and after a boot the monitor is there first."""
    while True:
        running, source = cli.process(), generations.of_dialer()
        if running or source.own.linked() is not None:
            return source
        time.sleep(TICK)


def _stop(_number, _frame):
    raise Stop()


def _installed():
    """Return the digest of the program that the link points to."""
    return os.path.basename(os.path.realpath(monitor.LINK))


def _orders(source, number):
    """Return (orders, secret of the manager's user) of a generation; (None, None) without orders."""
    text = source.read(number, MONITOR)
    if not text:
        return None, None
    return dict(json.loads(text), digest=monitor.orders_digest(text)), monitor.secret_of(source.read(number, AMI_USER))
