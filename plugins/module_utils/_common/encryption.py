# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypts results that hold secrets, so that they are unreadable in Ansible's output at ``-vvv``.

A module's result is printed there unchanged. Therefore the controller sends a key in the ``payload``, which no log
shows, and the module encrypts its result with it. The key is used once: a pad as long as the result is derived from it.
"""

import base64
import hashlib
import json
import os
import zlib


def new_key():
    """Return a new key as text."""
    return base64.b64encode(os.urandom(32)).decode('ascii')


def _covered(data, key):
    """Return the bytes XORed with the pad that is derived from the key. Applied twice, it returns the bytes."""
    secret = base64.b64decode(key)
    pad = b''.join(hashlib.sha256(secret + str(number).encode('ascii')).digest()
                   for number in range(len(data) // 32 + 1))
    return bytes(bytearray(one ^ other for one, other in zip(bytearray(data), bytearray(pad))))


def seal(value, key):
    """Return the JSON value encrypted with the key, as text."""
    data = zlib.compress(json.dumps(value).encode('utf-8'))
    return base64.b64encode(_covered(data, key)).decode('ascii')


def unseal(text, key):
    """Return the value that C(seal) has encrypted."""
    return json.loads(zlib.decompress(_covered(base64.b64decode(text), key)).decode('utf-8'))
