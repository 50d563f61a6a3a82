# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the events of Asterisk's manager interface (AMI): attempts of calls and hang-ups of trunk channels.

Everything is pure except C(Client), which logs in, reads and pings, and sends nothing else. An event is data: any
dialplan of the dialer can send one with our name, and a part of its values comes from callers and carriers.
"""

import re
import select
import socket
import time

_LONGEST = 16384        # bytes of a message
_MOST_HEADERS = 200
_CHUNK = 65536          # bytes that are received at once
_MOST_CHUNKS = 64       # of one read(), so that a flood of events does not keep the caller from its other work
_WORDS = 100            # characters of Asterisk's answer to a login that are shown
_LONGEST_WAIT = 86400   # seconds; a longer one means that the clock was set

RESULTS = frozenset([
    'ANSWER', 'BUSY', 'NOANSWER', 'CANCEL', 'CONGESTION', 'CHANUNAVAIL', 'DONTCALL', 'TORTURE', 'INVALIDARGS'])

_CHANNEL = re.compile(r'(?:(?:SIP|PJSIP)/(?P<sip>[A-Za-z0-9_.-]{1,79})-[0-9a-f]{8}'
                      r'|IAX2/(?P<iax>[A-Za-z0-9_.-]{1,79})-[0-9]{1,5})\Z')
_LINKEDID = re.compile(r'[!-~]{1,149}\Z')               # 149: AST_MAX_PUBLIC_UNIQUEID of Asterisk
_NUMBER = re.compile(r'[0-9*#+]{0,80}\Z')
_KEY = re.compile(r'[A-Za-z0-9 _.@+-]{0,80}\Z')
_WHOLE = re.compile(r'[0-9]{1,9}\Z')
_DECIMAL = re.compile(r'-?[0-9]{1,9}(?:\.[0-9]{1,9})?\Z')


class Refused(Exception):
    """Asterisk refused the login. The text is what Asterisk answered, in printable ASCII, without the secret."""


class _Odd(Exception):
    """A value of an event that our dialplan does not send."""


class Messages(object):
    """Splits the bytes from AMI into messages.

    ``dropped``: how many messages were dropped because they have more than 16 KiB or 200 headers.
    """

    def __init__(self):
        self.dropped = 0
        self._rest = b''        # a line that is not complete yet
        self._begin()

    def _begin(self):
        self._headers, self._count, self._size = {}, 0, 0

    def feed(self, data):
        """Return the list of messages that are complete with these bytes, each as {header: value}.

        Of two headers with the same name the first counts: Asterisk writes its own before those of a UserEvent. A line
        without a colon, such as the banner, is passed over. Bytes that are not UTF-8 are replaced.
        """
        lines = (self._rest + data).split(b'\r\n')
        self._rest = lines.pop()
        messages = []
        for line in lines:
            if line:
                self._add(line)
                continue
            if self._size > _LONGEST or self._count > _MOST_HEADERS:
                self.dropped += 1
            elif self._headers:
                messages.append(self._headers)
            self._begin()
        if len(self._rest) > _LONGEST:
            # The line stays one that is not empty, as its end would else look like the end of the message.
            self._size += len(self._rest)
            self._rest = b'x\r' if self._rest.endswith(b'\r') else b'x'
        return messages

    def _add(self, line):
        self._size += len(line) + 2
        name, colon, value = line.partition(b':')
        if not colon:
            return
        self._count += 1
        if self._size <= _LONGEST and self._count <= _MOST_HEADERS:
            self._headers.setdefault(_text(name), _text(value))


def _text(data):
    return data.decode('utf-8', 'replace').strip()


def attempt(message, now, trunks, routes):
    """Return the attempt that a message C(UserEvent: TrunkAttempt) of our dialplan publishes, or None.

    ``now``: when it was received, which is the attempt's C(time). ``trunks`` and ``routes``: the known names. None is
    for another event, too; C(is_attempt) distinguishes it from an odd one. The result has the keys of an attempt, and
    C(linkedid), C(seconds) (of the attempt, or None) and C(since_answer_s): seconds since an answered call was
    answered, 0 if that is not known. C(sip) is None if answered: that header may be of an earlier attempt. It has no
    C(fault), C(rate) and C(generation), which depend on more than the event. C(prefix) has all digits that were
    dialled. C(pdd_ms) is the time to the first ringing or progress. It and C(answer_s) are None when they are negative
    or above a day, since the clock was set during the call. C(talk_s) is None.
    """
    if not is_attempt(message):
        return None
    get = message.get
    try:
        result = _one_of(get('Result'), RESULTS)
        seconds = _measured(get('Seconds', ''), _LONGEST_WAIT)
        heard = [_measured(get(name, ''), _LONGEST_WAIT * 1000) for name in ('Ring', 'Progress')]
        pdd = min((one for one in heard if one is not None), default=None)
        since_answer = (_measured(get('Answered', ''), _LONGEST_WAIT * 1000) or 0) / 1000.0
        answered, sip = result == 'ANSWER', _optional(get('Sip'), 100, 699)
        return {
            'time': now,
            'route': _one_of(get('Route'), routes),
            'trunk': _one_of(get('Trunk'), trunks),
            'number': _integer(get('Attempt', ''), 1, 999),
            'prefix': re.sub('[^0-9]', '', _matching(get('Number', ''), _NUMBER)),
            'result': result,
            'sip': None if answered else sip,
            'cause': _optional(get('Cause'), 1, 127) or 0,
            'pdd_ms': None if pdd is None else int(pdd),
            'answer_s': max(seconds - since_answer, 0.0) if answered and seconds is not None else None,
            'talk_s': None,
            'key': _matching(get('Key', ''), _KEY),
            'linkedid': _matching(get('Linkedid', ''), _LINKEDID),
            'since_answer_s': since_answer if answered else 0.0,
            'seconds': seconds,
        }
    except _Odd:
        return None


def is_attempt(message):
    """Return whether a message says that it is an attempt."""
    return message.get('Event') == 'UserEvent' and message.get('UserEvent') == 'TrunkAttempt'


def serial(message):
    """Return the text of an attempt's serial number on this dialer; None for another message and without one."""
    return message.get('Serial') if is_attempt(message) else None


def is_pong(message):
    """Return whether a message is the answer to a ping. It comes after events that were sent some seconds before it."""
    return 'Event' not in message and message.get('Ping') == 'Pong'


def _one_of(value, names):
    if value not in names:
        raise _Odd
    return value


def _matching(value, expression):
    if not expression.match(value):
        raise _Odd
    return value


def _integer(value, least, most):
    number = int(_matching(value, _WHOLE))
    if not least <= number <= most:
        raise _Odd
    return number


def _optional(value, least, most):
    """Return a number, None if it is missing, empty or 0, as variables of the dialplan are that are not set."""
    return None if value in (None, '', '0') else _integer(value, least, most)


def _measured(value, most):
    """Return a time that was measured as float, None if it is empty, negative or greater."""
    if not value:
        return None
    number = float(_matching(value, _DECIMAL))
    return number if 0 <= number <= most else None


def hangup(message):
    """Return (name of the peer, linkedid) of the hang-up of a SIP, PJSIP or IAX2 channel, or None for other messages.

    The peer may be any, and the call may be an incoming one. Channels that Asterisk renamed in a masquerade
    (C(<ZOMBIE>)) are not counted: the channel goes on under its name.
    """
    if message.get('Event') != 'Hangup':
        return None
    channel, linkedid = _CHANNEL.match(message.get('Channel', '')), message.get('Linkedid', '')
    if not channel or not _LINKEDID.match(linkedid):
        return None
    return channel.group('sip') or channel.group('iax'), linkedid


def peer_changed(message):
    """Return the name of the peer or endpoint whose state a message says to have changed, or None."""
    if message.get('Event') == 'PeerStatus':
        technology, _slash, name = message.get('Peer', '').partition('/')
        return name if technology in ('SIP', 'PJSIP', 'IAX2') else None
    return message.get('EndpointName') if message.get('Event') == 'ContactStatus' else None


class Client(object):
    """A connection to AMI that reads events. Every method but C(close) raises OSError when the connection has failed or
    is closed; then a new object is needed.

    ``timeout``: seconds that the connection and the login may take, and after which a ping must have been answered.
    """

    def __init__(self, host, port, user, secret, timeout):
        for text in (user, secret):
            if not re.match(r'[!-~]+\Z', text):     # a line feed would begin another header
                raise ValueError('The user and the secret for AMI must be printable ASCII without blanks.')
        self.messages = Messages()
        self._there, self._user, self._secret, self._timeout = (host, port), user, secret, timeout
        self._socket = None
        self._waiting = []      # messages that were received with the answer to the login
        self._pinged = None     # monotonic time of a ping after which nothing has been received yet

    def connect(self):
        """Connect and log in, in ``timeout`` seconds each. Raises Refused."""
        self._socket = socket.create_connection(self._there, self._timeout)
        try:
            self._log_in(time.monotonic() + self._timeout)
        except Exception:
            self.close()
            raise

    def _log_in(self, limit):
        self._send('Login', Username=self._user, Secret=self._secret, Events='on')
        while time.monotonic() < limit:
            received = self.read(limit - time.monotonic())
            for position, message in enumerate(received):
                if message.get('Response') == 'Success':
                    self._waiting = received[position + 1:]
                    return
                if 'Response' in message:
                    raise Refused(self._words(message.get('Message', '')) or 'no reason')
        raise socket.timeout('AMI did not answer the login within %g s' % self._timeout)

    def _words(self, text):
        return re.sub('[^ -~]', '', text).replace(self._secret, '(hidden)')[:_WORDS]

    def read(self, seconds):
        """Return the list of messages that have been received, as soon as there is one; empty after ``seconds``.

        Answers to pings are among them. At most 4 MiB are received in one call.
        """
        found, self._waiting = self._waiting, []
        if found:
            return found
        limit = time.monotonic() + seconds
        for _chunk in range(_MOST_CHUNKS):
            if not self._readable(0 if found else limit - time.monotonic()):
                break
            data = self._receive()
            if not data and found:
                break       # the next call finds the end of the connection again
            if not data:
                raise ConnectionResetError('AMI closed the connection')
            self._pinged = None
            found += self.messages.feed(data)
        return found

    def ping(self):
        """Send a ping, to call every 20 s or so. Raises OSError if ``timeout`` seconds or more after the last one
        nothing has been received."""
        now = time.monotonic()
        if self._pinged is None:
            self._send('Ping')
            self._pinged = now
        elif now - self._pinged >= self._timeout and not self._readable(0):
            raise socket.timeout('AMI has not answered a ping for %d s' % (now - self._pinged))

    def close(self):
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _readable(self, seconds):
        if self._socket is None:
            raise ConnectionResetError('AMI is not connected')
        return bool(select.select([self._socket], [], [], max(0, seconds))[0])

    def _receive(self):
        try:
            return self._socket.recv(_CHUNK)
        except (ConnectionError, socket.timeout):
            return b''

    def _send(self, action, **headers):
        if self._socket is None:
            raise ConnectionResetError('AMI is not connected')
        lines = ['Action: %s' % action] + ['%s: %s' % header for header in headers.items()]
        self._socket.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode('ascii'))
