# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in configuration text, hidden by the key they stand behind and not by their value.

Values that Ansible hides by itself do not include the old ones, which a diff shows as well.
"""
from __future__ import absolute_import, division, print_function
__metaclass__ = type

import re

HIDDEN = '(hidden)'
CHANGED = '(hidden, changed)'

# The keys of sip.conf, pjsip.conf, iax.conf and astguiclient.conf whose value is a secret, and their kin.
_SECRET_KEY = re.compile(r'secret|passw|(^|_)pass$|DB_pass|_pass$|md5_cred|private_?key|inkeys|outkey|token', re.IGNORECASE)
_ASSIGNMENT = re.compile(r'^(\s*;?\s*)([A-Za-z0-9_.-]+)(\s*=>?\s*)(.*)$')
# user:secret[:authuser]@host, user:secret@... behind register =>, and auth=user:secret@realm
_LOGIN = re.compile(r'(?P<user>[^\s:@/=>?]+):(?P<secret>\S+)@')


def is_secret_key(key):
    """True when the option of this name holds a secret."""
    return bool(_SECRET_KEY.search(key))


def _split(line):
    """(text before the secret, the secret, text after it) of a line, or None when the line holds none."""
    match = _ASSIGNMENT.match(line)
    if not match:
        return None
    lead, key, equals, value = match.groups()
    if is_secret_key(key):
        return (lead + key + equals, value, '') if value.strip() else None
    if key.lower() in ('register', 'auth'):
        login = _LOGIN.search(value)
        if login:
            before = lead + key + equals + value[:login.start('secret')]
            return before, login.group('secret'), value[login.end('secret'):]
    return None


def mask(text):
    """The text with each secret in it shown as ``(hidden)``."""
    lines = []
    for line in (text or '').split('\n'):
        parts = _split(line)
        lines.append(line if parts is None else parts[0] + HIDDEN + parts[2])
    return '\n'.join(lines)


def mask_pair(old, new):
    """(old, new) for a diff: both masked, with ``(hidden, changed)`` in the new one where a secret differs.

    A secret of the new text is compared with those that stand behind the same words in the old text.
    """
    known = {}
    for line in (old or '').split('\n'):
        parts = _split(line)
        if parts is not None:
            known.setdefault(parts[0].strip(), []).append(parts[1])
    lines = []
    for line in (new or '').split('\n'):
        parts = _split(line)
        if parts is None:
            lines.append(line)
            continue
        before = known.get(parts[0].strip())
        same = before is None or (before.pop(0) if len(before) > 1 else before[0]) == parts[1]
        lines.append(parts[0] + (HIDDEN if same else CHANGED) + parts[2])
    return mask(old), '\n'.join(lines)
