# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stamp that lets a running Asterisk prove which version of a peer or of a route it holds.

Rendered text carries a placeholder (``[trunks @]`` in a peer's description, ``,1(@))`` at the end of a route row's
Gosub). Whoever stores the text puts a number in its place: the row's revision, or the file's generation. Two texts
that differ in their stamps only are the same text.
"""

import re

# What a stamp begins with, the stamp with its number as the last group, and what to put in its place. Thousands of
# texts are looked at in one run, most without one of the two.
_NUMBER = r'(?:\$\{FILTER\(0-9\*#\+,)?[^,]+'
_STAMPS = (('[trunks ', re.compile(r'\[trunks (@|[0-9]+)\]'), '[trunks %s]'),
           ('Gosub(trunks-route-', re.compile(r'(Gosub\(trunks-route-[a-z0-9_]+,%s,1\()(@|[0-9]+)(?=\)\))' % _NUMBER),
            r'\g<1>%s'))


def stamp(text, number):
    """The text with every placeholder or older stamp replaced by ``number``."""
    for begins, expression, stamped in _STAMPS:
        if begins in text:
            text = expression.sub(stamped % number, text)
    return text


def unstamp(text):
    """The text as it was rendered, with the placeholder in place of any number."""
    return stamp(text, '@')


def revision(text):
    """The number that the text is stamped with, an int; 0 when it has no stamp."""
    for begins, expression, _stamped in _STAMPS:
        if begins in text:
            for match in expression.finditer(text):
                number = match.group(match.lastindex)
                if number != '@':
                    return int(number)
    return 0
