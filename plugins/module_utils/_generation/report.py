# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a commit of files tells besides what it has changed. Pure."""


def skipped_in_check_mode(rows, changes, tests):
    """Return what a real run would wait for and check, as sentences."""
    listed = []
    names = sorted(rows.get('peers') or {}) + sorted(rows.get('routes') or {})
    if names:
        listed.append('wait until the running Asterisk holds the rows of %s' % ', '.join(names))
    if changes:
        listed.append('reload what changed and prove that the running programs hold it')
    if tests:
        numbers = ', '.join(dial for dial, _reaches in tests['cases'])
        listed.append('make the route tests: %s' % numbers)
    return listed


def in_force(wanted, rows):
    """Return a clause that says which generation and rows calls use now."""
    held = 'no generation is in force' if wanted.number is None else 'generation %d stays in force' % wanted.number
    routes = sorted(name for name, revision in (rows.get('routes') or {}).items() if revision is not None)
    if routes:
        held += ', and so do the rows of %s in VICIdial\'s dialplan' % ', '.join('route %s' % name for name in routes)
    return held


def out_of_reach(seen):
    """Return a sentence for each managed peer that the running Asterisk does not reach: its calls use other trunks."""
    return ['trunk %s is %s: calls use other trunks until its carrier responds again'
            % (peer['name'], peer['state']) for peer in seen
            if peer['state'] in ('unreachable', 'lagged') and (peer['description'] or '').startswith('[trunks ')]
