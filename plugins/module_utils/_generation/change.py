# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the state in force on a dialer with the wanted files, and makes Ansible's diff. Changes nothing."""

import hashlib

from ansible_collections.dialer.trunks.plugins.module_utils._common import findings, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask_pair
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes, layout
from ansible_collections.dialer.trunks.plugins.module_utils._generation.dialer import program_of


class Change(object):
    """The change from C(state), an InForce, to the C(wanted) files, {path: text without stamps}.

    ``files``: the paths that differ. ``shipped``: the paths of files that are the same on every dialer.
    ``lines``: the operator's files in which this collection's line is added or removed, {path: (old text, new text)}.
    """

    def __init__(self, state, wanted, files, shipped=()):
        self.state = state
        self.wanted = wanted
        self.files = files
        self.shipped = shipped
        self.warnings = []
        self.lines = self._lines()

    @property
    def needed(self):
        """Return whether files or lines differ, or a running program does not hold the files."""
        return bool(self.files or self.lines or self.state.unproven)

    def programs(self):
        """Return the programs that must be reloaded."""
        state = self.state
        programs = {program_of(path) for path in self.files} - {None}
        if self.files or self.lines:
            programs.add('dialplan')
        for path, (target, _line, _place) in includes.LINES.items():
            if target in self.lines and path != 'nftables.conf':
                programs.add(program_of(path))
        if state.amiss:  # a program may have failed to read a file, or may have read one of another generation
            programs.update({program_of(path) for path in state.files} - {None})
        return programs | {program for program, found in state.lacking.items() if found}

    def diff(self):
        """Return Ansible's diff: one entry for each changed file of this collection, secrets hidden, and for each of
        the operator's files, of which only this collection's line is shown. A new file that is the same on every dialer
        is one line."""
        state, entries, shipped = self.state, [], []
        rows = [path for path in self.files if layout.part_of(path) == layout.ROWS]
        for path in self.files:
            if path in rows:
                continue  # vicidial_carriers, which writes the row, shows it with its secrets hidden
            before, after = unstamp(state.files.get(path, '')), self.wanted.get(path, '')
            if path in self.shipped and path not in state.files:
                shipped.append('new file, as shipped: %s (%s)\n'
                               % (state.store.place(path), _summary(after, 12).strip()))
                continue
            if path.startswith(('rates/', layout.DECKS)):
                before, after = _summary(before), _summary(after)
            # With its path within a generation, for drift_report.
            entries.append(dict(entry(state.store.place(path), *mask_pair(before, after)), file=path))
        for path, (old, new) in sorted(self.lines.items()):
            entries.append(entry(path, includes.shown(old), includes.shown(new)))
        if shipped:
            entries.append({'header': 'as shipped', 'prepared': ''.join(shipped)})
        if rows:
            entries.append({'header': 'kept for a rollback', 'prepared': ''.join(path + '\n' for path in rows)})
        if state.amiss:
            entries.append({'header': 'corrected', 'prepared': '\n'.join(findings.texts(state.amiss)) + '\n'})
        if not entries and state.unproven:
            entries.append({'header': 'reload', 'prepared': '\n'.join(findings.texts(state.unproven)) + '\n'})
        return entries

    def _lines(self):
        changes = {}
        for path, (target, line, place) in includes.lines(self.state.store.place).items():
            old = safe_files.read_text(target)
            new = includes.with_line(old, line, place) if path in self.wanted else includes.without_line(old)
            if new != old:
                changes[target] = (old, new)
                if path == 'nftables.conf' and not safe_files.exists(target) and new:
                    self.warnings.append('%s did not exist and is created: check that the service nftables loads it at '
                                         'boot (if it loads another file, include this one there). Otherwise the '
                                         'firewall is missing after a reboot until the next run' % target)
        return changes


def entry(path, before, after):
    """Return one file's entry of Ansible's diff."""
    return {'before_header': path, 'after_header': path, 'before': before, 'after': after}


def _summary(text, digits=None):
    """Return one line instead of a text, with the first ``digits`` of its checksum: for a rate deck or a lookup table
    made of some, since megabytes of digits are useless in a diff, and for a file that is the same everywhere."""
    if not text:
        return ''
    checksum = hashlib.sha256(text.encode('utf-8')).hexdigest()
    return '%d lines, SHA-256 %s\n' % (text.count('\n'), checksum[:digits])
