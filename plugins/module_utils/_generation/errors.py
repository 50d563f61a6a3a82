# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of a commit that failed."""

from ansible_collections.dialer.trunks.plugins.module_utils._common import findings as found


class Refused(Exception):
    """A running program does not hold the new state, or refuses it. ``findings``: [Finding] of what it lacks."""

    def __init__(self, heading, findings=()):
        Exception.__init__(self, '\n'.join([heading] + ['  ' + text for text in found.texts(findings)]))
        self.findings = list(findings)


class Unfinished(Exception):
    """The commit failed. The text says why, and what is in force now.

    ``restored``: whether the former state was restored and, as far as it was before, proven; None if nothing had been
    put in force.
    """

    def __init__(self, text, restored=None):
        Exception.__init__(self, text)
        self.restored = restored
