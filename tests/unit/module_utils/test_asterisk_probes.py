# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of our own: what is sent, and that nothing but the answer to it counts as one."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import probes
from hypothesis import given
from hypothesis import strategies as st

SECRET = 'a' * 32
OK = f'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:4321\r\nCall-ID: {SECRET}\r\nCSeq: 1 OPTIONS\r\n\r\n'.encode()


@contextlib.contextmanager
def server(answers):
    """A UDP server on the loopback: ``answers`` makes of a datagram the list of those that are sent back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(('127.0.0.1', 0))
        listening.settimeout(0.05)
        over = threading.Event()

        def serve():
            while not over.is_set():
                with contextlib.suppress(socket.timeout, ConnectionError):
                    data, sender = listening.recvfrom(65535)
                    for answer in answers(data):
                        listening.sendto(answer, sender)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            over.set()
            thread.join()


def call_id(request):
    return re.search(rb'\r\nCall-ID: (\S+)\r\n', request).group(1).decode()


class TestOptions:
    @pytest.mark.parametrize('here, there, ours, theirs', [
        (('198.18.0.11', 4321), ('198.18.10.10', 5060), '198.18.0.11:4321', '198.18.10.10:5060'),
        (('::1', 4321, 0, 0), ('::1', 5060), '[::1]:4321', '[::1]:5060'),
    ])
    def test_what_rfc_3261_wants(self, here, there, ours, theirs):
        head, _blank, body = probes.options(here, there, SECRET).decode().partition('\r\n\r\n')
        first, *headers = head.split('\r\n')
        assert (first, body) == (f'OPTIONS sip:{theirs} SIP/2.0', '')
        assert dict(header.split(': ', 1) for header in headers) == {
            'Via': f'SIP/2.0/UDP {ours};branch=z9hG4bK{SECRET};rport', 'Max-Forwards': '70',
            'From': f'<sip:{ours}>;tag=aaaaaaaa', 'To': f'<sip:{theirs}>', 'Call-ID': SECRET, 'CSeq': '1 OPTIONS',
            'Contact': f'<sip:{ours}>', 'Accept': 'application/sdp', 'Content-Length': '0'}

    @pytest.mark.parametrize('answer', [
        OK, OK.replace(b'200 OK', b'404 Not Found'), OK.replace(b'200 OK', b'503 Service Unavailable'),
        OK.replace(b'Call-ID:', b'i :'), OK.replace(b'Call-ID:', b'call-id:'), OK + b'v=0\r\n'])
    def test_any_final_response_with_our_call_id_counts(self, answer):
        assert probes.answers_options(answer, SECRET)

    @pytest.mark.parametrize('answer', [
        b'', b'\0' * 65535, OK.replace(b'200 OK', b'100 Trying'), OK.replace(b'200', b'2000'), OK.replace(b'a' * 32, b'b' * 32),
        OK.replace(b'a' * 32, b'a' * 31), OK.replace(b'Call-ID', b'X-Call-ID'), b' ' + OK, OK.replace(b'SIP/2.0 200 OK', b'OPTIONS sip:x SIP/2.0'),
        OK.replace(b'Call-ID', b'Call-ID: x\r\nCall-ID'), b'SIP/2.0 200 OK\r\n\r\nCall-ID: ' + SECRET.encode(),
        OK.replace(b'Via: ', b'Via: ' + b'x' * 9000)])
    def test_nothing_else_does(self, answer):
        assert not probes.answers_options(answer, SECRET)

    @given(st.binary(max_size=300))
    def test_foreign_bytes_do_no_harm(self, data):
        assert not probes.answers_options(data, SECRET)
        assert not probes.answers_poke(data, 77, 4711)

    def test_asked(self):
        seen = []
        with server(lambda data: seen.append(call_id(data)) or [OK.replace(SECRET.encode(), call_id(data).encode())]) as address:
            assert probes.ask_options(address, 2) and probes.ask_options(address, 2)
        assert len(set(seen)) == 2 and all(re.fullmatch('[0-9a-f]{32}', one) for one in seen)

    def test_asked_again_and_garbage_is_passed_over(self):
        seen = []

        def answers(data):
            seen.append(data)
            return [b'SIP/2.0 200 OK\r\n\r\n', OK] if len(seen) < 2 else [OK.replace(SECRET.encode(), call_id(data).encode())]
        with server(answers) as address:
            assert probes.ask_options(address, 3)
        assert len(seen) == 2 and seen[0] == seen[1]

    @pytest.mark.parametrize('answers', [lambda _data: [], lambda _data: [OK], lambda _data: [OK] * 200])
    def test_silence_and_noise_end_in_time(self, answers):
        began = time.monotonic()
        with server(answers) as address:
            assert not probes.ask_options(address, 0.3)
        assert time.monotonic() - began < 2

    def test_an_answer_from_elsewhere_does_not_count(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            found = []
            thread = threading.Thread(target=lambda: found.append(probes.ask_options(silent.getsockname(), 0.5)))
            thread.start()
            data, sender = silent.recvfrom(65535)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(OK.replace(SECRET.encode(), call_id(data).encode()), sender)
            thread.join()
            assert found == [False]

    @pytest.mark.parametrize('address', [('127.0.0.1', 1), ('no.such.name', 5060), ('fe80::1%nope', 5060), ('255.255.255.255', 5060)])
    def test_what_cannot_be_asked_does_not_answer(self, address):
        assert not probes.ask_options(address, 0.1)


def pong(request, **changes):
    fields = {'source': b'\x80\x01', 'destination': bytes([request[0] & 0x7f]) + request[1:2], 'stamp': request[4:8], 'rest': b'\0\1\6\3', **changes}
    return b''.join(fields.values())


class TestPokes:
    def test_what_rfc_5456_wants(self):
        assert probes.poke(1234, 77).hex() == '84d2000000000' + '04d' + '0000061e'
        recorded = bytes.fromhex('800104d20000004d00010603')     # of Asterisk 16
        assert probes.answers_poke(recorded, 1234, 77) and probes.answers_poke(pong(probes.poke(1234, 77)), 1234, 77)
        assert probes.acknowledges(recorded).hex() == '84d200010000004d01010604'

    @pytest.mark.parametrize('changes', [
        {'source': b'\0\1'}, {'destination': b'\4\xd3'}, {'stamp': b'\0\0\0\x4e'}, {'rest': b'\0\1\6\4'}, {'rest': b'\0\1\2\3'}, {'rest': b''}])
    def test_nothing_else_counts(self, changes):
        assert not probes.answers_poke(pong(probes.poke(1234, 77), **changes), 1234, 77)

    def test_many_at_once(self):
        """Fifty, of which every fifth is silent: the silent ones cost the wait once."""
        acknowledged = []

        def answers(data):
            if data[11] == 4:
                acknowledged.append(data)
                return []
            return [b'noise', pong(data)]
        with contextlib.ExitStack() as stack:
            living = [stack.enter_context(server(answers)) for _number in range(40)]
            silent = [stack.enter_context(server(lambda _data: [])) for _number in range(10)]
            asking, began = probes.Pokes(), time.monotonic()
            asking.ask(living + silent + [('127.0.0.1', 1)], 1)
            assert time.monotonic() - began < 3
            assert asking.answered == set(living)
            asking.ask(living + silent, 0.1)
            assert asking.answered == set(living)
        assert len(acknowledged) == 40

    def test_a_late_answer_counts_at_the_next_look(self):
        seen = []

        def answers(data):
            seen.append(data)
            return [pong(data)] if len(seen) == 2 else []
        with server(answers) as address:
            asking = probes.Pokes()
            asking.ask([address], 0.1)
            assert not asking.answered
            asking.ask([address], 1)
            assert asking.answered == {address} and seen[0] == seen[1]
