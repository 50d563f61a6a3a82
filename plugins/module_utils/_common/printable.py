# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escapes the control characters in text from a database or a dialer, which a terminal would execute."""


def safe(text):
    """Return the text on one line, with unprintable characters escaped as in Python's repr."""
    if text.isprintable():
        return text
    return ''.join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def safe_lines(text):
    """Return the same for a text of several lines, which are kept."""
    return text if text.isprintable() else '\n'.join(safe(line) for line in text.split('\n'))


def short_commit(commit):
    """Return the first ten digits of the id of a Git commit, and the C(+changes) after it, if any."""
    number, plus, changes = commit.partition('+')
    return number[:10] + plus + changes


def warn(module, text):
    """Issue a warning of a module. From ansible-core 2.19 on, warnings do not pass the action plugin, which escapes all
    other output."""
    module.warn(safe_lines(text))
