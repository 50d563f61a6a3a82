# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the script that repairs VICIdial's channel table, without which calls that fail over are lost."""

import os
import subprocess

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import process

# Seconds. The script gives up if it cannot connect within 2 s; the limit is for a database that then does not respond.
LIMIT = 15


def unready(files):
    """Return why the repair in a generation's files is not ready, one line without full stop; None if it is, or the
    generation needs none."""
    if 'repair-ready.conf' not in files:
        return None
    running = process()
    found = reason(files['repair.agi'], running and running[1:])
    return found and found.rstrip('.')


def reason(script, user=None):
    """Return None if the repair script reaches the database and finds its table, else the reason in one line.

    ``user``: (uid, gid) of Asterisk, which runs it; None for the current user.
    """
    def become():
        os.setgroups([])
        os.setgid(user[1])
        os.setuid(user[0])

    try:
        # run_command() knows no limit of time. pylint: disable-next=ansible-bad-function
        child = subprocess.Popen(['perl', '-', '--check'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, cwd='/', preexec_fn=become if user and user[0] else None)
    except OSError as fault:
        return 'perl: %s' % fault.strerror
    try:
        _output, error = child.communicate(script.encode('utf-8'), timeout=LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return 'the database did not answer within %d seconds' % LIMIT
    if child.returncode == 0:
        return None
    lines = [line for line in error.decode('utf-8', 'replace').split('\n') if line.strip()]
    return lines[0] if lines else 'perl ended with code %d' % child.returncode
