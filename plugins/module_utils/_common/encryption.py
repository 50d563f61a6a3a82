# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what holds secrets travels back from a dialer: unreadable to whoever reads what Ansible prints at ``-vvv``.

A module's answer is printed there as it comes. So the controller sends a key, which no log shows (``payload``), and
gets its answer under that key. The key is used once: it is a pad that is as long as the answer.
"""

import base64
import hashlib
import json
import os
import zlib


def new_key():
    """A key, as text."""
    return base64.b64encode(os.urandom(32)).decode('ascii')


def _covered(data, key):
    """The bytes under the pad that follows from the key; the same again takes it off."""
    secret = base64.b64decode(key)
    pad = b''.join(hashlib.sha256(secret + str(number).encode('ascii')).digest()
                   for number in range(len(data) // 32 + 1))
    return bytes(bytearray(one ^ other for one, other in zip(bytearray(data), bytearray(pad))))


def seal(value, key):
    """The value (of JSON) as a text that only the key opens."""
    data = zlib.compress(json.dumps(value).encode('utf-8'))
    return base64.b64encode(_covered(data, key)).decode('ascii')


def unseal(text, key):
    """What C(seal) was given."""
    return json.loads(zlib.decompress(_covered(base64.b64decode(text), key)).decode('utf-8'))
