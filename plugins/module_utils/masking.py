# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in configuration text, hidden by the key they stand behind and not by their value.

Values that Ansible hides by itself do not include the old ones, which a diff shows as well.
"""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import functools
import re

HIDDEN = '(hidden)'
CHANGED = '(hidden, changed)'

# The keys of sip.conf, pjsip.conf, iax.conf and astguiclient.conf whose value is a secret, and their kin.
_SECRET_KEY = re.compile(r'secret|passw|(^|_)pass$|md5_cred|private_?key|inkeys|outkey|token', re.IGNORECASE)
# Keys of pjsip_wizard.conf hold a slash: outbound_auth/password.
_ASSIGNMENT = re.compile(r'^([\s;#]*)([A-Za-z0-9_./-]+)(\s*=>?\s*)(.*)')
# user:secret[:authuser]@host behind register =>, and auth=user:secret@realm or auth=user#md5secret@realm
_LOGIN = re.compile(r'[^\s:#@/=>?][:#]')
# A login in a dial string, as VICIdial's globals have it: TRUNKloop = IAX2/ASTloop:secret@127.0.0.1:40569
_DIALLED = re.compile(r'\b(?:SIP|PJSIP|IAX2?)/[^\s:@/${]+:', re.IGNORECASE)
_BLANK = re.compile(r'\s')


@functools.lru_cache(maxsize=256)   # the same few keys stand in thousands of lines
def is_secret_key(key):
    """True when the option of this name holds a secret."""
    return bool(_SECRET_KEY.search(key))


def _split(line):
    """(text before the secret, the secret, text after it) of a line, or None when the line holds none."""
    line = line.rstrip('\r')  # VICIdial's admin pages write CRLF
    login = None
    match = _ASSIGNMENT.match(line) if '=' in line else None
    if match:
        key, value = match.group(2), match.start(4)
        if is_secret_key(key):
            return (line[:value], line[value:], '') if line[value:].strip() else None
        if key.lower() in ('register', 'auth'):
            at = line.rfind('@', value)
            found = _LOGIN.search(line, value, at) if at >= 0 else None
            login = (found.end(), at) if found and found.end() < at else None
    if login is None and '@' in line:
        login = _dialled(line)
    return (line[:login[0]], line[login[0]:login[1]], line[login[1]:]) if login else None


def _dialled(line):
    """(start, end) of the secret in the first login of a dial string, or None."""
    looked_at = 0
    for found in _DIALLED.finditer(line):
        if found.end() >= looked_at:
            blank = _BLANK.search(line, found.end())
            looked_at = blank.start() if blank else len(line)
            at = line.rfind('@', found.end() + 1, looked_at)
            if at >= 0:
                return found.end(), at
    return None


def _secrets(text):
    """Each line of the text as (line, what C(_split) makes of it, what the secret belongs to)."""
    section = ''
    for line in (text or '').split('\n'):
        if line.startswith('['):
            section = line.strip()
        parts = _split(line)
        yield line, parts, (section, parts[0].strip()) if parts else None


def mask(text):
    """The text with each secret in it shown as ``(hidden)``."""
    lines = []
    for line in (text or '').split('\n'):
        parts = _split(line)
        lines.append(line if parts is None else parts[0] + HIDDEN + parts[2])
    return '\n'.join(lines)


def mask_pair(old, new):
    """(old, new) for a diff: both masked, the new one as C(mask_new) has it."""
    return mask(old), mask_new(old, new)


def mask_new(old, new):
    """The new text masked, with ``(hidden, changed)`` where a secret differs from the old text's.

    A secret of the new text is compared with those that stand behind the same words in the same section of the old one.
    """
    known = {}
    for _line, parts, place in _secrets(old):
        if parts is not None:
            known.setdefault(place, []).append(parts[1])
    lines = []
    for line, parts, place in _secrets(new):
        if parts is None:
            lines.append(line)
            continue
        before = known.get(place)
        same = before is None or (before.pop(0) if len(before) > 1 else before[0]) == parts[1]
        lines.append(parts[0] + (HIDDEN if same else CHANGED) + parts[2])
    return '\n'.join(lines)
