# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the lines of Asterisk's conf files as Asterisk does. Pure.

A line may be as long as a column of the database, 65,535 bytes, and contain anything. Therefore nothing here reads a
line more than a few times: no expression has two repeats that match the same characters.
"""

import collections
import re

# The file that a line includes.
INCLUDE = re.compile(r'\s*#(?:try)?include\s+["<]?([^\s"<>;]+)')
# A section's name, and the templates in the parentheses after it.
HEADING = re.compile(r'\s*\[([^\]]+)\](?:\s*\(([^)]*)\))?')

_SECTION = re.compile(r'^[^\S\n]*\[([^\]\n]+)\][^\S\n]*(\([^)\n]*\))?', re.MULTILINE)


def bare(line):
    """Return the line without its comment and outer blanks; a semicolon after a backslash begins no comment."""
    at = line.find(';')
    while at > 0 and line[at - 1] == '\\':
        at = line.find(';', at + 1)
    return (line if at < 0 else line[:at]).strip()


def option(line):
    """Return (name, value) of a line C(name = value) or C(name => value) without a comment; None for other lines."""
    name, equals, value = line.partition('=')
    name = name.strip()
    if not equals or not name:
        return None
    return name, (value[1:] if value.startswith('>') else value).strip()


def number(text):
    """Return the number if the text consists of at most 18 ASCII digits, else None: C(str.isdigit) also accepts digits
    that C(int) does not, and C(int) refuses texts of thousands of digits."""
    return int(text) if 0 < len(text) <= 18 and not text.strip('0123456789') else None


def section_texts(text):
    """Return [(name, text)] of the sections of a text, in order, each with its heading."""
    found = []
    for line in text.split('\n'):
        heading = HEADING.match(line)
        if heading:
            found.append((heading.group(1), [line]))
        elif found:
            found[-1][1].append(line)
    return [(name, '\n'.join(lines)) for name, lines in found]


def sections(text):
    """Return the names of the sections of a text, without templates, each once: PJSIP has several objects of one
    name."""
    found = [name for name, options in _SECTION.findall(text) if '!' not in options] if '[' in text else []
    return list(collections.OrderedDict.fromkeys(found))
