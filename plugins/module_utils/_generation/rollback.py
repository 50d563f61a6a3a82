# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback to a kept generation: nothing is written, only the link is switched."""

from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import repair, switch
from ansible_collections.dialer.trunks.plugins.module_utils._generation.change import Change, entry
from ansible_collections.dialer.trunks.plugins.module_utils._generation.proof import InForce


class Rollback(object):
    """The rollback to generation C(target). Reads on creation, changes nothing before ``apply``.

    ``state``: what is in force before. ``change``: what differs from it.
    """

    def __init__(self, store, dialer, target):
        self.target = target
        self.state = InForce(store, dialer)
        kept = store.files(target)
        # Stamps are compared, too: the same peer with another revision must be reloaded.
        now = self.state.files
        files = sorted(path for path in set(kept) | set(now) if kept.get(path) != now.get(path))
        if target != self.state.number:
            files.append('generation.conf')
        self.change = Change(self.state, {path: unstamp(text) for path, text in kept.items()}, files)
        self.warnings = list(self.change.warnings)
        why = repair.unready(self.change.wanted)  # the generation is not changed, but what it needs may be missing now
        if why:
            self.warnings.append('generation %d fails over, but calls that fail over would not reach their agents: %s. '
                                 'Fix that, and run site.yml.' % (target, why))

    def diff(self):
        """Return Ansible's diff: the link, and the files that differ in more than a stamp."""
        entries = [one for one in self.change.diff() if 'prepared' in one or one['before'] != one['after']]
        if self.target == self.state.number:
            return entries
        before = '' if self.state.number is None else 'trunks.d/%d\n' % self.state.number
        return [entry(self.state.store.link, before, 'trunks.d/%d\n' % self.target)] + entries

    def apply(self):
        """Roll back. Raises Unfinished if that failed; then the former generation is in force, and both are kept."""
        switch.all_or_nothing(self.change, self.target, written=False)
        return self.target
