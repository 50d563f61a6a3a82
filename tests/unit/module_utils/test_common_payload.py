# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.dialer.trunks.plugins.module_utils._common import payload


def test_what_is_packed_comes_out():
    value = {"files": {"dialplan": {"routes/us.conf": "[a]\nü ${EXTEN}\r\n"}}, "prune": False, "rows": {"x": None}}
    assert payload.unpack(payload.pack(value)) == value


def test_nothing_is_an_empty_dictionary():
    assert payload.unpack(None) == {} and payload.unpack("") == {}


def test_the_option_is_hidden_as_a_whole():
    assert payload.OPTION["payload"] == {"type": "str", "no_log": True}
