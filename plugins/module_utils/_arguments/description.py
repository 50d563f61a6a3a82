# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments by which a task describes something itself, in place of the variables of the inventory.

An action plugin takes all but the mode as they are, and the plan checks them as it checks the variables: its messages
name the path, the value and what is allowed."""

MODE = dict(type='str', choices=['vicidial', 'asterisk'])
TRUNKS = dict(type='list', elements='dict')
ROUTES = dict(type='list', elements='dict')
INBOUND = dict(type='list', elements='dict')
RTP = dict(type='dict')
FIREWALL = dict(type='dict')
PRUNE = dict(type='bool')

EVERY = (TRUNKS, ROUTES, INBOUND, RTP, FIREWALL, PRUNE)


def is_described(rule):
    """Whether the plan checks the argument that has this rule."""
    return any(rule is one for one in EVERY)
