# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generation that is kept, back in force: nothing is written, the link goes back to it."""

from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import repair, switch
from ansible_collections.dialer.trunks.plugins.module_utils._generation.change import Change, entry
from ansible_collections.dialer.trunks.plugins.module_utils._generation.proof import InForce


class Rollback(object):
    """The way back to generation C(target). Reads on creation, changes nothing before ``apply``.

    ``state``: what is in force before. ``change``: what differs from it.
    """

    def __init__(self, store, dialer, target):
        self.target = target
        self.state = InForce(store, dialer)
        kept = store.files(target)
        # Stamps count here: the same peer in another revision has to be read again.
        now = self.state.files
        files = sorted(path for path in set(kept) | set(now) if kept.get(path) != now.get(path))
        if target != self.state.number:
            files.append('generation.conf')
        self.change = Change(self.state, {path: unstamp(text) for path, text in kept.items()}, files)
        self.warnings = list(self.change.warnings)
        why = repair.unready(self.change.wanted)  # the generation stays as it is; what it needs may have gone since
        if why:
            self.warnings.append('generation %d fails over, but calls that fail over would not reach their agents: %s. '
                                 'Run site.yml when that is fixed.' % (target, why))

    def diff(self):
        """Ansible's diff: the link, and the files that differ in more than a stamp."""
        entries = [one for one in self.change.diff() if 'prepared' in one or one['before'] != one['after']]
        if self.target == self.state.number:
            return entries
        before = '' if self.state.number is None else 'trunks.d/%d\n' % self.state.number
        return [entry(self.state.store.link, before, 'trunks.d/%d\n' % self.target)] + entries

    def apply(self):
        """Do it. Raises Unfinished when it could not be done; then the former generation is in force, and both stay."""
        switch.all_or_nothing(self.change, self.target, written=False)
        return self.target
