# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a name has SRV records: what is asked, and that nothing but the answer to it counts as one."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import srv_records
from hypothesis import given
from hypothesis import strategies as st

QUERY = srv_records.question('_sip._udp.zenith.example', 0x1234)


def answer(code=0, records=1, query=QUERY, flags=0x8180):
    return query[:2] + struct.pack('!HHH', flags | code, 1, records) + query[8:]


def test_the_question_is_as_rfc_1035_wants():
    assert QUERY == (b'\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00'
                     b'\x04_sip\x04_udp\x06zenith\x07example\x00\x00\x21\x00\x01')
    assert srv_records.question('a.', 1) == srv_records.question('a', 1)


@pytest.mark.parametrize('name', ['', 'a..b', 'x' * 64, 'é.example', 'a b', '.'.join(['x' * 60] * 5)])
def test_what_no_name_can_be_is_not_asked(name):
    assert srv_records.question(name, 1) is None


@pytest.mark.parametrize(('data', 'found'), [
    (answer(), True), (answer(records=9) + b'\xc0\x0c', True),
    (answer(records=0), False), (answer(code=3, records=0), False),
    (answer(code=2), None), (answer(code=5), None),                            # SERVFAIL, REFUSED
    (answer(flags=0x0100), None), (b'', None), (answer()[:20], None),
    (b'\x43\x21' + answer()[2:], None),                                        # another query's
    (answer(query=srv_records.question('_sip._udp.zenith.exampl3', 0x1234)), None),
    (answer().replace(b'zenith', b'ZENITH'), True),
])
def test_an_answer(data, found):
    assert srv_records.answer(data, QUERY) is found


@given(st.binary(max_size=600))
def test_foreign_bytes_do_no_harm(data):
    assert srv_records.answer(data, QUERY) in (None, True, False)


def test_the_servers_of_resolv_conf(tmp_path):
    path = tmp_path / 'resolv.conf'
    path.write_text('# nameserver 198.18.0.9\nsearch x\n nameserver 198.18.0.1\nnameserver\t::1\nnameserver 198.18.0.3\nnameserver 198.18.0.4\n')
    assert srv_records.nameservers(str(path)) == ['198.18.0.1', '::1', '198.18.0.3']
    assert srv_records.nameservers(str(tmp_path / 'none')) == []


def test_the_first_server_that_says_counts(monkeypatch):
    asked = []

    def ask(server, query):
        asked.append((server, query[12:].split(b'\x07example')[0]))
        return {'dead': None, 'empty': False}.get(server, b'_sips' in query)
    monkeypatch.setattr(srv_records, '_ask', ask)
    assert srv_records.exist('zenith.example', 'SIP', ['dead']) is None
    assert srv_records.exist('zenith.example', 'SIP', ['dead', 'empty', 'full']) is False
    assert srv_records.exist('zenith.example', 'SIP', ['full']) is True
    assert srv_records.exist('zenith.example', 'IAX2', ['full']) is False
    assert srv_records.exist('zenith.example', 'SIP', []) is None
    assert [one for one in asked if one[0] == 'empty'] == [
        ('empty', b'\x04_sip\x04_udp\x06zenith'), ('empty', b'\x04_sip\x04_tcp\x06zenith'), ('empty', b'\x05_sips\x04_tcp\x06zenith')]


def test_silence_ends_in_time():
    assert srv_records.exist('zenith.example', 'IAX2', ['127.0.0.99']) is None
