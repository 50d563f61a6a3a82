# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments that replace variables of the description in a task.

An action plugin passes all but the mode on unchecked, since the plan checks them like the variables: its messages name
the path, the value and what is allowed."""

MODE = dict(type='str', choices=['vicidial', 'asterisk'])
TRUNKS = dict(type='list', elements='dict')
ROUTES = dict(type='list', elements='dict')
INBOUND = dict(type='list', elements='dict')
RTP = dict(type='dict')
FIREWALL = dict(type='dict')
HEALTH = dict(type='dict')
PRUNE = dict(type='bool')

EVERY = (TRUNKS, ROUTES, INBOUND, RTP, FIREWALL, HEALTH, PRUNE)


def is_described(rule):
    """Return whether the plan checks the argument with this rule."""
    return any(rule is one for one in EVERY)
