# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of Asterisk's conf files, taken apart as Asterisk does it. Pure.

A line may be as long as a column of the database, 65,535 bytes, and hold anything. So nothing here goes over a line
more than a few times: no expression with two repeats that take the same characters.
"""

import collections
import re

# The file that a line includes.
INCLUDE = re.compile(r'\s*#(?:try)?include\s+["<]?([^\s"<>;]+)')
# A section's name, and what stands in the parentheses behind it: its templates.
HEADING = re.compile(r'\s*\[([^\]]+)\](?:\s*\(([^)]*)\))?')

_SECTION = re.compile(r'^[^\S\n]*\[([^\]\n]+)\][^\S\n]*(\([^)\n]*\))?', re.MULTILINE)


def bare(line):
    """The line without its comment and the blanks around it; a semicolon behind a backslash begins no comment."""
    at = line.find(';')
    while at > 0 and line[at - 1] == '\\':
        at = line.find(';', at + 1)
    return (line if at < 0 else line[:at]).strip()


def option(line):
    """(name, value) of a line C(name = value) or C(name => value) without a comment; None when it is none."""
    name, equals, value = line.partition('=')
    name = name.strip()
    if not equals or not name:
        return None
    return name, (value[1:] if value.startswith('>') else value).strip()


def number(text):
    """The number that a text of ASCII digits is, else None: C(str.isdigit) also knows digits that C(int) does not, and
    C(int) refuses texts of thousands of digits."""
    return int(text) if 0 < len(text) <= 18 and not text.strip('0123456789') else None


def sections(text):
    """Names of the sections of a text, without templates, each once: PJSIP has several objects of one name."""
    found = [name for name, options in _SECTION.findall(text) if '!' not in options] if '[' in text else []
    return list(collections.OrderedDict.fromkeys(found))
