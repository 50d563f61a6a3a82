# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stamp that proves which version of a peer or of a route a running Asterisk holds.

Rendered text has a placeholder (``[trunks @]`` in a peer's description, ``,1(@))`` at the end of a route row's Gosub).
When the text is stored, a number replaces it: the row's revision, or the file's generation. Two texts that differ in
their stamps only are equal.
"""

import re

# The beginning of a stamp, an expression with its number as the last group, and the replacement. Thousands of texts are
# searched in one run, most without one of the two.
_NUMBER = r'(?:\$\{FILTER\(0-9\*#\+,)?[^,]+'
_STAMPS = (('[trunks ', re.compile(r'\[trunks (@|[0-9]+)\]'), '[trunks %s]'),
           ('Gosub(trunks-route-', re.compile(r'(Gosub\(trunks-route-[a-z0-9_]+,%s,1\()(@|[0-9]+)(?=\)\))' % _NUMBER),
            r'\g<1>%s'))


def stamp(text, number):
    """Return the text with every placeholder or older stamp replaced by ``number``."""
    for begins, expression, stamped in _STAMPS:
        if begins in text:
            text = expression.sub(stamped % number, text)
    return text


def unstamp(text):
    """Return the text as it was rendered, with placeholders instead of numbers."""
    return stamp(text, '@')


def revision(text):
    """Return the number that the text is stamped with; 0 without a stamp."""
    for begins, expression, _stamped in _STAMPS:
        if begins in text:
            for match in expression.finditer(text):
                number = match.group(match.lastindex)
                if number != '@':
                    return int(number)
    return 0
