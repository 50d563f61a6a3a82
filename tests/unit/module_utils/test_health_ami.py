# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AMI: what is a message, an attempt, a hang-up, and a connection that is no more."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._health import ami
from hypothesis import given
from hypothesis import strategies as st

BANNER = b"Asterisk Call Manager/5.0.2\r\n"
EVENT = (
    "Event: UserEvent\r\nPrivilege: user,all\r\nChannel: Local/13125551213@default-00000003;2\r\nChannelState: 6\r\n"
    "ChannelStateDesc: Up\r\nCallerIDNum: 3125550100\r\nCallerIDName: V1220735260000000472\r\nExten: h\r\nPriority: 2\r\n"
    "Uniqueid: 1767225600.12\r\nLinkedid: 1767225600.10\r\nUserEvent: TrunkAttempt\r\nRoute: us\r\nTrunk: carrier_a\r\n"
    "Attempt: 2\r\nResult: ANSWER\r\nCause: 16\r\nSip: 200\r\nRing: 1900\r\nProgress: 1834\r\nSeconds: 7.25\r\nAnswered: 250\r\nNumber: +1312555\r\n"
    "Key: V1220735260000000472\r\nGeneration: 12\r\n\r\n"
)
HANGUP = {"Event": "Hangup", "Channel": "SIP/carrier_a-0000002f", "Linkedid": "1767225600.10"}
TRUNKS, ROUTES = {"carrier_a": {}, "carrier_b": {}}, {"us"}


def parsed(text):
    return ami.Messages().feed(text.encode())


@pytest.fixture
def event():
    (message,) = parsed(EVENT)
    return message


class TestMessages:
    def test_banner_and_two_messages(self):
        messages = ami.Messages()
        found = messages.feed(BANNER + b"Response: Success\r\nMessage: Authentication accepted\r\n\r\nEvent: A\r\nX:\r\n\r\nEvent: B")
        assert found == [{"Response": "Success", "Message": "Authentication accepted"}, {"Event": "A", "X": ""}]
        assert messages.feed(b"\r\n\r\n") == [{"Event": "B"}]
        assert messages.dropped == 0

    def test_the_first_of_two_headers_counts(self):
        assert parsed("Event: A\r\nLinkedid: real\r\nLinkedid: forged\r\nEvent: B\r\n\r\n") == [{"Event": "A", "Linkedid": "real"}]

    def test_a_line_feed_alone_ends_nothing(self):
        assert parsed("Event: A\r\nName: x\nTrunk: forged\n\nEvent: B\r\n\r\n") == [{"Event": "A", "Name": "x\nTrunk: forged\n\nEvent: B"}]

    def test_a_value_keeps_its_colons_and_bytes_that_are_not_utf8_are_replaced(self):
        assert ami.Messages().feed(b"A: sip:x@y:5060\r\nB: \xff\xc3\xa9\r\n\r\n") == [{"A": "sip:x@y:5060", "B": "\ufffd\u00e9"}]

    @pytest.mark.parametrize("large", [
        "A: " + "x" * 16384, "A: x\r\n" * 201 + "B: x", "no colon\r\n" * 2000 + "x", "A" * 50000, "X" * 20000 + "\rx"])
    @pytest.mark.parametrize("step", [1, 7, 1000, 200000])
    def test_a_message_that_is_too_large_is_dropped_whole(self, large, step):
        """What follows an overlong line belongs to the same message, wherever the bytes are split."""
        data = f"Event: Large\r\n{large}\r\nEvent: Forged\r\n\r\nEvent: Next\r\n\r\n".encode()
        messages, found = ami.Messages(), []
        for start in range(0, len(data), step):
            found += messages.feed(data[start:start + step])
        assert (found, messages.dropped) == ([{"Event": "Next"}], 1)

    def test_200_headers_and_16_kib_are_not_too_large(self):
        assert len(parsed("".join(f"H{number}: x\r\n" for number in range(200)) + "\r\n")[0]) == 200
        assert len(parsed("A: " + "x" * (16384 - 5) + "\r\n\r\n")) == 1

    def test_memory_is_bounded_without_any_line_end(self):
        messages = ami.Messages()
        for _chunk in range(100):
            messages.feed(b"x" * 65536)
        assert len(messages._rest) < 16385

    @given(st.lists(st.dictionaries(st.from_regex(r"[A-Z][A-Za-z]{0,9}", fullmatch=True), st.from_regex(r"([!-~]([ -~]{0,20}[!-~])?)?", fullmatch=True),
                                    min_size=1, max_size=5), max_size=5), st.integers(1, 40))
    def test_any_split_gives_the_same_messages(self, expected, step):
        data = BANNER + b"".join("".join(f"{name}: {value}\r\n" for name, value in one.items()).encode() + b"\r\n" for one in expected)
        messages, found = ami.Messages(), []
        for start in range(0, len(data), step):
            found += messages.feed(data[start:start + step])
        assert found == expected

    @given(st.lists(st.binary(max_size=200), max_size=20))
    def test_foreign_bytes_do_no_harm(self, chunks):
        messages = ami.Messages()
        for chunk in chunks:
            for message in messages.feed(chunk):
                assert ami.attempt(message, 1.0, TRUNKS, ROUTES) is None and ami.hangup(message) is None


class TestAttempt:
    def test_of_our_dialplan(self, event):
        assert ami.attempt(event, 1767225607.5, TRUNKS, ROUTES) == {
            "time": 1767225607.5, "route": "us", "trunk": "carrier_a", "number": 2, "prefix": "1312555", "result": "ANSWER", "sip": None,
            "cause": 16, "pdd_ms": 1834, "answer_s": 7.0, "talk_s": None, "key": "V1220735260000000472",
            "linkedid": "1767225600.10", "since_answer_s": 0.25, "seconds": 7.25}

    def test_of_a_generation_that_sends_less(self, event):
        for name in ("Sip", "Ring", "Progress", "Answered", "Number"):
            del event[name]
        event.update(Result="CHANUNAVAIL", Cause="20", Seconds="0", Key="")
        found = ami.attempt(event, 1.0, TRUNKS, ROUTES)
        assert [found[name] for name in ("sip", "pdd_ms", "prefix", "since_answer_s", "cause", "answer_s", "key")] == [None, None, "", 0.0, 20, None, ""]

    @pytest.mark.parametrize("name, value, key, expected", [
        ("Sip", "503", "sip", None), ("Cause", "", "cause", 0), ("Cause", "0", "cause", 0),
        ("Ring", "", "pdd_ms", 1834), ("Ring", "0", "pdd_ms", 0), ("Progress", "", "pdd_ms", 1900), ("Answered", "", "answer_s", 7.25), ("Seconds", "0", "answer_s", 0.0), ("Seconds", "", "answer_s", None),
        ("Number", "*72#1", "prefix", "721"), ("Answered", "-1", "since_answer_s", 0.0),
        ("Seconds", "-3594", "answer_s", None), ("Ring", "-3599000", "pdd_ms", 1834), ("Seconds", "99999", "answer_s", None)])
    def test_values_that_are_not_known(self, event, name, value, key, expected):
        """The last three: the clock was set during the call."""
        assert ami.attempt({**event, name: value}, 1.0, TRUNKS, ROUTES)[key] == expected

    def test_the_response_of_an_attempt_that_failed(self, event):
        event["Result"] = "CONGESTION"
        for value, sip in (("", None), ("0", None), ("503", 503)):
            assert ami.attempt({**event, "Sip": value}, 1.0, TRUNKS, ROUTES)["sip"] == sip

    @pytest.mark.parametrize("name, value", [
        ("Route", "them"), ("Route", None), ("Trunk", "carrier_z"), ("Trunk", ""), ("Trunk", "carrier_a\n"), ("Attempt", "0"), ("Attempt", "1000"),
        ("Attempt", "-1"), ("Attempt", "x"), ("Attempt", ""), ("Attempt", None), ("Attempt", "\u0661"), ("Result", "answer"), ("Result", "${DIALSTATUS}"),
        ("Result", ""), ("Cause", "128"), ("Cause", "-1"), ("Cause", "1e1"), ("Sip", "99"), ("Sip", "700"), ("Sip", "SIP 503"), ("Ring", "1.5.2"),
        ("Ring", "9" * 5000), ("Seconds", "inf"), ("Seconds", "nan"), ("Seconds", "1_0"), ("Seconds", "9" * 400), ("Number", "1312;DROP"),
        ("Number", "1" * 81), ("Key", "x" * 81), ("Key", "a\x1b[2J"), ("Key", "a\n"),
        ("Linkedid", ""), ("Linkedid", None), ("Linkedid", "1 2"), ("Linkedid", "x" * 150), ("Linkedid", "1\n")])
    def test_odd_ones_are_none(self, event, name, value):
        assert ami.is_attempt(event) and ami.attempt(event, 1.0, TRUNKS, ROUTES)
        event = {key: text for key, text in {**event, name: value}.items() if text is not None}
        assert ami.is_attempt(event) and ami.attempt(event, 1.0, TRUNKS, ROUTES) is None

    @pytest.mark.parametrize("change", [{"Event": "Hangup"}, {"UserEvent": "trunkattempt"}, {"UserEvent": "Other"}])
    def test_other_events_are_none_and_not_odd(self, event, change):
        event.update(change)
        assert not ami.is_attempt(event) and ami.attempt(event, 1.0, TRUNKS, ROUTES) is None
        assert not ami.is_attempt({"Response": "Success"})

    @given(st.dictionaries(st.sampled_from(["Route", "Trunk", "Attempt", "Result", "Cause", "Sip", "Ring", "Seconds", "Number", "Key", "Progress", "Answered", "Linkedid"]),
                           st.text(max_size=30) | st.integers(-2, 700).map(str)))
    def test_hostile_values_give_none_or_what_is_promised(self, changes):
        (event,) = parsed(EVENT)
        found = ami.attempt({**event, **changes}, 1.0, TRUNKS, ROUTES)
        if found is not None:
            assert found["trunk"] in TRUNKS and found["route"] in ROUTES and 0 <= found["cause"] <= 127 and 1 <= found["number"] <= 999
            assert found["sip"] is None or 100 <= found["sip"] <= 699
            assert found["pdd_ms"] is None or isinstance(found["pdd_ms"], int) and 0 <= found["pdd_ms"] <= 86400000
            assert found["prefix"] == "" or found["prefix"].isascii() and found["prefix"].isdigit()
            assert found["key"].isprintable() and found["linkedid"].isprintable()


class TestHangup:
    @pytest.mark.parametrize("channel, name", [
        ("SIP/carrier_a-0000002f", "carrier_a"), ("PJSIP/carrier-b.2-0000abcd", "carrier-b.2"), ("IAX2/carrier_c-1234", "carrier_c"),
        ("SIP/a-00000001-00000002", "a-00000001"), ("IAX2/x-1-16383", "x-1")])
    def test_of_a_trunk_channel(self, channel, name):
        assert ami.hangup({**HANGUP, "Channel": channel}) == (name, "1767225600.10")

    @pytest.mark.parametrize("change", [
        {"Event": "HangupRequest"}, {"Event": ""}, {"Channel": "Local/13125551213@default-00000003;2"}, {"Channel": "SIP/carrier_a-0000002f<ZOMBIE>"},
        {"Channel": "Surrogate/SIP/carrier_a-0000002f"}, {"Channel": "AsyncGoto/SIP/carrier_a-0000002f"}, {"Channel": "SIP/carrier_a"},
        {"Channel": "SIP/carrier_a-0000002F"}, {"Channel": "SIP/carrier_a-2f"}, {"Channel": "SIP/-0000002f"}, {"Channel": "SIP/" + "x" * 80 + "-0000002f"},
        {"Channel": "IAX2/carrier_c-abcd"}, {"Channel": "SIP/car rier-0000002f"}, {"Channel": "SIP/carrier_a-0000002f\n"}, {"Channel": ""},
        {"Linkedid": ""}, {"Linkedid": "1\x1b"}])
    def test_other_messages_are_none(self, change):
        assert ami.hangup(HANGUP) and ami.hangup({**HANGUP, **change}) is None

    def test_without_headers(self):
        assert ami.hangup({"Event": "Hangup"}) is None and ami.hangup({}) is None


SECRET = "s3cretS3cret"
ACCEPTED = b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
BOOTED = b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"


class Server(object):
    """A server on the loopback that runs ``behave(connection)`` for the one connection that it accepts."""

    def __init__(self, behave):
        self.received = b""
        self.over = threading.Event()
        self._behave = behave
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def _serve(self):
        with contextlib.suppress(OSError):
            connection, _address = self._listening.accept()
            with connection:
                self._behave(self, connection)

    def until(self, connection, text):
        """Receive until the text has been received once more than before."""
        wanted = self.received.count(text) + 1
        while self.received.count(text) < wanted:
            data = connection.recv(4096)
            if not data:
                return
            self.received += data

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_fault):
        self.over.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def connected(server, timeout=2):
    client = ami.Client("127.0.0.1", server.port, "monitor", SECRET, timeout)
    try:
        client.connect()
        yield client
    finally:
        client.close()


def login(server, connection):
    connection.sendall(BANNER)
    server.until(connection, b"\r\n\r\n")
    connection.sendall(ACCEPTED)


class TestClient:
    def test_login_events_and_ping(self):
        def behave(server, connection):
            login(server, connection)
            connection.sendall(BOOTED + EVENT.encode())
            server.until(connection, b"Action: Ping\r\n\r\n")
            connection.sendall(b"Response: Success\r\nPing: Pong\r\n\r\n")
            server.over.wait(5)
        with Server(behave) as server, connected(server) as client:
            found = []
            while len(found) < 2:
                found += client.read(2)
            assert [one["Event"] for one in found] == ["FullyBooted", "UserEvent"]
            assert client.read(0) == []
            client.ping()
            pong, = client.read(2)
            assert pong == {"Response": "Success", "Ping": "Pong"} and ami.is_pong(pong) and not any(map(ami.is_pong, found))
        assert server.received == (b"Action: Login\r\nUsername: monitor\r\nSecret: s3cretS3cret\r\nEvents: on\r\n\r\nAction: Ping\r\n\r\n")

    def test_events_together_with_the_answer_to_the_login(self):
        def behave(server, connection):
            connection.sendall(BANNER)
            server.until(connection, b"\r\n\r\n")
            connection.sendall(ACCEPTED + BOOTED)
            server.over.wait(5)
        with Server(behave) as server, connected(server) as client:
            assert client.read(2) == [{"Event": "FullyBooted", "Status": "Fully Booted"}]

    def test_one_byte_at_a_time(self):
        def behave(server, connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in BANNER:
                connection.sendall(bytes([byte]))
            server.until(connection, b"\r\n\r\n")
            for byte in ACCEPTED + EVENT.encode():
                connection.sendall(bytes([byte]))
            server.over.wait(5)
        with Server(behave) as server, connected(server) as client:
            found, limit = [], time.monotonic() + 5
            while not found and time.monotonic() < limit:
                found = client.read(1)      # may return nothing after 64 pieces
            assert found == parsed(EVENT)

    @pytest.mark.parametrize("words, shown", [
        ("Authentication failed", "Authentication failed"), ("bad \x1b[2J" + SECRET + "\u00e9!", "bad [2J(hidden)!"), ("x" * 95 + SECRET, "x" * 95 + "(hidd"), ("", "no reason")])
    def test_refused(self, words, shown):
        def behave(server, connection):
            connection.sendall(BANNER)
            server.until(connection, b"\r\n\r\n")
            connection.sendall(f"Response: Error\r\nMessage: {words}\r\n\r\n".encode())
            server.over.wait(5)
        with Server(behave) as server:
            with pytest.raises(ami.Refused) as caught, connected(server):
                pass
        assert str(caught.value) == shown

    @pytest.mark.parametrize("said", [b"", BANNER, BANNER + b"Response: Succ", BANNER + BOOTED])
    def test_a_server_that_hangs_at_the_login(self, said):
        def behave(server, connection):
            connection.sendall(said)
            server.over.wait(5)
        began = time.monotonic()
        with Server(behave) as server, pytest.raises(OSError) as caught, connected(server, 0.2):
            pass
        assert 0.2 <= time.monotonic() - began < 2 and SECRET not in str(caught.value)

    @pytest.mark.parametrize("said", [b"", BANNER, BANNER + b"Response: Succ"])
    def test_a_server_that_closes_at_the_login(self, said):
        with Server(lambda server, connection: connection.sendall(said)) as server, pytest.raises(OSError), connected(server):
            pass

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            ami.Client("127.0.0.1", port, "monitor", SECRET, 1).connect()

    def test_what_was_received_before_the_end_is_returned(self):
        def behave(server, connection):
            login(server, connection)
            connection.sendall(BOOTED + b"Event: Half\r\nOf: a mess")
        with Server(behave) as server, connected(server) as client:
            assert [one["Event"] for one in client.read(2)] == ["FullyBooted"]
            for _call in range(2):
                with pytest.raises(ConnectionError):
                    client.read(2)

    def test_an_aborted_connection(self):
        def behave(server, connection):
            login(server, connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with Server(behave) as server, connected(server) as client, pytest.raises(OSError):
            client.read(2)
            client.read(2)

    def test_silence_ends_in_time(self):
        def behave(server, connection):
            login(server, connection)
            connection.sendall(b"Event: Half\r\n")
            server.over.wait(5)
        with Server(behave) as server, connected(server) as client:
            began = time.monotonic()
            assert client.read(0.1) == []
            assert 0.1 <= time.monotonic() - began < 1

    def test_a_flood_returns_in_portions(self):
        def behave(server, connection):
            login(server, connection)
            with contextlib.suppress(OSError):
                while not server.over.is_set():
                    connection.sendall(BOOTED * 1000)
        with Server(behave) as server, connected(server) as client:
            counted = [len(client.read(1)) for _call in range(3)]
            assert all(0 < count <= 64 * 65536 / len(BOOTED) + 1 for count in counted)

    def test_a_dead_connection_is_noticed_by_pings(self, monkeypatch):
        def behave(server, connection):
            login(server, connection)
            server.over.wait(5)
        with Server(behave) as server, connected(server, 10) as client:
            now = [1000.0]
            monkeypatch.setattr(ami.time, "monotonic", lambda: now[0])
            client.ping()
            for now[0] in (1000.0, 1005.0, 1009.9):
                client.ping()
            now[0] = 1010.0
            with pytest.raises(OSError, match="10 s"):
                client.ping()

    def test_any_event_answers_a_ping(self, monkeypatch):
        def behave(server, connection):
            login(server, connection)
            for _answer in range(2):
                server.until(connection, b"Action: Ping\r\n\r\n")
                connection.sendall(BOOTED)
            server.over.wait(5)
        with Server(behave) as server, connected(server, 10) as client:
            now = [1000.0]
            client.ping()
            assert client.read(2)
            monkeypatch.setattr(ami.time, "monotonic", lambda: now[0])
            now[0] = 99999.0
            client.ping()
            client._readable(2)
            now[0] = 199999.0
            client.ping()       # the answer is there and only has not been read yet
            assert client.read(2)
        assert server.received.count(b"Action: Ping") == 2

    def test_after_close(self):
        with Server(login) as server, connected(server) as client:
            client.close()
            client.close()
            for call in (lambda: client.read(0), client.ping):
                with pytest.raises(ConnectionError):
                    call()

    @pytest.mark.parametrize("user, secret", [("monitor\r\nX: y", SECRET), ("monitor", "a\r\nAction: Command"), ("", SECRET), ("m", "\u00e9")])
    def test_a_login_that_would_be_another_header(self, user, secret):
        with pytest.raises(ValueError) as caught:
            ami.Client("127.0.0.1", 5038, user, secret, 1)
        assert "Action" not in str(caught.value)
