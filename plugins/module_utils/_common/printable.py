# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from a database or a dialer, made safe to print: a terminal obeys control characters."""


def safe(text):
    """The text on one line: what is no printable character is escaped as in Python's repr."""
    if text.isprintable():
        return text
    return ''.join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def safe_lines(text):
    """The same for a text of several lines, which stay."""
    return text if text.isprintable() else '\n'.join(safe(line) for line in text.split('\n'))


def warn(module, text):
    """Give a warning of a module. From ansible-core 2.19 on it reaches the terminal past the action plugin, which makes
    everything else safe."""
    module.warn(safe_lines(text))
