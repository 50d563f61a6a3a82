# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk's extension patterns: which numbers one matches, which of several wins, and whether two overlap.

As in Asterisk 16's ``main/pbx.c``: ``X``, ``Z`` and ``N`` (in either case) are 0-9, 1-9 and 2-9; ``[...]`` is a set of
characters and ranges, an empty one is skipped; ``-`` outside of brackets is ignored, in patterns and in numbers, and so
is a blank in a pattern; ``.`` is one or more of anything, ``!`` zero or more, and everything after them is ignored;
``/`` begins the caller's number and ends the pattern. An extension without a leading underscore is one exact number.
"""

_LAST = 0xff    # of a range: Asterisk compares bytes, and a pattern must not match a million characters
ONE_OR_MORE = '.'
ZERO_OR_MORE = '!'
_CLASSES = {'X': frozenset('0123456789'), 'Z': frozenset('123456789'), 'N': frozenset('23456789')}


def parse(extension):
    """Return the symbols of an Asterisk extension (str, ``_`` before a pattern) as a tuple.

    A symbol is a frozenset of characters; the last may be one of the two wildcards instead. Raises ValueError with a
    clause that says why no call can match it.
    """
    if not extension.startswith('_'):
        return tuple(frozenset(character) for character in extension if character not in '- ')
    symbols = []
    position = 1
    while position < len(extension):
        character = extension[position]
        position += 1
        if character in '- ':
            continue
        if character == '/':
            break
        if character in (ONE_OR_MORE, ZERO_OR_MORE):
            symbols.append(character)
            break
        if character == '[':
            end = extension.find(']', position)
            if end < 0:
                raise ValueError("has a '[' without a ']'")
            inside = extension[position:end]
            position = end + 1
            if inside:
                symbols.append(_characters(inside))
            continue
        symbols.append(_CLASSES.get(character.upper()) or frozenset(character))
    return tuple(symbols)


def _characters(inside):
    """Return the characters that the inside of a bracket matches. Raises ValueError if there are none."""
    characters = _range(inside)
    characters.discard('-')     # Asterisk skips dashes in the number, so that a dash in a set never matches
    if not characters:
        raise ValueError("has an empty set: '[%s]'" % inside)
    return frozenset(characters)


def _range(inside):
    """Return the characters that the inside of a bracket names, including a dash."""
    characters = set()
    position = 0
    while position < len(inside):
        if position + 2 < len(inside) and inside[position + 1] == '-':
            characters.update(map(chr, range(ord(inside[position]), min(ord(inside[position + 2]), _LAST) + 1)))
            position += 3
        else:
            characters.add(inside[position])
            position += 1
    return characters


def _split(symbols):
    """Return (the sets of characters, the wildcard after them or an empty string)."""
    if symbols and isinstance(symbols[-1], str):
        return symbols[:-1], symbols[-1]
    return symbols, ''


def matches(extension, number):
    """Return whether the extension matches the number. Raises ValueError as C(parse)."""
    sets, wildcard = _split(parse(extension))
    digits = number.replace('-', '')
    if not extension.startswith('_'):
        return len(sets) == len(digits) and all(digit in one for one, digit in zip(sets, digits))
    if len(digits) < len(sets) or not all(digit in one for one, digit in zip(sets, digits)):
        return False
    rest = len(digits) - len(sets)
    return rest == 0 if not wildcard else rest >= (1 if wildcard == ONE_OR_MORE else 0)


def rank(extension):
    """Return a key that sorts extensions in Asterisk's order: the first one of a context that matches a number wins.

    Exact numbers come before patterns. Patterns are compared place by place: a character, then sets by their number of
    characters (``N`` 8, ``Z`` 9, ``X`` 10) and then by the characters from the lowest on, then ``.``, then ``!``, then
    a pattern that has ended. Asterisk also compares what follows a ``.``, and so does this. Two extensions with one key
    are one extension to Asterisk.
    """
    if not extension.startswith('_'):
        return (0, extension.replace('-', ''))
    places = []
    position = 1
    while position < len(extension):
        character = extension[position]
        position += 1
        if character in '- ':
            continue
        if character in (ONE_OR_MORE, ZERO_OR_MORE):
            places.append((0x18000 if character == ONE_OR_MORE else 0x28000, ()))
        elif character == '[':
            end = extension.find(']', position)
            if end < 0:
                places.append((0x40000, ()))
                break
            found = _range(extension[position:end])
            position = end + 1
            if found:
                places.append(_place(found))
        else:
            places.append(_place(_CLASSES.get(character.upper()) or character))
    return (1, tuple(places) + ((0x30000, ()),))


def same(left, right):
    """Return whether Asterisk takes two extensions for one, as ``_9NXX`` and ``_9nx[0-9]``: it merges their steps."""
    return rank(left) == rank(right)


def _place(characters):
    """Return the sort key of a set of characters: its size, then its characters from the lowest on."""
    return 0x100 * len(characters), tuple(sorted(map(ord, characters)))


def winner(extensions, number):
    """Return the one of these extensions of a context that a call to this number uses; None for none."""
    found = []
    for extension in extensions:
        try:
            if matches(extension, number):
                found.append(extension)
        except ValueError:      # no call can match it
            continue
    return min(found, key=rank) if found else None


def covers(wide, narrow):
    """True when C(wide) matches every number that C(narrow) matches. ValueError as in parse."""
    wide_sets, wide_wildcard = _split(parse(wide))
    narrow_sets, narrow_wildcard = _split(parse(narrow))
    shortest = len(narrow_sets) + (narrow_wildcard == ONE_OR_MORE)
    if not wide_wildcard:
        return not narrow_wildcard and len(wide_sets) == len(narrow_sets) and _contain(wide_sets, narrow_sets)
    if shortest < len(wide_sets) + (wide_wildcard == ONE_OR_MORE):
        return False
    # behind the narrow one's sets comes anything, which no set holds
    return len(wide_sets) <= len(narrow_sets) and _contain(wide_sets, narrow_sets)


def _contain(outer, inner):
    return all(one >= other for one, other in zip(outer, inner))


def meet(left, right):
    """Return whether both extensions match a number, as C(overlaps); False if Asterisk cannot match one of them."""
    try:
        return overlaps(left, right)
    except ValueError:
        return False


def overlaps(left, right):
    """Return whether a number exists that both extensions match. Raises ValueError as C(parse)."""
    left_sets, left_wildcard = _split(parse(left))
    right_sets, right_wildcard = _split(parse(right))
    if not all(one & other for one, other in zip(left_sets, right_sets)):
        return False
    surplus = len(left_sets) - len(right_sets)
    if surplus == 0:
        return ONE_OR_MORE not in (left_wildcard, right_wildcard) or bool(left_wildcard and right_wildcard)
    return bool(right_wildcard if surplus > 0 else left_wildcard)
